"""What may not be called in sessions of GetSessionToken, and in those that AWS services have.

Source: STS API Reference, GetSessionToken: no operation of IAM without a second factor, and of STS only AssumeRole and
GetCallerIdentity. The texts are answers of IAM and STS as recorded by their users.
"""

from typing import Final

from strongroom.api.callers import Caller
from strongroom.api.declare import Operation
from strongroom.authn.sessions import INVALID_TOKEN
from strongroom.model.errors import AccessDenied, UnrecognizedClient

_OF_SERVICES: Final = "kms"
_OF_STS: Final = frozenset({"AssumeRole", "GetCallerIdentity"})


def check_session(operation: Operation, caller: Caller) -> None:
    """Refuse what a caller may not call in its session. Raises UnrecognizedClient and AccessDenied."""
    if caller.session is None:
        return
    terms = caller.terms
    if terms.service_call is not None and operation.service != _OF_SERVICES:
        # A service was asked to use keys; it gets no hold of anything else that a user may do.
        raise AccessDenied(f"Cannot call {operation.name} with the session of a service")
    if not terms.by_get_session_token:
        return
    if operation.service == "iam" and terms.mfa_at is None:
        raise UnrecognizedClient(INVALID_TOKEN)
    if operation.service == "sts" and operation.name not in _OF_STS:
        raise AccessDenied(f"Cannot call {operation.name} with session credentials")
