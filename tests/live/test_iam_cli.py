"""`aws iam`: each kind of entity is made, found, paged through, changed, tagged and deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from tests.live.aws_cli import AwsCli
from tests.live.conftest import ACCOUNT
from tests.live.identities import allow, document

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.live import Server

TRUST = document({"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"})
NARROWER = document({"Effect": "Deny", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"})
READING = document(allow("kms:Describe*"))
THUMBPRINTS = ("a" * 40, "b" * 40)
ARN = f"arn:aws:iam::{ACCOUNT}"


class Family(NamedTuple):
    """A kind of entity: how its commands, their flags and the members of their answers are called."""

    noun: str
    member: str
    listed: str
    flag: str
    name_member: str
    create: tuple[str, ...] = ()
    change: tuple[str, ...] = ()

    @property
    def plural(self) -> str:
        return self.noun.removesuffix("y") + "ies" if self.noun.endswith("y") else f"{self.noun}s"


USERS = Family("user", "User", "Users", "--user-name", "UserName", change=("update-user", "--new-path", "/new/"))
GROUPS = Family("group", "Group", "Groups", "--group-name", "GroupName", change=("update-group", "--new-path", "/new/"))
ROLES = Family(
    *("role", "Role", "Roles", "--role-name", "RoleName"),
    create=("--assume-role-policy-document", TRUST, "--description", "old", "--max-session-duration", "7200"),
    change=("update-role", "--description", "new", "--max-session-duration", "3600"),
)
NAMED = (USERS, GROUPS, ROLES)


@pytest.fixture(scope="module")
def aws(server: Server, tmp_path_factory: pytest.TempPathFactory) -> AwsCli:
    return AwsCli(server, server.login, tmp_path_factory.mktemp("cli"))


def all_pages(aws: AwsCli, size: int, member: str, *command: str) -> list[Any]:
    """List page by page, as the CLI's own options let people do."""
    found: list[Any] = []
    more: tuple[str, ...] = ()
    while True:
        page = aws.iam(*command, "--max-items", str(size), *more)
        assert len(page[member]) <= size
        found += page[member]
        if "NextToken" not in page:
            return found
        assert len(page[member]) == size
        more = ("--starting-token", page["NextToken"])


@pytest.mark.parametrize("family", NAMED, ids=lambda family: str(family.noun))
def test_an_entity_lives(aws: AwsCli, family: Family) -> None:
    names = [f"{family.noun}-{number}" for number in range(5)]
    made = [
        aws.iam(f"create-{family.noun}", family.flag, name, "--path", "/team/", *family.create)[family.member]
        for name in names
    ]
    assert [each["Arn"] for each in made] == [f"{ARN}:{family.noun}/team/{name}" for name in names]
    # Listed in the order of their names, whole or page by page, and by path.
    command = (f"list-{family.plural}", "--path-prefix", "/team/")
    assert [each[family.name_member] for each in aws.iam(*command)[family.listed]] == names
    assert [each[family.name_member] for each in all_pages(aws, 2, family.listed, *command)] == names
    small = aws.iam(*command, "--page-size", "2")
    assert [each[family.name_member] for each in small[family.listed]] == names
    assert aws.iam(f"list-{family.plural}", "--path-prefix", "/other/")[family.listed] == []
    for name, entity in zip(names, made, strict=True):
        got = aws.iam(f"get-{family.noun}", family.flag, name)[family.member]
        assert got == {**got, **entity}
    assert aws.iam(family.change[0], family.flag, names[0], *family.change[1:]) in ({}, {"ResponseMetadata": {}})
    for name in names:
        assert aws.iam(f"delete-{family.noun}", family.flag, name) == {}
    assert aws.iam(*command)[family.listed] == []
    assert "(NoSuchEntity) when calling" in aws.refused("iam", f"get-{family.noun}", family.flag, names[0])


def test_a_name_is_given_once_and_an_entity_in_use_stays(aws: AwsCli) -> None:
    aws.iam("create-user", "--user-name", "Twice")
    assert aws.refused("iam", "create-user", "--user-name", "TWICE") == (
        "An error occurred (EntityAlreadyExists) when calling the CreateUser operation: "
        "User with name TWICE already exists."
    )
    aws.iam("put-user-policy", "--user-name", "Twice", "--policy-name", "own", "--policy-document", READING)
    assert aws.refused("iam", "delete-user", "--user-name", "Twice") == (
        "An error occurred (DeleteConflict) when calling the DeleteUser operation: "
        "Cannot delete entity, must delete policies first."
    )
    aws.iam("delete-user-policy", "--user-name", "Twice", "--policy-name", "own")
    aws.iam("update-user", "--user-name", "Twice", "--new-user-name", "Once")
    assert aws.iam("get-user", "--user-name", "Once")["User"]["Arn"] == f"{ARN}:user/Once"
    aws.iam("delete-user", "--user-name", "Once")


class Tagged(NamedTuple):
    """What can be tagged: how it is made, and by what flag it is named; `name` says where the answer tells its name."""

    noun: str
    flag: str
    create: tuple[str, ...]
    name: tuple[str, ...]
    delete: str


TAGGED = (
    Tagged("user", "--user-name", ("create-user", "--user-name", "tagged"), ("User", "UserName"), "delete-user"),
    Tagged(
        *("role", "--role-name"),
        ("create-role", "--role-name", "tagged", "--assume-role-policy-document", TRUST),
        ("Role", "RoleName"),
        "delete-role",
    ),
    Tagged(
        *("policy", "--policy-arn"),
        ("create-policy", "--policy-name", "tagged", "--policy-document", READING),
        ("Policy", "Arn"),
        "delete-policy",
    ),
    Tagged(
        *("open-id-connect-provider", "--open-id-connect-provider-arn"),
        ("create-open-id-connect-provider", "--url", "https://tags.example.com", "--thumbprint-list", THUMBPRINTS[0]),
        ("OpenIDConnectProviderArn",),
        "delete-open-id-connect-provider",
    ),
    Tagged(
        *("mfa-device", "--serial-number"),
        ("create-virtual-mfa-device", "--virtual-mfa-device-name", "tagged", "--bootstrap-method", "Base32StringSeed"),
        ("VirtualMFADevice", "SerialNumber"),
        "delete-virtual-mfa-device",
    ),
)


@pytest.mark.parametrize("what", TAGGED, ids=lambda what: str(what.noun))
def test_tags_come_and_go(aws: AwsCli, tmp_path: Path, what: Tagged) -> None:
    outfile = ("--outfile", str(tmp_path / "seed")) if what.noun == "mfa-device" else ()
    made: Any = aws.iam(*what.create, *outfile, "--tags", "Key=team,Value=red")
    for member in what.name:
        made = made[member]
    named = (what.flag, str(made))
    more = [f"Key=tag-{number},Value={number}" for number in range(4)]
    aws.iam(f"tag-{what.noun}", *named, "--tags", "Key=team,Value=blue", *more)
    listed = all_pages(aws, 2, "Tags", f"list-{what.noun}-tags", *named)
    expected = {"team": "blue", **{f"tag-{number}": str(number) for number in range(4)}}
    assert {each["Key"]: each["Value"] for each in listed} == expected
    aws.iam(f"untag-{what.noun}", *named, "--tag-keys", "tag-0", "tag-1", "tag-2", "tag-3")
    assert aws.iam(f"list-{what.noun}-tags", *named)["Tags"] == [{"Key": "team", "Value": "blue"}]
    aws.iam(what.delete, *named)


def test_users_are_members_of_groups(aws: AwsCli) -> None:
    for name in ("Anna", "Ben", "Cleo"):
        aws.iam("create-user", "--user-name", name)
    for name in ("Auditors", "Builders"):
        aws.iam("create-group", "--group-name", name)
        aws.iam("add-user-to-group", "--group-name", name, "--user-name", "Anna")
    aws.iam("add-user-to-group", "--group-name", "Builders", "--user-name", "Cleo")
    got = aws.iam("get-group", "--group-name", "Builders")
    assert (got["Group"]["GroupName"], [each["UserName"] for each in got["Users"]]) == ("Builders", ["Anna", "Cleo"])
    assert len(all_pages(aws, 1, "Users", "get-group", "--group-name", "Builders")) == 2
    groups = all_pages(aws, 1, "Groups", "list-groups-for-user", "--user-name", "Anna")
    assert [each["GroupName"] for each in groups] == ["Auditors", "Builders"]
    assert "(DeleteConflict)" in aws.refused("iam", "delete-group", "--group-name", "Builders")
    for user, group in (("Anna", "Auditors"), ("Anna", "Builders"), ("Cleo", "Builders")):
        aws.iam("remove-user-from-group", "--group-name", group, "--user-name", user)
    assert aws.iam("list-groups-for-user", "--user-name", "Anna")["Groups"] == []
    aws.iam("update-group", "--group-name", "Auditors", "--new-group-name", "Reviewers")
    for name in ("Reviewers", "Builders"):
        aws.iam("delete-group", "--group-name", name)
    for name in ("Anna", "Ben", "Cleo"):
        aws.iam("delete-user", "--user-name", name)


def test_roles_change_whom_they_trust(aws: AwsCli) -> None:
    named = ("--role-name", "Trusting")
    made = aws.iam("create-role", *named, "--assume-role-policy-document", TRUST)["Role"]
    assert made["AssumeRolePolicyDocument"]["Statement"][0]["Effect"] == "Allow"
    aws.iam("update-assume-role-policy", *named, "--policy-document", NARROWER)
    described = aws.iam("update-role-description", *named, "--description", "trusts nobody")["Role"]
    assert described["Description"] == "trusts nobody"
    got = aws.iam("get-role", *named)["Role"]
    assert got["AssumeRolePolicyDocument"]["Statement"][0]["Effect"] == "Deny"
    assert (got["Description"], got["MaxSessionDuration"]) == ("trusts nobody", 3600)
    assert aws.iam("list-instance-profiles-for-role", *named)["InstanceProfiles"] == []
    assert aws.iam("list-instance-profiles")["InstanceProfiles"] == []
    assert "(NoSuchEntity)" in aws.refused("iam", "get-instance-profile", "--instance-profile-name", "none")
    assert "(MalformedPolicyDocument)" in aws.refused(
        "iam", "update-assume-role-policy", *named, "--policy-document", "{}"
    )
    aws.iam("delete-role", *named)


def test_identity_providers_live(aws: AwsCli) -> None:
    made = aws.iam(
        *("create-open-id-connect-provider", "--url", "https://issuer.example.com/ci"),
        *("--client-id-list", "sts.amazonaws.com", "--thumbprint-list", THUMBPRINTS[0]),
    )
    arn = f"{ARN}:oidc-provider/issuer.example.com/ci"
    assert made["OpenIDConnectProviderArn"] == arn
    named = ("--open-id-connect-provider-arn", arn)
    aws.iam("add-client-id-to-open-id-connect-provider", *named, "--client-id", "other")
    aws.iam("update-open-id-connect-provider-thumbprint", *named, "--thumbprint-list", *THUMBPRINTS)
    got = aws.iam("get-open-id-connect-provider", *named)
    assert (got["Url"], sorted(got["ClientIDList"])) == ("issuer.example.com/ci", ["other", "sts.amazonaws.com"])
    assert sorted(got["ThumbprintList"]) == sorted(THUMBPRINTS)
    aws.iam("remove-client-id-from-open-id-connect-provider", *named, "--client-id", "other")
    assert aws.iam("get-open-id-connect-provider", *named)["ClientIDList"] == ["sts.amazonaws.com"]
    assert aws.iam("list-open-id-connect-providers")["OpenIDConnectProviderList"] == [{"Arn": arn}]
    aws.iam("delete-open-id-connect-provider", *named)
    assert "(NoSuchEntity)" in aws.refused("iam", "get-open-id-connect-provider", *named)
