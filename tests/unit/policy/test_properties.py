"""What holds of every decision."""

import random
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from strongroom.model.grant import Grant
from strongroom.policy.callers import NO_POLICIES, CallerPolicies, NamedPolicy, Source
from strongroom.policy.decide import decide
from strongroom.policy.query import ConditionContext, Query
from tests.unit.policy.policy_strategies import (
    CONTEXTS,
    GRANTS,
    IDENTITY_STATEMENTS,
    KEY,
    KEY_STATEMENTS,
    PLACE,
    QUERIES,
    SITUATIONS,
    Situation,
    document_of,
    named,
)

LAYERS = st.sampled_from(["identity", "boundary", "session", "service_control"])
LIMITS = st.sampled_from(["boundary", "session", "service_control"])
DENY_ALL = {"Effect": "Deny", "Action": "*", "Resource": "*"}


def with_statement(caller: CallerPolicies, layer: str, statement: dict[str, Any]) -> CallerPolicies:
    """Put a statement into a layer, which makes a limit of one that was none."""
    policy = named(Source.IDENTITY_POLICY, [statement])
    if layer == "boundary":
        return msgspec.structs.replace(caller, boundary=joined(caller.boundary, policy))
    return msgspec.structs.replace(caller, **{layer: (*(getattr(caller, layer) or ()), policy)})


def joined(one: NamedPolicy | None, other: NamedPolicy) -> NamedPolicy:
    if one is None:
        return other
    statements = one.document.statements + other.document.statements
    return msgspec.structs.replace(other, document=msgspec.structs.replace(other.document, statements=statements))


@given(SITUATIONS, KEY_STATEMENTS)
def test_a_further_deny_never_grants(situation: Situation, further: dict[str, Any]) -> None:
    statements = [*situation.statements, {**further, "Effect": "Deny"}]
    assert situation.decide().allowed or not situation._replace(statements=statements).decide().allowed


@given(SITUATIONS, KEY_STATEMENTS)
def test_a_further_allow_never_takes(situation: Situation, further: dict[str, Any]) -> None:
    statements = [*situation.statements, {**further, "Effect": "Allow"}]
    assert situation._replace(statements=statements).decide().allowed or not situation.decide().allowed


@given(SITUATIONS, LAYERS, IDENTITY_STATEMENTS)
def test_a_further_deny_of_the_caller_never_grants(situation: Situation, layer: str, further: dict[str, Any]) -> None:
    caller = with_statement(situation.caller, layer, {**further, "Effect": "Deny"})
    assert situation.decide().allowed or not situation._replace(caller=caller).decide().allowed


@given(SITUATIONS, LAYERS)
def test_a_deny_of_everything_lets_nobody_through_but_services(situation: Situation, layer: str) -> None:
    decision = situation._replace(caller=with_statement(situation.caller, layer, DENY_ALL)).decide()
    assert not decision.allowed or situation.query.principal.type == "AWSService"


@given(SITUATIONS, LIMITS)
def test_a_limit_never_grants(situation: Situation, limit: str) -> None:
    free = situation._replace(caller=msgspec.structs.replace(situation.caller, **{limit: None}))
    assert free.decide().allowed or not situation.decide().allowed


@given(SITUATIONS, GRANTS)
def test_a_further_grant_never_takes(situation: Situation, further: list[Grant]) -> None:
    assert situation._replace(grants=situation.grants + further).decide().allowed or not situation.decide().allowed


@given(SITUATIONS, st.randoms(use_true_random=False))
def test_order_does_not_matter(situation: Situation, shuffler: random.Random) -> None:
    caller = situation.caller
    shuffled = Situation(
        situation.query,
        shuffler.sample(situation.statements, len(situation.statements)),
        msgspec.structs.replace(
            caller,
            identity=tuple(shuffler.sample(caller.identity, len(caller.identity))),
            session=caller.session and tuple(reversed(caller.session)),
            service_control=caller.service_control and tuple(reversed(caller.service_control)),
        ),
        shuffler.sample(situation.grants, len(situation.grants)),
    )
    assert shuffled.decide().cause is situation.decide().cause


@given(SITUATIONS)
def test_asking_again_gives_the_same(situation: Situation) -> None:
    one, other = situation.decide(), situation.decide()
    assert (one.cause, one.deciding) == (other.cause, other.deciding)
    assert [len(entry.evaluation.unmatched()) for entry in one.evaluations] == [
        len(entry.evaluation.unmatched()) for entry in other.evaluations
    ]


@given(SITUATIONS)
def test_every_statement_is_sorted_once(situation: Situation) -> None:
    for entry in situation.decide().evaluations:
        found = entry.evaluation
        matched = [*found.deny, *found.allow, *found.allow_role, *found.delegated]
        unmatched = [explained.statement for explained in found.unmatched()]
        assert sorted(statement.index for statement in matched + unmatched) == list(
            range(len(found.document.statements))
        )


@given(SITUATIONS)
def test_what_decides_has_the_effect_of_the_decision(situation: Situation) -> None:
    decision = situation.decide()
    statements = [statement for part in decision.contributions for statement in part.statements]
    assert {statement.effect for statement in statements} <= {"Allow" if decision.allowed else "Deny"}
    assert len(decision.deciding) == len(statements) + len(decision.grants)
    assert decision.allowed or not decision.grants
    assert not decision.allowed or decision.deciding


class Noting:
    """A context that notes what it is asked for."""

    def __init__(self, context: ConditionContext) -> None:
        self._context = context
        self.answers: dict[str, tuple[str, ...] | None] = {}

    def get(self, name: str, /) -> tuple[str, ...] | None:
        self.answers[name] = self._context.get(name)
        return self.answers[name]


@given(SITUATIONS, CONTEXTS)
def test_what_was_not_asked_for_changes_nothing(situation: Situation, other: dict[str, tuple[str, ...]]) -> None:
    noting = Noting(situation.query.context)
    decision = situation._replace(query=msgspec.structs.replace(situation.query, context=noting)).decide()
    mixed = {name: value for name, value in {**other, **noting.answers}.items() if value is not None}
    again = situation._replace(query=msgspec.structs.replace(situation.query, context=mixed)).decide()
    assert again.cause is decision.cause


@given(st.text(max_size=8), QUERIES)
def test_values_of_variables_are_never_wildcards(value: str, query: Query) -> None:
    resource = KEY.replace(PLACE.key_id, "${aws:PrincipalTag/Key}")
    document = document_of([{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": resource}])
    asked = msgspec.structs.replace(query, context={"aws:principaltag/key": (value,)})
    [entry] = decide(asked, document, NO_POLICIES).evaluations
    assert bool(entry.evaluation.allow) is (value == PLACE.key_id)


@given(SITUATIONS)
def test_without_an_allow_nothing_is_allowed(situation: Situation) -> None:
    denying = [{**statement, "Effect": "Deny"} for statement in situation.statements]
    assert not situation._replace(statements=denying, grants=[]).decide().allowed
