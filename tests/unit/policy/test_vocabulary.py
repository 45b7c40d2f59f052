from __future__ import annotations

import botocore.session
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.policy.condition_keys import CONDITION_KEYS, find_condition_key
from strongroom.policy.iam_actions import IAM_ACTIONS, STS_ACTIONS
from strongroom.policy.vocabulary import ACTIONS, KMS_ACTIONS, SUPPLIED, covers, kms_actions_of

SESSION = botocore.session.Session()


def operations(service: str) -> set[str]:
    return set(SESSION.get_service_model(service).operation_names)


def test_the_actions_of_kms_are_its_operations() -> None:
    authorized = (operations("kms") - {"ReEncrypt"}) | {"ReEncryptFrom", "ReEncryptTo", "SynchronizeMultiRegionKey"}
    assert set(KMS_ACTIONS) == {f"kms:{name}" for name in authorized}


def test_what_grants_can_allow_is_what_kms_takes_in_grants() -> None:
    model = SESSION.get_service_model("kms")
    allowed = set(model.shape_for("GrantOperation").metadata["enum"])
    grantable = {name.removeprefix("kms:") for name, action in KMS_ACTIONS.items() if action.grantable}
    # The model may be older than an operation.
    assert grantable - {"Encapsulate", "Decapsulate"} == allowed - {"Encapsulate", "Decapsulate"}


def test_the_actions_of_iam_are_its_operations_and_what_only_policies_name() -> None:
    assert operations("iam") <= IAM_ACTIONS
    assert IAM_ACTIONS - operations("iam") == {
        "DeleteCloudFrontPublicKey",
        "GetCloudFrontPublicKey",
        "ListCloudFrontPublicKeys",
        "ListSTSRegionalEndpointsStatus",
        "PassRole",
        "SetSTSRegionalEndpointStatus",
        "UpdateCloudFrontPublicKey",
        "UploadCloudFrontPublicKey",
    }


def test_the_actions_of_sts_are_its_operations_and_what_only_policies_name() -> None:
    assert operations("sts") <= STS_ACTIONS
    assert STS_ACTIONS - operations("sts") == {
        "GetServiceBearerToken",
        "SetContext",
        "SetSourceIdentity",
        "TagGetWebIdentityToken",
        "TagSession",
    }


def test_names_go_by_service() -> None:
    assert "iam:PassRole" in ACTIONS["iam"]
    assert "sts:AssumeRole" in ACTIONS["sts"]
    assert ACTIONS["kms"] == tuple(KMS_ACTIONS)


def test_what_can_be_used_across_accounts() -> None:
    local = {name for name, action in KMS_ACTIONS.items() if not action.cross_account}
    assert {"kms:PutKeyPolicy", "kms:EnableKey", "kms:CreateAlias", "kms:GetKeyPolicy", "kms:CreateKey"} <= local
    assert not local & {"kms:Encrypt", "kms:GetKeyRotationStatus", "kms:ListGrants", "kms:RevokeGrant"}


def test_what_key_policies_cannot_allow() -> None:
    assert {name for name, action in KMS_ACTIONS.items() if not action.in_key_policy} == {
        "kms:ConnectCustomKeyStore",
        "kms:CreateCustomKeyStore",
        "kms:CreateKey",
        "kms:DeleteCustomKeyStore",
        "kms:DescribeCustomKeyStores",
        "kms:DisconnectCustomKeyStore",
        "kms:GenerateRandom",
        "kms:ListAliases",
        "kms:ListKeys",
        "kms:ListRetirableGrants",
        "kms:RetireGrant",
        "kms:UpdateCustomKeyStore",
    }


def test_all_that_requests_supply_is_a_condition_key() -> None:
    names = {key.name for key in CONDITION_KEYS.values()}
    assert names >= SUPPLIED
    assert {name for name in names if name.startswith("kms:")} == {name for name in SUPPLIED if name.startswith("kms:")}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("KMS:viaservice", "kms:ViaService"),
        ("kms:EncryptionContext:aws:x", "kms:EncryptionContext:"),
        ("kms:EncryptionContextKeys", "kms:EncryptionContextKeys"),
        ("kms:RecipientAttestation:PCR0", "kms:RecipientAttestation:"),
        ("aws:ResourceTag/a/b", "aws:ResourceTag/"),
        ("aws:PrincipalTag/x", "aws:PrincipalTag/"),
        ("kms:EncryptionContext:", None),
        ("aws:ResourceTag", None),
        ("aws:Nothing", None),
        ("", None),
    ],
)
def test_finding_a_condition_key(text: str, name: str | None) -> None:
    key = find_condition_key(text)
    assert (key.name if key else None) == name


def test_types_of_condition_keys() -> None:
    assert CONDITION_KEYS["aws:sourceip"].type == "ip"
    assert CONDITION_KEYS["kms:validto"].type == "date"
    assert CONDITION_KEYS["kms:grantoperations"].multi_valued
    assert not CONDITION_KEYS["kms:viaservice"].multi_valued


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("kms:*", "kms:Encrypt", True),
        ("KMS:en*T", "kms:Encrypt", True),
        ("kms:?ncrypt", "kms:Encrypt", True),
        ("kms:Encrypt", "kms:EncryptX", False),
        ("kms:[E]ncrypt", "kms:Encrypt", False),
        ("kms:[e]*", "kms:[E]ncrypt", True),
    ],
)
def test_patterns(pattern: str, text: str, expected: bool) -> None:  # noqa: FBT001 - a column of the table
    assert covers(pattern, text) is expected


@given(st.text(max_size=30))
def test_a_text_without_wildcards_covers_itself(text: str) -> None:
    plain = text.replace("*", "").replace("?", "")
    assert covers(plain, plain)
    assert covers("*", text)


def test_hostile_patterns_are_matched_quickly() -> None:
    assert not covers("*a" * 40 + "b", "a" * 200)


def test_actions_of_a_pattern() -> None:
    assert kms_actions_of("kms:ReEncrypt*") == {"kms:ReEncryptFrom", "kms:ReEncryptTo"}
    assert kms_actions_of("s3:*") == frozenset()
