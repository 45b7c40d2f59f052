"""What sets the kinds of policy documents apart."""

import enum
from collections.abc import Iterable
from typing import Final

import msgspec

from strongroom.policy.syntax import SYNTAX, PolicySyntaxError


class Kind(enum.StrEnum):
    """What a policy is attached to, which decides what it may hold."""

    KEY = "key"
    IDENTITY = "identity"
    TRUST = "trust"


# Source: AWS KMS Developer Guide, "AWS KMS condition keys" and "AWS global condition keys": not for key policies.
_NEVER_IN_KEY_POLICIES: Final = ("aws:resourcetag/", "kms:resourcealiases")


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """How a document is to be read.

    Attributes:
        kind: what the policy is attached to.
        stored: whether users and roles may be named by their unique ids, as in a policy that was bound to them.
        variables: whether `${…}` is a policy variable; in version 2008-10-17 it is text.
    """

    kind: Kind
    stored: bool = False
    variables: bool = False

    def reason(self, detail: str) -> str:
        """Give what AWS tells of a fault: of those of identity-based policies IAM does not tell which it is."""
        return SYNTAX if self.kind is Kind.IDENTITY else detail

    def context_name(self, key: str) -> str | None:
        """Give the name by which a request's context knows a condition key; None if such policies never see it."""
        name = key.lower()
        never = self.kind is Kind.KEY and name.startswith(_NEVER_IN_KEY_POLICIES)
        return None if never else name


def refuse_unknown(names: Iterable[str], known: frozenset[str], dialect: Dialect) -> None:
    """Check the member names of an object; they are case-sensitive.

    Raises:
        PolicySyntaxError: one of them is not known.
    """
    for name in names:
        if name not in known:
            raise PolicySyntaxError(dialect.reason(f"Unknown field {name}"))
