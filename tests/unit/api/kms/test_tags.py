from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.in_process import Caller, InProcess, place_of
from tests.support.refusals import denied, invalid, missing, too_long
from tests.unit.api.kms.people import may, user

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.support.in_process import Refused

SHORT = "Member must have length greater than or equal to 1"
TOO_MANY = ("TagException", "Too many tags")
RESERVED = ("TagException", "Tags beginning with aws: are reserved")


@pytest.fixture
def service(shared_service: InProcess) -> InProcess:
    return shared_service


def pairs(names: Iterable[str], value: str = "v") -> list[dict[str, str]]:
    return [{"TagKey": name, "TagValue": value} for name in names]


def numbered(*numbers: int) -> list[str]:
    return [f"tag{number:03}" for number in range(*numbers)]


def tags_of(root: Caller, key: str) -> dict[str, str]:
    return {tag["TagKey"]: tag["TagValue"] for tag in root("ListResourceTags", KeyId=key)["Tags"]}


def test_tags_are_added_replaced_and_removed(root: Caller, key: str) -> None:
    assert root("TagResource", KeyId=place_of(key).key_id, Tags=pairs(["a", "b"])) == {}
    root("TagResource", KeyId=key, Tags=[*pairs(["b"], "new"), *pairs(["c"], "")])
    assert tags_of(root, key) == {"a": "v", "b": "new", "c": ""}
    assert root("UntagResource", KeyId=place_of(key).key_id, TagKeys=["a", "unknown"]) == {}
    assert tags_of(root, key) == {"b": "new", "c": ""}
    root("UntagResource", KeyId=key, TagKeys=["a", "b", "c"])
    assert root("ListResourceTags", KeyId=place_of(key).key_id) == {"Tags": [], "Truncated": False}


def test_tag_keys_are_case_sensitive(root: Caller, key: str) -> None:
    root("TagResource", KeyId=key, Tags=[*pairs(["Team"], "1"), *pairs(["team"], "2")])
    assert tags_of(root, key) == {"Team": "1", "team": "2"}


def test_nothing_to_tag_and_nothing_to_untag(root: Caller, key: str) -> None:
    assert root("TagResource", KeyId=key, Tags=[]) == {}
    assert root("UntagResource", KeyId=key, TagKeys=[]) == {}


def test_limits_of_tags_are_inclusive(root: Caller, key: str) -> None:
    tags = [{"TagKey": "k" * 128, "TagValue": "v" * 256}, {"TagKey": "é 😀+-=._:/@", "TagValue": ""}]
    root("TagResource", KeyId=key, Tags=tags)
    assert root("ListResourceTags", KeyId=key)["Tags"] == tags


@pytest.mark.parametrize(
    ("tags", "refused"),
    [
        (pairs(["a", "b", "a"]), ("TagException", "Duplicate tag keys")),
        (pairs(["aws:x"]), RESERVED),
        (pairs(["AwS:x"]), RESERVED),
        (pairs(numbered(51)), TOO_MANY),
        (pairs([""]), invalid("", "tags.1.member.tagKey", SHORT)),
        (pairs(["a", "k" * 129]), too_long("k" * 129, "tags.2.member.tagKey", 128)),
        (pairs(["a"], "v" * 257), too_long("v" * 257, "tags.1.member.tagValue", 256)),
        ([{"TagKey": "a"}], missing("tags.1.member.tagValue")),
        ([{"TagValue": "a"}], missing("tags.1.member.tagKey")),
    ],
)
def test_tags_that_are_refused(root: Caller, key: str, tags: list[dict[str, str]], refused: Refused) -> None:
    root("TagResource", KeyId=key, Tags=pairs(["kept"]))
    assert root.refused("TagResource", KeyId=key, Tags=tags) == refused
    assert tags_of(root, key) == {"kept": "v"}


@pytest.mark.parametrize(
    ("tag_keys", "refused"),
    [
        (["kept", "aws:x"], RESERVED),
        (["kept", ""], ("ValidationException", None)),
        (["kept", "k" * 129], ("ValidationException", None)),
    ],
)
def test_tag_keys_that_are_refused(
    root: Caller, key: str, tag_keys: list[str], refused: tuple[str, str | None]
) -> None:
    root("TagResource", KeyId=key, Tags=pairs(["kept"]))
    found = root.refused("UntagResource", KeyId=key, TagKeys=tag_keys)
    text = (
        f"1 validation error detected: Value '[{', '.join(tag_keys)}]' at 'tagKeys' failed to satisfy constraint: "
        f"Member must satisfy constraint: [Member must have length less than or equal to 128, {SHORT}]"
    )
    assert found == (refused[0], refused[1] or text)
    assert tags_of(root, key) == {"kept": "v"}


@pytest.mark.parametrize(
    ("operation", "members", "member"),
    [
        ("TagResource", {"Tags": []}, "keyId"),
        ("TagResource", {"KeyId": "x"}, "tags"),
        ("UntagResource", {"TagKeys": []}, "keyId"),
        ("UntagResource", {"KeyId": "x"}, "tagKeys"),
        ("ListResourceTags", {}, "keyId"),
    ],
)
def test_members_that_are_required(root: Caller, operation: str, members: dict[str, Any], member: str) -> None:
    assert root.refused(operation, **members) == missing(member)


def test_the_quota_of_tags_is_per_key(root: Caller, key: str) -> None:
    root("TagResource", KeyId=key, Tags=pairs(numbered(49)))
    root("TagResource", KeyId=key, Tags=pairs(["last"]))
    assert root.refused("TagResource", KeyId=key, Tags=pairs(["one more"])) == TOO_MANY
    assert root.refused("TagResource", KeyId=key, Tags=pairs(["last", "one more"])) == TOO_MANY
    assert tags_of(root, key) == dict.fromkeys([*numbered(49), "last"], "v")
    root("TagResource", KeyId=key, Tags=pairs(["last"], "replaced"))
    root("UntagResource", KeyId=key, TagKeys=["last"])
    root("TagResource", KeyId=key, Tags=pairs(["one more"]))
    assert len(tags_of(root, key)) == 50
    root("TagResource", KeyId=root.key(), Tags=pairs(["one more"]))


@pytest.mark.parametrize("size", [1, 49, 50])
def test_boto3_pages_through_all(root: Caller, key: str, size: int) -> None:
    root("TagResource", KeyId=key, Tags=pairs(numbered(50)))
    pages = root.client.get_paginator("list_resource_tags").paginate(KeyId=key, PaginationConfig={"PageSize": size})
    assert [tag["TagKey"] for page in pages for tag in page["Tags"]] == numbered(50)


@pytest.mark.parametrize("character", ["\x01", "é", "😀", '"'])
def test_a_marker_fits_into_a_request_whatever_the_tag_key(root: Caller, key: str, character: str) -> None:
    names = [character * 128, "\U0010ffff"]
    root("TagResource", KeyId=key, Tags=pairs(names))
    marker = root("ListResourceTags", KeyId=key, Limit=1)["NextMarker"]
    assert [tag["TagKey"] for tag in root("ListResourceTags", KeyId=key, Marker=marker)["Tags"]] == names[1:]


@pytest.mark.parametrize(
    ("limit", "constraint"),
    [
        (0, "greater than or equal to 1"),
        (51, "less than or equal to 50"),
        (1001, "less than or equal to 1000"),
    ],
)
def test_a_limit_out_of_bounds(root: Caller, key: str, limit: int, constraint: str) -> None:
    refused = root.refused("ListResourceTags", KeyId=key, Limit=limit)
    assert refused == invalid(limit, "limit", f"Member must have value {constraint}")


def test_a_marker_belongs_to_its_key(root: Caller, key: str) -> None:
    root("TagResource", KeyId=key, Tags=pairs(["a", "b"]))
    marker = root("ListResourceTags", KeyId=key, Limit=1)["NextMarker"]
    bad = ("InvalidMarkerException", "")
    assert root.refused("ListResourceTags", KeyId=root.key(), Marker=marker) == bad
    assert root.refused("ListResourceTags", KeyId=key, Marker="nonsense") == bad


def test_typed_exceptions_of_boto3(root: Caller, key: str) -> None:
    with pytest.raises(root.client.exceptions.TagException, match="Duplicate"):
        root("TagResource", KeyId=key, Tags=pairs(["a", "a"]))


@pytest.mark.parametrize("operation", ["TagResource", "CreateKey"])
def test_too_many_tags_are_refused_before_any_key_is_looked_up(
    service: InProcess, root: Caller, operation: str
) -> None:
    tags = [{"TagKey": str(number), "TagValue": ""} for number in range(51)]
    gone = {"KeyId": "00000000-0000-0000-0000-000000000000"} if operation == "TagResource" else {}
    assert root.refused(operation, **gone, Tags=tags) == ("TagException", "Too many tags")
    assert service.records[-1]["requestParameters"] is None


def test_too_many_tag_keys_are_refused(root: Caller, key: str) -> None:
    refused = root.refused("UntagResource", KeyId=key, TagKeys=[str(number) for number in range(51)])
    assert refused == ("TagException", "Too many tags")


def test_to_tag_a_new_key_is_a_permission_of_its_own(service: InProcess) -> None:
    tags = [{"TagKey": "team", "TagValue": "payments"}]
    maker = user(service, "maker", may("kms:CreateKey"))
    maker("CreateKey")
    maker("CreateKey", Tags=[])
    rest = "on resource: * because no identity-based policy allows the kms:TagResource action"
    assert maker.refused("CreateKey", Tags=tags) == denied(maker.arn, "kms:TagResource", rest)
    condition = {"StringEquals": {"aws:RequestTag/team": "payments", "kms:KeySpec": "SYMMETRIC_DEFAULT"}}
    tagger = user(service, "tagger", may("kms:CreateKey"), {**may("kms:TagResource"), "Condition": condition})
    tagger("CreateKey", Tags=tags)
    tags[0]["TagValue"] = "sales"
    assert tagger.refused("CreateKey", Tags=tags) == denied(tagger.arn, "kms:TagResource", rest)
