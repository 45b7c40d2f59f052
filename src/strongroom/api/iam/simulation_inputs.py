"""From the parameters of simulations to what is asked, and the errors of those that make no sense.

Source: IAM API Reference, SimulatePrincipalPolicy; texts of errors as recorded by users of IAM.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from strongroom.api.callers import compiled
from strongroom.api.iam.simulation import Compiled
from strongroom.api.iam.simulation_policies import AnyEntity, SimulatedPolicy, given_policies
from strongroom.api.iam.simulation_types import ContextEntry
from strongroom.model.identity import Group, PathedEntity, Role, User
from strongroom.model.identity_errors import InvalidInputError, NoSuchEntityError
from strongroom.model.principal import Principal, role_session_principal, user_principal
from strongroom.policy.callers import Source
from strongroom.policy.document import parse_key_policy, parse_trust_policy
from strongroom.policy.syntax import PolicySyntaxError
from strongroom.storage.store import Change, Reader

Context = Mapping[str, tuple[str, ...]]

_ENTITY: Final = re.compile(r"arn:aws:iam::([0-9]{12}):(user|group|role)/(?:.*/)?([\w+=,.@-]+)", re.ASCII)
_ACCOUNT: Final = re.compile(r"arn:aws:iam::([0-9]{12}):root", re.ASCII)
_ACTION: Final = re.compile(r"[A-Za-z0-9-]+:[A-Za-z0-9-]+", re.ASCII)
_ARN_COLONS: Final = 5
_SESSION_NAME: Final = "simulated"


def policy_source(reader: Reader, account_id: str, arn: str) -> AnyEntity:
    """Give the user, group or role whose policies are simulated.

    Raises:
        InvalidInputError: it is not the ARN of one, or of another account.
        NoSuchEntityError: there is none.
    """
    owner, kind, name = _entity_parts(arn)
    if owner != account_id:
        refusal = f"caller's account {account_id} does not have access to policies in account {owner}"
        raise InvalidInputError(f"Invalid Policy Source Arn: {refusal}")
    entity = find_entity(reader, arn)
    if entity is None:
        raise NoSuchEntityError(f"The {kind} with name {name} cannot be found.")
    return entity


def principal_of(entity: AnyEntity) -> Principal:
    """Give an entity as who asks; a group as if it were a user."""
    if isinstance(entity, Role):
        return role_session_principal(entity.account_id, entity.arn, entity.role_id, _SESSION_NAME)
    return user_principal(entity.account_id, entity.arn, entity.unique_id or "", entity.name)


def named_caller(arn: str) -> Principal:
    """Give the principal of an ARN, whether there is one or not. Raises InvalidInputError."""
    account_id, kind, name = _entity_parts(arn)
    if kind == Role.kind:
        return role_session_principal(account_id, arn, "", _SESSION_NAME)
    return user_principal(account_id, arn, "", name)


def principal_context(principal: Principal, tags: Mapping[str, str], now: float) -> Context:
    """Give the condition keys that hang on who asks and when; what is given goes before them."""
    moment = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    found = {
        "aws:currenttime": (moment,),
        "aws:epochtime": (str(int(now)),),
        "aws:principalarn": (principal.role_arn or principal.arn,),
        "aws:principalaccount": (principal.account_id,),
        "aws:principaltype": ("User" if principal.type == "IAMUser" else principal.type,),
        **{f"aws:principaltag/{key.lower()}": (value,) for key, value in tags.items()},
    }
    if principal.type == "IAMUser" and principal.user_name is not None:
        found["aws:username"] = (principal.user_name,)
        if principal.principal_id:
            found["aws:userid"] = (principal.principal_id,)
    return found


def given_context(entries: Sequence[ContextEntry] | None) -> Context:
    """Give the condition keys that the request brings; one without values is missing."""
    return {
        entry.context_key_name.lower(): tuple(entry.context_key_values)
        for entry in entries or ()
        if entry.context_key_name and entry.context_key_values
    }


def check_actions(names: Iterable[str]) -> None:
    """Refuse actions with wildcards and without a service. Raises InvalidInputError."""
    for name in names:
        if not _ACTION.fullmatch(name):
            raise InvalidInputError(f"Invalid Action Name: {name}.")


def check_resources(arns: Iterable[str] | None) -> None:
    """Refuse resources that are neither `*` nor ARNs. Raises InvalidInputError."""
    for arn in arns or ():
        if arn != "*" and not (arn.startswith("arn:") and arn.count(":") >= _ARN_COLONS):
            raise InvalidInputError(f"ResourceNames are not in a valid ARN format: {arn}.")


def resource_owner(arn: str | None) -> str | None:
    """Give the id of the account that owns resources. Raises InvalidInputError."""
    if arn is None:
        return None
    match = _ACCOUNT.fullmatch(arn)
    if match is None:
        raise InvalidInputError(f"'{arn}' is not a valid as a Resource Owner.")
    return match[1]


def compiled_policies(policies: Iterable[SimulatedPolicy]) -> tuple[Compiled, ...]:
    """Read identity-based policies. Raises InvalidInputError."""
    return tuple(map(_compiled, policies))


def one_boundary(texts: Sequence[str] | None, own: Sequence[SimulatedPolicy]) -> Compiled | None:
    """Give the permissions boundary: the given one takes the place of the entity's own. Raises InvalidInputError."""
    given = given_policies("PermissionsBoundaryPolicyInputList", texts)
    if len(given) > 1:
        raise InvalidInputError("You can specify only one permissions boundary policy.")
    return next(map(_compiled, given or tuple(own)), None)


def compiled_resource_policy(
    text: str | None, caller: Principal, actions: Sequence[str]
) -> tuple[Compiled | None, Source]:
    """Read a resource-based policy: of a role where all actions are of STS. Raises InvalidInputError."""
    of_role = all(action.startswith("sts:") for action in actions)
    source = Source.TRUST_POLICY if of_role else Source.KEY_POLICY
    if text is None:
        return None, source
    if caller.type != "IAMUser":
        raise InvalidInputError("Invalid caller - Caller must be an IAM user in this context.")
    policy = SimulatedPolicy(policy_id="ResourcePolicy", policy_type="resource", text=text)
    try:
        document = parse_trust_policy(text) if of_role else parse_key_policy(text)
    except PolicySyntaxError as error:
        raise _malformed(policy, error) from None
    return Compiled(policy=policy, document=document), source


def tags_of(entity: AnyEntity) -> Mapping[str, str]:
    """Give the tags of an entity; groups have none."""
    return {} if isinstance(entity, Group) else entity.tags


def find_entity(reader: Reader | Change, arn: str) -> AnyEntity | None:
    """Give the user, group or role of an ARN, or None."""
    found = reader.identities.by_arn(PathedEntity, arn)
    return found if isinstance(found, User | Group | Role) else None


def _compiled(policy: SimulatedPolicy) -> Compiled:
    try:
        return Compiled(policy=policy, document=compiled(policy.text))
    except PolicySyntaxError as error:
        raise _malformed(policy, error) from None


def _malformed(policy: SimulatedPolicy, error: PolicySyntaxError) -> InvalidInputError:
    return InvalidInputError(f"{policy.policy_id}: {error.reason}")


def _entity_parts(arn: str) -> tuple[str, str, str]:
    match = _ENTITY.fullmatch(arn)
    if match is None:
        raise InvalidInputError(f"Invalid Entity Arn: {arn} does not clearly define entity type and name.")
    return match[1], match[2], match[3]
