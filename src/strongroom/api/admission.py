"""Whether a request may run: its keys resolved, the caller authorised, states and usages checked."""

from strongroom.api.call import Call
from strongroom.api.declare import Operation
from strongroom.api.key_states import check_state
from strongroom.api.resolve import Scope
from strongroom.api.snapshots import Directory, KeySnapshot
from strongroom.model.arn import alias_arn
from strongroom.model.errors import AccessDenied, InvalidKeyUsage
from strongroom.policy.decide import absent_key, decide
from strongroom.policy.denial import denial_message
from strongroom.policy.query import Query


def admit(call: Call, operation: Operation, scope: Scope, directory: Directory) -> tuple[KeySnapshot, ...]:
    """Resolve the keys of a request, authorise it for each, and check their states and usages.

    Raises NotFound, InvalidArn or InvalidCiphertext for keys that are not there, AccessDenied, and the errors of
    states and usages, in this order.
    """
    call.aliases = tuple(
        (scope.account_id, alias_arn(*scope, getattr(call.message, needs.alias)))
        for needs in operation.needs
        if needs.alias is not None
    )
    call.resolved = tuple(
        needs.key.resolve(directory, scope, call.message) for needs in operation.needs if needs.key is not None
    )
    keys = _authorise(call, operation, scope)
    for needs, key in zip(operation.key_needs, keys, strict=True):
        check_state(needs.states, key.key)
    for needs, key in zip(operation.key_needs, keys, strict=True):
        if needs.usage is not None and key.key.key_usage != needs.usage:
            raise InvalidKeyUsage(
                f"{key.arn} key usage is {key.key.key_usage} which is not valid for {operation.name}."
            )
    return keys


def _authorise(call: Call, operation: Operation, scope: Scope) -> tuple[KeySnapshot, ...]:
    found = iter(call.resolved)
    keys = []
    for needs in operation.needs:
        if needs.key is None:
            _authorise_without_key(call, needs.action, needs.alias, scope)
            continue
        resolved = next(found)
        query = Query(
            principal=call.principal,
            action=needs.action,
            resource_arn=resolved.arn,
            resource_account=resolved.account_id,
            cross_account=needs.cross_account,
        )
        key = resolved.key
        decision = absent_key() if key is None else decide(query, key.policy)
        if key is None or not decision.allowed:
            raise AccessDenied(denial_message(decision, query, by_ciphertext=resolved.by_ciphertext is not None))
        keys.append(key)
    return tuple(keys)


def _authorise_without_key(call: Call, action: str, alias: str | None, scope: Scope) -> None:
    resource = "*" if alias is None else alias_arn(*scope, getattr(call.message, alias))
    query = Query(principal=call.principal, action=action, resource_arn=resource, resource_account=scope.account_id)
    decision = decide(query, None)
    if not decision.allowed:
        raise AccessDenied(denial_message(decision, query))
