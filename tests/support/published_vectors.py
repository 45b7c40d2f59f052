"""Published test vectors as tests read them. What the files are, and what was cut: the README.md beside them."""

from __future__ import annotations

import json
import lzma
from functools import cache
from pathlib import Path
from typing import Any, Final, Protocol, TypeAlias

from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from strongroom.crypto.import_wrapping import WrappingKey
from strongroom.crypto.material import generate_material
from strongroom.crypto.secret_keys import SecretKey, SigningKey, load_secret_key
from strongroom.crypto.specs import KEY_SPECS

VECTORS: Final = Path(__file__).parents[1] / "vectors"
Vector: TypeAlias = dict[str, Any]

_OIDS: Final = {
    "ML_DSA_44": "608648016503040311",
    "ML_DSA_65": "608648016503040312",
    "ML_DSA_87": "608648016503040313",
    "ML_KEM_768": "608648016503040402",
    "ML_KEM_1024": "608648016503040403",
}


class Count(Protocol):
    """Adds vectors that passed to the summary of the test run."""

    def __call__(self, source: str, algorithm: str, vectors: int) -> None:
        """Take who published the vectors, what they are for, and how many there are."""


def read_text(path: str) -> str:
    """Read a file of vectors, compressed or not; the path is relative to tests/vectors and has no `.xz`."""
    compressed = VECTORS / f"{path}.xz"
    if compressed.exists():
        return lzma.decompress(compressed.read_bytes()).decode()
    return (VECTORS / path).read_text(encoding="utf-8")


def json_vectors(path: str, name: str) -> list[Vector]:
    """Read one upstream file from an archive of Wycheproof's or of ACVP's: its tests, each with its group's fields."""
    groups = json.loads(read_text(path))[name]["testGroups"]
    tests = [group | test for group in groups for test in group.pop("tests")]
    assert tests
    return tests


def definite(tests: list[Vector]) -> int:
    """Count the tests of Wycheproof that say what must happen: an "acceptable" one may be refused or not."""
    return sum(test["result"] != "acceptable" for test in tests)


def text_vectors(path: str) -> list[dict[str, str]]:
    """Read the records of a file as NIST's tools write them; each gets the fields of the headers above it.

    `section` is a header in brackets without a value, and a line without a value (FAIL) is a field without one.
    """
    headers: dict[str, str] = {}
    records = []
    for block in read_text(path).replace("\r", "").split("\n\n"):
        lines = [line for line in block.splitlines() if line and not line.startswith("#")]
        record = dict(_field(line) for line in lines)
        # The modulus and exponent of an RSA key stand above the messages that are signed with it.
        if record.keys() <= {"n", "e"} or lines[0].startswith("["):
            headers |= record
        else:
            records.append(headers | record)
    assert records
    return records


def _field(line: str) -> tuple[str, str]:
    name, equals, value = line.strip("[]").partition("=")
    if line.startswith("[") and not equals:
        return "section", name
    return name.strip(), value.strip()


@cache
def _some_secret(spec: str) -> bytes:
    return generate_material(KEY_SPECS[spec])


def signing_key(spec: str, secret: bytes) -> SigningKey:
    """Load a key that signs. Raises ValueError for a secret that is none."""
    key = load_secret_key(KEY_SPECS[spec], secret)
    assert isinstance(key, SigningKey)
    return key


def verifier(spec: str, public_key: bytes) -> SigningKey:
    """Make a key of ours that verifies with somebody else's public key (SPKI DER). Raises ValueError for a wrong one.

    Our keys are made from private keys, which vectors of verification leave out.
    """
    key = signing_key(spec, _some_secret("RSA_2048" if spec.startswith("RSA_") else spec))
    assert "_public" in vars(key)
    vars(key)["_public"] = load_der_public_key(public_key)
    return key


@cache
def _wrapping_key() -> WrappingKey:
    return WrappingKey.generate("RSA_2048")


def kwp_unwrapped(key: bytes, wrapped: bytes) -> bytes:
    """Unwrap by AES-256-KWP as an import of key material does. Raises ValueError for what was not wrapped so."""
    public = load_der_public_key(_wrapping_key().public_bytes())
    assert isinstance(public, RSAPublicKey)
    wrapped_key = public.encrypt(key, OAEP(MGF1(SHA256()), SHA256(), None))
    return _wrapping_key().unwrap("RSA_AES_KEY_WRAP_SHA_256", wrapped_key + wrapped)


def seeded(spec: str, seed: bytes) -> SecretKey:
    """Load an ML-DSA or ML-KEM key from its seed, by way of PKCS#8 (RFC 9881, RFC 9935). Raises ValueError."""
    algorithm = _der(0x30, _der(0x06, bytes.fromhex(_OIDS[spec])))
    encoded = _der(0x30, _der(0x02, bytes(1)) + algorithm + _der(0x04, _der(0x80, seed)))
    return load_secret_key(KEY_SPECS[spec], encoded)


def _der(tag: int, content: bytes) -> bytes:
    # X.690, section 8.1.3: the short form of a length, or the long one in one byte.
    length = (len(content),) if len(content) < 0x80 else (0x81, len(content))
    return bytes((tag, *length)) + content
