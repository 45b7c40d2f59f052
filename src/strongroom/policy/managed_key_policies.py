"""AWS managed keys by service: how they are called, what they say that they protect, and their key policies.

Source: the developer guides of the services, where they show the policies of `aws/ebs`, `aws/rds` and the like;
AWS KMS Developer Guide, "AWS managed keys".
"""

import json
from collections.abc import Mapping
from typing import Final

import msgspec

from strongroom.policy.defaults import render
from strongroom.policy.managed_key_statements import (
    GrantsFor,
    MakeStatement,
    Through,
    ToMetadata,
    Where,
    archived_messages,
    decryption_of_certificates,
    described_to_dynamodb,
    no_other_key,
    owner_of_certificates,
)

_USE: Final = ("kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*")
_WITHOUT_GRANTS: Final = (*_USE, "kms:DescribeKey")
_WITH_GRANTS: Final = (*_USE, "kms:CreateGrant", "kms:DescribeKey")
_OF_DATABASES: Final = (*_USE, "kms:CreateGrant", "kms:ListGrants", "kms:DescribeKey")
_OF_BACKUPS: Final = ("kms:CreateGrant", "kms:Decrypt", "kms:GenerateDataKey*")
_OF_TOPICS: Final = ("kms:Decrypt", "kms:GenerateDataKey*", "kms:CreateGrant", "kms:ListGrants", "kms:DescribeKey")
_OF_SECRETS: Final = ("kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:CreateGrant", "kms:DescribeKey")


class ManagedKey(msgspec.Struct, frozen=True, kw_only=True):
    """The AWS managed keys that a service uses, one in each account and Region.

    Attributes:
        alias: such as `aws/ebs`.
        service: the service principal, such as `ec2.amazonaws.com`.
        policy_id: `Id` of the key policies.
        protects: what the keys protect.
        statements: what makes the statements of the key policies, in their order.
    """

    alias: str
    service: str
    policy_id: str
    protects: str
    statements: tuple[MakeStatement, ...]

    @property
    def description(self) -> str:
        """The description of the keys."""
        return f"Default key that protects my {self.protects} when no other key is defined"

    def policy(self, account_id: str, region: str) -> str:
        """Give the key policy in an account and Region; it names no principals but the account and the service."""
        where = Where(account_id, region, self.service)
        statements = [make(where) for make in self.statements]
        return render(json.dumps({"Version": "2012-10-17", "Id": self.policy_id, "Statement": statements}))


def managed_key(alias: str, service: str) -> ManagedKey:
    """Give the AWS managed keys of an alias such as `aws/ebs`, as a service uses them; AWS need not know either."""
    known = MANAGED_KEYS.get(alias)
    return _of_other_service(alias, service) if known is None else msgspec.structs.replace(known, service=service)


def default_alias(service: str) -> str | None:
    """Give the alias of the AWS managed keys that a service uses on AWS, or None."""
    return next((key.alias for key in MANAGED_KEYS.values() if key.service == service), None)


def _through(name: str, actions: tuple[str, ...]) -> Through:
    return Through(f"through {name}", name, actions)


def _known(
    alias: str, service: str, policy_id: str, protects: str, through: Through, *more: MakeStatement
) -> ManagedKey:
    metadata = ToMetadata(revoking="kms:CreateGrant" in through.actions)
    return ManagedKey(
        alias=alias,
        service=f"{service}.amazonaws.com",
        policy_id=policy_id,
        protects=protects,
        statements=(through, metadata, *more),
    )


def _of_other_service(alias: str, service: str) -> ManagedKey:
    name = alias.removeprefix("aws/")
    return ManagedKey(
        alias=alias,
        service=service,
        policy_id=f"auto-{name}-1",
        protects=f"{name} data",
        statements=(_through(name, _WITH_GRANTS), ToMetadata(revoking=True)),
    )


_KINESIS: Final = _through("Amazon Kinesis", _WITHOUT_GRANTS)
_SQS: Final = Through("through Simple Queue Service (SQS)", "SQS", _WITH_GRANTS)
_EFS: Final = Through("to EFS", "EFS", _WITH_GRANTS)
_BACKUP: Final = Through("through Backup", "Backup Storage", _OF_BACKUPS)
_DYNAMODB: Final = Through("through Amazon DynamoDB", "Amazon DynamoDB", _WITH_GRANTS, in_any_region=True)
_SECRETS: Final = _through("AWS Secrets Manager", _OF_SECRETS)
# AWS gives both statements the same Sid, which no policy may have that is put here.
_DATA_KEYS_OF_SECRETS: Final = Through(
    "through AWS Secrets Manager of any Region", "AWS Secrets Manager", ("kms:GenerateDataKey*",), in_any_region=True
)

_TABLE: Final = (
    _known("aws/ebs", "ec2", "auto-ebs-2", "EBS volumes", _through("EBS", _WITH_GRANTS)),
    _known("aws/lambda", "lambda", "auto-awslambda", "Lambda functions", _through("AWS Lambda", _WITH_GRANTS)),
    _known("aws/rds", "rds", "auto-rds-2", "RDS database volumes", _through("RDS", _OF_DATABASES)),
    _known("aws/s3", "s3", "auto-s3-2", "S3 objects", _through("S3", _WITHOUT_GRANTS)),
    _known("aws/ssm", "ssm", "auto-ssm-1", "SSM parameters", _through("SSM", _WITHOUT_GRANTS)),
    _known("aws/kinesis", "kinesis", "auto-kinesis-1", "Kinesis data", _KINESIS),
    _known("aws/sqs", "sqs", "auto-sqs-1", "SQS messages", _SQS),
    _known("aws/glue", "glue", "auto-glue-1", "Glue data", _through("Glue", _WITH_GRANTS)),
    _known("aws/elasticfilesystem", "elasticfilesystem", "auto-elasticfilesystem-1", "EFS filesystems", _EFS),
    _known("aws/backup", "backup", "auto-backup-1", "Backup data", _BACKUP),
    _known("aws/sns", "sns", "auto-sns-2", "SNS data", _through("SNS", _OF_TOPICS), archived_messages),
    _known("aws/dynamodb", "dynamodb", "auto-dynamodb-3", "DynamoDB data", _DYNAMODB, described_to_dynamodb),
    ManagedKey(
        alias="aws/secretsmanager",
        service="secretsmanager.amazonaws.com",
        policy_id="auto-secretsmanager-2",
        protects="Secrets Manager data",
        statements=(_SECRETS, _DATA_KEYS_OF_SECRETS, ToMetadata(revoking=True)),
    ),
    ManagedKey(
        alias="aws/acm",
        service="acm.amazonaws.com",
        policy_id="auto-acm-4",
        protects="ACM private keys",
        statements=(
            GrantsFor("Allow creation of decryption grants", ("Decrypt",)),
            GrantsFor("Allow creation of encryption grant", ("Encrypt", "ReEncryptFrom", "ReEncryptTo")),
            owner_of_certificates,
            no_other_key,
            decryption_of_certificates,
        ),
    ),
)

MANAGED_KEYS: Final[Mapping[str, ManagedKey]] = {key.alias: key for key in _TABLE}
"""The AWS managed keys whose policies AWS publishes, by their aliases."""
