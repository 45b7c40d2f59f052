"""Each declared operation against botocore's service model of STS, so that an omission fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import botocore.session
import pytest
from botocore.loaders import Loader
from botocore.model import ListShape, StringShape, StructureShape
from msgspec import inspect, structs

from strongroom.api.sts import OPERATIONS
from strongroom.model import errors, identity_errors, sts_errors
from strongroom.protocol.query import STS_NAMESPACE, STS_VERSION
from strongroom.protocol.query_errors import query_error
from strongroom.protocol.structures import Timestamp, as_modelled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.model import OperationModel, Shape

    from strongroom.api.declare import Operation

MODEL: Final = botocore.session.get_session().get_service_model("sts")
SHAPES: Final[dict[str, Any]] = Loader(include_default_search_paths=True).load_service_model("sts", "service-2")[
    "shapes"
]

NOT_BUILT: Final = {
    "AssumeRoleWithSAML": "there are no SAML providers",
    "AssumeRoot": "there are no organizations",
    "GetDelegatedAccessToken": "there is no delegation to partners",
    "GetFederationToken": "roles with session policies do the same",
    "GetWebIdentityToken": "the service issues no tokens to others",
}
# An operation of Strongroom's own, by which registered services act for users.
OWN: Final = {"GetServiceSession"}
UNDOCUMENTED: Final = dict.fromkeys(("SessionTokenUtilization", "SessionTokenSize"), "AWS does not say what it counts")
# Members of answers that no answer of this server has, by structure, each with its reason.
ABSENT: Final = dict.fromkeys(
    ("AssumeRoleResponse", "AssumeRoleWithWebIdentityResponse", "GetSessionTokenResponse"), UNDOCUMENTED
)
# Python has no Unicode categories in patterns: these characters are checked by `tag_rules`.
CHECKED_BY_RULES: Final = {r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+", r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*"}


def model_of(name: str) -> OperationModel:
    return MODEL.operation_model(name)


def operations() -> list[Any]:
    return [pytest.param(each, id=name) for name, each in OPERATIONS.items() if name not in OWN]


def unwrap(found: inspect.Type) -> inspect.Type:
    """Take the annotation's own layer and None away."""
    if isinstance(found, inspect.Metadata):
        return unwrap(found.type)
    if isinstance(found, inspect.UnionType):
        (left,) = (each for each in found.types if not isinstance(each, inspect.NoneType))
        return unwrap(left)
    return found


def limits_of(found: inspect.Type) -> tuple[object, ...]:
    match found:
        case inspect.StrType():
            return ("string", found.min_length, found.max_length, found.pattern and as_modelled(found.pattern))
        case inspect.IntType():
            return ("integer", found.ge, found.le)
        case inspect.ListType():
            return ("list", found.min_length, found.max_length)
        case inspect.StructType():
            return ("structure",)
        case _:
            return ("timestamp" if found == unwrap(inspect.type_info(Timestamp)) else repr(found),)


def modelled_limits(shape: Shape) -> tuple[object, ...]:
    limits = (shape.metadata.get("min"), shape.metadata.get("max"))
    if isinstance(shape, StringShape):
        pattern = shape.metadata.get("pattern")
        return ("string", *limits, None if pattern in CHECKED_BY_RULES else pattern)
    return (shape.type_name, *limits) if shape.type_name in {"integer", "list"} else (shape.type_name,)


def differences(found: inspect.Type, shape: Shape, path: str, *, limits: bool) -> Iterator[str]:
    """Tell each difference between a declared type and its shape, at every depth; in answers limits do not matter."""
    here, modelled = limits_of(found), modelled_limits(shape)
    if (here if limits else here[0]) != (modelled if limits else modelled[0]):
        yield f"{path}: {here}, but the model has {modelled}"
    elif isinstance(found, inspect.ListType) and isinstance(shape, ListShape):
        yield from differences(unwrap(found.item_type), shape.member, f"{path}[]", limits=limits)
    elif isinstance(found, inspect.StructType) and isinstance(shape, StructureShape):
        yield from of_structure(found.cls, shape, path, limits=limits)


def of_structure(structure: type, shape: StructureShape, path: str, *, limits: bool) -> Iterator[str]:
    fields = {field.encode_name: field for field in structs.fields(structure)}
    absent = ABSENT.get(shape.name, {})
    if [*fields] != [name for name in shape.members if name not in absent]:
        yield f"{path}: {[*fields]}, but the model has {[*shape.members]}"
    for name in fields.keys() & shape.members.keys():
        if limits and fields[name].required != (name in shape.required_members):
            yield f"{path}.{name}: required differs"
        found = unwrap(inspect.type_info(fields[name].type))
        yield from differences(found, shape.members[name], f"{path}.{name}", limits=limits)


def test_every_operation_of_the_model_is_declared_or_left_out_for_a_reason() -> None:
    assert OPERATIONS.keys() - OWN | NOT_BUILT.keys() == set(MODEL.operation_names)
    assert OPERATIONS.keys() >= OWN
    assert not OPERATIONS.keys() & NOT_BUILT.keys()
    assert all((name, each.service) == (each.name, "sts") for name, each in OPERATIONS.items())


def test_the_protocol_is_that_of_the_model() -> None:
    metadata: Any = MODEL.metadata
    assert metadata["apiVersion"] == STS_VERSION
    assert metadata["xmlNamespace"] == STS_NAMESPACE


@pytest.mark.parametrize("operation", operations())
def test_requests_have_the_members_the_order_and_the_limits_of_the_model(operation: Operation) -> None:
    shape = model_of(operation.name).input_shape
    assert shape is not None
    assert list(of_structure(operation.request, shape, operation.name, limits=True)) == []


@pytest.mark.parametrize("operation", operations())
def test_answers_have_the_members_of_the_model(operation: Operation) -> None:
    shape = model_of(operation.name).output_shape
    assert shape is not None
    assert list(of_structure(operation.response, shape, operation.name, limits=False)) == []


@pytest.mark.parametrize("operation", operations())
def test_only_what_is_not_signed_in_the_model_is_not_signed(operation: Operation) -> None:
    assert operation.unsigned is (model_of(operation.name).auth_type == "none")


@pytest.mark.parametrize(
    "error",
    [
        errors.ExpiredIdentityToken,
        errors.IDPCommunicationError,
        errors.IDPRejectedClaim,
        errors.InvalidIdentityToken,
        identity_errors.MalformedPolicyDocumentError,
        sts_errors.InvalidAuthorizationMessageError,
        sts_errors.PackedPolicyTooLargeError,
    ],
)
def test_errors_have_the_codes_and_statuses_of_the_model(error: type[errors.ServiceError]) -> None:
    modelled = {(each["error"]["code"], each["error"]["httpStatusCode"]) for each in SHAPES.values() if "error" in each}
    assert query_error(error(), STS_NAMESPACE) in modelled


def test_a_comparison_finds_differences() -> None:
    shape = model_of("AssumeRole").input_shape
    assert shape is not None
    found = list(of_structure(OPERATIONS["GetSessionToken"].request, shape, "x", limits=True))
    assert any("but the model has ['RoleArn'" in each for each in found)
    assert any("x.DurationSeconds: ('integer', 900, 129600)" in each for each in found)
