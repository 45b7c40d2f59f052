"""Finding what a request names, or saying in AWS's words that it is not there."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, TypeVar

from strongroom.model.errors import ValidationError
from strongroom.model.identity import Group, ManagedPolicy, PathedEntity, Role, User, VirtualMfaDevice
from strongroom.model.identity_errors import EntityAlreadyExistsError, LimitExceededError, NoSuchEntityError
from strongroom.model.principal import Principal
from strongroom.policy.aws_managed import MANAGED_POLICIES, AwsManagedPolicy
from strongroom.storage.store import Change, Reader

AnyManagedPolicy = ManagedPolicy | AwsManagedPolicy

P = TypeVar("P", bound=PathedEntity)

USERS_PER_ACCOUNT: Final = 5000
GROUPS_PER_ACCOUNT: Final = 300
ROLES_PER_ACCOUNT: Final = 1000
POLICIES_PER_ACCOUNT: Final = 1500

_QUOTAS: Final[Mapping[str, tuple[str, int]]] = MappingProxyType(
    {
        "user": ("UsersPerAccount", USERS_PER_ACCOUNT),
        "group": ("GroupsPerAccount", GROUPS_PER_ACCOUNT),
        "role": ("RolesPerAccount", ROLES_PER_ACCOUNT),
        "policy": ("PoliciesPerAccount", POLICIES_PER_ACCOUNT),
    }
)


def find_user(reader: Reader | Change, account_id: str, name: str) -> User:
    """Give a user of an account. Raises NoSuchEntityError."""
    return _found(reader.identities.find(User, account_id, name), "user", name)


def find_group(reader: Reader | Change, account_id: str, name: str) -> Group:
    """Give a group of an account. Raises NoSuchEntityError."""
    return _found(reader.identities.find(Group, account_id, name), "group", name)


def find_role(reader: Reader | Change, account_id: str, name: str) -> Role:
    """Give a role of an account. Raises NoSuchEntityError."""
    return _found(reader.identities.find(Role, account_id, name), "role", name)


def find_managed_policy(reader: Reader | Change, account_id: str, arn: str) -> AnyManagedPolicy:
    """Give a managed policy, the account's own or AWS's. Raises NoSuchEntityError."""
    policy = known_managed_policy(reader, account_id, arn)
    if policy is None:
        raise NoSuchEntityError(f"Policy {arn} was not found.")
    return policy


def known_managed_policy(reader: Reader | Change, account_id: str, arn: str) -> AnyManagedPolicy | None:
    """Give a managed policy, the account's own or AWS's, or None."""
    if arn in MANAGED_POLICIES:
        return MANAGED_POLICIES[arn]
    policy = reader.identities.by_arn(ManagedPolicy, arn)
    return policy if policy is not None and policy.account_id == account_id else None


def find_mfa_device(reader: Reader | Change, account_id: str, serial_number: str) -> VirtualMfaDevice:
    """Give a virtual MFA device of an account by its serial number. Raises NoSuchEntityError."""
    device = reader.identities.by_arn(VirtualMfaDevice, serial_number)
    if device is None or device.account_id != account_id:
        raise NoSuchEntityError(f"VirtualMFADevice with serial number {serial_number} doesn't exist.")
    return device


def own_user_name(principal: Principal) -> str:
    """Give the name of the user who asks. Raises ValidationError for who is not a user."""
    if principal.user_name is None:
        raise ValidationError("Must specify userName when calling with non-User credentials")
    return principal.user_name


def check_name_is_free(reader: Reader | Change, kind: type[P], account_id: str, name: str, shown_kind: str) -> None:
    """Raise EntityAlreadyExistsError where a name is taken, whatever its case; `shown_kind` is such as `User`."""
    if reader.identities.find(kind, account_id, name) is not None:
        raise EntityAlreadyExistsError(f"{shown_kind} with name {name} already exists.")


def check_account_quota(reader: Reader | Change, kind: type[P], account_id: str) -> None:
    """Raise LimitExceededError where an account has as many users, groups, roles or policies as it may."""
    quota, limit = _QUOTAS[kind.kind]
    if len(reader.identities.all(kind, account_id)) >= limit:
        raise quota_exceeded(quota, limit)


def quota_exceeded(quota: str, limit: int) -> LimitExceededError:
    """Make the error of a quota that is used up."""
    return LimitExceededError(f"Cannot exceed quota for {quota}: {limit}")


def _found(entity: P | None, kind: str, name: str) -> P:
    if entity is None:
        raise NoSuchEntityError(f"The {kind} with name {name} cannot be found.")
    return entity
