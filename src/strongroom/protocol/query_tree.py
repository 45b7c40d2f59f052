"""From flat parameters such as `Tags.member.1.Key` to nested values as they would stand in JSON.

What a request is made of is told by its plan; parameters that it does not name are ignored. All that is wrong with
the nesting or with a scalar's text is a SerializationError, which clients see as `MalformedInput`. Its texts are
answers of AWS's query front end as recorded by its users.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, Final, NoReturn

from strongroom.model.errors import SerializationError
from strongroom.protocol.plan import plan_of
from strongroom.protocol.query_scalars import SPELLINGS
from strongroom.protocol.shapes import Map, Scalar, ScalarList, Shape, Structure, StructureList
from strongroom.protocol.structures import AwsStruct

Node = str | dict[str, "Node"]
"""The text of a parameter, or what stands under the parts of its name."""

Reader = Callable[[Node], object]

# Deeper than any request; it bounds the work on a name that is all dots.
_MOST_DOTS: Final = 8
_MOST_INDEX_DIGITS: Final = 9

_COMPLEX: Final = "Unexpected complex element termination"
_LIST: Final = "Unexpected list element termination"
_STRAY_VALUE: Final = "Value found where not expected"


def nest(parameters: Mapping[str, str]) -> dict[str, Node]:
    """Take names apart at their dots. Raises SerializationError where a name has both a value and names under it."""
    root: dict[str, Node] = {}
    for name, value in parameters.items():
        if "." in name:
            *path, last = name.split(".", _MOST_DOTS)
            _put(_descend(root, path), last, value)
        else:
            _put(root, name, value)
    return root


def _descend(node: dict[str, Node], path: list[str]) -> dict[str, Node]:
    for part in path:
        child = node.setdefault(part, {})
        if isinstance(child, str):
            raise SerializationError(_STRAY_VALUE)
        node = child
    return node


def _put(node: dict[str, Node], name: str, value: str) -> None:
    if name in node:
        raise SerializationError(_STRAY_VALUE)
    node[name] = value


@cache
def reader_of(structure: type[AwsStruct]) -> Callable[[dict[str, Node]], dict[str, object]]:
    """Compile what reads a request of a type, once per type.

    Raises TypeError when a violation of the type could not be explained to a client.
    """
    return _members_reader(plan_of(structure))


def _members_reader(plan: Structure) -> Callable[[dict[str, Node]], dict[str, object]]:
    readers = {name: _reader(member.shape) for name, member in plan.members.items()}

    def read(node: dict[str, Node]) -> dict[str, object]:
        return {name: readers[name](child) for name, child in node.items() if name in readers}

    return read


def _reader(shape: Shape) -> Reader:
    return _READERS[type(shape)](shape)


def _scalar_reader(shape: Scalar) -> Reader:
    convert = SPELLINGS[shape.require].read

    def read(node: Node) -> object:
        return convert(node) if isinstance(node, str) else _refuse_nesting(node)

    return read


def _refuse_nesting(node: dict[str, Node]) -> NoReturn:
    if any(name == "member" or name.isdecimal() for name in node):
        raise SerializationError("Start of list found where not expected")
    raise SerializationError("Start of structure or map found where not expected.")


def _structure_reader(plan: Structure) -> Reader:
    read_members = _members_reader(plan)

    def read(node: Node) -> object:
        if isinstance(node, str):
            raise SerializationError(_COMPLEX)
        return read_members(node)

    return read


def _list_reader(shape: ScalarList | StructureList) -> Reader:
    read_item = _reader(shape.item)

    def read(node: Node) -> object:
        return [read_item(item) for item in _numbered(node, "member", _LIST)]

    return read


def _map_reader(shape: Map) -> Reader:
    read_key, read_value = _reader(shape.key), _reader(shape.value)

    def read(node: Node) -> object:
        pairs: dict[object, object] = {}
        for entry in _numbered(node, "entry", _COMPLEX):
            if isinstance(entry, str) or "key" not in entry:
                raise SerializationError(_COMPLEX)
            key = read_key(entry["key"])
            if key in pairs:
                raise SerializationError("Duplicate map key")
            pairs[key] = read_value(entry["value"]) if "value" in entry else None
        return pairs

    return read


def _numbered(node: Node, label: str, refusal: str) -> Iterator[Node]:
    """Give what stands under `LABEL.1`, `LABEL.2` … in the order of the numbers; an empty value is an empty list."""
    if node == "":
        return iter(())
    if isinstance(node, str):
        raise SerializationError(refusal)
    if node.keys() != {label}:
        numbered = any(name.isdecimal() for name in node)
        raise SerializationError("Top level element may not be treated as a list" if numbered else refusal)
    items = node[label]
    if isinstance(items, str):
        raise SerializationError(refusal)
    return iter([items[index] for index in sorted(items, key=_index)])


def _index(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise SerializationError("Start of list found where not expected")
    if text == "0":
        raise SerializationError("0 is not a valid index")
    if text[0] == "0":
        raise SerializationError(_STRAY_VALUE)
    if len(text) > _MOST_INDEX_DIGITS:
        raise SerializationError(f"Index {text} is illegal")
    return int(text)


_READERS: Final[dict[type[Shape], Callable[[Any], Reader]]] = {
    Scalar: _scalar_reader,
    ScalarList: _list_reader,
    StructureList: _list_reader,
    Map: _map_reader,
    Structure: _structure_reader,
}
