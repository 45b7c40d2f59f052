"""What every holder of the root key can do. The root key wraps store keys and nothing else."""

from typing import Protocol


class RootKey(Protocol):
    """A root key in somebody's custody: a file, a passphrase, a hardware module."""

    @property
    def id(self) -> str:
        """Name of this root key, which tells nothing of its bytes; wrapped store keys carry it."""

    def wrap(self, secret: bytes, aad: bytes) -> bytes:
        """Encrypt a secret, bound to `aad`."""

    def unwrap(self, wrapped: bytes, aad: bytes) -> bytes:
        """Decrypt what `wrap` made. Raises ValueError when it does not open."""


class RootKeyError(Exception):
    """The root key cannot be had; the message says why and what to do."""
