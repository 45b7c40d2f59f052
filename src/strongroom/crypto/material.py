"""Key material: making it, checking what others made, and naming it."""

import hmac
import os
from collections.abc import Callable
from typing import Final

from strongroom.crypto.ecc import generate_ecc, normalised_ecc
from strongroom.crypto.eddsa import generate_ed25519, normalised_ed25519
from strongroom.crypto.mldsa import generate_ml_dsa
from strongroom.crypto.mlkem import generate_ml_kem
from strongroom.crypto.rsa import generate_rsa, normalised_rsa
from strongroom.crypto.specs import KeySpec

_LABEL = b"strongroom key material id v1\x00"


def _of_size(spec: KeySpec, secret: bytes) -> bytes:
    if len(secret) != spec.size:
        raise ValueError("a secret of another size")
    return secret


_GENERATE: Final[dict[str, Callable[[KeySpec], bytes]]] = {
    "SYMMETRIC": lambda spec: os.urandom(spec.size or 0),
    "HMAC": lambda spec: os.urandom(spec.size or 0),
    "RSA": lambda spec: generate_rsa(spec.size or 0),
    "ECC": lambda spec: generate_ecc(spec.name),
    "ED25519": lambda _spec: generate_ed25519(),
    "ML_DSA": lambda spec: generate_ml_dsa(spec.name),
    "ML_KEM": lambda spec: generate_ml_kem(spec.name),
}
_NORMALISE: Final[dict[str, Callable[[KeySpec, bytes], bytes]]] = {
    "SYMMETRIC": _of_size,
    "HMAC": _of_size,
    "RSA": lambda spec, secret: normalised_rsa(secret, spec.size or 0),
    "ECC": lambda spec, secret: normalised_ecc(secret, spec.name),
    "ED25519": lambda _spec, secret: normalised_ed25519(secret),
}


def generate_material(spec: KeySpec) -> bytes:
    """Make fresh secret material of a spec from the operating system's generator; for RSA it takes up to seconds."""
    return _GENERATE[spec.family](spec)


def normalised_material(spec: KeySpec, secret: bytes) -> bytes:
    """Check material that somebody else made for an importable spec, and give it in the form in which it is kept.

    The same key in another spelling comes out the same, and so gets the same id. Raises ValueError when it is not
    material of the spec, or the spec is not importable.
    """
    if not spec.importable:
        raise ValueError(f"{spec.name} cannot be imported")
    return _NORMALISE[spec.family](spec, secret)


def material_id(key_id: str, material: bytes) -> str:
    """Name key material within its key: HMAC-SHA-256 keyed by the material over a label and the key id, in hexadecimal.

    The same bytes imported again under the same key get the same id (AWS KMS API, ImportKeyMaterial), and
    the id tells nothing of the bytes.
    """
    return hmac.digest(material, _LABEL + key_id.encode(), "sha256").hex()
