"""The binding of policies to principals: names are kept as unique ids, so that a namesake made later gains nothing.

Source: IAM User Guide, "AWS JSON policy elements: Principal".
"""

from collections.abc import Callable

from strongroom.policy.printing import print_json, read_exactly


def rebind(text: str, replace: Callable[[str], str]) -> str:
    """Replace each principal under `AWS` of a policy; all else stays as it is, printed as `defaults.render` prints.

    Args:
        text: a policy that was parsed before.
        replace: gives what is to stand for a principal: an account id, an ARN, a unique id, or `*`.

    Raises:
        ValueError: the text is not JSON.
    """
    document = read_exactly(text)
    for statement in _objects(_member(document, "Statement")):
        for element in ("Principal", "NotPrincipal"):
            principals = statement.get(element)
            if isinstance(principals, dict) and "AWS" in principals:
                principals["AWS"] = _replaced(principals["AWS"], replace)
    return print_json(document)


def _member(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, dict) else None


def _objects(value: object) -> list[dict[str, object]]:
    entries = value if isinstance(value, list) else [value]
    return [entry for entry in entries if isinstance(entry, dict)]


def _replaced(value: object, replace: Callable[[str], str]) -> object:
    if isinstance(value, list):
        return [_replaced(entry, replace) for entry in value]
    return replace(value) if isinstance(value, str) else value
