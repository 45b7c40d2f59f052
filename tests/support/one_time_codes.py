"""One-time codes as an app shows them."""

from __future__ import annotations

import base64
import time

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.hotp import HOTP


def codes(seed: bytes, ahead: int = 0) -> tuple[str, str]:
    """Give the code of now and the one after it, of a seed in base 32; `ahead` is in steps of 30 seconds."""
    app = HOTP(base64.b32decode(seed), 6, SHA1())  # noqa: S303 - prescribed by RFC 6238's devices
    step = int(time.time()) // 30 + ahead
    return app.generate(step).decode(), app.generate(step + 1).decode()
