"""`strongroom explain`: why a principal may or may not do something with a key."""

import argparse
from collections.abc import Iterable, Iterator, Mapping

from strongroom.app.asking import AskError
from strongroom.app.explaining import Answered, Question, answer
from strongroom.cli.files import read_text
from strongroom.cli.opening import open_installation
from strongroom.cli.output import print_json
from strongroom.cli.settings import UsageError
from strongroom.policy.explain import GrantExplanation, PolicyExplanation, Standing, StatementExplanation
from strongroom.policy.explain_words import Names

_STANDINGS: Mapping[Standing, str] = {
    Standing.DECIDED: "decided",
    Standing.MATCHED: "matched, but did not decide",
    Standing.UNMATCHED: "did not match",
}
_NAMES = Names()


def context_entry(text: str) -> tuple[str, str]:
    """Read NAME=VALUE of a condition key. Raises ValueError."""
    name, equals, value = text.partition("=")
    if not equals or ":" not in name.strip(":"):
        raise ValueError(f"expected KEY=VALUE, such as aws:SourceIp=192.0.2.7, not {text!r}")
    return name.lower(), value


def encryption_context_entry(text: str) -> tuple[str, str]:
    """Read NAME=VALUE of an encryption context. Raises ValueError."""
    name, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"expected NAME=VALUE, such as Department=Finance, not {text!r}")
    return name, value


def explain(arguments: argparse.Namespace) -> int:
    """Print whether a request would be allowed, what decides, and why the rest does not."""
    with open_installation(arguments) as opened, opened.store.read() as reader:
        question = Question(
            principal=arguments.principal,
            action=arguments.action,
            key=arguments.key,
            region=arguments.region or opened.installation.default_region,
            account_id=arguments.account_id,
            context=_several(arguments.context),
            encryption_context=dict(arguments.encryption_context),
            via_service=arguments.via_service,
            session_policy=None if arguments.session_policy is None else read_text(arguments.session_policy),
        )
        try:
            answered = answer(reader, question, opened.clock.now())
        except AskError as error:
            raise UsageError(str(error)) from None
    if arguments.json:
        print_json(answered)
    else:
        print("\n".join(_lines(answered)), flush=True)
    return 0


def _several(entries: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Give the values by name: what is given more than once has several."""
    found: dict[str, tuple[str, ...]] = {}
    for name, value in entries:
        found[name] = (*found.get(name, ()), value)
    return found


def _lines(answered: Answered) -> Iterator[str]:
    explanation = answered.explanation
    outcome = "Allowed" if explanation.allowed else "Denied"
    yield f"{outcome}: {answered.action} on {answered.resource} by {answered.principal}"
    yield f"because {explanation.summary}."
    yield from (f"Note: {note}" for note in answered.notes)
    if explanation.changes:
        yield "\nWhat would have to change:"
        yield from (f"  - {change}" for change in explanation.changes)
    for policy in explanation.policies:
        yield from _policy_lines(policy)
    if explanation.grants:
        yield "\nGrants"
        for grant in explanation.grants:
            yield from _grant_lines(grant)
    if answered.absent:
        yield f"\nAsked for and not there (see --context): {', '.join(answered.absent)}"


def _policy_lines(policy: PolicyExplanation) -> Iterator[str]:
    name = _NAMES.policy(policy.source, policy.name)
    yield f"\n{name[0].upper()}{name[1:]}"
    for statement in policy.statements:
        yield from _statement_lines(statement)


def _statement_lines(statement: StatementExplanation) -> Iterator[str]:
    sid = f' ("{statement.sid}")' if statement.sid else ""
    line = "" if statement.line is None else f", line {statement.line}"
    yield f"  {statement.index}{sid}{line}, {statement.effect}: {_STANDINGS[statement.standing]}"
    yield from (f"      {reason}" for reason in statement.reasons)


def _grant_lines(grant: GrantExplanation) -> Iterator[str]:
    name = f' ("{grant.name}")' if grant.name else ""
    yield f"  {grant.grant_id}{name}, to {grant.grantee}: {_STANDINGS[grant.standing]}"
    yield from (f"      {reason}" for reason in grant.reasons)
