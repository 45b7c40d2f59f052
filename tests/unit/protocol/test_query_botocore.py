"""What botocore writes is what we read, and what we write is what botocore reads."""

from typing import Annotated, Any, Literal
from urllib.parse import urlencode

import botocore.session
import msgspec
import pytest
from botocore.model import OperationModel, ServiceModel
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Meta

from strongroom.model.errors import AccessDenied, InternalError, ServiceError
from strongroom.model.request import Request
from strongroom.protocol import query
from strongroom.protocol.query_errors import IAM_NAMESPACE, STS_NAMESPACE, query_error
from strongroom.protocol.query_xml import encode, error_body
from strongroom.protocol.structures import AwsStruct, Timestamp
from tests.support.query_shapes import ECHO, EVERYTHING, NUMBERS, SECONDS, TEXT, Everything, plain

REQUEST_ID = "7a62c49f-347e-4fc4-9331-6e8eEXAMPLE"
Params = dict[str, Any]


class Tag(AwsStruct, frozen=True, kw_only=True):
    key: Annotated[str, Meta(min_length=1)]
    value: str


class CreateRoleRequest(AwsStruct, frozen=True, kw_only=True):
    role_name: str
    assume_role_policy_document: str
    path: str | None = None
    description: str | None = None
    max_session_duration: int | None = None
    tags: list[Tag] | None = None


class ContextEntry(AwsStruct, frozen=True, kw_only=True):
    context_key_name: str | None = None
    context_key_values: list[str] | None = None
    context_key_type: Literal["string", "numericList"] | None = None


class SimulateCustomPolicyRequest(AwsStruct, frozen=True, kw_only=True):
    policy_input_list: list[str]
    action_names: list[str]
    context_entries: list[ContextEntry] | None = None
    max_items: int | None = None


class PolicyDescriptor(AwsStruct, frozen=True, kw_only=True):
    arn: str | None = msgspec.field(default=None, name="arn")


class AssumeRoleRequest(AwsStruct, frozen=True, kw_only=True):
    role_arn: str
    role_session_name: str
    policy_arns: list[PolicyDescriptor] | None = None
    duration_seconds: int | None = None
    transitive_tag_keys: list[str] | None = None


class RoleUse(AwsStruct, frozen=True, kw_only=True):
    last_used_date: Timestamp | None = None
    region: str | None = None


class Role(AwsStruct, frozen=True, kw_only=True):
    path: str
    role_name: str
    role_id: str
    arn: str
    create_date: Timestamp
    tags: list[Tag] | None = None
    role_last_used: RoleUse | None = None


class ListRolesResponse(AwsStruct, frozen=True, kw_only=True):
    roles: list[Role]
    is_truncated: bool | None = None
    marker: str | None = None


class GetAccountSummaryResponse(AwsStruct, frozen=True, kw_only=True):
    summary_map: dict[str, int] | None = None


class GetCredentialReportResponse(AwsStruct, frozen=True, kw_only=True):
    content: bytes | None = None
    report_format: Literal["text/csv"] | None = None
    generated_time: Timestamp | None = None


class GetCallerIdentityResponse(AwsStruct, frozen=True, kw_only=True):
    user_id: str | None = None
    account: str | None = None
    arn: str | None = None


def service(name: str) -> ServiceModel:
    return botocore.session.get_session().get_service_model(name)


IAM, STS = service("iam"), service("sts")

# XML has no other characters; in a form there would be more.
NAME = TEXT.filter(bool)
TAGS = st.lists(st.fixed_dictionaries({"Key": NAME, "Value": TEXT}), max_size=12)


def sent(operation: OperationModel, params: Params) -> Request:
    """Give the request that botocore sends."""
    made = create_serializer("query", include_validation=False).serialize_to_request(params, operation)
    headers = tuple((name.lower(), value) for name, value in made["headers"].items())
    body = urlencode(made["body"]).encode()
    return Request(method="POST", path="/", query="", headers=headers, body=body, source_ip="192.0.2.1")


def check_request(model: ServiceModel, name: str, structure: type[AwsStruct], params: Params) -> None:
    found = query.parameters(sent(model.operation_model(name), params))
    assert query.operation_name(found, model.api_version) == name
    assert query.decode(structure, found) == msgspec.convert(plain(params), structure)


def parsed(model: ServiceModel, name: str, body: bytes, status: int = 200) -> Params:
    response = {"body": body, "headers": {"content-type": "text/xml"}, "status_code": status}
    shape: Any = model.operation_model(name).output_shape  # None too, which the stubs forget
    result: Params = create_parser("query").parse(response, shape)
    metadata = result.pop("ResponseMetadata")
    assert metadata["RequestId"] == REQUEST_ID
    assert metadata["HTTPStatusCode"] == status
    return result


def check_response(model: ServiceModel, name: str, response: AwsStruct) -> None:
    body = encode(name, model.metadata["xmlNamespace"], response, REQUEST_ID)
    assert plain(parsed(model, name, body)) == msgspec.to_builtins(response)


@given(ECHO)
def test_requests_with_every_shape(params: Params) -> None:
    check_request(EVERYTHING, "Echo", Everything, params)


@given(ECHO)
def test_responses_with_every_shape(params: Params) -> None:
    check_response(EVERYTHING, "Echo", msgspec.convert(plain(params), Everything))


@settings(max_examples=30)
@given(
    st.fixed_dictionaries(
        {"RoleName": TEXT, "AssumeRolePolicyDocument": TEXT},
        optional={"Path": TEXT, "Description": TEXT, "MaxSessionDuration": NUMBERS, "Tags": TAGS},
    )
)
def test_create_role(params: Params) -> None:
    check_request(IAM, "CreateRole", CreateRoleRequest, params)


ENTRIES = st.fixed_dictionaries(
    {"ContextKeyName": TEXT},
    optional={
        "ContextKeyValues": st.lists(TEXT, max_size=3),
        "ContextKeyType": st.sampled_from(["string", "numericList"]),
    },
)


@settings(max_examples=30)
@given(
    st.fixed_dictionaries(
        {"PolicyInputList": st.lists(TEXT, max_size=3), "ActionNames": st.lists(TEXT, max_size=11)},
        optional={"ContextEntries": st.lists(ENTRIES, max_size=3), "MaxItems": NUMBERS},
    )
)
def test_simulate_custom_policy(params: Params) -> None:
    check_request(IAM, "SimulateCustomPolicy", SimulateCustomPolicyRequest, params)


@settings(max_examples=30)
@given(
    st.fixed_dictionaries(
        {"RoleArn": TEXT, "RoleSessionName": TEXT},
        optional={
            "PolicyArns": st.lists(st.fixed_dictionaries({"arn": TEXT}), max_size=3),
            "DurationSeconds": NUMBERS,
            "TransitiveTagKeys": st.lists(TEXT, max_size=3),
        },
    )
)
def test_assume_role(params: Params) -> None:
    check_request(STS, "AssumeRole", AssumeRoleRequest, params)


@settings(max_examples=30)
@given(st.lists(st.tuples(TEXT, SECONDS, TAGS), max_size=3), TEXT)
def test_list_roles(roles: list[tuple[str, int, list[dict[str, str]]]], marker: str) -> None:
    made = [
        Role(
            path="/",
            role_name=name,
            role_id="AROAEXAMPLE",
            arn="arn:aws:iam::111122223333:role/R",
            create_date=seconds,
            tags=msgspec.convert(tags, list[Tag]),
            role_last_used=RoleUse(last_used_date=seconds) if tags else RoleUse(),
        )
        for name, seconds, tags in roles
    ]
    check_response(IAM, "ListRoles", ListRolesResponse(roles=made, is_truncated=bool(roles), marker=marker))


@pytest.mark.parametrize(
    ("model", "name", "response"),
    [
        (IAM, "GetAccountSummary", GetAccountSummaryResponse(summary_map={"Users": 2, "UsersQuota": 5000})),
        (IAM, "GetAccountSummary", GetAccountSummaryResponse(summary_map={})),
        (
            IAM,
            "GetCredentialReport",
            GetCredentialReportResponse(content=b"user,arn\n", report_format="text/csv", generated_time=1_795_528_082),
        ),
        (STS, "GetCallerIdentity", GetCallerIdentityResponse(user_id="AIDA", account="111122223333", arn=" a\r\nb ")),
    ],
)
def test_responses(model: ServiceModel, name: str, response: AwsStruct) -> None:
    check_response(model, name, response)


def test_an_operation_without_output() -> None:
    assert parsed(IAM, "DeleteUser", encode("DeleteUser", IAM_NAMESPACE, None, REQUEST_ID)) == {}


@pytest.mark.parametrize(
    ("model", "name", "error", "expected"),
    [
        (IAM, "GetUser", AccessDenied("<no> & never"), {"Code": "AccessDenied", "Message": "<no> & never"}),
        (STS, "GetCallerIdentity", InternalError("oh"), {"Code": "InternalFailure", "Message": "oh"}),
        (STS, "GetCallerIdentity", AccessDenied(), {"Code": "AccessDenied", "Message": ""}),
    ],
)
def test_errors(model: ServiceModel, name: str, error: ServiceError, expected: dict[str, str]) -> None:
    namespace = model.metadata["xmlNamespace"]
    code, status = query_error(error, namespace)
    found = parsed(model, name, error_body(code, status, error.message, namespace, REQUEST_ID), status)["Error"]
    assert found.pop("Type") == ("Receiver" if status == 500 else "Sender")
    assert {"Message": "", **found} == expected


def test_namespaces_and_versions() -> None:
    assert (IAM.metadata["xmlNamespace"], IAM.api_version) == (IAM_NAMESPACE, query.IAM_VERSION)
    assert (STS.metadata["xmlNamespace"], STS.api_version) == (STS_NAMESPACE, query.STS_VERSION)
