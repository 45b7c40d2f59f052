from __future__ import annotations

import json
import re

import pytest

from strongroom.policy.aws_managed import MANAGED_POLICIES, AwsManagedPolicy
from strongroom.policy.document import parse_identity_policy

POLICIES = list(MANAGED_POLICIES.values())
PREFIX = "arn:aws:iam::aws:policy/"


def test_the_policies_that_matter_here_are_there() -> None:
    assert {
        PREFIX + name
        for name in (
            "AdministratorAccess",
            "AWSDenyAll",
            "AWSKeyManagementServicePowerUser",
            "IAMFullAccess",
            "IAMReadOnlyAccess",
            "IAMUserChangePassword",
            "PowerUserAccess",
            "ReadOnlyAccess",
            "SecurityAudit",
            "aws-service-role/AWSKeyManagementServiceCustomKeyStoresServiceRolePolicy",
            "aws-service-role/AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy",
            "job-function/ViewOnlyAccess",
            "service-role/ROSAKMSProviderPolicy",
        )
    } == set(MANAGED_POLICIES)
    assert len(MANAGED_POLICIES) == len(POLICIES)


def test_an_unknown_policy_is_none_of_them() -> None:
    assert PREFIX + "administratoraccess" not in MANAGED_POLICIES
    assert MANAGED_POLICIES.get(PREFIX + "Unknown") is None


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)
def test_members_fit_together(policy: AwsManagedPolicy) -> None:
    assert policy.arn == f"arn:aws:iam::aws:policy{policy.path}{policy.name}"
    assert re.fullmatch(r"/([a-z-]+/)?", policy.path)
    assert re.fullmatch(r"ANPA[A-Z2-7]{17}", policy.policy_id)
    assert re.fullmatch(r"v[1-9][0-9]*", policy.version_id)
    assert policy.description
    # Between the start of IAM's managed policies and the end of the century.
    assert 1_423_000_000 < policy.creation_date <= policy.update_date < 4_102_000_000


def test_policy_ids_are_distinct_and_lasting() -> None:
    assert len({policy.policy_id for policy in POLICIES}) == len(POLICIES)
    assert MANAGED_POLICIES[PREFIX + "AdministratorAccess"].policy_id == "ANPAXUEARDEVTUHKHZ23E"


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)
def test_documents_are_policies(policy: AwsManagedPolicy) -> None:
    document = json.loads(policy.document)
    assert document.keys() == {"Version", "Statement"}
    assert document["Version"] == "2012-10-17"
    for statement in document["Statement"]:
        assert statement.keys() <= {"Sid", "Effect", "Action", "NotAction", "Resource", "Condition"}
        assert {"Effect", "Resource"} <= statement.keys()
        assert ("Action" in statement) != ("NotAction" in statement)
        assert statement["Effect"] in {"Allow", "Deny"}


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)
def test_documents_are_understood(policy: AwsManagedPolicy) -> None:
    assert len(parse_identity_policy(policy.document).statements) == len(json.loads(policy.document)["Statement"])


def test_a_document_is_as_aws_documents_it() -> None:
    policy = MANAGED_POLICIES[PREFIX + "AWSKeyManagementServicePowerUser"]
    assert policy.version_id == "v2"
    assert policy.creation_date == 1_423_248_040.0
    [statement] = json.loads(policy.document)["Statement"]
    assert statement == {
        "Effect": "Allow",
        "Action": [
            "kms:CreateAlias",
            "kms:CreateKey",
            "kms:DeleteAlias",
            "kms:Describe*",
            "kms:GenerateRandom",
            "kms:Get*",
            "kms:List*",
            "kms:TagResource",
            "kms:UntagResource",
            "iam:ListGroups",
            "iam:ListRoles",
            "iam:ListUsers",
        ],
        "Resource": "*",
    }


def test_policies_of_service_linked_roles_cannot_be_attached() -> None:
    assert {policy.name for policy in POLICIES if not policy.attachable} == {
        "AWSKeyManagementServiceCustomKeyStoresServiceRolePolicy",
        "AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy",
    }
