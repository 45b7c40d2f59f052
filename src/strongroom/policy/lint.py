"""Finds what is wrong, void or risky in a policy before it is used."""

import re
from collections.abc import Iterator, Mapping
from itertools import chain

import msgspec

from strongroom.policy import lint_actions, lint_conditions, lint_document, lint_principals
from strongroom.policy.lint_syntax import refused
from strongroom.policy.lint_view import PolicyKind, Remark, Severity, Statement, split, statements
from strongroom.policy.positions import NotJsonError, Path, Place, Source, place, scan

_LARGEST_KEY_POLICY = 32_768
_LARGEST_MANAGED_POLICY = 6_144
_LARGEST_TRUST_POLICY = 2_048
_UNSUPPORTED = re.compile(r"[^\t\n\r\x20-\xff]")
_WHITESPACE = re.compile(r"\s")

_STATEMENT_RULES = (
    lint_actions.unknown_actions,
    lint_actions.misplaced_actions,
    lint_actions.missing_elements,
    lint_actions.allow_with_not_action,
    lint_actions.resources_without_key,
    lint_actions.alias_as_resource,
    lint_actions.actions_without_resource,
    lint_conditions.unknown_operators,
    lint_conditions.unknown_keys,
    lint_conditions.keys_never_supplied,
    lint_conditions.set_operators,
    lint_conditions.unreadable_values,
    lint_conditions.unfit_operators,
    lint_conditions.contradictory_null,
)
_PRINCIPAL_RULES = (
    lint_principals.unusable_principals,
    lint_principals.allow_with_not_principal,
    lint_principals.public_access,
    lint_principals.confused_deputy,
    lint_principals.actions_across_accounts,
)


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Something about a policy.

    Attributes:
        severity: `error` for what AWS would refuse, what can never work, and what locks out or lets in everybody;
            `warning` for what may be meant but seldom is.
        code: kebab-case, stable.
        message: what is wrong and what to do, for people.
        line, column: where, both from 1.
        statement: index of the statement, from 0; None for the policy as a whole.
        sid: the statement's id, if it has one.
    """

    severity: Severity
    code: str
    message: str
    line: int
    column: int
    statement: int | None = None
    sid: str | None = None


def lint(text: str, kind: PolicyKind, *, account_id: str | None = None) -> tuple[Finding, ...]:
    """Find what is wrong with a policy, in the order of the text.

    Args:
        text: the policy as somebody would put it: with the ARNs of principals.
        kind: `key` for a key policy, `identity` for a policy of a user, group or role, `trust` for who may assume a
            role.
        account_id: of the account that the policy belongs to. Without it, nobody counts as of another account.
    """
    findings = _of_text(text, kind)
    try:
        source = scan(text)
    except NotJsonError as error:
        return (*findings, _at(place(text, error.offset), "error", "invalid-json", error.message))
    if source.faults:
        faults = (_at(place(text, fault.offset), "error", "invalid-json", fault.message) for fault in source.faults)
        return (*findings, *faults)
    parts = {part.path: part for part in statements(source.value, kind, account_id)}
    remarks = list(_remarks(source.value, kind, tuple(parts.values())))
    errors = [remark.path for remark in remarks if remark.severity == "error"]
    # A refusal that a rule explains better is left out.
    remarks += [each for each in refused(source.value, kind) if not any(_explains(path, each.path) for path in errors)]
    found = [*findings, *(_finding(source, remark, parts) for remark in remarks)]
    return tuple(sorted(found, key=lambda finding: (finding.line, finding.column, finding.code)))


def _remarks(document: object, kind: PolicyKind, parts: tuple[Statement, ...]) -> Iterator[Remark]:
    yield from lint_document.old_version(document, parts)
    if kind == "key" and parts:
        yield from lint_document.lockout(parts)
    rules = _STATEMENT_RULES if kind == "identity" else _STATEMENT_RULES + _PRINCIPAL_RULES
    yield from chain.from_iterable(rule(part) for part in parts for rule in rules)


def _explains(error: Path, refusal: Path) -> bool:
    """Whether an error is within an element that is refused, or around a part of an element that is."""
    statement, refused_way = split(refusal)
    other, way = split(error)
    within = bool(refused_way) and way[: len(refused_way)] == refused_way
    around = len(way) > 1 and refused_way[: len(way)] == way
    return statement == other and (within or around)


def _of_text(text: str, kind: PolicyKind) -> list[Finding]:
    found = []
    start = Place(1, 1)
    if kind == "key" and len(text.encode(errors="surrogatepass")) > _LARGEST_KEY_POLICY:
        found.append(_at(start, "error", "too-large", f"a key policy has at most {_LARGEST_KEY_POLICY} bytes"))
    if kind == "identity" and len(_WHITESPACE.sub("", text)) > _LARGEST_MANAGED_POLICY:
        message = f"a managed policy has at most {_LARGEST_MANAGED_POLICY} characters, not counting white space"
        found.append(_at(start, "error", "too-large", message))
    if kind == "trust" and len(text) > _LARGEST_TRUST_POLICY:
        message = f"a trust policy has at most {_LARGEST_TRUST_POLICY} characters, unless the quota is raised"
        found.append(_at(start, "warning", "too-large", message))
    if match := _UNSUPPORTED.search(text):
        message = f"U+{ord(match[0]):04X} cannot stand in a policy"
        found.append(_at(place(text, match.start()), "error", "unsupported-character", message))
    return found


def _finding(source: Source, remark: Remark, parts: Mapping[Path, Statement]) -> Finding:
    where = place(source.text, source.offset(remark.path, name=remark.at_name))
    finding = _at(where, remark.severity, remark.code, remark.message)
    part = parts.get(split(remark.path).statement)
    if part is None:
        return finding
    return msgspec.structs.replace(finding, statement=part.index, sid=part.sid)


def _at(where: Place, severity: Severity, code: str, message: str) -> Finding:
    return Finding(severity=severity, code=code, message=message, line=where.line, column=where.column)
