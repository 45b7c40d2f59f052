"""CreatePolicyVersion, GetPolicyVersion, ListPolicyVersions, DeletePolicyVersion, SetDefaultPolicyVersion."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pytest

from strongroom.policy.aws_managed import MANAGED_POLICIES
from tests.support.in_process import Refused, policy
from tests.unit.api.iam.makers import DOCUMENT, READ_ONLY, make_policy

if TYPE_CHECKING:
    from tests.support.in_process import Caller, InProcess

ANOTHER: Final = policy({"Effect": "Deny", "Action": "*", "Resource": "*"})


@pytest.fixture
def arn(iam: Caller) -> str:
    arn: str = make_policy(iam)["Arn"]
    return arn


def add(iam: Caller, arn: str, **members: object) -> dict[str, Any]:
    answer = iam("CreatePolicyVersion", PolicyArn=arn, PolicyDocument=ANOTHER, **members)
    version: dict[str, Any] = answer["PolicyVersion"]
    return version


def listed(answer: dict[str, Any]) -> list[tuple[str, bool]]:
    return [(each["VersionId"], each["IsDefaultVersion"]) for each in answer["Versions"]]


def test_a_version_is_in_force_only_if_the_request_says_so(service: InProcess, iam: Caller, arn: str) -> None:
    second = add(iam, arn)
    assert second == {"VersionId": "v2", "IsDefaultVersion": False, "CreateDate": second["CreateDate"]}
    assert service.records[-1]["responseElements"]["policyVersion"]["versionId"] == "v2"
    assert add(iam, arn, SetAsDefault=True)["IsDefaultVersion"] is True
    found = iam("GetPolicy", PolicyArn=arn)["Policy"]
    assert found["DefaultVersionId"] == "v3"
    assert found["UpdateDate"] >= second["CreateDate"]


def test_only_get_policy_version_shows_the_document(iam: Caller, arn: str) -> None:
    add(iam, arn)
    found = iam("GetPolicyVersion", PolicyArn=arn, VersionId="v2")["PolicyVersion"]
    assert found["Document"] == json.loads(ANOTHER)
    assert found["IsDefaultVersion"] is False
    assert iam("GetPolicyVersion", PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"] == json.loads(DOCUMENT)
    assert all("Document" not in each for each in iam("ListPolicyVersions", PolicyArn=arn)["Versions"])


def test_lists_begin_with_the_latest_and_are_in_pages(iam: Caller, arn: str) -> None:
    for _ in range(9):
        add(iam, arn)
        iam("DeletePolicyVersion", PolicyArn=arn, VersionId=listed(iam("ListPolicyVersions", PolicyArn=arn))[0][0])
    add(iam, arn)
    add(iam, arn)
    first = iam("ListPolicyVersions", PolicyArn=arn, MaxItems=2)
    assert listed(first) == [("v12", False), ("v11", False)]
    assert first["IsTruncated"] is True
    assert listed(iam("ListPolicyVersions", PolicyArn=arn, Marker=first["Marker"])) == [("v1", True)]


def test_a_policy_has_five_versions_at_most_and_numbers_do_not_come_back(iam: Caller, arn: str) -> None:
    for _ in range(4):
        add(iam, arn)
    assert iam.refused("CreatePolicyVersion", PolicyArn=arn, PolicyDocument=ANOTHER) == Refused(
        "LimitExceeded",
        "A managed policy can have up to 5 versions. "
        "Before you create a new version, you must delete an existing version.",
    )
    iam("DeletePolicyVersion", PolicyArn=arn, VersionId="v5")
    assert add(iam, arn)["VersionId"] == "v6"


def test_the_version_in_force_is_not_deleted(iam: Caller, arn: str) -> None:
    add(iam, arn)
    iam("SetDefaultPolicyVersion", PolicyArn=arn, VersionId="v2")
    assert iam.refused("DeletePolicyVersion", PolicyArn=arn, VersionId="v2") == Refused(
        "DeleteConflict", "Cannot delete the default version of a policy."
    )
    iam("DeletePolicyVersion", PolicyArn=arn, VersionId="v1")
    assert listed(iam("ListPolicyVersions", PolicyArn=arn)) == [("v2", True)]


def test_the_version_must_be_there(iam: Caller, arn: str) -> None:
    for operation in ("GetPolicyVersion", "DeletePolicyVersion", "SetDefaultPolicyVersion"):
        assert iam.refused(operation, PolicyArn=arn, VersionId="v9") == Refused(
            "NoSuchEntity", f"Policy {arn} version v9 does not exist or is not attachable."
        )
        assert (
            "at 'versionId' failed to satisfy constraint"
            in iam.refused(operation, PolicyArn=arn, VersionId="1").message
        )


def test_of_policies_of_aws_there_is_the_version_in_force(iam: Caller) -> None:
    kept = MANAGED_POLICIES[READ_ONLY]
    (version,) = iam("ListPolicyVersions", PolicyArn=READ_ONLY)["Versions"]
    assert (version["VersionId"], version["IsDefaultVersion"]) == (kept.version_id, True)
    assert version["CreateDate"].timestamp() == kept.update_date
    found = iam("GetPolicyVersion", PolicyArn=READ_ONLY, VersionId=kept.version_id)["PolicyVersion"]
    assert found["Document"] == json.loads(kept.document)
    assert iam("GetPolicy", PolicyArn=READ_ONLY)["Policy"]["DefaultVersionId"] == kept.version_id
