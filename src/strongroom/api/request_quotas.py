"""Request quotas: for which a request counts, and how many requests a second each of them allows.

Source: AWS KMS Developer Guide, "Request quotas". A quota is counted for each account and Region, that of custom key
stores for each store. IAM and STS have none.
"""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, Protocol

import msgspec

from strongroom.api.call import Call
from strongroom.api.key_snapshots import KeySnapshot
from strongroom.crypto.specs import KEY_SPECS, KeyFamily
from strongroom.model.key_store import KeyStorePlace

SYMMETRIC: Final = "CryptographicOperations-SYMMETRIC"
RSA: Final = "CryptographicOperations-RSA"
ECC: Final = "CryptographicOperations-ECC"
ML_DSA: Final = "CryptographicOperations-ML_DSA"
ML_KEM: Final = "CryptographicOperations-ML_KEM"
CUSTOM_KEY_STORE: Final = "CustomKeyStoreOperations"

_DATA_KEY_PAIR: Final = "GenerateDataKeyPair"
_DATA_KEY_PAIR_OPERATIONS: Final = frozenset({_DATA_KEY_PAIR, "GenerateDataKeyPairWithoutPlaintext"})
_CRYPTOGRAPHIC_OPERATIONS: Final = frozenset(
    {
        "Decapsulate",
        "Decrypt",
        "DeriveSharedSecret",
        "Encapsulate",
        "Encrypt",
        "GenerateDataKey",
        "GenerateDataKeyWithoutPlaintext",
        "GenerateMac",
        "GenerateRandom",
        "ReEncrypt",
        "Sign",
        "Verify",
        "VerifyMac",
    }
)
_OF_STORES: Final = _CRYPTOGRAPHIC_OPERATIONS | _DATA_KEY_PAIR_OPERATIONS
_OF_FAMILIES: Final[Mapping[KeyFamily, str]] = MappingProxyType(
    {
        "SYMMETRIC": SYMMETRIC,
        "HMAC": SYMMETRIC,
        "RSA": RSA,
        "ECC": ECC,
        "ED25519": ECC,
        "ML_DSA": ML_DSA,
        "ML_KEM": ML_KEM,
    }
)

_SYMMETRIC_RATES: Final[Mapping[str, int]] = MappingProxyType(
    {
        **dict.fromkeys(("us-east-1", "us-west-2", "eu-west-1"), 100_000),
        **dict.fromkeys(
            ("us-east-2", "ap-southeast-1", "ap-southeast-2", "ap-northeast-1", "eu-central-1", "eu-west-2"), 20_000
        ),
    }
)
_DATA_KEY_PAIR_RATES: Final = {
    "ECC_NIST_P256": 100,
    "ECC_NIST_P384": 100,
    "ECC_NIST_P521": 100,
    "ECC_SECG_P256K1": 100,
    "ECC_NIST_EDWARDS25519": 100,
    "RSA_2048": 20,
    "RSA_3072": 4,
    "RSA_4096": 1,
    "SM2": 25,
    # AWS's page has no rate for these; they cost no more than elliptic curves.
    "ML_KEM_512": 100,
    "ML_KEM_768": 100,
    "ML_KEM_1024": 100,
}
_OPERATIONS_BY_RATE: Final[Mapping[int, tuple[str, ...]]] = MappingProxyType(
    {
        1: ("GetParametersForImport",),
        5: (
            "CancelKeyDeletion",
            "ConnectCustomKeyStore",
            "CreateAlias",
            "CreateCustomKeyStore",
            "CreateKey",
            "DeleteCustomKeyStore",
            "DescribeCustomKeyStores",
            "DisableKey",
            "DisableKeyRotation",
            "DisconnectCustomKeyStore",
            "EnableKey",
            "GetKeyLastUsage",
            "ReplicateKey",
            "RotateKeyOnDemand",
            "UntagResource",
            "UpdateAlias",
            "UpdateCustomKeyStore",
            "UpdateKeyDescription",
            "UpdatePrimaryRegion",
        ),
        10: ("TagResource",),
        15: (
            "DeleteAlias",
            "DeleteImportedKeyMaterial",
            "EnableKeyRotation",
            "ImportKeyMaterial",
            "PutKeyPolicy",
            "ScheduleKeyDeletion",
        ),
        50: ("CreateGrant", "RetireGrant", "RevokeGrant"),
        100: ("ListGrants", "ListKeyPolicies", "ListKeyRotations", "ListRetirableGrants"),
        500: ("ListAliases", "ListKeys"),
        1_000: ("GetKeyPolicy", "GetKeyRotationStatus"),
        2_000: ("DescribeKey", "GetPublicKey", "ListResourceTags"),
    }
)

REQUEST_QUOTAS: Final[Mapping[str, int]] = MappingProxyType(
    {
        SYMMETRIC: 10_000,
        RSA: 1_000,
        ECC: 1_000,
        ML_DSA: 1_000,
        # AWS's page has no rate for ML-KEM; that of the other asymmetric keys is taken.
        ML_KEM: 1_000,
        CUSTOM_KEY_STORE: 1_800,
        **{f"{_DATA_KEY_PAIR}-{spec}": rate for spec, rate in _DATA_KEY_PAIR_RATES.items()},
        **{operation: rate for rate, operations in _OPERATIONS_BY_RATE.items() for operation in operations},
    }
)
"""All quotas by name, in requests a second; the symmetric one is higher in some Regions."""

_NO_OVERRIDES: Final[Mapping[str, int]] = MappingProxyType({})


class CountedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What the quotas of a request depend on.

    Attributes:
        operation: AWS's name of an operation of KMS.
        asking: the account that asks, or the service that asks for itself.
        region: where the request was sent.
        key_specs: of the keys of the request, as far as they are known.
        key_stores: the custom key stores that it uses.
        key_pair_spec: the spec of the data key pair that it asks for.
        other_region: the Region, beside that of the request, in which it changes something.
    """

    operation: str
    asking: str
    region: str
    key_specs: tuple[str, ...] = ()
    key_stores: tuple[KeyStorePlace, ...] = ()
    key_pair_spec: str | None = None
    other_region: str | None = None


class Charge(msgspec.Struct, frozen=True, kw_only=True):
    """What a request takes of one quota.

    Attributes:
        quota: name of the quota.
        scope: for whom it is counted: account and Region, or a custom key store.
        rate: how many requests a second it allows.
        cost: as how many requests this one counts.
    """

    quota: str
    scope: str
    rate: int
    cost: int = 1


class Quotas(Protocol):
    """Counts requests."""

    def check(self, call: Call, admitted: Sequence[KeySnapshot]) -> None:
        """Count a request with the keys that it was admitted to, none where it was refused. Raises Throttling."""


class Unlimited:
    """Counts nothing."""

    def check(self, _call: Call, _admitted: Sequence[KeySnapshot], /) -> None:
        """Let every request through."""


def counted_request(call: Call, admitted: Sequence[KeySnapshot]) -> CountedRequest:
    """Give what the quotas of a request of somebody known depend on.

    Of a request that was refused, only keys of the caller's own account count: what kind of key another account has
    must not show, and nobody who is refused there may use up the quota of its custom key store.
    """
    principal, message = call.authenticated.principal, call.message
    keys = admitted or [each.key for each in call.resolved if each.key and each.account_id == call.account_id]
    key_stores = [key.custom_key_store.place for key in keys if key.custom_key_store is not None]
    if call.name == "GenerateRandom" and (store_id := getattr(message, "custom_key_store_id", None)) is not None:
        key_stores.append(KeyStorePlace(principal.account_id, call.region, store_id))
    return CountedRequest(
        operation=call.name,
        asking=principal.account_id or principal.principal_id,
        region=call.region,
        key_specs=tuple([key.key.key_spec for key in keys]),
        key_stores=tuple(key_stores),
        key_pair_spec=getattr(message, "key_pair_spec", None),
        other_region=getattr(message, "replica_region", None) or getattr(message, "primary_region", None),
    )


def quotas_of(request: CountedRequest, overrides: Mapping[str, int] = _NO_OVERRIDES) -> tuple[Charge, ...]:
    """Give the quotas for which a request counts, at AWS's rates but for those that are overridden by name."""
    charges = [
        Charge(
            quota=quota, scope=f"{request.asking}/{region}", rate=overrides.get(quota, _rate(quota, region)), cost=cost
        )
        for quota, region, cost in _account_quotas(request)
    ]
    if request.operation in _OF_STORES:
        rate = overrides.get(CUSTOM_KEY_STORE, REQUEST_QUOTAS[CUSTOM_KEY_STORE])
        stores = dict.fromkeys("/".join(place) for place in request.key_stores)
        charges += [Charge(quota=CUSTOM_KEY_STORE, scope=store, rate=rate) for store in stores]
    return tuple(charges)


def _rate(quota: str, region: str) -> int:
    rate = REQUEST_QUOTAS[quota]
    return _SYMMETRIC_RATES.get(region, rate) if quota == SYMMETRIC else rate


def _account_quotas(request: CountedRequest) -> Iterable[tuple[str, str, int]]:
    """Give name, Region and cost of each quota of the account."""
    operation, region = request.operation, request.region
    if operation in _CRYPTOGRAPHIC_OPERATIONS:
        families = dict.fromkeys(_OF_FAMILIES[KEY_SPECS[spec].family] for spec in request.key_specs)
        return [(quota, region, 1) for quota in families or (SYMMETRIC,)]
    if operation in _DATA_KEY_PAIR_OPERATIONS:
        spec = request.key_pair_spec
        return [(SYMMETRIC if spec is None else f"{_DATA_KEY_PAIR}-{spec}", region, 1)]
    other = request.other_region
    if operation == "ReplicateKey" and other is not None:
        return [(operation, region, 1), ("CreateKey", other, 2)]
    if operation == "UpdatePrimaryRegion" and other is not None:
        return [(operation, each, 1) for each in dict.fromkeys((region, other))]
    return [(operation, region, 1)]
