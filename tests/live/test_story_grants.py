"""What a lecture on AWS KMS shows, by the AWS CLI: grants, for services and for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.live.conftest import ACCOUNT
from tests.live.story import Key, Story, denied, told, user_arn
from tests.live.test_services import EC2, Integration
from tests.support.live import Login, run_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.live.aws_cli import AwsCli

CONTEXT = ("--encryption-context", "case=42")
BY_CIPHERTEXT = "on the resource associated with this ciphertext"


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with told(tmp_path_factory.mktemp("story")) as story:
        yield story


@pytest.fixture
def plain_key(story: Story) -> Key:
    """A key that CloudAcademy administrates and Stuart uses, and nothing more."""
    return story.key(user_arn("CloudAcademy"), user_arn("Stuart"))


def create_grant(key: Key, grantee: str, *flags: str) -> tuple[str, ...]:
    return (
        *("create-grant", "--key-id", key.arn, "--grantee-principal", grantee),
        *("--operations", "Encrypt", "Decrypt", *flags),
    )


@pytest.fixture(scope="module")
def through_ec2(story: Story) -> Callable[[str], AwsCli]:
    """Lets a registered service act for somebody who has asked it."""
    made = run_json("service", "register", EC2, "--data", story.server.data)
    own = Login(made["access_key_id"], made["secret_access_key"])
    integration = Integration()

    def act(name: str) -> AwsCli:
        asked = integration.ask(story.server, story.logins[name], EC2)
        return story.new_cli(integration.act(story.server, own, SignedRequest=asked))

    return act


def test_a_user_creates_grants_through_services_only(
    story: Story, plain_key: Key, through_ec2: Callable[[str], AwsCli]
) -> None:
    """The fourth statement; who is an administrator too may also create them directly, by `kms:Create*`."""
    command = create_grant(plain_key, story.role_arn)
    assert story["Stuart"].refused("kms", *command) == denied(
        user_arn("Stuart"), "CreateGrant", f"on resource: {plain_key.arn}"
    )
    blob = story["Stuart"].encrypt(plain_key.arn, b"a volume")
    application = story["DemoApplication"]
    assert "AccessDeniedException" in application.refused("kms", "decrypt", "--ciphertext-blob", blob)
    ec2 = through_ec2("Stuart")
    grant_id = ec2.kms(*command)["GrantId"]
    assert [each["GrantId"] for each in ec2.kms("list-grants", "--key-id", plain_key.arn)["Grants"]] == [grant_id]
    assert application.decrypt(blob) == b"a volume"
    ec2.kms("revoke-grant", "--key-id", plain_key.arn, "--grant-id", grant_id)
    assert "AccessDeniedException" in application.refused("kms", "decrypt", "--ciphertext-blob", blob)


def test_a_service_gives_nobody_what_the_fourth_statement_does_not(
    story: Story, plain_key: Key, through_ec2: Callable[[str], AwsCli]
) -> None:
    assert through_ec2("Trudy").refused("kms", *create_grant(plain_key, story.role_arn)) == denied(
        user_arn("Trudy"), "CreateGrant", f"on resource: {plain_key.arn}"
    )


def encrypted(story: Story, key: Key, *context: str) -> str:
    """Let Stuart encrypt; gives the ciphertext."""
    return story["Stuart"].encrypt(key.arn, b"granted", *context)


def cannot_decrypt(aws: AwsCli, user: str, blob: str, *context: str) -> bool:
    text = aws.refused("kms", "decrypt", "--ciphertext-blob", blob, *context)
    return text == denied(user_arn(user), "Decrypt", BY_CIPHERTEXT)


def grants_of(story: Story, key: Key) -> list[dict[str, Any]]:
    grants: list[dict[str, Any]] = story["CloudAcademy"].kms("list-grants", "--key-id", key.arn)["Grants"]
    return grants


def test_a_grant_takes_effect_at_once_until_it_is_revoked(story: Story, plain_key: Key) -> None:
    admin, trudy = story["CloudAcademy"], story["Trudy"]
    blob = encrypted(story, plain_key)
    assert cannot_decrypt(trudy, "Trudy", blob)
    made = admin.kms(*create_grant(plain_key, user_arn("Trudy"), "--name", "one"))
    assert trudy.decrypt(blob) == b"granted"
    assert trudy.encrypt(plain_key.arn, b"granted")
    # The same grant again is the same grant.
    assert admin.kms(*create_grant(plain_key, user_arn("Trudy"), "--name", "one"))["GrantId"] == made["GrantId"]
    (listed,) = grants_of(story, plain_key)
    assert (listed["GrantId"], listed["Name"], listed["GranteePrincipal"], listed["IssuingAccount"]) == (
        *(made["GrantId"], "one", user_arn("Trudy")),
        f"arn:aws:iam::{ACCOUNT}:root",
    )
    assert sorted(listed["Operations"]) == ["Decrypt", "Encrypt"]
    admin.kms("revoke-grant", "--key-id", plain_key.arn, "--grant-id", made["GrantId"])
    assert cannot_decrypt(trudy, "Trudy", blob)
    assert grants_of(story, plain_key) == []


@pytest.mark.parametrize(
    ("constraint", "more_context"),
    [("EncryptionContextEquals", False), ("EncryptionContextSubset", True)],
)
def test_a_constraint_binds_the_context(story: Story, plain_key: Key, constraint: str, *, more_context: bool) -> None:
    trudy = story["Trudy"]
    wider = ("--encryption-context", "case=42,page=1")
    blobs = {context: encrypted(story, plain_key, *context) for context in (CONTEXT, wider)}
    contexts: tuple[tuple[str, ...], ...] = ((), ("--encryption-context", "case=43"))
    others = [(encrypted(story, plain_key, *context), context) for context in contexts]
    flags = ("--constraints", f"{constraint}={{case=42}}")
    made = story["CloudAcademy"].kms(*create_grant(plain_key, user_arn("Trudy"), *flags))
    (listed,) = grants_of(story, plain_key)
    assert listed["Constraints"] == {constraint: {"case": "42"}}
    assert trudy.decrypt(blobs[CONTEXT], *CONTEXT, "--grant-tokens", made["GrantToken"]) == b"granted"
    assert all(cannot_decrypt(trudy, "Trudy", blob, *context) for blob, context in others)
    if more_context:
        assert trudy.decrypt(blobs[wider], *wider) == b"granted"
    else:
        assert cannot_decrypt(trudy, "Trudy", blobs[wider], *wider)


def test_who_may_retire_a_grant_ends_it(story: Story, plain_key: Key) -> None:
    admin, trudy, stuart = story["CloudAcademy"], story["Trudy"], story["Stuart"]
    blob = encrypted(story, plain_key)
    flags = ("--retiring-principal", user_arn("Stuart"))
    made = admin.kms(*create_grant(plain_key, user_arn("Trudy"), *flags))
    named = ("--key-id", plain_key.arn, "--grant-id", made["GrantId"])
    listed = story.new_cli(story.server.login).kms("list-retirable-grants", "--retiring-principal", user_arn("Stuart"))[
        "Grants"
    ]
    assert made["GrantId"] in {each["GrantId"] for each in listed}
    # The grantee may not retire it, as the grant does not say so; nor may anybody else.
    for name in ("Trudy", "Operator"):
        assert "(AccessDeniedException)" in story[name].refused("kms", "retire-grant", *named)
    assert trudy.decrypt(blob) == b"granted"
    stuart.kms("retire-grant", "--grant-token", made["GrantToken"])
    assert cannot_decrypt(trudy, "Trudy", blob)
    assert "(NotFoundException)" in stuart.refused("kms", "retire-grant", *named)


def test_a_grantee_retires_its_grant_when_it_says_so(story: Story, plain_key: Key) -> None:
    trudy = story["Trudy"]
    command = create_grant(plain_key, user_arn("Trudy"))
    made = story["CloudAcademy"].kms(*command, "RetireGrant")
    blob = trudy.encrypt(plain_key.arn, b"granted")
    trudy.kms("retire-grant", "--key-id", plain_key.arn, "--grant-id", made["GrantId"])
    assert cannot_decrypt(trudy, "Trudy", blob)


def test_a_grant_gives_no_more_than_its_operations(story: Story, plain_key: Key) -> None:
    trudy = story["Trudy"]
    story["CloudAcademy"].kms(*create_grant(plain_key, user_arn("Trudy")))
    commands = {
        "GenerateDataKey": ("generate-data-key", "--key-id", plain_key.arn, "--key-spec", "AES_256"),
        "DescribeKey": ("describe-key", "--key-id", plain_key.arn),
        "CreateGrant": create_grant(plain_key, user_arn("Operator")),
        "DisableKey": ("disable-key", "--key-id", plain_key.arn),
    }
    assert {name: trudy.refused("kms", *command) for name, command in commands.items()} == {
        name: denied(user_arn("Trudy"), name, f"on resource: {plain_key.arn}") for name in commands
    }
