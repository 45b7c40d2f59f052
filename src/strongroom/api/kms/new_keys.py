"""What CreateKey is asked for, and what of it is possible.

Source: AWS KMS API Reference, CreateKey.
"""

from collections.abc import Mapping
from typing import Annotated, Final, Literal
from uuid import uuid4

from msgspec import Meta

from strongroom.api.kms.tag_rules import checked_tags
from strongroom.api.kms.types import CustomKeyStoreId, Description, Policy, Tag
from strongroom.api.supplies import Parameter, Supply
from strongroom.crypto.specs import KEY_SPECS, CustomerMasterKeySpecName, KeySpecName, KeyUsageName
from strongroom.model.errors import UnsupportedOperation, ValidationError
from strongroom.model.ids import new_uuid
from strongroom.model.key import MULTI_REGION_PREFIX
from strongroom.protocol.structures import AwsStruct, whole

_SYMMETRIC = "SYMMETRIC_DEFAULT"
DEFAULT_ORIGIN: Final = "AWS_KMS"
_STORE_ORIGINS: Final = frozenset({"AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"})
DEFAULT_USAGE: Final = "ENCRYPT_DECRYPT"

XksKeyId = Annotated[str, Meta(min_length=1, max_length=128, pattern=whole("^[a-zA-Z0-9-_.]+$"))]


class CreateKeyRequest(AwsStruct, frozen=True, kw_only=True):
    """CreateKey."""

    policy: Policy | None = None
    description: Description | None = None
    key_usage: KeyUsageName | None = None
    customer_master_key_spec: CustomerMasterKeySpecName | None = None
    key_spec: KeySpecName | None = None
    origin: Literal["AWS_KMS", "EXTERNAL", "AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"] | None = None
    custom_key_store_id: CustomKeyStoreId | None = None
    bypass_policy_lockout_safety_check: bool | None = None
    tags: list[Tag] | None = None
    multi_region: bool | None = None
    xks_key_id: XksKeyId | None = None


def check_create(request: CreateKeyRequest) -> None:
    """Raise ValidationError, TagError, and the errors of what this server cannot make."""
    if request.key_spec is not None and request.customer_master_key_spec is not None:
        raise ValidationError("You cannot specify KeySpec and CustomerMasterKeySpec in the same request.")
    spec = spec_name(request)
    if spec != _SYMMETRIC and request.key_usage is None:
        raise ValidationError(
            "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys."
        )
    _check_possible(request, spec)
    checked_tags(request.tags or [])
    usage = request.key_usage
    if usage is not None and usage not in KEY_SPECS[spec].usages:
        raise ValidationError(f"KeyUsage {usage} is not compatible with KeySpec {spec}")


def _check_possible(request: CreateKeyRequest, spec: str) -> None:
    """Refuse what this server cannot make, rather than make something else."""
    _check_store(request, spec)
    if spec not in KEY_SPECS:
        raise UnsupportedOperation(f"{spec} is not supported.")
    if request.origin == "EXTERNAL" and not KEY_SPECS[spec].importable:
        raise UnsupportedOperation(f"Key material of {spec} cannot be imported.")


def _check_store(request: CreateKeyRequest, spec: str) -> None:
    in_store = request.origin in _STORE_ORIGINS
    if in_store != (request.custom_key_store_id is not None):
        raise ValidationError(
            f"Origin {request.origin} needs a CustomKeyStoreId."
            if in_store
            else "A CustomKeyStoreId needs the Origin AWS_CLOUDHSM or EXTERNAL_KEY_STORE."
        )
    if (request.origin == "EXTERNAL_KEY_STORE") != (request.xks_key_id is not None):
        raise ValidationError("Origin EXTERNAL_KEY_STORE needs an XksKeyId, which is not valid for any other origin.")
    if in_store and (spec != _SYMMETRIC or request.multi_region):
        raise UnsupportedOperation("Custom key stores support only symmetric encryption keys of a single Region.")


def new_key_id(*, multi_region: bool) -> str:
    """Make the id of a new key; the form of a multi-Region key's is its own."""
    return f"{MULTI_REGION_PREFIX}{uuid4().hex}" if multi_region else new_uuid()


def spec_name(request: CreateKeyRequest) -> str:
    """Give the key spec that is asked for."""
    return request.key_spec or request.customer_master_key_spec or _SYMMETRIC


NEW_KEY_SUPPLIES: Final[Mapping[str, Supply]] = {
    "kms:keyspec": lambda request: (spec_name(request),),
    "kms:keyusage": Parameter("key_usage", DEFAULT_USAGE),
    "kms:keyorigin": Parameter("origin", DEFAULT_ORIGIN),
    "kms:multiregion": Parameter("multi_region", "false"),
    "kms:multiregionkeytype": lambda request: ("PRIMARY",) if request.multi_region else None,
}
"""What it supplies to conditions of the properties that the key will have."""
