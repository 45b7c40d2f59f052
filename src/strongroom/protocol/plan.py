"""From the annotations of a request type to the shapes that explain a refusal.

An annotation that msgspec would enforce, but that could not be explained in AWS's words, is refused here with a
TypeError, so that both readings of a request always agree.
"""

from collections.abc import Callable, Iterable
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec
from msgspec import Meta

from strongroom.protocol import json_types
from strongroom.protocol.constraints import Constraint, blob_length, lengths, one_of, patterns, ranges
from strongroom.protocol.shapes import Map, Member, Scalar, ScalarList, Shape, Structure, StructureList
from strongroom.protocol.structures import AwsStruct, check_declaration

_EXPLAINED = ("ge", "le", "min_length", "max_length", "pattern", "extra")
_UNEXPLAINED = ("gt", "lt", "multiple_of")


class _Annotation(msgspec.Struct, frozen=True):
    """An annotation taken apart: the bare type, its limits, and whether it allows null."""

    bare: Any
    meta: Meta
    optional: bool


@cache
def plan_of(structure: type[AwsStruct]) -> Structure:
    """Make the shape of a structure, once per type. Raises TypeError when a field cannot be explained."""
    check_declaration(structure)
    fields = msgspec.structs.fields(structure)
    return Structure(members={field.encode_name: _member(field) for field in fields})


def _member(field: msgspec.structs.FieldInfo) -> Member:
    annotation = _take_apart(field.type)
    if annotation.optional is field.required:
        raise TypeError(f"{field.name}: a member may be null if, and only if, it has the default None")
    name = field.encode_name
    return Member(name=name[0].lower() + name[1:], shape=_shape(annotation), required=field.required)


def _shape(annotation: _Annotation) -> Shape:
    origin = get_origin(annotation.bare)
    if origin is list:
        return _list(annotation)
    if origin is dict:
        return _map(annotation)
    if _is_structure(annotation.bare):
        return plan_of(annotation.bare)
    return _scalar(annotation)


def _list(annotation: _Annotation) -> Shape:
    constraints = tuple(lengths(annotation.meta))
    item = _take_apart_inner(get_args(annotation.bare)[0])
    if _is_structure(item.bare):
        return StructureList(item=plan_of(item.bare), constraints=constraints)
    return ScalarList(item=_scalar(item), constraints=constraints)


def _map(annotation: _Annotation) -> Shape:
    key, value = (_scalar(_take_apart_inner(argument)) for argument in get_args(annotation.bare))
    return Map(key=key, value=value, constraints=tuple(lengths(annotation.meta)))


def _scalar(annotation: _Annotation) -> Scalar:
    bare = annotation.bare
    shown = not (annotation.meta.extra or {}).get("sensitive", False)
    if get_origin(bare) is Literal:
        return Scalar(require=json_types.require_string, constraints=(one_of(get_args(bare)),), shown=shown)
    if bare not in _SCALARS:
        raise TypeError(f"{bare!r}: no type of a member")
    require, constraints = _SCALARS[bare]
    return Scalar(
        require=require,
        constraints=tuple(constraints(annotation.meta)),
        shown=shown and bare is not bytes,
    )


def _string_constraints(meta: Meta) -> Iterable[Constraint]:
    return (*lengths(meta), *patterns(meta))


def _blob_constraints(meta: Meta) -> Iterable[Constraint]:
    return lengths(meta, blob_length)


_SCALARS: dict[type, tuple[Callable[[object], None], Callable[[Meta], Iterable[Constraint]]]] = {
    str: (json_types.require_string, _string_constraints),
    bytes: (json_types.require_blob, _blob_constraints),
    int: (json_types.require_integer, ranges),
    float: (json_types.require_timestamp, ranges),
    bool: (json_types.require_boolean, ranges),
}


def _is_structure(bare: object) -> bool:
    return isinstance(bare, type) and issubclass(bare, AwsStruct)


def _take_apart(annotation: object) -> _Annotation:
    optional = get_origin(annotation) in {Union, UnionType} and NoneType in get_args(annotation)
    if optional:
        (annotation,) = (argument for argument in get_args(annotation) if argument is not NoneType)
    notes: tuple[object, ...] = ()
    if get_origin(annotation) is Annotated:
        annotation, *notes_found = get_args(annotation)
        notes = tuple(notes_found)
    return _Annotation(annotation, _merge(note for note in notes if isinstance(note, Meta)), optional)


def _take_apart_inner(annotation: object) -> _Annotation:
    inner = _take_apart(annotation)
    if inner.optional:
        raise TypeError(f"{annotation!r}: lists and maps hold no nulls")
    return inner


def _merge(metas: Iterable[Meta]) -> Meta:
    merged: dict[str, Any] = {}
    for meta in metas:
        if any(getattr(meta, name) is not None for name in _UNEXPLAINED):
            raise TypeError(f"{meta!r}: AWS knows no such constraint")
        merged.update({name: value for name in _EXPLAINED if (value := getattr(meta, name)) is not None})
    return Meta(**merged)
