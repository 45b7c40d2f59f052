"""Whether a request may run: its keys resolved, the caller authorised, states and usages checked."""

from typing import NoReturn

from strongroom.api.call import Call
from strongroom.api.conditions import RequestConditions
from strongroom.api.declare import Needs, Operation
from strongroom.api.key_snapshots import Directory, KeySnapshot, TransactionDirectory
from strongroom.api.key_states import check_state
from strongroom.api.resolve import CiphertextKey, Resolved, Scope
from strongroom.api.resources import Resource
from strongroom.api.session_limits import check_session
from strongroom.model.arn import alias_arn
from strongroom.model.errors import AccessDenied, InternalError, InvalidKeyUsage
from strongroom.model.grant import Grant
from strongroom.model.key import KeyPlace
from strongroom.model.principal import Principal
from strongroom.policy.decide import absent_key, decide
from strongroom.policy.decision import Decision
from strongroom.policy.denial import denial_message
from strongroom.policy.query import Query


def admit(call: Call, operation: Operation, scope: Scope, directory: Directory) -> tuple[KeySnapshot, ...]:
    """Resolve the keys of a request, authorise it for each, and check their states and usages.

    Raises NotFound, InvalidArn or InvalidCiphertext for keys that are not there, AccessDenied, and the errors of
    states and usages, in this order; UnrecognizedClient for a caller that is not there any more.
    """
    if not operation.unsigned:
        call.caller = directory.caller(call.authenticated)
    check_session(operation, call.asking)
    message = call.message
    if operation.aliases:
        call.aliases = tuple(
            (scope.account_id, alias_arn(*scope, getattr(message, member))) for member in operation.aliases
        )
    call.resolved = tuple([finder.resolve(directory, scope, message) for finder in operation.key_finders])
    keys = _authorise(call, operation, scope, directory)
    key_needs = operation.key_needs
    for needs, key in zip(key_needs, keys, strict=True):
        check_state(needs.states, key.key)
    for needs, key in zip(key_needs, keys, strict=True):
        if isinstance(needs.key, CiphertextKey):
            needs.key.check(key.key, message)
        if needs.usage is not None and key.key.key_usage != needs.usage:
            raise InvalidKeyUsage(
                f"{key.arn} key usage is {key.key.key_usage} which is not valid for {operation.name}."
            )
    return keys


def _authorise(call: Call, operation: Operation, scope: Scope, directory: Directory) -> tuple[KeySnapshot, ...]:
    found = iter(call.resolved)
    keys = []
    for needs in operation.needs:
        if needs.when is not None and not needs.applies(call.asking, call.message):
            continue
        if needs.key is None:
            _authorise_without_key(call, needs, scope, directory)
        else:
            keys.append(_authorised_key(call, needs, next(found), directory))
    return tuple(keys)


def _authorised_key(call: Call, needs: Needs, resolved: Resolved, directory: Directory) -> KeySnapshot:
    key, caller = resolved.key, call.asking
    decision = absent_key() if key is None else key.decisions.get(caller, needs.action)
    if key is not None and decision is None:
        decision = _decide_on_key(call, needs, key, directory)
    if key is None or decision is None or not decision.allowed:
        query = _key_query(call, needs, resolved.arn, resolved.account_id)
        _refuse(decision or absent_key(), query, by_ciphertext=resolved.by_ciphertext is not None)
    call.by_grants = decision.grants
    return key


def _decide_on_key(call: Call, needs: Needs, key: KeySnapshot, directory: Directory) -> Decision:
    caller = call.asking
    conditions = call.conditions = RequestConditions(call, caller, needs, key)
    query = _key_query(call, needs, key.arn, key.key.place.account_id, conditions)
    grants: tuple[Grant, ...] = ()
    decision = decide(query, key.policy, caller.policies)
    # Grants are for what policies leave open: so what a grant decides is what nothing else allows.
    if needs.grantable and not decision.allowed:
        grants = _grants(directory, key.key.place, caller.principal)
        decision = decide(query, key.policy, caller.policies, grants) if grants else decision
    # Constraints of grants are conditions too; and what another account's key refuses is told by the findings.
    told = decision.allowed or not query.foreign
    if told and not conditions.varies and all(grant.constraints is None for grant in grants):
        # Without what it was worked out from, which holds this request.
        key.decisions.remember(caller, needs.action, Decision(decision.cause, grants=decision.grants))
    return decision


def _key_query(
    call: Call, needs: Needs, arn: str, account_id: str, conditions: RequestConditions | None = None
) -> Query:
    conditions = conditions or RequestConditions(call, call.asking, needs, None)
    return Query(
        principal=call.asking.principal,
        action=needs.action,
        resource_arn=arn,
        resource_account=account_id,
        cross_account=needs.cross_account,
        context=conditions,
        encryption_context=conditions.encryption_context(),
    )


def _grants(directory: Directory, place: KeyPlace, principal: Principal) -> tuple[Grant, ...]:
    """Give the grants of a key whose grantee the principal may be: itself, its role, its account."""
    names = dict.fromkeys((principal.principal_id, principal.entity_id))
    if principal.type != "AWSService":
        names[f"arn:aws:iam::{principal.account_id}:root"] = None
    return tuple(grant for name in names for grant in directory.grants(place, name))


def _authorise_without_key(call: Call, needs: Needs, scope: Scope, directory: Directory) -> None:
    resource = _resource(call, needs, scope, directory)
    conditions = call.conditions = RequestConditions(call, call.asking, needs, None, resource)
    query = Query(
        principal=call.asking.principal,
        action=needs.action,
        resource_arn=resource.arn,
        resource_account=resource.account_id,
        cross_account=needs.cross_account,
        context=conditions,
    )
    decision = decide(query, resource.policy, call.asking.policies, source=resource.source)
    if not decision.allowed:
        _refuse(decision, query)


def _resource(call: Call, needs: Needs, scope: Scope, directory: Directory) -> Resource:
    if needs.resource is not None:
        if not isinstance(directory, TransactionDirectory):
            raise InternalError("The resource of this operation is in the database.")
        resource = call.resource = needs.resource(directory.reader, call.asking.principal, call.message)
        return resource
    name = "*" if needs.alias is None else alias_arn(*scope, getattr(call.message, needs.alias))
    return Resource(arn=name, account_id=scope.account_id)


def _refuse(decision: Decision, query: Query, *, by_ciphertext: bool = False) -> NoReturn:
    if query.principal.identity_provider is not None:
        raise AccessDenied(f"Not authorized to perform {query.action}")
    raise AccessDenied(denial_message(decision, query, by_ciphertext=by_ciphertext))
