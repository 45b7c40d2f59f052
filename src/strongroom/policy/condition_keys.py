"""The condition keys of KMS, IAM and STS, and the global ones, with the type of their values.

Source: AWS KMS Developer Guide, "AWS KMS condition keys"; IAM User Guide, "AWS global condition context keys" and
"IAM and AWS STS condition context keys".
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

import msgspec

ValueType = Literal["string", "arn", "bool", "numeric", "date", "ip"]


class ConditionKey(msgspec.Struct, frozen=True, kw_only=True):
    """A condition key.

    Attributes:
        name: as AWS writes it; one that ends with `:` or `/` stands for all that begin so.
        type: what its values are.
        multi_valued: whether a request may give it several values.
    """

    name: str
    type: ValueType
    multi_valued: bool = False

    @property
    def is_prefix(self) -> bool:
        """Whether the name goes on with something that the policy chooses, such as the key of a tag."""
        return self.name.endswith((":", "/"))


_STRINGS = """
    kms:CallerAccount kms:CustomerMasterKeySpec kms:CustomerMasterKeyUsage kms:DataKeyPairSpec
    kms:EncapsulationAlgorithm kms:EncryptionAlgorithm kms:EncryptionContext: kms:ExpirationModel
    kms:GrantConstraintType kms:GranteePrincipal kms:GranteeServicePrincipal kms:KeyAgreementAlgorithm
    kms:KeyOrigin kms:KeySpec kms:KeyUsage kms:MacAlgorithm kms:MessageType kms:MultiRegionKeyType
    kms:PolicyName kms:PrimaryRegion kms:RecipientAttestation: kms:ReplicaRegion kms:RequestAlias
    kms:RetiringPrincipal kms:RetiringServicePrincipal kms:SigningAlgorithm kms:ViaService kms:WrappingAlgorithm
    kms:WrappingKeySpec
    aws:CalledViaAWSMCP aws:CalledViaFirst aws:CalledViaLast aws:Ec2InstanceSourceVpc aws:FederatedProvider
    aws:PrincipalAccount aws:PrincipalOrgID aws:PrincipalServiceName aws:PrincipalTag/ aws:PrincipalType
    aws:referer aws:RequestedRegion aws:RequestTag/ aws:ResourceAccount aws:ResourceOrgID aws:ResourceTag/
    aws:SourceAccount aws:SourceIdentity aws:SourceOrgID aws:SourceVpc aws:SourceVpce aws:UserAgent aws:userid
    aws:username aws:VpceAccount aws:VpceOrgID
    iam:AWSServiceName iam:FIDO-certification iam:FIDO-FIPS-140-2-certification
    iam:FIDO-FIPS-140-3-certification iam:OrganizationsPolicyId iam:PassedToService iam:RegisterSecurityKey
    iam:ResourceTag/ sts:AWSServiceName sts:ExternalId sts:RoleSessionName sts:SourceIdentity
"""
_STRING_LISTS = """
    kms:EncryptionContextKeys kms:GrantOperations kms:ResourceAliases
    aws:CalledVia aws:PrincipalOrgPaths aws:PrincipalServiceNamesList aws:ResourceOrgPaths aws:SourceOrgPaths
    aws:TagKeys aws:VpceOrgPaths sts:RequestContextProviders sts:TransitiveTagKeys
"""
_ARNS = """
    kms:GrantConstraintSourceArn
    aws:ChatbotSourceArn aws:PrincipalArn aws:SignInSessionArn aws:SourceArn aws:SourceVpcArn
    iam:AssociatedResourceArn iam:PermissionsBoundary iam:PolicyARN sts:TaskPolicyArn
"""
_BOOLS = """
    kms:BypassPolicyLockoutSafetyCheck kms:GrantIsForAWSResource kms:MultiRegion kms:ReEncryptOnSameKey
    aws:AssumedRoot aws:MultiFactorAuthPresent aws:PrincipalIsAWSService aws:SecureTransport aws:ViaAWSMCPService
    aws:ViaAWSService
"""
_NUMBERS = """
    kms:RotationPeriodInDays kms:ScheduleKeyDeletionPendingWindowInDays kms:TrailingDaysWithoutKeyUsage
    aws:MultiFactorAuthAge sts:DurationSeconds
"""
_DATES = "kms:ValidTo aws:CurrentTime aws:EpochTime aws:TokenIssueTime"
_ADDRESSES = "aws:Ec2InstanceSourcePrivateIPv4 aws:SourceIp aws:VpcSourceIp"

_BY_TYPE: tuple[tuple[str, ValueType, bool], ...] = (
    (_STRINGS, "string", False),
    (_STRING_LISTS, "string", True),
    (_ARNS, "arn", False),
    (_BOOLS, "bool", False),
    (_NUMBERS, "numeric", False),
    (_DATES, "date", False),
    (_ADDRESSES, "ip", False),
)

CONDITION_KEYS: Mapping[str, ConditionKey] = MappingProxyType(
    {
        name.lower(): ConditionKey(name=name, type=kind, multi_valued=multi_valued)
        for names, kind, multi_valued in _BY_TYPE
        for name in names.split()
    }
)
"""The condition keys by their lower-case names."""

_PREFIXES = tuple(name for name, key in CONDITION_KEYS.items() if key.is_prefix)


def find_condition_key(name: str) -> ConditionKey | None:
    """Find a condition key by its name as a policy writes it, whatever the case."""
    folded = name.lower()
    start = next((known for known in _PREFIXES if folded.startswith(known) and folded != known), folded)
    key = CONDITION_KEYS.get(start)
    return None if key is None or (key.is_prefix and folded == start) else key
