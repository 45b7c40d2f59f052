"""`aws iam` and `aws sts`: what people and programs show to be let in."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import pytest

from tests.live.aws_cli import AwsCli, aws_environment, run_aws
from tests.live.conftest import ACCOUNT
from tests.live.identities import REGION, Account, allow, document, login_of
from tests.support.live import Login, wait_until
from tests.support.one_time_codes import codes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.live import Server

ARN: Final = f"arn:aws:iam::{ACCOUNT}"
EVERYTHING: Final = allow("*")
KMS_WITH_MFA: Final = allow("kms:*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})
OLD: Final = "Correct-Horse-1"
NEW: Final = "Battery-Staple-2"


@pytest.fixture(scope="module")
def account(server: Server) -> Account:
    return Account(server, server.login)


@pytest.fixture(scope="module")
def new_cli(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Login], AwsCli]:
    folder = tmp_path_factory.mktemp("cli")
    return lambda login: AwsCli(server, login, folder)


@pytest.fixture(scope="module")
def root(new_cli: Callable[[Login], AwsCli], server: Server) -> AwsCli:
    return new_cli(server.login)


@pytest.fixture
def anna(root: AwsCli) -> Iterator[tuple[str, str]]:
    """A user without anything; gives the flag that names her."""
    named = ("--user-name", "Anna")
    root.iam("create-user", *named)
    yield named
    root.iam("delete-user", *named)


def test_access_keys_are_made_used_rotated_and_deactivated(
    root: AwsCli, new_cli: Callable[[Login], AwsCli], anna: tuple[str, str]
) -> None:
    made = [root.iam("create-access-key", *anna)["AccessKey"] for _ in range(2)]
    assert "(LimitExceeded)" in root.refused("iam", "create-access-key", *anna)
    logins = [Login(each["AccessKeyId"], each["SecretAccessKey"]) for each in made]
    first, second = map(new_cli, logins)
    for each in (first, second):
        assert each.sts("get-caller-identity")["Arn"] == f"{ARN}:user/Anna"
    assert root.sts("get-access-key-info", "--access-key-id", logins[0].access_key_id) == {"Account": ACCOUNT}
    key = (*anna, "--access-key-id", logins[0].access_key_id)
    root.iam("update-access-key", *key, "--status", "Inactive")
    # It holds with the very next request, of every service.
    assert "(InvalidClientTokenId)" in first.refused("sts", "get-caller-identity")
    assert "(InvalidClientTokenId)" in first.refused("iam", "get-user")
    assert "(UnrecognizedClientException)" in first.refused("kms", "list-keys")
    assert second.sts("get-caller-identity")["Account"] == ACCOUNT
    listed = root.iam("list-access-keys", *anna)["AccessKeyMetadata"]
    assert {each["AccessKeyId"]: each["Status"] for each in listed} == {
        logins[0].access_key_id: "Inactive",
        logins[1].access_key_id: "Active",
    }
    root.iam("update-access-key", *key, "--status", "Active")
    assert first.sts("get-caller-identity")["Account"] == ACCOUNT
    for login in logins:
        root.iam("delete-access-key", *anna, "--access-key-id", login.access_key_id)
    assert "(InvalidClientTokenId)" in second.refused("sts", "get-caller-identity")


def test_the_last_use_of_an_access_key_is_told(
    root: AwsCli, new_cli: Callable[[Login], AwsCli], anna: tuple[str, str]
) -> None:
    made = root.iam("create-access-key", *anna)["AccessKey"]
    named = ("--access-key-id", made["AccessKeyId"])

    def last_used() -> dict[str, str]:
        answer = root.iam("get-access-key-last-used", *named)
        assert answer["UserName"] == "Anna"
        used: dict[str, str] = answer["AccessKeyLastUsed"]
        return used

    assert last_used() == {"ServiceName": "N/A", "Region": "N/A"}
    user = new_cli(Login(made["AccessKeyId"], made["SecretAccessKey"]))
    assert "(AccessDeniedException)" in user.refused("kms", "list-keys")
    try:
        wait_until(lambda: last_used()["ServiceName"] == "kms", "the last use to be noted", seconds=20)
        assert (last_used()["Region"], "LastUsedDate" in last_used()) == (REGION, True)
    finally:
        root.iam("delete-access-key", *anna, *named)


def test_passwords_are_set_changed_and_taken_away(
    root: AwsCli, new_cli: Callable[[Login], AwsCli], account: Account
) -> None:
    policy = ("update-account-password-policy", "--minimum-password-length", "12", "--require-numbers")
    root.iam(*policy, "--allow-users-to-change-password")
    assert root.iam("get-account-password-policy")["PasswordPolicy"]["MinimumPasswordLength"] == 12
    user, named = new_cli(account.user("Typist")), ("--user-name", "Typist")
    assert "(PasswordPolicyViolation)" in root.refused("iam", "create-login-profile", *named, "--password", "short1")
    made = root.iam("create-login-profile", *named, "--password", OLD, "--password-reset-required")
    assert made["LoginProfile"]["PasswordResetRequired"] is True
    changed = ("change-password", "--new-password", NEW, "--old-password")
    assert "An error occurred" in user.refused("iam", *changed, "not-it-at-all-1")
    user.iam(*changed, OLD)
    root.iam("update-login-profile", *named, "--password", OLD, "--no-password-reset-required")
    assert root.iam("get-login-profile", *named)["LoginProfile"]["UserName"] == "Typist"
    root.iam("delete-login-profile", *named)
    assert "(NoSuchEntity)" in root.refused("iam", "get-login-profile", *named)
    root.iam("delete-account-password-policy")
    assert "(NoSuchEntity)" in root.refused("iam", "get-account-password-policy")


class Phone:
    """A user's device with an app, set up by what the CLI writes into a file."""

    def __init__(self, aws: AwsCli, name: str, folder: Path, user: str) -> None:
        seed = folder / name
        command = ("create-virtual-mfa-device", "--virtual-mfa-device-name", name, "--outfile", str(seed))
        made = aws.iam(*command, "--bootstrap-method", "Base32StringSeed")
        self.serial: str = made["VirtualMFADevice"]["SerialNumber"]
        self._seed = seed.read_bytes()
        self.named = ("--user-name", user, "--serial-number", self.serial)

    def codes(self, ahead: int) -> tuple[str, ...]:
        first, second = codes(self._seed, ahead)
        return ("--authentication-code1", first, "--authentication-code2", second)

    def next_code(self) -> str:
        return codes(self._seed)[1]


def test_a_second_factor_opens_what_needs_one(
    root: AwsCli, new_cli: Callable[[Login], AwsCli], account: Account, tmp_path: Path
) -> None:
    # All codes are to be of one step of 30 s and its neighbours.
    wait_until(lambda: time.time() % 30 < 27, "a new step of the one-time codes")
    login = account.user("Careful", KMS_WITH_MFA)
    user = new_cli(login)
    phone = Phone(root, "phone", tmp_path, "Careful")
    assert "(InvalidAuthenticationCode)" in root.refused("iam", "enable-mfa-device", *phone.named, *phone.codes(5))
    root.iam("enable-mfa-device", *phone.named, *phone.codes(-1))
    listed = root.iam("list-mfa-devices", "--user-name", "Careful")["MFADevices"]
    assert [(each["UserName"], each["SerialNumber"]) for each in listed] == [("Careful", phone.serial)]
    assigned = root.iam("list-virtual-mfa-devices", "--assignment-status", "Assigned")["VirtualMFADevices"]
    assert [each["SerialNumber"] for each in assigned] == [phone.serial]
    assert root.iam("get-mfa-device", *phone.named)["UserName"] == "Careful"
    assert "(AccessDeniedException)" in user.refused("kms", "create-key")
    without = new_cli(login_of(user.sts("get-session-token")["Credentials"]))
    assert "(AccessDeniedException)" in without.refused("kms", "create-key")
    shown = ("get-session-token", "--serial-number", phone.serial, "--token-code")
    assert "(AccessDenied)" in user.refused("sts", *shown, "000000" if phone.next_code() != "000000" else "111111")
    code = phone.next_code()
    session = new_cli(login_of(user.sts(*shown, code)["Credentials"]))
    assert session.kms("create-key")["KeyMetadata"]["AWSAccountId"] == ACCOUNT
    # A code is good for one time.
    assert "(AccessDenied)" in user.refused("sts", *shown, code)
    root.iam("deactivate-mfa-device", *phone.named)
    root.iam("delete-virtual-mfa-device", "--serial-number", phone.serial)
    assert root.iam("list-mfa-devices", "--user-name", "Careful")["MFADevices"] == []


def test_a_device_is_set_right_again(root: AwsCli, account: Account, tmp_path: Path) -> None:
    wait_until(lambda: time.time() % 30 < 27, "a new step of the one-time codes")
    account.user("Late")
    phone = Phone(root, "tablet", tmp_path, "Late")
    root.iam("enable-mfa-device", *phone.named, *phone.codes(-2))
    root.iam("resync-mfa-device", *phone.named, *phone.codes(0))
    assert "(InvalidAuthenticationCode)" in root.refused("iam", "resync-mfa-device", *phone.named, *phone.codes(0))


def test_waiters_find_what_was_made(root: AwsCli, account: Account, anna: tuple[str, str]) -> None:
    account.role("Awaited")
    made = root.iam("create-policy", "--policy-name", "awaited", "--policy-document", document(EVERYTHING))
    root.iam("wait", "user-exists", *anna)
    root.iam("wait", "role-exists", "--role-name", "Awaited")
    root.iam("wait", "policy-exists", "--policy-arn", made["Policy"]["Arn"])
    root.iam("delete-policy", "--policy-arn", made["Policy"]["Arn"])


def test_everybody_is_told_who_it_is(root: AwsCli, new_cli: Callable[[Login], AwsCli], account: Account) -> None:
    login = account.user("Wearer", allow("sts:AssumeRole"))
    role_arn = account.role("Cap")
    user = new_cli(login)
    assert root.sts("get-caller-identity") == {"UserId": ACCOUNT, "Account": ACCOUNT, "Arn": f"{ARN}:root"}
    user_id = account.iam.get_user(UserName="Wearer")["User"]["UserId"]
    assert user.sts("get-caller-identity") == {"UserId": user_id, "Account": ACCOUNT, "Arn": f"{ARN}:user/Wearer"}
    command = ("assume-role", "--role-arn", role_arn, "--role-session-name", "noon", "--duration-seconds", "900")
    made = user.sts(*command)
    role_id = account.iam.get_role(RoleName="Cap")["Role"]["RoleId"]
    session = {"UserId": f"{role_id}:noon", "Account": ACCOUNT, "Arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/Cap/noon"}
    assert made["AssumedRoleUser"] == {"AssumedRoleId": session["UserId"], "Arn": session["Arn"]}
    assert new_cli(login_of(made["Credentials"])).sts("get-caller-identity") == session
    assert root.refused("sts", *command) == (
        "An error occurred (AccessDenied) when calling the AssumeRole operation: "
        "Roles may not be assumed by root accounts."
    )
    assert "(InvalidAuthorizationMessageException)" in root.refused(
        "sts", "decode-authorization-message", "--encoded-message", "none"
    )


def test_a_profile_assumes_its_role(account: Account, server: Server, tmp_path: Path) -> None:
    """`aws kms` as people set it up: in files, with a role to take on."""
    login = account.user("Profiled", allow("sts:AssumeRole"))
    role_arn = account.role("FromProfile", allow("kms:*"))
    tmp_path.joinpath("credentials").write_text(
        f"[base]\naws_access_key_id = {login.access_key_id}\naws_secret_access_key = {login.secret_access_key}\n",
        encoding="utf-8",
    )
    tmp_path.joinpath("config").write_text(
        f"[profile application]\nrole_arn = {role_arn}\nsource_profile = base\nrole_session_name = cli\n"
        f"region = {REGION}\nendpoint_url = {server.endpoint}\n"
        f"[profile base]\nregion = {REGION}\nendpoint_url = {server.endpoint}\n",
        encoding="utf-8",
    )
    environment = aws_environment(tmp_path)
    made = run_aws(environment, "--profile", "application", "kms", "create-key", "--query", "KeyMetadata.KeyState")
    assert (made.returncode, made.stdout.strip()) == (0, '"Enabled"'), made.stderr
    refused = run_aws(environment, "--profile", "base", "kms", "create-key")
    assert refused.returncode in {254, 255}
    assert f"User: {ARN}:user/Profiled is not authorized to perform: kms:CreateKey" in refused.stderr
