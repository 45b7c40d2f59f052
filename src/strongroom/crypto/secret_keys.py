"""Secret keys of every spec but SYMMETRIC_DEFAULT, whose materials are XaesKeys: ready for use.

Their secrets are kept as bytes: of HMAC keys the key itself, of all others PKCS#8 DER.
"""

from collections.abc import Callable
from typing import Final

from strongroom.crypto.ecc import EccKey
from strongroom.crypto.eddsa import Ed25519Key
from strongroom.crypto.mac import MacKey
from strongroom.crypto.mldsa import MlDsaKey
from strongroom.crypto.mlkem import MlKemKey
from strongroom.crypto.rsa import RsaKey
from strongroom.crypto.specs import KeySpec

SigningKey = RsaKey | EccKey | Ed25519Key | MlDsaKey
AsymmetricKey = SigningKey | MlKemKey
SecretKey = AsymmetricKey | MacKey

_KINDS: Final[dict[str, Callable[[bytes, str], SecretKey]]] = {
    "RSA": lambda secret, _spec: RsaKey(secret),
    "ECC": lambda secret, _spec: EccKey(secret),
    "ED25519": lambda secret, _spec: Ed25519Key(secret),
    "ML_DSA": MlDsaKey,
    "ML_KEM": MlKemKey,
    "HMAC": lambda secret, _spec: MacKey(secret),
}


def load_secret_key(spec: KeySpec, secret: bytes) -> SecretKey:
    """Make a secret usable. Raises ValueError when it is not of the spec's kind."""
    return _KINDS[spec.family](secret, spec.name)


def public_key_of(spec: KeySpec, secret: bytes) -> bytes | None:
    """Give the public key of a secret as SubjectPublicKeyInfo DER; None where the spec has none. Raises ValueError."""
    if not spec.is_asymmetric:
        return None
    key = load_secret_key(spec, secret)
    return None if isinstance(key, MacKey) else key.public_key_der
