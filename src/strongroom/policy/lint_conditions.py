"""The linter's rules about conditions: operators, keys and values."""

from collections.abc import Iterator

from strongroom.policy.condition_keys import CONDITION_KEYS, ConditionKey
from strongroom.policy.lint_actions import exact_kms_actions, similar
from strongroom.policy.lint_operators import OPERATORS, readable
from strongroom.policy.lint_view import Condition, Remark, Statement
from strongroom.policy.vocabulary import KMS_ACTIONS, SUPPLIED

_KNOWN_PREFIXES = frozenset({"aws", "kms", "iam", "sts"})
_NEVER_IN_KEY_POLICIES = frozenset({"aws:ResourceTag/", "kms:ResourceAliases"})
# KMS takes no key policy that puts ForAllValues before them.
_OVERLY_PERMISSIVE = frozenset({"kms:EncryptionContext:", "aws:RequestTag/"})
_NAMES = tuple(f"{key.name}KEY" if key.is_prefix else key.name for key in CONDITION_KEYS.values())
_FITTING = {
    "string": {"string", "arn", "binary"},
    "arn": {"string", "arn"},
    "bool": {"bool", "string"},
    "numeric": {"numeric", "string"},
    "date": {"date", "numeric", "string"},
    "ip": {"ip"},
}


def unknown_operators(statement: Statement) -> Iterator[Remark]:
    """Operators that do not exist, among them Null with IfExists."""
    unknown = {each.path[:-1]: each.operator_name for each in statement.conditions if each.operator is None}
    for path, name in unknown.items():
        if name.lower().endswith("nullifexists"):
            message = "Null takes no IfExists: it is itself the question whether the key exists"
            yield Remark(path, "error", "null-if-exists", message, at_name=True)
        else:
            message = f"there is no condition operator {name}{similar(name, tuple(OPERATORS))}"
            yield Remark(path, "error", "unknown-operator", message, at_name=True)


def unknown_keys(statement: Statement) -> Iterator[Remark]:
    """Condition keys that KMS, IAM and STS do not have, and no service has."""
    for condition in statement.conditions:
        if condition.known_key is None and condition.key.partition(":")[0].lower() in _KNOWN_PREFIXES:
            folded = condition.key.lower()
            open_ended = tuple(name for name in _NAMES if name.lower() in {f"{folded}:key", f"{folded}/key"})
            message = f"there is no condition key {condition.key}{similar(condition.key, open_ended or _NAMES)}"
            yield Remark(condition.path, "error", "unknown-condition-key", message, at_name=True)


def keys_never_supplied(statement: Statement) -> Iterator[Remark]:
    """Condition keys that requests for the statement's actions do not have."""
    for condition in statement.conditions:
        if condition.operator is None or condition.known_key is None:
            continue
        if statement.kind == "key" and condition.known_key.name in _NEVER_IN_KEY_POLICIES:
            message = f"{condition.known_key.name} is never there for key policies, only for IAM policies"
            yield Remark(condition.path, "error", "condition-key-not-in-key-policy", message, at_name=True)
        elif _about_kms(statement) and condition.known_key.name in SUPPLIED:
            yield from _supplied_by_none(statement, condition, condition.known_key.name)


def set_operators(statement: Statement) -> Iterator[Remark]:
    """ForAllValues and ForAnyValue where they do not belong, or are missing."""
    for condition in statement.conditions:
        if condition.operator is not None:
            yield from _qualifier(statement, condition, condition.operator.qualifier)


def unreadable_values(statement: Statement) -> Iterator[Remark]:
    """Values that cannot be what their operator compares, or are not what they look like."""
    for condition in statement.conditions:
        if condition.operator is None:
            continue
        exact = condition.operator.name.startswith("String") and "Like" not in condition.operator.name
        for path, text in condition.values:
            if not readable(condition.operator.family, text):
                message = f"{condition.operator.name} cannot compare with {text or 'an empty text'}"
                yield Remark(path, "error", "invalid-value", message)
            elif exact and "*" in text:
                message = f"to {condition.operator.name}, * is a plain character; for a pattern, use StringLike"
                yield Remark(path, "warning", "wildcard-in-exact-operator", message)


def unfit_operators(statement: Statement) -> Iterator[Remark]:
    """Operators that compare something else than what the key holds."""
    for condition in statement.conditions:
        key, operator = condition.known_key, condition.operator
        if key is None or operator is None or key.is_prefix or operator.family == "null":
            continue
        if operator.family not in _FITTING[key.type]:
            message = f"{operator.name} does not compare values of {key.name}, which are of type {key.type}"
            yield Remark(condition.path[:-1], "warning", "operator-does-not-fit-key", message, at_name=True)


def contradictory_null(statement: Statement) -> Iterator[Remark]:
    """A key that must be absent, and have a value."""
    demanded = {each.key.lower() for each in statement.conditions if each.demands_key}
    for condition in statement.conditions:
        if _is_null(condition, "true") and condition.key.lower() in demanded:
            message = f"{condition.key} must be absent here, and another condition demands it: never true"
            yield Remark(condition.path, "error", "contradictory-null", message, at_name=True)


def _about_kms(statement: Statement) -> bool:
    """Whether nothing but actions of KMS is decided about, so that their keys are all there are."""
    if statement.kind == "key" or not statement.kms_actions:
        return bool(statement.kms_actions)
    return bool(statement.actions) and all(entry.text.lower().startswith("kms:") for entry in statement.actions)


def _supplied_by_none(statement: Statement, condition: Condition, key: str) -> Iterator[Remark]:
    if not any(key in KMS_ACTIONS[name].condition_keys for name in statement.kms_actions):
        if condition.demands_key:
            message = f"no action of this statement supplies {condition.key}, so it never matches"
            yield Remark(condition.path, "error", "condition-key-never-supplied", message, at_name=True)
        else:
            message = f"no action of this statement supplies {condition.key}, so the condition says nothing"
            yield Remark(condition.path, "warning", "condition-without-effect", message, at_name=True)
    elif condition.demands_key:
        for path, name in exact_kms_actions(statement):
            if key not in KMS_ACTIONS[name].condition_keys:
                message = f"{name} does not supply {condition.key}, so this statement never matches it"
                yield Remark(path, "warning", "action-without-condition-key", message)


def _qualifier(statement: Statement, condition: Condition, qualifier: str) -> Iterator[Remark]:
    key = condition.known_key
    if qualifier:
        yield from _needless_qualifier(statement, condition, key, qualifier)
    elif key is not None and key.multi_valued and condition.operator and condition.operator.family != "null":
        message = f"{key.name} may have several values; say ForAnyValue: or ForAllValues:"
        yield Remark(condition.path[:-1], "warning", "multi-valued-key-without-set-operator", message, at_name=True)


def _needless_qualifier(
    statement: Statement, condition: Condition, key: ConditionKey | None, qualifier: str
) -> Iterator[Remark]:
    path = condition.path[:-1]
    if key is not None and not key.multi_valued:
        if statement.kind == "key" and qualifier == "forallvalues" and key.name in _OVERLY_PERMISSIVE:
            message = f"ForAllValues also matches requests without {condition.key}; KMS takes no such key policy"
            yield Remark(path, "error", "overly-permissive-condition", message, at_name=True)
            return
        message = f"{key.name} has one value; leave out the prefix"
        yield Remark(path, "warning", "set-operator-on-single-valued-key", message, at_name=True)
    if qualifier == "forallvalues" and statement.allows and not _null_checked(statement, condition):
        message = (
            f'ForAllValues also matches requests without {condition.key}; add "Null": {{"{condition.key}": "false"}}'
        )
        yield Remark(path, "warning", "for-all-values-without-null-check", message, at_name=True)


def _null_checked(statement: Statement, condition: Condition) -> bool:
    return any(_is_null(each, "false") and each.key.lower() == condition.key.lower() for each in statement.conditions)


def _is_null(condition: Condition, answer: str) -> bool:
    if condition.operator is None or condition.operator.family != "null":
        return False
    return [value.text.lower() for value in condition.values] == [answer]
