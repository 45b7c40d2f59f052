from __future__ import annotations

from typing import TYPE_CHECKING

from strongroom.cli.output import complain, print_fields, print_json

if TYPE_CHECKING:
    import pytest


def test_json_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"a": [1, None], "b": "ä"})
    assert capsys.readouterr() == ('{\n  "a": [\n    1,\n    null\n  ],\n  "b": "ä"\n}\n', "")


def test_fields_stand_in_columns(capsys: pytest.CaptureFixture[str]) -> None:
    print_fields({"a": 1, "long": "b"})
    assert capsys.readouterr() == ("  a     1\n  long  b\n", "")


def test_complaints_go_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    complain("what is wrong")
    assert capsys.readouterr() == ("", "strongroom: what is wrong\n")
