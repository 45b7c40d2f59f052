"""The IAM API, by subject."""

from strongroom.api.declare import Operation, collect
from strongroom.api.iam import (
    access_keys,
    account_aliases,
    account_summary,
    authorization_details,
    credential_reports,
    group_members,
    group_policies,
    groups,
    instance_profiles,
    login_profiles,
    mfa_assignments,
    mfa_device_tags,
    mfa_devices,
    oidc_provider_changes,
    oidc_providers,
    password_policy,
    policies,
    policy_entities,
    policy_tags,
    policy_versions,
    role_policies,
    role_tags,
    roles,
    simulate,
    user_policies,
    users,
)
from strongroom.api.iam.rules import with_rules

_MODULES = (
    users,
    user_policies,
    groups,
    group_members,
    group_policies,
    access_keys,
    login_profiles,
    password_policy,
    mfa_devices,
    mfa_device_tags,
    mfa_assignments,
    roles,
    role_policies,
    role_tags,
    instance_profiles,
    policies,
    policy_versions,
    policy_entities,
    policy_tags,
    oidc_providers,
    oidc_provider_changes,
    account_aliases,
    account_summary,
    authorization_details,
    credential_reports,
    simulate,
)

OPERATIONS: dict[str, Operation] = collect(
    "iam", (with_rules(operation) for module in _MODULES for operation in module.OPERATIONS)
)
