"""JSON Web Key Sets: the public keys that an identity provider signs its tokens with.

Source: RFC 7517, RFC 7518 section 6, RFC 8037. Keys that cannot be used here (of another type, size or purpose, or
malformed) are left out, as RFC 7517 section 5 says; only the set as a whole can be refused.
"""

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Annotated, Final

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers

MAX_KEYS: Final = 100
MAX_DOCUMENT_BYTES: Final = 262_144

_RSA_ALGORITHMS: Final = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"})
_RSA_BITS: Final = range(2_048, 8_193)
# A larger exponent only makes verifying slow.
_RSA_EXPONENTS: Final = range(3, 2**32, 2)
_CURVES: Final[Mapping[str, tuple[ec.EllipticCurve, int, str]]] = {
    "P-256": (ec.SECP256R1(), 32, "ES256"),
    "P-384": (ec.SECP384R1(), 48, "ES384"),
    "P-521": (ec.SECP521R1(), 66, "ES512"),
}
_EDDSA: Final = frozenset({"EdDSA"})

PublicKey = RSAPublicKey | ec.EllipticCurvePublicKey | Ed25519PublicKey

SIGNATURE_ALGORITHMS: Final = _RSA_ALGORITHMS | {algorithm for _, _, algorithm in _CURVES.values()} | _EDDSA


class InvalidJsonWebKeysError(ValueError):
    """The document is not a JSON Web Key Set, or is too large."""


class SigningKey(msgspec.Struct, frozen=True, kw_only=True):
    """A public key of an identity provider.

    Attributes:
        key_id: the `kid`, which need not be unique; None where the key has none.
        algorithms: the JWS algorithms whose signatures it may verify.
        public_key: RSA of 2,048 to 8,192 bits, a NIST curve, or Ed25519.
    """

    key_id: str | None
    algorithms: frozenset[str]
    public_key: PublicKey


class JsonWebKeys(msgspec.Struct, frozen=True):
    """The usable keys of a set, in its order."""

    keys: tuple[SigningKey, ...]

    def find(self, algorithm: str, key_id: str | None) -> PublicKey | None:
        """Give the one key that fits a token's header; None where none fits, or more than one."""
        fitting = [
            key.public_key
            for key in self.keys
            if algorithm in key.algorithms and (key_id is None or key.key_id == key_id)
        ]
        return fitting[0] if len(fitting) == 1 else None


class _Document(msgspec.Struct):
    keys: Annotated[list[msgspec.Raw], msgspec.Meta(max_length=MAX_KEYS)]


class _Jwk(msgspec.Struct):
    """The members that count; the certificate members (`x5c`, `x5u` …) say nothing that is trusted here."""

    kty: str
    kid: str | None = None
    use: str = "sig"
    key_ops: tuple[str, ...] = ("verify",)
    alg: str | None = None
    n: str = ""
    e: str = ""
    crv: str = ""
    x: str = ""
    y: str = ""
    d: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET

    @property
    def verifies(self) -> bool:
        """Whether it is meant for signatures and secret. A key whose private half is published proves nothing."""
        return self.use == "sig" and "verify" in self.key_ops and self.d is msgspec.UNSET


def parse_json_web_keys(document: bytes | str) -> JsonWebKeys:
    """Read a JSON Web Key Set of at most 256 KiB and 100 keys.

    Raises:
        InvalidJsonWebKeysError: it is no such document.
    """
    if len(document) > MAX_DOCUMENT_BYTES:
        raise InvalidJsonWebKeysError(f"a JSON Web Key Set has at most {MAX_DOCUMENT_BYTES} bytes")
    try:
        entries = msgspec.json.decode(document, type=_Document).keys
    except (ValueError, RecursionError) as error:
        raise InvalidJsonWebKeysError(f"not a JSON Web Key Set: {error}") from None
    keys = (_signing_key(entry) for entry in entries)
    return JsonWebKeys(tuple(key for key in keys if key is not None))


def _signing_key(entry: msgspec.Raw) -> SigningKey | None:
    """Read one key; None where it is not usable."""
    try:
        jwk = msgspec.json.decode(entry, type=_Jwk)
        read = _READERS.get(jwk.kty)
        if read is None or not jwk.verifies:
            return None
        public_key, algorithms = read(jwk)
    except (ValueError, RecursionError):
        return None
    if jwk.alg is not None:
        algorithms &= {jwk.alg}
    return SigningKey(key_id=jwk.kid, algorithms=algorithms, public_key=public_key) if algorithms else None


def _rsa(jwk: _Jwk) -> tuple[PublicKey, frozenset[str]]:
    modulus, exponent = int.from_bytes(_decoded(jwk.n)), int.from_bytes(_decoded(jwk.e))
    if modulus.bit_length() not in _RSA_BITS or modulus % 2 == 0 or exponent not in _RSA_EXPONENTS:
        raise ValueError("not a usable RSA key")
    return RSAPublicNumbers(exponent, modulus).public_key(), _RSA_ALGORITHMS


def _ec(jwk: _Jwk) -> tuple[PublicKey, frozenset[str]]:
    if jwk.crv not in _CURVES:
        raise ValueError("not a usable curve")
    curve, size, algorithm = _CURVES[jwk.crv]
    x, y = _decoded(jwk.x), _decoded(jwk.y)
    if len(x) != size or len(y) != size:
        raise ValueError("coordinates have the size of the curve")
    numbers = ec.EllipticCurvePublicNumbers(int.from_bytes(x), int.from_bytes(y), curve)
    return numbers.public_key(), frozenset({algorithm})


def _okp(jwk: _Jwk) -> tuple[PublicKey, frozenset[str]]:
    if jwk.crv != "Ed25519":
        raise ValueError("not a usable curve")
    return Ed25519PublicKey.from_public_bytes(_decoded(jwk.x)), _EDDSA


_READERS: Final[Mapping[str, Callable[[_Jwk], tuple[PublicKey, frozenset[str]]]]] = {
    "RSA": _rsa,
    "EC": _ec,
    "OKP": _okp,
}


def _decoded(text: str) -> bytes:
    """Undo base64url without padding.

    Raises:
        ValueError: it is not base64url.
    """
    if "+" in text or "/" in text:
        raise binascii.Error("base64url has - and _")
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
