"""Each declared operation against botocore's service model of IAM, so that an omission fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
from botocore.loaders import Loader

from strongroom.api.iam import OPERATIONS
from strongroom.api.iam.rules import NAME, PATH
from strongroom.model import errors, identity_errors
from strongroom.policy.iam_actions import IAM_ACTIONS
from strongroom.protocol.query import IAM_NAMESPACE, IAM_VERSION
from strongroom.protocol.structures import AwsStruct
from tests.support.conformance import Conformance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from strongroom.api.declare import Operation

SHAPES: Final[dict[str, Any]] = Loader(include_default_search_paths=True).load_service_model("iam", "service-2")[
    "shapes"
]

USERS: Final = "CreateUser GetUser ListUsers UpdateUser DeleteUser TagUser UntagUser ListUserTags"
USER_POLICIES: Final = """
    PutUserPolicy GetUserPolicy DeleteUserPolicy ListUserPolicies AttachUserPolicy DetachUserPolicy
    ListAttachedUserPolicies PutUserPermissionsBoundary DeleteUserPermissionsBoundary
"""
GROUPS: Final = """
    CreateGroup GetGroup ListGroups UpdateGroup DeleteGroup AddUserToGroup RemoveUserFromGroup ListGroupsForUser
    PutGroupPolicy GetGroupPolicy DeleteGroupPolicy ListGroupPolicies AttachGroupPolicy DetachGroupPolicy
    ListAttachedGroupPolicies
"""
CREDENTIALS: Final = """
    CreateAccessKey UpdateAccessKey DeleteAccessKey ListAccessKeys GetAccessKeyLastUsed CreateLoginProfile
    GetLoginProfile UpdateLoginProfile DeleteLoginProfile ChangePassword GetAccountPasswordPolicy
    UpdateAccountPasswordPolicy DeleteAccountPasswordPolicy
"""
MFA_DEVICES: Final = """
    CreateVirtualMFADevice EnableMFADevice DeactivateMFADevice DeleteVirtualMFADevice ListMFADevices
    ListVirtualMFADevices GetMFADevice ResyncMFADevice TagMFADevice UntagMFADevice ListMFADeviceTags
"""
ROLES: Final = """
    CreateRole GetRole ListRoles UpdateRole UpdateRoleDescription UpdateAssumeRolePolicy DeleteRole TagRole UntagRole
    ListRoleTags PutRolePolicy GetRolePolicy DeleteRolePolicy ListRolePolicies AttachRolePolicy DetachRolePolicy
    ListAttachedRolePolicies PutRolePermissionsBoundary DeleteRolePermissionsBoundary ListInstanceProfiles
    ListInstanceProfilesForRole GetInstanceProfile
"""
POLICIES: Final = """
    CreatePolicy GetPolicy ListPolicies DeletePolicy CreatePolicyVersion GetPolicyVersion ListPolicyVersions
    DeletePolicyVersion SetDefaultPolicyVersion ListEntitiesForPolicy TagPolicy UntagPolicy ListPolicyTags
"""
OIDC_PROVIDERS: Final = """
    CreateOpenIDConnectProvider GetOpenIDConnectProvider ListOpenIDConnectProviders DeleteOpenIDConnectProvider
    UpdateOpenIDConnectProviderThumbprint AddClientIDToOpenIDConnectProvider
    RemoveClientIDFromOpenIDConnectProvider TagOpenIDConnectProvider UntagOpenIDConnectProvider
    ListOpenIDConnectProviderTags
"""
ACCOUNT: Final = """
    CreateAccountAlias DeleteAccountAlias ListAccountAliases GetAccountSummary GetAccountAuthorizationDetails
    GenerateCredentialReport GetCredentialReport
"""
SIMULATION: Final = """
    SimulatePrincipalPolicy SimulateCustomPolicy GetContextKeysForCustomPolicy GetContextKeysForPrincipalPolicy
"""
DECLARED: Final = {
    name
    for names in (
        USERS,
        USER_POLICIES,
        GROUPS,
        CREDENTIALS,
        MFA_DEVICES,
        ROLES,
        POLICIES,
        OIDC_PROVIDERS,
        ACCOUNT,
        SIMULATION,
    )
    for name in names.split()
}

# Operations of the model that are not declared, by why they are not.
NOT_DECLARED: Final = {
    "nothing here runs on instances, so that there is no profile of one": """
        CreateInstanceProfile DeleteInstanceProfile AddRoleToInstanceProfile RemoveRoleFromInstanceProfile
        TagInstanceProfile UntagInstanceProfile ListInstanceProfileTags
    """,
    "no service makes roles of its own here": """
        CreateServiceLinkedRole DeleteServiceLinkedRole GetServiceLinkedRoleDeletionStatus
    """,
    "credentials of services that are not here": """
        UploadServerCertificate GetServerCertificate ListServerCertificates UpdateServerCertificate
        DeleteServerCertificate TagServerCertificate UntagServerCertificate ListServerCertificateTags
        UploadSigningCertificate ListSigningCertificates UpdateSigningCertificate DeleteSigningCertificate
        UploadSSHPublicKey GetSSHPublicKey ListSSHPublicKeys UpdateSSHPublicKey DeleteSSHPublicKey
        CreateServiceSpecificCredential ListServiceSpecificCredentials ResetServiceSpecificCredential
        UpdateServiceSpecificCredential DeleteServiceSpecificCredential
    """,
    "SAML is not spoken": """
        CreateSAMLProvider GetSAMLProvider ListSAMLProviders UpdateSAMLProvider DeleteSAMLProvider TagSAMLProvider
        UntagSAMLProvider ListSAMLProviderTags
    """,
    "nobody delegates requests to product providers": """
        AcceptDelegationRequest AssociateDelegationRequest CreateDelegationRequest GetDelegationRequest
        GetHumanReadableSummary ListDelegationRequests RejectDelegationRequest SendDelegationToken
        UpdateDelegationRequest
    """,
    "roles are made by CreateRole only": "AcquireRole GetRoleTemplateVersion",
    "no token for others is issued": """
        EnableOutboundWebIdentityFederation DisableOutboundWebIdentityFederation GetOutboundWebIdentityFederationInfo
    """,
    "which services were used last is not kept": """
        GenerateServiceLastAccessedDetails GetServiceLastAccessedDetails GetServiceLastAccessedDetailsWithEntities
        ListPoliciesGrantingServiceAccess
    """,
    "accounts have no such settings": "GetAccountProperties PutAccountProperties SetSecurityTokenServicePreferences",
    "there is no organization": """
        EnableOrganizationsRootCredentialsManagement DisableOrganizationsRootCredentialsManagement
        EnableOrganizationsRootSessions DisableOrganizationsRootSessions ListOrganizationsFeatures
        GenerateOrganizationsAccessReport GetOrganizationsAccessReport
    """,
}

# Members of responses that no answer of this server can have, by structure, each with its reason.
ABSENT: Final[dict[str, dict[str, str]]] = {
    "GetMFADeviceResponse": {"Certifications": "only FIDO devices have them"},
    "Role": {"SourceRoleTemplate": "roles are made by CreateRole only"},
}

CONFORMANCE: Final = Conformance(
    "iam",
    ABSENT,
    {NAME: r"[\w+=,.@-]+", PATH: r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)"},
    # Unicode classes, which Python does not know: `tag_rules` checks them.
    frozenset({"tagKeyType", "tagValueType"}),
)


def operations() -> list[Any]:
    return [pytest.param(each, id=name) for name, each in OPERATIONS.items()]


def test_these_operations_are_declared() -> None:
    assert set(OPERATIONS) == DECLARED
    assert all(name == each.name for name, each in OPERATIONS.items())


def test_every_other_operation_of_the_model_has_a_reason() -> None:
    reasoned = " ".join(NOT_DECLARED.values()).split()
    assert len(reasoned) == len(set(reasoned))
    assert set(CONFORMANCE.model.operation_names) - DECLARED - set(reasoned) == set()
    assert set(reasoned) & DECLARED == set()


def test_the_protocol_is_that_of_the_model() -> None:
    metadata: Any = CONFORMANCE.model.metadata
    assert metadata["apiVersion"] == IAM_VERSION
    assert metadata["xmlNamespace"] == IAM_NAMESPACE
    assert metadata["protocol"] == "query"


@pytest.mark.parametrize("operation", operations())
def test_requests_have_the_members_the_order_and_the_limits_of_the_model(operation: Operation) -> None:
    shape = CONFORMANCE.operation(operation.name).input_shape
    assert list(CONFORMANCE.request_faults(operation.request, shape, operation.name)) == []


@pytest.mark.parametrize("operation", operations())
def test_responses_have_the_members_of_the_model(operation: Operation) -> None:
    shape = CONFORMANCE.operation(operation.name).output_shape
    if shape is None:
        assert operation.response is type(None)
    else:
        assert issubclass(operation.response, AwsStruct)
        assert list(CONFORMANCE.response_faults(operation.response, shape, operation.name)) == []


@pytest.mark.parametrize("operation", operations())
def test_each_operation_needs_the_action_of_its_name(operation: Operation) -> None:
    first, *more = (needs.action for needs in operation.needs)
    assert first == f"iam:{operation.name}"
    # A new name is a second resource, and tags of what is made need the permission to tag.
    assert all(action == first or action.startswith("iam:Tag") for action in more)
    assert operation.name in IAM_ACTIONS


@pytest.mark.parametrize("operation", operations())
def test_no_record_shows_a_secret(operation: Operation) -> None:
    secret = {"password", "old_password", "new_password", "authentication_code1", "authentication_code2"}
    assert secret.isdisjoint(member for _, member in operation.logs)


def iam_errors() -> Iterator[type[errors.ServiceError]]:
    for each in vars(identity_errors).values():
        if isinstance(each, type) and issubclass(each, errors.ServiceError) and each is not errors.ServiceError:
            yield each


@pytest.mark.parametrize("error", list(iam_errors()), ids=lambda error: error.__name__)
def test_every_error_is_one_of_the_model(error: type[errors.ServiceError]) -> None:
    modelled = {
        shape["error"]["code"]: shape["error"]["httpStatusCode"]
        for shape in SHAPES.values()
        if shape.get("exception") and "error" in shape
    }
    assert modelled[error.code] == error.status


def test_a_comparison_finds_differences() -> None:
    class Bad(AwsStruct, frozen=True, kw_only=True):
        user_name: str | None = None
        path: int

    class Worse(AwsStruct, frozen=True, kw_only=True):
        user: list[str]
        nothing: str

    request, response = CONFORMANCE.operation("CreateUser").input_shape, CONFORMANCE.operation("GetUser").output_shape
    assert request is not None
    assert response is not None
    found = "\n".join(CONFORMANCE.request_faults(Bad, request, "CreateUser"))
    assert "but the model has ['Path', 'UserName'" in found
    assert "UserName: required" in found
    assert "UserName: ('string', None, None, None), but the model has ('string', 1, 64, '[\\\\w+=,.@-]+')" in found
    assert "Path: ('integer', None, None), but the model has" in found
    found = "\n".join(CONFORMANCE.response_faults(Worse, response, "GetUser"))
    assert "has ['Nothing']" in found
    assert "User: list" in found
