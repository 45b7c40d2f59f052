"""HMAC keys (RFC 2104, FIPS 198-1), whole MACs only."""

import hmac
from typing import Final

_NAMES: Final = {
    "HMAC_SHA_224": "sha224",
    "HMAC_SHA_256": "sha256",
    "HMAC_SHA_384": "sha384",
    "HMAC_SHA_512": "sha512",
}


class MacKey:
    """An HMAC key."""

    def __init__(self, secret: bytes) -> None:
        """Take the bytes of the key."""
        self._secret = secret

    def mac(self, algorithm: str, message: bytes) -> bytes:
        """Authenticate a message."""
        return hmac.digest(self._secret, message, _NAMES[algorithm])

    def verify_mac(self, algorithm: str, message: bytes, mac: bytes) -> bool:
        """Tell whether a MAC is of a message, in constant time."""
        return hmac.compare_digest(self.mac(algorithm, message), mac)
