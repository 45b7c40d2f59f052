"""How sign-ins to the console end: what the browser is told, and what is recorded."""

import msgspec

from strongroom.api.sign_in_candidates import Candidate
from strongroom.audit.sign_in import SignInEvent, encode_sign_in
from strongroom.authn.sessions import TemporaryCredentials
from strongroom.model.identity import VirtualMfaDevice
from strongroom.model.principal import Principal
from strongroom.model.regions import REGIONS
from strongroom.model.request import Request
from strongroom.model.sign_in_errors import InvalidMfaCodeError, MfaRequiredError, SignInError

_REGIONS = tuple(sorted(REGIONS))


class ConsoleCredentials(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Temporary credentials; `repr` shows neither the secret nor the token."""

    access_key_id: str
    secret_access_key: str
    session_token: str

    def __repr__(self) -> str:
        """Show what is not secret."""
        return f"ConsoleCredentials(access_key_id={self.access_key_id!r})"


class SignedIn(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What a browser is given.

    Attributes:
        account_alias: None for an account without.
        user_name: None for the root user.
        region: with which the console begins.
        regions: all that there are.
        expiration: epoch seconds, at which the credentials end.
    """

    account_id: str
    account_alias: str | None = None
    user_name: str | None = None
    arn: str
    region: str
    regions: tuple[str, ...]
    expiration: int
    credentials: ConsoleCredentials


class SignInOutcome(msgspec.Struct, frozen=True):
    """How a sign-in ended, and the record that must be kept before it is told; None where that is committed."""

    request_id: str
    result: SignedIn | SignInError
    record: bytes | None


class Visit(msgspec.Struct, kw_only=True):
    """What is known of a sign-in so far; a refusal records as much as that.

    Attributes:
        time: service time in epoch seconds.
        wall: time on the wall in epoch seconds.
        region: the installation's.
        device: the MFA device whose code was right.
    """

    request: Request
    request_id: str
    time: float
    wall: float
    region: str
    candidate: Candidate = Candidate()
    device: VirtualMfaDevice | None = None


def signed_in(visit: Visit, principal: Principal, issued: TemporaryCredentials) -> SignedIn:
    """Give what the browser of a principal is told."""
    return SignedIn(
        account_id=principal.account_id,
        account_alias=visit.candidate.alias,
        user_name=principal.user_name,
        arn=principal.arn,
        region=visit.region,
        regions=_REGIONS,
        expiration=int(issued.expiration),
        credentials=ConsoleCredentials(
            access_key_id=issued.access_key_id,
            secret_access_key=issued.secret_access_key,
            session_token=issued.session_token,
        ),
    )


def sign_in_record(visit: Visit, error: SignInError | None = None) -> bytes:
    """Write the record of a sign-in that succeeded or was refused."""
    device = visit.device
    return encode_sign_in(
        SignInEvent(
            name="CheckMfa" if isinstance(error, MfaRequiredError) else "ConsoleLogin",
            time=visit.time,
            request_id=visit.request_id,
            region=visit.region,
            source_ip=visit.request.source_ip,
            user_agent=visit.request.header("user-agent") or "",
            principal=visit.candidate.principal,
            account_id=visit.candidate.account_id,
            error_message=None if error is None else error.recorded,
            mfa_identifier=None if device is None else device.arn,
            mfa_used=device is not None or isinstance(error, InvalidMfaCodeError),
        )
    )
