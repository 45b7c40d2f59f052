"""A session with a token of a PKCS#11 module, in which this process is logged in as the token's user.

Source: PKCS #11 Specification 3.1 (OASIS), section 5.6 (sessions) and the description of C_Login.
"""

import contextlib
import mmap
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from pkcs11 import PinLocked, PKCS11Error, Session, TokenFlag, UserAlreadyLoggedIn

from strongroom.custody.pkcs11_errors import (
    LOST,
    PIN_REFUSED,
    PinLockedError,
    PinRefusedError,
    TokenError,
    token_error,
)
from strongroom.custody.pkcs11_module import Pkcs11Module, use_module

T = TypeVar("T")


class TokenSession:
    """A session that is opened when it is first used, anew in each process. Safe for several threads.

    A login is one of the whole process, whichever session it was made in: all of them end with it, and what they found
    on the token may then go by other handles.
    """

    def __init__(self, module: Path, label: str, pin: str) -> None:
        """Name a token of a module by its label. Nothing is loaded yet."""
        self._path = module
        self._label = label
        self._pin = pin
        self._module: Pkcs11Module | None = None
        self._session: Session | None = None
        self._login: Session | None = None
        # Shared with the processes that are forked later, for each wrong try brings the token nearer to its lock.
        self._pin_was_refused = mmap.mmap(-1, 1)

    def use(self, work: Callable[[Session], T]) -> T:
        """Do something with the token, again in a new session when this one is lost. Raises TokenError.

        No other thread uses the module meanwhile.
        """
        return self._call(lambda module: self._work(module, work))

    def log_in_anew(self) -> None:
        """Have the token check the PIN, even if it refused it before, or this process is logged in. Raises TokenError.

        The token is not asked when it would lock after one more wrong try.
        """
        self._call(self._log_in_anew)

    def close(self) -> None:
        """Log out; the next use logs in again."""
        module = self._module
        if module is None or not module.is_usable:
            self._forget()
            return
        with module.lock:
            self._end(module)

    def _call(self, work: Callable[[Pkcs11Module], T]) -> T:
        try:
            module = use_module(self._path)
        except PKCS11Error as error:
            raise TokenError(f"cannot load the PKCS#11 module {self._path}: {error}") from None
        try:
            with module.lock:
                return work(module)
        except PKCS11Error as error:
            raise token_error(error, self._label, self._path) from None

    def _work(self, module: Pkcs11Module, work: Callable[[Session], T]) -> T:
        session = self._opened(module)
        try:
            return work(session)
        except LOST:
            self._end(module)
            return work(self._opened(module))

    def _log_in_anew(self, module: Pkcs11Module) -> None:
        login = module.logins.pop(self._label, None)
        if login is not None:
            _close(login)
        self._pin_was_refused[0] = 0
        self._opened(module)

    def _opened(self, module: Pkcs11Module) -> Session:
        if self._module is not module:
            # A session of the process that this one was forked from is not for this one to close.
            self._forget()
        elif module.logins.get(self._label) is not self._login:
            self._end(module)
        if self._session is None:
            self._session = self._log_in(module)
            self._login = module.logins.setdefault(self._label, self._session)
            self._module = module
        return self._session

    def _log_in(self, module: Pkcs11Module) -> Session:
        if self._pin_was_refused[0]:
            raise PinRefusedError(f"token {self._label!r} did not take the PIN, which is not tried again: start anew")
        token = module.library.get_token(token_label=self._label)
        if TokenFlag.USER_PIN_LOCKED in token.flags:
            raise PinLocked
        if TokenFlag.USER_PIN_FINAL_TRY in token.flags:
            raise PinLockedError(
                f"token {self._label!r} has one try left before it locks, which is not risked here: "
                "log in with the tool of its maker first"
            )
        try:
            session = token.open(user_pin=self._pin)
        except UserAlreadyLoggedIn:
            return token.open()
        except PIN_REFUSED:
            self._pin_was_refused[0] = 1
            raise
        # One that was there is lost, or the token would know of it.
        module.logins[self._label] = session
        return session

    def _end(self, module: Pkcs11Module) -> None:
        session, login = self._session, self._login
        self._forget()
        if session is None:
            return
        if module.logins.get(self._label) is session:
            del module.logins[self._label]
        elif session is login:
            # Closed by whoever took the login out.
            return
        _close(session)

    def _forget(self) -> None:
        self._session = None
        self._login = None


def _close(session: Session) -> None:
    # What is lost is closed already.
    with contextlib.suppress(PKCS11Error):
        session.close()
