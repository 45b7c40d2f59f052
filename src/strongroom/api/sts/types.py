"""Types that several operations share, with AWS's limits.

Source: STS API Reference.
"""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from strongroom.authn.sessions import TemporaryCredentials
from strongroom.model.errors import ValidationError
from strongroom.protocol.structures import AwsStruct, Timestamp, whole

_ARN: Final = r"[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+"
_POLICY: Final = r"[\u0009\u000A\u000D\u0020-\u00FF]+"
_NAME: Final = r"[\w+=,.@-]*"

Arn = Annotated[str, Meta(min_length=20, max_length=2048, pattern=whole(_ARN))]
RoleSessionName = Annotated[str, Meta(min_length=2, max_length=64, pattern=whole(_NAME))]
SourceIdentity = Annotated[str, Meta(min_length=2, max_length=64, pattern=whole(_NAME))]
SessionPolicy = Annotated[str, Meta(min_length=1, max_length=2048, pattern=whole(_POLICY))]
UnrestrictedSessionPolicy = Annotated[str, Meta(min_length=1, pattern=whole(_POLICY))]
RoleDuration = Annotated[int, Meta(ge=900, le=43_200)]
SessionDuration = Annotated[int, Meta(ge=900, le=129_600)]
SerialNumber = Annotated[str, Meta(min_length=9, max_length=256, pattern=whole(r"[\w+=/:,.@-]*"))]
TokenCode = Annotated[str, Meta(min_length=6, max_length=6, pattern=whole(r"[\d]*"), extra={"sensitive": True})]
AccessKeyId = Annotated[str, Meta(min_length=16, max_length=128, pattern=whole(r"[\w]*"))]
MinimumSessionTokenSize = Annotated[int, Meta(ge=0, le=4096)]


class PolicyDescriptor(AwsStruct, frozen=True, kw_only=True):
    """A managed policy, as a session policy."""

    arn: Arn | None = msgspec.field(default=None, name="arn")


class Credentials(AwsStruct, frozen=True, kw_only=True):
    """Temporary credentials; `repr` shows neither the secret nor the token."""

    access_key_id: AccessKeyId
    secret_access_key: Annotated[str, Meta(extra={"sensitive": True})]
    session_token: Annotated[str, Meta(extra={"sensitive": True})]
    expiration: Timestamp

    def __repr__(self) -> str:
        """Show what is not secret."""
        return f"Credentials(access_key_id={self.access_key_id!r}, expiration={self.expiration!r})"


class AssumedRoleUser(AwsStruct, frozen=True, kw_only=True):
    """A session of a role."""

    assumed_role_id: str
    arn: str


def shown(issued: TemporaryCredentials) -> Credentials:
    """Give credentials as answers show them."""
    return Credentials(
        access_key_id=issued.access_key_id,
        secret_access_key=issued.secret_access_key,
        session_token=issued.session_token,
        expiration=issued.expiration,
    )


def recorded_credentials(credentials: Credentials) -> dict[str, object]:
    """Give what the audit record shows of credentials: neither the secret nor the token."""
    return {"accessKeyId": credentials.access_key_id, "expiration": credentials.expiration}


def refuse_token_size(least: int | None) -> None:
    """Refuse a least size of session tokens, which this server cannot promise. Raises ValidationError."""
    if least:
        raise ValidationError("The MinimumSessionTokenSize parameter is not supported.")
