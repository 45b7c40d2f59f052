"""The linter's rules about whom a statement names."""

import re
from collections.abc import Iterator

from strongroom.policy.lint_actions import exact_kms_actions
from strongroom.policy.lint_view import Named, Remark, Statement
from strongroom.policy.vocabulary import KMS_ACTIONS

_GROUP = re.compile(r"arn:[^:]*:iam::[^:]*:group/.*")
_UNIQUE_ID = re.compile(r"(?:AIDA|AROA)[A-Z0-9]+(?::.*)?")
_ACCOUNT_KEYS = (
    "kms:calleraccount",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:userid",
)
_NETWORK_KEYS = ("aws:sourceip", "aws:sourcevpc", "aws:vpcsourceip", "aws:vpceaccount", "aws:vpceorg")
_SOURCE_KEYS = ("aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths")
_CONTEXT = "kms:encryptioncontext:"
_VIA_SERVICE = "kms:viaservice"


def unusable_principals(statement: Statement) -> Iterator[Remark]:
    """Principals that no policy can name."""
    for path, kind, text in (*statement.principals, *statement.not_principals):
        if kind != "AWS" or text == "*":
            continue
        if "*" in text or "?" in text:
            message = "a principal is no pattern; name each, or everybody (*) with a condition on aws:PrincipalArn"
            yield Remark(path, "error", "wildcard-in-principal", message)
        elif _GROUP.fullmatch(text):
            message = "a group is no principal; name its users, or their account"
            yield Remark(path, "error", "group-as-principal", message)
        elif _UNIQUE_ID.fullmatch(text):
            message = "this is the id of a user or role that was deleted; no new policy can name it"
            yield Remark(path, "error", "deleted-principal", message)


def allow_with_not_principal(statement: Statement) -> Iterator[Remark]:
    """NotPrincipal, which allows everybody else in the world."""
    if statement.allows and "NotPrincipal" in statement.members:
        yield Remark(
            (*statement.path, "NotPrincipal"),
            "error",
            "allow-with-not-principal",
            "it allows everybody but these, of every account; name those who are meant",
            at_name=True,
        )


def public_access(statement: Statement) -> Iterator[Remark]:
    """Everybody, without a condition that says whose they must be."""
    if not statement.allows:
        return
    if statement.restricted_by(*_ACCOUNT_KEYS, *_SOURCE_KEYS, *_NETWORK_KEYS):
        return
    for path in (each.path for each in statement.principals if _is_anyone(each)):
        if statement.restricted_by(_VIA_SERVICE):
            message = (
                "it allows every account to use the key through this service; add a condition on kms:CallerAccount"
            )
            yield Remark(path, "warning", "via-service-without-caller-account", message)
        else:
            message = (
                "it allows everybody, of every account; add a condition on kms:CallerAccount or aws:PrincipalOrgID"
            )
            if statement.kind == "trust":
                message = message.replace("kms:CallerAccount", "aws:PrincipalAccount")
            yield Remark(path, "error", "public-access", message)


def confused_deputy(statement: Statement) -> Iterator[Remark]:
    """Services that may use the key for whoever asks them to."""
    # Some services, such as CloudWatch Logs, say whom they act for in the encryption context only.
    if statement.kind != "key" or not statement.allows or statement.restricted_by(*_SOURCE_KEYS, _CONTEXT):
        return
    for path, kind, text in statement.principals:
        if kind == "Service":
            message = f"{text} may do this for any account; add a condition on aws:SourceAccount or aws:SourceArn"
            yield Remark(path, "warning", "service-without-source", message)


def actions_across_accounts(statement: Statement) -> Iterator[Remark]:
    """Principals of other accounts with actions that work only within the key's account."""
    if statement.kind != "key" or statement.account_id is None or not statement.allows:
        return
    local = [name for _, name in exact_kms_actions(statement) if not KMS_ACTIONS[name].cross_account]
    idle = bool(statement.kms_actions) and not any(KMS_ACTIONS[name].cross_account for name in statement.kms_actions)
    for named in statement.principals:
        if named.kind == "AWS" and named.account_id not in {None, statement.account_id} and (local or idle):
            what = " and ".join(local) if local else "what this statement allows"
            message = f"{named.text} is of another account, and {what} cannot be done from there"
            yield Remark(named.path, "error" if idle else "warning", "action-not-cross-account", message)


def _is_anyone(named: Named) -> bool:
    return named.kind == "AWS" and named.text == "*"
