"""The Condition element. Its shape is checked; its meaning is not known yet, so it fails closed."""

from strongroom.policy.syntax import SYNTAX, PolicySyntaxError, as_object

_FOR_ALL = "forallvalues:"
_SINGLE_VALUED = {"kms:encryptioncontext:": "encryption context", "aws:requesttag/": "tag"}


def check_conditions(value: object) -> None:
    """Check a Condition: an object of operators, each an object of keys with scalars or lists of them.

    Raises:
        PolicySyntaxError: it has another shape, or uses ForAllValues with a single-valued key.
    """
    for operator, keys in as_object(value).items():
        for key, values in as_object(keys).items():
            _check_values(values)
            if operator.lower().startswith(_FOR_ALL):
                _check_for_all(key)


def _check_values(value: object) -> None:
    entries = value if isinstance(value, list) else [value]
    if not all(isinstance(entry, str | bool | int | float) for entry in entries):
        raise PolicySyntaxError(SYNTAX)


def _check_for_all(key: str) -> None:
    for prefix, what in _SINGLE_VALUED.items():
        if key.lower().startswith(prefix):
            raise PolicySyntaxError(
                "OverlyPermissiveCondition: Using the ForAllValues set operator with a single-valued condition key "
                f"matches requests without the specified {what} or with an unspecified {what}. "
                "To fix, remove ForAllValues."
            )
