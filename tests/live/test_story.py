"""What a lecture on AWS KMS shows, by the AWS CLI: who manages a key, and who uses it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.live.conftest import ACCOUNT
from tests.live.identities import allow, document
from tests.live.story import ADMINISTRATORS, Key, Story, denied, get_policy, kms_error, told, user_arn, wizard

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.live.aws_cli import AwsCli

CONTEXT = ("--encryption-context", "case=42")


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with told(tmp_path_factory.mktemp("story")) as story:
        yield story


@pytest.fixture
def demo_key(story: Story) -> Key:
    """The lecture's key: both administrate it; Stuart and an application use it."""
    return story.key([user_arn(name) for name in ADMINISTRATORS], [user_arn("Stuart"), story.role_arn])


@pytest.fixture
def plain_key(story: Story) -> Key:
    """A key that CloudAcademy administrates and Stuart uses, and nothing more."""
    return story.key(user_arn("CloudAcademy"), user_arn("Stuart"))


@pytest.mark.parametrize("name", ADMINISTRATORS)
def test_administrators_manage_the_key(story: Story, demo_key: Key, name: str) -> None:
    aws, key = story[name], ("--key-id", demo_key.arn)
    assert aws.kms("describe-key", *key)["KeyMetadata"]["Enabled"] is True
    aws.kms("tag-resource", *key, "--tags", "TagKey=by,TagValue=admin", "TagKey=at,TagValue=noon")
    aws.kms("untag-resource", *key, "--tag-keys", "at")
    assert aws.kms("list-resource-tags", *key)["Tags"] == [{"TagKey": "by", "TagValue": "admin"}]
    aws.kms("update-key-description", *key, "--description", "managed")
    aws.kms("disable-key", *key)
    assert aws.kms("describe-key", *key)["KeyMetadata"]["KeyState"] == "Disabled"
    aws.kms("enable-key", *key)
    described = aws.kms("describe-key", *key)["KeyMetadata"]
    assert (described["KeyState"], described["Description"]) == ("Enabled", "managed")


@pytest.mark.parametrize("name", ADMINISTRATORS)
def test_administrators_read_and_put_the_policy(story: Story, demo_key: Key, name: str) -> None:
    aws = story[name]
    assert get_policy(aws, demo_key) == demo_key.policy
    new = wizard([user_arn(each) for each in ADMINISTRATORS], story.role_arn)
    aws.kms("put-key-policy", "--key-id", demo_key.arn, "--policy-name", "default", "--policy", json.dumps(new))
    assert get_policy(aws, demo_key) == new
    # Stuart is no user any more, from this moment.
    message = aws.file(b"attack at dawn")
    assert story["Stuart"].refused("kms", "encrypt", "--key-id", demo_key.arn, "--plaintext", message) == denied(
        user_arn("Stuart"), "Encrypt", f"on resource: {demo_key.arn}"
    )


@pytest.mark.parametrize("name", ADMINISTRATORS)
def test_administrators_schedule_the_deletion_when_the_box_is_ticked(story: Story, demo_key: Key, name: str) -> None:
    aws, key = story[name], ("--key-id", demo_key.arn)
    scheduled = aws.kms("schedule-key-deletion", *key, "--pending-window-in-days", "7")
    assert (scheduled["KeyId"], scheduled["KeyState"]) == (demo_key.arn, "PendingDeletion")
    aws.kms("cancel-key-deletion", *key)
    assert aws.kms("describe-key", *key)["KeyMetadata"]["KeyState"] == "Disabled"
    aws.kms("enable-key", *key)


@pytest.mark.parametrize("name", ADMINISTRATORS)
def test_administrators_delete_nothing_when_the_box_is_not_ticked(story: Story, name: str) -> None:
    administrators = [user_arn(each) for each in ADMINISTRATORS]
    key = story.key(administrators, user_arn("Stuart"), may_delete=False)
    for command, operation in (("schedule", "ScheduleKeyDeletion"), ("cancel", "CancelKeyDeletion")):
        assert story[name].refused("kms", f"{command}-key-deletion", "--key-id", key.arn) == denied(
            user_arn(name), operation, f"on resource: {key.arn}"
        )
    assert story[name].kms("describe-key", "--key-id", key.arn)["KeyMetadata"]["KeyState"] == "Enabled"


def refusals_of_use(aws: AwsCli, key: Key, blob: str) -> list[str]:
    """Try each way to use a key; all must be refused."""
    message = aws.file(b"attack at dawn")
    return [
        aws.refused("kms", "encrypt", "--key-id", key.arn, "--plaintext", message),
        aws.refused("kms", "decrypt", "--key-id", key.arn, "--ciphertext-blob", blob),
        aws.refused("kms", "decrypt", "--ciphertext-blob", blob),
        aws.refused("kms", "generate-data-key", "--key-id", key.arn, "--key-spec", "AES_256"),
    ]


def denials_of_use(user: str, key: Key) -> list[str]:
    on_key, by_ciphertext = f"on resource: {key.arn}", "on the resource associated with this ciphertext"
    return [
        denied(user, "Encrypt", on_key),
        denied(user, "Decrypt", on_key),
        denied(user, "Decrypt", by_ciphertext),
        denied(user, "GenerateDataKey", on_key),
    ]


@pytest.mark.parametrize("name", ["CloudAcademy", "Trudy"])
def test_who_is_no_user_of_the_key_uses_it_in_no_way(story: Story, demo_key: Key, name: str) -> None:
    """An administrator is no user of the key; a third user is nothing to it."""
    blob = story["Stuart"].encrypt(demo_key.arn, b"attack at dawn")
    assert refusals_of_use(story[name], demo_key, blob) == denials_of_use(user_arn(name), demo_key)


def test_a_third_user_does_not_even_see_the_key(story: Story, demo_key: Key) -> None:
    trudy = user_arn("Trudy")
    assert story["Trudy"].refused("kms", "describe-key", "--key-id", demo_key.arn) == denied(
        trudy, "DescribeKey", f"on resource: {demo_key.arn}"
    )
    assert story["Trudy"].refused("kms", "list-keys") == denied(trudy, "ListKeys", "on resource: *")


@pytest.mark.parametrize("name", ["Stuart", "DemoApplication"])
def test_users_use_the_key(story: Story, demo_key: Key, name: str) -> None:
    aws = story[name]
    blob = aws.encrypt(demo_key.arn, b"attack at dawn", *CONTEXT)
    assert aws.decrypt(blob, *CONTEXT) == b"attack at dawn"
    assert aws.decrypt(blob, "--key-id", demo_key.arn, *CONTEXT) == b"attack at dawn"
    data_key = aws.kms("generate-data-key", "--key-id", demo_key.arn, "--key-spec", "AES_256")
    assert data_key["KeyId"] == demo_key.arn
    moved = aws.kms(
        *("re-encrypt", "--ciphertext-blob", blob, "--source-encryption-context", "case=42"),
        *("--destination-key-id", demo_key.arn),
    )
    assert moved["SourceKeyId"] == demo_key.arn
    assert aws.kms("describe-key", "--key-id", demo_key.arn)["KeyMetadata"]["Arn"] == demo_key.arn


def test_who_only_uses_the_key_does_not_manage_it(story: Story, plain_key: Key) -> None:
    aws, key = story["Stuart"], ("--key-id", plain_key.arn)
    commands = {
        "DisableKey": ("disable-key", *key),
        "ScheduleKeyDeletion": ("schedule-key-deletion", *key),
        "GetKeyPolicy": ("get-key-policy", *key, "--policy-name", "default"),
        "PutKeyPolicy": ("put-key-policy", *key, "--policy-name", "default", "--policy", json.dumps(plain_key.policy)),
        "TagResource": ("tag-resource", *key, "--tags", "TagKey=by,TagValue=user"),
        "ListGrants": ("list-grants", *key),
    }
    assert {each: aws.refused("kms", *command) for each, command in commands.items()} == {
        each: denied(user_arn("Stuart"), each, f"on resource: {plain_key.arn}") for each in commands
    }


def test_without_the_first_statement_iam_policies_count_for_nothing(story: Story, plain_key: Key) -> None:
    iam = story.account.iam
    iam.put_user_policy(UserName="Trudy", PolicyName="all", PolicyDocument=document(allow("kms:*", plain_key.arn)))
    trudy, key = story["Trudy"], ("--key-id", plain_key.arn)
    try:
        assert trudy.decrypt(trudy.encrypt(plain_key.arn, b"by IAM")) == b"by IAM"
        trudy.kms("disable-key", *key)
        trudy.kms("enable-key", *key)
        less = {**plain_key.policy, "Statement": plain_key.policy["Statement"][1:]}
        story["CloudAcademy"].kms("put-key-policy", *key, "--policy-name", "default", "--policy", json.dumps(less))
        message = trudy.file(b"by IAM")
        on_key = f"on resource: {plain_key.arn}"
        for operation, command in (
            ("Encrypt", ("encrypt", *key, "--plaintext", message)),
            ("DisableKey", ("disable-key", *key)),
            ("DescribeKey", ("describe-key", *key)),
        ):
            assert trudy.refused("kms", *command) == denied(user_arn("Trudy"), operation, on_key, "resource")
        # Nor does the root user's standing count; who is named still has what the others statements say.
        root = story.new_cli(story.server.login)
        root_arn = f"arn:aws:iam::{ACCOUNT}:root"
        assert root.refused("kms", "describe-key", *key) == denied(root_arn, "DescribeKey", on_key, "resource")
        assert story["Stuart"].encrypt(plain_key.arn, b"named")
    finally:
        iam.delete_user_policy(UserName="Trudy", PolicyName="all")


def test_a_policy_that_locks_its_author_out_is_refused(story: Story, plain_key: Key) -> None:
    locked = {**plain_key.policy, "Statement": plain_key.policy["Statement"][2:]}
    command = ("put-key-policy", "--key-id", plain_key.arn, "--policy-name", "default", "--policy", json.dumps(locked))
    assert story["CloudAcademy"].refused("kms", *command) == kms_error(
        "MalformedPolicyDocumentException",
        "PutKeyPolicy",
        "The new key policy will not allow you to update the key policy in the future.",
    )


def test_a_deleted_user_becomes_its_unique_id(story: Story) -> None:
    iam, root = story.account.iam, story.new_cli(story.server.login)
    name = "Leaver"
    login = story.account.user(name)
    user_id = iam.get_user(UserName=name)["User"]["UserId"]
    key = story.key(user_arn("CloudAcademy"), [user_arn("Stuart"), user_arn(name)])
    leaver = story.new_cli(login)
    blob = leaver.encrypt(key.arn, b"before")
    assert get_policy(root, key) == key.policy
    iam.delete_access_key(UserName=name, AccessKeyId=login.access_key_id)
    iam.delete_user(UserName=name)
    assert leaver.refused("kms", "decrypt", "--ciphertext-blob", blob) == kms_error(
        "UnrecognizedClientException", "Decrypt", "The security token included in the request is invalid."
    )
    shown = get_policy(root, key)
    assert [statement["Principal"]["AWS"] for statement in shown["Statement"][2:]] == [
        [user_arn("Stuart"), user_id],
        [user_arn("Stuart"), user_id],
    ]
    # Who is made anew under the name is somebody else.
    again = story.new_cli(story.account.user(name))
    assert iam.get_user(UserName=name)["User"]["UserId"] != user_id
    assert again.refused("kms", "decrypt", "--ciphertext-blob", blob) == denied(
        user_arn(name), "Decrypt", "on the resource associated with this ciphertext"
    )
    assert get_policy(root, key) == shown
    # What no longer names anybody cannot be put again.
    command = ("put-key-policy", "--key-id", key.arn, "--policy-name", "default", "--policy", json.dumps(shown))
    assert story["CloudAcademy"].refused("kms", *command) == kms_error(
        "MalformedPolicyDocumentException",
        "PutKeyPolicy",
        "Policy contains a statement with one or more invalid principals.",
    )
