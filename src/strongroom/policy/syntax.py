"""The JSON below a policy document, and the error for documents that are not policies."""

import json
from collections.abc import Mapping

INVALID_JSON = "This policy contains invalid Json"
SYNTAX = "Syntax errors in policy."
LEGACY = "The policy failed legacy parsing"
NO_VENDOR = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
NO_PRINCIPAL = "Policy contains a statement with no principal."
INVALID_PRINCIPALS = "Policy contains a statement with one or more invalid principals."


class PolicySyntaxError(Exception):
    """A text is not a policy that AWS would accept; `reason` is what AWS tells the client."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def read_object(text: str) -> dict[str, object]:
    """Read a JSON object, strictly: no member twice, no NaN, no text that UTF-8 cannot carry.

    Raises:
        PolicySyntaxError: the text is not such an object.
    """
    try:
        value = json.loads(text, object_pairs_hook=_without_duplicates, parse_constant=_refuse)
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise PolicySyntaxError(INVALID_JSON) from error
    return as_object(value)


def as_object(value: object) -> dict[str, object]:
    """Give a JSON value that has to be an object.

    Raises:
        PolicySyntaxError: it is not.
    """
    if not isinstance(value, dict):
        raise PolicySyntaxError(SYNTAX)
    return value


def as_strings(value: object) -> tuple[str, ...]:
    """Give a member that is a string or a list of strings as a tuple.

    Raises:
        PolicySyntaxError: it is neither.
    """
    entries = value if isinstance(value, list) else [value]
    if not all(isinstance(entry, str) for entry in entries):
        raise PolicySyntaxError(SYNTAX)
    return tuple(entries)


def optional_string(members: Mapping[str, object], name: str) -> str | None:
    """Give a member that may be absent and otherwise has to be a string.

    Raises:
        PolicySyntaxError: it is something else.
    """
    value = members.get(name, "")
    if not isinstance(value, str):
        raise PolicySyntaxError(SYNTAX)
    return value if name in members else None


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    # Two readers that keep different duplicates would see different policies.
    members = dict(pairs)
    if len(members) != len(pairs):
        raise PolicySyntaxError(SYNTAX)
    return members


def _refuse(constant: str) -> object:
    raise ValueError(constant)
