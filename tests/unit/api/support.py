"""Users, groups, roles and policies of the tests of callers, put past the IAM API, and what a signature proves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from strongroom.authn.sessions import Session, Terms
from strongroom.authn.verify import Authenticated
from strongroom.model.identity import Group, ManagedPolicy, PolicyVersion, Role, User
from strongroom.model.principal import role_session_principal, root_principal, user_principal
from tests.support.in_process import ACCOUNT, REGION, policy

if TYPE_CHECKING:
    from strongroom.model.identity import Entity
    from strongroom.model.principal import Principal
    from tests.support.in_process import InProcess

FAKE_SECRET: Final = "not-a-secret"  # noqa: S105 - an obviously fake one
ISSUED: Final = 1_764_000_000.0
OWN_POLICY: Final = f"arn:aws:iam::{ACCOUNT}:policy/teams/Keys"


def saying(sid: str) -> str:
    """Write a policy that can be told from others."""
    return policy({"Sid": sid, "Effect": "Allow", "Action": "kms:ListKeys", "Resource": "*"})


def managed(text: str) -> ManagedPolicy:
    """Make OWN_POLICY with a version of other content in front of the one in force."""
    versions = (
        PolicyVersion(version_id="v1", document=saying("Old"), creation_date=0.0),
        PolicyVersion(version_id="v2", document=text, creation_date=1.0),
    )
    return ManagedPolicy(
        account_id=ACCOUNT,
        path="/teams/",
        policy_name="Keys",
        policy_id="ANPAKEYS",
        creation_date=0.0,
        update_date=1.0,
        versions=versions,
        default_version_id="v2",
    )


def user(**members: Any) -> User:  # noqa: ANN401 - of any member's type
    given: dict[str, Any] = {"account_id": ACCOUNT, "user_name": "Alice", "user_id": "AIDAALICE", "creation_date": 0.0}
    return User(**{**given, **members})


def group(name: str, **members: Any) -> Group:  # noqa: ANN401 - of any member's type
    return Group(account_id=ACCOUNT, group_name=name, group_id=f"AGPA{name.upper()}", creation_date=0.0, **members)


def role(**members: Any) -> Role:  # noqa: ANN401 - of any member's type
    given: dict[str, Any] = {"account_id": ACCOUNT, "path": "/app/", "role_name": "Clerk", "role_id": "AROACLERK"}
    return Role(**{**given, "creation_date": 0.0, "trust_policy": policy(), **members})


ROOT: Final = root_principal(ACCOUNT)
ALICE: Final = user_principal(ACCOUNT, user().arn, "AIDAALICE", "Alice")
CLERK: Final = role_session_principal(ACCOUNT, role().arn, "AROACLERK", "morning")


def put(service: InProcess, *entities: Entity) -> None:
    with service.store.change() as change:
        for each in entities:
            change.identities.put(each)


def signed_by(principal: Principal, terms: Terms | None = None) -> Authenticated:
    """Make what a signature proves: of long-term credentials, or of a session where there are terms."""
    session = None
    if terms is not None:
        session = Session(
            access_key_id="ASIAEXAMPLE",
            secret=FAKE_SECRET,
            principal=principal,
            issued_at=ISSUED,
            expires_at=ISSUED + 900,
            terms=terms,
        )
    access_key_id = "AKIAEXAMPLE" if session is None else session.access_key_id
    return Authenticated(
        principal=principal, access_key_id=access_key_id, region=REGION, service="kms", session=session
    )
