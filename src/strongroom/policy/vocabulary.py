"""The actions that policies can name, with what is known of each.

Source: AWS KMS Developer Guide, "AWS KMS permissions"; Service Authorization Reference, "Actions, resources, and
condition keys for AWS Key Management Service".
"""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Literal

import msgspec

from strongroom.policy.iam_actions import IAM_ACTIONS, STS_ACTIONS

ResourceKind = Literal["key", "alias", "*"]


class KmsAction(msgspec.Struct, frozen=True, kw_only=True):
    """An action of KMS.

    Attributes:
        name: such as `kms:Encrypt`.
        resources: what it is authorized on; `*` where it concerns no single resource.
        in_key_policy: whether a key policy can allow it.
        cross_account: whether it can be used on the key of another account.
        grantable: whether a grant can allow it.
        condition_keys: those, beside the global ones, that its requests supply; one that ends with `:` or `/` stands
            for all that begin so.
    """

    name: str
    resources: frozenset[ResourceKind]
    in_key_policy: bool
    cross_account: bool
    grantable: bool
    condition_keys: frozenset[str]


_OF_KEYS = (
    "kms:CallerAccount",
    "kms:CustomerMasterKeySpec",
    "kms:CustomerMasterKeyUsage",
    "kms:KeyOrigin",
    "kms:KeySpec",
    "kms:KeyUsage",
    "kms:MultiRegion",
    "kms:MultiRegionKeyType",
    "kms:ResourceAliases",
    "kms:ViaService",
    "aws:ResourceTag/",
)
_OF_NEW_KEYS = tuple(name for name in _OF_KEYS if name not in {"kms:ResourceAliases", "aws:ResourceTag/"})
_CONTEXT = ("kms:EncryptionContext:", "kms:EncryptionContextKeys")
_ALIAS = ("kms:RequestAlias",)
_ATTESTATION = ("kms:RecipientAttestation:",)
_TAGS = ("aws:RequestTag/", "aws:TagKeys")
_SYMMETRIC = (*_CONTEXT, *_ALIAS, "kms:EncryptionAlgorithm")
_GRANT = (
    "kms:GrantConstraintType",
    "kms:GrantConstraintSourceArn",
    "kms:GranteePrincipal",
    "kms:GranteeServicePrincipal",
    "kms:GrantIsForAWSResource",
    "kms:GrantOperations",
    "kms:RetiringPrincipal",
    "kms:RetiringServicePrincipal",
)


def _of_key(name: str, *keys: str, cross_account: bool = False, grantable: bool = False) -> KmsAction:
    return KmsAction(
        name=f"kms:{name}",
        resources=frozenset({"key"}),
        in_key_policy=True,
        cross_account=cross_account,
        grantable=grantable,
        condition_keys=frozenset({*_OF_KEYS, *keys}),
    )


def _use(name: str, *keys: str) -> KmsAction:
    return _of_key(name, *keys, cross_account=True, grantable=True)


def _of_alias(name: str) -> KmsAction:
    return msgspec.structs.replace(_of_key(name), resources=frozenset({"key", "alias"}))


def _of_account(name: str, *keys: str) -> KmsAction:
    return KmsAction(
        name=f"kms:{name}",
        resources=frozenset({"*"}),
        in_key_policy=False,
        cross_account=False,
        grantable=False,
        condition_keys=frozenset(keys),
    )


_ACTIONS = (
    _of_key("CancelKeyDeletion"),
    _of_account("ConnectCustomKeyStore", "kms:CallerAccount"),
    _of_alias("CreateAlias"),
    _of_account("CreateCustomKeyStore", "kms:CallerAccount"),
    _use("CreateGrant", *_CONTEXT, *_GRANT),
    _of_account("CreateKey", "kms:BypassPolicyLockoutSafetyCheck", *_OF_NEW_KEYS, *_TAGS, "aws:ResourceTag/"),
    _use("Decapsulate", *_ALIAS, "kms:EncapsulationAlgorithm"),
    _use("Decrypt", *_SYMMETRIC, *_ATTESTATION),
    _of_alias("DeleteAlias"),
    _of_account("DeleteCustomKeyStore", "kms:CallerAccount"),
    _of_key("DeleteImportedKeyMaterial"),
    _use("DeriveSharedSecret", *_ALIAS, *_ATTESTATION, "kms:KeyAgreementAlgorithm"),
    _of_account("DescribeCustomKeyStores", "kms:CallerAccount"),
    _use("DescribeKey", *_ALIAS),
    _of_key("DisableKey", "kms:TrailingDaysWithoutKeyUsage"),
    _of_key("DisableKeyRotation"),
    _of_account("DisconnectCustomKeyStore", "kms:CallerAccount"),
    _of_key("EnableKey"),
    _of_key("EnableKeyRotation", "kms:RotationPeriodInDays"),
    _use("Encapsulate", *_ALIAS, "kms:EncapsulationAlgorithm"),
    _use("Encrypt", *_SYMMETRIC),
    _use("GenerateDataKey", *_SYMMETRIC, *_ATTESTATION),
    _use("GenerateDataKeyPair", *_SYMMETRIC, *_ATTESTATION, "kms:DataKeyPairSpec"),
    _use("GenerateDataKeyPairWithoutPlaintext", *_SYMMETRIC, "kms:DataKeyPairSpec"),
    _use("GenerateDataKeyWithoutPlaintext", *_SYMMETRIC),
    _use("GenerateMac", *_ALIAS, "kms:MacAlgorithm"),
    _of_account("GenerateRandom", *_ATTESTATION),
    _of_key("GetKeyLastUsage"),
    _of_key("GetKeyPolicy", "kms:PolicyName"),
    _of_key("GetKeyRotationStatus", cross_account=True),
    _of_key("GetParametersForImport", "kms:WrappingAlgorithm", "kms:WrappingKeySpec"),
    _use("GetPublicKey", *_ALIAS),
    _of_key("ImportKeyMaterial", "kms:ExpirationModel", "kms:ValidTo"),
    _of_account("ListAliases"),
    _of_key("ListGrants", "kms:GrantIsForAWSResource", cross_account=True),
    _of_key("ListKeyPolicies"),
    _of_key("ListKeyRotations"),
    _of_account("ListKeys"),
    _of_key("ListResourceTags"),
    msgspec.structs.replace(_of_account("ListRetirableGrants"), cross_account=True),
    _of_key("PutKeyPolicy", "kms:BypassPolicyLockoutSafetyCheck", "kms:PolicyName"),
    _use("ReEncryptFrom", *_SYMMETRIC, "kms:ReEncryptOnSameKey"),
    _use("ReEncryptTo", *_SYMMETRIC, "kms:ReEncryptOnSameKey"),
    _of_key("ReplicateKey", "kms:BypassPolicyLockoutSafetyCheck", "kms:ReplicaRegion", *_TAGS),
    KmsAction(
        name="kms:RetireGrant",
        resources=frozenset({"key"}),
        in_key_policy=False,
        cross_account=True,
        grantable=True,
        condition_keys=frozenset(
            {
                *_CONTEXT,
                "kms:CallerAccount",
                "kms:GrantConstraintType",
                "kms:ResourceAliases",
                "kms:ViaService",
                "aws:ResourceTag/",
            }
        ),
    ),
    _of_key("RevokeGrant", "kms:GrantIsForAWSResource", cross_account=True),
    _of_key("RotateKeyOnDemand"),
    _of_key("ScheduleKeyDeletion", "kms:ScheduleKeyDeletionPendingWindowInDays", "kms:TrailingDaysWithoutKeyUsage"),
    _use("Sign", *_ALIAS, "kms:MessageType", "kms:SigningAlgorithm"),
    _of_key("SynchronizeMultiRegionKey"),
    _of_key("TagResource", *_TAGS),
    _of_key("UntagResource", "aws:TagKeys"),
    _of_alias("UpdateAlias"),
    _of_account("UpdateCustomKeyStore", "kms:CallerAccount"),
    _of_key("UpdateKeyDescription"),
    _of_key("UpdatePrimaryRegion", "kms:PrimaryRegion"),
    _use("Verify", *_ALIAS, "kms:MessageType", "kms:SigningAlgorithm"),
    _use("VerifyMac", *_ALIAS, "kms:MacAlgorithm"),
)

KMS_ACTIONS: Mapping[str, KmsAction] = MappingProxyType({action.name: action for action in _ACTIONS})
"""The actions of KMS by name. There is no `kms:ReEncrypt`: it needs kms:ReEncryptFrom and kms:ReEncryptTo."""

SUPPLIED = frozenset(key for action in _ACTIONS for key in action.condition_keys)
"""The condition keys that the requests of some actions of KMS supply, and those of others do not."""

ACTIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "kms": tuple(KMS_ACTIONS),
        "iam": tuple(f"iam:{name}" for name in IAM_ACTIONS),
        "sts": tuple(f"sts:{name}" for name in STS_ACTIONS),
    }
)
"""The names of all actions of the services that are known, by the service's prefix."""


def covers(pattern: str, text: str) -> bool:
    """Whether a pattern, in which `*` stands for any characters and `?` for any one, covers a text, whatever the case.

    An fnmatch pattern never takes more than linear time for each of its stars.
    """
    return fnmatchcase(text.lower(), pattern.lower().replace("[", "[[]"))


def kms_actions_of(pattern: str) -> frozenset[str]:
    """Give the actions of KMS that a pattern in Action or NotAction covers."""
    return frozenset(name for name in KMS_ACTIONS if covers(pattern, name))
