"""GetAccountSummary.

Source: IAM API Reference, GetAccountSummary; IAM User Guide, "IAM and AWS STS quotas".
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from strongroom.api.context import ReadContext
from strongroom.api.declare import Needs, operation
from strongroom.api.iam.access_keys import ACCESS_KEYS_PER_USER
from strongroom.api.iam.attached_policies import ATTACHED_PER_ENTITY
from strongroom.api.iam.entities import (
    GROUPS_PER_ACCOUNT,
    POLICIES_PER_ACCOUNT,
    ROLES_PER_ACCOUNT,
    USERS_PER_ACCOUNT,
)
from strongroom.api.iam.group_members import GROUPS_PER_USER
from strongroom.api.iam.managed_policy_documents import POLICY_SIZE
from strongroom.api.iam.policy_versions import VERSIONS_PER_POLICY
from strongroom.api.iam.trust_policies import TRUST_POLICY_SIZE
from strongroom.model.account import AccountSettings
from strongroom.model.identity import Group, ManagedPolicy, OidcProvider, Role, User, VirtualMfaDevice
from strongroom.protocol.structures import AwsStruct
from strongroom.storage.store import Reader

_QUOTAS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "UsersQuota": USERS_PER_ACCOUNT,
        "GroupsQuota": GROUPS_PER_ACCOUNT,
        "RolesQuota": ROLES_PER_ACCOUNT,
        "PoliciesQuota": POLICIES_PER_ACCOUNT,
        "GroupsPerUserQuota": GROUPS_PER_USER,
        "AccessKeysPerUserQuota": ACCESS_KEYS_PER_USER,
        "AttachedPoliciesPerUserQuota": ATTACHED_PER_ENTITY,
        "AttachedPoliciesPerGroupQuota": ATTACHED_PER_ENTITY,
        "AttachedPoliciesPerRoleQuota": ATTACHED_PER_ENTITY,
        "UserPolicySizeQuota": 2048,
        "GroupPolicySizeQuota": 5120,
        "RolePolicySizeQuota": 10240,
        "PolicySizeQuota": POLICY_SIZE,
        "AssumeRolePolicySizeQuota": TRUST_POLICY_SIZE,
        "VersionsPerPolicyQuota": VERSIONS_PER_POLICY,
        "PolicyVersionsInUseQuota": 10000,
    }
)
# What is not here: instances, and credentials of services.
_NOT_HERE: Final[Mapping[str, int]] = MappingProxyType(
    {
        "InstanceProfiles": 0,
        "InstanceProfilesQuota": 0,
        "ServerCertificates": 0,
        "ServerCertificatesQuota": 0,
        "SigningCertificatesPerUserQuota": 0,
        "AccountSigningCertificatesPresent": 0,
        "GlobalEndpointTokenVersion": 1,
    }
)


class GetAccountSummaryRequest(AwsStruct, frozen=True, kw_only=True):
    """GetAccountSummary."""


class GetAccountSummaryResponse(AwsStruct, frozen=True, kw_only=True):
    """GetAccountSummary."""

    summary_map: dict[str, int]


@operation(Needs("iam:GetAccountSummary"))
def get_account_summary(context: ReadContext, _request: GetAccountSummaryRequest) -> GetAccountSummaryResponse:
    """Count what the account has, and tell its quotas."""
    counts = _counts(context.reader, context.scope.account_id)
    return GetAccountSummaryResponse(summary_map=dict(sorted({**counts, **_QUOTAS, **_NOT_HERE}.items())))


def _counts(reader: Reader, account_id: str) -> dict[str, int]:
    entities = reader.identities
    policies = entities.all(ManagedPolicy, account_id)
    devices = entities.all(VirtualMfaDevice, account_id)
    settings = entities.find(AccountSettings, account_id, AccountSettings.settings_name)
    return {
        "Users": len(entities.all(User, account_id)),
        "Groups": len(entities.all(Group, account_id)),
        "Roles": len(entities.all(Role, account_id)),
        "Policies": len(policies),
        "PolicyVersionsInUse": sum(len(policy.versions) for policy in policies),
        "Providers": len(entities.all(OidcProvider, account_id)),
        "MFADevices": len(devices),
        "MFADevicesInUse": sum(device.user_id is not None for device in devices),
        "AccountMFAEnabled": int(any(device.user_id == account_id for device in devices)),
        "AccountAccessKeysPresent": int(bool(reader.accounts.access_keys_of(account_id))),
        "AccountPasswordPresent": int(settings is not None and settings.root_login is not None),
    }


OPERATIONS = (get_account_summary,)
