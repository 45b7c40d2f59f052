from typing import Annotated, Literal

import msgspec
import pytest
from msgspec import Meta

from strongroom.protocol.plan import plan_of
from strongroom.protocol.structures import AwsStruct


class Tag(AwsStruct, frozen=True, kw_only=True):
    tag_key: str


class Request(AwsStruct, frozen=True, kw_only=True):
    key_id: str
    tags: list[Tag] | None = None


def test_members_keep_their_order_and_names() -> None:
    plan = plan_of(Request)
    assert [(wire, member.name, member.required) for wire, member in plan.members.items()] == [
        ("KeyId", "keyId", True),
        ("Tags", "tags", False),
    ]


def test_a_plan_is_made_once() -> None:
    assert plan_of(Request) is plan_of(Request)


WRONG: dict[str, object] = {
    "exclusive minimum": Annotated[int, Meta(gt=0)],
    "exclusive maximum": Annotated[int, Meta(lt=0)],
    "multiple": Annotated[int, Meta(multiple_of=2)],
    "unknown scalar": complex,
    "set": set[str],
    "union": str | int,
    "null that must be there": str | None,
    "list of lists": list[list[str]],
    "map of structures": dict[str, Tag],
    "anything": object,
    "list of anything": list,
    "number among the names": Literal["A", 1],
    "null in a list": list[str | None],
    "null in a map": dict[str, str | None],
}


@pytest.mark.parametrize("annotation", WRONG.values(), ids=WRONG.keys())
def test_annotations_that_cannot_be_explained(annotation: object) -> None:
    wrong = msgspec.defstruct("Wrong", [("member", annotation)], bases=(AwsStruct,), frozen=True, kw_only=True)
    assert issubclass(wrong, AwsStruct)
    with pytest.raises(TypeError):
        plan_of(wrong)


def test_an_optional_member_allows_null() -> None:
    class Wrong(AwsStruct, frozen=True, kw_only=True):
        member: str = None  # type: ignore[assignment]  # the mistake under test

    with pytest.raises(TypeError, match="a member may be null if, and only if, it has the default None"):
        plan_of(Wrong)


def test_other_notes_of_an_annotation_do_not_matter() -> None:
    class Noted(AwsStruct, frozen=True, kw_only=True):
        member: Annotated[str, "a note", Meta(max_length=1), Meta(min_length=1)]

    plan = plan_of(Noted)
    assert [*plan.faults({"Member": ""}, "")] == [
        "Value '' at 'member' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ]
