from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import example, given, settings
from hypothesis import strategies as st

from strongroom.crypto.attestation import Attestation, AttestationError, condition_values, recorded, verify_attestation
from tests.support.attestation import (
    PCRS,
    SIGNER,
    Authority,
    issue,
    new_authority,
    new_document,
    payload_of,
    public_key_der,
    sign,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

NOW = 1_700_000_000.0
AUTHORITY = new_authority(NOW)
PUBLIC_KEY = public_key_der(rsa.generate_private_key(65537, 2048))
DOCUMENT = new_document(AUTHORITY, PUBLIC_KEY, NOW)
PAYLOAD = cbor2.dumps(payload_of(AUTHORITY, PUBLIC_KEY, NOW, {}))
MODULE_ID = "i-1234567890abcdef0-enc1234567890abcde"
TPM_ID = "i-1234567890abcdef0-tpm0000000000000000"
TPM_PCRS = {index: bytes((index,)) * 48 for index in range(24)}


def verified(document: bytes, now: float = NOW) -> Attestation:
    return verify_attestation(document, [AUTHORITY.root], now)


def with_members(**changes: object) -> bytes:
    return new_document(AUTHORITY, PUBLIC_KEY, NOW, changes)


def enclave(pcrs: Mapping[int, bytes]) -> Attestation:
    return verified(with_members(pcrs=dict(pcrs)))


def nitrotpm(pcrs: Mapping[int, bytes]) -> Attestation:
    return verified(with_members(module_id=TPM_ID, pcrs=..., nitrotpm_pcrs=dict(pcrs)))


def test_what_a_document_says() -> None:
    assert verified(with_members(timestamp=1_700_000_000_123, user_data=b"data", nonce=b"")) == Attestation(
        platform="enclave",
        module_id=MODULE_ID,
        timestamp=1_700_000_000.123,
        digest="SHA384",
        pcrs=dict(PCRS),
        public_key=PUBLIC_KEY,
        user_data=b"data",
        nonce=b"",
    )


def test_what_a_document_of_a_nitrotpm_says() -> None:
    attestation = nitrotpm(TPM_PCRS)
    assert (attestation.platform, attestation.module_id, attestation.pcrs) == ("nitrotpm", TPM_ID, TPM_PCRS)
    assert (attestation.user_data, attestation.nonce) == (None, None)


def test_documents_may_be_tagged() -> None:
    assert verified(sign(PAYLOAD, AUTHORITY.signer.key, tagged=True)) == verified(DOCUMENT)


@pytest.mark.parametrize("age", [0, 300, -60])
def test_documents_are_taken_for_five_minutes(age: float) -> None:
    assert verified(DOCUMENT, NOW + age).timestamp == NOW


@pytest.mark.parametrize(("age", "reason"), [(300.001, "has expired"), (-60.001, "is from the future")])
def test_documents_of_another_time_are_refused(age: float, reason: str) -> None:
    with pytest.raises(AttestationError, match=rf"^The attestation document {reason}"):
        verified(DOCUMENT, NOW + age)


def test_certificates_are_checked_at_the_time_of_the_request() -> None:
    with pytest.raises(AttestationError, match="are not trusted: the certificates are not valid"):
        verified(DOCUMENT, NOW + 2 * 86_400)


@pytest.mark.parametrize("roots", [[], [new_authority(NOW).root], [AUTHORITY.path[1].certificate]])
def test_documents_under_another_root_are_refused(roots: list[Any]) -> None:
    with pytest.raises(AttestationError, match="are not trusted: the root certificate is not trusted"):
        verify_attestation(DOCUMENT, roots, NOW)


@pytest.mark.parametrize("change", [{"certificate": b"none"}, {"cabundle": [b"none"]}])
def test_documents_without_certificates_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(AttestationError, match="are not trusted: not a certificate in DER"):
        verified(with_members(**change))


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP521R1()])
def test_only_keys_on_p_384_sign_documents(curve: ec.EllipticCurve) -> None:
    signer = issue("enclave", AUTHORITY.path[-2], now=NOW, form=SIGNER._replace(curve=curve))
    authority = Authority((*AUTHORITY.path[:-1], signer))
    with pytest.raises(AttestationError, match="not signed with a key on the curve P-384"):
        verified(new_document(authority, PUBLIC_KEY, NOW))


def test_a_signature_by_another_key_is_refused() -> None:
    with pytest.raises(AttestationError, match=r"^The signature of the attestation document is not valid"):
        verified(sign(PAYLOAD, ec.generate_private_key(ec.SECP384R1())))


def test_a_signature_by_an_authority_of_the_path_is_refused() -> None:
    with pytest.raises(AttestationError, match=r"^The signature of the attestation document is not valid"):
        verified(sign(PAYLOAD, AUTHORITY.path[-2].key))


@pytest.mark.parametrize("key", [..., None])
def test_a_document_without_a_public_key_has_nobody_to_answer(key: object) -> None:
    with pytest.raises(AttestationError, match="has no public key"):
        verified(with_members(public_key=key))


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        (b"none", "not a public key in DER"),
        (
            AUTHORITY.signer.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
            "not an RSA public key of 2048 to 4096 bits",
        ),
    ],
)
def test_answers_need_an_rsa_key(key: bytes, reason: str) -> None:
    with pytest.raises(
        AttestationError, match=rf"^The public key of the attestation document cannot be used: {reason}"
    ):
        verified(with_members(public_key=key))


@pytest.mark.parametrize("document", [b"", b"none", PAYLOAD, DOCUMENT + b"\0", DOCUMENT[:-1], with_members(digest="")])
def test_malformed_documents_are_refused(document: bytes) -> None:
    with pytest.raises(AttestationError, match=r"^The attestation document is malformed: "):
        verified(document)


def test_large_documents_are_not_read() -> None:
    largest = sign(bytes(16_384), AUTHORITY.signer.key, tagged=True)
    with pytest.raises(AttestationError, match="malformed"):
        verified(largest)
    with pytest.raises(AttestationError, match="too large"):
        verified(largest + bytes(128))


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(DOCUMENT) - 1), st.integers(1, 255))
def test_documents_with_another_byte_do_not_verify(place: int, difference: int) -> None:
    changed = DOCUMENT[:place] + bytes((DOCUMENT[place] ^ difference,)) + DOCUMENT[place + 1 :]
    with pytest.raises(AttestationError):
        verified(changed)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(DOCUMENT) - 1), st.binary(max_size=3), st.integers(0, 3))
@example(place=0, new=b"\xd2", removed=0)
@example(place=1, new=b"\x58\x04", removed=1)
def test_no_change_makes_a_document_say_something_else(place: int, new: bytes, removed: int) -> None:
    # What is around the members can be written in other ways: with the tag, or with lengths in more bytes.
    try:
        attestation = verified(DOCUMENT[:place] + new + DOCUMENT[place + removed :])
    except AttestationError:
        return
    assert attestation == verified(DOCUMENT)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(PAYLOAD) - 1), st.integers(1, 255))
def test_members_changed_before_signing_raise_nothing_else(place: int, difference: int) -> None:
    changed = PAYLOAD[:place] + bytes((PAYLOAD[place] ^ difference,)) + PAYLOAD[place + 1 :]
    try:
        verified(sign(changed, AUTHORITY.signer.key))
    except AttestationError:
        return


@given(st.binary(max_size=300))
def test_any_bytes_raise_nothing_else(document: bytes) -> None:
    with pytest.raises(AttestationError):
        verified(document)


def test_the_condition_keys_of_an_enclave() -> None:
    measured = bytes.fromhex("ab" * 48)
    assert condition_values(enclave({0: measured, 8: bytes(48), 16: b"\1" * 32})) == {
        "kms:recipientattestation:imagesha384": "ab" * 48,
        "kms:recipientattestation:pcr0": "ab" * 48,
        "kms:recipientattestation:pcr8": "00" * 48,
        "kms:recipientattestation:pcr16": "01" * 32,
    }


def test_an_enclave_without_its_image_has_no_key_for_it() -> None:
    attestation = enclave({1: bytes(48)})
    assert condition_values(attestation) == {"kms:recipientattestation:pcr1": "00" * 48}
    assert recorded(attestation) == {
        "attestationDocumentModuleId": MODULE_ID,
        "attestationDocumentEnclavePCR1": base64.b64encode(bytes(48)).decode(),
    }


def test_the_condition_keys_of_a_nitrotpm() -> None:
    assert condition_values(nitrotpm({0: bytes(48), 4: b"\x0f" * 48})) == {
        "kms:recipientattestation:nitrotpmpcr0": "00" * 48,
        "kms:recipientattestation:nitrotpmpcr4": "0f" * 48,
    }


def test_the_record_of_an_enclave() -> None:
    pcrs = {index: bytes((index,)) * 48 for index in range(16)}
    assert recorded(enclave(pcrs)) == {
        "attestationDocumentModuleId": MODULE_ID,
        "attestationDocumentEnclaveImageDigest": base64.b64encode(pcrs[0]).decode(),
    } | {f"attestationDocumentEnclavePCR{index}": base64.b64encode(pcrs[index]).decode() for index in (1, 2, 3, 4, 8)}


def test_the_record_of_a_nitrotpm() -> None:
    assert recorded(nitrotpm(TPM_PCRS)) == {"attestationDocumentModuleId": TPM_ID} | {
        f"attestationDocumentNitroTPMPCR{index}": base64.b64encode(TPM_PCRS[index]).decode()
        for index in (4, 7, 8, 9, 16, 23)
    }
