"""The Principal and NotPrincipal elements of a key policy.

Source: IAM User Guide, "AWS JSON policy elements: Principal"; AWS KMS Developer Guide, "Key policies".
"""

import re

import msgspec

from strongroom.policy.syntax import INVALID_PRINCIPALS, NO_PRINCIPAL, PolicySyntaxError, as_strings

_ACCOUNT_ID = re.compile(r"[0-9]{12}")
_ACCOUNT_ARN = re.compile(r"arn:aws(?:-[a-z]+)*:iam::[0-9]{12}:root")
_ENTITY = re.compile(
    r"arn:aws(?:-[a-z]+)*:(?:"
    r"iam::[0-9]{12}:(?:user|role)/(?:[!-)+-.0->@-~]+/)*[\w+=,.@-]{1,64}"
    r"|sts::[0-9]{12}:assumed-role/[\w+=,.@-]{1,64}/[\w+=,.@-]{2,64}"
    r"|sts::[0-9]{12}:federated-user/[\w+=,.@-]{2,32}"
    r")",
    re.ASCII,
)
_SERVICE = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*\.amazonaws\.com(?:\.cn)?")


class PrincipalSet(msgspec.Struct, frozen=True, kw_only=True):
    """The principals that a statement names.

    Attributes:
        anyone: whether `*` is among them.
        accounts: ids of the accounts.
        account_arns: the accounts as the ARNs of their root users.
        arns: ARNs of users, roles, assumed-role sessions and federated users.
        services: names of services, such as `sns.amazonaws.com`.
    """

    anyone: bool
    accounts: frozenset[str]
    account_arns: tuple[str, ...]
    arns: frozenset[str]
    services: frozenset[str]


def parse_principals(value: object) -> PrincipalSet:
    """Read the value of a Principal or NotPrincipal element.

    Raises:
        PolicySyntaxError: it names nobody, or somebody that a key policy cannot name: a group, a
            unique id, a pattern, a federated identity provider, a canonical user.
    """
    aws, services = _entries(value)
    if not aws and not services:
        raise PolicySyntaxError(NO_PRINCIPAL)
    named = [text for text in aws if text != "*"]
    account_arns = tuple(dict.fromkeys(_account_arn(text) for text in named if _is_account(text)))
    arns = frozenset(text for text in named if not _is_account(text))
    if not all(map(_ENTITY.fullmatch, arns)) or not all(map(_SERVICE.fullmatch, services)):
        raise PolicySyntaxError(INVALID_PRINCIPALS)
    return PrincipalSet(
        anyone="*" in aws,
        accounts=frozenset(arn.split(":")[4] for arn in account_arns),
        account_arns=account_arns,
        arns=arns,
        services=frozenset(services),
    )


def _entries(value: object) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give what stands under `AWS` and under `Service`."""
    if value == "*":
        return ("*",), ()
    if not isinstance(value, dict) or not value.keys() <= {"AWS", "Service"}:
        raise PolicySyntaxError(INVALID_PRINCIPALS)
    return as_strings(value.get("AWS", [])), as_strings(value.get("Service", []))


def _is_account(text: str) -> bool:
    return _ACCOUNT_ID.fullmatch(text) is not None or _ACCOUNT_ARN.fullmatch(text) is not None


def _account_arn(text: str) -> str:
    return text if text.startswith("arn:") else f"arn:aws:iam::{text}:root"
