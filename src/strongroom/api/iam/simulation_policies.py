"""The policies of a simulation: those that an entity has, those that the request brings, and those that it leaves out.

Source: IAM API Reference, SimulatePrincipalPolicy and PolicyIdentifier.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from strongroom.api.callers import managed_policy_text
from strongroom.api.iam.simulation_types import PolicyIdentifier, SourcePolicyType
from strongroom.model.account import AccountSettings
from strongroom.model.identity import Group, Role, User
from strongroom.model.identity_errors import InvalidInputError
from strongroom.policy.vocabulary import covers
from strongroom.storage.store import Reader

AnyEntity = User | Group | Role

_OF_AWS: Final = "arn:aws:iam::aws:"
_ARN_PARTS: Final = 6
_INLINE_TYPES: Final[Mapping[str, SourcePolicyType]] = {User.kind: "user", Group.kind: "group", Role.kind: "role"}
_INLINE: Final = frozenset(_INLINE_TYPES.values())


class SimulatedPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """A policy that takes part in a simulation.

    Attributes:
        policy_id: what answers call it.
        arn: of a managed policy, else None.
        attached_to: name of the entity that has it inline, else None.
    """

    policy_id: str
    policy_type: SourcePolicyType
    text: str
    arn: str | None = None
    attached_to: str | None = None


class Exclusions(msgspec.Struct, frozen=True, kw_only=True):
    """What a request leaves out."""

    identifiers: tuple[PolicyIdentifier, ...] = ()

    def leaves_out_all(self, policy_type: str) -> bool:
        """Whether all policies of a type are left out."""
        return any(each.policy_type == policy_type for each in self.identifiers)

    def keeps(self, policy: SimulatedPolicy) -> bool:
        """Whether a policy is left in."""
        return not any(_identifies(each, policy) for each in self.identifiers)


NO_EXCLUSIONS: Final = Exclusions()


def checked_exclusions(identifiers: Sequence[PolicyIdentifier] | None) -> Exclusions:
    """Give what a request leaves out. Raises InvalidInputError where it is not clear what that is."""
    for each in identifiers or ():
        given = [value for value in msgspec.structs.astuple(each) if value is not None]
        if len(given) != 1:
            raise InvalidInputError("A policy identifier must have exactly one member.")
        for pattern in _patterns(each):
            if pattern.count("*") > 1:
                raise InvalidInputError(f"A policy identifier can have one * at most: {pattern}.")
        if each.policy_arn is not None:
            _check_arn(each.policy_arn)
    return Exclusions(identifiers=tuple(identifiers or ()))


def given_policies(member: str, texts: Sequence[str] | None) -> tuple[SimulatedPolicy, ...]:
    """Give the policies that a member of the request brings."""
    return tuple(
        SimulatedPolicy(policy_id=f"{member}.{number}", policy_type="none", text=text)
        for number, text in enumerate(texts or (), 1)
    )


def policies_of(reader: Reader, entity: AnyEntity) -> Iterator[SimulatedPolicy]:
    """Give the identity-based policies of an entity, of a user with those of its groups."""
    for name, text in entity.inline_policies.items():
        yield SimulatedPolicy(
            policy_id=name, policy_type=_INLINE_TYPES[entity.kind], text=text, attached_to=entity.name
        )
    yield from _managed(reader, entity.attached)
    if isinstance(entity, User):
        groups = (reader.identities.by_id(Group, group_id) for group_id in entity.group_ids)
        yield from (policy for group in groups if group is not None for policy in policies_of(reader, group))


def boundary_of(reader: Reader, entity: AnyEntity) -> tuple[SimulatedPolicy, ...]:
    """Give the permissions boundary of an entity, where it has one."""
    arn = None if isinstance(entity, Group) else entity.permissions_boundary
    return () if arn is None else tuple(_managed(reader, (arn,)))


def service_control_of(reader: Reader, account_id: str) -> tuple[SimulatedPolicy, ...]:
    """Give the service control policies of an account."""
    settings = reader.identities.find(AccountSettings, account_id, AccountSettings.settings_name)
    texts = {} if settings is None else settings.service_control_policies
    return tuple(SimulatedPolicy(policy_id=name, policy_type="none", text=text) for name, text in texts.items())


def _managed(reader: Reader, arns: Iterable[str]) -> Iterator[SimulatedPolicy]:
    found = ((arn, managed_policy_text(reader, arn)) for arn in arns)
    return (_managed_policy(arn, text) for arn, text in found if text is not None)


def _managed_policy(arn: str, text: str) -> SimulatedPolicy:
    kind: SourcePolicyType = "aws-managed" if arn.startswith(_OF_AWS) else "user-managed"
    return SimulatedPolicy(policy_id=arn.rpartition("/")[2], policy_type=kind, text=text, arn=arn)


def _identifies(identifier: PolicyIdentifier, policy: SimulatedPolicy) -> bool:
    if identifier.policy_type is not None:
        shown = "inline" if policy.policy_type in _INLINE else policy.policy_type
        return identifier.policy_type == shown
    if identifier.policy_arn is not None:
        return policy.arn is not None and covers(identifier.policy_arn, policy.arn)
    inline = identifier.inline_policy_identifier
    return (
        inline is not None
        and policy.attached_to is not None
        and inline.policy_name == policy.policy_id
        and inline.attachment_type == policy.policy_type
        and covers(inline.attachment_name, policy.attached_to)
    )


def _patterns(identifier: PolicyIdentifier) -> Iterator[str]:
    if identifier.policy_arn is not None:
        yield identifier.policy_arn
    if identifier.inline_policy_identifier is not None:
        yield identifier.inline_policy_identifier.attachment_name


def _check_arn(arn: str) -> None:
    parts = arn.split(":", _ARN_PARTS - 1)
    if len(parts) != _ARN_PARTS or parts[0] != "arn" or any("*" in part or "?" in part for part in parts[:-1]):
        raise InvalidInputError(f"A policy identifier has an ARN that is not valid: {arn}.")
