from __future__ import annotations

import base64
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.authn.totp import (
    STEP_SECONDS,
    base32_seed,
    matching_step,
    matching_step_of_pair,
    new_seed,
    provisioning_uri,
    qr_png,
)

# RFC 6238, appendix B (SHA-1): the last 6 of the 8 digits there.
RFC_SEED = b"12345678901234567890"
RFC_VECTORS = [
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
    (20000000000, "353130"),
]
TIME, CODE = RFC_VECTORS[3]
STEP = TIME // STEP_SECONDS


@pytest.mark.parametrize(("time", "code"), RFC_VECTORS)
def test_the_codes_of_rfc_6238_are_right(time: int, code: str) -> None:
    assert matching_step(RFC_SEED, code, time, 0) == time // STEP_SECONDS


@pytest.mark.parametrize(
    ("offset", "right"), [(-31, False), (-30, True), (-1, True), (0, True), (29.9, True), (59.9, True), (60, False)]
)
def test_a_code_is_right_one_step_early_and_late(offset: float, right: bool) -> None:  # noqa: FBT001 - a parameter
    start = STEP * STEP_SECONDS
    assert matching_step(RFC_SEED, CODE, start + offset, 0) == (STEP if right else None)


@pytest.mark.parametrize(
    "code", ["005925", "5924", "0005924", "", " 005924", "005924\n", "\N{FULLWIDTH DIGIT ZERO}05924", "abcdef"]
)
def test_other_codes_are_wrong(code: str) -> None:
    assert matching_step(RFC_SEED, code, TIME, 0) is None


def test_other_seeds_have_other_codes() -> None:
    assert matching_step(b"x" * 20, CODE, TIME, 0) is None


@pytest.mark.parametrize(("last_step", "right"), [(STEP - 1, True), (STEP, False), (STEP + 1, False)])
def test_a_code_is_right_once_and_none_before_it_is(last_step: int, right: bool) -> None:  # noqa: FBT001 - a parameter
    assert matching_step(RFC_SEED, CODE, TIME, last_step) == (STEP if right else None)


def test_the_first_seconds_of_the_epoch_have_no_code() -> None:
    assert matching_step(RFC_SEED, "755224", 0, 0) is None


# Codes of the steps before, at and after RFC 4226's counter 5: 4, 5 and 6 (appendix D).
COUNTER_4, COUNTER_5, COUNTER_6 = "338314", "254676", "287922"


@pytest.mark.parametrize(
    ("first", "second", "last_step", "expected"),
    [
        (COUNTER_4, COUNTER_5, 0, 5),
        (COUNTER_5, COUNTER_6, 0, 6),
        (COUNTER_5, COUNTER_6, 4, 6),
        (COUNTER_5, COUNTER_6, 5, None),
        (COUNTER_4, COUNTER_6, 0, None),
        (COUNTER_5, COUNTER_5, 0, None),
        (COUNTER_5, COUNTER_4, 0, None),
        (COUNTER_4, "000000", 0, None),
        ("000000", COUNTER_5, 0, None),
    ],
)
def test_two_codes_must_follow_each_other(first: str, second: str, last_step: int, expected: int | None) -> None:
    assert matching_step_of_pair(RFC_SEED, first, second, 5 * STEP_SECONDS, last_step) == expected


def test_seeds_are_random_and_long() -> None:
    made = {new_seed() for _ in range(100)}
    assert len(made) == 100
    assert {len(seed) * 8 for seed in made} == {160}


@given(st.binary(min_size=20, max_size=20))
def test_a_seed_is_typed_without_padding(seed: bytes) -> None:
    text = base32_seed(seed)
    assert base64.b32decode(text) == seed
    assert text.isalnum()


def test_the_uri_has_the_form_that_aws_documents() -> None:
    uri = provisioning_uri(RFC_SEED, "Phone", "111122223333")
    assert uri == "otpauth://totp/Phone@111122223333?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


@given(st.text(max_size=20), st.text(max_size=20))
def test_names_do_not_break_the_uri(device_name: str, account_name: str) -> None:
    parts = urlsplit(provisioning_uri(RFC_SEED, device_name, account_name))
    assert unquote(parts.path) == f"/{device_name}@{account_name}"
    assert parse_qs(parts.query) == {"secret": [base32_seed(RFC_SEED)]}


def test_the_code_is_drawn_as_png() -> None:
    uri = provisioning_uri(RFC_SEED, "Phone", "111122223333")
    assert qr_png(uri).startswith(b"\x89PNG\r\n\x1a\n")
    assert qr_png(uri) != qr_png(uri + "x")
