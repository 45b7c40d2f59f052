"""Raw answers of KMS against botocore's service model: what they hold, and what they have never held."""

from __future__ import annotations

import base64
import json
import re
from collections import defaultdict
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import botocore.session
from botocore.model import ListShape, MapShape, StructureShape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from botocore.model import OperationModel, Shape
    from mypy_boto3_kms import KMSClient

MODEL: Final = botocore.session.get_session().get_service_model("kms")
OPERATIONS: Final = tuple(MODEL.operation_names)

# Source: AWS KMS API Reference, "Common Errors", and the answers of AWS's JSON front end.
COMMON_ERRORS: Final = {"AccessDeniedException", "SerializationException", "ThrottlingException", "ValidationException"}

# A proxy of one's own need not listen on port 443, as those for AWS must.
_OTHER_PATTERNS: Final = {"XksProxyUriEndpointType": r"^https://[a-zA-Z0-9.-]+(:[0-9]{1,5})?$"}
# AWS answers with an empty name where a grant has none, whatever its model says.
_MAY_BE_EMPTY: Final = {"GrantNameType"}


class Recorder:
    """Looks at every answer that the clients get which it watches.

    Attributes:
        succeeded: the operations that were answered at least once.
        refused: by operation, the error codes.
        faults: each way in which an answer was not as the model says.
    """

    def __init__(self) -> None:
        self.succeeded: set[str] = set()
        self.refused: defaultdict[str, set[str]] = defaultdict(set)
        self.faults: list[str] = []
        self._seen: defaultdict[str, set[str]] = defaultdict(set)

    def watch(self, client: KMSClient) -> KMSClient:
        """Look at what a client is answered from now on; gives the client."""
        client.meta.events.register("before-parse.kms", self._look)
        return client

    def ignore(self, client: KMSClient) -> None:
        """Look at a client's answers no more."""
        client.meta.events.unregister("before-parse.kms", self._look)

    def never_seen(self) -> set[str]:
        """Give the members that no answer has had, as `Operation.Member`, without those within them."""
        return {f"{name}.{path}" for name in OPERATIONS for path in self._unseen(name)}

    def _unseen(self, name: str) -> Iterator[str]:
        seen = self._seen[name]
        for path in members_of(MODEL.operation_model(name).output_shape):
            parent = path.rpartition(".")[0].removesuffix("[]")
            if path not in seen and (parent in seen or not parent):
                yield path

    def _look(self, operation_model: OperationModel, response_dict: dict[str, Any], **_: object) -> None:
        name, body = operation_model.name, response_dict["body"]
        if response_dict["status_code"] == HTTPStatus.OK:
            self.succeeded.add(name)
            self.faults.extend(answer_faults(operation_model, body))
            self._seen[name].update(present(json.loads(body or b"null")))
        else:
            error = json.loads(body)
            self.refused[name].add(error["__type"])
            self.faults.extend(error_faults(operation_model, response_dict["status_code"], error))


def pattern_of(shape: Shape) -> str | None:
    """Give the pattern of a string."""
    return _OTHER_PATTERNS.get(shape.name) or shape.metadata.get("pattern")


def members_of(shape: Shape | None, path: str = "") -> Iterator[str]:
    """Give the path of each member at every depth, those of a structure before those within it."""
    if isinstance(shape, StructureShape):
        for name, member in shape.members.items():
            inner = f"{path}.{name}" if path else name
            yield inner
            yield from members_of(member, inner)
    elif isinstance(shape, ListShape):
        yield from members_of(shape.member, f"{path}[]")


def present(value: object, path: str = "") -> Iterator[str]:
    """Give the path of each member that an answer has; a list must have an item to count."""
    if isinstance(value, dict):
        for name, member in value.items():
            inner = f"{path}.{name}" if path else name
            if member != []:
                yield inner
            yield from present(member, inner)
    elif isinstance(value, list):
        for item in value:
            yield from present(item, f"{path}[]")


def answer_faults(operation: OperationModel, body: bytes) -> Iterator[str]:
    """Tell what is wrong with the body of an answer."""
    shape = operation.output_shape
    if shape is None:
        if body:
            yield f"{operation.name} is answered {body!r}, but the model has no answer"
    else:
        yield from faults_of(json.loads(body), shape, operation.name)


def error_faults(operation: OperationModel, status: int, error: Mapping[str, object]) -> Iterator[str]:
    """Tell what is wrong with an error: a fault of the server, one that is not declared, or other members."""
    code, declared = error["__type"], {shape.name for shape in operation.error_shapes}
    if status != HTTPStatus.BAD_REQUEST:
        yield f"{operation.name}: {code} came with status {status}"
    if code not in declared | COMMON_ERRORS:
        yield f"{operation.name} does not declare {code}"
    if unknown := error.keys() - {"__type", "message", "Message"}:
        yield f"{operation.name}: {code} has {sorted(unknown)}"


def faults_of(value: Any, shape: Shape, path: str) -> Iterator[str]:  # noqa: ANN401 - what was parsed
    """Tell each difference between a value as read from JSON and the shape that the model gives it."""
    if not _KINDS[shape.type_name](value):
        yield f"{path}: {value!r} is no {shape.type_name}"
    elif isinstance(shape, StructureShape):
        yield from (f"{path} has {name}" for name in value.keys() - shape.members.keys())
        yield from (f"{path} lacks {name}" for name in shape.required_members if name not in value)
        for name in value.keys() & shape.members.keys():
            yield from faults_of(value[name], shape.members[name], f"{path}.{name}")
    elif isinstance(shape, ListShape):
        yield from _limit_faults(shape, len(value), path)
        for item in value:
            yield from faults_of(item, shape.member, f"{path}[]")
    elif isinstance(shape, MapShape):
        yield from _map_faults(value, shape, path)
    else:
        yield from _scalar_faults(value, shape, path)


def _map_faults(value: Mapping[str, object], shape: MapShape, path: str) -> Iterator[str]:
    yield from _limit_faults(shape, len(value), path)
    for key, item in value.items():
        yield from faults_of(key, shape.key, f"{path} keys")
        yield from faults_of(item, shape.value, f"{path}.{key}")


def _scalar_faults(value: Any, shape: Shape, path: str) -> Iterator[str]:  # noqa: ANN401 - what was parsed
    enum: Iterable[str] = shape.metadata.get("enum", ())
    pattern = pattern_of(shape)
    if value == "" and shape.name in _MAY_BE_EMPTY:
        return
    if enum and value not in enum:
        yield f"{path}: {value!r} is none of {list(enum)}"
    if pattern is not None and not re.fullmatch(pattern, value, re.ASCII):
        yield f"{path}: {value!r} does not match {pattern}"
    if shape.type_name in _MEASURES:
        yield from _limit_faults(shape, _MEASURES[shape.type_name](value), path)


def _limit_faults(shape: Shape, measured: float, path: str) -> Iterator[str]:
    least, most = (shape.metadata.get(name) for name in ("min", "max"))
    if (least is not None and measured < least) or (most is not None and measured > most):
        yield f"{path}: {measured} is not within {least} and {most}"


def _is_blob(value: object) -> bool:
    try:
        return isinstance(value, str) and base64.b64decode(value, validate=True) is not None
    except ValueError:
        return False


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_KINDS: Final[Mapping[str, Callable[[object], bool]]] = {
    "structure": lambda value: isinstance(value, dict),
    "map": lambda value: isinstance(value, dict),
    "list": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "timestamp": _is_number,
    "blob": _is_blob,
}
_MEASURES: Final[Mapping[str, Callable[[Any], float]]] = {
    "string": len,
    "integer": float,
    "blob": lambda value: len(base64.b64decode(value)),
}
