"""Ways to give somebody the right to encrypt, and to take it away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from tests.live.identities import Account, Statement, allow, deny, document, login_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.live import Login

ENCRYPT: Final = allow("kms:Encrypt")


class Place(NamedTuple):
    """A key in its account."""

    account: Account
    key: str


class Subject(NamedTuple):
    """A user of whom nothing is known to IAM but its access key."""

    name: str
    login: Login

    @property
    def own(self) -> dict[str, str]:
        """The parameters that name its inline policy."""
        return {"UserName": self.name, "PolicyName": "own"}


class Way(NamedTuple):
    """A way to give a right and to take it away; `give` tells by whom the right is then used."""

    give: Callable[[], Login]
    take: Callable[[], object]


def inline_policy(place: Place, user: Subject) -> Way:
    iam = place.account.iam

    def give() -> Login:
        iam.put_user_policy(**user.own, PolicyDocument=document(ENCRYPT))
        return user.login

    return Way(give, lambda: iam.delete_user_policy(**user.own))


def attached_policy(place: Place, user: Subject) -> Way:
    iam = place.account.iam
    arn = iam.create_policy(PolicyName="attached", PolicyDocument=document(ENCRYPT))["Policy"]["Arn"]

    def give() -> Login:
        iam.attach_user_policy(UserName=user.name, PolicyArn=arn)
        return user.login

    return Way(give, lambda: iam.detach_user_policy(UserName=user.name, PolicyArn=arn))


def policy_version(place: Place, user: Subject) -> Way:
    iam = place.account.iam
    arn = iam.create_policy(PolicyName="versions", PolicyDocument=document(ENCRYPT))["Policy"]["Arn"]
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=document(allow("kms:Decrypt")))
    iam.attach_user_policy(UserName=user.name, PolicyArn=arn)

    def give() -> Login:
        iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
        return user.login

    return Way(give, lambda: iam.set_default_policy_version(PolicyArn=arn, VersionId="v2"))


def explicit_deny(place: Place, user: Subject) -> Way:
    iam = place.account.iam

    def give() -> Login:
        iam.put_user_policy(**user.own, PolicyDocument=document(ENCRYPT))
        return user.login

    return Way(give, lambda: iam.put_user_policy(**user.own, PolicyDocument=document(ENCRYPT, deny("kms:*"))))


def boundary(place: Place, user: Subject) -> Way:
    iam = place.account.iam
    arn = iam.create_policy(PolicyName="boundary", PolicyDocument=document(allow("iam:*")))["Policy"]["Arn"]
    iam.put_user_policy(**user.own, PolicyDocument=document(ENCRYPT))
    iam.put_user_permissions_boundary(UserName=user.name, PermissionsBoundary=arn)

    def give() -> Login:
        iam.delete_user_permissions_boundary(UserName=user.name)
        return user.login

    return Way(give, lambda: iam.put_user_permissions_boundary(UserName=user.name, PermissionsBoundary=arn))


def membership(place: Place, user: Subject) -> Way:
    iam = place.account.iam
    iam.create_group(GroupName="Members")
    iam.put_group_policy(GroupName="Members", PolicyName="own", PolicyDocument=document(ENCRYPT))

    def give() -> Login:
        iam.add_user_to_group(GroupName="Members", UserName=user.name)
        return user.login

    return Way(give, lambda: iam.remove_user_from_group(GroupName="Members", UserName=user.name))


def access_key(place: Place, user: Subject) -> Way:
    iam = place.account.iam
    iam.put_user_policy(**user.own, PolicyDocument=document(ENCRYPT))

    def give() -> Login:
        iam.update_access_key(UserName=user.name, AccessKeyId=user.login.access_key_id, Status="Active")
        return user.login

    return Way(
        give,
        lambda: iam.update_access_key(UserName=user.name, AccessKeyId=user.login.access_key_id, Status="Inactive"),
    )


def grant(place: Place, user: Subject) -> Way:
    kms, subject = place.account.kms(), place.account.arn(f"user/{user.name}")
    given: list[str] = []

    def give() -> Login:
        made = kms.create_grant(KeyId=place.key, GranteePrincipal=subject, Operations=["Encrypt"])
        given.append(made["GrantId"])
        return user.login

    return Way(give, lambda: kms.revoke_grant(KeyId=place.key, GrantId=given.pop()))


def deleted_user(place: Place, _: Subject) -> Way:
    """A session of a user whom the key policy names: it outlives the access key, and not the user."""
    account = place.account

    def give() -> Login:
        login = account.user("Short")
        name_in_key_policy(place, account.arn("user/Short"))
        session = login_of(account.sts(login).get_session_token()["Credentials"])
        account.iam.delete_access_key(UserName="Short", AccessKeyId=login.access_key_id)
        return session

    return Way(give, lambda: account.iam.delete_user(UserName="Short"))


def deleted_role(place: Place, _: Subject) -> Way:
    account = place.account
    by = account.user("Assumer", allow("sts:AssumeRole"))

    def give() -> Login:
        role_arn = account.role("Short")
        name_in_key_policy(place, role_arn)
        return account.assume(role_arn, by)

    return Way(give, lambda: account.iam.delete_role(RoleName="Short"))


def name_in_key_policy(place: Place, arn: str) -> None:
    statements: list[Statement] = [
        {"Effect": "Allow", "Principal": {"AWS": place.account.id}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "kms:Encrypt", "Resource": "*"},
    ]
    place.account.kms().put_key_policy(KeyId=place.key, Policy=document(*statements))


WAYS: Final[tuple[Callable[[Place, Subject], Way], ...]] = (
    inline_policy,
    attached_policy,
    policy_version,
    explicit_deny,
    boundary,
    membership,
    access_key,
    grant,
    deleted_user,
    deleted_role,
)
