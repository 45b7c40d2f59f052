"""A token of a PKCS#11 module: AES-256 keys that never leave it, and AES-GCM with them.

Source: PKCS #11 Specification 3.1 (OASIS), above all the sections on AES keys and on AES-GCM.
"""

import contextlib
import mmap
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from pkcs11 import Attribute, GCMParams, Mechanism, PKCS11Error, Session, TokenFlag, UserAlreadyLoggedIn

from strongroom.custody.pkcs11_errors import (
    LOST,
    NOT_AUTHENTIC,
    PERHAPS_NOT_AUTHENTIC,
    PIN_REFUSED,
    PinRefusedError,
    TokenError,
    token_error,
)
from strongroom.custody.pkcs11_keys import AesKey, KeyName, find_key, generate_key, search_keys
from strongroom.custody.pkcs11_module import Pkcs11Module, use_module

T = TypeVar("T")

GCM_IV_SIZE = 12
GCM_TAG_SIZE = 16
_KEY_ID_SIZE = 16
_PROBE_BITS = 64


class Pkcs11Token:
    """A token, logged in to when it is first used, anew in each process. Safe for several threads."""

    def __init__(self, module: Path, label: str, pin: str) -> None:
        """Name a token of a module by its label. Nothing is loaded yet."""
        self._path = module
        self._label = label
        self._pin = pin
        self._module: Pkcs11Module | None = None
        self._session: Session | None = None
        self._keys: dict[KeyName, AesKey] = {}
        # Shared with the processes that are forked later, for each wrong try brings the token nearer to its lock.
        self._pin_was_refused = mmap.mmap(-1, 1)

    def generate_aes_key(self, label: str) -> KeyName:
        """Make an AES-256 key on the token, which it never tells. Raises TokenError."""
        name = KeyName(label=label, id=os.urandom(_KEY_ID_SIZE))
        self._use(lambda session: generate_key(session, name))
        return name

    def find_aes_keys(self, label: str) -> list[KeyName]:
        """Name the AES keys of a label. Raises TokenError."""

        def names(session: Session) -> list[KeyName]:
            found = search_keys(session, KeyName(label=label))
            return [KeyName(label=label, id=bytes(key[Attribute.ID])) for key in found]

        return self._use(names)

    def require_aes_key(self, name: KeyName) -> None:
        """Raise TokenKeyError unless the token holds just this AES-256 key and cannot tell it, else TokenError."""
        self._use(lambda session: self._key(session, name))

    def encrypt(self, name: KeyName, iv: bytes, plaintext: bytes, aad: bytes) -> bytes:
        """Encrypt by AES-GCM with an IV of 12 bytes that the key has never seen; gives ciphertext and tag (16 bytes).

        Raises TokenError, and ValueError for an IV of another length.
        """
        parameters = _gcm(iv, aad)
        return self._use(
            lambda session: self._key(session, name).encrypt(
                plaintext, mechanism=Mechanism.AES_GCM, mechanism_param=parameters
            )
        )

    def decrypt(self, name: KeyName, iv: bytes, ciphertext: bytes, aad: bytes) -> bytes:
        """Decrypt ciphertext and tag by AES-GCM. Raises ValueError when they are not authentic, and TokenError."""
        parameters = _gcm(iv, aad)
        if len(ciphertext) < GCM_TAG_SIZE:
            raise ValueError("too short for a sealed message")
        return self._use(lambda session: _decrypt(session, self._key(session, name), ciphertext, parameters))

    def random(self, size: int) -> bytes:
        """Give random bytes of the token. Raises TokenError."""
        return self._use(lambda session: session.generate_random(size * 8))

    def close(self) -> None:
        """Log out; the next use logs in again."""
        module = self._module
        if module is None or not module.is_usable:
            self._forget()
            return
        with module.lock:
            session = self._session
            self._forget()
            if session is not None:
                _close(session)

    def _use(self, work: Callable[[Session], T]) -> T:
        try:
            module = use_module(self._path)
        except PKCS11Error as error:
            raise TokenError(f"cannot load the PKCS#11 module {self._path}: {error}") from None
        try:
            with module.lock:
                return self._work(module, work)
        except PKCS11Error as error:
            raise token_error(error, self._label, self._path) from None

    def _work(self, module: Pkcs11Module, work: Callable[[Session], T]) -> T:
        session = self._opened(module)
        try:
            return work(session)
        except LOST:
            _close(session)
            self._forget()
            return work(self._opened(module))

    def _opened(self, module: Pkcs11Module) -> Session:
        if self._session is None or self._module is not module:
            self._forget()
            self._session = self._log_in(module)
            self._module = module
        return self._session

    def _log_in(self, module: Pkcs11Module) -> Session:
        if self._pin_was_refused[0]:
            raise PinRefusedError(f"token {self._label!r} did not take the PIN, which is not tried again: start anew")
        token = module.library.get_token(token_label=self._label)
        if TokenFlag.USER_PIN_FINAL_TRY in token.flags:
            raise PinRefusedError(
                f"token {self._label!r} has one try left before it locks, which is not risked here: "
                "log in with the tool of its maker first"
            )
        try:
            return token.open(user_pin=self._pin)
        except UserAlreadyLoggedIn:
            # A login is a process's, not a session's.
            return token.open()
        except PIN_REFUSED:
            self._pin_was_refused[0] = 1
            raise

    def _forget(self) -> None:
        self._session = None
        self._keys.clear()

    def _key(self, session: Session, name: KeyName) -> AesKey:
        key = self._keys.get(name)
        if key is None:
            key = self._keys[name] = find_key(session, name, self._label)
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


def _close(session: Session) -> None:
    # What is lost is closed already.
    with contextlib.suppress(PKCS11Error):
        session.close()
