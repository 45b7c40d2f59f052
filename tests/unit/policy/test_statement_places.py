from __future__ import annotations

import json
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.policy.positions import NotJsonError
from strongroom.policy.statement_places import statement_span

LISTED: Final = """{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": "*",
      "Resource": "*"
    },
    { "Effect": "Deny", "Action": [ "kms:,", "}" ], "Resource": "*" }
  ]
}"""
# Source: IAM API Reference, SimulatePrincipalPolicy, the sample.
SINGLE: Final = """{
  "Version":"2012-10-17",
  "Statement":{
    "Effect":"Allow",
    "Action":"s3:PutObject",
    "Resource":"arn:aws:s3:::my-test-bucket"
  }
}"""


def test_statements_of_a_list() -> None:
    assert statement_span(LISTED, 0) == ((3, 17), (4, 5), (8, 6))
    assert statement_span(LISTED, 1) == ((8, 7), (9, 5), (9, 70))


def test_a_single_statement_as_aws_places_it() -> None:
    assert statement_span(SINGLE, 0) == ((3, 16), (3, 15), (7, 4))


@pytest.mark.parametrize("index", [2, 7])
def test_there_is_no_such_statement(index: int) -> None:
    with pytest.raises(IndexError):
        statement_span(LISTED, index)


@pytest.mark.parametrize("text", ["{}", '{"Statement": []}'])
def test_there_is_no_statement_at_all(text: str) -> None:
    with pytest.raises(IndexError):
        statement_span(text, 0)


def test_what_is_not_json_has_no_statements() -> None:
    with pytest.raises(NotJsonError):
        statement_span("{", 0)


@given(st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=9), max_size=3), min_size=1, max_size=5))
def test_what_is_between_start_and_end_is_the_statement(statements: list[dict[str, str]]) -> None:
    text = json.dumps({"Statement": statements})
    for index, statement in enumerate(statements):
        span = statement_span(text, index)
        assert json.loads(text[span.start.column - 1 : span.end.column - 1]) == statement
