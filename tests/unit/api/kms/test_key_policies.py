from __future__ import annotations

import json
from typing import Any

import pytest

from strongroom.api.kms.quotas import POLICY_BYTES
from strongroom.policy.defaults import default_key_policy
from tests.support.in_process import ACCOUNT, OTHER_ACCOUNT, Caller, InProcess, allow, deny, place_of, policy
from tests.support.refusals import invalid, missing, too_long

ROOT = f"arn:aws:iam::{ACCOUNT}:root"
NO_POLICY = ("NotFoundException", "No such policy exists")
LOCKED_OUT = "The new key policy will not allow you to update the key policy in the future."
INVALID_PRINCIPALS = "Policy contains a statement with one or more invalid principals."
OVERLY_PERMISSIVE = (
    "OverlyPermissiveCondition: Using the ForAllValues set operator with a single-valued condition key matches "
    "requests without the specified encryption context or with an unspecified encryption context. To fix, "
    "remove ForAllValues."
)
BAD_MARKER = ("InvalidMarkerException", "")


@pytest.fixture
def service(shared_service: InProcess) -> InProcess:
    return shared_service


def malformed(text: str) -> tuple[str, str]:
    return ("MalformedPolicyDocumentException", text)


def policy_of(root: Caller, key: str) -> Any:  # noqa: ANN401 - parsed JSON
    return json.loads(root("GetKeyPolicy", KeyId=key)["Policy"])


@pytest.mark.parametrize("name", [{}, {"PolicyName": "default"}])
def test_get_key_policy(root: Caller, key: str, name: dict[str, str]) -> None:
    answer = root("GetKeyPolicy", KeyId=place_of(key).key_id, **name)
    assert answer == {"Policy": default_key_policy(ACCOUNT), "PolicyName": "default"}
    assert answer["Policy"].startswith('{\n  "Version" : "2012-10-17",\n  "Id" : "key-default-1",\n  "Statement" : [ {')


@pytest.mark.parametrize("name", ["AWS_RAM", "Default", "other", "n" * 128])
def test_there_is_no_other_policy(root: Caller, key: str, name: str) -> None:
    assert root.refused("GetKeyPolicy", KeyId=key, PolicyName=name) == NO_POLICY
    if name != "AWS_RAM":
        assert root.refused("PutKeyPolicy", KeyId=key, PolicyName=name, Policy=policy(allow())) == NO_POLICY


def test_the_policy_of_ram_is_not_for_clients(root: Caller, key: str) -> None:
    assert root.refused("PutKeyPolicy", KeyId=key, PolicyName="AWS_RAM", Policy=policy(allow())) == (
        "ValidationException",
        "The AWS_RAM policy can only be managed by the RAM service",
    )


@pytest.mark.parametrize("operation", ["GetKeyPolicy", "PutKeyPolicy"])
@pytest.mark.parametrize(
    ("name", "refused"),
    [
        ("n" * 129, too_long("n" * 129, "policyName", 128)),
        ("de fault", invalid("de fault", "policyName", "Member must satisfy regular expression pattern: [\\w]+")),
        ("défaut", invalid("défaut", "policyName", "Member must satisfy regular expression pattern: [\\w]+")),
    ],
)
def test_policy_names_out_of_bounds(
    root: Caller, key: str, operation: str, name: str, refused: tuple[str, str]
) -> None:
    put = {"Policy": policy(allow())} if operation == "PutKeyPolicy" else {}
    assert root.refused(operation, KeyId=key, PolicyName=name, **put) == refused


def test_put_key_policy_replaces_the_whole_document(root: Caller, key: str) -> None:
    new = policy(allow(), allow(action=["kms:Encrypt"], Sid="two words"))
    assert root("PutKeyPolicy", KeyId=place_of(key).key_id, PolicyName="default", Policy=new) == {}
    assert policy_of(root, key) == json.loads(new)
    root("PutKeyPolicy", KeyId=key, Policy=policy(allow()))
    assert policy_of(root, key) == json.loads(policy(allow()))


def test_a_put_policy_binds_the_next_request(root: Caller, key: str) -> None:
    root("Encrypt", KeyId=key, Plaintext=b"x")
    root("PutKeyPolicy", KeyId=key, Policy=policy(allow(), deny(action="kms:Encrypt")))
    refused = root.refused("Encrypt", KeyId=key, Plaintext=b"x")
    assert refused.message.endswith(f"on resource: {key} with an explicit deny in a resource-based policy")
    root("PutKeyPolicy", KeyId=key, Policy=policy(allow()))
    root("Encrypt", KeyId=key, Plaintext=b"x")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "This policy contains invalid Json"),
        ("[]", "Syntax errors in policy."),
        ("{}", "Missing required field Statement"),
        ('{"Statement": []}', "Missing required field Statement"),
        ('{"Statement": [], "Statement": []}', "Syntax errors in policy."),
        ('{"Version": "2020-01-01", "Statement": []}', "Syntax errors in policy."),
        (policy({**allow(), "Effect": "allow"}), "Invalid effect: allow"),
        (
            policy({"Effect": "Allow", "Action": "kms:*", "Resource": "*"}),
            "Policy contains a statement with no principal.",
        ),
        (policy(allow(), allow("arn:aws:iam::111122223333:group/x")), INVALID_PRINCIPALS),
        (policy(allow(), allow("arn:aws:iam::111122223333:user/nobody")), INVALID_PRINCIPALS),
        (policy(allow(), allow("arn:aws:iam::999999999999:root")), INVALID_PRINCIPALS),
        (policy(allow(), allow("999999999999")), INVALID_PRINCIPALS),
        (policy(allow(), deny("999999999999")), INVALID_PRINCIPALS),
        (
            policy(allow(), allow(), allow(Sid="a"), allow(Sid="a")),
            "Statement IDs (SID) in a single policy must be unique.",
        ),
        (policy(allow(action="kms:Encrypt")), LOCKED_OUT),
        (policy(allow(), deny(action="kms:PutKeyPolicy")), LOCKED_OUT),
        (policy(allow(Condition={"Bool": {"aws:SecureTransport": "true"}})), LOCKED_OUT),
        (policy({**allow(), "Resource": "arn:aws:kms:us-east-1:111122223333:key/other"}), LOCKED_OUT),
        (policy({"Effect": "Allow", "Principal": {"AWS": ROOT}, "Resource": "*"}), LOCKED_OUT),
        (policy({"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "kms:*"}), LOCKED_OUT),
        (
            policy(
                allow(),
                allow(Sid="x", Condition={"ForAllValues:StringEquals": {"kms:EncryptionContext:a": "b"}}),
            ),
            OVERLY_PERMISSIVE,
        ),
    ],
)
def test_policies_that_are_refused(root: Caller, key: str, text: str, reason: str) -> None:
    assert root.refused("PutKeyPolicy", KeyId=key, Policy=text) == malformed(reason)
    assert root("GetKeyPolicy", KeyId=key)["Policy"] == default_key_policy(ACCOUNT)


@pytest.mark.parametrize("bypass", [{}, {"BypassPolicyLockoutSafetyCheck": False}])
def test_the_lockout_check_is_on_by_default(root: Caller, key: str, bypass: dict[str, bool]) -> None:
    refused = root.refused("PutKeyPolicy", KeyId=key, Policy=policy(allow(action="kms:Encrypt")), **bypass)
    assert refused == malformed(LOCKED_OUT)


def test_the_lockout_check_may_be_bypassed(root: Caller, key: str) -> None:
    root("PutKeyPolicy", KeyId=key, Policy=policy(allow(action="kms:Encrypt")), BypassPolicyLockoutSafetyCheck=True)
    root("Encrypt", KeyId=key, Plaintext=b"x")
    assert root.refused("PutKeyPolicy", KeyId=key, Policy=policy(allow())).code == "AccessDeniedException"


def test_bypassing_the_lockout_check_bypasses_no_other(root: Caller, key: str) -> None:
    text = policy(allow("999999999999"))
    refused = root.refused("PutKeyPolicy", KeyId=key, Policy=text, BypassPolicyLockoutSafetyCheck=True)
    assert refused == malformed(INVALID_PRINCIPALS)


@pytest.mark.parametrize("principal", [OTHER_ACCOUNT, f"arn:aws:iam::{OTHER_ACCOUNT}:root", "*"])
@pytest.mark.usefixtures("other")
def test_principals_that_exist(root: Caller, key: str, principal: str) -> None:
    new = policy(allow(), allow(principal, "kms:Encrypt"))
    root("PutKeyPolicy", KeyId=key, Policy=new)
    assert policy_of(root, key) == json.loads(new)


def of_size(size: int, filling: str = "x") -> str:
    empty = policy(allow(Sid=""))
    return empty.replace('"Sid":""', f'"Sid":"{filling * ((size - len(empty)) // len(filling.encode()))}"')


def test_the_size_of_a_policy_is_bounded_in_bytes(root: Caller, key: str) -> None:
    fits, longer = of_size(POLICY_BYTES), of_size(POLICY_BYTES + 1)
    assert (len(fits), len(longer)) == (32_768, 32_769)
    root("PutKeyPolicy", KeyId=key, Policy=fits)
    limit = ("LimitExceededException", "The key policy is longer than 32768 bytes.")
    assert root.refused("PutKeyPolicy", KeyId=key, Policy=longer) == limit
    accented = of_size(POLICY_BYTES + 2, "é")
    assert len(accented) < POLICY_BYTES
    assert root.refused("PutKeyPolicy", KeyId=key, Policy=accented) == limit
    assert root.refused("CreateKey", Policy=longer) == limit
    assert root.refused("PutKeyPolicy", KeyId=key, Policy="x" * 131_072) == limit
    assert root.refused("PutKeyPolicy", KeyId=key, Policy="x" * 131_073) == too_long("x" * 131_073, "policy", 131_072)


@pytest.mark.parametrize("text", ["\x00{}", "{}\u0100", "\x7f\u001f"])
def test_characters_of_a_policy(root: Caller, key: str, text: str) -> None:
    pattern = "Member must satisfy regular expression pattern: [\\u0009\\u000A\\u000D\\u0020-\\u00FF]+"
    assert root.refused("PutKeyPolicy", KeyId=key, Policy=text) == invalid(text, "policy", pattern)


@pytest.mark.parametrize(
    ("operation", "members", "member"),
    [
        ("GetKeyPolicy", {}, "keyId"),
        ("PutKeyPolicy", {"Policy": "x"}, "keyId"),
        ("PutKeyPolicy", {"KeyId": "x"}, "policy"),
        ("ListKeyPolicies", {}, "keyId"),
    ],
)
def test_members_that_are_required(root: Caller, operation: str, members: dict[str, Any], member: str) -> None:
    assert root.refused(operation, **members) == missing(member)


@pytest.mark.parametrize("limit", [{}, {"Limit": 1}, {"Limit": 1000}])
def test_list_key_policies(root: Caller, key: str, limit: dict[str, int]) -> None:
    answer = root("ListKeyPolicies", KeyId=place_of(key).key_id, **limit)
    assert answer == {"PolicyNames": ["default"], "Truncated": False}


def test_boto3_pages_through_all(root: Caller, key: str) -> None:
    pages = root.client.get_paginator("list_key_policies").paginate(KeyId=key)
    assert [name for page in pages for name in page["PolicyNames"]] == ["default"]


@pytest.mark.parametrize(
    ("limit", "constraint"), [(0, "greater than or equal to 1"), (1001, "less than or equal to 1000")]
)
def test_a_limit_out_of_bounds(root: Caller, key: str, limit: int, constraint: str) -> None:
    refused = root.refused("ListKeyPolicies", KeyId=key, Limit=limit)
    assert refused == invalid(limit, "limit", f"Member must have value {constraint}")


def test_no_marker_was_ever_given_out(root: Caller, key: str) -> None:
    root.key()
    marker = root("ListKeys", Limit=1)["NextMarker"]
    for foreign in (marker, "nonsense"):
        assert root.refused("ListKeyPolicies", KeyId=key, Marker=foreign) == BAD_MARKER
