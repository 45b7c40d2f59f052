import msgspec
import pytest

from strongroom.model.errors import UnknownOperation
from strongroom.protocol import query
from strongroom.protocol.query_errors import MissingActionError
from strongroom.protocol.structures import AwsStruct
from tests.support.query_requests import ContextEntry, CreateUserRequest, Descriptor, Tag


class ListUsersRequest(AwsStruct, frozen=True, kw_only=True):
    marker: str | None = None


def decode(given_parameters: dict[str, str]) -> CreateUserRequest:
    return query.decode(CreateUserRequest, {"UserName": "u", **given_parameters})


def test_operation_name() -> None:
    given_parameters = {"Action": "GetUser", "Version": "2010-05-08"}
    assert query.operation_name(given_parameters, query.IAM_VERSION) == "GetUser"


@pytest.mark.parametrize("given_parameters", [{}, {"Action": ""}, {"Version": "2010-05-08"}])
def test_no_action(given_parameters: dict[str, str]) -> None:
    with pytest.raises(MissingActionError, match=r"^Missing Action$"):
        query.operation_name(given_parameters, query.IAM_VERSION)


@pytest.mark.parametrize(
    ("given_parameters", "version"),
    [
        ({"Action": "GetUser", "Version": "2011-06-15"}, "2011-06-15"),
        ({"Action": "GetUser"}, "NO_VERSION_SPECIFIED"),
    ],
)
def test_another_version(given_parameters: dict[str, str], version: str) -> None:
    with pytest.raises(UnknownOperation) as raised:
        query.operation_name(given_parameters, query.IAM_VERSION)
    assert raised.value.message == f"Could not find operation GetUser for version {version}"


@pytest.mark.parametrize(
    ("given_parameters", "expected"),
    [
        ({}, {}),
        ({"Action": "CreateUser", "Version": "2010-05-08", "Other": "1", "Else.member.1": "2"}, {}),
        ({"Path": ""}, {"path": ""}),
        ({"path": "/a/", "userName": "v"}, {}),
        ({"MaxItems": "12", "Reset": "true"}, {"max_items": 12, "reset": True}),
        ({"Status": "Inactive", "Content": "AAE="}, {"status": "Inactive", "content": b"\0\1"}),
        ({"NotAfter": "1970-01-01T00:01:00Z"}, {"not_after": 60.0}),
        ({"Tags": ""}, {"tags": []}),
        (
            {"Tags.member.1.Key": "k", "Tags.member.1.Value": "", "Tags.member.1.Other": "x"},
            {"tags": [Tag(key="k", value="")]},
        ),
        (
            {f"ActionNames.member.{index}": f"iam:{index}" for index in (10, 2, 999_999_999, 1)},
            {"action_names": ["iam:1", "iam:2", "iam:10", "iam:999999999"]},
        ),
        (
            {"Entries.member.2.ContextKeyValues.member.1": "v", "Entries.member.1.ContextKeyName": "aws:Source.Ip"},
            {"entries": [ContextEntry(context_key_name="aws:Source.Ip"), ContextEntry(context_key_values=["v"])]},
        ),
        ({"Attributes": ""}, {"attributes": {}}),
        (
            {
                "Attributes.entry.2.key": "b",
                "Attributes.entry.2.value": "2",
                "Attributes.entry.1.value": "1",
                "Attributes.entry.1.key": "a.b",
            },
            {"attributes": {"a.b": "1", "b": "2"}},
        ),
        (
            {"Descriptor.arn": "a" * 20, "Descriptor.Entry.ContextKeyName": "n", "Descriptor.Entry.X": "y"},
            {"descriptor": Descriptor(arn="a" * 20, entry=ContextEntry(context_key_name="n"))},
        ),
    ],
)
def test_decode(given_parameters: dict[str, str], expected: dict[str, object]) -> None:
    assert decode(given_parameters) == msgspec.structs.replace(CreateUserRequest(user_name="u"), **expected)


def test_a_request_without_parameters() -> None:
    assert query.decode(ListUsersRequest, {}) == ListUsersRequest()


def test_a_name_of_dots_is_not_taken_apart_without_end() -> None:
    assert decode({"." * 1_000_000: "x"}) == CreateUserRequest(user_name="u")


def test_types_that_cannot_be_explained() -> None:
    class Wrong(AwsStruct, frozen=True, kw_only=True):
        names: set[str]

    with pytest.raises(TypeError):
        query.decode(Wrong, {})
