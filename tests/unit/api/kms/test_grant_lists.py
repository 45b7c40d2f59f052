"""ListGrants and ListRetirableGrants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from strongroom.api.paging import encode_marker
from tests.support.in_process import ACCOUNT, OTHER_ACCOUNT, OTHER_REGION, REGION, allow, place_of
from tests.support.refusals import HIDDEN, denied, invalid
from tests.unit.api.kms.people import EC2, INSTANCE, ROOT, aws_service, leave, may, session, user

if TYPE_CHECKING:
    from tests.support.in_process import Caller, InProcess

OTHER_ROOT: Final = f"arn:aws:iam::{OTHER_ACCOUNT}:root"
BAD_MARKER: Final = ("InvalidMarkerException", "")


def grant(owner: Caller, key: str, grantee: str = ROOT, **members: Any) -> str:  # noqa: ANN401 - of any member's type
    made = owner("CreateGrant", KeyId=key, GranteePrincipal=grantee, Operations=["Decrypt"], **members)
    grant_id: str = made["GrantId"]
    return grant_id


def ids(answer: dict[str, Any]) -> list[str]:
    return [each["GrantId"] for each in answer["Grants"]]


def bad(text: str) -> tuple[str, str]:
    return "ValidationException", text


class Listed:
    """101 grants of one key, in the order in which they are listed."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.key = caller.key()
        self.ids = sorted(grant(caller, self.key, RetiringPrincipal=ROOT) for _ in range(101))


@pytest.fixture(scope="module")
def listed(shared_service: InProcess) -> Listed:
    return Listed(shared_service.root())


@pytest.mark.parametrize(
    ("operation", "member"), [("ListGrants", "KeyId"), ("ListRetirableGrants", "RetiringPrincipal")]
)
def test_pages(listed: Listed, operation: str, member: str) -> None:
    name = {member: listed.key if member == "KeyId" else ROOT}
    first = listed.caller(operation, **name)
    assert ids(first) == listed.ids[:50]
    assert first["Truncated"] is True
    second = listed.caller(operation, **name, Marker=first["NextMarker"])
    assert ids(second) == listed.ids[50:100]
    third = listed.caller(operation, **name, Marker=second["NextMarker"])
    assert ids(third) == listed.ids[100:]
    assert third["Truncated"] is False
    assert "NextMarker" not in third
    assert ids(listed.caller(operation, **name, Limit=100)) == listed.ids[:100]
    for limit, bound in ((0, "greater than or equal to 1"), (101, "less than or equal to 100")):
        refused = listed.caller.refused(operation, **name, Limit=limit)
        assert refused == invalid(limit, "limit", f"Member must have value {bound}")


def test_boto3_pages_through_all(listed: Listed) -> None:
    paginate = listed.caller.client.get_paginator("list_grants").paginate
    pages = list(paginate(KeyId=listed.key, PaginationConfig={"PageSize": 40}))
    assert [each["GrantId"] for page in pages for each in page["Grants"]] == listed.ids
    retirable = listed.caller.client.get_paginator("list_retirable_grants").paginate
    found = [
        each["GrantId"]
        for page in retirable(RetiringPrincipal=ROOT, PaginationConfig={"PageSize": 40})
        for each in page["Grants"]
    ]
    assert found == listed.ids


def test_a_marker_belongs_to_its_listing(listed: Listed) -> None:
    of_key = listed.caller("ListGrants", KeyId=listed.key, Limit=1)["NextMarker"]
    of_grantee = listed.caller("ListGrants", KeyId=listed.key, GranteePrincipal=ROOT, Limit=1)["NextMarker"]
    retirable = listed.caller("ListRetirableGrants", RetiringPrincipal=ROOT, Limit=1)["NextMarker"]
    for marker in (of_grantee, retirable, "nonsense"):
        assert listed.caller.refused("ListGrants", KeyId=listed.key, Marker=marker) == BAD_MARKER
    short = encode_marker(f"ListRetirableGrants {REGION} {ROOT}", "two parts")
    for marker in (of_key, short, "nonsense"):
        assert listed.caller.refused("ListRetirableGrants", RetiringPrincipal=ROOT, Marker=marker) == BAD_MARKER


def test_the_grants_of_a_grantee_and_one_grant(service: InProcess, root: Caller, key: str) -> None:
    alice, clerk = user(service, "alice"), session(service, "Clerk")
    morning = f"arn:aws:sts::{ACCOUNT}:assumed-role/Clerk/morning"
    made = {arn: grant(root, key, arn) for arn in (ROOT, alice.arn, clerk.arn, morning)}
    for arn, grant_id in made.items():
        assert ids(root("ListGrants", KeyId=key, GranteePrincipal=arn)) == [grant_id]
        assert ids(root("ListGrants", KeyId=key, GrantId=grant_id)) == [grant_id]
    assert ids(root("ListGrants", KeyId=key, GrantId=made[ROOT], GranteePrincipal=alice.arn)) == []
    assert ids(root("ListGrants", KeyId=key, GrantId="0" * 64)) == []
    leave(service, alice)
    assert ids(root("ListGrants", KeyId=key, GranteePrincipal=alice.arn)) == []
    assert ids(root("ListGrants", KeyId=key, GranteePrincipal=alice.unique_id)) == [made[alice.arn]]


def test_filters_that_do_not_go(root: Caller, key: str) -> None:
    assert root.refused("ListGrants", KeyId=key, GrantId="x") == ("InvalidGrantIdException", "Invalid grant id")
    assert root.refused("ListGrants", KeyId=key, GranteePrincipal=ROOT, GranteeServicePrincipal=EC2) == bad(
        "You can specify either GranteePrincipal or GranteeServicePrincipal, but not both."
    )
    assert root.refused("ListGrants", KeyId=key, GranteeServicePrincipal=EC2) == bad(
        "Only service principals can filter by GranteeServicePrincipal."
    )
    both = bad("You must specify either RetiringPrincipal or RetiringServicePrincipal, but not both.")
    assert root.refused("ListRetirableGrants") == both
    assert root.refused("ListRetirableGrants", RetiringPrincipal=ROOT, RetiringServicePrincipal=EC2) == both


def test_a_service_lists_grants_of_its_own(service: InProcess, root: Caller, key: str) -> None:
    ec2, rds = aws_service(service), aws_service(service, "rds.amazonaws.com")
    members = {"Operations": ["Decrypt"], "Constraints": {"SourceArn": INSTANCE}, "RetiringServicePrincipal": EC2}
    made = root("CreateGrant", KeyId=key, GranteeServicePrincipal=EC2, **members)["GrantId"]
    grant(root, key)
    assert ids(ec2("ListRetirableGrants", RetiringServicePrincipal=EC2)) == [made]
    for caller, name in ((rds, EC2), (root, EC2)):
        refused = caller.refused("ListRetirableGrants", RetiringServicePrincipal=name)
        assert refused.code == "AccessDeniedException"
    assert ec2.refused("ListRetirableGrants", RetiringPrincipal=ROOT).code == "AccessDeniedException"
    service.write_policy(key, allow(), {**allow(action="kms:ListGrants"), "Principal": {"Service": EC2}})
    assert ids(ec2("ListGrants", KeyId=key, GranteeServicePrincipal=EC2)) == [made]


def test_retirable_grants_are_those_of_one_principal_in_a_region(
    service: InProcess, root: Caller, other: Caller, key: str
) -> None:
    alice = user(service, "alice", may("kms:ListRetirableGrants"))
    elsewhere = service.root(OTHER_REGION)
    foreign = other.key()
    mine = [
        grant(root, key, RetiringPrincipal=alice.arn),
        grant(other, foreign, OTHER_ROOT, RetiringPrincipal=alice.arn),
    ]
    grant(root, key, alice.arn, RetiringPrincipal=ROOT)
    grant(elsewhere, elsewhere.key(), RetiringPrincipal=alice.arn)
    answer = alice("ListRetirableGrants", RetiringPrincipal=alice.arn)
    assert ids(answer) == mine
    assert [each["KeyId"] for each in answer["Grants"]] == [key, foreign]
    assert [each["IssuingAccount"] for each in answer["Grants"]] == [ROOT, OTHER_ROOT]
    assert len(ids(root("ListRetirableGrants", RetiringPrincipal=ROOT))) == 1
    record = service.records[-1]
    assert record["requestParameters"] == {"retiringPrincipal": ROOT}
    assert record["readOnly"] is True
    assert record["responseElements"] is None


def test_retirable_grants_need_an_iam_policy_for_the_principal(service: InProcess, other: Caller) -> None:
    assert other
    bob = user(service, "bob", may("kms:ListRetirableGrants", resource=ROOT))
    assert bob("ListRetirableGrants", RetiringPrincipal=ROOT)["Grants"] == []
    rest = f"on resource: {bob.arn} because no identity-based policy allows the kms:ListRetirableGrants action"
    refused = bob.refused("ListRetirableGrants", RetiringPrincipal=bob.arn)
    assert refused == denied(bob.arn, "kms:ListRetirableGrants", rest)
    refused = service.root().refused("ListRetirableGrants", RetiringPrincipal=OTHER_ROOT)
    assert refused == denied(ROOT, "kms:ListRetirableGrants", f"on this resource {HIDDEN}")


@pytest.mark.parametrize("name", ["alice", "AIDAEXAMPLE", f"arn:aws:iam::{ACCOUNT}:user/nobody"])
def test_retiring_principals_that_do_not_exist(root: Caller, name: str) -> None:
    refused = root.refused("ListRetirableGrants", RetiringPrincipal=name)
    assert refused == ("InvalidArnException", f"ARN does not refer to a valid principal: {name}")


def test_a_deleted_key_takes_its_grants_with_it(service: InProcess, root: Caller, key: str) -> None:
    grant(root, key, RetiringPrincipal=ROOT)
    with service.store.change() as change:
        change.keys.delete(place_of(key))
    assert ids(root("ListRetirableGrants", RetiringPrincipal=ROOT)) == []
