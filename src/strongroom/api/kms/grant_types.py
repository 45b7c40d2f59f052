"""Types of the grant operations, with AWS's limits.

Source: AWS KMS API Reference, CreateGrant, ListGrants, GrantListEntry and GrantConstraints.
"""

from typing import Annotated, Literal

from msgspec import Meta

from strongroom.api.kms.types import EncryptionContext, KeyId, NextMarker
from strongroom.model import grant as model
from strongroom.protocol.structures import AwsStruct, Timestamp, whole

GrantId = Annotated[str, Meta(min_length=1, max_length=128)]
GrantNameText = Annotated[str, Meta(min_length=1, max_length=256, pattern=whole("^[a-zA-Z0-9:/_-]+$"))]
PrincipalId = Annotated[str, Meta(min_length=1, max_length=256, pattern=whole("^[\\w+=,.@:/-]+$"))]
ServicePrincipal = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=128,
        pattern=whole("^([A-Za-z0-9\\-]+)\\.([A-Za-z0-9\\-]+)(\\.[A-Za-z0-9\\-]+)+$"),
    ),
]
SourceArn = Annotated[
    str,
    Meta(
        min_length=20,
        max_length=512,
        pattern=whole("^arn:aws[a-z0-9-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]{12}:.+$"),
    ),
]
GrantOperation = Literal[
    "Decrypt",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "ReEncryptFrom",
    "ReEncryptTo",
    "Sign",
    "Verify",
    "GetPublicKey",
    "CreateGrant",
    "RetireGrant",
    "DescribeKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateMac",
    "VerifyMac",
    "DeriveSharedSecret",
    "Encapsulate",
    "Decapsulate",
]


class GrantConstraints(AwsStruct, frozen=True, kw_only=True):
    """What a grant asks of requests."""

    encryption_context_subset: EncryptionContext | None = None
    encryption_context_equals: EncryptionContext | None = None
    source_arn: SourceArn | None = None

    @property
    def encryption_context(self) -> EncryptionContext | None:
        """The pairs of the one context that there can be, or None."""
        equals = self.encryption_context_equals
        return self.encryption_context_subset if equals is None else equals

    @property
    def kept(self) -> model.GrantConstraints | None:
        """As grants keep them; None where there are none."""
        kept = model.GrantConstraints(
            encryption_context_subset=self.encryption_context_subset,
            encryption_context_equals=self.encryption_context_equals,
            source_arn=self.source_arn,
        )
        return None if kept == model.GrantConstraints() else kept


class GrantListEntry(AwsStruct, frozen=True, kw_only=True):
    """A grant in a list."""

    key_id: KeyId
    grant_id: GrantId
    name: GrantNameText
    creation_date: Timestamp
    grantee_principal: PrincipalId | None = None
    retiring_principal: PrincipalId | None = None
    issuing_account: PrincipalId
    operations: list[GrantOperation]
    constraints: GrantConstraints | None = None
    grantee_service_principal: ServicePrincipal | None = None
    retiring_service_principal: ServicePrincipal | None = None


class ListGrantsResponse(AwsStruct, frozen=True, kw_only=True):
    """ListGrants and ListRetirableGrants."""

    grants: list[GrantListEntry]
    next_marker: NextMarker | None = None
    truncated: bool
