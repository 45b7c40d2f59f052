"""The demo account: made through the API, usable at once, and found again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pytest

from strongroom.app import demo as module
from strongroom.app.client import RequestRefusedError
from strongroom.app.data_folder import DataFolder, InstallationError
from strongroom.app.demo import ALIAS, ROLE, USERS, Demo, find_demo, make_demo
from strongroom.app.installation import Opened, create_installation, load_root_key, set_access_key_status
from strongroom.authn.passwords import verify_password
from strongroom.model.identity import Role, User
from tests.support.in_process import ACCOUNT, REGION, InProcess, Template

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from strongroom.app.installation import Created

MANAGED: Final = ["alias/aws/ebs", "alias/aws/lambda", "alias/aws/rds"]


class Made:
    """A demo installation to be copied, and what was told when it was made."""

    def __init__(self, data: Path) -> None:
        self.told: list[Demo] = []
        self.template = Template(data, create_installation(DataFolder(data), ACCOUNT, REGION, "dev", self._fill(data)))

    def _fill(self, data: Path) -> Any:  # noqa: ANN401 - a function
        def fill(opened: Opened, created: Created) -> None:
            self.told.append(make_demo(DataFolder(data), opened, created))

        return fill


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return Made(tmp_path_factory.mktemp("demo") / "data")


@pytest.fixture
def demo(made: Made) -> Demo:
    (told,) = made.told
    return told


@pytest.fixture
def service(tmp_path: Path, made: Made) -> Iterator[InProcess]:
    with InProcess(tmp_path / "data", made.template) as service:
        yield service


def access_key(demo: Demo, number: int) -> Mapping[str, str]:
    found = demo.users[number]
    return {"AccessKeyId": found.access_key_id, "SecretAccessKey": found.secret_access_key}


def test_it_tells_what_there_is(demo: Demo) -> None:
    assert tuple(user.user_name for user in demo.users) == USERS
    assert demo.key_alias == ALIAS
    assert demo.role_arn == f"arn:aws:iam::{ACCOUNT}:role/{ROLE}"
    assert len(demo.other_account_id) == len(ACCOUNT)
    assert demo.other_account_id != ACCOUNT


def test_its_users_can_sign_in_with_what_is_told_once(service: InProcess, demo: Demo) -> None:
    passwords = [user.password or "" for user in demo.users]
    assert len(set(passwords)) == len(USERS)
    with service.store.read() as reader:
        for user, password in zip(demo.users, passwords, strict=True):
            kept = reader.identities.find(User, ACCOUNT, user.user_name)
            assert kept is not None
            assert kept.login is not None
            assert verify_password(kept.login.password_hash, password)


def test_its_users_administer_the_key_and_one_uses_it(service: InProcess, demo: Demo) -> None:
    administrator, user = (service.signing(access_key(demo, number)) for number in (0, 1))
    for each in (administrator, user):
        described = each("DescribeKey", KeyId=ALIAS)["KeyMetadata"]
        each("UpdateKeyDescription", KeyId=described["Arn"], Description="looked at")
    assert administrator.refused("Encrypt", KeyId=ALIAS, Plaintext=b"x").code == "AccessDeniedException"
    blob = user("Encrypt", KeyId=ALIAS, Plaintext=b"x")["CiphertextBlob"]
    assert user("Decrypt", CiphertextBlob=blob)["Plaintext"] == b"x"
    assert administrator.key()


def test_its_role_can_be_assumed_and_uses_the_key(service: InProcess, demo: Demo) -> None:
    with service.store.read() as reader:
        kept = reader.identities.by_arn(Role, demo.role_arn)
    assert kept is not None
    allowed = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": demo.role_arn}
    assumer = service.signing(service.new_user("Assumer", {"Version": "2012-10-17", "Statement": allowed}), api="sts")
    session = assumer("AssumeRole", RoleArn=demo.role_arn, RoleSessionName="session")["Credentials"]
    application = service.signing(session)
    assert application("GenerateDataKey", KeyId=ALIAS, KeySpec="AES_256")["Plaintext"]
    key = application("DescribeKey", KeyId=ALIAS)["KeyMetadata"]["Arn"]
    assert application.refused("DisableKey", KeyId=key).code == "AccessDeniedException"


def test_its_other_account_is_let_in_by_the_key_policy(service: InProcess, demo: Demo) -> None:
    key = service.root()("DescribeKey", KeyId=ALIAS)["KeyMetadata"]["Arn"]
    text = service.root()("GetKeyPolicy", KeyId=key)["Policy"]
    assert f"arn:aws:iam::{demo.other_account_id}:root" in text
    with service.store.read() as reader:
        assert reader.accounts.account_ids() == [ACCOUNT, demo.other_account_id]
        assert len(reader.accounts.access_keys_of(demo.other_account_id)) == 1


def test_it_has_the_keys_of_services(service: InProcess) -> None:
    root = service.root()
    aliases = {each["AliasName"]: each.get("TargetKeyId") for each in root("ListAliases")["Aliases"]}
    assert set(aliases) == {ALIAS, *MANAGED}
    for name in MANAGED:
        assert root("DescribeKey", KeyId=name)["KeyMetadata"]["KeyManager"] == "AWS"
    with service.store.read() as reader:
        assert [each.service for each in reader.identities.services()] == [
            "ec2.amazonaws.com",
            "lambda.amazonaws.com",
            "rds.amazonaws.com",
        ]


def test_what_was_done_is_on_record_without_secrets(service: InProcess, made: Made, demo: Demo) -> None:
    trail = (made.template.data / "trail" / "demo.jsonl").read_text(encoding="utf-8")
    # All that it did by itself were changes, which keep their records with them.
    assert trail == ""
    outbox = b"\n".join(service.outbox()).decode()
    names = [json.loads(record)["eventName"] for record in service.outbox()]
    for name in ("CreateUser", "CreateLoginProfile", "AttachUserPolicy", "CreateRole", "CreateKey", "RegisterService"):
        assert name in names
    for user in demo.users:
        assert user.secret_access_key not in outbox
        assert (user.password or "") not in outbox


class TestFinding:
    def test_it_is_found_again_without_its_passwords(self, service: InProcess, demo: Demo) -> None:
        users = tuple(msgspec.structs.replace(user, password=None) for user in demo.users)
        assert find_demo(service.opened) == msgspec.structs.replace(demo, users=users)

    def test_it_shows_an_access_key_that_is_active(self, service: InProcess, demo: Demo) -> None:
        iam = service.root(api="iam")
        first = demo.users[0]
        second = iam("CreateAccessKey", UserName=first.user_name)["AccessKey"]
        with service.store.change() as change:
            assert set_access_key_status(change, first.access_key_id, "Inactive")
        found = find_demo(service.opened)
        assert found is not None
        assert found.users[0].access_key_id == second["AccessKeyId"]
        assert found.users[0].secret_access_key == second["SecretAccessKey"]
        iam("DeleteAccessKey", UserName=first.user_name, AccessKeyId=second["AccessKeyId"])
        assert find_demo(service.opened) is None

    def test_it_is_not_found_where_a_user_is_gone(self, service: InProcess) -> None:
        with service.store.change() as change:
            user = change.identities.find(User, ACCOUNT, USERS[1])
            assert user is not None
            change.identities.delete(user)
        assert find_demo(service.opened) is None

    def test_it_is_not_found_where_it_was_never_made(self, tmp_path: Path, template: Template) -> None:
        with InProcess(tmp_path / "plain", template) as plain:
            assert find_demo(plain.opened) is None

    def test_its_other_account_is_the_second(self, tmp_path: Path, template: Template) -> None:
        with InProcess(tmp_path / "plain", template) as plain:
            for name in USERS:
                plain.new_user(name)
            found = find_demo(plain.opened)
            assert found is not None
            assert found.other_account_id == ACCOUNT
            other = plain.add_account()
            assert other is not None
            again = find_demo(plain.opened)
        assert again is not None
        assert again.other_account_id != ACCOUNT


def test_an_interrupted_demo_leaves_no_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = DataFolder(tmp_path / "data")

    def fill(opened: Opened, created: Created) -> None:
        make_demo(folder, opened, created)

    with monkeypatch.context() as patch:
        patch.setattr(module, "_POWER_USER", "arn:aws:iam::aws:policy/NoSuchPolicy")
        with pytest.raises(RequestRefusedError, match="AttachUserPolicy"):
            create_installation(folder, ACCOUNT, REGION, "dev", fill)
    with pytest.raises(InstallationError, match="holds no installation"):
        load_root_key(folder)
    create_installation(folder, ACCOUNT, REGION, "dev", fill)
    with Opened(folder, load_root_key(folder)) as opened:
        assert find_demo(opened) is not None
