"""Types that several operations share, with AWS's limits.

Source: AWS KMS API Reference.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from strongroom.api.kms.quotas import CONTEXT_BYTES, CONTEXT_PAIRS
from strongroom.model.errors import ValidationError
from strongroom.protocol.structures import AwsStruct, Timestamp, whole

KeyId = Annotated[str, Meta(min_length=1, max_length=2048)]
AliasName = Annotated[str, Meta(min_length=1, max_length=256, pattern=whole("^[a-zA-Z0-9:/_-]+$"))]
GrantToken = Annotated[str, Meta(min_length=1, max_length=8192, extra={"sensitive": True})]
GrantTokens = Annotated[list[GrantToken], Meta(min_length=0, max_length=10)]
Limit = Annotated[int, Meta(ge=1, le=1000)]
Marker = Annotated[str, Meta(min_length=1, max_length=1024, pattern=whole("[\\u0020-\\u00FF]*"))]
NextMarker = str
Description = Annotated[str, Meta(min_length=0, max_length=8192)]
Policy = Annotated[str, Meta(min_length=1, max_length=131072, pattern=whole("[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+"))]
Plaintext = Annotated[bytes, Meta(min_length=1, max_length=4096, extra={"sensitive": True})]
Ciphertext = Annotated[bytes, Meta(min_length=1, max_length=6144)]
EncryptionContext = dict[str, str]
EncryptionAlgorithm = Literal["SYMMETRIC_DEFAULT", "RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256", "SM2PKE"]
NumberOfBytes = Annotated[int, Meta(ge=1, le=1024)]
CustomKeyStoreId = Annotated[str, Meta(min_length=1, max_length=64)]
KeyMaterialId = Annotated[str, Meta(min_length=64, max_length=64, pattern=whole("^[a-f0-9]+$"))]
Message = Annotated[bytes, Meta(min_length=1, max_length=4096, extra={"sensitive": True})]
TagKey = Annotated[str, Meta(min_length=1, max_length=128)]
TagValue = Annotated[str, Meta(min_length=0, max_length=256)]
DryRunModifiers = list[Literal["IGNORE_CIPHERTEXT"]]


class Tag(AwsStruct, frozen=True, kw_only=True):
    """A tag."""

    tag_key: TagKey
    tag_value: TagValue


class RecipientInfo(AwsStruct, frozen=True, kw_only=True):
    """Whom an attested answer is for."""

    key_encryption_algorithm: Literal["RSAES_OAEP_SHA_256"] | None = None
    attestation_document: Annotated[bytes, Meta(min_length=1, max_length=262144)] | None = None


class MultiRegionKey(AwsStruct, frozen=True, kw_only=True):
    """A related key of a multi-Region key."""

    arn: str
    region: str


class MultiRegionConfiguration(AwsStruct, frozen=True, kw_only=True):
    """The related keys of a multi-Region key, itself among them."""

    multi_region_key_type: str
    primary_key: MultiRegionKey
    replica_keys: list[MultiRegionKey]


class XksKeyConfiguration(AwsStruct, frozen=True, kw_only=True):
    """The external key that a KMS key in an external key store stands for."""

    id: str


class KeyMetadata(AwsStruct, frozen=True, kw_only=True):
    """What DescribeKey tells of a key."""

    aws_account_id: str | None = msgspec.field(default=None, name="AWSAccountId")
    key_id: KeyId
    arn: str
    creation_date: Timestamp
    enabled: bool
    description: Description
    key_usage: str
    key_state: str
    deletion_date: Timestamp | None = None
    valid_to: Timestamp | None = None
    origin: str
    custom_key_store_id: str | None = None
    cloud_hsm_cluster_id: str | None = None
    expiration_model: str | None = None
    key_manager: str
    customer_master_key_spec: str | None = None
    key_spec: str
    encryption_algorithms: list[str] | None = None
    signing_algorithms: list[str] | None = None
    key_agreement_algorithms: list[str] | None = None
    mac_algorithms: list[str] | None = None
    encapsulation_algorithms: list[str] | None = None
    multi_region: bool
    multi_region_configuration: MultiRegionConfiguration | None = None
    pending_deletion_window_in_days: int | None = None
    xks_key_configuration: XksKeyConfiguration | None = None
    current_key_material_id: str | None = None


def check_context(context: EncryptionContext | None) -> None:
    """Raise ValidationError for a context that is too long: each record holds it, and policies ask for it."""
    if context and sum(len(key.encode()) + len(value.encode()) for key, value in context.items()) > CONTEXT_BYTES:
        raise ValidationError(f"The encryption context is longer than {CONTEXT_BYTES} bytes.")
    if context and len(context) > CONTEXT_PAIRS:
        raise ValidationError(f"The encryption context has more than {CONTEXT_PAIRS} pairs.")
