"""The vectors of RFC 4231 (HMAC), RFC 8032 (Ed25519ph), RFC 9106 (Argon2id) and of Ed25519's authors."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from argon2.low_level import ARGON2_VERSION, Type, core, ffi, hash_secret_raw
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from strongroom.crypto.eddsa import Ed25519Key
from strongroom.crypto.encoded_keys import private_der
from strongroom.crypto.mac import MacKey
from tests.support.published_vectors import read_text, text_vectors

if TYPE_CHECKING:
    from tests.support.published_vectors import Count


@pytest.mark.parametrize("bits", [224, 256, 384, 512])
def test_hmac(bits: int, count: Count) -> None:
    for record in text_vectors(f"rfc/hmac-sha{bits}.txt"):
        key, message = MacKey(bytes.fromhex(record["Key"])), bytes.fromhex(record["Msg"])
        assert key.mac(f"HMAC_SHA_{bits}", message).hex() == record["MD"]
        assert key.verify_mac(f"HMAC_SHA_{bits}", message, bytes.fromhex(record["MD"]))
        count("RFC 4231", f"HMAC_SHA_{bits}", 1)


def test_ed25519(count: Count) -> None:
    for line in read_text("rfc/ed25519-sign.input").splitlines():
        secret, public_key, message, signed = (bytes.fromhex(field) for field in line.split(":")[:4])
        key, signature = ed25519_key(secret[:32]), signed[:64]
        assert key.public_key_der.endswith(public_key)
        assert key.sign("ED25519_SHA_512", message, "RAW") == signature
        assert key.verify("ED25519_SHA_512", message, "RAW", signature)
        count("sign.input of ed25519.cr.yp.to", "ED25519_SHA_512", 1)


def test_ed25519ph(count: Count) -> None:
    vectors = json.loads(read_text("rfc/ed25519ph.json"))["vectors"]
    for vector in vectors:
        secret, public_key, message, signature = (
            bytes.fromhex(vector[name]) for name in ("secret_key", "public_key", "message", "signature")
        )
        key = ed25519_key(secret)
        assert key.public_key_der.endswith(public_key)
        # AWS KMS takes 64 bytes here and a vector any message: the prehash is made of what is given.
        assert key.sign("ED25519_PH_SHA_512", message, "DIGEST") == signature
        assert key.verify("ED25519_PH_SHA_512", message, "DIGEST", signature)
        assert not key.verify("ED25519_SHA_512", message, "RAW", signature)
        count("RFC 8032", "ED25519_PH_SHA_512", 1)


def ed25519_key(secret: bytes) -> Ed25519Key:
    return Ed25519Key(private_der(Ed25519PrivateKey.from_private_bytes(secret)))


def test_argon2id(count: Count) -> None:
    for record in text_vectors("rfc/argon2id.txt"):
        # Strongroom gives Argon2 neither a secret nor associated data, and the function that it calls takes none.
        hashed = argon2id_with_data(record) if "secret" in record else argon2id(record)
        assert hashed.hex() == record["output"], record["COUNT"]
        count("RFC 9106 and OpenSSL", "Argon2id", 1)


def argon2id(record: dict[str, str]) -> bytes:
    passes, memory, lanes, size = (int(record[name]) for name in ("iter", "memcost", "lanes", "length"))
    return hash_secret_raw(
        bytes.fromhex(record["pass"]), bytes.fromhex(record["salt"]), passes, memory, lanes, size, Type.ID
    )


def argon2id_with_data(record: dict[str, str]) -> bytes:
    passes, memory, lanes, size = (int(record[name]) for name in ("iter", "memcost", "lanes", "length"))
    inputs = {name: bytes.fromhex(record[name]) for name in ("pass", "salt", "secret", "ad")}
    buffers = {name: ffi.new("uint8_t[]", data) for name, data in inputs.items()}
    out = ffi.new("uint8_t[]", size)
    context = ffi.new(
        "argon2_context *",
        {
            "out": out,
            "outlen": size,
            "version": ARGON2_VERSION,
            "pwd": buffers["pass"],
            "pwdlen": len(inputs["pass"]),
            "salt": buffers["salt"],
            "saltlen": len(inputs["salt"]),
            "secret": buffers["secret"],
            "secretlen": len(inputs["secret"]),
            "ad": buffers["ad"],
            "adlen": len(inputs["ad"]),
            "t_cost": passes,
            "m_cost": memory,
            "lanes": lanes,
            "threads": 1,
            "allocate_cbk": ffi.NULL,
            "free_cbk": ffi.NULL,
            "flags": 0,
        },
    )
    assert core(context, Type.ID.value) == 0
    return bytes(ffi.buffer(out, size))
