"""The Principal and NotPrincipal elements of key policies and trust policies.

Source: IAM User Guide, "AWS JSON policy elements: Principal"; AWS KMS Developer Guide, "Key policies".
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from strongroom.policy.dialect import Dialect, Kind
from strongroom.policy.syntax import INVALID_PRINCIPALS, PolicySyntaxError, as_strings

_ACCOUNT_ID: Final = re.compile(r"[0-9]{12}", re.ASCII)
_ACCOUNT_ARN: Final = re.compile(r"arn:aws(?:-[a-z]+)*:iam::[0-9]{12}:root")
_ENTITY: Final = re.compile(
    r"arn:aws(?:-[a-z]+)*:(?:"
    r"iam::[0-9]{12}:(?:user|role)/(?:[!-)+-.0->@-~]+/)*[\w+=,.@-]{1,64}"
    r"|sts::[0-9]{12}:assumed-role/[\w+=,.@-]{1,64}/[\w+=,.@-]{2,64}"
    r"|sts::[0-9]{12}:federated-user/[\w+=,.@-]{2,32}"
    r")",
    re.ASCII,
)
_UNIQUE_ID: Final = re.compile(r"AIDA[A-Z0-9]+|AROA[A-Z0-9]+(?::[\w+=,.@-]{2,64})?", re.ASCII)
_SERVICE: Final = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*\.amazonaws\.com(?:\.cn)?")
_FEDERATED: Final = re.compile(
    r"arn:aws(?:-[a-z]+)*:iam::[0-9]{12}:(?:oidc-provider/[!-)+->@-~]+|saml-provider/[\w.-]{1,128})"
    r"|[a-z0-9-]+(?:\.[a-z0-9-]+)+",
    re.ASCII,
)
_MEMBERS: Final = {
    Kind.KEY: frozenset({"AWS", "Service"}),
    Kind.TRUST: frozenset({"AWS", "Service", "Federated"}),
}


class PrincipalSet(msgspec.Struct, frozen=True, kw_only=True):
    """The principals that a statement names.

    Attributes:
        anyone: whether `*` is among them.
        accounts: ids of the accounts.
        account_arns: the accounts as the ARNs of their root users.
        arns: ARNs of users, roles, assumed-role sessions and federated users.
        unique_ids: unique ids of users and roles, and those of roles with the names of sessions.
        services: names of services, such as `sns.amazonaws.com`.
        federated: ARNs or names of identity providers.
    """

    anyone: bool
    accounts: frozenset[str]
    account_arns: tuple[str, ...]
    arns: frozenset[str]
    unique_ids: frozenset[str]
    services: frozenset[str]
    federated: frozenset[str]

    def __bool__(self) -> bool:
        """Whether anybody is named."""
        return self.anyone or any((self.accounts, self.arns, self.unique_ids, self.services, self.federated))


def parse_principals(value: object, dialect: Dialect) -> PrincipalSet:
    """Read the value of a Principal or NotPrincipal element. It may name nobody.

    Raises:
        PolicySyntaxError: it names somebody that such a policy cannot name: a group, a pattern, a canonical user;
            a unique id in a policy that is not a stored one; an identity provider in a key policy.
    """
    members = {"AWS": "*"} if value == "*" else value
    if not isinstance(members, dict) or not members.keys() <= _MEMBERS[dialect.kind]:
        raise PolicySyntaxError(INVALID_PRINCIPALS)
    named = {name: as_strings(entries) for name, entries in members.items()}
    for member, text in _invalid(named, dialect):
        raise PolicySyntaxError(_refusal(member, text, dialect))
    aws = named.get("AWS", ())
    account_arns = tuple(dict.fromkeys(_account_arn(text) for text in aws if _is_account(text)))
    return PrincipalSet(
        anyone="*" in aws,
        accounts=frozenset(arn.split(":")[4] for arn in account_arns),
        account_arns=account_arns,
        arns=frozenset(text for text in aws if _ENTITY.fullmatch(text)),
        unique_ids=frozenset(text for text in aws if _UNIQUE_ID.fullmatch(text)),
        services=frozenset(named.get("Service", ())),
        federated=frozenset(named.get("Federated", ())),
    )


def is_service_principal(text: str) -> bool:
    """Tell whether a text can name an AWS service, such as `sns.amazonaws.com`."""
    return _SERVICE.fullmatch(text) is not None


def _invalid(named: Mapping[str, tuple[str, ...]], dialect: Dialect) -> Iterator[tuple[str, str]]:
    for text in named.get("AWS", ()):
        bound = dialect.stored and _UNIQUE_ID.fullmatch(text)
        if not (text == "*" or bound or _is_account(text) or _ENTITY.fullmatch(text)):
            yield "AWS", text
    for member, form in (("Service", _SERVICE), ("Federated", _FEDERATED)):
        for text in named.get(member, ()):
            if form.fullmatch(text) is None:
                yield member, text


def _refusal(member: str, text: str, dialect: Dialect) -> str:
    if dialect.kind is Kind.KEY:
        return INVALID_PRINCIPALS
    return f'Invalid principal in policy: "{member if member == "AWS" else member.upper()}":"{text}"'


def _is_account(text: str) -> bool:
    return _ACCOUNT_ID.fullmatch(text) is not None or _ACCOUNT_ARN.fullmatch(text) is not None


def _account_arn(text: str) -> str:
    return text if text.startswith("arn:") else f"arn:aws:iam::{text}:root"
