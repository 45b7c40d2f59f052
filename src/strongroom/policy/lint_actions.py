"""The linter's rules about what a statement is about: actions and resources."""

import difflib
from collections.abc import Iterator

from strongroom.policy.lint_view import Entry, Remark, Severity, Statement
from strongroom.policy.vocabulary import ACTIONS, KMS_ACTIONS, covers

_SERVICES = {"key": "kms", "trust": "sts"}
_ARN_SEGMENTS = 6


def similar(name: str, known: tuple[str, ...]) -> str:
    """Give the end of a message that proposes a known name instead of an unknown one; nothing when none is alike."""
    folded = {each.lower(): each for each in known}
    close = difflib.get_close_matches(name.lower(), folded, n=1, cutoff=0.75)
    return f"; did you mean {folded[close[0]]}?" if close else ""


def unknown_actions(statement: Statement) -> Iterator[Remark]:
    """Actions that KMS, IAM and STS do not have."""
    for path, text in (*statement.actions, *statement.not_actions):
        known = ACTIONS.get(text.partition(":")[0].lower())
        if known is None or any(covers(text, name) for name in known):
            continue
        if _is_pattern(text):
            message = f"{text} matches no action"
        elif _begins_several(text, known):
            message = f"there is no action {text}; did you mean {text}*?"
        else:
            message = f"there is no action {text}{similar(text, known)}"
        yield Remark(path, "error", "unknown-action", message)


def misplaced_actions(statement: Statement) -> Iterator[Remark]:
    """Actions that this kind of policy never decides about."""
    service = _SERVICES.get(statement.kind)
    if service is None:
        return
    policy = f"a {statement.kind} policy"
    # IAM refuses such a trust policy; KMS takes such a key policy.
    severity: Severity = "warning" if statement.kind == "key" else "error"
    for path, text in statement.actions:
        vendor, colon, _ = text.partition(":")
        if colon and vendor.lower() != service:
            yield Remark(path, severity, "action-of-another-service", f"{policy} decides about no {text}")
        elif statement.kind == "key" and (name := _exact(text)) and not KMS_ACTIONS[name].in_key_policy:
            yield Remark(
                path, "warning", "action-not-in-key-policy", f"{name} is allowed by IAM policies only, not by {policy}"
            )


def missing_elements(statement: Statement) -> Iterator[Remark]:
    """Statements of a key policy without actions or resources, which KMS takes and which never match."""
    if statement.kind != "key":
        return
    for name in ("Action", "Resource"):
        if name not in statement.members and f"Not{name}" not in statement.members:
            yield Remark(
                statement.path, "error", f"statement-without-{name.lower()}", f"without {name} it never matches"
            )


def allow_with_not_action(statement: Statement) -> Iterator[Remark]:
    """NotAction, which allows whatever it leaves out, in future too."""
    if statement.allows and "NotAction" in statement.members:
        yield Remark(
            (*statement.path, "NotAction"),
            "warning",
            "allow-with-not-action",
            "it allows every action but these, also those to come; name the actions that are meant",
            at_name=True,
        )


def resources_without_key(statement: Statement) -> Iterator[Remark]:
    """Resources of a key policy that cover no key."""
    if statement.kind != "key":
        return
    idle = [entry for entry in statement.resources if not may_be_key(entry.text, statement.account_id)]
    severity: Severity = "error" if len(idle) == len(statement.resources) else "warning"
    for path, text in idle:
        yield Remark(
            path, severity, "resource-covers-no-key", f'{text} covers no key; in a key policy write "*" for this key'
        )


def alias_as_resource(statement: Statement) -> Iterator[Remark]:
    """Aliases as the resource of actions that are authorized on keys."""
    actions = [KMS_ACTIONS[name] for name in statement.kms_actions]
    if statement.kind != "identity" or not actions or any("alias" in action.resources for action in actions):
        return
    for path, text in statement.resources:
        segments = text.split(":", _ARN_SEGMENTS - 1)
        if len(segments) == _ARN_SEGMENTS and covers(segments[2], "kms") and segments[5].startswith("alias/"):
            yield Remark(
                path,
                "error",
                "alias-as-resource",
                "its actions are authorized on keys: name the key, or use kms:ResourceAliases or kms:RequestAlias",
            )


def actions_without_resource(statement: Statement) -> Iterator[Remark]:
    """Actions that concern no single resource, in a statement for certain resources."""
    if statement.kind != "identity" or not statement.resources:
        return
    if any(covers(entry.text, "*") for entry in statement.resources):
        return
    for path, text in statement.actions:
        if (name := _exact(text)) and KMS_ACTIONS[name].resources == {"*"}:
            yield Remark(path, "error", "action-needs-any-resource", f'{name} is allowed only on the resource "*"')


def exact_kms_actions(statement: Statement) -> Iterator[Entry]:
    """Give the actions of KMS that the statement names one by one, as KMS writes them."""
    return (Entry(entry.path, name) for entry in statement.actions if (name := _exact(entry.text)))


def may_be_key(text: str, account_id: str | None) -> bool:
    """Whether a resource covers any key, of the account where that is given."""
    if "${" in text or covers(text, "*"):
        return True
    segments = text.split(":", _ARN_SEGMENTS - 1)
    # A shorter ARN goes on with `*`, and a `*` at the end of a segment reaches over those that it lacks.
    if len(segments) < _ARN_SEGMENTS and any(segment.endswith("*") for segment in segments[3:]):
        segments = [*segments[:3], "*"]
    arn, _, service, _, account, resource = segments + ["*"] * (_ARN_SEGMENTS - len(segments))
    beginning = resource.partition("*")[0].partition("?")[0]
    return (
        covers(arn, "arn")
        and covers(service, "kms")
        and (account_id is None or covers(account, account_id))
        and (beginning.startswith("key/") or ("key/".startswith(beginning) and beginning != resource))
    )


def _begins_several(text: str, known: tuple[str, ...]) -> bool:
    """Whether whole words are missing, as in `kms:ReEncrypt`."""
    rests = [name[len(text) :] for name in known if covers(f"{text}*", name)]
    return len(rests) > 1 and all(rest[0].isupper() for rest in rests)


def _exact(text: str) -> str | None:
    if _is_pattern(text):
        return None
    return next((name for name in KMS_ACTIONS if name.lower() == text.lower()), None)


def _is_pattern(text: str) -> bool:
    return "*" in text or "?" in text
