"""A CloudHSM key store: KMS keys that are AES-256 keys on a PKCS#11 token, which never leave it.

What such a key encrypts is an XAES-256-GCM message, as with any other key. The token derives the message's own key, by
the two AES-CMACs that XAES-256-GCM takes (SP 800-108r1, counter mode), and AES-256-GCM with that is done here. So the
key on the token is one for AES-CMAC alone, and what this process sees of it opens one message.

Sources: C2SP, XAES-256-GCM (c2sp.org/XAES-256-GCM); AWS KMS Developer Guide, "CloudHSM key stores".
"""

import contextlib
import logging
from pathlib import Path
from typing import Final

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from strongroom.crypto.xaes import XaesMessages, derivation_blocks
from strongroom.custody.pkcs11_errors import (
    PinLockedError,
    PinRefusedError,
    TokenError,
    TokenKeyError,
    TokenMissingError,
)
from strongroom.custody.pkcs11_keys import KeyName
from strongroom.custody.pkcs11_token import Pkcs11Token
from strongroom.model.errors import (
    CloudHsmClusterInvalidConfiguration,
    CustomKeyStoreInvalidState,
    InvalidState,
    KeyUnavailable,
)
from strongroom.model.key_store import ConnectionFailedError

logger = logging.getLogger(__name__)

_PROBE_BYTES: Final = 16
_ANY_PREFIX: Final = bytes(12)

_UNREACHABLE: Final = (
    "AWS KMS cannot communicate with the AWS CloudHSM cluster of the custom key store. Retry the request. If you see "
    "this error repeatedly, verify that the cluster is active and that the custom key store is connected to it."
)
_NO_KEY: Final = (
    "The key material of this KMS key was not found in the AWS CloudHSM cluster of its custom key store, or it is not "
    "a 256-bit AES key that is sensitive and not extractable."
)
_NO_NEW_KEY: Final = (
    "The AWS CloudHSM cluster of the custom key store could not create the key material. Verify that the cluster is "
    "active and meets the requirements of a custom key store."
)


class HsmCluster(msgspec.Struct, frozen=True, kw_only=True):
    """A token that stands for a CloudHSM cluster.

    Attributes:
        account_id: whose it is.
        module: the PKCS#11 module.
        token: label of the token.
        user: what the module wants before the password, as AWS CloudHSM's does; None for one that takes a PIN alone.
        trust_anchor: the cluster's certificate, as PEM.
    """

    cluster_id: str
    account_id: str
    region: str
    module: Path
    token: str
    user: str | None = None
    trust_anchor: str

    def pin(self, password: str) -> str:
        """Give the PIN of the token's user."""
        return password if self.user is None else f"{self.user}:{password}"


class HsmKeyStore:
    """The token of a CloudHSM key store, its failures told as AWS KMS tells them. For use from several threads."""

    def __init__(self, cluster: HsmCluster, password: str) -> None:
        """Name the token. Nothing is loaded yet."""
        self._cluster_id = cluster.cluster_id
        self._token = Pkcs11Token(cluster.module, cluster.token, cluster.pin(password))

    def connect(self) -> None:
        """Log in, which has the token check the password, and see that it works. Raises ConnectionFailedError."""
        try:
            self._token.log_in_anew()
            self._token.random(_PROBE_BYTES)
        except TokenError as error:
            raise ConnectionFailedError(_connection_error_code(error), str(error)) from None

    def create_key(self, label: str) -> str:
        """Make a key that the store can use; gives its id, 32 lower-case hexadecimal digits.

        Raises CloudHsmClusterInvalidConfiguration.
        """
        try:
            name = self._token.generate_cmac_key(label)
            self._try_out(name)
        except TokenError as error:
            self._note(error)
            raise CloudHsmClusterInvalidConfiguration(_NO_NEW_KEY) from None
        return (name.id or b"").hex()

    def destroy_key(self, label: str, backing_key_id: str) -> None:
        """Destroy a key for good, if it is there. Raises TokenError."""
        self._token.destroy_key(_key_name(label, backing_key_id))

    def cipher(self, label: str, backing_key_id: str) -> "TokenXaesKey":
        """Give what encrypts and decrypts with a key. The token is not asked yet."""
        return TokenXaesKey(self._token, _key_name(label, backing_key_id))

    def random(self, size: int) -> bytes:
        """Give random bytes of the token. Raises CustomKeyStoreInvalidState."""
        try:
            return self._token.random(size)
        except TokenError as error:
            self._note(error)
            # GenerateRandom declares no error of a key.
            raise CustomKeyStoreInvalidState(_UNREACHABLE) from None

    def close(self) -> None:
        """Log out; who uses it all the same logs in again."""
        self._token.close()

    def _try_out(self, name: KeyName) -> None:
        # A token may make what it then does not use, or holds in another way than it was told to.
        try:
            self._token.cmac(name, *derivation_blocks(_ANY_PREFIX))
        except TokenError:
            with contextlib.suppress(TokenError):
                self._token.destroy_key(name)
            raise

    def _note(self, error: TokenError) -> None:
        logger.warning("The token of cluster %s did not serve: %s", self._cluster_id, error)


class TokenXaesKey(XaesMessages):
    """One XAES-256-GCM key on a token. For use from several threads.

    Each method raises InvalidState when the token does not hold the key as it must, and KeyUnavailable when the token
    cannot be used, besides what it raises with any key.
    """

    __slots__ = ("_name", "_token")

    def __init__(self, token: Pkcs11Token, name: KeyName) -> None:
        """Name the key. The token is asked when it is used."""
        self._token = token
        self._name = name

    def _message_key(self, prefix: bytes) -> AESGCM:
        try:
            return AESGCM(b"".join(self._token.cmac(self._name, *derivation_blocks(prefix))))
        except TokenKeyError as error:
            logger.warning("A key of a custom key store cannot be used: %s", error)
            raise InvalidState(_NO_KEY) from None
        except TokenError as error:
            logger.warning("The token of a custom key store did not serve: %s", error)
            raise KeyUnavailable(_UNREACHABLE) from None


def _key_name(label: str, backing_key_id: str) -> KeyName:
    return KeyName(label=label, id=bytes.fromhex(backing_key_id))


def _connection_error_code(error: TokenError) -> str:
    if isinstance(error, PinLockedError):
        return "USER_LOCKED_OUT"
    if isinstance(error, PinRefusedError):
        return "INVALID_CREDENTIALS"
    if isinstance(error, TokenMissingError):
        return "INSUFFICIENT_CLOUDHSM_HSMS"
    return "INTERNAL_ERROR"
