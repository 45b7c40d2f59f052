"""The policies of whoever makes a request, apart from those of the resource."""

import enum
from typing import Final

import msgspec

from strongroom.policy.document import Document


class Source(enum.StrEnum):
    """A kind of policy that can decide."""

    KEY_POLICY = "key-policy"
    TRUST_POLICY = "trust-policy"
    IDENTITY_POLICY = "identity-policy"
    PERMISSIONS_BOUNDARY = "permissions-boundary"
    SESSION_POLICY = "session-policy"
    SERVICE_CONTROL_POLICY = "service-control-policy"
    GRANT = "grant"


class NamedPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """A policy and what to call it.

    Attributes:
        source: its kind.
        name: the ARN of a managed policy, or another text that tells people which one it is.
        document: what it says.
    """

    source: Source
    name: str
    document: Document


class CallerPolicies(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """What the caller's own account says of it.

    Attributes:
        identity: the policies attached to the user, its groups, or the role.
        boundary: its permissions boundary; None is no limit.
        session: the policies passed when the session was made; None is no limit.
        service_control: the service control policies of the account; None is no limit.
        unrestricted: whether it may do all without an identity-based policy, as the root user may.
    """

    identity: tuple[NamedPolicy, ...] = ()
    boundary: NamedPolicy | None = None
    session: tuple[NamedPolicy, ...] | None = None
    service_control: tuple[NamedPolicy, ...] | None = None
    unrestricted: bool = False


UNRESTRICTED: Final = CallerPolicies(unrestricted=True)
"""A root user under no service control policy."""

NO_POLICIES: Final = CallerPolicies()
"""A user or role without policies, or a service."""
