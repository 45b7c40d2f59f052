"""Attestation documents of Nitro enclaves and NitroTPM: what the hypervisor signs of who asks.

Sources: AWS Nitro Enclaves, "Verifying the root of trust"; AWS KMS Developer Guide, "Condition keys for Nitro
Enclaves", "Condition keys for NitroTPM" and "Monitoring attested requests".
"""

import base64
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from strongroom.crypto.attestation_payload import Payload, decode_payload
from strongroom.crypto.certificate_path import check_path, load_path
from strongroom.crypto.cms import load_recipient_key
from strongroom.crypto.cose import Sign1, decode_sign1, is_signed_by

MAX_AGE = 300.0
"""Seconds after its timestamp for which a document is taken."""
MAX_SKEW = 60.0
"""Seconds by which the hypervisor's clock may be ahead."""

_MAX_PAYLOAD = 16_384
# Tag, array, headers and signature take less than this.
_MAX_DOCUMENT = _MAX_PAYLOAD + 128
_IMAGE_PCR = 0
# The registers that AWS records, where the document has them.
_RECORDED_PCRS = {"enclave": (1, 2, 3, 4, 8), "nitrotpm": (4, 7, 8, 9, 16, 23)}


class AttestationError(ValueError):
    """An attestation document is not to be trusted; the message says why, in words fit for the caller."""


class Attestation(msgspec.Struct, frozen=True, kw_only=True):
    """What a verified document says.

    Attributes:
        platform: what was attested: an enclave, or an EC2 instance by its NitroTPM.
        module_id: the id of the enclave, or of the instance and its TPM.
        timestamp: when the document was made, in seconds since 1970.
        digest: the hash function of the registers, `SHA384`.
        pcrs: the registers by number, 0 to 31; all zeros in one that measured nothing.
        public_key: for whom answers are encrypted, an RSA SubjectPublicKeyInfo in DER.
        user_data: what the attested code added, if anything.
        nonce: what somebody asked it to add, if anything.
    """

    platform: Literal["enclave", "nitrotpm"]
    module_id: str
    timestamp: float
    digest: str
    pcrs: dict[int, bytes]
    public_key: bytes
    user_data: bytes | None
    nonce: bytes | None


def verify_attestation(document: bytes, roots: Sequence[x509.Certificate], now: float) -> Attestation:
    """Verify a signed document (COSE_Sign1) at a time in seconds since 1970.

    Raises AttestationError unless it is well formed, has an RSA key to encrypt to, is at most `MAX_AGE` old, and is
    signed with a certificate that leads to one of the roots.
    """
    # 1. The signed message and the members in it.
    message, payload = _decode(document)
    # 2. The path from a root to the key, at this time.
    key = _trusted_key(payload, roots, now)
    # 3. The signature, after which the members can be believed.
    if not is_signed_by(message, key):
        raise AttestationError("The signature of the attestation document is not valid.")
    # 4. The age: the certificates stay valid for hours after the enclave has gone.
    _check_age(payload.timestamp / 1000, now)
    # 5. Somebody to answer.
    return _attestation(payload, _recipient_key(payload))


def condition_values(attestation: Attestation) -> dict[str, str]:
    """Give the condition keys of a document, in lower case, with their values: registers in lower-case hexadecimal.

    Registers of zeros are given too: policies name them, both to admit an enclave in debug mode and to demand that
    a register measured nothing.
    """
    kind = "pcr" if attestation.platform == "enclave" else "nitrotpmpcr"
    values = {f"kms:recipientattestation:{kind}{index}": pcr.hex() for index, pcr in attestation.pcrs.items()}
    if attestation.platform == "enclave" and _IMAGE_PCR in attestation.pcrs:
        values["kms:recipientattestation:imagesha384"] = attestation.pcrs[_IMAGE_PCR].hex()
    return values


def recorded(attestation: Attestation) -> dict[str, str]:
    """Give `additionalEventData.recipient` of the CloudTrail record; registers in Base64, as CloudTrail has them."""
    fields = {"attestationDocumentModuleId": attestation.module_id}
    kind = "EnclavePCR" if attestation.platform == "enclave" else "NitroTPMPCR"
    names = {index: f"attestationDocument{kind}{index}" for index in _RECORDED_PCRS[attestation.platform]}
    if attestation.platform == "enclave":
        names = {_IMAGE_PCR: "attestationDocumentEnclaveImageDigest"} | names
    present = {name: attestation.pcrs[index] for index, name in names.items() if index in attestation.pcrs}
    return fields | {name: base64.b64encode(pcr).decode() for name, pcr in present.items()}


def _decode(document: bytes) -> tuple[Sign1, Payload]:
    if len(document) > _MAX_DOCUMENT:
        raise AttestationError("The attestation document is too large.")
    try:
        message = decode_sign1(document)
        return message, decode_payload(message.payload)
    except ValueError as error:
        raise AttestationError(f"The attestation document is malformed: {error}.") from None


def _trusted_key(payload: Payload, roots: Sequence[x509.Certificate], now: float) -> ec.EllipticCurvePublicKey:
    try:
        path = load_path([*payload.cabundle, payload.certificate])
        check_path(path, roots, datetime.fromtimestamp(now, UTC))
        key = path[-1].public_key()
    except ValueError as error:
        raise AttestationError(f"The certificates of the attestation document are not trusted: {error}.") from None
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP384R1):
        raise AttestationError("The attestation document is not signed with a key on the curve P-384.")
    return key


def _check_age(timestamp: float, now: float) -> None:
    if timestamp < now - MAX_AGE:
        raise AttestationError("The attestation document has expired.")
    if timestamp > now + MAX_SKEW:
        raise AttestationError("The attestation document is from the future.")


def _recipient_key(payload: Payload) -> bytes:
    if payload.public_key is None:
        raise AttestationError("The attestation document has no public key.")
    try:
        load_recipient_key(payload.public_key)
    except ValueError as error:
        raise AttestationError(f"The public key of the attestation document cannot be used: {error}.") from None
    return payload.public_key


def _attestation(payload: Payload, public_key: bytes) -> Attestation:
    return Attestation(
        platform="nitrotpm" if payload.pcrs is None else "enclave",
        module_id=payload.module_id,
        timestamp=payload.timestamp / 1000,
        digest=payload.digest,
        pcrs=payload.registers,
        public_key=public_key,
        user_data=payload.user_data,
        nonce=payload.nonce,
    )
