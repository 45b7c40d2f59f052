"""Reading CBOR strictly, and COSE messages with one signature by ES384.

Sources: RFC 8949 (CBOR), RFC 9052, section 4.2 (COSE_Sign1), RFC 9053, section 2.1 (ES384).
"""

import io
from collections import defaultdict
from collections.abc import Callable
from typing import Any, NoReturn

import cbor2
import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA384

_SIGN1_TAG = b"\xd2"  # tag 18, which an untagged message goes without
_SIGN1_MEMBERS = 4
_ALGORITHM = 1
_ES384 = -35
_COORDINATE_SIZE = 48
# A map of arrays of strings is the deepest that is signed here; one level more than needed gives a precise refusal.
_MAX_DEPTH = 4


class Sign1(msgspec.Struct, frozen=True, kw_only=True):
    """A COSE_Sign1 message whose headers say no more than that the algorithm is ES384.

    Attributes:
        protected: the encoded protected header, as signed.
        payload: what is signed, encoded.
        signature: r and s, 48 bytes each.
    """

    protected: bytes
    payload: bytes
    signature: bytes


def decode_cbor(data: bytes, *, allow_indefinite: bool = False) -> Any:  # noqa: ANN401 - data of any shape
    """Decode one CBOR item of strings, numbers, arrays and maps.

    Raises ValueError for anything else: tags, duplicate keys, deep nesting, bytes after the item, and indefinite
    lengths unless they are allowed.
    """
    stream = io.BytesIO(data)
    decoder = cbor2.CBORDecoder(
        stream,
        # The mapping has an entry for every tag, the known ones included.
        semantic_decoders=defaultdict(_refusing_decoder),
        max_depth=_MAX_DEPTH,
        allow_indefinite=allow_indefinite,
        allow_duplicate_keys=False,
    )
    try:
        value = decoder.decode()
    except cbor2.CBORError:
        raise ValueError("not valid CBOR") from None
    if stream.tell() != len(data):
        raise ValueError("bytes follow the CBOR item")
    return value


def decode_sign1(data: bytes) -> Sign1:
    """Decode a COSE_Sign1 message, tagged or not, without checking its signature.

    Raises ValueError when it is none, when its headers have anything besides the algorithm ES384, or when payload or
    signature are missing or of another size.
    """
    message = decode_cbor(data.removeprefix(_SIGN1_TAG))
    if type(message) is not list or len(message) != _SIGN1_MEMBERS:
        raise ValueError("not a COSE_Sign1 message")
    protected, unprotected, payload, signature = message
    _check_headers(protected, unprotected)
    if type(payload) is not bytes:
        raise ValueError("the message has no payload")
    if type(signature) is not bytes or len(signature) != 2 * _COORDINATE_SIZE:
        raise ValueError("the signature is not one of ES384")
    return Sign1(protected=protected, payload=payload, signature=signature)


def is_signed_by(message: Sign1, key: ec.EllipticCurvePublicKey) -> bool:
    """Whether the signature is the key's. The key must be on the curve P-384."""
    signed = cbor2.dumps(["Signature1", message.protected, b"", message.payload])
    r, s = message.signature[:_COORDINATE_SIZE], message.signature[_COORDINATE_SIZE:]
    try:
        key.verify(encode_dss_signature(int.from_bytes(r), int.from_bytes(s)), signed, ec.ECDSA(SHA384()))
    except InvalidSignature:
        return False
    return True


def _check_headers(protected: object, unprotected: object) -> None:
    if type(protected) is not bytes or decode_cbor(protected) != {_ALGORITHM: _ES384}:
        raise ValueError("the algorithm is not ES384")
    if unprotected != {}:
        raise ValueError("the message has an unprotected header")


def _refusing_decoder() -> Callable[..., NoReturn]:
    return _refuse_tag


def _refuse_tag(*_: object) -> NoReturn:
    raise ValueError("tags are not allowed")
