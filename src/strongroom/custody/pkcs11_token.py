"""A token of a PKCS#11 module: AES-256 keys that never leave it, and AES-GCM and AES-CMAC with them.

Source: PKCS #11 Specification 3.1 (OASIS), above all the sections on AES keys, on AES-GCM and on AES-CMAC.
"""

import os
from pathlib import Path

from pkcs11 import Attribute, GCMParams, Mechanism, Session

from strongroom.custody.pkcs11_errors import NOT_AUTHENTIC, PERHAPS_NOT_AUTHENTIC
from strongroom.custody.pkcs11_keys import (
    AUTHENTICATION,
    ENCRYPTION,
    AesKey,
    KeyName,
    KeyUse,
    destroy_keys,
    find_key,
    generate_key,
    search_keys,
)
from strongroom.custody.pkcs11_session import TokenSession

GCM_IV_SIZE = 12
GCM_TAG_SIZE = 16
_KEY_ID_SIZE = 16
_PROBE_BITS = 64


class Pkcs11Token:
    """A token, logged in to when it is first used, anew in each process. Safe for several threads."""

    def __init__(self, module: Path, label: str, pin: str) -> None:
        """Name a token of a module by its label. Nothing is loaded yet."""
        self._label = label
        self._session = TokenSession(module, label, pin)
        self._keys: dict[tuple[KeyName, KeyUse], AesKey] = {}
        self._keys_found_in: Session | None = None

    def generate_aes_key(self, label: str) -> KeyName:
        """Make an AES-256 key for AES-GCM on the token, which it never tells. Raises TokenError."""
        return self._generate(label, ENCRYPTION)

    def generate_cmac_key(self, label: str) -> KeyName:
        """Make an AES-256 key for AES-CMAC on the token, which it never tells. Raises TokenError."""
        return self._generate(label, AUTHENTICATION)

    def destroy_key(self, name: KeyName) -> None:
        """Destroy a key for good, if it is there. Raises TokenError."""
        self._session.use(lambda session: destroy_keys(session, name))

    def find_aes_keys(self, label: str) -> list[KeyName]:
        """Name the AES keys of a label. Raises TokenError."""

        def names(session: Session) -> list[KeyName]:
            found = search_keys(session, KeyName(label=label))
            return [KeyName(label=label, id=bytes(key[Attribute.ID])) for key in found]

        return self._session.use(names)

    def require_aes_key(self, name: KeyName) -> None:
        """Raise TokenKeyError unless the token holds just this AES-256 key for AES-GCM and cannot tell it.

        Raises TokenError where it cannot be asked.
        """
        self._session.use(lambda session: self._key(session, name, ENCRYPTION))

    def encrypt(self, name: KeyName, iv: bytes, plaintext: bytes, aad: bytes) -> bytes:
        """Encrypt by AES-GCM with an IV of 12 bytes that the key has never seen; gives ciphertext and tag (16 bytes).

        Raises TokenError, and ValueError for an IV of another length.
        """
        parameters = _gcm(iv, aad)
        return self._session.use(
            lambda session: self._key(session, name, ENCRYPTION).encrypt(
                plaintext, mechanism=Mechanism.AES_GCM, mechanism_param=parameters
            )
        )

    def decrypt(self, name: KeyName, iv: bytes, ciphertext: bytes, aad: bytes) -> bytes:
        """Decrypt ciphertext and tag by AES-GCM. Raises ValueError when they are not authentic, and TokenError."""
        parameters = _gcm(iv, aad)
        if len(ciphertext) < GCM_TAG_SIZE:
            raise ValueError("too short for a sealed message")
        return self._session.use(
            lambda session: _decrypt(session, self._key(session, name, ENCRYPTION), ciphertext, parameters)
        )

    def cmac(self, name: KeyName, *messages: bytes) -> tuple[bytes, ...]:
        """Give the AES-CMACs (16 bytes each) of messages. Raises TokenError."""

        def codes(session: Session) -> tuple[bytes, ...]:
            key = self._key(session, name, AUTHENTICATION)
            return tuple(key.sign(message, mechanism=Mechanism.AES_CMAC) for message in messages)

        return self._session.use(codes)

    def random(self, size: int) -> bytes:
        """Give random bytes of the token. Raises TokenError."""
        return self._session.use(lambda session: session.generate_random(size * 8))

    def log_in_anew(self) -> None:
        """Have the token check the PIN, even if it refused it before, or this process is logged in. Raises TokenError.

        The token is not asked when it would lock after one more wrong try.
        """
        self._session.log_in_anew()

    def close(self) -> None:
        """Log out; the next use logs in again."""
        self._session.close()

    def _generate(self, label: str, use: KeyUse) -> KeyName:
        name = KeyName(label=label, id=os.urandom(_KEY_ID_SIZE))
        self._session.use(lambda session: generate_key(session, name, use))
        return name

    def _key(self, session: Session, name: KeyName, use: KeyUse) -> AesKey:
        if session is not self._keys_found_in:
            self._keys.clear()
            self._keys_found_in = session
        key = self._keys.get((name, use))
        if key is None:
            key = self._keys[name, use] = find_key(session, name, use, self._label)
        return key


def _gcm(iv: bytes, aad: bytes) -> GCMParams:
    if len(iv) != GCM_IV_SIZE:
        raise ValueError("an IV has 12 bytes")
    return GCMParams(iv, aad, GCM_TAG_SIZE * 8)


def _decrypt(session: Session, key: AesKey, ciphertext: bytes, parameters: GCMParams) -> bytes:
    try:
        return key.decrypt(ciphertext, mechanism=Mechanism.AES_GCM, mechanism_param=parameters)
    except NOT_AUTHENTIC:
        raise ValueError("not authentic") from None
    except PERHAPS_NOT_AUTHENTIC:
        # Unless the token is out of order: then this fails, too.
        session.generate_random(_PROBE_BITS)
        raise ValueError("not authentic") from None
