"""GetSessionToken, and what its sessions may not call."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from strongroom.api.sts.types import Credentials as Answered
from tests.support.in_process import ACCOUNT, Refused
from tests.unit.api.sts.support import (
    Credentials,
    allowing,
    assume,
    code,
    document,
    kms,
    new_device,
    new_role,
    new_user,
    sts,
    trusting,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.in_process import InProcess

INVALID = Refused("InvalidClientTokenId", "The security token included in the request is invalid")


@pytest.fixture
def alice(service: InProcess) -> Credentials:
    return new_user(service, "Alice", allowing(["kms:ListKeys", "sts:*", "iam:*"]))


def seconds_left(credentials: Mapping[str, object]) -> float:
    expiration = credentials["Expiration"]
    assert isinstance(expiration, datetime)
    return (expiration - datetime.now(UTC)).total_seconds()


def test_a_session_of_a_user_may_do_what_the_user_may(service: InProcess, alice: Credentials) -> None:
    session = sts(service, alice.access_key)("GetSessionToken")["Credentials"]
    record = service.records[-1]
    assert set(record["responseElements"]["credentials"]) == {"accessKeyId", "expiration"}
    assert record["readOnly"]
    assert 43_190 < seconds_left(session) <= 43_200
    kms(service, session)("ListKeys")
    assert kms(service, session).refused("ListAliases").code == "AccessDeniedException"
    assert sts(service, session)("GetCallerIdentity") == {
        "UserId": alice.user.user_id,
        "Account": ACCOUNT,
        "Arn": alice.user.arn,
    }


def test_no_permission_is_needed(service: InProcess) -> None:
    bob = new_user(service, "Bob", {"Effect": "Deny", "Action": "*", "Resource": "*"})
    sts(service, bob.access_key)("GetSessionToken", DurationSeconds=900)
    sts(service, bob.access_key)("GetCallerIdentity")


@pytest.mark.parametrize(("asked", "given"), [(None, 3600), (900, 900), (129_600, 3600)])
def test_a_session_of_the_root_user_lasts_an_hour_at_most(service: InProcess, asked: int | None, given: int) -> None:
    members = {} if asked is None else {"DurationSeconds": asked}
    session = service.root(api="sts")("GetSessionToken", **members)["Credentials"]
    assert given - 10 < seconds_left(session) <= given
    kms(service, session)("ListKeys")


@pytest.mark.parametrize("seconds", [899, 129_601])
def test_it_has_limits(service: InProcess, alice: Credentials, seconds: int) -> None:
    refused = sts(service, alice.access_key).refused("GetSessionToken", DurationSeconds=seconds)
    assert refused.code == "ValidationError"


def test_it_cannot_be_called_in_a_session(service: InProcess, alice: Credentials) -> None:
    caller = sts(service, alice.access_key)
    role = new_role(service, "Clerk", trusting(alice.user.arn), inline_policies={"p": document(allowing("sts:*"))})
    for session in (caller("GetSessionToken")["Credentials"], assume(caller, role)["Credentials"]):
        assert sts(service, session).refused("GetSessionToken") == Refused(
            "AccessDenied", "Cannot call GetSessionToken with session credentials"
        )


def test_of_iam_and_sts_its_sessions_may_call_little(service: InProcess, alice: Credentials) -> None:
    caller = sts(service, alice.access_key)
    device = new_device(service, alice.user.user_id)
    plain = caller("GetSessionToken")["Credentials"]
    proven = caller("GetSessionToken", SerialNumber=device, TokenCode=code())["Credentials"]
    assert service.signing(plain, api="iam").refused("ListUsers") == INVALID
    assert [user["UserName"] for user in service.signing(proven, api="iam")("ListUsers")["Users"]] == ["Alice"]
    for session in (plain, proven):
        members = {"AccessKeyId": alice.access_key["AccessKeyId"]}
        assert sts(service, session).refused("GetAccessKeyInfo", **members) == Refused(
            "AccessDenied", "Cannot call GetAccessKeyInfo with session credentials"
        )
        assume(sts(service, session), new_role(service, f"R{session['AccessKeyId']}", trusting(alice.user.arn)))


def test_sessions_of_roles_may_call_iam(service: InProcess, alice: Credentials) -> None:
    role = new_role(service, "Admin", trusting(alice.user.arn), inline_policies={"p": document(allowing("iam:*"))})
    session = assume(sts(service, alice.access_key), role)["Credentials"]
    service.signing(session, api="iam")("ListUsers")


def test_a_second_factor_is_known_to_conditions_and_to_the_record(service: InProcess) -> None:
    guarded = allowing("kms:ListKeys", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})
    bob = new_user(service, "Bob", guarded)
    device = new_device(service, bob.user.user_id)
    caller = sts(service, bob.access_key)
    assert kms(service, caller("GetSessionToken")["Credentials"]).refused("ListKeys").code == "AccessDeniedException"
    right = code()
    session = caller("GetSessionToken", SerialNumber=device, TokenCode=right)["Credentials"]
    assert service.records[-1]["requestParameters"] == {"serialNumber": device}
    kms(service, session)("ListKeys")
    assert service.records[-1]["userIdentity"]["sessionContext"]["attributes"]["mfaAuthenticated"] == "true"
    assert caller.refused("GetSessionToken", SerialNumber=device, TokenCode=right).code == "AccessDenied"
    # The next step's code is still good.
    caller("GetSessionToken", SerialNumber=device, TokenCode=code(1))


def test_the_root_user_has_devices_too(service: InProcess) -> None:
    device = new_device(service, ACCOUNT, "root-account-mfa-device")
    service.root(api="sts")("GetSessionToken", SerialNumber=device, TokenCode=code())


def test_what_is_not_supported_is_refused(service: InProcess, alice: Credentials) -> None:
    assert (
        sts(service, alice.access_key).refused("GetSessionToken", MinimumSessionTokenSize=1).code == "ValidationError"
    )


def test_neither_secret_nor_token_is_shown(service: InProcess, alice: Credentials) -> None:
    answered = sts(service, alice.access_key)("GetSessionToken")["Credentials"]
    shown = repr(
        Answered(
            access_key_id=answered["AccessKeyId"],
            secret_access_key=answered["SecretAccessKey"],
            session_token=answered["SessionToken"],
            expiration=1.0,
        )
    )
    assert shown == f"Credentials(access_key_id='{answered['AccessKeyId']}', expiration=1.0)"
