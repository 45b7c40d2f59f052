"""Which quotas a request counts for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.api.admission import admit
from strongroom.api.call import Call
from strongroom.api.kms import OPERATIONS
from strongroom.api.request_quotas import (
    CUSTOM_KEY_STORE,
    ECC,
    ML_DSA,
    ML_KEM,
    REQUEST_QUOTAS,
    RSA,
    SYMMETRIC,
    Charge,
    CountedRequest,
    Unlimited,
    counted_request,
    quotas_of,
)
from strongroom.api.resolve import Scope
from strongroom.crypto.specs import KEY_SPECS, DataKeyPairSpecName
from strongroom.model.errors import ServiceError
from strongroom.model.key_store import KeyStorePlace
from strongroom.model.principal import root_principal, service_principal
from strongroom.model.regions import REGIONS
from strongroom.model.request import Request
from tests.support.in_process import ACCOUNT, OTHER_ACCOUNT, OTHER_REGION, REGION, InProcess, deny
from tests.support.key_stores import CLOUD_HSM_STORE
from tests.unit.api.support import ROOT, signed_by

if TYPE_CHECKING:
    from strongroom.api.key_snapshots import KeySnapshot
    from strongroom.model.principal import Principal

SCOPE = f"{ACCOUNT}/{REGION}"
STORE = KeyStorePlace(ACCOUNT, REGION, "cks-1234567890abcdef0")
OTHER_STORE = KeyStorePlace(OTHER_ACCOUNT, REGION, "cks-1234567890abcdef1")
CRYPTOGRAPHIC = ("Encrypt", "Decrypt", "ReEncrypt", "Sign", "Verify", "GenerateMac", "VerifyMac", "DeriveSharedSecret")


def asked(operation: str, **more: Any) -> CountedRequest:  # noqa: ANN401 - of any member's type
    return CountedRequest(**{"operation": operation, "asking": ACCOUNT, "region": REGION, **more})


def names(request: CountedRequest) -> list[str]:
    return [charge.quota for charge in quotas_of(request)]


def called(
    service: InProcess, name: str, principal: Principal = ROOT, **members: object
) -> tuple[Call, tuple[KeySnapshot, ...]]:
    """Have a request admitted or refused, as the pipeline does; gives the keys that it was admitted to."""
    service.snapshots.refresh()
    operation = OPERATIONS[name]
    call = Call(
        request=Request(method="POST", path="/", query="", headers=(), body=b"", source_ip="192.0.2.7"),
        request_id="",
        time=0.0,
        wall=0.0,
        name=name,
        operation=operation,
        credentials=signed_by(principal),
        message=operation.request(**members),
    )
    try:
        return call, admit(call, operation, Scope(principal.account_id, REGION), service.snapshots)
    except ServiceError:
        return call, ()


def counted(service: InProcess, name: str, principal: Principal = ROOT, **members: object) -> CountedRequest:
    return counted_request(*called(service, name, principal, **members))


@pytest.mark.parametrize("operation", list(OPERATIONS))
def test_every_operation_has_a_quota(operation: str) -> None:
    (charge,) = quotas_of(asked(operation))
    assert charge.scope == SCOPE
    assert charge.cost == 1
    assert charge.rate > 0


def test_every_quota_counts_something() -> None:
    requests = [
        *(asked(operation) for operation in OPERATIONS),
        *(asked("Sign", key_specs=(spec,), key_stores=(STORE,)) for spec in KEY_SPECS),
        *(asked("GenerateDataKeyPair", key_pair_spec=spec) for spec in get_args(DataKeyPairSpecName)),
    ]
    assert {name for request in requests for name in names(request)} == REQUEST_QUOTAS.keys()


@pytest.mark.parametrize(
    ("operation", "rate"),
    [
        ("GetParametersForImport", 1),
        ("CreateKey", 5),
        ("GetKeyLastUsage", 5),
        ("TagResource", 10),
        ("UntagResource", 5),
        ("DeleteAlias", 15),
        ("RevokeGrant", 50),
        ("ListKeyPolicies", 100),
        ("ListKeys", 500),
        ("GetKeyPolicy", 1_000),
        ("DescribeKey", 2_000),
    ],
)
def test_other_operations_have_a_quota_each(operation: str, rate: int) -> None:
    assert quotas_of(asked(operation)) == (Charge(quota=operation, scope=SCOPE, rate=rate),)


@pytest.mark.parametrize(
    ("region", "rate"), [("us-east-1", 100_000), ("eu-central-1", 20_000), ("ca-central-1", 10_000)]
)
def test_the_rate_of_symmetric_operations_depends_on_the_region(region: str, rate: int) -> None:
    expected = Charge(quota=SYMMETRIC, scope=f"{ACCOUNT}/{region}", rate=rate)
    assert quotas_of(asked("Encrypt", region=region, key_specs=("SYMMETRIC_DEFAULT",))) == (expected,)
    assert quotas_of(asked("GenerateRandom", region=region)) == (expected,)


def test_nine_regions_have_more_than_the_others() -> None:
    rates = [quotas_of(asked("GenerateRandom", region=region))[0].rate for region in REGIONS]
    assert {rate: rates.count(rate) for rate in rates} == {100_000: 3, 20_000: 6, 10_000: len(REGIONS) - 9}


@pytest.mark.parametrize(
    ("operation", "spec", "quota"),
    [
        ("Decrypt", "SYMMETRIC_DEFAULT", SYMMETRIC),
        ("VerifyMac", "HMAC_512", SYMMETRIC),
        ("Encrypt", "RSA_2048", RSA),
        ("Sign", "RSA_4096", RSA),
        ("Sign", "ECC_NIST_P256", ECC),
        ("Verify", "ECC_NIST_EDWARDS25519", ECC),
        ("DeriveSharedSecret", "ECC_NIST_P521", ECC),
        ("Sign", "ML_DSA_65", ML_DSA),
        ("Encapsulate", "ML_KEM_768", ML_KEM),
        ("Decapsulate", "ML_KEM_1024", ML_KEM),
    ],
)
def test_cryptographic_operations_count_by_the_kind_of_their_key(operation: str, spec: str, quota: str) -> None:
    (charge,) = quotas_of(asked(operation, key_specs=(spec,)))
    assert charge.quota == quota
    assert quota == SYMMETRIC or charge.rate == 1_000


def test_a_public_key_is_fetched_whatever_its_kind() -> None:
    assert names(asked("GetPublicKey", key_specs=("RSA_2048",))) == ["GetPublicKey"]


def test_re_encrypting_counts_once_for_each_kind_of_key() -> None:
    assert names(asked("ReEncrypt", key_specs=("SYMMETRIC_DEFAULT", "SYMMETRIC_DEFAULT"))) == [SYMMETRIC]
    assert names(asked("ReEncrypt", key_specs=("SYMMETRIC_DEFAULT", "RSA_2048"))) == [SYMMETRIC, RSA]


@pytest.mark.parametrize(
    ("spec", "rate"),
    [("RSA_2048", 20), ("RSA_3072", 4), ("RSA_4096", 1), ("SM2", 25), ("ECC_NIST_P256", 100), ("ML_KEM_768", 100)],
)
def test_data_key_pairs_count_by_the_spec_of_the_pair(spec: str, rate: int) -> None:
    quota = f"GenerateDataKeyPair-{spec}"
    for operation in ("GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext"):
        charges = quotas_of(asked(operation, key_specs=("SYMMETRIC_DEFAULT",), key_pair_spec=spec))
        assert charges == (Charge(quota=quota, scope=SCOPE, rate=rate),)


def test_replicating_counts_in_both_regions() -> None:
    assert quotas_of(asked("ReplicateKey", other_region=OTHER_REGION)) == (
        Charge(quota="ReplicateKey", scope=SCOPE, rate=5),
        Charge(quota="CreateKey", scope=f"{ACCOUNT}/{OTHER_REGION}", rate=5, cost=2),
    )


def test_moving_the_primary_counts_in_both_regions() -> None:
    here, there = (
        Charge(quota="UpdatePrimaryRegion", scope=f"{ACCOUNT}/{region}", rate=5) for region in (REGION, OTHER_REGION)
    )
    assert quotas_of(asked("UpdatePrimaryRegion", other_region=OTHER_REGION)) == (here, there)
    assert quotas_of(asked("UpdatePrimaryRegion", other_region=REGION)) == (here,)


def test_each_custom_key_store_counts_beside_the_account() -> None:
    charges = quotas_of(asked("ReEncrypt", key_stores=(STORE, STORE, OTHER_STORE)))
    assert [(charge.quota, charge.scope, charge.rate) for charge in charges[1:]] == [
        (CUSTOM_KEY_STORE, "/".join(STORE), 1_800),
        (CUSTOM_KEY_STORE, "/".join(OTHER_STORE), 1_800),
    ]
    assert charges[0].quota == SYMMETRIC
    assert names(asked("DescribeKey", key_stores=(STORE,))) == ["DescribeKey"]


def test_rates_can_be_overridden() -> None:
    overrides = {SYMMETRIC: 7, CUSTOM_KEY_STORE: 3}
    charges = quotas_of(asked("Decrypt", key_stores=(STORE,)), overrides)
    assert [(charge.quota, charge.rate) for charge in charges] == [(SYMMETRIC, 7), (CUSTOM_KEY_STORE, 3)]
    assert quotas_of(asked("CreateKey"), overrides)[0].rate == 5


@given(
    operation=st.sampled_from(CRYPTOGRAPHIC),
    key_specs=st.lists(st.sampled_from(sorted(KEY_SPECS)), max_size=2).map(tuple),
    key_stores=st.lists(st.sampled_from((STORE, OTHER_STORE)), max_size=2).map(tuple),
    region=st.sampled_from(sorted(REGIONS)),
)
def test_nothing_is_counted_twice(
    operation: str, key_specs: tuple[str, ...], key_stores: tuple[KeyStorePlace, ...], region: str
) -> None:
    charges = quotas_of(asked(operation, key_specs=key_specs, key_stores=key_stores, region=region))
    counted_for = [(charge.quota, charge.scope) for charge in charges]
    assert len(counted_for) == len(set(counted_for))
    # Whatever else a request counts for, it counts for its account once at least.
    assert any(scope == f"{ACCOUNT}/{region}" for _, scope in counted_for)


def test_a_request_counts_with_the_keys_that_it_is_admitted_to(service: InProcess) -> None:
    key = service.root().key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")
    assert counted(service, "Encrypt", key_id=key, plaintext=b"x") == asked("Encrypt", key_specs=("RSA_2048",))


def test_a_refused_request_counts_with_keys_of_the_own_account(service: InProcess) -> None:
    key = service.root().key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")
    service.write_policy(key, deny(action="kms:Encrypt"))
    assert counted(service, "Encrypt", key_id=key, plaintext=b"x") == asked("Encrypt", key_specs=("RSA_2048",))


def test_a_refused_request_does_not_show_what_kind_of_key_another_account_has(service: InProcess) -> None:
    service.add_account()
    key = service.root().key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")
    for name in (key, f"{key[:-1]}{'0' if key[-1] != '0' else '1'}"):
        request = counted(service, "Encrypt", root_principal(OTHER_ACCOUNT), key_id=name, plaintext=b"x")
        assert request == asked("Encrypt", asking=OTHER_ACCOUNT)
        assert names(request) == [SYMMETRIC]


def test_a_key_that_is_not_there_counts_as_a_symmetric_one(service: InProcess) -> None:
    request = counted(service, "Sign", key_id="alias/none", message=b"x", signing_algorithm="ECDSA_SHA_256")
    assert names(request) == [SYMMETRIC]


def test_a_request_that_cannot_be_read_counts_for_its_operation(service: InProcess) -> None:
    call, _ = called(service, "GenerateDataKeyPair", key_id="alias/none", key_pair_spec="RSA_2048")
    assert names(counted_request(call, ())) == ["GenerateDataKeyPair-RSA_2048"]
    call.message = None
    assert names(counted_request(call, ())) == [SYMMETRIC]


def test_the_other_region_is_the_one_in_which_something_changes(service: InProcess) -> None:
    key = service.root().key(MultiRegion=True)
    replicate = counted(service, "ReplicateKey", key_id=key, replica_region=OTHER_REGION)
    update = counted(service, "UpdatePrimaryRegion", key_id=key, primary_region=OTHER_REGION)
    assert [replicate.other_region, update.other_region] == [OTHER_REGION, OTHER_REGION]


def test_a_service_that_asks_for_itself_has_quotas_of_its_own(service: InProcess) -> None:
    call, _ = called(service, "GenerateRandom", number_of_bytes=1)
    call.credentials = signed_by(service_principal("ec2.amazonaws.com"))
    assert counted_request(call, ()).asking == "ec2.amazonaws.com"


def test_random_bytes_of_a_custom_key_store_count_for_it(service: InProcess) -> None:
    request = counted(service, "GenerateRandom", number_of_bytes=1, custom_key_store_id=STORE.custom_key_store_id)
    assert request.key_stores == (STORE,)
    assert names(request) == [SYMMETRIC, CUSTOM_KEY_STORE]


def test_a_key_in_a_custom_key_store_counts_for_it(service: InProcess) -> None:
    root = service.root()
    store_id = root("CreateCustomKeyStore", **CLOUD_HSM_STORE)["CustomKeyStoreId"]
    key = root.key()
    service.write(key, custom_key_store_id=store_id, origin="AWS_CLOUDHSM")
    # It is not connected, so that the request is refused; it counts nevertheless.
    request = counted(service, "Encrypt", key_id=key, plaintext=b"x")
    assert request.key_stores == (KeyStorePlace(ACCOUNT, REGION, store_id),)


def test_without_quotas_everything_is_let_through(service: InProcess) -> None:
    call, keys = called(service, "GenerateRandom", number_of_bytes=1)
    for _ in range(1_000):
        Unlimited().check(call, keys)
