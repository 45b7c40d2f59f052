"""Signing in to the console: a password, and perhaps a code, for temporary credentials.

It is not an operation of AWS's API, but like each of them it has its record before its answer leaves, and what it
changes commits together with the record. It hashes passwords, so it runs off the event loop.

Source: IAM User Guide, "How to sign in to AWS"; AWS Sign-In User Guide, "Sign in to the AWS Management Console".
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from strongroom.api.iam.login_profiles import ChangePasswordRequest
from strongroom.api.sign_in_candidates import Candidate, find_candidate, find_devices
from strongroom.api.sign_in_changes import change_password, note_sign_in
from strongroom.api.sign_in_results import SignedIn, SignInOutcome, Visit, sign_in_record, signed_in
from strongroom.authn.attempts import Attempts, network_of
from strongroom.authn.sessions import SessionTokens, Terms
from strongroom.authn.sign_in import (
    ROOT_SECONDS,
    USER_SECONDS,
    SignInRequest,
    check_password,
    must_change_password,
)
from strongroom.authn.totp import matching_step
from strongroom.custody.secrets import unwrap_mfa_seed
from strongroom.custody.store_keys import Purpose, StoreKeys
from strongroom.model.clock import Clock
from strongroom.model.failures import describe
from strongroom.model.identity import LoginProfile
from strongroom.model.ids import new_uuid
from strongroom.model.request import Request
from strongroom.model.sign_in_errors import (
    InvalidMfaCodeError,
    InvalidSignInError,
    MfaRequiredError,
    SignInError,
    SignInFailedError,
    TooManyAttemptsError,
)
from strongroom.storage.store import Change, Reader, Store

logger = logging.getLogger(__name__)

MOST_WRONG: Final = 5
"""For each user."""

MOST_WRONG_OF_ADDRESS: Final = 50
"""For each address: in an office, or behind a proxy, many have the same."""

WRONG_WITHIN: Final = 300.0
"""Seconds."""


class SignIns:
    """The sign-ins of one worker; safe for several threads."""

    def __init__(self, store: Store, store_keys: StoreKeys, clock: Clock, region: str) -> None:
        """Take what sign-ins are checked with, and the Region with which the console begins."""
        self._store = store
        self._store_keys = store_keys
        self._clock = clock
        self._region = region
        self._by_user = Attempts(MOST_WRONG, WRONG_WITHIN)
        self._by_address = Attempts(MOST_WRONG_OF_ADDRESS, WRONG_WITHIN)

    def run(self, request: Request, asked: SignInRequest) -> SignInOutcome:
        """Sign somebody in, or refuse it. Never raises."""
        visit = self._visit(request)
        try:
            return SignInOutcome(visit.request_id, self._sign_in(visit, asked), None)
        except SignInError as error:
            return SignInOutcome(visit.request_id, error, sign_in_record(visit, error))
        except Exception as error:  # noqa: BLE001 - whatever it is, the client gets an answer
            logger.error("Sign-in %s failed: %s", visit.request_id, describe(error))  # noqa: TRY400 - without its message
            failed = SignInFailedError()
            return SignInOutcome(visit.request_id, failed, sign_in_record(visit, failed))

    def refuse(self, request: Request, error: SignInError) -> SignInOutcome:
        """Refuse a sign-in without looking at who it is."""
        visit = self._visit(request)
        return SignInOutcome(visit.request_id, error, sign_in_record(visit, error))

    def _visit(self, request: Request) -> Visit:
        now, wall = self._clock.now(), self._clock.wall()
        return Visit(request=request, request_id=new_uuid(), time=now, wall=wall, region=self._region)

    def _sign_in(self, visit: Visit, asked: SignInRequest) -> SignedIn:
        with self._store.read() as reader:
            visit.candidate = find_candidate(reader, asked)
        with self._guess(visit, asked):
            login = check_password(visit.candidate.login, asked.password)
            with self._store.read() as reader:
                self._show_code(reader, visit, asked)
            changes = must_change_password(login, visit.candidate.policy, visit.time, asked.new_password)
            with self._store.change() as change:
                step = self._confirm(change, visit, asked, login)
                opened = self._open(change, visit, asked, changes=changes)
                note_sign_in(change, visit, asked.password, step)
                change.outbox.append(sign_in_record(visit))
        return opened

    @contextmanager
    def _guess(self, visit: Visit, asked: SignInRequest) -> Iterator[None]:
        """Count a try, unless it turns out to be no wrong guess. Raises TooManyAttemptsError."""
        address, name = network_of(visit.request.source_ip), _counted_name(visit.candidate, asked)
        if not self._by_address.take(address, visit.wall):
            raise TooManyAttemptsError
        if not self._by_user.take(name, visit.wall):
            self._by_address.give_back(address)
            raise TooManyAttemptsError
        wrong = False
        try:
            yield
        except SignInError as error:
            wrong = error.counts
            raise
        finally:
            if not wrong:
                self._by_address.give_back(address)
                self._by_user.give_back(name)

    def _show_code(self, reader: Reader | Change, visit: Visit, asked: SignInRequest) -> int:
        """Find the device whose code was shown; gives the code's time step, 0 for somebody without devices.

        Raises:
            MfaRequiredError: no code was shown.
            InvalidMfaCodeError: it is of none of the devices.
        """
        visit.device = None
        devices = find_devices(reader, visit.candidate)
        if not devices:
            return 0
        if asked.mfa_code is None:
            raise MfaRequiredError
        for device in devices:
            seed = unwrap_mfa_seed(self._store_keys, device)
            step = matching_step(seed, asked.mfa_code, visit.wall, device.last_step)
            if step is not None:
                visit.device = device
                return step
        raise InvalidMfaCodeError

    def _confirm(self, change: Change, visit: Visit, asked: SignInRequest, checked: LoginProfile) -> int:
        """Make sure that the password is still the one, and the code unused, while nothing can change any more."""
        visit.candidate = find_candidate(change, asked)
        login = visit.candidate.login
        if login is None or login.password_hash != checked.password_hash:
            raise InvalidSignInError
        return self._show_code(change, visit, asked)

    def _open(self, change: Change, visit: Visit, asked: SignInRequest, *, changes: bool) -> SignedIn:
        principal = visit.candidate.proven
        tokens = SessionTokens(self._store_keys.sealers(Purpose.SESSION_TOKEN), self._store_keys.current)
        seconds = ROOT_SECONDS if principal.type == "Root" else USER_SECONDS
        terms = Terms(mfa_at=None if visit.device is None else visit.wall)
        issued = tokens.issue(principal, visit.wall, seconds, terms)
        if changes:
            passwords = ChangePasswordRequest(old_password=asked.password, new_password=asked.new_password or "")
            change_password(change, self._store_keys, visit, tokens.open(issued.session_token), passwords)
        return signed_in(visit, principal, issued)


def _counted_name(candidate: Candidate, asked: SignInRequest) -> str:
    """Name whom a guess is about: the same however it is spelt."""
    if candidate.principal is not None:
        return candidate.principal.principal_id
    return f"{candidate.account_id or asked.account} {(asked.user or '').lower()}"
