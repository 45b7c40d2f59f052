"""JSON in the form in which AWS gives policies back: Jackson's default pretty printer, members in their order."""

import json


class Number(str):
    """A number as written, which survives where a float would lose digits."""

    __slots__ = ()


def read_exactly(text: str) -> object:
    """Read a JSON text, whose numbers become `Number`.

    Raises:
        ValueError: the text is not JSON.
    """
    return json.loads(text, parse_int=Number, parse_float=Number)


def print_json(value: object, indent: str = "") -> str:
    """Print a value that `read_exactly` may have given, below lines of some indentation."""
    match value:
        case dict():
            return _object(value, indent)
        case list():
            return _array(value, indent)
        case Number():
            return value
        case _:
            return _scalar(value)


def _object(members: dict[str, object], indent: str) -> str:
    if not members:
        return "{ }"
    inner = indent + "  "
    lines = (f"{inner}{_scalar(name)} : {print_json(value, inner)}" for name, value in members.items())
    return "{\n" + ",\n".join(lines) + f"\n{indent}}}"


def _array(entries: list[object], indent: str) -> str:
    joined = ", ".join(print_json(entry, indent) for entry in entries)
    return f"[ {joined} ]" if entries else "[ ]"


def _scalar(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
