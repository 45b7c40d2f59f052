"""The AWS managed policies that every account has: those for administrators, for auditors, and those about KMS.

Texts, versions and dates are AWS's. What they say of services that are not here matches no request.

Source: AWS Managed Policy Reference Guide.
"""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Final

import msgspec

_DATA: Final = files(__package__) / "aws_managed_policies"
_UNIQUE_ID_PREFIX: Final = "ANPA"
_UNIQUE_ID_RANDOM_LENGTH: Final = 17
_SERVICE_LINKED_PATH: Final = "/aws-service-role/"


class AwsManagedPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """An AWS managed policy, with its default version, the only one that is kept. Times are epoch seconds.

    Attributes:
        policy_id: the same in every installation; AWS does not document its own.
    """

    arn: str
    name: str
    path: str
    policy_id: str
    description: str
    version_id: str
    document: str
    creation_date: float
    update_date: float

    @property
    def attachable(self) -> bool:
        """Whether it can be attached to users, groups and roles: not if it is for a service-linked role."""
        return self.path != _SERVICE_LINKED_PATH


class _Stored(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    path: str
    description: str
    version_id: str
    creation_date: datetime
    update_date: datetime
    document: msgspec.Raw


def _policy(name: str, stored: _Stored) -> AwsManagedPolicy:
    arn = f"arn:aws:iam::aws:policy{stored.path}{name}"
    return AwsManagedPolicy(
        arn=arn,
        name=name,
        path=stored.path,
        policy_id=_policy_id(arn),
        description=stored.description,
        version_id=stored.version_id,
        document=msgspec.json.format(stored.document, indent=2).decode(),
        creation_date=stored.creation_date.timestamp(),
        update_date=stored.update_date.timestamp(),
    )


def _policy_id(arn: str) -> str:
    digest = base64.b32encode(hashlib.sha256(arn.encode()).digest()).decode()
    return _UNIQUE_ID_PREFIX + digest[:_UNIQUE_ID_RANDOM_LENGTH]


@cache
def _load() -> dict[str, AwsManagedPolicy]:
    names = sorted(entry.name for entry in _DATA.iterdir())
    policies = (
        _policy(name.removesuffix(".json"), msgspec.json.decode((_DATA / name).read_bytes(), type=_Stored))
        for name in names
    )
    return {policy.arn: policy for policy in policies}


class _ManagedPolicies(Mapping[str, AwsManagedPolicy]):
    """Reads the files when it is first asked."""

    def __getitem__(self, arn: str) -> AwsManagedPolicy:
        return _load()[arn]

    def __iter__(self) -> Iterator[str]:
        return iter(_load())

    def __len__(self) -> int:
        return len(_load())


MANAGED_POLICIES: Final[Mapping[str, AwsManagedPolicy]] = _ManagedPolicies()
"""By ARN, sorted by name."""
