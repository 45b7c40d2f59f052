"""A policy document as frozen types, read once and matched many times.

Source: IAM User Guide, "Grammar of the IAM JSON policy language"; AWS KMS Developer Guide, "Key policies".
"""

from collections import Counter
from collections.abc import Iterator
from typing import Final

import msgspec

from strongroom.policy.dialect import Dialect, Kind, refuse_unknown
from strongroom.policy.statements import Statement, parse_statement
from strongroom.policy.syntax import (
    SYNTAX,
    PolicySyntaxError,
    as_object,
    optional_string,
    read_object,
)
from strongroom.policy.variables import has_variables

_WITH_VARIABLES: Final = "2012-10-17"
_WITHOUT_VARIABLES: Final = "2008-10-17"
_MEMBERS: Final = frozenset({"Version", "Id", "Statement"})


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A policy.

    Attributes:
        id: the document's id, or None.
        statements: in the order of the document.
    """

    id: str | None
    statements: tuple[Statement, ...]

    def principal_arns(self) -> tuple[str, ...]:
        """Give the ARN of each account, user, role and session that the policy names, sorted.

        An account given by its id is given as its root user's ARN. `*`, services, identity providers and unique ids
        are left out.
        """
        return tuple(sorted({arn for statement in self.statements for arn in _arns_of(statement)}))


def parse_key_policy(text: str) -> Document:
    """Read a key policy as a client puts it. The caller checks its size and whether those whom it names exist.

    Raises:
        PolicySyntaxError: AWS would refuse the text.
    """
    return _parse(text, Kind.KEY)


def parse_stored_key_policy(text: str) -> Document:
    """Read a key policy as it is kept, with users and roles by their unique ids.

    Raises:
        PolicySyntaxError: the text is not such a policy.
    """
    return _parse(text, Kind.KEY, stored=True)


def parse_identity_policy(text: str) -> Document:
    """Read a policy without principals: managed, inline, a boundary, of a session, or a service control policy.

    Raises:
        PolicySyntaxError: AWS would refuse the text.
    """
    return _parse(text, Kind.IDENTITY)


def parse_trust_policy(text: str) -> Document:
    """Read a role's trust policy as a client puts it.

    Raises:
        PolicySyntaxError: AWS would refuse the text.
    """
    return _parse(text, Kind.TRUST)


def parse_stored_trust_policy(text: str) -> Document:
    """Read a role's trust policy as it is kept, with users and roles by their unique ids.

    Raises:
        PolicySyntaxError: the text is not such a policy.
    """
    return _parse(text, Kind.TRUST, stored=True)


def _parse(text: str, kind: Kind, *, stored: bool = False) -> Document:
    members = read_object(text)
    version = _version(members)
    if kind is Kind.IDENTITY and version == _WITHOUT_VARIABLES and "Version" in members and has_variables(text):
        raise PolicySyntaxError("Policy document must be version 2012-10-17 or greater.")
    dialect = Dialect(kind=kind, stored=stored, variables=version == _WITH_VARIABLES)
    refuse_unknown(members, _MEMBERS, dialect)
    statements = tuple(
        parse_statement(index, as_object(entry), dialect)
        for index, entry in enumerate(_statement_entries(members.get("Statement"), dialect))
    )
    _refuse_repeated_sids(statements)
    return Document(id=optional_string(members, "Id"), statements=statements)


def _version(members: dict[str, object]) -> str:
    match members.get("Version", _WITHOUT_VARIABLES):
        case str(version) if version in {_WITH_VARIABLES, _WITHOUT_VARIABLES}:
            return version
        case _:
            raise PolicySyntaxError(SYNTAX)


def _arns_of(statement: Statement) -> Iterator[str]:
    for principals in (statement.principals, statement.not_principals):
        if principals is not None:
            yield from principals.account_arns
            yield from principals.arns


def _statement_entries(value: object, dialect: Dialect) -> list[object]:
    if value is None or value == []:
        raise PolicySyntaxError(dialect.reason("Missing required field Statement"))
    return value if isinstance(value, list) else [value]


def _refuse_repeated_sids(statements: tuple[Statement, ...]) -> None:
    # Empty ones may repeat: common generators write them for every statement.
    counts = Counter(statement.sid for statement in statements if statement.sid)
    if any(count > 1 for count in counts.values()):
        raise PolicySyntaxError("Statement IDs (SID) in a single policy must be unique.")
