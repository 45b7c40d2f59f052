"""One-time codes of virtual MFA devices.

Source: RFC 6238 (TOTP) with SHA-1, 6 digits and steps of 30 seconds; RFC 4226; IAM API Reference, VirtualMFADevice.
"""

import base64
import hmac
import io
import os
from typing import Final
from urllib.parse import quote

import segno
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.hotp import HOTP

STEP_SECONDS: Final = 30

_DIGITS: Final = 6
# RFC 4226 recommends 160 bits; they are 32 characters in base 32, without padding.
_SEED_SIZE: Final = 20
# RFC 6238 recommends to accept one step back; one ahead is for clocks that are fast.
_WINDOW: Final = (-1, 0, 1)


def new_seed() -> bytes:
    """Make the seed of a new device: 160 random bits."""
    return os.urandom(_SEED_SIZE)


def base32_seed(seed: bytes) -> str:
    """Give a seed as people type it into a device."""
    return base64.b32encode(seed).decode()


def matching_step(seed: bytes, code: str, now: float, last_step: int) -> int | None:
    """Give the time step of a code, or None when it is wrong.

    Args:
        seed: of the device.
        code: 6 digits.
        now: epoch seconds; a code of the step before and of the next is right too.
        last_step: of the latest code that was accepted; no code of it or of a step before is right again.
    """
    present = int(now) // STEP_SECONDS
    steps = [step for step in (present + offset for offset in _WINDOW) if step > last_step]
    return next((step for step, right in [(step, _is_code(seed, code, step)) for step in steps] if right), None)


def matching_step_of_pair(seed: bytes, first: str, second: str, now: float, last_step: int) -> int | None:
    """Give the time step of the second of two codes in succession, or None when either is wrong.

    Source: IAM API Reference, EnableMFADevice and ResyncMFADevice.
    """
    step = matching_step(seed, second, now, last_step)
    if step is None or step - 1 <= last_step or not _is_code(seed, first, step - 1):
        return None
    return step


def provisioning_uri(seed: bytes, device_name: str, account_name: str) -> str:
    """Give the URI from which an app sets a device up, in the form that AWS documents.

    Args:
        seed: of the device.
        device_name: its name.
        account_name: the account's alias, or its id.
    """
    label = quote(f"{device_name}@{account_name}", safe="@")
    return f"otpauth://totp/{label}?secret={base32_seed(seed)}"


def qr_png(uri: str) -> bytes:
    """Draw a URI as a QR code, a PNG image."""
    image = io.BytesIO()
    segno.make_qr(uri, error="m").save(image, kind="png", scale=4)
    return image.getvalue()


def _is_code(seed: bytes, code: str, step: int) -> bool:
    # SHA-1 is what devices know; HMAC does not need it to resist collisions.
    expected = HOTP(seed, _DIGITS, SHA1()).generate(step)  # noqa: S303 - prescribed by RFC 6238's devices
    return hmac.compare_digest(expected, code.encode())
