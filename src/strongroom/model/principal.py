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
        user_name: of an IAM user; else None.
    """

    type: PrincipalType
    account_id: str
    arn: str
    principal_id: str
    role_arn: str | None = None
    user_name: str | None = None


def root_principal(account_id: str) -> Principal:
    """Make the root user of an account."""
    return Principal(
        type="Root",
        account_id=account_id,
        arn=f"arn:aws:iam::{account_id}:root",
        principal_id=account_id,
    )
