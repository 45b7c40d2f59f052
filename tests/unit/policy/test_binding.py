import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.policy.binding import rebind
from strongroom.policy.defaults import render

ALICE, BOB = "arn:aws:iam::111122223333:user/Alice", "arn:aws:iam::111122223333:user/Bob"
IDS = {ALICE: "AIDAALICE", BOB: "AIDABOB"}


def bind(text: str) -> str:
    return rebind(text, lambda name: IDS.get(name, name))


def test_principals_are_replaced_and_all_else_stays() -> None:
    text = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"AWS": [ALICE, "111122223333"], "Service": ALICE}, "Action": ALICE},
                {"NotPrincipal": {"AWS": BOB}, "Condition": {"ArnLike": {"aws:PrincipalArn": ALICE}}},
                {"Principal": "*"},
                {"Principal": {"Service": "sns.amazonaws.com"}},
            ],
        }
    )
    expected = text.replace(f'"AWS": ["{ALICE}"', '"AWS": ["AIDAALICE"').replace(f'"AWS": "{BOB}"', '"AWS": "AIDABOB"')
    assert bind(text) == render(expected)
    assert bind(text) != render(text)


def test_a_statement_without_its_list() -> None:
    assert bind(json.dumps({"Statement": {"Principal": {"AWS": ALICE}}})) == render(
        '{"Statement": {"Principal": {"AWS": "AIDAALICE"}}}'
    )


def test_every_text_is_given_to_the_function_once() -> None:
    seen: list[str] = []

    def note(name: str) -> str:
        seen.append(name)
        return name

    rebind(json.dumps({"Statement": [{"Principal": {"AWS": ["*", ALICE]}}, {"Principal": {"AWS": "*"}}]}), note)
    assert seen == ["*", ALICE, "*"]


def test_numbers_stay_as_written() -> None:
    assert '"a" : 1.10e2' in bind('{"Statement": [{"Condition": {"NumericEquals": {"a": 1.10e2}}}]}')


@pytest.mark.parametrize("text", ["[]", '{"Statement": 7}', '{"Statement": [7, {"Principal": {"AWS": [7]}}]}', "null"])
def test_what_is_no_policy_stays_as_it_is(text: str) -> None:
    assert bind(text) == render(text)


def test_what_is_not_json_is_refused() -> None:
    with pytest.raises(ValueError, match="Expecting"):
        bind("{")


@given(
    st.lists(st.sampled_from([ALICE, BOB, "*", "111122223333"]), min_size=1),
    st.sampled_from(["Principal", "NotPrincipal"]),
)
def test_binding_back_gives_the_same(names: list[str], element: str) -> None:
    policy: dict[str, Any] = {"Statement": [{element: {"AWS": names}}]}
    back = {bound: name for name, bound in IDS.items()}
    text = json.dumps(policy)
    assert rebind(bind(text), lambda name: back.get(name, name)) == render(text)
