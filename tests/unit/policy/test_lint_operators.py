from __future__ import annotations

import pytest

from strongroom.policy.lint_operators import Operator, parse_operator, readable


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("StringEquals", Operator(name="StringEquals", qualifier="", if_exists=False)),
        (
            "FORALLVALUES:stringlikeIFEXISTS",
            Operator(name="StringLike", qualifier="forallvalues", if_exists=True),
        ),
        ("ForAnyValue:ArnNotLike", Operator(name="ArnNotLike", qualifier="foranyvalue", if_exists=False)),
        ("NumericLessThanEquals", Operator(name="NumericLessThanEquals", qualifier="", if_exists=False)),
        ("Null", Operator(name="Null", qualifier="", if_exists=False)),
        ("NullIfExists", None),
        ("StringEqualsIfExistsIfExists", None),
        ("ForNoValue:StringEquals", None),
        ("", None),
    ],
)
def test_reading_an_operator(text: str, expected: Operator | None) -> None:
    assert parse_operator(text) == expected


def test_what_is_known_of_an_operator() -> None:
    operator = Operator(name="NotIpAddress", qualifier="", if_exists=False)
    assert (operator.family, operator.negated, operator.demands_key) == ("ip", True, False)
    operator = Operator(name="DateLessThan", qualifier="foranyvalue", if_exists=False)
    assert (operator.family, operator.negated, operator.demands_key) == ("date", False, True)


@pytest.mark.parametrize(
    ("family", "text"),
    [
        ("string", "anything"),
        ("bool", "True"),
        ("null", "false"),
        *(("numeric", text) for text in ("0", "-1.5", "+2.", ".5", "1e3")),
        *(("date", text) for text in ("2030-01-01", "2030-01-01T00:00:00Z", "1767225600")),
        *(("ip", text) for text in ("192.0.2.1", "192.0.2.1/24", "2001:db8::1", "::/0")),
        ("binary", "aGVsbG8="),
        *(("arn", text) for text in ("arn:aws:iam::111122223333:root", "*", "${aws:PrincipalArn}")),
    ],
)
def test_readable_values(family: str, text: str) -> None:
    assert readable(family, text)


@pytest.mark.parametrize(
    ("family", "text"),
    [
        ("bool", "1"),
        ("null", ""),
        *(("numeric", text) for text in ("", "one", "1_000", "nan", "inf", " 1", ".", "0x1", "\u0661")),
        *(("date", text) for text in ("", "tomorrow", "2030-13-01", "01/02/2030")),
        *(("ip", text) for text in ("", "192.0.2.256", "192.0.2.0/33", "example.org")),
        *(("binary", text) for text in ("a", "é", "aGVs bG8=")),
        *(("arn", text) for text in ("", "Alice", "arn:aws:iam")),
    ],
)
def test_unreadable_values(family: str, text: str) -> None:
    assert not readable(family, text)
