"""The linter's rules about a policy as a whole."""

from collections.abc import Iterator, Sequence

from strongroom.policy.lint_actions import may_be_key
from strongroom.policy.lint_view import Condition, Remark, Statement
from strongroom.policy.vocabulary import KMS_ACTIONS, SUPPLIED

_PUT_KEY_POLICY = "kms:PutKeyPolicy"


def old_version(document: object, statements: Sequence[Statement]) -> Iterator[Remark]:
    """Policy variables in a policy of the version that does not know them."""
    if not isinstance(document, dict) or document.get("Version") == "2012-10-17":
        return
    texts = (entry for each in statements for entry in (*each.resources, *each.not_resources))
    values = (value for each in statements for condition in each.conditions for value in condition.values)
    for path, text in (*texts, *values):
        if "${" in text:
            message = 'without "Version": "2012-10-17" this is plain text, no variable'
            yield Remark(path, "error", "variable-in-old-version", message)


def lockout(statements: Sequence[Statement]) -> Iterator[Remark]:
    """A key policy that nobody of the account could ever change."""
    writers = [each for each in statements if each.allows and _covers_writing(each) and _names_own(each)]
    if not writers:
        message = "nobody of the account is allowed kms:PutKeyPolicy, so the policy could never be changed"
        yield Remark((), "error", "lockout", message)
    for statement in statements:
        if _denies_everybody(statement):
            message = "it keeps everybody from kms:PutKeyPolicy, so the policy could never be changed"
            yield Remark(statement.path, "error", "lockout", message)


def _covers_writing(statement: Statement) -> bool:
    resources = statement.resources
    covered = any(may_be_key(entry.text, statement.account_id) for entry in resources) or statement.not_resources
    return _PUT_KEY_POLICY in statement.kms_actions and bool(covered) and not any(map(_keeps_out, statement.conditions))


def _keeps_out(condition: Condition) -> bool:
    """Whether it demands a condition key that only other actions supply."""
    name = condition.known_key.name if condition.known_key else None
    return condition.demands_key and name in SUPPLIED and name not in KMS_ACTIONS[_PUT_KEY_POLICY].condition_keys


def _names_own(statement: Statement) -> bool:
    """Whether it names anybody of the account; where the account is not known, anybody but services."""
    if statement.not_principals:
        return True
    accounts = (named.account_id for named in statement.principals if named.kind == "AWS" and named.text != "*")
    return any(named.kind == "AWS" and named.text == "*" for named in statement.principals) or any(
        statement.account_id in {None, account} for account in accounts
    )


def _denies_everybody(statement: Statement) -> bool:
    if statement.members.get("Effect") != "Deny" or statement.conditions or not _covers_writing(statement):
        return False
    root = f":iam::{statement.account_id}:root"
    return any(
        named.kind == "AWS" and (named.text in {"*", statement.account_id} or named.text.endswith(root))
        for named in statement.principals
    )
