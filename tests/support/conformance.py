"""Declared requests and responses against botocore's model of a service, at every depth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import botocore.session
import msgspec
from botocore.model import ListShape, MapShape, StringShape, StructureShape
from msgspec import inspect

from strongroom.protocol.structures import Timestamp, as_modelled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from botocore.model import OperationModel, ServiceModel, Shape

Limits = tuple[object, ...]


class Conformance:
    """Compares with the model of a service.

    `absent` are members of responses that no answer can have, by structure, each with its reason. `patterns` gives the
    pattern that a string stands for by what is its `extra`, where code checks it; `unchecked` are shapes whose pattern
    is checked elsewhere.
    """

    def __init__(
        self,
        service: str,
        absent: Mapping[str, Mapping[str, str]],
        patterns: Mapping[object, str],
        unchecked: frozenset[str],
    ) -> None:
        self.model: ServiceModel = botocore.session.get_session().get_service_model(service)
        self._absent = absent
        self._patterns = patterns
        self._unchecked = unchecked

    def operation(self, name: str) -> OperationModel:
        return self.model.operation_model(name)

    def request_faults(self, structure: type[msgspec.Struct], shape: Shape | None, path: str) -> Iterator[str]:
        """Tell each difference of a request: members, their order, which are required, kinds and limits."""
        fields = msgspec.structs.fields(structure)
        members = shape.members if isinstance(shape, StructureShape) else {}
        required = shape.required_members if isinstance(shape, StructureShape) else []
        names = [field.encode_name for field in fields]
        if names != list(members):
            yield f"{path}: {names}, but the model has {list(members)}"
        for field in fields:
            name = field.encode_name
            if field.required != (name in required):
                yield f"{path}.{name}: required differs"
            if name in members:
                yield from self._type_faults(inspect.type_info(field.type), members[name], f"{path}.{name}")

    def response_faults(self, structure: type[msgspec.Struct], shape: Shape, path: str) -> Iterator[str]:
        """Tell each difference of a response: members and kinds, not limits."""
        assert isinstance(shape, StructureShape), f"{path}: the model has a {shape.type_name}"
        fields = {field.encode_name: field for field in msgspec.structs.fields(structure)}
        absent = self._absent.get(shape.name, {})
        if missing := shape.members.keys() - fields.keys() - absent.keys():
            yield f"{path} lacks {sorted(missing)}"
        if unknown := (fields.keys() | absent.keys()) - shape.members.keys():
            yield f"{path} has {sorted(unknown)}, which the model has not"
        if needless := fields.keys() & absent.keys():
            yield f"{path} has {sorted(needless)} after all"
        for name in shape.members.keys() & fields.keys():
            yield from self._kind_faults(inspect.type_info(fields[name].type), shape.members[name], f"{path}.{name}")

    def _type_faults(self, found: inspect.Type, shape: Shape, path: str) -> Iterator[str]:
        plain = unwrap(found)
        if isinstance(plain, inspect.StructType):
            yield from self.request_faults(plain.cls, shape, path)
            return
        limits, modelled = self._limits_of(found, shape), modelled_limits(shape)
        if limits != modelled:
            yield f"{path}: {limits}, but the model has {modelled}"
        elif isinstance(plain, inspect.ListType) and isinstance(shape, ListShape):
            yield from self._type_faults(plain.item_type, shape.member, f"{path}[]")

    def _limits_of(self, found: inspect.Type, shape: Shape) -> Limits:
        limits = limits_of(unwrap(found))
        extra = extra_of(found)
        known = [self._patterns[value] for value in extra.values() if value in self._patterns]
        if known:
            return (*limits[:-1], known[0])
        return (*limits[:-1], shape.metadata.get("pattern")) if shape.name in self._unchecked else limits

    def _kind_faults(self, found: inspect.Type, shape: Shape, path: str) -> Iterator[str]:
        plain = unwrap(found)
        if isinstance(plain, inspect.StructType):
            yield from self.response_faults(plain.cls, shape, path)
            return
        kind = limits_of(plain)[0]
        if ("string" if kind == "enum" else kind) != shape.type_name:
            yield f"{path}: {kind}, but the model has a {shape.type_name}"
        elif isinstance(plain, inspect.ListType) and isinstance(shape, ListShape):
            yield from self._kind_faults(plain.item_type, shape.member, f"{path}[]")


def unwrap(found: inspect.Type) -> inspect.Type:
    """Take the annotation's own layer and None away."""
    if isinstance(found, inspect.Metadata):
        return unwrap(found.type)
    if isinstance(found, inspect.UnionType):
        (left,) = (each for each in found.types if not isinstance(each, inspect.NoneType))
        return unwrap(left)
    return found


def extra_of(found: inspect.Type) -> dict[str, Any]:
    """Give what the annotation of a type says besides its limits."""
    if isinstance(found, inspect.UnionType):
        return {key: value for each in found.types for key, value in extra_of(each).items()}
    return found.extra or {} if isinstance(found, inspect.Metadata) else {}


def limits_of(found: inspect.Type) -> Limits:
    """Give a declared type's kind and its limits."""
    match found:
        case inspect.LiteralType():
            return ("enum", *sorted(map(str, found.values)))
        case inspect.StrType():
            pattern = None if found.pattern is None else as_modelled(found.pattern)
            return ("string", found.min_length, found.max_length, pattern)
        case inspect.IntType():
            return ("integer", found.ge, found.le)
        case inspect.BytesType() | inspect.ListType() | inspect.DictType():
            return (_SIZED[type(found)], found.min_length, found.max_length)
        case _:
            return (_PLAIN.get(repr(found), repr(found)),)


_SIZED: Final[Mapping[type, str]] = {inspect.BytesType: "blob", inspect.ListType: "list", inspect.DictType: "map"}
_PLAIN: Final = {repr(inspect.BoolType()): "boolean", repr(unwrap(inspect.type_info(Timestamp))): "timestamp"}


def modelled_limits(shape: Shape) -> Limits:
    """Give a modelled shape's kind and its limits."""
    limits = (shape.metadata.get("min"), shape.metadata.get("max"))
    if isinstance(shape, StringShape):
        return ("enum", *sorted(shape.enum)) if shape.enum else ("string", *limits, shape.metadata.get("pattern"))
    return (shape.type_name,) if shape.type_name in {"boolean", "timestamp"} else (shape.type_name, *limits)


def misfits(value: Any, shape: Shape, path: str) -> Iterator[str]:  # noqa: ANN401 - a parsed answer
    """Tell each required member that an answer lacks and each value that is not of its enum."""
    if isinstance(shape, StructureShape):
        yield from (f"{path} lacks {name}" for name in shape.required_members if name not in value)
        for name, member in shape.members.items():
            if name in value:
                yield from misfits(value[name], member, f"{path}.{name}")
    elif isinstance(shape, ListShape | MapShape):
        item_shape, items = (shape.member, value) if isinstance(shape, ListShape) else (shape.value, value.values())
        for item in items:
            yield from misfits(item, item_shape, f"{path}[]")
    elif isinstance(shape, StringShape) and shape.enum and value not in shape.enum:
        yield f"{path}: {value!r} is none of {shape.enum}"
