"""The statements of which the key policies of AWS managed keys consist.

Source: the developer guides of the services, where they show those policies.
"""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import msgspec

Statement = dict[str, object]

_SUFFIX: Final = ".amazonaws.com"
_ANYBODY: Final = {"AWS": "*"}
_METADATA: Final = ("kms:Describe*", "kms:Get*", "kms:List*")


class Where(NamedTuple):
    """Whose key it is, in which Region, and the service principal through which it is used."""

    account_id: str
    region: str
    service: str

    def via(self, region: str | None = None) -> str:
        """Give what kms:ViaService is when the service asks, in this Region or in another."""
        return f"{self.service.removesuffix(_SUFFIX)}.{region or self.region}{_SUFFIX}"


MakeStatement = Callable[[Where], Statement]


class Through(msgspec.Struct, frozen=True):
    """Lets everybody in the account use the key through the service, as far as the service lets them.

    Attributes:
        access: what the `Sid` says that access is, such as `through EBS`.
        user_of: what principals are authorized to use, in the same `Sid`.
        actions: what they may do.
        in_any_region: whether they may do it through the service of any Region.
    """

    access: str
    user_of: str
    actions: tuple[str, ...]
    in_any_region: bool = False

    def __call__(self, where: Where) -> Statement:
        """Make the statement."""
        caller = {"kms:CallerAccount": where.account_id}
        if self.in_any_region:
            condition = {"StringEquals": caller, "StringLike": {"kms:ViaService": where.via("*")}}
        else:
            condition = {"StringEquals": {**caller, "kms:ViaService": where.via()}}
        return _allow(
            f"Allow access {self.access} for all principals in the account that are authorized to use {self.user_of}",
            _ANYBODY,
            self.actions,
            condition,
        )


class ToMetadata(msgspec.Struct, frozen=True):
    """Lets those whom an IAM policy of the account allows it look at the key, and perhaps end its grants.

    Attributes:
        revoking: whether they may revoke grants.
    """

    revoking: bool

    def __call__(self, where: Where) -> Statement:
        """Make the statement."""
        actions = (*_METADATA, *(("kms:RevokeGrant",) if self.revoking else ()))
        return _allow("Allow direct access to key metadata to the account", _account(where), actions)


class GrantsFor(msgspec.Struct, frozen=True):
    """Lets everybody in the account make grants of some operations through the service, for its resources."""

    sid: str
    operations: tuple[str, ...]

    def __call__(self, where: Where) -> Statement:
        """Make the statement."""
        condition = {
            **_through(where),
            "ForAllValues:StringEquals": {"kms:GrantOperations": _one_or_more(self.operations)},
            "Bool": {"kms:GrantIsForAWSResource": "true"},
        }
        return _allow(self.sid, _ANYBODY, ("kms:CreateGrant",), condition)


def owner_of_certificates(where: Where) -> Statement:
    """Let the account look at the key of its certificates and at the grants of that key, and revoke them."""
    actions = ("kms:DescribeKey", "kms:ListGrants", "kms:RevokeGrant", "kms:GetKeyPolicy")
    return _allow("Allowed operations for the key owner", _account(where), actions)


def no_other_key(_where: Where) -> Statement:
    """Keep what the key protects from being encrypted again under another key."""
    condition = {"Bool": {"kms:ReEncryptOnSameKey": "false"}}
    allowed = _allow("Deny re-encryption to any other key", _ANYBODY, ("kms:ReEncrypt*",), condition)
    return {**allowed, "Effect": "Deny"}


def decryption_of_certificates(where: Where) -> Statement:
    """Let everybody in the account decrypt through the service."""
    return _allow("Allow decryption", _ANYBODY, ("kms:Decrypt",), _through(where))


def archived_messages(where: Where) -> Statement:
    """Let SNS itself decrypt what it has archived for topics of the account."""
    condition = {
        "StringEquals": {"aws:SourceAccount": where.account_id},
        "ArnLike": {"aws:SourceArn": f"arn:*:sns:{where.region}:{where.account_id}:*"},
    }
    sid = "Allow SNS to decrypt archived messages stored in this account"
    return _allow(sid, {"Service": where.service}, ("kms:Decrypt",), condition)


def described_to_dynamodb(where: Where) -> Statement:
    """Let DynamoDB itself look at the key."""
    sid = f"Allow DynamoDB Service with service principal name {where.service} to describe the key directly"
    return _allow(sid, {"Service": where.service}, _METADATA)


def _through(where: Where) -> dict[str, object]:
    return {"StringEquals": {"kms:CallerAccount": where.account_id, "kms:ViaService": where.via()}}


def _account(where: Where) -> dict[str, str]:
    return {"AWS": f"arn:aws:iam::{where.account_id}:root"}


def _allow(sid: str, principal: dict[str, str], actions: Sequence[str], condition: object = None) -> Statement:
    statement: Statement = {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": principal,
        "Action": _one_or_more(actions),
        "Resource": "*",
    }
    return statement if condition is None else {**statement, "Condition": condition}


def _one_or_more(texts: Sequence[str]) -> str | list[str]:
    return texts[0] if len(texts) == 1 else list(texts)
