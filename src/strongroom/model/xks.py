"""The messages of the XKS proxy API, version 1: what a key management service asks of a proxy, and the answers.

Names and limits: AWS KMS External Key Store Proxy API Specification (aws/aws-kms-xksproxy-api-spec). On the wire all of
them are JSON objects with camelCase names; bytes are base64 (RFC 4648, section 4).
"""

import hashlib
import re
from typing import Annotated, Final, Literal

import msgspec

API_PATH: Final = "/kms/xks/v1"
SIGNING_SERVICE: Final = "kms-xks-proxy"
MEDIA_TYPE: Final = "application/json"

MAX_URI: Final = 256
MAX_URI_PATH: Final = 128
MAX_PLAINTEXT: Final = 4300
MAX_METADATA: Final = 20
TAG_BYTES: Final = 16
IV_BYTES: Final = (12, 16)

EXTERNAL_KEY_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,128}")
ACCESS_KEY_ID: Final = re.compile(r"[A-Z2-7]{20,30}")
SECRET_ACCESS_KEY: Final = re.compile(r"[A-Za-z0-9+/=]{43,64}")
URI_PATH: Final = re.compile(r"(?:/[A-Za-z0-9/_-]+)?/kms/xks/v1")

EncryptionAlgorithm = Literal["AES_GCM"]
DigestAlgorithm = Literal["SHA_256"]
KeyStatus = Literal["ENABLED", "DISABLED"]
HealthStatus = Literal["ACTIVE", "DEGRADED", "UNAVAILABLE"]
HealthOperation = Literal["CreateCustomKeyStore", "ConnectCustomKeyStore", "UpdateCustomKeyStore", "KmsHealthCheck"]

_Arn = Annotated[str, msgspec.Meta(min_length=1, max_length=2048)]
_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]


class _Message(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A JSON object of the API; a member that is None is left out."""


class RequestMetadata(_Message, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """For whom and why a request is made.

    Attributes:
        aws_principal_arn: who called the key management service.
        aws_source_vpc: the caller's VPC, where it came through an endpoint and is of the key's account.
        aws_source_vpce: the VPC endpoint, likewise.
        kms_key_arn: the key that stands for the external key; None while such a key is being made.
        kms_operation: the operation called, such as `Encrypt` or `CreateKey`.
        kms_request_id: id of that call.
        kms_via_service: the service that called for the principal, such as `s3.us-east-1.amazonaws.com`.
    """

    aws_principal_arn: _Arn
    aws_source_vpc: _Name | None = None
    aws_source_vpce: _Name | None = None
    kms_key_arn: _Arn | None = None
    kms_operation: _Name
    kms_request_id: _Name
    kms_via_service: _Name | None = None


class HealthRequestMetadata(_Message, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Why the health of the proxy is asked.

    Attributes:
        kms_request_id: id of the call.
        kms_operation: the operation called, one of `HealthOperation` in this version of the API.
    """

    kms_request_id: _Name
    kms_operation: _Name


class KeyMetadataRequest(_Message, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What kind of key is it?"""

    request_metadata: RequestMetadata


class KeyMetadataResponse(_Message, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The kind and state of an external key. Texts are open, for a proxy may have keys of other kinds.

    Attributes:
        key_spec: `AES_256` is the only one that a key store can use.
        key_usage: must hold `ENCRYPT` and `DECRYPT`.
        key_status: `ENABLED` or `DISABLED`.
    """

    key_spec: str
    key_usage: tuple[str, ...]
    key_status: str


class EncryptRequest(_Message, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Encrypt with an external key.

    Attributes:
        plaintext: at most MAX_PLAINTEXT bytes.
        additional_authenticated_data: what decryption must give again, or None.
        ciphertext_data_integrity_value_algorithm: asks for the integrity value; see `integrity_value`.
    """

    request_metadata: RequestMetadata
    plaintext: bytes
    encryption_algorithm: EncryptionAlgorithm
    additional_authenticated_data: bytes | None = None
    ciphertext_data_integrity_value_algorithm: DigestAlgorithm | None = None


class EncryptResponse(_Message, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The parts of a ciphertext.

    Attributes:
        ciphertext: as long as the plaintext.
        authentication_tag: TAG_BYTES long.
        initialization_vector: as long as one of IV_BYTES.
        ciphertext_metadata: what else the proxy needs for decryption, at most MAX_METADATA bytes, or None.
        ciphertext_data_integrity_value: see `integrity_value`; None where it was not asked for.
    """

    ciphertext: bytes
    authentication_tag: bytes
    initialization_vector: bytes
    ciphertext_metadata: bytes | None = None
    ciphertext_data_integrity_value: bytes | None = None


class DecryptRequest(_Message, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Decrypt with an external key: the parts of a ciphertext, and what was authenticated with it."""

    request_metadata: RequestMetadata
    ciphertext: bytes
    encryption_algorithm: EncryptionAlgorithm
    initialization_vector: bytes
    authentication_tag: bytes
    ciphertext_metadata: bytes | None = None
    additional_authenticated_data: bytes | None = None


class DecryptResponse(_Message, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What was encrypted."""

    plaintext: bytes


class HealthRequest(_Message, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Can the proxy be reached, and its key managers?"""

    request_metadata: HealthRequestMetadata


class EkmFleetDetail(_Message, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One external key manager.

    Attributes:
        id: its name within the fleet.
        model: what it is.
        health_status: one of `HealthStatus`.
    """

    id: str
    model: str
    health_status: str


class HealthResponse(_Message, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The proxy and its key managers.

    Attributes:
        xks_proxy_fleet_size: number of proxies.
        xks_proxy_vendor: who made the proxy.
        xks_proxy_model: what the proxy is.
        ekm_vendor: who made the key managers.
        ekm_fleet_details: one to ten of them.
    """

    xks_proxy_fleet_size: int
    xks_proxy_vendor: str
    xks_proxy_model: str
    ekm_vendor: str
    ekm_fleet_details: tuple[EkmFleetDetail, ...]


class ErrorResponse(_Message, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Why a request was refused.

    Attributes:
        error_name: such as `KeyNotFoundException`.
        error_message: for the operator of the proxy; callers of the key management service never see it.
    """

    error_name: str
    error_message: str | None = None


def integrity_value(
    additional_authenticated_data: bytes | None,
    ciphertext_metadata: bytes | None,
    initialization_vector: bytes,
    ciphertext: bytes,
    authentication_tag: bytes,
) -> bytes:
    """Give the 32 bytes by which a ciphertext's parts are held together on their way: SHA-256 over them, in order."""
    digest = hashlib.sha256()
    for part in (
        additional_authenticated_data or b"",
        ciphertext_metadata or b"",
        initialization_vector,
        ciphertext,
        authentication_tag,
    ):
        digest.update(part)
    return digest.digest()
