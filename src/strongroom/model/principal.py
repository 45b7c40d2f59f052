"""Who makes a request."""

from typing import Literal

import msgspec

PrincipalType = Literal["Root", "IAMUser", "AssumedRole", "FederatedUser", "AWSService"]


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """An authenticated principal.

    Source: IAM User Guide, "AWS JSON policy elements: Principal" and CloudTrail "userIdentity".

    Attributes:
        type: as CloudTrail's `userIdentity.type`.
        account_id: 12 digits.
        arn: `arn:aws:iam::ACCT:root`, a user's ARN, or a session's `arn:aws:sts::…` ARN.
        principal_id: unique id that never comes back (`AIDA…`, `AROA…:session`, the account id for root).
        role_arn: of an assumed-role session, the role's ARN; else None.
        user_name: of an IAM user, or the subject of a web identity; else None.
    """

    type: PrincipalType
    account_id: str
    arn: str
    principal_id: str
    role_arn: str | None = None
    user_name: str | None = None

    @property
    def entity_id(self) -> str:
        """The unique id of the user or role behind it; the account id of a root user, the name of a service."""
        return self.principal_id.partition(":")[0]

    @property
    def identity_provider(self) -> str | None:
        """The ARN of the provider that vouches for a web identity, which is its own ARN too; else None."""
        return self.arn if self.type == "FederatedUser" and ":federated-user/" not in self.arn else None


def root_principal(account_id: str) -> Principal:
    """Make the root user of an account."""
    return Principal(
        type="Root",
        account_id=account_id,
        arn=f"arn:aws:iam::{account_id}:root",
        principal_id=account_id,
    )


def user_principal(account_id: str, arn: str, user_id: str, user_name: str) -> Principal:
    """Make an IAM user."""
    return Principal(type="IAMUser", account_id=account_id, arn=arn, principal_id=user_id, user_name=user_name)


def role_session_principal(account_id: str, role_arn: str, role_id: str, session_name: str) -> Principal:
    """Make a session of a role."""
    role_name = role_arn.rpartition("/")[2]
    return Principal(
        type="AssumedRole",
        account_id=account_id,
        arn=f"arn:aws:sts::{account_id}:assumed-role/{role_name}/{session_name}",
        principal_id=f"{role_id}:{session_name}",
        role_arn=role_arn,
    )


def web_identity_principal(account_id: str, provider_arn: str, audience: str, subject: str) -> Principal:
    """Make who a provider that an account trusts vouches for, before it has a session of any role."""
    return Principal(
        type="FederatedUser",
        account_id=account_id,
        arn=provider_arn,
        principal_id=f"{provider_arn}:{audience}:{subject}",
        user_name=subject,
    )


def service_principal(name: str) -> Principal:
    """Make an AWS service, which acts for no account, such as `ec2.amazonaws.com`."""
    return Principal(type="AWSService", account_id="", arn=name, principal_id=name)
