"""Grant tokens."""

from __future__ import annotations

import base64
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.api.kms.grant_tokens import GrantName, check_grant_tokens, claimed_grant, make_token, open_token
from strongroom.custody.store_keys import StoreKeys
from strongroom.model.errors import InvalidGrantToken
from strongroom.model.grant import Grant
from strongroom.model.key import KeyPlace
from strongroom.model.principal import Principal, root_principal, user_principal
from tests.support.in_process import ACCOUNT, REGION
from tests.support.samples import PLAINTEXT, prepare
from tests.unit.api.kms.people import ROOT, user

if TYPE_CHECKING:
    from strongroom.api.key_snapshots import Directory, KeySnapshot
    from tests.support.in_process import Caller, InProcess

KEYS: Final = StoreKeys({1: b"1" * 32, 2: b"2" * 32})
OTHER_KEYS: Final = StoreKeys({2: b"3" * 32})
PLACE: Final = KeyPlace(ACCOUNT, REGION, "12345678-1234-4000-8000-000000000000")
GRANT: Final = Grant(
    place=PLACE,
    grant_id="a" * 64,
    name="",
    grantee="AIDAALICE",
    retiring=None,
    operations=("Decrypt",),
    constraints=None,
    issuing_account=ACCOUNT,
    creation_date=0.0,
)
NO_TOKEN: Final = ("InvalidGrantTokenException", "No grant has this token.")
WITH_TOKENS: Final = ["CreateGrant", "Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey", "ReEncrypt"]


def test_a_token_names_its_grant() -> None:
    token = make_token(KEYS, GRANT)
    name = GrantName(PLACE, "a" * 64, "AIDAALICE")
    assert open_token(KEYS, token) == name
    assert claimed_grant(token) == name
    assert isinstance(open_token(KEYS, token).place, KeyPlace)


def test_a_token_is_another_one_each_time_and_fits_into_a_request() -> None:
    grant = msgspec.structs.replace(GRANT, grantee="g" * 256)
    tokens = {make_token(KEYS, grant) for _ in range(10)}
    assert len(tokens) == 10
    assert max(map(len, tokens)) < 1000


def test_a_token_of_an_older_store_key_is_good() -> None:
    assert open_token(KEYS, make_token(StoreKeys({1: b"1" * 32}), GRANT)).grant_id == GRANT.grant_id


def test_a_token_of_another_installation_is_not_good() -> None:
    for keys in (OTHER_KEYS, StoreKeys({1: b"1" * 32})):
        with pytest.raises(InvalidGrantToken):
            open_token(keys, make_token(KEYS, GRANT))


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_no_byte_of_a_token_can_be_changed(position: int, change: int) -> None:
    token = bytearray(base64.b64decode(make_token(KEYS, GRANT)))
    token[position % len(token)] ^= change
    with pytest.raises(InvalidGrantToken):
        open_token(KEYS, base64.b64encode(token).decode())


@given(st.text(max_size=200) | st.binary(max_size=100).map(lambda raw: base64.b64encode(raw).decode()))
def test_what_is_no_token(text: str) -> None:
    for read in (claimed_grant, lambda token: open_token(KEYS, token)):
        with pytest.raises(InvalidGrantToken):
            read(text)


class OneGrant:
    """A directory that holds the grants of one grantee on one key."""

    def __init__(self, *grants: Grant) -> None:
        self._grants = grants

    def grants(self, place: KeyPlace, grantee: str) -> tuple[Grant, ...]:
        return tuple(each for each in self._grants if (each.place, each.grantee) == (place, grantee))


def check(grants: list[Grant], place: KeyPlace, principal: Principal) -> None:
    key = SimpleNamespace(key=SimpleNamespace(place=place))
    tokens = [make_token(KEYS, GRANT)] * 2
    check_grant_tokens(KEYS, cast("Directory", OneGrant(*grants)), principal, [cast("KeySnapshot", key)], tokens)


def test_a_token_must_name_a_grant_of_the_key_and_the_caller() -> None:
    alice = user_principal(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/alice", "AIDAALICE", "alice")
    other = msgspec.structs.replace(GRANT, grant_id="b" * 64)
    check([other, GRANT], PLACE, alice)
    for grants, place, principal in (
        ([other], PLACE, alice),
        ([GRANT], PLACE._replace(region="eu-west-1"), alice),
        ([GRANT], PLACE, msgspec.structs.replace(alice, principal_id="AIDANAMESAKE")),
    ):
        with pytest.raises(InvalidGrantToken):
            check(grants, place, principal)


def test_no_tokens_are_no_fault() -> None:
    check_grant_tokens(KEYS, cast("Directory", OneGrant()), root_principal(ACCOUNT), [], [])


def members_of(owner: Caller, operation: str) -> tuple[dict[str, Any], str]:
    sample = prepare(owner, operation)
    return sample.members, sample.keys[-1]


def token_of(owner: Caller, key: str, grantee: str = ROOT) -> str:
    made = owner("CreateGrant", KeyId=key, GranteePrincipal=grantee, Operations=["Decrypt"])
    token: str = made["GrantToken"]
    return token


@pytest.mark.parametrize("operation", WITH_TOKENS)
def test_operations_take_tokens_of_grants_that_the_caller_has_on_the_key(root: Caller, operation: str) -> None:
    members, key = members_of(root, operation)
    root(operation, **members, GrantTokens=[token_of(root, key), token_of(root, key)])
    for tokens in ([token_of(root, root.key())], [token_of(root, key), "bm8="], ["no"]):
        assert root.refused(operation, **members, GrantTokens=tokens) == NO_TOKEN


def test_the_token_of_a_grant_to_somebody_else_is_not_good(service: InProcess, root: Caller, key: str) -> None:
    alice = user(service, "alice")
    token = token_of(root, key, alice.arn)
    blob = root("Encrypt", KeyId=key, Plaintext=PLAINTEXT)["CiphertextBlob"]
    assert alice("Decrypt", CiphertextBlob=blob, GrantTokens=[token])["Plaintext"] == PLAINTEXT
    assert root.refused("Decrypt", CiphertextBlob=blob, GrantTokens=[token]) == NO_TOKEN


def test_the_token_of_a_grant_that_has_ended_is_not_good(service: InProcess, root: Caller, key: str) -> None:
    token = token_of(root, key)
    root("DescribeKey", KeyId=key, GrantTokens=[token])
    root("RetireGrant", GrantToken=token)
    assert root.refused("DescribeKey", KeyId=key, GrantTokens=[token]) == NO_TOKEN
    assert token not in str(service.records)


def test_a_forged_token_of_a_true_grant_is_not_good(root: Caller, key: str) -> None:
    claimed = claimed_grant(token_of(root, key))
    true = msgspec.structs.replace(GRANT, place=claimed.place, grant_id=claimed.grant_id, grantee=claimed.grantee)
    forged = make_token(OTHER_KEYS, true)
    assert root.refused("RetireGrant", GrantToken=forged) == NO_TOKEN
    assert root.refused("DescribeKey", KeyId=key, GrantTokens=[forged]) == NO_TOKEN
    assert len(root("ListGrants", KeyId=key)["Grants"]) == 1
