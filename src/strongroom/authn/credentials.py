"""Long-term credentials, and where they are found."""

from typing import Protocol

import msgspec

from strongroom.model.principal import Principal


class Credential(msgspec.Struct, frozen=True, kw_only=True):
    """A long-term access key of a user or of an account's root.

    Attributes:
        access_key_id: the public half, `AKIA…`.
        secret: the secret access key; it is left out of `repr`.
        principal: who signs with it.
        active: False while it is deactivated.
    """

    access_key_id: str
    secret: str
    principal: Principal
    active: bool

    def __repr__(self) -> str:
        """Show everything but the secret."""
        return f"Credential(access_key_id={self.access_key_id!r}, principal={self.principal!r}, active={self.active!r})"


class CredentialSource(Protocol):
    """Finds long-term credentials; it is asked once a request, so it answers from memory.

    A change of a key (deactivated, deleted, rotated) is seen by the next request if and only if `find` sees it.
    """

    def find(self, access_key_id: str) -> Credential | None:
        """Give the credential of that id, active or not, or None when there is none."""
