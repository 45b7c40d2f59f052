import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.policy.defaults import default_key_policy, render
from strongroom.policy.document import parse_key_policy

DEFAULT = """{
  "Version" : "2012-10-17",
  "Id" : "key-default-1",
  "Statement" : [ {
    "Sid" : "Enable IAM User Permissions",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "arn:aws:iam::111122223333:root"
    },
    "Action" : "kms:*",
    "Resource" : "*"
  } ]
}"""


def test_the_default_policy_is_as_aws_writes_it() -> None:
    assert default_key_policy("111122223333") == DEFAULT


def test_the_default_policy_of_another_partition() -> None:
    document = parse_key_policy(default_key_policy("111122223333", "aws-cn"))
    assert document.principal_arns() == ("arn:aws-cn:iam::111122223333:root",)


def test_several_statements_and_lists() -> None:
    text = '{"Statement":[{"Action":["kms:Encrypt","kms:Decrypt"],"Resource":[]},{"Condition":{}}]}'
    assert render(text) == (
        "{\n"
        '  "Statement" : [ {\n'
        '    "Action" : [ "kms:Encrypt", "kms:Decrypt" ],\n'
        '    "Resource" : [ ]\n'
        "  }, {\n"
        '    "Condition" : { }\n'
        "  } ]\n"
        "}"
    )


def test_members_keep_their_order() -> None:
    assert render('{"b":1,"a":2}') == '{\n  "b" : 1,\n  "a" : 2\n}'


@pytest.mark.parametrize("number", ["1", "-0", "1.10", "1E+400", "123456789012345678901234567890.5"])
def test_numbers_stay_as_written(number: str) -> None:
    assert render(number) == number


def test_texts_beyond_ascii_are_not_escaped() -> None:
    assert render('"\\u00e9\\n\\""') == '"é\\n\\""'


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON)
def test_what_is_rendered_means_the_same(value: object) -> None:
    assert json.loads(render(json.dumps(value))) == value


@given(JSON)
def test_rendering_again_changes_nothing(value: object) -> None:
    once = render(json.dumps(value))
    assert render(once) == once


def test_what_is_not_json() -> None:
    with pytest.raises(ValueError, match="Expecting"):
        render("{")
