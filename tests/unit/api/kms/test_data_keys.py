from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.refusals import invalid, missing
from tests.support.samples import CONTEXT

if TYPE_CHECKING:
    from tests.support.in_process import Caller, InProcess, Refused

GENERATE, WITHOUT_PLAINTEXT = "GenerateDataKey", "GenerateDataKeyWithoutPlaintext"
ONE_OF = ("ValidationException", "Please specify either number of bytes or key spec.")

both = pytest.mark.parametrize("operation", [GENERATE, WITHOUT_PLAINTEXT])


@pytest.fixture
def service(shared_service: InProcess) -> InProcess:
    return shared_service


@both
@pytest.mark.parametrize(
    ("asked", "size"),
    [
        ({"KeySpec": "AES_256"}, 32),
        ({"KeySpec": "AES_128"}, 16),
        ({"NumberOfBytes": 1}, 1),
        ({"NumberOfBytes": 1024}, 1024),
    ],
)
def test_a_data_key_of_each_size(root: Caller, key: str, operation: str, asked: dict[str, object], size: int) -> None:
    answer = root(operation, KeyId=key, EncryptionContext=CONTEXT, **asked)
    opened = root("Decrypt", CiphertextBlob=answer.pop("CiphertextBlob"), EncryptionContext=CONTEXT)
    assert len(opened["Plaintext"]) == size
    assert answer.pop("Plaintext", opened["Plaintext"]) == opened["Plaintext"]
    assert answer == {"KeyId": key, "KeyMaterialId": opened["KeyMaterialId"]}


def test_only_one_of_the_two_gives_the_plaintext(root: Caller, key: str) -> None:
    assert "Plaintext" in root(GENERATE, KeyId=key, KeySpec="AES_256")
    assert "Plaintext" not in root(WITHOUT_PLAINTEXT, KeyId=key, KeySpec="AES_256")


@both
def test_every_data_key_is_another(root: Caller, key: str, operation: str) -> None:
    blobs = [root(operation, KeyId=key, KeySpec="AES_256")["CiphertextBlob"] for _ in range(3)]
    assert len({root("Decrypt", CiphertextBlob=blob)["Plaintext"] for blob in blobs}) == 3


@both
def test_a_data_key_is_bound_to_its_context(root: Caller, key: str, operation: str) -> None:
    blob = root(operation, KeyId=key, KeySpec="AES_256", EncryptionContext=CONTEXT)["CiphertextBlob"]
    assert root.refused("Decrypt", CiphertextBlob=blob).code == "InvalidCiphertextException"


@both
@pytest.mark.parametrize(
    ("asked", "refused"),
    [
        ({}, ONE_OF),
        ({"KeySpec": "AES_256", "NumberOfBytes": 32}, ONE_OF),
        ({"NumberOfBytes": 0}, invalid(0, "numberOfBytes", "Member must have value greater than or equal to 1")),
        ({"NumberOfBytes": 1025}, invalid(1025, "numberOfBytes", "Member must have value less than or equal to 1024")),
        (
            {"KeySpec": "AES_192"},
            invalid("AES_192", "keySpec", "Member must satisfy enum value set: [AES_256, AES_128]"),
        ),
        (
            {"KeySpec": "AES_256", "GrantTokens": ["t"]},
            ("InvalidGrantTokenException", "No grant has this token."),
        ),
    ],
)
def test_parameters_that_are_refused(
    root: Caller, key: str, operation: str, asked: dict[str, Any], refused: Refused
) -> None:
    assert root.refused(operation, KeyId=key, **asked) == refused


@both
def test_the_key_is_required(root: Caller, operation: str) -> None:
    assert root.refused(operation, KeySpec="AES_256") == missing("keyId")


def test_a_recipient_is_refused_and_never_ignored(root: Caller, key: str) -> None:
    recipient = {"KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256", "AttestationDocument": b"document"}
    refused = root.refused(GENERATE, KeyId=key, KeySpec="AES_256", Recipient=recipient)
    assert refused == (
        "UnsupportedOperationException",
        "The Recipient parameter is not supported: no root certificate is configured.",
    )
