"""RetireGrant: by whom, and of what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.support.in_process import ACCOUNT, OTHER_ACCOUNT, OTHER_REGION, REGION, allow, deny, place_of
from tests.support.refusals import HIDDEN, denied, no_key
from tests.unit.api.kms.people import EC2, INSTANCE, ROOT, aws_service, may, session, user

if TYPE_CHECKING:
    from tests.support.in_process import Caller, InProcess
    from tests.unit.api.kms.people import Person

OTHER_ROOT: Final = f"arn:aws:iam::{OTHER_ACCOUNT}:root"
RETIRE: Final = may("kms:RetireGrant")
NEITHER: Final = ("ValidationException", "You must specify either GrantToken, or both KeyId and GrantId.")
NO_TOKEN: Final = ("InvalidGrantTokenException", "No grant has this token.")


def grant(owner: Caller, key: str, grantee: str = ROOT, **members: Any) -> dict[str, Any]:  # noqa: ANN401
    return owner("CreateGrant", **{"KeyId": key, "GranteePrincipal": grantee, "Operations": ["Decrypt"], **members})


def by_id(key: str, made: dict[str, Any]) -> dict[str, str]:
    return {"KeyId": key, "GrantId": made["GrantId"]}


def count(owner: Caller, key: str) -> int:
    return len(owner("ListGrants", KeyId=key)["Grants"])


def may_not(arn: str, key: str, what: str) -> tuple[str, str]:
    return denied(
        arn, "kms:RetireGrant", f"on resource: {key} because no {what} policy allows the kms:RetireGrant action"
    )


@pytest.fixture
def alice(service: InProcess) -> Person:
    return user(service, "alice")


def test_the_retiring_principal_may(service: InProcess, root: Caller, key: str, alice: Person) -> None:
    clerk = session(service, "Clerk")
    for each in (alice, clerk):
        assert each("RetireGrant", **by_id(key, grant(root, key, RetiringPrincipal=each.arn))) == {}
        made = grant(root, key, RetiringPrincipal=each.arn)
        assert each("RetireGrant", GrantToken=made["GrantToken"]) == {}
    assert count(root, key) == 0


def test_a_grantee_may_if_the_grant_says_so(root: Caller, key: str, alice: Person) -> None:
    without = grant(root, key, alice.arn)
    assert alice.refused("RetireGrant", **by_id(key, without)) == may_not(alice.arn, key, "identity-based")
    # Constraints do not apply to it.
    constraints = {"EncryptionContextEquals": {"a": "b"}, "SourceArn": INSTANCE}
    made = grant(root, key, alice.arn, Operations=["Decrypt", "RetireGrant"], Constraints=constraints)
    alice("RetireGrant", **by_id(key, made))
    assert count(root, key) == 1


def test_a_grant_lets_retire_itself_and_no_other(root: Caller, key: str, alice: Person) -> None:
    grant(root, key, alice.arn, Operations=["Decrypt", "RetireGrant"])
    refused = alice.refused("RetireGrant", **by_id(key, grant(root, key, alice.arn)))
    assert refused == may_not(alice.arn, key, "identity-based")


def test_the_issuing_account_may_by_its_policies(service: InProcess, root: Caller, key: str, alice: Person) -> None:
    made = [grant(root, key) for _ in range(2)]
    assert alice.refused("RetireGrant", **by_id(key, made[0])) == may_not(alice.arn, key, "identity-based")
    user(service, "let", may("kms:RetireGrant", resource=key))("RetireGrant", **by_id(key, made[0]))
    root("RetireGrant", **by_id(key, made[1]))
    assert count(root, key) == 0


def test_only_the_account_that_made_it_may(service: InProcess, root: Caller, other: Caller, key: str) -> None:
    service.write_policy(key, allow(), allow(OTHER_ROOT))
    theirs, ours = grant(other, key, OTHER_ROOT), grant(root, key)
    assert root.refused("RetireGrant", **by_id(key, theirs)) == may_not(ROOT, key, "resource-based")
    stranger = user(service, "stranger", RETIRE, account_id=OTHER_ACCOUNT)
    assert stranger.refused("RetireGrant", **by_id(key, ours)) == may_not(stranger.arn, key, "resource-based")
    stranger("RetireGrant", **by_id(key, theirs))
    assert count(root, key) == 1


def test_a_retiring_principal_of_another_account_needs_no_policy(
    service: InProcess, root: Caller, other: Caller, key: str
) -> None:
    carol = user(service, "carol", account_id=OTHER_ACCOUNT)
    carol("RetireGrant", **by_id(key, grant(root, key, RetiringPrincipal=carol.arn)))
    other("RetireGrant", **by_id(key, grant(root, key, RetiringPrincipal=OTHER_ROOT)))
    made = grant(root, key, RetiringPrincipal=OTHER_ROOT)
    assert carol.refused("RetireGrant", **by_id(key, made)) == may_not(carol.arn, key, "identity-based")
    user(service, "dora", RETIRE, account_id=OTHER_ACCOUNT)("RetireGrant", **by_id(key, made))
    assert count(root, key) == 0


def test_key_policies_have_no_say(service: InProcess, root: Caller, key: str, alice: Person) -> None:
    service.write_policy(key, allow(), allow("*", "kms:RetireGrant"))
    assert alice.refused("RetireGrant", **by_id(key, grant(root, key))) == may_not(alice.arn, key, "identity-based")
    made = grant(root, key, RetiringPrincipal=alice.arn)
    service.write_policy(key, allow(), deny("*", "kms:RetireGrant"))
    alice("RetireGrant", **by_id(key, made))


def test_a_deny_of_iam_works(service: InProcess, root: Caller, key: str) -> None:
    barred = user(service, "barred", may("kms:RetireGrant", effect="Deny"))
    made = grant(root, key, barred.arn, Operations=["Decrypt", "RetireGrant"], RetiringPrincipal=barred.arn)
    rest = f"on resource: {key} with an explicit deny in an identity-based policy"
    assert barred.refused("RetireGrant", **by_id(key, made)) == denied(barred.arn, "kms:RetireGrant", rest)
    assert count(root, key) == 1


def test_conditions_of_iam_policies(service: InProcess, root: Caller, key: str) -> None:
    condition = {"StringEquals": {"kms:GrantConstraintType": "SourceArn", "aws:ResourceTag/team": "payments"}}
    helper = user(service, "helper", {**RETIRE, "Condition": condition})
    tagged = grant(root, key, Constraints={"SourceArn": INSTANCE})
    assert helper.refused("RetireGrant", **by_id(key, tagged)) == may_not(helper.arn, key, "identity-based")
    root("TagResource", KeyId=key, Tags=[{"TagKey": "team", "TagValue": "payments"}])
    plain = grant(root, key)
    assert helper.refused("RetireGrant", **by_id(key, plain)) == may_not(helper.arn, key, "identity-based")
    helper("RetireGrant", **by_id(key, tagged))


def test_a_service_may_retire_what_it_is_named_in(service: InProcess, root: Caller, key: str) -> None:
    ec2, rds = aws_service(service), aws_service(service, "rds.amazonaws.com")
    made = grant(root, key, RetiringServicePrincipal=EC2)
    assert rds.refused("RetireGrant", **by_id(key, made)).code == "AccessDeniedException"
    ec2("RetireGrant", **by_id(key, made))
    assert count(root, key) == 0


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"KeyId": "k"},
        {"GrantId": "0" * 64},
        {"GrantToken": "t", "KeyId": "k"},
        {"GrantToken": "t", "KeyId": "k", "GrantId": "0" * 64},
    ],
)
def test_a_grant_is_named_in_one_of_two_ways(root: Caller, members: dict[str, str]) -> None:
    assert root.refused("RetireGrant", **members) == NEITHER


@pytest.mark.parametrize("name", ["key", "alias/a", f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/a", "arn:aws:iam::x"])
def test_what_is_not_the_arn_of_a_key(root: Caller, name: str) -> None:
    refused = root.refused("RetireGrant", KeyId=name, GrantId="0" * 64)
    assert refused == ("InvalidArnException", f"Invalid arn {name}")


def test_a_grant_is_retired_once(root: Caller, key: str) -> None:
    made = grant(root, key)
    root("RetireGrant", GrantToken=made["GrantToken"])
    assert root.refused("RetireGrant", GrantToken=made["GrantToken"]) == NO_TOKEN
    grant_id = made["GrantId"]
    refused = root.refused("RetireGrant", **by_id(key, made))
    assert refused == ("NotFoundException", f"Grant ID {grant_id} not found")


def test_of_another_account_it_is_not_told_what_is_not_there(root: Caller, other: Caller, key: str) -> None:
    hidden = denied(OTHER_ROOT, "kms:RetireGrant", f"on this resource {HIDDEN}")
    gone = key.replace(place_of(key).key_id, "00000000-0000-4000-8000-000000000000")
    for arn in (key, gone):
        assert other.refused("RetireGrant", KeyId=arn, GrantId="0" * 64) == hidden
    assert root.refused("RetireGrant", KeyId=gone, GrantId="0" * 64) == no_key(gone)


def test_a_grant_is_retired_in_its_region(service: InProcess, root: Caller, key: str) -> None:
    made = grant(root, key)
    elsewhere = service.root(OTHER_REGION)
    for members in (by_id(key, made), {"GrantToken": made["GrantToken"]}):
        assert elsewhere.refused("RetireGrant", **members) == ("NotFoundException", f"Invalid arn {REGION}")
    assert count(root, key) == 1


def test_the_record_names_key_and_grant_but_never_a_token(service: InProcess, root: Caller, key: str) -> None:
    made = grant(root, key)
    root("RetireGrant", **by_id(key, made))
    record = service.records[-1]
    assert record["requestParameters"] == {"keyId": key, "grantId": made["GrantId"]}
    assert [each["ARN"] for each in record["resources"]] == [key]
    made = grant(root, key)
    root("RetireGrant", GrantToken=made["GrantToken"])
    record = service.records[-1]
    assert record["requestParameters"] is None
    assert [each["ARN"] for each in record["resources"]] == [key]
    assert made["GrantToken"] not in str(service.records)
