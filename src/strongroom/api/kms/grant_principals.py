"""The principals of grants: from what requests name to what is kept, and back.

Source: AWS KMS API Reference, CreateGrant and GrantListEntry.
"""

import re
from typing import Final

import msgspec

from strongroom.api.kms.grant_types import GrantConstraints, GrantListEntry
from strongroom.api.principals import UnknownPrincipalError, bind, unbind
from strongroom.model.arn import PARTITION
from strongroom.model.errors import InvalidArn, NotFound, ValidationError
from strongroom.model.grant import Grant
from strongroom.model.key import KeyPlace
from strongroom.protocol.structures import timestamp
from strongroom.storage.store import Change, Reader

_ROOT: Final = re.compile(r"arn:aws:iam::[0-9]{12}:root", re.ASCII)


def account_root(account_id: str) -> str:
    """Give the ARN that stands for an account."""
    return f"arn:{PARTITION}:iam::{account_id}:root"


def kept_principal(reader: Reader | Change, arn: str) -> str:
    """Give the form in which a grant keeps a principal. Raises InvalidArn for all but the ARN of one that exists."""
    try:
        kept = bind(reader, arn)
    except UnknownPrincipalError:
        raise no_principal(arn) from None
    # Key policies take an account by its bare number too; grants do not.
    if kept == arn and not _ROOT.fullmatch(arn):
        raise no_principal(arn)
    return kept


def no_principal(arn: str) -> InvalidArn:
    """Make the error for what is not the ARN of a principal."""
    return InvalidArn(f"ARN does not refer to a valid principal: {arn}")


def kept_service(reader: Reader | Change, service: str) -> str:
    """Give the form in which a grant keeps a service. Raises ValidationError for one that is not registered."""
    if reader.identities.service(service) is None:
        raise ValidationError(f"{service} is not a valid service principal.")
    return service


def existing_grant(reader: Reader | Change, place: KeyPlace, grant_id: str) -> Grant:
    """Give a key's grant. Raises NotFound."""
    grant = reader.grants.find(place, grant_id)
    if grant is None:
        raise no_grant(grant_id)
    return grant


def no_grant(grant_id: str) -> NotFound:
    """Make the error for a grant that the key does not have."""
    return NotFound(f"Grant ID {grant_id} not found")


def is_service(kept: str) -> bool:
    """Tell whether a kept principal is a service: neither an ARN nor a unique id, with or without a session."""
    return "." in kept and ":" not in kept


class GrantEntries:
    """Writes grants as lists show them, with the ARNs that their principals have now."""

    def __init__(self, reader: Reader) -> None:
        """Look names up through a transaction, each one once."""
        self._reader = reader
        self._shown: dict[str, str] = {}

    def entry(self, grant: Grant) -> GrantListEntry:
        """Write a grant."""
        return GrantListEntry(
            key_id=grant.place.arn,
            grant_id=grant.grant_id,
            name=grant.name,
            creation_date=timestamp(grant.creation_date),
            grantee_principal=self._principal(grant.grantee),
            retiring_principal=self._principal(grant.retiring),
            issuing_account=account_root(grant.issuing_account),
            operations=list(grant.operations),  # type: ignore[arg-type]  # only such were put
            constraints=_constraints(grant),
            grantee_service_principal=_service(grant.grantee),
            retiring_service_principal=_service(grant.retiring),
        )

    def _principal(self, kept: str | None) -> str | None:
        if kept is None or is_service(kept):
            return None
        if kept not in self._shown:
            self._shown[kept] = unbind(self._reader, kept)
        return self._shown[kept]


def _service(kept: str | None) -> str | None:
    return kept if kept is not None and is_service(kept) else None


def _constraints(grant: Grant) -> GrantConstraints | None:
    return None if grant.constraints is None else GrantConstraints(**msgspec.structs.asdict(grant.constraints))
