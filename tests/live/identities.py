"""Users, roles and policies, made through the IAM API of a live server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.support.live import Login

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mypy_boto3_iam import IAMClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_sts import STSClient

    from tests.support.live import Server

Statement = dict[str, object]
REGION = "us-east-1"
_CONFIG = Config(retries={"total_max_attempts": 1, "mode": "standard"})
# It reads the models of the APIs once for all clients.
_SESSION = boto3.session.Session(region_name=REGION)


class Account:
    """An account, administered by a principal of it with all rights."""

    def __init__(self, server: Server, login: Login) -> None:
        self.server = server
        self.login = login
        self.iam: IAMClient = _SESSION.client("iam", **self._arguments(login))
        self.id = self.sts().get_caller_identity()["Account"]

    def _arguments(self, login: Login) -> dict[str, Any]:
        return {
            "endpoint_url": self.server.endpoint,
            "aws_access_key_id": login.access_key_id,
            "aws_secret_access_key": login.secret_access_key,
            "aws_session_token": login.session_token,
            "config": _CONFIG,
        }

    def kms(self, login: Login | None = None) -> KMSClient:
        """Make a KMS client, of the administrator when nobody else is named."""
        return _SESSION.client("kms", **self._arguments(login or self.login))

    def sts(self, login: Login | None = None) -> STSClient:
        """Make an STS client, of the administrator when nobody else is named."""
        return _SESSION.client("sts", **self._arguments(login or self.login))

    def arn(self, resource: str) -> str:
        """Give the ARN of an entity of the account, such as `user/Stuart`."""
        return f"arn:aws:iam::{self.id}:{resource}"

    def user(self, name: str, *statements: Statement) -> Login:
        """Make a user with an inline policy, when there are statements, and an access key."""
        self.iam.create_user(UserName=name)
        if statements:
            self.iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document(*statements))
        made = self.iam.create_access_key(UserName=name)["AccessKey"]
        return Login(made["AccessKeyId"], made["SecretAccessKey"])

    def role(self, name: str, *statements: Statement) -> str:
        """Make a role, with an inline policy when there are statements, that its account may assume; gives its ARN."""
        trust: Statement = {"Effect": "Allow", "Principal": {"AWS": self.id}, "Action": "sts:AssumeRole"}
        made = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))["Role"]
        if statements:
            self.iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document(*statements))
        return made["Arn"]

    def assume(self, role_arn: str, by: Login, **parameters: Any) -> Login:  # noqa: ANN401 - of AssumeRole
        """Assume a role."""
        done = self.sts(by).assume_role(RoleArn=role_arn, RoleSessionName="tests", **parameters)
        return login_of(done["Credentials"])


class Refusal(NamedTuple):
    """Why a request was refused."""

    code: str
    message: str


def login_of(credentials: Mapping[str, Any]) -> Login:
    """Take over credentials as STS gives them."""
    return Login(credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"])


def document(*statements: Statement) -> str:
    """Write a policy."""
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def allow(action: object, resource: object = "*", **more: object) -> Statement:
    """Write a statement of an identity-based policy."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: object, resource: object = "*", **more: object) -> Statement:
    """Write a statement of an identity-based policy."""
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def outcome(call: Callable[[], object]) -> Refusal | None:
    """Give why a request was refused; nothing when it was not."""
    try:
        call()
    except ClientError as error:
        return Refusal(error.response["Error"]["Code"], error.response["Error"]["Message"])
    return None


def refused(call: Callable[[], object]) -> str:
    """Give the text with which a request, which must be denied, was."""
    found = outcome(call)
    assert found is not None
    assert found.code in {"AccessDenied", "AccessDeniedException"}, found
    return found.message
