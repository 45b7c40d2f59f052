"""Each declared operation against botocore's service model of KMS, so that an omission fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import botocore.session
import msgspec
import pytest
from botocore.loaders import Loader
from botocore.model import ListShape, MapShape, StringShape, StructureShape
from msgspec import inspect

from strongroom.api.kms import OPERATIONS, TARGET_PREFIX
from strongroom.model import errors
from strongroom.protocol.json_rpc import MEDIA_TYPE
from strongroom.protocol.structures import AwsStruct, Timestamp, as_modelled
from tests.support.samples import prepare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.model import OperationModel, Shape

    from strongroom.api.declare import Operation
    from tests.support.in_process import InProcess

MODEL: Final = botocore.session.get_session().get_service_model("kms")
SHAPES: Final[dict[str, Any]] = Loader(include_default_search_paths=True).load_service_model("kms", "service-2")[
    "shapes"
]

NO_VPC_ENDPOINT_SERVICE: Final = "there are no VPC endpoint services"

# Members of responses that no answer of this server can have, by structure, each with its reason.
ABSENT: Final[dict[str, dict[str, str]]] = {
    "XksProxyConfigurationType": {
        "VpcEndpointServiceName": NO_VPC_ENDPOINT_SERVICE,
        "VpcEndpointServiceOwner": NO_VPC_ENDPOINT_SERVICE,
    },
}

# Members whose limits are knowingly wider than the model's, each with what holds for it.
WIDER: Final[dict[str, tuple[object, ...]]] = {
    # A proxy that people run themselves is not always at port 443.
    "XksProxyUriEndpoint": ("string", 10, 128, "^https://[a-zA-Z0-9.-]+(:[0-9]{1,5})?$"),
}

# Source: AWS KMS API Reference, "Common Errors", and the answers of AWS's JSON front end.
COMMON_ERRORS: Final = {
    "AccessDeniedException",
    "ExpiredTokenException",
    "IncompleteSignatureException",
    "InternalFailure",
    "InvalidSignatureException",
    "MissingAuthenticationTokenException",
    "RequestEntityTooLargeException",
    "SerializationException",
    "ThrottlingException",
    "UnknownOperationException",
    "UnrecognizedClientException",
    "ValidationException",
}


def model_of(name: str) -> OperationModel:
    return MODEL.operation_model(name)


def operations() -> list[Any]:
    return [pytest.param(each, id=name) for name, each in OPERATIONS.items()]


def compare(found: inspect.Type, shape: Shape, path: str) -> Iterator[str]:
    """Tell each difference between a declared type and the shape that the model gives it, at every depth."""
    if isinstance(found, inspect.StructType):
        yield from compare_structure(found.cls, shape, path)
    elif (limits := limits_of(found)) != (modelled := WIDER.get(path.rpartition(".")[2], modelled_limits(shape))):
        yield f"{path}: {limits}, but the model has {modelled}"
    elif isinstance(found, inspect.ListType) and isinstance(shape, ListShape):
        yield from compare(unwrap(found.item_type), shape.member, f"{path}[]")
    elif isinstance(found, inspect.DictType) and isinstance(shape, MapShape):
        yield from compare(found.key_type, shape.key, f"{path} keys")
        yield from compare(found.value_type, shape.value, f"{path} values")


def compare_structure(structure: type[msgspec.Struct], shape: Shape, path: str) -> Iterator[str]:
    if not isinstance(shape, StructureShape):
        yield f"{path}: the model has a {shape.type_name}"
        return
    fields = msgspec.structs.fields(structure)
    names = [field.encode_name for field in fields]
    if names != list(shape.members):
        yield f"{path}: {names}, but the model has {list(shape.members)}"
    for field in fields:
        name = field.encode_name
        if field.required != (name in shape.required_members):
            yield f"{path}.{name}: required differs"
        if name in shape.members:
            yield from compare(unwrap(inspect.type_info(field.type)), shape.members[name], f"{path}.{name}")


def unwrap(found: inspect.Type) -> inspect.Type:
    """Take the annotation's own layer and None away."""
    if isinstance(found, inspect.Metadata):
        return unwrap(found.type)
    if isinstance(found, inspect.UnionType):
        (left,) = (each for each in found.types if not isinstance(each, inspect.NoneType))
        return unwrap(left)
    return found


def limits_of(found: inspect.Type) -> tuple[object, ...]:  # noqa: PLR0911 - one for each kind
    """Give a declared type's JSON kind and its limits."""
    found = unwrap(found)
    match found:
        case inspect.LiteralType():
            return ("enum", *sorted(map(str, found.values)))
        case inspect.StrType():
            pattern = None if found.pattern is None else as_modelled(found.pattern)
            return ("string", found.min_length, found.max_length, pattern)
        case inspect.BytesType():
            return ("blob", found.min_length, found.max_length)
        case inspect.IntType():
            return ("integer", found.ge, found.le)
        case inspect.ListType():
            return ("list", found.min_length, found.max_length)
        case inspect.DictType():
            return ("map", found.min_length, found.max_length)
        case _:
            return (_PLAIN.get(repr(found), repr(found)),)


_PLAIN: Final = {repr(inspect.BoolType()): "boolean", repr(unwrap(inspect.type_info(Timestamp))): "timestamp"}


def modelled_limits(shape: Shape) -> tuple[object, ...]:
    """Give a modelled shape's JSON kind and its limits."""
    limits = (shape.metadata.get("min"), shape.metadata.get("max"))
    if isinstance(shape, StringShape):
        return ("enum", *sorted(shape.enum)) if shape.enum else ("string", *limits, shape.metadata.get("pattern"))
    return (shape.type_name,) if shape.type_name in {"boolean", "timestamp"} else (shape.type_name, *limits)


def compare_kinds(found: inspect.Type, shape: Shape, path: str) -> Iterator[str]:
    """Tell each difference between a declared response and the model: names and JSON kinds, not limits."""
    if isinstance(found, inspect.StructType):
        yield from compare_response(found.cls, shape, path)
        return
    kind = limits_of(found)[0]
    if ("string" if kind == "enum" else kind) != shape.type_name:
        yield f"{path}: {kind}, but the model has a {shape.type_name}"
    elif isinstance(found, inspect.ListType) and isinstance(shape, ListShape):
        yield from compare_kinds(unwrap(found.item_type), shape.member, f"{path}[]")


def compare_response(structure: type[msgspec.Struct], shape: Shape, path: str) -> Iterator[str]:
    if not isinstance(shape, StructureShape):
        yield f"{path}: the model has a {shape.type_name}"
        return
    fields = {field.encode_name: field for field in msgspec.structs.fields(structure)}
    absent = ABSENT.get(shape.name, {})
    if missing := shape.members.keys() - fields.keys() - absent.keys():
        yield f"{path} lacks {sorted(missing)}"
    if unknown := (fields.keys() | absent.keys()) - shape.members.keys():
        yield f"{path} has {sorted(unknown)}, which the model has not"
    if needless := fields.keys() & absent.keys():
        yield f"{path} has {sorted(needless)} after all"
    for name in shape.members.keys() & fields.keys():
        yield from compare_kinds(unwrap(inspect.type_info(fields[name].type)), shape.members[name], f"{path}.{name}")


def test_these_operations_are_declared() -> None:
    assert set(OPERATIONS) == set(MODEL.operation_names)
    assert all(name == each.name for name, each in OPERATIONS.items())


def test_the_protocol_is_that_of_the_model() -> None:
    metadata: Any = MODEL.metadata
    assert metadata["targetPrefix"] == TARGET_PREFIX
    assert f"application/x-amz-json-{metadata['jsonVersion']}" == MEDIA_TYPE


@pytest.mark.parametrize("operation", operations())
def test_requests_have_the_members_the_order_and_the_limits_of_the_model(operation: Operation) -> None:
    shape = model_of(operation.name).input_shape
    assert shape is not None
    assert list(compare_structure(operation.request, shape, operation.name)) == []


@pytest.mark.parametrize("operation", operations())
def test_responses_have_the_members_of_the_model(operation: Operation) -> None:
    shape = model_of(operation.name).output_shape
    if shape is None:
        assert operation.response is type(None)
    else:
        assert issubclass(operation.response, AwsStruct)
        assert list(compare_response(operation.response, shape, operation.name)) == []


def test_each_reason_for_an_absent_member_is_of_a_structure_that_is_answered() -> None:
    answered = {model_of(name).output_shape for name in MODEL.operation_names}
    names = {shape.name for shape in answered if shape is not None} | {"KeyMetadata", "XksProxyConfigurationType"}
    assert ABSENT.keys() <= names


def every_error(base: type[errors.ServiceError] = errors.ServiceError) -> Iterator[type[errors.ServiceError]]:
    for each in base.__subclasses__():
        if each is not errors.ServerFault:
            yield each
        yield from every_error(each)


OF_STS = {
    errors.InvalidIdentityToken,
    errors.ExpiredIdentityToken,
    errors.IDPCommunicationError,
    errors.IDPRejectedClaim,
}
KMS_ERRORS = [error for error in every_error() if error.__module__ == "strongroom.model.errors" and error not in OF_STS]


@pytest.mark.parametrize("error", KMS_ERRORS, ids=lambda error: error.__name__)
def test_every_error_is_one_of_the_model_or_of_aws_in_common(error: type[errors.ServiceError]) -> None:
    if error.code in COMMON_ERRORS:
        assert error.code not in SHAPES
        return
    assert SHAPES[error.code]["exception"]
    assert error.status == (500 if SHAPES[error.code].get("fault") else 400)


@pytest.mark.parametrize("name", sorted(MODEL.operation_names))
def test_answers_keep_to_the_model(shared_service: InProcess, name: str) -> None:
    root = shared_service.root()
    answer = root(name, **prepare(root, name).members)
    shape = model_of(name).output_shape
    if shape is None:
        assert answer == {}
    else:
        assert bool(answer) is bool(shape.members)
        assert list(misfits(answer, shape, name)) == []


def misfits(value: Any, shape: Shape, path: str) -> Iterator[str]:  # noqa: ANN401 - a parsed answer
    """Tell each required member that an answer lacks and each value that is not of its enum."""
    if isinstance(shape, StructureShape):
        yield from (f"{path} lacks {name}" for name in shape.required_members if name not in value)
        for name, member in shape.members.items():
            if name in value:
                yield from misfits(value[name], member, f"{path}.{name}")
    elif isinstance(shape, ListShape):
        for item in value:
            yield from misfits(item, shape.member, f"{path}[]")
    elif isinstance(shape, StringShape) and shape.enum and value not in shape.enum:
        yield f"{path}: {value!r} is none of {shape.enum}"


def test_a_comparison_finds_differences() -> None:
    class Bad(AwsStruct, frozen=True, kw_only=True):
        key_id: str | None = None
        plaintext: list[str]
        dry_run: bool

    class Worse(AwsStruct, frozen=True, kw_only=True):
        key_id: bytes
        nothing: str

    request, response = model_of("Encrypt").input_shape, model_of("Encrypt").output_shape
    assert request is not None
    assert response is not None
    found = "\n".join(compare_structure(Bad, request, "Encrypt"))
    assert "but the model has ['KeyId', 'Plaintext'" in found
    assert "KeyId: required" in found
    assert "DryRun: required" in found
    assert "KeyId: ('string', None, None, None), but the model has ('string', 1, 2048, None)" in found
    assert "Plaintext: ('list', None, None), but the model has ('blob', 1, 4096)" in found
    found = "\n".join(compare_response(Worse, response, "Encrypt"))
    assert "lacks ['CiphertextBlob', 'EncryptionAlgorithm']" in found
    assert "has ['Nothing']" in found
    assert "KeyId: blob" in found
    assert list(misfits({"EncryptionAlgorithm": "ROT13"}, response, "Encrypt")) != []
