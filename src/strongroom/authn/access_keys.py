"""New access key ids and secrets, in the shapes that AWS gives them.

Source: IAM User Guide, "IAM identifiers" (unique id prefixes): AKIA is a long-term key, ASIA a temporary one.
"""

import secrets
import string
from typing import Final

LONG_TERM_PREFIX: Final = "AKIA"
TEMPORARY_PREFIX: Final = "ASIA"

_ID_ALPHABET: Final = string.ascii_uppercase + "234567"
_ID_LENGTH: Final = 16
_SECRET_ALPHABET: Final = string.ascii_letters + string.digits + "+/"
_SECRET_LENGTH: Final = 40


def new_access_key_id() -> str:
    """Make the id of a long-term access key: AKIA and 16 of A-Z and 2-7 (80 random bits)."""
    return LONG_TERM_PREFIX + _random(_ID_ALPHABET, _ID_LENGTH)


def new_temporary_access_key_id() -> str:
    """Make the id of a temporary access key: ASIA and 16 of A-Z and 2-7 (80 random bits)."""
    return TEMPORARY_PREFIX + _random(_ID_ALPHABET, _ID_LENGTH)


def new_secret_access_key() -> str:
    """Make a secret access key: 40 of A-Z, a-z, 0-9, plus and slash (240 random bits)."""
    return _random(_SECRET_ALPHABET, _SECRET_LENGTH)


def _random(alphabet: str, length: int) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(length))
