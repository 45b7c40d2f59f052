"""The calls of the XKS proxy API on a key of this installation, and the form in which its ciphertexts travel.

The blob that Encrypt gives (`crypto.ciphertext`) is taken apart:

    ciphertext              the ciphertext, as long as the plaintext
    authenticationTag       the tag
    initializationVector    bytes 12 to 23 of the nonce
    ciphertextMetadata      bytes 0 to 11 of the nonce, and the first 8 of the id of the key material

Decrypt puts it together again with the account and the key id, which the external key tells. All of it is
authenticated: the whole header with the id of the material is additional data, and the nonce derives the key.
"""

import base64
import hashlib
from typing import Final

from strongroom.app.xks_proxy_kms import Inquiry
from strongroom.crypto.ciphertext import HEADER_SIZE, BlobHeader, decode_header, encode_header
from strongroom.crypto.xaes import NONCE_SIZE, TAG_SIZE
from strongroom.model.xks import (
    MAX_METADATA,
    DecryptRequest,
    DecryptResponse,
    EncryptRequest,
    EncryptResponse,
    KeyMetadataResponse,
    integrity_value,
)
from strongroom.protocol.xks import XksError

CONTEXT_KEY: Final = "strongroom:xks-aad-sha256"
"""The pair of the encryption context that holds SHA-256 of the additional authenticated data, in hexadecimal digits."""

_IV_SIZE: Final = 12
_IN_METADATA: Final = NONCE_SIZE - _IV_SIZE
_ID_DIGITS: Final = 2 * (MAX_METADATA - _IN_METADATA)
_SYMMETRIC: Final = "SYMMETRIC_DEFAULT"


def metadata(inquiry: Inquiry) -> KeyMetadataResponse:
    """Tell what kind of key it is, and whether it can be used. Raises XksError."""
    found = inquiry.ask("DescribeKey")["KeyMetadata"]
    symmetric = found["KeySpec"] == _SYMMETRIC
    return KeyMetadataResponse(
        key_spec="AES_256" if symmetric else found["KeySpec"],
        key_usage=("ENCRYPT", "DECRYPT") if symmetric else (),
        key_status="ENABLED" if found["KeyState"] == "Enabled" else "DISABLED",
    )


def encrypt(inquiry: Inquiry, request: EncryptRequest) -> EncryptResponse:
    """Encrypt; where the integrity value is asked for, what it vouches for is decrypted first. Raises XksError."""
    aad = request.additional_authenticated_data
    answer = inquiry.ask("Encrypt", Plaintext=request.plaintext, EncryptionContext=_context(aad))
    parts = _taken_apart(base64.b64decode(answer["CiphertextBlob"]), len(request.plaintext))
    if request.ciphertext_data_integrity_value_algorithm is None:
        return parts
    # Before it is decrypted: what changes in memory from now on no longer goes unnoticed.
    value = integrity_value(
        aad, parts.ciphertext_metadata, parts.initialization_vector, parts.ciphertext, parts.authentication_tag
    )
    vouched = EncryptResponse(
        ciphertext=parts.ciphertext,
        authentication_tag=parts.authentication_tag,
        initialization_vector=parts.initialization_vector,
        ciphertext_metadata=parts.ciphertext_metadata,
        ciphertext_data_integrity_value=value,
    )
    if decrypt(inquiry, _to_decrypt(request, vouched)).plaintext != request.plaintext:
        raise XksError("InternalException")
    return vouched


def decrypt(inquiry: Inquiry, request: DecryptRequest) -> DecryptResponse:
    """Decrypt. Raises XksError."""
    answer = inquiry.ask(
        "Decrypt",
        CiphertextBlob=_put_together(inquiry, request),
        EncryptionContext=_context(request.additional_authenticated_data),
    )
    return DecryptResponse(plaintext=base64.b64decode(answer["Plaintext"]))


def _context(aad: bytes | None) -> dict[str, str]:
    # As long as the specification allows it, it does not fit into a context; and no AAD counts as an empty one.
    return {CONTEXT_KEY: hashlib.sha256(aad or b"").hexdigest()}


def _taken_apart(blob: bytes, length: int) -> EncryptResponse:
    if len(blob) != HEADER_SIZE + NONCE_SIZE + length + TAG_SIZE:
        # Of a key whose material is elsewhere, or of another kind.
        raise XksError("UnsupportedOperationException")
    nonce, sealed = blob[HEADER_SIZE : HEADER_SIZE + NONCE_SIZE], blob[HEADER_SIZE + NONCE_SIZE :]
    material_id = decode_header(blob).material_id
    return EncryptResponse(
        ciphertext=sealed[:-TAG_SIZE],
        authentication_tag=sealed[-TAG_SIZE:],
        initialization_vector=nonce[_IN_METADATA:],
        ciphertext_metadata=nonce[:_IN_METADATA] + bytes.fromhex(material_id[:_ID_DIGITS]),
    )


def _put_together(inquiry: Inquiry, request: DecryptRequest) -> bytes:
    given = request.ciphertext_metadata or b""
    if len(given) != MAX_METADATA or len(request.initialization_vector) != _IV_SIZE:
        raise XksError("InvalidCiphertextException")
    start = given[_IN_METADATA:].hex()
    ids = [each for each in inquiry.service.material_ids(inquiry.arn) if each.startswith(start)]
    # Of a key that is not there, or not usable, KMS itself is to say so.
    material_id = ids[0] if ids else start.ljust(64, "0")
    header = encode_header(BlobHeader(inquiry.arn.account_id, inquiry.arn.name, material_id))
    nonce = given[:_IN_METADATA] + request.initialization_vector
    return header + nonce + request.ciphertext + request.authentication_tag


def _to_decrypt(request: EncryptRequest, made: EncryptResponse) -> DecryptRequest:
    return DecryptRequest(
        request_metadata=request.request_metadata,
        ciphertext=made.ciphertext,
        encryption_algorithm=request.encryption_algorithm,
        initialization_vector=made.initialization_vector,
        authentication_tag=made.authentication_tag,
        ciphertext_metadata=made.ciphertext_metadata,
        additional_authenticated_data=request.additional_authenticated_data,
    )
