"""All 56 operations of KMS through boto3: each answer, each error and each limit held against botocore's model."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import boto3
import pytest
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from tests.live.conftest import Launch, Launcher
from tests.support import all_operations, attestation
from tests.support.all_operations import SERVICE, LiveCaller
from tests.support.attestation import new_authority, public_key_der
from tests.support.fake_xks_proxy import REGION as XKS_REGION
from tests.support.fake_xks_proxy import serving_xks_proxy
from tests.support.in_process import REGION, Caller
from tests.support.key_store_operations import use_external_key_stores, use_hsm_key_store, write_clusters
from tests.support.live import Login, run_json
from tests.support.modelled_answers import MODEL, OPERATIONS, Recorder, answer_faults, error_faults
from tests.support.modelled_limits import limit_cases, minimal
from tests.support.root_keys import BOX, make_softhsm
from tests.support.samples import REPLICA_REGION
from tests.unit.authn.oidc_support import issue

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from mypy_boto3_kms import KMSClient

    from tests.support.attestation import Authority
    from tests.support.fake_xks_proxy import FakeXksProxy
    from tests.support.live import Server
    from tests.support.modelled_limits import LimitCase

NEW_KEYS: Final = ("CreateKey.KeyMetadata", "ReplicateKey.ReplicaKeyMetadata")
KEY_STORE_MEMBERS: Final = ("CloudHsmClusterId", "CustomKeyStoreId", "XksKeyConfiguration")
PROXIES: Final = "DescribeCustomKeyStores.CustomKeyStores[].XksProxyConfiguration"
# The members of answers that none can have.
NEVER_SEEN: Final = {
    # They come with what happens to a key later.
    *(f"{metadata}.{member}" for metadata in NEW_KEYS for member in ("DeletionDate", "PendingDeletionWindowInDays")),
    *(f"{metadata}.{member}" for metadata in NEW_KEYS for member in ("ExpirationModel", "ValidTo")),
    "CreateKey.KeyMetadata.MultiRegionConfiguration.ReplicaKeys",
    # While a replica is being created, its material is not known to be there.
    "ReplicateKey.ReplicaKeyMetadata.CurrentKeyMaterialId",
    # No key in a custom key store has replicas.
    *(f"ReplicateKey.ReplicaKeyMetadata.{member}" for member in KEY_STORE_MEMBERS),
    # A key has one policy only.
    "ListKeyPolicies.NextMarker",
    # There are no VPC endpoint services for proxies here.
    *(f"{PROXIES}.{member}" for member in ("VpcEndpointServiceName", "VpcEndpointServiceOwner")),
}


@pytest.fixture(scope="module")
def authority() -> Authority:
    """Whose attestation documents the server believes."""
    return new_authority(time.time())


@pytest.fixture(scope="module")
def roots(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of root certificates of attestation documents."""
    path = tmp_path_factory.mktemp("roots") / "roots.pem"
    path.write_bytes(authority.root.public_bytes(Encoding.PEM))
    return path


@pytest.fixture(scope="module")
def server(roots: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    launcher = Launcher(tmp_path_factory.mktemp("live"))
    yield launcher("--attestation-roots", roots, dev=True)
    launcher.finish()


class Equipped(NamedTuple):
    """A server with all that custom key stores and attested answers need."""

    server: Server
    proxy: FakeXksProxy
    trust_anchor: str


@pytest.fixture
def equipped(launch: Launch, roots: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Equipped]:
    hsm = make_softhsm(tmp_path)
    for name, value in hsm.environment.items():
        monkeypatch.setenv(name, value)
    hsm.add_token(BOX)
    ca = issue("Test CA")
    cas = tmp_path / "cas.pem"
    cas.write_bytes(ca.pem)
    clusters = write_clusters(tmp_path, hsm, ca.pem.decode())
    flags = ("--attestation-roots", roots, "--hsm-clusters", clusters, "--xks-ca-file", cas)
    with serving_xks_proxy(tmp_path, issue("localhost", ca, ("localhost", "127.0.0.1"))) as proxy:
        server = launch(*flags, "--allow-private-xks-proxies", "--xks-timeout", "5", dev=True)
        yield Equipped(server, proxy, ca.pem.decode())


def service_login(server: Server) -> Login:
    """Register a service; gives its access key."""
    made = run_json("service", "register", SERVICE, "--data", server.data)
    return Login(made["access_key_id"], made["secret_access_key"])


def new_document(authority: Authority) -> bytes:
    """Let an enclave attest its public key."""
    enclave = rsa.generate_private_key(65_537, 2_048)
    return attestation.new_document(authority, public_key_der(enclave), time.time())


def test_every_operation_answers_as_the_model_says(equipped: Equipped, authority: Authority) -> None:
    server, recorder = equipped.server, Recorder()
    clients = [recorder.watch(server.boto3(region)) for region in (REGION, REPLICA_REGION, XKS_REGION)]
    owner = LiveCaller(clients[0], clients[1])
    all_operations.call_each(owner)
    all_operations.describe_kinds_of_keys(owner)
    all_operations.await_deletion(owner)
    all_operations.import_two_materials(owner)
    all_operations.rotate_on_demand(owner)
    service = Caller(recorder.watch(server.boto3(REGION, service_login(server))))
    all_operations.list_grants(owner, service)
    all_operations.list_pages(owner)
    all_operations.answer_recipients(owner, new_document(authority))
    all_operations.show_last_use(owner)
    use_external_key_stores(Caller(clients[2]), equipped.proxy)
    use_hsm_key_store(owner, equipped.trust_anchor)
    assert recorder.succeeded == set(clients[0].meta.service_model.operation_names)
    assert recorder.faults == []
    assert recorder.never_seen() == NEVER_SEEN


@pytest.fixture(scope="module")
def unchecked(server: Server) -> KMSClient:
    """A client that sends what boto3 would not let through."""
    return boto3.session.Session().client(
        "kms",
        endpoint_url=server.endpoint,
        region_name=REGION,
        aws_access_key_id=server.login.access_key_id,
        aws_secret_access_key=server.login.secret_access_key,
        config=Config(parameter_validation=False, retries={"total_max_attempts": 1, "mode": "standard"}),
    )


@pytest.fixture
def recorder(unchecked: KMSClient) -> Iterator[Recorder]:
    """Looks at what `unchecked` is answered during a test."""
    recorder = Recorder()
    recorder.watch(unchecked)
    yield recorder
    recorder.ignore(unchecked)


def refusal(kms: KMSClient, operation: str, members: Mapping[str, Any]) -> tuple[str, str]:
    """Give code and message of the error that a request is answered with; empty where it succeeds."""
    try:
        getattr(kms, xform_name(operation))(**members)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    return "", ""


@pytest.mark.parametrize("operation", OPERATIONS)
def test_each_limit_is_tried(operation: str) -> None:
    cases = list(limit_cases(operation))
    limits = {(case.path, text) for case in cases for text in case.constraints if not text.endswith(" 0")}
    tried = {(case.path, text) for case in cases for text in case.constraints if text in case.message}
    assert limits == tried


def test_a_wrong_answer_is_found() -> None:
    describe, encrypt = (MODEL.operation_model(name) for name in ("DescribeKey", "Encrypt"))
    metadata = {
        "Arn": "arn",
        "CreationDate": "2026-01-01",
        "Enabled": 1,
        "KeyManager": "NOBODY",
        "MultiRegionConfiguration": {"ReplicaKeys": [{"Region": "here"}]},
        "PendingDeletionWindowInDays": 366,
        "Policy": "{}",
        "SigningAlgorithms": "ROT13",
    }
    region = "MultiRegionConfiguration.ReplicaKeys[].Region"
    found = answer_faults(describe, json.dumps({"KeyMetadata": metadata}).encode())
    assert sorted(found) == [
        "DescribeKey.KeyMetadata has Policy",
        "DescribeKey.KeyMetadata lacks KeyId",
        "DescribeKey.KeyMetadata.Arn: 3 is not within 20 and 2048",
        "DescribeKey.KeyMetadata.CreationDate: '2026-01-01' is no timestamp",
        "DescribeKey.KeyMetadata.Enabled: 1 is no boolean",
        "DescribeKey.KeyMetadata.KeyManager: 'NOBODY' is none of ['AWS', 'CUSTOMER']",
        f"DescribeKey.KeyMetadata.{region}: 'here' does not match ^([a-z]+-){{2,3}}\\d+$",
        "DescribeKey.KeyMetadata.PendingDeletionWindowInDays: 366.0 is not within 1 and 365",
        "DescribeKey.KeyMetadata.SigningAlgorithms: 'ROT13' is no list",
    ]
    assert list(answer_faults(encrypt, b'{"CiphertextBlob":"?"}')) == ["Encrypt.CiphertextBlob: '?' is no blob"]
    assert list(answer_faults(MODEL.operation_model("EnableKey"), b"{}")) != []
    assert list(error_faults(encrypt, 500, {"__type": "TagException", "Tag": "x"})) == [
        "Encrypt: TagException came with status 500",
        "Encrypt does not declare TagException",
        "Encrypt: TagException has ['Tag']",
    ]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_each_operation_refuses_as_documented(unchecked: KMSClient, recorder: Recorder, operation: str) -> None:
    code, more = all_operations.REFUSALS.get(operation, ("NotFoundException", {}))
    refusal(unchecked, operation, {**minimal(operation), **more})
    assert recorder.refused == {operation: {code}}
    assert recorder.faults == []


@pytest.mark.parametrize("operation", OPERATIONS)
def test_each_limit_of_each_operation(unchecked: KMSClient, recorder: Recorder, operation: str) -> None:
    wrong = [each for case in limit_cases(operation) for each in deviations(unchecked, operation, case)]
    assert wrong == []
    assert recorder.faults == []


def deviations(kms: KMSClient, operation: str, case: LimitCase) -> Iterator[str]:
    """Tell what is wrong with the answer to a request at a limit."""
    code, message = (comparable(text) for text in refusal(kms, operation, case.members))
    if case.broken:
        if (code, message) != ("ValidationException", expected := comparable(case.message)):
            yield f"{case.path}: {code} {message[:400]!r} instead of {expected[:400]!r}"
        return
    for text in case.constraints:
        if f"at '{case.path}' failed to satisfy constraint: {comparable(text)}" in message:
            yield f"{case.path}: {message[:400]!r} though it is within the limits"


def comparable(message: str) -> str:
    """Bring the values of enums into one order: AWS's is not that of the model."""
    return re.sub(r"(?<=enum value set: \[)[^]]*", lambda found: ", ".join(sorted(found.group().split(", "))), message)
