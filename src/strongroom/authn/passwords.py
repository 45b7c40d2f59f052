"""Console passwords as they are kept: Argon2id hashes with RFC 9106's second recommended (low-memory) parameters.

Source: RFC 9106, section 4: 3 passes over 64 MiB in 4 lanes, a salt of 128 bits, a tag of 256 bits.
"""

from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

_hasher = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)

_COSTS: Final = f"m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}"
# A salt of 16 and a tag of 32 zero bytes: the hash of no known password, which takes as long to verify as any other.
_NOBODYS_HASH: Final = "$".join(("", "argon2id", "v=19", _COSTS, "A" * 22, "A" * 43))


def hash_password(password: str) -> str:
    """Hash a password with a random salt. It takes tens of milliseconds and 64 MiB."""
    return _hasher.hash(password)


def verify_password(password_hash: str | None, password: str) -> bool:
    """Tell whether a password is the hashed one; never for None, but that takes as long, so that it tells nothing.

    A hash that is not one is nobody's.
    """
    try:
        return _hasher.verify(password_hash or _NOBODYS_HASH, password)
    except (VerificationError, InvalidHashError):
        return False


def needs_rehash(password_hash: str) -> bool:
    """Tell whether a hash was made with other parameters than those of now. Raises ValueError when it is no hash."""
    return _hasher.check_needs_rehash(password_hash)
