"""Answers for an attested recipient: never in the clear, and decided by what it measured."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING, Final

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from strongroom.api.attesting import Attesting
from tests.support.attestation import new_authority, new_document
from tests.support.in_process import allow
from tests.support.samples import PLAINTEXT, prepare

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.in_process import Caller, InProcess

ENCLAVE: Final = rsa.generate_private_key(65537, 2048)
PUBLIC: Final = ENCLAVE.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
AUTHORITY: Final = new_authority(time.time())
# By operation: the member of the answer that would hold the secret.
OPERATIONS: Final = {
    "Decrypt": "Plaintext",
    "DeriveSharedSecret": "SharedSecret",
    "GenerateDataKey": "Plaintext",
    "GenerateDataKeyPair": "PrivateKeyPlaintext",
    "GenerateRandom": "Plaintext",
}


@pytest.fixture
def service(service: InProcess) -> InProcess:
    service.pipeline._attesting = Attesting([AUTHORITY.root])  # noqa: SLF001 - as the settings would
    return service


def recipient(**changes: object) -> dict[str, object]:
    document = new_document(AUTHORITY, PUBLIC, time.time(), changes)
    return {"KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256", "AttestationDocument": document}


def opened(envelope: bytes, folder: Path) -> bytes:
    """Decrypt as an enclave does, by OpenSSL."""
    key = folder / "enclave.pem"
    key.write_bytes(ENCLAVE.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    command = ["openssl", "cms", "-decrypt", "-inform", "DER", "-inkey", str(key)]
    return subprocess.run(command, input=envelope, capture_output=True, check=True).stdout  # noqa: S603 - openssl


@pytest.mark.parametrize(("operation", "member"), OPERATIONS.items())
def test_the_secret_is_given_to_the_recipient_alone(
    service: InProcess, root: Caller, tmp_path: Path, operation: str, member: str
) -> None:
    members = prepare(root, operation).members
    in_the_clear = root(operation, **members)
    answer = root(operation, **members, Recipient=recipient())
    assert not answer.get(member)
    secret = opened(answer["CiphertextForRecipient"], tmp_path)
    if operation in {"Decrypt", "DeriveSharedSecret"}:
        assert secret == in_the_clear[member]
        assert "KeyMaterialId" not in answer
    elif operation == "GenerateRandom":
        assert len(secret) == 32
    else:
        blob = answer.get("CiphertextBlob") or answer["PrivateKeyCiphertextBlob"]
        assert root("Decrypt", CiphertextBlob=blob)["Plaintext"] == secret
    shown = [each.get("additionalEventData", {}).get("recipient", {}) for each in service.records[-2:]]
    assert any("attestationDocumentModuleId" in each for each in shown)


def test_a_policy_admits_what_was_measured(service: InProcess, root: Caller, key: str) -> None:
    blob = root("Encrypt", KeyId=key, Plaintext=PLAINTEXT)["CiphertextBlob"]
    good, bad = b"\1" * 48, b"\2" * 48
    measured = {"StringEqualsIgnoreCase": {"kms:RecipientAttestation:PCR1": good.hex().upper()}}
    service.write_policy(key, allow(action="kms:Decrypt", Condition=measured))
    root("Decrypt", CiphertextBlob=blob, Recipient=recipient(pcrs={0: bad, 1: good}))
    refused = root.refused("Decrypt", CiphertextBlob=blob, Recipient=recipient(pcrs={0: good, 1: bad}))
    assert refused.code == "AccessDeniedException"
    assert root.refused("Decrypt", CiphertextBlob=blob).code == "AccessDeniedException"


def test_documents_that_prove_nothing(root: Caller, key: str) -> None:
    other = new_document(new_authority(time.time()), PUBLIC, time.time())
    late = new_document(AUTHORITY, PUBLIC, time.time() - 400)
    algorithm = "RSAES_OAEP_SHA_256"
    for document in (b"x", other, late):
        asked = {"KeyEncryptionAlgorithm": algorithm, "AttestationDocument": document}
        refused = root.refused("GenerateDataKey", KeyId=key, KeySpec="AES_256", Recipient=asked)
        assert refused.code == "ValidationException"
    incomplete: tuple[dict[str, object], ...] = (
        {"KeyEncryptionAlgorithm": algorithm},
        {"AttestationDocument": b"x"},
        {},
    )
    for each in incomplete:
        refused = root.refused("GenerateDataKey", KeyId=key, KeySpec="AES_256", Recipient=each)
        assert refused.code == "ValidationException"


def test_without_roots_nothing_is_given(service: InProcess, root: Caller) -> None:
    service.pipeline._attesting = Attesting()  # noqa: SLF001 - as without the setting
    refused = root.refused("GenerateRandom", NumberOfBytes=32, Recipient=recipient())
    assert refused.code == "UnsupportedOperationException"
    assert service.records[-1]["errorCode"] == "UnsupportedOperationException"


def test_a_key_that_is_not_rsa(root: Caller) -> None:
    public = ec.generate_private_key(ec.SECP384R1()).public_key()
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    document = new_document(AUTHORITY, der, time.time())
    asked = {"KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256", "AttestationDocument": document}
    assert root.refused("GenerateRandom", NumberOfBytes=32, Recipient=asked).code == "ValidationException"
