from __future__ import annotations

import json
from typing import Any

import pytest

from strongroom.policy.document import parse_stored_key_policy
from strongroom.policy.managed_key_policies import MANAGED_KEYS, default_alias, managed_key

ACCOUNT = "111122223333"
REGION = "eu-central-1"

USE = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"]
GRANTS = [*USE, "kms:CreateGrant", "kms:DescribeKey"]
NO_GRANTS = [*USE, "kms:DescribeKey"]

# Alias, service, Id, the two names in the Sid, and actions, as the services' guides show them.
PUBLISHED = [
    ("aws/ebs", "ec2", "auto-ebs-2", "through EBS", "EBS", GRANTS),
    ("aws/lambda", "lambda", "auto-awslambda", "through AWS Lambda", "AWS Lambda", GRANTS),
    ("aws/rds", "rds", "auto-rds-2", "through RDS", "RDS", [*GRANTS[:-1], "kms:ListGrants", "kms:DescribeKey"]),
    ("aws/s3", "s3", "auto-s3-2", "through S3", "S3", NO_GRANTS),
    ("aws/ssm", "ssm", "auto-ssm-1", "through SSM", "SSM", NO_GRANTS),
    ("aws/kinesis", "kinesis", "auto-kinesis-1", "through Amazon Kinesis", "Amazon Kinesis", NO_GRANTS),
    ("aws/sqs", "sqs", "auto-sqs-1", "through Simple Queue Service (SQS)", "SQS", GRANTS),
    ("aws/glue", "glue", "auto-glue-1", "through Glue", "Glue", GRANTS),
    ("aws/elasticfilesystem", "elasticfilesystem", "auto-elasticfilesystem-1", "to EFS", "EFS", GRANTS),
    (
        *("aws/backup", "backup", "auto-backup-1", "through Backup", "Backup Storage"),
        ["kms:CreateGrant", "kms:Decrypt", "kms:GenerateDataKey*"],
    ),
    (
        *("aws/sns", "sns", "auto-sns-2", "through SNS", "SNS"),
        ["kms:Decrypt", "kms:GenerateDataKey*", "kms:CreateGrant", "kms:ListGrants", "kms:DescribeKey"],
    ),
    (
        *("aws/secretsmanager", "secretsmanager", "auto-secretsmanager-2"),
        *("through AWS Secrets Manager", "AWS Secrets Manager"),
        ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:CreateGrant", "kms:DescribeKey"],
    ),
]


def policy_of(alias: str) -> dict[str, Any]:
    policy: dict[str, Any] = json.loads(MANAGED_KEYS[alias].policy(ACCOUNT, REGION))
    return policy


@pytest.mark.parametrize(("alias", "service", "policy_id", "access", "user_of", "actions"), PUBLISHED)
def test_the_account_uses_the_key_through_its_service(  # noqa: PLR0913, PLR0917 - the columns of the table
    alias: str, service: str, policy_id: str, access: str, user_of: str, actions: list[str]
) -> None:
    policy = policy_of(alias)
    assert policy["Id"] == policy_id
    assert policy["Statement"][0] == {
        "Sid": f"Allow access {access} for all principals in the account that are authorized to use {user_of}",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": actions,
        "Resource": "*",
        "Condition": {
            "StringEquals": {
                "kms:CallerAccount": ACCOUNT,
                "kms:ViaService": f"{service}.{REGION}.amazonaws.com",
            }
        },
    }
    assert default_alias(f"{service}.amazonaws.com") == alias


@pytest.mark.parametrize("alias", sorted(MANAGED_KEYS.keys() - {"aws/acm"}))
def test_the_account_looks_at_the_key_directly(alias: str) -> None:
    policy = policy_of(alias)
    (metadata,) = [each for each in policy["Statement"] if "metadata" in each["Sid"]]
    revoking = "kms:CreateGrant" in policy["Statement"][0]["Action"]
    assert metadata == {
        "Sid": "Allow direct access to key metadata to the account",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": ["kms:Describe*", "kms:Get*", "kms:List*", *(["kms:RevokeGrant"] if revoking else [])],
        "Resource": "*",
    }


def test_tables_are_used_from_any_region_and_described_to_their_service() -> None:
    through, _, direct = policy_of("aws/dynamodb")["Statement"]
    assert through["Condition"] == {
        "StringEquals": {"kms:CallerAccount": ACCOUNT},
        "StringLike": {"kms:ViaService": "dynamodb.*.amazonaws.com"},
    }
    assert direct["Principal"] == {"Service": "dynamodb.amazonaws.com"}
    assert direct["Action"] == ["kms:Describe*", "kms:Get*", "kms:List*"]


def test_archived_messages_are_decrypted_by_their_service() -> None:
    (*_, archive) = policy_of("aws/sns")["Statement"]
    assert archive["Principal"] == {"Service": "sns.amazonaws.com"}
    assert archive["Action"] == "kms:Decrypt"
    assert archive["Condition"] == {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnLike": {"aws:SourceArn": f"arn:*:sns:{REGION}:{ACCOUNT}:*"},
    }


def test_data_keys_of_secrets_come_from_any_region() -> None:
    data_keys = policy_of("aws/secretsmanager")["Statement"][1]
    assert data_keys["Action"] == "kms:GenerateDataKey*"
    assert data_keys["Condition"]["StringLike"] == {"kms:ViaService": "secretsmanager.*.amazonaws.com"}


def test_private_keys_of_certificates_stay_under_their_key() -> None:
    decryption, encryption, owner, deny, decrypt = policy_of("aws/acm")["Statement"]
    through = {"kms:CallerAccount": ACCOUNT, "kms:ViaService": f"acm.{REGION}.amazonaws.com"}
    assert decryption["Condition"] == {
        "StringEquals": through,
        "ForAllValues:StringEquals": {"kms:GrantOperations": "Decrypt"},
        "Bool": {"kms:GrantIsForAWSResource": "true"},
    }
    assert encryption["Condition"]["ForAllValues:StringEquals"] == {
        "kms:GrantOperations": ["Encrypt", "ReEncryptFrom", "ReEncryptTo"]
    }
    assert decryption["Action"] == encryption["Action"] == "kms:CreateGrant"
    assert owner["Action"] == ["kms:DescribeKey", "kms:ListGrants", "kms:RevokeGrant", "kms:GetKeyPolicy"]
    assert owner["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    assert (deny["Effect"], deny["Action"]) == ("Deny", "kms:ReEncrypt*")
    assert deny["Condition"] == {"Bool": {"kms:ReEncryptOnSameKey": "false"}}
    assert (decrypt["Action"], decrypt["Condition"]) == ("kms:Decrypt", {"StringEquals": through})


@pytest.mark.parametrize("alias", sorted(MANAGED_KEYS))
def test_each_policy_is_one_that_a_key_can_have(alias: str) -> None:
    text = MANAGED_KEYS[alias].policy(ACCOUNT, REGION)
    assert parse_stored_key_policy(text).principal_arns() == (f"arn:aws:iam::{ACCOUNT}:root",)


def test_descriptions_say_what_is_protected() -> None:
    assert (
        MANAGED_KEYS["aws/ebs"].description == "Default key that protects my EBS volumes when no other key is defined"
    )
    assert MANAGED_KEYS["aws/secretsmanager"].description == (
        "Default key that protects my Secrets Manager data when no other key is defined"
    )


def test_a_service_that_aws_does_not_know_has_keys_too() -> None:
    key = managed_key("aws/ledger", "ledger.amazonaws.com")
    policy = json.loads(key.policy(ACCOUNT, REGION))
    assert key.description == "Default key that protects my ledger data when no other key is defined"
    assert policy["Id"] == "auto-ledger-1"
    assert policy["Statement"][0]["Action"] == GRANTS
    assert policy["Statement"][0]["Condition"]["StringEquals"]["kms:ViaService"] == f"ledger.{REGION}.amazonaws.com"
    assert default_alias("ledger.amazonaws.com") is None


def test_a_known_alias_may_be_of_another_service() -> None:
    policy = json.loads(managed_key("aws/ebs", "disks.amazonaws.com").policy(ACCOUNT, REGION))
    assert policy["Id"] == "auto-ebs-2"
    assert policy["Statement"][0]["Condition"]["StringEquals"]["kms:ViaService"] == f"disks.{REGION}.amazonaws.com"
