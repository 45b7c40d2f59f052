"""Opening a session of a role, however it was proven who asks.

Source: STS API Reference, AssumeRole and AssumeRoleWithWebIdentity.
"""

from typing import Final

import msgspec

from strongroom.api.context import Context
from strongroom.api.sts.session_policies import packed_size
from strongroom.api.sts.types import AssumedRoleUser, Credentials, shown
from strongroom.authn.sessions import Terms
from strongroom.model.errors import ValidationError
from strongroom.model.identity import Role
from strongroom.model.principal import role_session_principal

_DEFAULT_SECONDS: Final = 3600
_CHAINED_SECONDS: Final = 3600


class RoleSession(msgspec.Struct, frozen=True, kw_only=True):
    """A new session: its credentials, its names, and how much room its policies and tags take, in per cent."""

    credentials: Credentials
    user: AssumedRoleUser
    packed_policy_size: int | None


def open_role_session(
    context: Context, role: Role, session_name: str, asked_seconds: int | None, terms: Terms
) -> RoleSession:
    """Open a session of a role.

    Raises:
        ValidationError: it may not be so long.
        PackedPolicyTooLargeError: policies and tags take more room than there is.
    """
    seconds = _duration(role, asked_seconds, chained=_is_chained(context))
    packed = packed_size(terms)
    principal = role_session_principal(role.account_id, role.arn, role.role_id, session_name)
    issued = context.session_tokens().issue(principal, context.wall, seconds, terms)
    return RoleSession(
        credentials=shown(issued),
        user=AssumedRoleUser(assumed_role_id=principal.principal_id, arn=principal.arn),
        packed_policy_size=packed,
    )


def _is_chained(context: Context) -> bool:
    """Whether it is asked for with temporary credentials, be they a role's or of GetSessionToken."""
    return context.asking.session is not None and context.principal.type != "AWSService"


def _duration(role: Role, asked: int | None, *, chained: bool) -> int:
    seconds = _DEFAULT_SECONDS if asked is None else asked
    if chained and seconds > _CHAINED_SECONDS:
        raise ValidationError(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
        )
    if seconds > role.max_session_duration:
        raise ValidationError("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
    return seconds
