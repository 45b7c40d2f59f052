"""Temporary credentials whose session token carries the whole session, so that no node has to remember it.

A token is base64url (without padding) of

    version (1 byte, 0x01) || key version (4 bytes, big-endian) || sealed session

where the session is msgspec's JSON and the five bytes in front are its additional authenticated data. The sealer
is an AEAD that draws its own nonce and puts it in front of what it seals.
"""

import base64
import struct
from collections.abc import Mapping
from typing import Final, Protocol

import msgspec

from strongroom.authn.access_keys import new_secret_access_key, new_temporary_access_key_id
from strongroom.model.errors import UnrecognizedClient
from strongroom.model.principal import Principal

INVALID_TOKEN: Final = "The security token included in the request is invalid"  # noqa: S105 - a text for clients
EXPIRED_TOKEN: Final = "The security token included in the request is expired"  # noqa: S105 - a text for clients

_VERSION: Final = 1
_HEADER: Final = struct.Struct(">BI")


class Sealer(Protocol):
    """An authenticated cipher with a fresh random nonce for each message, bound to one key."""

    def seal(self, plaintext: bytes, aad: bytes) -> bytes:
        """Encrypt and authenticate; the nonce is part of the result."""

    def open(self, sealed: bytes, aad: bytes) -> bytes:
        """Give the plaintext of `seal`.

        Raises:
            ValueError: it was not sealed by this key, or with other additional data.
        """


class ServiceCall(msgspec.Struct, frozen=True, kw_only=True):
    """A registered AWS service that makes the requests of a session.

    Attributes:
        service: its principal, such as `ec2.amazonaws.com`.
        source_arn: the resource for which it calls, or None.
        source_account: id of the account that owns the resource, or None.
        access_key_ids: long-term access keys by which the session was asked for, the service's and, where it acts for
            somebody, that one's; the session ends with any of them.
        token_issued_at: when the session of the one it acts for was issued, in seconds since the epoch; None where that
            one has long-term credentials.
    """

    service: str
    source_arn: str | None = None
    source_account: str | None = None
    access_key_ids: tuple[str, ...] = ()
    token_issued_at: float | None = None


class Terms(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a session was opened with, beyond who acts in it.

    Attributes:
        policy: session policy, as JSON text, or None.
        policy_arns: managed policies that are session policies too.
        tags: session tags.
        transitive_tag_keys: keys of the tags that sessions opened from this one inherit.
        source_identity: who stands behind a chain of roles, or None.
        mfa_at: when a second factor was shown, in seconds since the epoch; None if it was not.
        federated_provider: identity provider whose token opened the session, or None.
        claims: condition keys of that token, by their lower-case names.
        service_call: the service that makes the requests, for the principal or as the principal; or None.
        by_get_session_token: whether GetSessionToken opened it, which limits what of IAM and STS may be called.
    """

    policy: str | None = None
    policy_arns: tuple[str, ...] = ()
    tags: dict[str, str] = {}
    transitive_tag_keys: tuple[str, ...] = ()
    source_identity: str | None = None
    mfa_at: float | None = None
    federated_provider: str | None = None
    claims: dict[str, tuple[str, ...]] = {}
    service_call: ServiceCall | None = None
    by_get_session_token: bool = False


NO_TERMS: Final = Terms()


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """What a session token holds.

    Attributes:
        access_key_id: `ASIA…`, the only id that may go with the token.
        secret: the secret access key; it is left out of `repr`.
        principal: who acts in the session.
        issued_at: seconds since the epoch.
        expires_at: seconds since the epoch; the session is over from this moment on.
        terms: what it was opened with.
    """

    access_key_id: str
    secret: str
    principal: Principal
    issued_at: float
    expires_at: float
    terms: Terms = NO_TERMS

    def __repr__(self) -> str:
        """Show everything but the secret."""
        return (
            f"Session(access_key_id={self.access_key_id!r}, principal={self.principal!r}, "
            f"issued_at={self.issued_at!r}, expires_at={self.expires_at!r})"
        )


class TemporaryCredentials(msgspec.Struct, frozen=True, kw_only=True):
    """Credentials as STS answers them; `repr` shows neither the secret nor the token.

    Attributes:
        access_key_id: `ASIA…`.
        secret_access_key: 40 characters.
        session_token: opaque to the client.
        expiration: seconds since the epoch.
    """

    access_key_id: str
    secret_access_key: str
    session_token: str
    expiration: float

    def __repr__(self) -> str:
        """Show what is not secret."""
        return f"TemporaryCredentials(access_key_id={self.access_key_id!r}, expiration={self.expiration!r})"


class SessionTokens:
    """Issues session tokens under the current key and opens those made under any key that is still held."""

    def __init__(self, keys: Mapping[int, Sealer], current: int) -> None:
        """Take the sealers by key version (0 to 2**32 - 1); `current` is the one that seals new tokens."""
        if current not in keys:
            raise ValueError(f"no session key of version {current}")
        self._keys = dict(keys)
        self._current = current
        self._encoder = msgspec.json.Encoder()
        self._decoder = msgspec.json.Decoder(Session)

    def issue(self, principal: Principal, now: float, duration: float, terms: Terms = NO_TERMS) -> TemporaryCredentials:
        """Make new credentials for a principal that are good for `duration` seconds from `now`."""
        session = Session(
            access_key_id=new_temporary_access_key_id(),
            secret=new_secret_access_key(),
            principal=principal,
            issued_at=now,
            expires_at=now + duration,
            terms=terms,
        )
        header = _HEADER.pack(_VERSION, self._current)
        sealed = self._keys[self._current].seal(self._encoder.encode(session), header)
        return TemporaryCredentials(
            access_key_id=session.access_key_id,
            secret_access_key=session.secret,
            session_token=base64.urlsafe_b64encode(header + sealed).rstrip(b"=").decode("ascii"),
            expiration=session.expires_at,
        )

    def open(self, token: str) -> Session:
        """Give the session of a token, whether or not it is over.

        Raises:
            UnrecognizedClient: the token was not made here, was changed, or its key is gone.
        """
        try:
            key_version, header, sealed = _split(token)
            return self._decoder.decode(self._keys[key_version].open(sealed, header))
        except (ValueError, KeyError, struct.error, msgspec.DecodeError):
            raise UnrecognizedClient(INVALID_TOKEN) from None


def _split(token: str) -> tuple[int, bytes, bytes]:
    """Take a token apart into its key version, its header and the sealed session."""
    raw = _decode(token)
    version, key_version = _HEADER.unpack_from(raw)
    if version != _VERSION:
        raise ValueError(version)
    return key_version, raw[: _HEADER.size], raw[_HEADER.size :]


def _decode(token: str) -> bytes:
    """Undo base64url strictly: one token has one spelling."""
    raw = token.encode("ascii")
    decoded = base64.b64decode(raw + b"=" * (-len(raw) % 4), altchars=b"-_", validate=True)
    if base64.urlsafe_b64encode(decoded).rstrip(b"=") != raw:
        raise ValueError("not the one spelling")
    return decoded
