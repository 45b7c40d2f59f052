from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from strongroom.policy.lint_syntax import refused
from tests.unit.policy.lint_support import ALICE, statement

if TYPE_CHECKING:
    from strongroom.policy.lint_view import PolicyKind
    from strongroom.policy.positions import Path


def culprits(policy: object, kind: PolicyKind) -> list[tuple[Path, str]]:
    return [(remark.path, remark.message) for remark in refused(policy, kind)]


def policy(*statements: object, **members: object) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements), **members}


@pytest.mark.parametrize("kind", ["key", "identity", "trust"])
def test_nothing_is_refused(kind: PolicyKind) -> None:
    assert refused(policy(statement(kind), statement(kind)), kind) == ()


@pytest.mark.parametrize(
    ("kind", "members", "path"),
    [
        ("key", {"Effect": "Alow"}, ("Effect",)),
        ("key", {"Effect": None}, ()),
        ("key", {"Sid": 1}, ("Sid",)),
        ("key", {"Foo": 1}, ("Foo",)),
        ("key", {"Principal": None}, ()),
        ("key", {"Principal": {"AWS": [ALICE, "nobody", "none"]}}, ("Principal", "AWS", 1)),
        ("key", {"Principal": {"AWS": ALICE, "Service": ["a.amazonaws.com", "*"]}}, ("Principal", "Service", 1)),
        ("key", {"Principal": {"AWS": ALICE, "Group": "x"}}, ("Principal", "Group")),
        ("key", {"Action": ["kms:Encrypt", "Encrypt"]}, ("Action", 1)),
        ("key", {"Action": ["kms:Encrypt", 1]}, ("Action", 1)),
        ("key", {"Condition": {"StringEquals": {"aws:a": "b"}, "Foo": {"aws:a": "b"}}}, ("Condition", "Foo")),
        ("identity", {"Resource": ["*", "key"]}, ("Resource", 1)),
        ("identity", {"Action": None}, ()),
        ("identity", {"Principal": {"AWS": "*"}}, ("Principal",)),
        ("trust", {"Resource": "*"}, ("Resource",)),
    ],
)
def test_where_a_statement_is_refused(kind: PolicyKind, members: dict[str, Any], path: Path) -> None:
    text = policy(statement(kind), statement(kind, **members))
    assert [each for each, _ in culprits(text, kind)] == [("Statement", 1, *path)]
    alone = {**text, "Statement": statement(kind, **members)}
    assert [each for each, _ in culprits(alone, kind)] == [("Statement", *path)]


def test_each_statement_is_looked_at() -> None:
    text = policy(statement(Effect="A"), statement(), statement(Effect="B"))
    assert culprits(text, "key") == [
        (("Statement", 0, "Effect"), "Invalid effect: A"),
        (("Statement", 2, "Effect"), "Invalid effect: B"),
    ]


def test_ids_that_stand_twice() -> None:
    text = policy(statement(Sid="a"), statement(Sid="b"), statement(Sid="a"))
    (remark,) = refused(text, "key")
    assert (remark.path, remark.code) == (("Statement", 2, "Sid"), "duplicate-sid")


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ([], ()),
        ({}, ()),
        ({"Statement": []}, ("Statement",)),
        (policy(statement(), Version="2013-01-01"), ("Version",)),
        (policy(statement(), statement(), Foo=1), ("Foo",)),
        (policy(statement(), Id=1), ("Id",)),
        (policy(statement(), 1), ("Statement", 1)),
    ],
)
def test_where_a_document_is_refused(text: object, path: Path) -> None:
    assert [each for each, _ in culprits(text, "key")] == [path]


def test_the_document_is_left_as_it_is() -> None:
    text = policy(statement(Effect="A"), statement(Action=["x"]))
    before = json.dumps(text)
    refused(text, "key")
    assert json.dumps(text) == before
