"""What can go wrong with a PKCS#11 token.

Source: PKCS #11 Specification 3.1 (OASIS), section 5.1, "Function return values".
"""

from pathlib import Path

from pkcs11 import (
    AnotherUserAlreadyLoggedIn,
    DataInvalid,
    DataLenRange,
    DeviceError,
    DeviceRemoved,
    EncryptedDataInvalid,
    EncryptedDataLenRange,
    FunctionFailed,
    GeneralError,
    KeyHandleInvalid,
    MultipleTokensReturned,
    NoSuchToken,
    ObjectHandleInvalid,
    PinExpired,
    PinIncorrect,
    PinInvalid,
    PinLenRange,
    PinLocked,
    PKCS11Error,
    SessionClosed,
    SessionHandleInvalid,
    SignatureInvalid,
    TokenNotPresent,
    UserNotLoggedIn,
    UserPinNotInitialized,
)

# What another session may mend.
LOST = (
    DeviceError,
    DeviceRemoved,
    KeyHandleInvalid,
    ObjectHandleInvalid,
    SessionClosed,
    SessionHandleInvalid,
    TokenNotPresent,
    UserNotLoggedIn,
)
PIN_REFUSED = (PinExpired, PinIncorrect, PinInvalid, PinLenRange, PinLocked, UserPinNotInitialized)
NOT_AUTHENTIC = (DataInvalid, DataLenRange, EncryptedDataInvalid, EncryptedDataLenRange, SignatureInvalid)
# SoftHSM and others say no more than this of a tag that is wrong.
PERHAPS_NOT_AUTHENTIC = (FunctionFailed, GeneralError)


class TokenError(Exception):
    """The token cannot be used; the message says why and what to do."""


class PinRefusedError(TokenError):
    """The token does not take the PIN, which is not tried again, as tokens lock."""


class PinLockedError(PinRefusedError):
    """The token has locked the PIN, or would after one more wrong try."""


class TokenMissingError(TokenError):
    """The module has no such token."""


class TokenKeyError(TokenError):
    """The key is not on the token, or is not one to be trusted with secrets."""


def token_error(error: PKCS11Error, label: str, module: Path) -> TokenError:
    """Say for people what a token of a module answered."""
    told = type(error).__name__
    if isinstance(error, PinLocked):
        return PinLockedError(f"token {label!r} has locked its PIN; have it set anew with the tool of its maker")
    if isinstance(error, PIN_REFUSED):
        return PinRefusedError(
            f"token {label!r} does not take the PIN ({told}); it was tried once: give the right one, "
            "before the token locks"
        )
    if isinstance(error, NoSuchToken):
        return TokenMissingError(f"{module} has no token {label!r}; give the label of one that it has")
    if isinstance(error, MultipleTokensReturned):
        return TokenError(f"{module} has several tokens {label!r}; give them different labels")
    if isinstance(error, AnotherUserAlreadyLoggedIn):
        return TokenError(f"this process is logged in to token {label!r} as somebody else")
    return TokenError(f"token {label!r} of {module} cannot be used: {f'{told} {error}'.strip()}")
