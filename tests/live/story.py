"""The people and the keys of a lecture on AWS KMS."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.live.aws_cli import AwsCli
from tests.live.conftest import ACCOUNT, Launcher
from tests.live.identities import Account, allow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.live import Login, Server

ADMINISTRATORS = ("CloudAcademy", "Stuart")
DELETION = ["kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion"]

Policy = dict[str, Any]


def user_arn(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:user/{name}"


def wizard(administrators: object, users: object, *, may_delete: bool = True) -> Policy:
    """Give the policy as AWS's wizard writes it."""
    return {
        "Version": "2012-10-17",
        "Id": "key-consolepolicy-3",
        "Statement": [
            {
                "Sid": "Enable IAM User Permissions",
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                "Action": "kms:*",
                "Resource": "*",
            },
            {
                "Sid": "Allow access for Key Administrators",
                "Effect": "Allow",
                "Principal": {"AWS": administrators},
                "Action": [
                    *("kms:Create*", "kms:Describe*", "kms:Enable*", "kms:List*", "kms:Put*", "kms:Update*"),
                    *("kms:Revoke*", "kms:Disable*", "kms:Get*", "kms:Delete*", "kms:TagResource", "kms:UntagResource"),
                    *(DELETION if may_delete else ()),
                    "kms:RotateKeyOnDemand",
                ],
                "Resource": "*",
            },
            {
                "Sid": "Allow use of the key",
                "Effect": "Allow",
                "Principal": {"AWS": users},
                "Action": [
                    *("kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"),
                ],
                "Resource": "*",
            },
            {
                "Sid": "Allow attachment of persistent resources",
                "Effect": "Allow",
                "Principal": {"AWS": users},
                "Action": ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"],
                "Resource": "*",
                "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}},
            },
        ],
    }


class Key(NamedTuple):
    arn: str
    policy: Policy


class Story:
    """An account with the lecture's people."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server = server
        self.account = Account(server, server.login)
        self._folder = folder
        self.logins: dict[str, Login] = {}
        for name in (*ADMINISTRATORS, "Trudy"):
            self.logins[name] = self.account.user(name)
        power = "arn:aws:iam::aws:policy/AWSKeyManagementServicePowerUser"
        self.account.iam.attach_user_policy(UserName="CloudAcademy", PolicyArn=power)
        self.role_arn = self.account.role("DemoApplication")
        assume = allow("sts:AssumeRole", self.role_arn)
        self.logins["Operator"] = self.account.user("Operator", assume)
        self.logins["DemoApplication"] = self.account.assume(self.role_arn, self.logins["Operator"])
        self._people = {name: self.new_cli(login) for name, login in self.logins.items()}

    def new_cli(self, login: Login) -> AwsCli:
        return AwsCli(self.server, login, self._folder)

    def __getitem__(self, name: str) -> AwsCli:
        return self._people[name]

    def key(self, administrators: object, users: object, *, may_delete: bool = True) -> Key:
        """Let CloudAcademy make a key with the wizard's policy."""
        policy = wizard(administrators, users, may_delete=may_delete)
        made = self["CloudAcademy"].kms("create-key", "--policy", json.dumps(policy))
        return Key(made["KeyMetadata"]["Arn"], policy)


@contextmanager
def told(folder: Path) -> Iterator[Story]:
    """Tell the story on a server of its own."""
    launcher = Launcher(folder)
    yield Story(launcher(), folder)
    launcher.finish()


def kms_error(error: str, operation: str, message: str) -> str:
    return f"An error occurred ({error}) when calling the {operation} operation: {message}"


def denied(user: str, operation: str, where: str, half: str = "identity") -> str:
    """Give what the CLI says when a policy of one kind does not allow."""
    return kms_error(
        "AccessDeniedException",
        operation,
        f"User: {user} is not authorized to perform: kms:{operation} {where} "
        f"because no {half}-based policy allows the kms:{operation} action",
    )


def get_policy(aws: AwsCli, key: Key) -> Policy:
    policy: Policy = json.loads(aws.kms("get-key-policy", "--key-id", key.arn, "--policy-name", "default")["Policy"])
    return policy
