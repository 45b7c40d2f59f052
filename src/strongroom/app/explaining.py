"""Why somebody may or may not do something with a key: decided as a request would be, and explained."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from strongroom.api.callers import Caller
from strongroom.api.key_snapshots import KeySnapshot
from strongroom.api.key_states import check_state
from strongroom.app.asking import AskError, as_caller, find_principal
from strongroom.app.policy_names import names_of
from strongroom.app.questions import Asked, AskedConditions, asked_call, find_key, permission
from strongroom.authn.sessions import ServiceCall, Terms
from strongroom.model.errors import ServiceError
from strongroom.model.grant import Grant
from strongroom.model.key import KeyPlace
from strongroom.model.principal import Principal
from strongroom.policy.decide import decide
from strongroom.policy.decision import Decision
from strongroom.policy.document import parse_identity_policy
from strongroom.policy.explain import Explanation, explain
from strongroom.policy.query import Query
from strongroom.policy.syntax import PolicySyntaxError
from strongroom.storage.store import Reader

_PAGE: Final = 1000


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a principal may do an action.

    Attributes:
        principal: its ARN, an account's id, or a service's name.
        key: id, alias or ARN; None for an action that concerns no single key.
        account_id: where `key` is looked up unless it is an ARN; None is the principal's account.
        context: values of condition keys, by lower-case name.
        encryption_context: of the request.
        via_service: the service that asks in the principal's name, or None.
        session_policy: text of the policy of the session in which it asks, or None.
    """

    principal: str
    action: str
    key: str | None
    region: str
    account_id: str | None = None
    context: Mapping[str, tuple[str, ...]] = {}
    encryption_context: Mapping[str, str] = {}
    via_service: str | None = None
    session_policy: str | None = None


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """The answer.

    Attributes:
        absent: condition keys that policies asked for and that a request, as far as it is known, does not have.
        notes: what else would keep such a request from success.
    """

    principal: str
    action: str
    resource: str
    explanation: Explanation
    absent: tuple[str, ...]
    notes: tuple[str, ...]


def answer(reader: Reader, question: Question, now: float) -> Answered:
    """Decide a question as the request itself would be decided, and explain it. `now` is in epoch seconds.

    Raises:
        AskError: principal, action, key or session policy does not exist or makes no sense.
    """
    asked = permission(question.action)
    principal = find_principal(reader, question.principal)
    key = _key(reader, question, asked, principal)
    region = question.region if key is None else key.key.place.region
    caller = as_caller(reader, principal, region, now=now, terms=_terms(question))
    query, conditions = _query(question, asked, caller, key, now)
    grants = () if key is None else tuple(grants_of(reader, key.key.place))
    decision = decide_as_requests_are(asked, query, key, caller, grants)
    # Explaining asks for more: also where a statement is about something else.
    absent = tuple(_as_written(conditions.absent, decision))
    return Answered(
        principal=caller.principal.arn,
        action=query.action,
        resource=query.resource_arn,
        explanation=explain(decision, query, grants, names_of(reader, key, caller)),
        absent=absent,
        notes=() if key is None else tuple(_notes(asked, key)),
    )


def decide_as_requests_are(
    asked: Asked, query: Query, key: KeySnapshot | None, caller: Caller, grants: Sequence[Grant]
) -> Decision:
    """Decide as requests are decided: grants are for what policies leave open."""
    if key is None:
        return decide(query, None, caller.policies)
    decision = decide(query, key.policy, caller.policies)
    if decision.allowed or not asked.needs.grantable or not grants:
        return decision
    return decide(query, key.policy, caller.policies, grants)


def grants_of(reader: Reader, place: KeyPlace) -> Iterator[Grant]:
    """Give all grants of a key."""
    last = ""
    while page := reader.grants.page(place, last, _PAGE):
        yield from page
        last = page[-1].grant_id


def _key(reader: Reader, question: Question, asked: Asked, principal: Principal) -> KeySnapshot | None:
    needs = asked.needs
    if question.encryption_context and needs.encryption_context is None:
        raise AskError(f"requests of {needs.action} have no encryption context")
    if needs.key is None:
        if question.key is not None:
            raise AskError(f"{needs.action} concerns no single key; ask without one")
        return None
    if question.key is None:
        raise AskError(f"{needs.action} is decided for a key; name one")
    account_id = question.account_id or principal.account_id
    if not account_id and not question.key.startswith("arn:"):
        raise AskError("a service belongs to no account; name the key by its ARN, or its account too")
    return find_key(reader, question.key, account_id, question.region)


def _terms(question: Question) -> Terms | None:
    if question.via_service is None and question.session_policy is None:
        return None
    if question.session_policy is not None:
        try:
            parse_identity_policy(question.session_policy)
        except PolicySyntaxError as error:
            raise AskError(f"the session policy is not a policy: {error.reason}") from None
    call = None if question.via_service is None else ServiceCall(service=question.via_service)
    return Terms(policy=question.session_policy, service_call=call)


def _query(
    question: Question, asked: Asked, caller: Caller, key: KeySnapshot | None, now: float
) -> tuple[Query, AskedConditions]:
    needs, principal = asked.needs, caller.principal
    owner = principal.account_id if key is None else key.key.place.account_id
    region = question.region if key is None else key.key.place.region
    # An id or an alias by itself can only name a key of the principal's own account.
    named = question.key if key is None or owner == principal.account_id else key.arn
    call = asked_call(asked, caller, key, named, region, now)
    conditions = AskedConditions(call, needs, key, question.context, question.encryption_context)
    query = Query(
        principal=principal,
        action=needs.action,
        resource_arn="*" if key is None else key.arn,
        resource_account=owner,
        cross_account=needs.cross_account,
        context=conditions,
        encryption_context=conditions.encryption_context(),
    )
    return query, conditions


def _as_written(names: Iterable[str], decision: Decision) -> Iterator[str]:
    """Write condition keys as the policies do that ask for them."""
    written = {
        condition.key.lower(): condition.key
        for policy in decision.evaluations
        for statement in policy.evaluation.document.statements
        for condition in statement.conditions
    }
    return (written.get(name, name) for name in names)


def _notes(asked: Asked, key: KeySnapshot) -> Iterator[str]:
    try:
        check_state(asked.needs.states, key.key)
    except ServiceError as error:
        yield f"whatever policies say, the key's state is in the way: {error.message}"
