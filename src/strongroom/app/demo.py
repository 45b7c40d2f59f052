"""The demo account: what a newcomer finds in a development installation, all of it made through the public API."""

import secrets
from typing import Final

import msgspec

from strongroom.app.client import Client, Service
from strongroom.app.data_folder import DataFolder
from strongroom.app.installation import Created, Opened, create_account, new_account_id
from strongroom.app.services import register_service
from strongroom.audit.trail import TrailFile
from strongroom.model.identity import User
from strongroom.policy.wizard import WizardChoices, wizard_policy

USERS: Final = ("CloudAcademy", "Stuart")
ROLE: Final = "DemoApplication"
ALIAS: Final = "alias/Demo-key"
_SERVICES: Final = {
    "ec2.amazonaws.com": "alias/aws/ebs",
    "lambda.amazonaws.com": "alias/aws/lambda",
    "rds.amazonaws.com": "alias/aws/rds",
}
_POWER_USER: Final = "arn:aws:iam::aws:policy/AWSKeyManagementServicePowerUser"
_TRUST: Final = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"%s"},"Action":"sts:AssumeRole"}]}'
)
_PASSWORD_BYTES: Final = 12


class DemoUser(msgspec.Struct, frozen=True, kw_only=True):
    """A user of the demo account; its password is known only when it was just made."""

    user_name: str
    password: str | None
    access_key_id: str
    secret_access_key: str


class Demo(msgspec.Struct, frozen=True, kw_only=True):
    """What the demo account holds for people to begin with."""

    users: tuple[DemoUser, ...]
    key_alias: str
    role_arn: str
    other_account_id: str


def make_demo(folder: DataFolder, opened: Opened, created: Created) -> Demo:
    """Fill a new installation: users, a role, a second account, a key of the wizard's and AWS managed keys."""
    with opened.store.change() as change:
        other = new_account_id()
        create_account(change, opened.store_keys, other)
        for name, managed_alias in _SERVICES.items():
            register_service(change, opened.store_keys, name, managed_alias)
    trail = TrailFile(folder.trail / "demo.jsonl")
    try:
        with Service(opened, trail) as service:
            root = Client(
                service,
                opened.clock,
                created.region,
                {
                    "AccessKeyId": created.credentials.access_key_id,
                    "SecretAccessKey": created.credentials.secret_access_key,
                },
            )
            return _fill(root, created, other)
    finally:
        trail.close()


def _fill(root: Client, created: Created, other: str) -> Demo:
    users = tuple(_make_user(root, name) for name in USERS)
    account_arn = f"arn:aws:iam::{created.account_id}:root"
    role = root.query("iam", "CreateRole", RoleName=ROLE, AssumeRolePolicyDocument=_TRUST % account_arn)
    _make_key(root, created, role["Arn"], other)
    for alias in _SERVICES.values():
        root.kms("DescribeKey", KeyId=alias)
    return Demo(users=users, key_alias=ALIAS, role_arn=role["Arn"], other_account_id=other)


def _make_user(root: Client, name: str) -> DemoUser:
    password = f"{secrets.token_urlsafe(_PASSWORD_BYTES)}aA1!"
    root.query("iam", "CreateUser", UserName=name)
    root.query("iam", "CreateLoginProfile", UserName=name, Password=password)
    root.query("iam", "AttachUserPolicy", UserName=name, PolicyArn=_POWER_USER)
    access_key = root.query("iam", "CreateAccessKey", UserName=name)
    return DemoUser(
        user_name=name,
        password=password,
        access_key_id=access_key["AccessKeyId"],
        secret_access_key=access_key["SecretAccessKey"],
    )


def _make_key(root: Client, created: Created, role_arn: str, other: str) -> None:
    administrators = tuple(f"arn:aws:iam::{created.account_id}:user/{name}" for name in USERS)
    choices = WizardChoices(
        account_id=created.account_id,
        administrators=administrators,
        users=(administrators[-1], role_arn),
        other_accounts=(other,),
    )
    key = root.kms(
        "CreateKey",
        Description="A key to look at and to try things with",
        Policy=wizard_policy(choices),
        Tags=[{"TagKey": "Purpose", "TagValue": "Demo"}],
    )
    root.kms("CreateAlias", AliasName=ALIAS, TargetKeyId=key["KeyMetadata"]["KeyId"])


def find_demo(opened: Opened) -> Demo | None:
    """Give the demo account of an installation, without its passwords; None where it has none, or not all of it."""
    with opened.store.read() as reader:
        accounts = reader.accounts.account_ids()
        account_id = accounts[0]
        users = []
        for name in USERS:
            user = reader.identities.find(User, account_id, name)
            keys = [] if user is None else reader.accounts.access_keys_of(user.user_id)
            active = [key for key in keys if key.status == "Active"]
            if not active:
                return None
            users.append(
                DemoUser(
                    user_name=name,
                    password=None,
                    access_key_id=active[0].access_key_id,
                    secret_access_key=opened.secret_of(active[0]),
                )
            )
    return Demo(
        users=tuple(users),
        key_alias=ALIAS,
        role_arn=f"arn:aws:iam::{account_id}:role/{ROLE}",
        other_account_id=accounts[1] if accounts[1:] else account_id,
    )
