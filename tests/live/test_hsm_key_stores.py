"""CloudHSM key stores on a token of SoftHSM: their keys outlive the server's processes and never leave the token."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest
from pkcs11 import Attribute, AttributeSensitive, Key, KeyType, ObjectClass

from strongroom.custody.pkcs11_module import use_module
from tests.live.aws_cli import AwsCli
from tests.live.conftest import ACCOUNT
from tests.live.test_root_keys import Launched, Use, private, replace_workers
from tests.live.test_secrets import found, written_down
from tests.support.key_store_operations import CLUSTER, write_clusters
from tests.support.key_use import PLAINTEXT
from tests.support.live import run_json, wait_until
from tests.support.live_key_stores import await_connection, connect, create_in_cluster, disconnect
from tests.support.root_keys import BOX, PIN, softhsm_here
from tests.unit.authn.oidc_support import issue

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mypy_boto3_kms import KMSClient

    from tests.live.conftest import Launch
    from tests.support.root_keys import SoftHsm

WRONG: Final = "wrong-example-password"
ROOT_BOX: Final = "root"
HELD_SECRET: Final = {
    Attribute.CLASS: ObjectClass.SECRET_KEY,
    Attribute.KEY_TYPE: KeyType.AES,
    Attribute.VALUE_LEN: 32,
    Attribute.PRIVATE: True,
    Attribute.SENSITIVE: True,
    Attribute.ALWAYS_SENSITIVE: True,
    Attribute.EXTRACTABLE: False,
    Attribute.NEVER_EXTRACTABLE: True,
}


class Clusters(NamedTuple):
    """A token that stands for a cluster, and what makes servers and accounts know it."""

    hsm: SoftHsm
    flags: tuple[str | Path, ...]
    trust_anchor: str

    @contextmanager
    def keys(self, label: str) -> Iterator[list[Key]]:
        """Look at the token as somebody does who knows its PIN and nothing else."""
        token = use_module(self.hsm.module).library.get_token(token_label=BOX)
        with token.open(user_pin=PIN) as session:
            yield [each for each in session.get_objects({Attribute.LABEL: label}) if isinstance(each, Key)]

    def count_keys(self, label: str) -> int:
        with self.keys(label) as keys:
            return len(keys)


@pytest.fixture
def clusters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clusters]:
    trust_anchor = issue("Cluster CA").pem.decode()
    with softhsm_here(tmp_path, monkeypatch) as hsm:
        yield Clusters(hsm, ("--hsm-clusters", write_clusters(tmp_path, hsm, trust_anchor)), trust_anchor)


@pytest.fixture
def launched(tmp_path: Path) -> Iterator[Launched]:
    launched = Launched(tmp_path)
    yield launched
    launched.finish()


def create_key(kms: KMSClient, store: str) -> str:
    made = kms.create_key(Origin="AWS_CLOUDHSM", CustomKeyStoreId=store)["KeyMetadata"]
    assert (made["KeyState"], made["Origin"], made["CloudHsmClusterId"]) == ("Enabled", "AWS_CLOUDHSM", CLUSTER)
    return made["KeyId"]


def connected_key(kms: KMSClient, clusters: Clusters) -> str:
    """Make and connect a key store, and make a key in it, known as alias/example."""
    store = create_in_cluster(kms, clusters.trust_anchor, PIN)
    connect(kms, store)
    key_id = create_key(kms, store)
    kms.create_alias(AliasName="alias/example", TargetKeyId=key_id)
    return key_id


def test_a_key_on_a_token_outlives_the_servers_processes(launch: Launch, clusters: Clusters) -> None:
    """Nobody connects its store again: it stays connected."""
    server = launch(*clusters.flags)
    kms = server.boto3()
    sealed = kms.encrypt(KeyId=connected_key(kms, clusters), Plaintext=PLAINTEXT)["CiphertextBlob"]
    use = Use(server.boto3(attempts=5), "alias/example")
    use.start()
    try:
        use.go_on()
        replace_workers(server)
        use.go_on()
    finally:
        use.finish()
    server.kill()
    server.start(*clusters.flags)
    assert server.boto3().decrypt(CiphertextBlob=sealed)["Plaintext"] == PLAINTEXT
    assert server.stop() == 0
    server.start(*clusters.flags)
    assert server.boto3().decrypt(CiphertextBlob=sealed)["Plaintext"] == PLAINTEXT


def test_a_wrong_password_is_told_and_can_be_corrected(launch: Launch, clusters: Clusters) -> None:
    server = launch(*clusters.flags, "--log-level", "DEBUG")
    kms = server.boto3()
    store = create_in_cluster(kms, clusters.trust_anchor, WRONG)
    kms.connect_custom_key_store(CustomKeyStoreId=store)
    await_connection(kms, store, "FAILED", "INVALID_CREDENTIALS")
    (told,) = (line for line in server.read_log().splitlines() if store in line)
    assert told.endswith(
        f"Custom key store {store} of account {ACCOUNT} cannot be connected (INVALID_CREDENTIALS): token {BOX!r} does "
        "not take the PIN (PinIncorrect); it was tried once: give the right one, before the token locks"
    )
    with pytest.raises(kms.exceptions.CustomKeyStoreInvalidStateException):
        create_key(kms, store)
    disconnect(kms, store)
    kms.update_custom_key_store(CustomKeyStoreId=store, KeyStorePassword=PIN)
    connect(kms, store)
    key_id = create_key(kms, store)
    plaintext = os.urandom(32)
    sealed = kms.encrypt(KeyId=key_id, Plaintext=plaintext)["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == plaintext
    secrets = {"password": PIN.encode(), "wrong password": WRONG.encode(), "plaintext": plaintext}
    secrets["data key"] = kms.generate_data_key(KeyId=key_id, KeySpec="AES_256")["Plaintext"]
    contents = dict(written_down(server))
    assert {"strongroom.db", "worker-0.jsonl", "changes.jsonl", server.log.name} <= set(contents)
    assert [leak for where, content in contents.items() for leak in found(secrets, where, content)] == []


def test_a_key_never_leaves_its_token(launch: Launch, clusters: Clusters) -> None:
    kms = launch(*clusters.flags).boto3()
    store = create_in_cluster(kms, clusters.trust_anchor, PIN)
    connect(kms, store)
    create_key(kms, store)
    with clusters.keys(store) as (key,):
        assert {attribute: key[attribute] for attribute in HELD_SECRET} == HELD_SECRET
        with pytest.raises(AttributeSensitive):
            key[Attribute.VALUE]


def test_a_deleted_key_is_gone_from_its_token(launch: Launch, clusters: Clusters) -> None:
    server = launch(*clusters.flags, dev=True)
    kms = server.boto3()
    store = create_in_cluster(kms, clusters.trust_anchor, PIN)
    connect(kms, store)
    early, late = create_key(kms, store), create_key(kms, store)
    kms.schedule_key_deletion(KeyId=early, PendingWindowInDays=7)
    run_json("dev", "clock", "advance", "2h", "--data", server.data)
    kms.schedule_key_deletion(KeyId=late, PendingWindowInDays=7)
    run_json("dev", "clock", "advance", "167h", "--data", server.data)
    wait_until(lambda: clusters.count_keys(store) == 1, "the end of the early key on the token")
    assert kms.describe_key(KeyId=late)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    run_json("dev", "clock", "advance", "1h", "--data", server.data)
    wait_until(lambda: clusters.count_keys(store) == 0, "the end of the late key on the token")
    disconnect(kms, store)
    kms.delete_custom_key_store(CustomKeyStoreId=store)


def test_the_root_key_and_a_key_store_on_two_tokens(launched: Launched, clusters: Clusters, tmp_path: Path) -> None:
    clusters.hsm.add_token(ROOT_BOX)
    pin = ("--pkcs11-pin-file", private(tmp_path / "pin", PIN))
    token = ("--pkcs11-module", clusters.hsm.module, "--pkcs11-token", ROOT_BOX)
    serving = (*pin, *clusters.flags)
    server = launched(("--account-id", ACCOUNT, "--root-key", "pkcs11", *token, *pin), serving)
    kms = server.boto3()
    sealed = kms.encrypt(KeyId=connected_key(kms, clusters), Plaintext=PLAINTEXT)["CiphertextBlob"]
    replace_workers(server)
    rotated = run_json("root-key", "rotate", "--data", server.data, *pin)
    assert rotated["provider"] == "pkcs11"
    assert server.boto3().decrypt(CiphertextBlob=sealed)["Plaintext"] == PLAINTEXT
    assert server.stop() == 0
    server.start(*serving)
    assert server.boto3().decrypt(CiphertextBlob=sealed)["Plaintext"] == PLAINTEXT


def test_the_aws_cli_makes_a_key_store_in_a_cluster(launch: Launch, clusters: Clusters, tmp_path: Path) -> None:
    """As the example of the AWS CLI's own manual does."""
    server = launch(*clusters.flags)
    aws = AwsCli(server, server.login, tmp_path)
    certificate = tmp_path / "customerCA.crt"
    store = aws.kms(
        *("create-custom-key-store", "--custom-key-store-name", "ExampleCloudHSMKeyStore"),
        *("--cloud-hsm-cluster-id", CLUSTER, "--key-store-password", PIN),
        *("--trust-anchor-certificate", f"file://{certificate}"),
    )["CustomKeyStoreId"]
    aws.kms("connect-custom-key-store", "--custom-key-store-id", store)
    await_connection(server.boto3(), store, "CONNECTED")
    made = aws.kms("create-key", "--origin", "AWS_CLOUDHSM", "--custom-key-store-id", store)["KeyMetadata"]
    assert aws.decrypt(aws.encrypt(made["KeyId"], PLAINTEXT)) == PLAINTEXT
    (shown,) = aws.kms("describe-custom-key-stores", "--custom-key-store-name", "ExampleCloudHSMKeyStore")[
        "CustomKeyStores"
    ]
    assert (shown["CustomKeyStoreType"], shown["CloudHsmClusterId"]) == ("AWS_CLOUDHSM", CLUSTER)
    assert shown["TrustAnchorCertificate"] == certificate.read_text(encoding="ascii")
