"""The condition operators, and whether a value can be read as what they compare.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators".
"""

import base64
import ipaddress
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime

import msgspec

_OPERATOR = re.compile(r"(?:(forallvalues|foranyvalue):)?([a-z]+?)(ifexists)?", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_ARN_COLONS = 5
_FAMILIES = (
    ("string", ("Equals", "NotEquals", "EqualsIgnoreCase", "NotEqualsIgnoreCase", "Like", "NotLike")),
    ("numeric", ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")),
    ("date", ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")),
    ("arn", ("Equals", "NotEquals", "Like", "NotLike")),
)
OPERATORS: Mapping[str, str] = {
    **{f"{family.title()}{rest}": family for family, endings in _FAMILIES for rest in endings},
    "Bool": "bool",
    "BinaryEquals": "binary",
    "IpAddress": "ip",
    "NotIpAddress": "ip",
    "Null": "null",
}
"""The condition operators, without prefix and suffix, and the types of value that they compare."""

_BY_FOLDED_NAME = {name.lower(): name for name in OPERATORS}


class Operator(msgspec.Struct, frozen=True, kw_only=True):
    """A condition operator that is known.

    Attributes:
        name: as AWS writes it, without prefix and suffix.
        qualifier: `forallvalues`, `foranyvalue` or nothing.
        if_exists: whether it holds also for requests without the key.
    """

    name: str
    qualifier: str
    if_exists: bool

    @property
    def family(self) -> str:
        """The type of value that it compares."""
        return OPERATORS[self.name]

    @property
    def negated(self) -> bool:
        """Whether it holds where the values differ, and where there are none."""
        return "Not" in self.name

    @property
    def demands_key(self) -> bool:
        """Whether it can only hold for requests that have the key; not said of Null, which depends on the value."""
        return not self.negated and not self.if_exists and self.qualifier != "forallvalues" and self.family != "null"


def parse_operator(text: str) -> Operator | None:
    """Read a condition operator; None when there is none such. Null takes no IfExists."""
    match = _OPERATOR.fullmatch(text)
    name = _BY_FOLDED_NAME.get(match[2].lower()) if match else None
    if match is None or name is None or (name == "Null" and match[3]):
        return None
    return Operator(name=name, qualifier=(match[1] or "").lower(), if_exists=match[3] is not None)


def readable(family: str, text: str) -> bool:
    """Whether a value can be read as what operators of a family compare."""
    return family not in _READERS or _READERS[family](text)


def _is_bool(text: str) -> bool:
    return text.lower() in {"true", "false"}


def _is_number(text: str) -> bool:
    return _NUMBER.fullmatch(text) is not None


def _is_date(text: str) -> bool:
    with suppress(ValueError):
        datetime.fromisoformat(text)
        return True
    return _is_number(text)


def _is_address(text: str) -> bool:
    with suppress(ValueError):
        ipaddress.ip_network(text, strict=False)
        return True
    return False


def _is_base64(text: str) -> bool:
    with suppress(ValueError):
        base64.b64decode(text, validate=True)
        return True
    return False


def _is_arn(text: str) -> bool:
    # A pattern may stand for any segments; a variable for any text.
    return text.count(":") >= _ARN_COLONS or "*" in text or "${" in text


_READERS: Mapping[str, Callable[[str], bool]] = {
    "bool": _is_bool,
    "null": _is_bool,
    "numeric": _is_number,
    "date": _is_date,
    "ip": _is_address,
    "binary": _is_base64,
    "arn": _is_arn,
}
