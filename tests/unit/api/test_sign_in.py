"""Sign-in to the console: a password and perhaps a code for a session, under policies, with its record."""

from __future__ import annotations

import json
import logging
import time
from typing import TYPE_CHECKING, Any, Final

import argon2
import msgspec
import pytest

from strongroom.api.sign_in import MOST_WRONG, MOST_WRONG_OF_ADDRESS, WRONG_WITHIN, SignIns
from strongroom.api.sign_in_results import SignedIn
from strongroom.authn.passwords import verify_password
from strongroom.authn.sign_in import SignInRequest
from strongroom.model.account import AccountSettings
from strongroom.model.identity import User, VirtualMfaDevice
from strongroom.model.regions import REGIONS
from strongroom.model.request import Request
from strongroom.model.sign_in_errors import ForeignOriginError, SignInError
from strongroom.storage.store import Store, StoreError
from tests.support.in_process import ACCOUNT, REGION
from tests.support.one_time_codes import codes
from tests.unit.api.iam.makers import give_root_a_device

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from strongroom.storage.store import Change, Reader
    from tests.support.in_process import Caller, InProcess

PASSWORD: Final = "first-Passw0rd"  # noqa: S105 - obviously fake
NEW: Final = "second-Passw0rd"
WRONG: Final = "wrong-Passw0rd"
CHANGING: Final = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Action": "iam:ChangePassword", "Resource": "*"},
}
MFA_ONLY: Final = {
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow",
        "Action": ["iam:ListUsers", "kms:CreateKey"],
        "Resource": "*",
        "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
    },
}


def arriving(source_ip: str = "192.0.2.1") -> Request:
    headers = (("user-agent", "browser/1"),)
    return Request(method="POST", path="/console/sign-in", query="", headers=headers, body=b"", source_ip=source_ip)


class Door:
    """Signs in to an installation, and looks at the record of each try."""

    def __init__(self, service: InProcess) -> None:
        self.service = service
        self.sign_ins = SignIns(service.store, service.opened.store_keys, service.clock, REGION)
        self.records: list[dict[str, Any]] = []

    def _try(self, request: Request, asked: SignInRequest) -> SignedIn | SignInError:
        outcome = self.sign_ins.run(request, asked)
        # Whoever is signed in is so together with the record.
        assert (outcome.record is None) is isinstance(outcome.result, SignedIn)
        self.records.append(json.loads(outcome.record or self.service.outbox()[-1]))
        assert self.records[-1]["requestID"] == outcome.request_id
        return outcome.result

    def enter(self, user: str | None = "Stuart", password: str = PASSWORD, **members: Any) -> SignedIn:  # noqa: ANN401 - of any type
        result = self._try(arriving(), SignInRequest(**{"account": ACCOUNT, **members}, user=user, password=password))
        assert isinstance(result, SignedIn), result
        return result

    def refused(
        self, user: str | None = "Stuart", password: str = WRONG, source_ip: str = "192.0.2.1", **members: str
    ) -> str:
        asked = SignInRequest(**{"account": ACCOUNT, **members}, user=user, password=password)
        result = self._try(arriving(source_ip), asked)
        assert isinstance(result, SignInError), result
        return result.code

    def caller(self, signed_in: SignedIn, api: str = "kms") -> Caller:
        given = signed_in.credentials
        credentials = {
            "AccessKeyId": given.access_key_id,
            "SecretAccessKey": given.secret_access_key,
            "SessionToken": given.session_token,
        }
        return self.service.signing(credentials, api=api)

    @property
    def error(self) -> str | None:
        error: str | None = self.records[-1].get("errorMessage")
        return error


@pytest.fixture
def door(service: InProcess) -> Door:
    return Door(service)


@pytest.fixture
def iam(service: InProcess) -> Caller:
    return service.root(api="iam")


@pytest.fixture
def stuart(iam: Caller, service: InProcess) -> str:
    """Give the unique id of a user with a password."""
    service.new_user("Stuart", MFA_ONLY)
    iam("CreateLoginProfile", UserName="Stuart", Password=PASSWORD)
    user_id: str = iam("GetUser", UserName="Stuart")["User"]["UserId"]
    return user_id


def give_device(iam: Caller, name: str = "phone") -> tuple[str, bytes]:
    """Give Stuart a device whose codes of now are used; gives its serial number and seed."""
    made = iam("CreateVirtualMFADevice", VirtualMFADeviceName=name)["VirtualMFADevice"]
    seed: bytes = made["Base32StringSeed"]
    first, second = codes(seed, ahead=-1)
    serial: str = made["SerialNumber"]
    owner = {"UserName": "Stuart", "SerialNumber": serial}
    iam("EnableMFADevice", **owner, AuthenticationCode1=first, AuthenticationCode2=second)
    return serial, seed


def user_of(service: InProcess, user_id: str) -> User:
    with service.store.read() as reader:
        user = reader.identities.by_id(User, user_id)
    assert user is not None
    return user


def settings_of(service: InProcess) -> AccountSettings:
    with service.store.read() as reader:
        settings = reader.identities.find(AccountSettings, ACCOUNT, "")
    assert settings is not None
    return settings


def test_a_user_signs_in_for_twelve_hours(door: Door, stuart: str) -> None:
    entered = door.enter()
    arn = f"arn:aws:iam::{ACCOUNT}:user/Stuart"
    assert (entered.account_id, entered.account_alias, entered.user_name, entered.arn) == (ACCOUNT, None, "Stuart", arn)
    assert entered.region == REGION
    assert entered.regions == tuple(sorted(REGIONS))
    assert abs(entered.expiration - time.time() - 12 * 3600) < 60
    identity = door.caller(entered, "sts")("GetCallerIdentity")
    assert (identity["Arn"], identity["UserId"]) == (arn, stuart)
    record = door.records[-1]
    assert (record["eventName"], record["responseElements"]) == ("ConsoleLogin", {"ConsoleLogin": "Success"})
    assert record["additionalEventData"]["MFAUsed"] == "No"
    assert record["userAgent"] == "browser/1"
    last_used = user_of(door.service, stuart).password_last_used
    assert last_used is not None
    assert abs(last_used - time.time()) < 60


def test_secrets_are_not_in_the_representation(door: Door, stuart: str) -> None:
    assert stuart
    entered = door.enter()
    shown = repr(entered)
    assert entered.credentials.access_key_id in shown
    assert entered.credentials.secret_access_key not in shown
    assert entered.credentials.session_token not in shown


def test_the_account_may_be_named_by_its_alias(door: Door, iam: Caller, stuart: str) -> None:
    assert stuart
    iam("CreateAccountAlias", AccountAlias="acme")
    assert door.enter(account="Acme", user="STUART").account_alias == "acme"
    assert door.refused(password=PASSWORD, account="other") == "InvalidSignIn"


def test_an_alias_does_not_take_the_place_of_an_account_id(door: Door, iam: Caller, service: InProcess) -> None:
    other = service.add_account("444455556666")
    assert other("ListKeys")["Keys"] == []
    with service.store.change() as change:
        change.identities.put(AccountSettings(account_id="444455556666", alias=ACCOUNT))
    assert iam("GetUser")
    assert door.enter(None, service.created.console_password).account_id == ACCOUNT


@pytest.mark.parametrize("user", [None, "root", "Root"])
def test_the_root_user_signs_in_for_an_hour(door: Door, service: InProcess, user: str | None) -> None:
    entered = door.enter(user, service.created.console_password)
    assert (entered.user_name, entered.arn) == (None, f"arn:aws:iam::{ACCOUNT}:root")
    assert abs(entered.expiration - time.time() - 3600) < 60
    assert door.caller(entered)("ListKeys")["Keys"] == []
    assert door.records[-1]["userIdentity"]["type"] == "Root"
    assert settings_of(service).root_password_last_used is not None


def test_a_user_of_the_name_root_is_that_user(door: Door, iam: Caller, service: InProcess) -> None:
    iam("CreateUser", UserName="root")
    iam("CreateLoginProfile", UserName="root", Password=PASSWORD)
    assert door.enter("root").user_name == "root"
    assert door.refused("root", service.created.console_password) == "InvalidSignIn"


def test_what_is_wrong_is_not_told(door: Door, iam: Caller, service: InProcess, stuart: str) -> None:
    assert stuart
    iam("CreateUser", UserName="NoPassword")
    service.add_account()
    tries: list[dict[str, Any]] = [
        {"account": "999999999999", "password": PASSWORD},
        {"account": "nowhere", "user": None},
        {"user": "Nobody", "password": PASSWORD},
        {"user": "NoPassword", "password": ""},
        {"user": "Stuart"},
        {"user": None},
        {"user": None, "account": "444455556666", "password": PASSWORD},
    ]
    for each in tries:
        assert door.refused(**each) == "InvalidSignIn"
        assert door.error == "Failed authentication"
        assert door.records[-1]["responseElements"] == {"ConsoleLogin": "Failure"}


def test_the_record_names_users_that_are_there_only(door: Door, stuart: str) -> None:
    door.refused()
    assert door.records[-1]["userIdentity"]["principalId"] == stuart
    door.refused("a-Passw0rd-in-the-wrong-field")
    assert door.records[-1]["userIdentity"] == {
        "type": "IAMUser",
        "accountId": ACCOUNT,
        "userName": "HIDDEN_DUE_TO_SECURITY_REASONS",
    }
    assert "Passw0rd" not in json.dumps(door.records)


def test_a_deleted_users_session_ends(door: Door, iam: Caller, service: InProcess) -> None:
    iam("CreateUser", UserName="Gone")
    iam("CreateLoginProfile", UserName="Gone", Password=PASSWORD)
    entered = door.caller(door.enter("Gone"), "sts")
    entered("GetCallerIdentity")
    iam("DeleteLoginProfile", UserName="Gone")
    iam("DeleteUser", UserName="Gone")
    assert entered.refused("GetCallerIdentity").code == "InvalidClientTokenId"
    assert service.records[-1]["errorCode"] == "InvalidClientTokenId"


class TestSecondFactor:
    def test_a_user_with_a_device_has_to_show_a_code(self, door: Door, iam: Caller, stuart: str) -> None:
        serial, seed = give_device(iam)
        assert stuart
        assert door.refused(password=PASSWORD) == "MfaRequired"
        assert (door.error, door.records[-1]["responseElements"]) == (None, {"CheckMfa": "Success"})
        _, code = codes(seed)
        entered = door.enter(mfa_code=code)
        assert door.records[-1]["additionalEventData"] == {
            "MobileVersion": "No",
            "MFAUsed": "Yes",
            "MFAIdentifier": serial,
        }
        # Policies see that a code was shown; IAM too, which sessions of GetSessionToken may not call.
        assert door.caller(entered)("CreateKey", KeySpec="SYMMETRIC_DEFAULT")
        assert door.caller(entered, "iam")("ListUsers")["Users"]

    def test_without_a_device_none_was_shown(self, door: Door, stuart: str) -> None:
        assert stuart
        entered = door.enter(mfa_code="123456")
        assert door.records[-1]["additionalEventData"]["MFAUsed"] == "No"
        assert door.caller(entered, "iam").refused("ListUsers").code == "AccessDenied"

    def test_no_code_is_good_twice(self, door: Door, iam: Caller, stuart: str) -> None:
        _, seed = give_device(iam)
        assert stuart
        _, code = codes(seed)
        door.enter(mfa_code=code)
        assert door.refused(password=PASSWORD, mfa_code=code) == "InvalidMfaCode"
        assert (door.error, door.records[-1]["additionalEventData"]["MFAUsed"]) == ("Failed authentication", "Yes")

    @pytest.mark.parametrize("code", ["", "12345", "not-digits", "\uff11\uff12\uff13\uff14\uff15\uff16"])
    def test_what_is_no_code_is_a_wrong_one(self, door: Door, iam: Caller, stuart: str, code: str) -> None:
        give_device(iam)
        assert stuart
        assert door.refused(password=PASSWORD, mfa_code=code) == "InvalidMfaCode"

    def test_any_of_the_devices_will_do(self, door: Door, iam: Caller, stuart: str) -> None:
        give_device(iam, "a")
        serial, seed = give_device(iam, "b")
        assert stuart
        door.enter(mfa_code=codes(seed)[1])
        assert door.records[-1]["additionalEventData"]["MFAIdentifier"] == serial

    def test_a_wrong_password_does_not_tell_of_devices(self, door: Door, iam: Caller, stuart: str) -> None:
        _, seed = give_device(iam)
        assert stuart
        assert door.refused(mfa_code=codes(seed)[1]) == "InvalidSignIn"

    def test_the_root_users_device_counts(
        self, door: Door, service: InProcess, caplog: pytest.LogCaptureFixture
    ) -> None:
        give_root_a_device(service)
        assert door.refused(None, service.created.console_password) == "MfaRequired"
        # Its seed does not open, so nothing can be said of its codes.
        with caplog.at_level(logging.ERROR):
            assert door.refused(None, service.created.console_password, mfa_code="123456") == "InternalFailure"
        assert "ValueError" in caplog.text
        assert service.created.console_password not in caplog.text


class TestPasswordChange:
    @pytest.fixture(autouse=True)
    def reset_required(self, iam: Caller, service: InProcess) -> None:
        service.new_user("Anaya", CHANGING)
        iam("CreateLoginProfile", UserName="Anaya", Password=PASSWORD, PasswordResetRequired=True)

    def test_it_is_asked_for_and_done(self, door: Door, service: InProcess, iam: Caller) -> None:
        assert door.refused("Anaya", PASSWORD) == "PasswordChangeRequired"
        assert door.error == "Password change required"
        assert door.refused("Anaya", WRONG, new_password=NEW) == "InvalidSignIn"
        entered = door.enter("Anaya", new_password=NEW)
        assert entered.user_name == "Anaya"
        changed, signed_in = (json.loads(each) for each in service.outbox()[-2:])
        assert (changed["eventName"], changed["eventSource"]) == ("ChangePassword", "iam.amazonaws.com")
        assert changed["userIdentity"]["accessKeyId"] == entered.credentials.access_key_id
        assert signed_in["eventName"] == "ConsoleLogin"
        profile = iam("GetLoginProfile", UserName="Anaya")["LoginProfile"]
        assert profile["PasswordResetRequired"] is False
        assert door.refused("Anaya", PASSWORD) == "InvalidSignIn"
        door.enter("Anaya", NEW)
        assert "PasswordLastUsed" in iam("GetUser", UserName="Anaya")["User"]

    @pytest.mark.parametrize(
        ("new_password", "text"),
        [
            ("short", "minimum length of 12"),
            ("", "1 to 128 characters"),
            ("a" * 129, "1 to 128 characters"),
            ("l\N{LATIN SMALL LETTER O WITH DOUBLE ACUTE}ng-Passw0rd", "ISO 8859-1"),
        ],
    )
    def test_the_accounts_password_policy_holds(self, door: Door, iam: Caller, new_password: str, text: str) -> None:
        iam("UpdateAccountPasswordPolicy", MinimumPasswordLength=12)
        asked = SignInRequest(account=ACCOUNT, user="Anaya", password=PASSWORD, new_password=new_password)
        result = door.sign_ins.run(arriving(), asked).result
        assert isinstance(result, SignInError)
        assert (result.code, result.status) == ("PasswordPolicyViolation", 400)
        assert text in result.message
        assert door.refused("Anaya", PASSWORD) == "PasswordChangeRequired"

    def test_policies_decide_whether_a_user_may(self, door: Door, iam: Caller) -> None:
        iam("DeleteUserPolicy", UserName="Anaya", PolicyName="p0")
        asked = SignInRequest(account=ACCOUNT, user="Anaya", password=PASSWORD, new_password=NEW)
        result = door.sign_ins.run(arriving(), asked).result
        assert isinstance(result, SignInError)
        assert (result.code, result.status) == ("AccessDenied", 403)
        assert "is not authorized to perform: iam:ChangePassword" in result.message
        iam("UpdateAccountPasswordPolicy", AllowUsersToChangePassword=True)
        door.enter("Anaya", new_password=NEW)

    def test_it_is_not_done_unless_needed(self, door: Door, stuart: str) -> None:
        assert stuart
        assert door.refused("Stuart", PASSWORD, new_password=NEW) == "InvalidRequest"
        door.enter()

    def test_a_right_password_that_needs_changing_is_no_wrong_guess(self, door: Door) -> None:
        for _ in range(MOST_WRONG + 1):
            assert door.refused("Anaya", PASSWORD) == "PasswordChangeRequired"


class TestBounds:
    def test_a_user_may_be_guessed_at_five_times(self, door: Door, iam: Caller, stuart: str) -> None:
        assert stuart
        iam("CreateAccountAlias", AccountAlias="acme")
        spellings = [{}, {"account": "acme"}, {"user": "stuart"}, {"source_ip": "192.0.2.2"}, {"user": "STUART"}]
        assert [door.refused(**each) for each in spellings] == ["InvalidSignIn"] * MOST_WRONG
        assert door.refused(password=PASSWORD) == "TooManyAttempts"
        assert door.error == "Too many attempts"
        assert door.refused(None) == "InvalidSignIn"

    def test_after_five_minutes_again(
        self, door: Door, stuart: str, service: InProcess, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert stuart
        for _ in range(MOST_WRONG):
            door.refused()
        later = time.time() + WRONG_WITHIN
        monkeypatch.setattr(service.clock, "wall", lambda: later)
        door.enter()

    def test_who_is_not_there_is_treated_the_same(self, door: Door) -> None:
        names = ["Nobody", "nobody", "NOBODY", "Nobody", "nobody"]
        assert [door.refused(name) for name in names] == ["InvalidSignIn"] * MOST_WRONG
        assert door.refused("Nobody") == "TooManyAttempts"
        assert door.refused("Somebody") == "InvalidSignIn"

    def test_wrong_codes_are_wrong_guesses(self, door: Door, iam: Caller, stuart: str) -> None:
        _, seed = give_device(iam)
        assert stuart
        for _ in range(MOST_WRONG):
            assert door.refused(password=PASSWORD, mfa_code="nope") == "InvalidMfaCode"
        assert door.refused(password=PASSWORD, mfa_code=codes(seed)[1]) == "TooManyAttempts"

    def test_signing_in_is_no_guess(self, door: Door, stuart: str) -> None:
        assert stuart
        for _ in range(MOST_WRONG + 1):
            door.enter()

    def test_an_address_may_guess_at_so_many(self, door: Door, stuart: str, monkeypatch: pytest.MonkeyPatch) -> None:
        assert stuart
        # What is counted is not how long a hash takes.
        monkeypatch.setattr("strongroom.authn.sign_in.verify_password", lambda _hash, _password: False)
        for number in range(MOST_WRONG_OF_ADDRESS):
            assert door.refused(f"user{number}", source_ip=f"2001:db8::{number:x}") == "InvalidSignIn"
        assert door.refused("Nobody", source_ip="2001:db8::ffff") == "TooManyAttempts"
        # The user was not guessed at.
        for _ in range(MOST_WRONG):
            assert door.refused("Nobody", source_ip="2001:db8:1::1") == "InvalidSignIn"

    def test_who_is_locked_out_does_not_use_up_the_address(self, door: Door, stuart: str) -> None:
        assert stuart
        for _ in range(MOST_WRONG):
            door.refused()
        for _ in range(MOST_WRONG_OF_ADDRESS):
            assert door.refused() == "TooManyAttempts"
        assert door.refused("Nobody") == "InvalidSignIn"


class Meanwhile:
    """Lets something happen between the check of a password and the change that follows."""

    def __init__(self, service: InProcess, monkeypatch: pytest.MonkeyPatch) -> None:
        self._change = service.store.change
        self._monkeypatch = monkeypatch
        self._store = service.store

    def happens(self, step: Any) -> None:  # noqa: ANN401 - any function of a transaction
        def change() -> AbstractContextManager[Change]:
            self._monkeypatch.setattr(self._store, "change", self._change)
            with self._change() as before:
                step(before)
            return self._change()

        self._monkeypatch.setattr(self._store, "change", change)


@pytest.fixture
def meanwhile(service: InProcess, monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    return Meanwhile(service, monkeypatch)


class TestRaces:
    def test_a_password_that_was_just_changed_is_not_the_one(
        self, door: Door, stuart: str, meanwhile: Meanwhile
    ) -> None:
        def change(before: Change) -> None:
            user = before.identities.by_id(User, stuart)
            assert user is not None
            assert user.login is not None
            login = msgspec.structs.replace(user.login, password_hash=WRONG)
            before.identities.put(msgspec.structs.replace(user, login=login))

        meanwhile.happens(change)
        assert door.refused(password=PASSWORD) == "InvalidSignIn"

    def test_a_user_who_was_just_deleted_is_nobody(self, door: Door, stuart: str, meanwhile: Meanwhile) -> None:
        user = user_of(door.service, stuart)
        meanwhile.happens(lambda before: before.identities.delete(user))
        assert door.refused(password=PASSWORD) == "InvalidSignIn"

    def test_a_code_is_used_by_one_of_two(self, door: Door, iam: Caller, stuart: str, meanwhile: Meanwhile) -> None:
        serial, seed = give_device(iam)
        assert stuart

        def use(before: Change) -> None:
            device = before.identities.by_arn(VirtualMfaDevice, serial)
            assert device is not None
            before.identities.put(msgspec.structs.replace(device, last_step=int(time.time()) // 30 + 2))

        meanwhile.happens(use)
        assert door.refused(password=PASSWORD, mfa_code=codes(seed)[1]) == "InvalidMfaCode"


@pytest.mark.parametrize("name", ["Stuart", None])
def test_a_hash_of_former_times_is_made_anew(door: Door, service: InProcess, stuart: str, name: str | None) -> None:
    cheap = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    user, settings = user_of(service, stuart), settings_of(service)
    assert user.login is not None
    assert settings.root_login is not None
    with service.store.change() as change:
        login = msgspec.structs.replace(user.login, password_hash=cheap)
        change.identities.put(msgspec.structs.replace(user, login=login))
        root_login = msgspec.structs.replace(settings.root_login, password_hash=cheap)
        change.identities.put(msgspec.structs.replace(settings, root_login=root_login))
    door.enter(name)
    kept = settings_of(service).root_login if name is None else user_of(service, stuart).login
    assert kept is not None
    assert "m=65536" in kept.password_hash
    assert verify_password(kept.password_hash, PASSWORD)


def test_when_the_database_fails_nobody_is_signed_in(
    door: Door, stuart: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def read(_store: Store) -> AbstractContextManager[Reader]:
        raise StoreError(PASSWORD)

    assert stuart
    monkeypatch.setattr(Store, "read", read)
    assert door.refused(password=PASSWORD) == "InternalFailure"
    assert door.error == "Internal failure"
    assert "StoreError" in caplog.text
    assert PASSWORD not in caplog.text


def test_what_is_refused_unseen_is_recorded(door: Door) -> None:
    outcome = door.sign_ins.refuse(arriving(), error := ForeignOriginError())
    assert outcome.result is error
    assert outcome.record is not None
    record = json.loads(outcome.record)
    assert (record["requestID"], record["errorMessage"]) == (outcome.request_id, "Foreign origin")
    assert record["sourceIPAddress"] == "192.0.2.1"
