from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.refusals import invalid

if TYPE_CHECKING:
    from tests.support.in_process import Caller, InProcess, Refused


@pytest.fixture
def service(shared_service: InProcess) -> InProcess:
    return shared_service


@pytest.mark.parametrize("size", [1, 32, 1024])
def test_as_many_bytes_as_asked(root: Caller, size: int) -> None:
    answer = root("GenerateRandom", NumberOfBytes=size)
    assert len(answer.pop("Plaintext")) == size
    assert answer == {}


def test_no_two_answers_are_equal(root: Caller) -> None:
    assert len({root("GenerateRandom", NumberOfBytes=16)["Plaintext"] for _ in range(5)}) == 5


@pytest.mark.parametrize(
    ("members", "refused"),
    [
        ({}, ("ValidationException", "NumberOfBytes is required.")),
        ({"NumberOfBytes": 0}, invalid(0, "numberOfBytes", "Member must have value greater than or equal to 1")),
        ({"NumberOfBytes": 1025}, invalid(1025, "numberOfBytes", "Member must have value less than or equal to 1024")),
        (
            {"NumberOfBytes": 1, "CustomKeyStoreId": "cks-1234567890abcdef0"},
            ("CustomKeyStoreNotFoundException", "There is no custom key store cks-1234567890abcdef0."),
        ),
        (
            {"NumberOfBytes": 1, "CustomKeyStoreId": ""},
            invalid("", "customKeyStoreId", "Member must have length greater than or equal to 1"),
        ),
        (
            {"NumberOfBytes": 1, "CustomKeyStoreId": "c" * 65},
            invalid("c" * 65, "customKeyStoreId", "Member must have length less than or equal to 64"),
        ),
        (
            {"NumberOfBytes": 1, "Recipient": {}},
            (
                "UnsupportedOperationException",
                "The Recipient parameter is not supported: no root certificate is configured.",
            ),
        ),
    ],
)
def test_parameters_that_are_refused(root: Caller, members: dict[str, Any], refused: Refused) -> None:
    assert root.refused("GenerateRandom", **members) == refused
