"""The policy that AWS writes for a key, and the form in which it gives a stored policy back."""

import json


def default_key_policy(account_id: str, partition: str = "aws") -> str:
    """Give the policy of a key that is created without one.

    Source: AWS KMS Developer Guide, "Default key policy".
    """
    statement = {
        "Sid": "Enable IAM User Permissions",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:{partition}:iam::{account_id}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    return render(json.dumps({"Version": "2012-10-17", "Id": "key-default-1", "Statement": [statement]}))


def render(text: str) -> str:
    """Print a JSON text as GetKeyPolicy does: Jackson's default pretty printer, members in their order.

    Raises:
        ValueError: the text is not JSON.
    """
    return _print(json.loads(text, parse_int=_Number, parse_float=_Number), "")


class _Number(str):
    """A number as written, which survives where a float would lose digits."""

    __slots__ = ()


def _print(value: object, indent: str) -> str:
    match value:
        case dict():
            return _object(value, indent)
        case list():
            return _array(value, indent)
        case _Number():
            return value
        case _:
            return _scalar(value)


def _object(members: dict[str, object], indent: str) -> str:
    if not members:
        return "{ }"
    inner = indent + "  "
    lines = (f"{inner}{_scalar(name)} : {_print(value, inner)}" for name, value in members.items())
    return "{\n" + ",\n".join(lines) + f"\n{indent}}}"


def _array(entries: list[object], indent: str) -> str:
    joined = ", ".join(_print(entry, indent) for entry in entries)
    return f"[ {joined} ]" if entries else "[ ]"


def _scalar(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
