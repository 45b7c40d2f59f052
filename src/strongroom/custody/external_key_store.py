"""An external key store: keys of which one half is here and the other in a key manager behind a proxy.

What a key encrypts is encrypted twice: here with its own material (XAES-256-GCM, as with any other key), and then by
the external key, so that neither half opens it alone and the proxy sees no plaintext.

Source: AWS KMS Developer Guide, "External key stores", "How double encryption works".

The external key's part of a message:

    offset   bytes  field
         0       1  length of the initialization vector, i: 12 or 16
         1       1  length of the ciphertext metadata, m: 0 to 20
         2       i  initialization vector
       2+i      16  authentication tag
      18+i       m  ciphertext metadata
    18+i+m       n  ciphertext, as long as what it hides: an XAES-256-GCM message
"""

import hashlib
import logging
from collections.abc import Callable
from typing import Final, TypeVar

from strongroom.crypto.xaes import XaesKey
from strongroom.custody.xks_answers import ExternalCiphertext
from strongroom.custody.xks_client import XksProxy
from strongroom.custody.xks_failures import (
    XksFailure,
    XksFailureKind,
    connection_error_code,
    key_creation_error,
    key_use_error,
    require_usable_key,
    store_change_error,
)
from strongroom.model.key_store import ConnectionFailedError
from strongroom.model.xks import IV_BYTES, MAX_METADATA, TAG_BYTES, HealthOperation, RequestMetadata

T = TypeVar("T")

logger = logging.getLogger(__name__)

_LENGTHS: Final = 2


class ExternalKeyStore:
    """The proxy of an external key store, its failures told as AWS KMS tells them. For use from several threads."""

    def __init__(self, proxy: XksProxy) -> None:
        """Ask through a proxy; nothing is sent yet."""
        self._proxy = proxy

    def connect(self, request_id: str) -> None:
        """Ask whether the proxy can serve. Raises ConnectionFailedError."""
        try:
            self._proxy.health("ConnectCustomKeyStore", request_id)
        except XksFailure as failure:
            raise ConnectionFailedError(connection_error_code(failure), _told(failure)) from None

    def require_healthy(self, operation: HealthOperation, request_id: str) -> None:
        """Raise the error of CreateCustomKeyStore and UpdateCustomKeyStore unless the proxy can serve."""
        try:
            self._proxy.health(operation, request_id)
        except XksFailure as failure:
            _note(failure)
            raise store_change_error(failure) from None

    def require_key(self, xks_key_id: str, metadata: RequestMetadata) -> None:
        """Raise the error of CreateKey unless the external key is one that a KMS key can stand for."""
        try:
            found = self._proxy.metadata(xks_key_id, metadata)
        except XksFailure as failure:
            _note(failure)
            raise key_creation_error(failure) from None
        require_usable_key(found)

    def cipher(self, material: XaesKey, xks_key_id: str, metadata: RequestMetadata) -> "ExternalCipher":
        """Make what encrypts and decrypts with both halves of a key, for one request."""
        return ExternalCipher(self._proxy, material, xks_key_id, metadata)

    def close(self) -> None:
        """Close the connections to the proxy."""
        self._proxy.close()


class ExternalCipher:
    """Both halves of one key, for one request."""

    def __init__(self, proxy: XksProxy, material: XaesKey, xks_key_id: str, metadata: RequestMetadata) -> None:
        """Take the half that is here, and where the other is."""
        self._proxy = proxy
        self._material = material
        self._xks_key_id = xks_key_id
        self._metadata = metadata

    def seal(self, plaintext: bytes, aad: bytes) -> bytes:
        """Encrypt. Raises InvalidState when the proxy does not serve."""
        inner = self._material.seal(plaintext, aad)
        return _encode(self._ask(lambda: self._proxy.encrypt(self._xks_key_id, inner, _digest(aad), self._metadata)))

    def open(self, sealed: bytes, aad: bytes) -> bytes:
        """Decrypt what `seal` made.

        Raises InvalidState when the proxy does not serve, or says itself that it is not authentic, and ValueError when
        it is found here.
        """
        outer = _decode(sealed)
        inner = self._ask(lambda: self._proxy.decrypt(self._xks_key_id, outer, _digest(aad), self._metadata))
        try:
            return self._material.open(inner, aad)
        except ValueError:
            raise key_use_error(XksFailure(XksFailureKind.UNUSABLE_PLAINTEXT)) from None

    def _ask(self, ask: Callable[[], T]) -> T:
        try:
            return ask()
        except XksFailure as failure:
            _note(failure)
            raise key_use_error(failure) from None


def _digest(aad: bytes) -> bytes:
    # Contexts may be longer than what a proxy takes, and it need not read them.
    return hashlib.sha256(aad).digest()


def _encode(outer: ExternalCiphertext) -> bytes:
    metadata = outer.ciphertext_metadata or b""
    lengths = bytes((len(outer.initialization_vector), len(metadata)))
    return b"".join((lengths, outer.initialization_vector, outer.authentication_tag, metadata, outer.ciphertext))


def _decode(sealed: bytes) -> ExternalCiphertext:
    if len(sealed) < _LENGTHS or sealed[0] not in IV_BYTES or sealed[1] > MAX_METADATA:
        raise ValueError("not the ciphertext of an external key")
    tag = _LENGTHS + sealed[0]
    metadata = tag + TAG_BYTES
    ciphertext = metadata + sealed[1]
    if len(sealed) <= ciphertext:
        raise ValueError("too short for the ciphertext of an external key")
    return ExternalCiphertext(
        initialization_vector=sealed[_LENGTHS:tag],
        authentication_tag=sealed[tag:metadata],
        ciphertext_metadata=sealed[metadata:ciphertext] or None,
        ciphertext=sealed[ciphertext:],
    )


def _told(failure: XksFailure) -> str:
    """Give what the operator may read of a failure."""
    return failure.kind.value if failure.proxy_message is None else f"{failure.kind.value}: {failure.proxy_message}"


def _note(failure: XksFailure) -> None:
    logger.warning("An external key store proxy did not serve: %s", _told(failure))
