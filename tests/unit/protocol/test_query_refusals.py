import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.model.errors import SerializationError, ServiceError, ValidationError
from strongroom.protocol import query
from tests.support.query_requests import CreateUserRequest


def refusal(given_parameters: dict[str, str]) -> ServiceError:
    with pytest.raises(ServiceError) as raised:
        query.decode(CreateUserRequest, given_parameters)
    return raised.value


AT = "failed to satisfy constraint: Member must"


@pytest.mark.parametrize(
    ("given_parameters", "faults"),
    [
        ({}, [f"Value null at 'userName' {AT} not be null"]),
        (
            {"UserName": ""},
            [
                f"Value '' at 'userName' {AT} satisfy regular expression pattern: [\\w+=,.@-]+",
                f"Value '' at 'userName' {AT} have length greater than or equal to 1",
            ],
        ),
        ({"UserName": "123456789"}, [f"Value '123456789' at 'userName' {AT} have length less than or equal to 8"]),
        ({"UserName": "u", "MaxItems": "0"}, [f"Value '0' at 'maxItems' {AT} have value greater than or equal to 1"]),
        (
            {"UserName": "u", "Status": "On"},
            [f"Value 'On' at 'status' {AT} satisfy enum value set: [Active, Inactive]"],
        ),
        (
            {"UserName": "u", "Tags.member.7.Key": ""},
            [
                f"Value '' at 'tags.1.member.key' {AT} have length greater than or equal to 1",
                f"Value null at 'tags.1.member.value' {AT} not be null",
            ],
        ),
        ({"UserName": "u", "Content": "AAECAwQ="}, [f"Value at 'content' {AT} have length less than or equal to 4"]),
        (
            {"UserName": "u", "NotAfter": "1969-12-31T23:59:59Z"},
            [f"Value '-1.0' at 'notAfter' {AT} have value greater than or equal to 0"],
        ),
        (
            {"UserName": "u", "Descriptor.arn": "a"},
            [f"Value 'a' at 'descriptor.arn' {AT} have length greater than or equal to 20"],
        ),
        (
            {"UserName": "u", "ActionNames.member.1": "x"},
            [
                (
                    f"Value '[x]' at 'actionNames' {AT} satisfy constraint: "
                    "[Member must have length greater than or equal to 3]"
                )
            ],
        ),
        (
            {"UserName": "u", "Attributes.entry.1.key": "k"},
            [
                (
                    "Value '{k=null}' at 'attributes' failed to satisfy constraint: Map value must satisfy constraint: "
                    "[Member must have length less than or equal to 3, Member must not be null]"
                )
            ],
        ),
        ({"UserName": "u", "Password": "fake"}, [f"Value at 'password' {AT} have length greater than or equal to 8"]),
    ],
)
def test_broken_constraints(given_parameters: dict[str, str], faults: list[str]) -> None:
    error = refusal(given_parameters)
    assert isinstance(error, ValidationError)
    count = "1 validation error" if len(faults) == 1 else f"{len(faults)} validation errors"
    assert error.message == f"{count} detected: {'; '.join(faults)}"
    assert error.__context__ is None


LIST = "Unexpected list element termination"
COMPLEX = "Unexpected complex element termination"
STRAY = "Value found where not expected"
LIST_START = "Start of list found where not expected"
TOP_LEVEL = "Top level element may not be treated as a list"


@pytest.mark.parametrize(
    ("given_parameters", "message"),
    [
        ({"Reset": "yes"}, "boolean must follow xsd1.1 definition"),
        ({"MaxItems": "many"}, "STRING_VALUE can not be converted to an Integer"),
        ({"NotAfter": "now"}, "timestamp must follow ISO8601"),
        ({"Content": "?"}, "Value can not be converted to a Blob: Base64 encoded length is expected a multiple of 4"),
        ({"Path.member.1": "x"}, LIST_START),
        ({"Path.1": "x"}, LIST_START),
        ({"Path.Name": "x"}, "Start of structure or map found where not expected."),
        ({"Path": "x", "Path.Name": "x"}, STRAY),
        ({"Path.Name": "x", "Path": "x"}, STRAY),
        ({"Other.a.b": "x", "Other.a": "x"}, STRAY),
        ({"Tags": "x"}, LIST),
        ({"Tags.member": "x"}, LIST),
        ({"Tags.members.1.Key": "x"}, LIST),
        ({"Tags.member.1.Key": "x", "Tags.other": "x"}, LIST),
        ({"Tags.1.Key": "x"}, TOP_LEVEL),
        ({"Tags.member.1": "x"}, COMPLEX),
        ({"ActionNames.member.x": "x"}, LIST_START),
        ({"ActionNames.member.": "x"}, LIST_START),
        ({"ActionNames.member.-1": "x"}, LIST_START),
        ({"ActionNames.member.²": "x"}, LIST_START),
        ({"ActionNames.member.٣": "x"}, LIST_START),
        ({"ActionNames.member.0": "x"}, "0 is not a valid index"),
        ({"ActionNames.member.01": "x", "ActionNames.member.1": "y"}, STRAY),
        ({"ActionNames.member.1000000000": "x"}, "Index 1000000000 is illegal"),
        ({"Descriptor": ""}, COMPLEX),
        ({"Attributes": "x"}, COMPLEX),
        ({"Attributes.entry.1": "x"}, COMPLEX),
        ({"Attributes.entry.1.value": "x"}, COMPLEX),
        ({"Attributes.1.key": "x"}, TOP_LEVEL),
        (
            {f"Attributes.entry.{index}.{part}": "a" for index in (1, 2) for part in ("key", "value")},
            "Duplicate map key",
        ),
    ],
)
def test_malformed_input(given_parameters: dict[str, str], message: str) -> None:
    error = refusal({"UserName": "u", **given_parameters})
    assert isinstance(error, SerializationError)
    assert error.message is not None
    assert error.message.startswith(message)


NAMES = st.lists(
    st.sampled_from(
        ["UserName", "Tags", "Attributes", "Descriptor", "member", "entry", "1", "2", "key", "value", "Key"]
    ),
    min_size=1,
).map(".".join)


@given(st.dictionaries(NAMES, st.text()))
def test_any_parameters_are_read_or_refused(given_parameters: dict[str, str]) -> None:
    try:
        query.decode(CreateUserRequest, given_parameters)
    except ServiceError as error:
        assert error.message  # noqa: PT017 - most refusals are right, and none is silent
