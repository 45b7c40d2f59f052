from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

import pytest

from strongroom.api.managed_keys import with_managed_key
from strongroom.api.resolve import ManagedKeyMissingError
from strongroom.app.services import remove_service
from strongroom.jobs.rotation import rotate_due_keys
from strongroom.pipeline import Deferred
from strongroom.policy.managed_key_policies import MANAGED_KEYS
from tests.support.in_process import ACCOUNT, OTHER_ACCOUNT, OTHER_REGION, REGION, Caller, InProcess, allow
from tests.support.services import EC2, Service, register

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from strongroom.api.finished import Finished

ALIAS: Final = "alias/aws/ebs"
ARN: Final = f"arn:aws:kms:{REGION}:{ACCOUNT}:{ALIAS}"
ROOT_ARN: Final = f"arn:aws:iam::{ACCOUNT}:root"
NO_ALIAS: Final = ("NotFoundException", f"Alias {ARN} is not found.")
USE: Final = {"KeyId": ALIAS, "Plaintext": b"x"}


@pytest.fixture
def ec2(service: InProcess) -> Service:
    return register(service)


@pytest.fixture
def alice(service: InProcess) -> Mapping[str, str]:
    """A user without any permission; gives its access key."""
    return service.new_user("Alice")


@pytest.fixture
def managed(root: Caller, ec2: Service) -> str:
    """The ARN of an AWS managed key that is there."""
    assert ec2.name == EC2
    arn: str = root("DescribeKey", KeyId=ALIAS)["KeyMetadata"]["Arn"]
    return arn


def keys_of(caller: Caller) -> list[str]:
    return [each["KeyId"] for each in caller("ListKeys")["Keys"]]


def may(*actions: str) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}


def test_a_look_at_the_alias_makes_the_key(root: Caller, ec2: Service) -> None:
    assert ec2.name == EC2
    made = root("DescribeKey", KeyId=ALIAS)["KeyMetadata"]
    created = made.pop("CreationDate")
    assert made == {
        "AWSAccountId": ACCOUNT,
        "KeyId": made["KeyId"],
        "Arn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{made['KeyId']}",
        "Enabled": True,
        "Description": "Default key that protects my EBS volumes when no other key is defined",
        "KeyUsage": "ENCRYPT_DECRYPT",
        "KeyState": "Enabled",
        "Origin": "AWS_KMS",
        "KeyManager": "AWS",
        "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
        "MultiRegion": False,
        "CurrentKeyMaterialId": made["CurrentKeyMaterialId"],
    }
    assert root("DescribeKey", KeyId=ARN)["KeyMetadata"] == {**made, "CreationDate": created}
    assert keys_of(root) == [made["KeyId"]]
    policy = root("GetKeyPolicy", KeyId=made["KeyId"])["Policy"]
    assert policy == MANAGED_KEYS["aws/ebs"].policy(ACCOUNT, REGION)


def test_each_account_and_region_has_its_own(service: InProcess, root: Caller, other: Caller, ec2: Service) -> None:
    assert ec2.name == EC2
    callers = (root, other, service.root(OTHER_REGION))
    made = {caller("DescribeKey", KeyId=ALIAS)["KeyMetadata"]["Arn"] for caller in callers}
    assert len(made) == len(callers)
    assert all(len(keys_of(caller)) == 1 for caller in callers)


def test_first_use_by_the_service_makes_the_key(service: InProcess, ec2: Service, alice: Mapping[str, str]) -> None:
    kms = ec2.acting_for(alice)
    sealed = kms("Encrypt", **USE)
    assert [each["eventName"] for each in outbox(service)[-2:]] == ["CreateKey", "Encrypt"]
    assert kms("Decrypt", CiphertextBlob=sealed["CiphertextBlob"])["Plaintext"] == b"x"
    data_key = kms("GenerateDataKey", KeyId=ARN, KeySpec="AES_256")
    assert data_key["KeyId"] == sealed["KeyId"]
    assert len(keys_of(service.root())) == 1


def outbox(service: InProcess) -> list[dict[str, Any]]:
    return [json.loads(record) for record in service.outbox()]


def test_its_making_is_recorded_before_what_made_it(service: InProcess, managed: str) -> None:
    made, looked = outbox(service)[-2:]
    assert made["eventType"] == "AwsServiceEvent"
    assert made["userIdentity"] == {"accountId": ACCOUNT, "invokedBy": "AWS Internal"}
    assert (made["eventName"], made["awsRegion"]) == ("CreateKey", REGION)
    assert made["responseElements"] == {"keyId": managed, "aliasName": ALIAS}
    assert [each["ARN"] for each in made["resources"]] == [managed]
    assert (looked["eventName"], looked["readOnly"]) == ("DescribeKey", True)
    assert [each["ARN"] for each in looked["resources"]] == [managed]


@pytest.mark.parametrize("operation", ["Encrypt", "GenerateDataKeyWithoutPlaintext"])
def test_use_by_others_does_not_make_the_key(root: Caller, ec2: Service, operation: str) -> None:
    assert ec2.name == EC2
    members: dict[str, Any] = {"Plaintext": b"x"} if operation == "Encrypt" else {"KeySpec": "AES_256"}
    assert root.refused(operation, KeyId=ALIAS, **members) == NO_ALIAS
    assert keys_of(root) == []


def test_what_is_refused_makes_no_key(service: InProcess, ec2: Service, alice: Mapping[str, str]) -> None:
    rds = register(service, "rds.amazonaws.com")
    refused = service.signing(alice).refused("DescribeKey", KeyId=ALIAS)
    assert refused.message.endswith("because no identity-based policy allows the kms:DescribeKey action")
    refused = rds.acting_for(alice).refused("Encrypt", **USE)
    assert refused.message.endswith("because no resource-based policy allows the kms:Encrypt action")
    assert ec2.acting_for(alice).refused("Encrypt", **USE, DryRun=True).code == "DryRunOperationException"
    assert [record["eventName"] for record in outbox(service)].count("CreateKey") == 0
    assert keys_of(service.root()) == []


def test_aliases_that_no_service_has_are_not_found(service: InProcess, root: Caller) -> None:
    for name in (ALIAS, "alias/aws/none", "alias/none"):
        assert root.refused("DescribeKey", KeyId=name).code == "NotFoundException"
    register(service, "quiet.amazonaws.com")
    assert root.refused("DescribeKey", KeyId="alias/aws/quiet").code == "NotFoundException"


def test_a_service_as_itself_has_no_account_for_keys(service: InProcess) -> None:
    sns = register(service, "sns.amazonaws.com")
    kms = sns.session(SourceAccount=ACCOUNT)
    assert kms.refused("DescribeKey", KeyId="alias/aws/sns").code == "NotFoundException"
    hidden = kms.refused("DescribeKey", KeyId=f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/aws/sns")
    assert hidden.code == "AccessDeniedException"
    assert keys_of(service.root()) == []


def test_sns_itself_decrypts_what_it_archived(service: InProcess, alice: Mapping[str, str]) -> None:
    sns = register(service, "sns.amazonaws.com")
    sealed = sns.acting_for(alice)("GenerateDataKey", KeyId="alias/aws/sns", KeySpec="AES_256")
    topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:alarms"
    members = {"CiphertextBlob": sealed["CiphertextBlob"], "KeyId": sealed["KeyId"]}
    assert sns.session(SourceArn=topic, SourceAccount=ACCOUNT)("Decrypt", **members)["Plaintext"] == sealed["Plaintext"]
    assert sns.session(SourceArn=topic).refused("Decrypt", **members).code == "AccessDeniedException"


class TestListAliases:
    def test_those_without_a_key_are_shown(self, root: Caller, ec2: Service) -> None:
        assert ec2.name == EC2
        assert root("ListAliases")["Aliases"] == [{"AliasName": ALIAS, "AliasArn": ARN}]
        made = root("DescribeKey", KeyId=ALIAS)["KeyMetadata"]
        (entry,) = root("ListAliases")["Aliases"]
        assert entry.pop("CreationDate") == entry.pop("LastUpdatedDate") == made["CreationDate"]
        assert entry == {"AliasName": ALIAS, "AliasArn": ARN, "TargetKeyId": made["KeyId"]}
        (entry,) = root("ListAliases", KeyId=made["KeyId"])["Aliases"]
        assert entry["AliasName"] == ALIAS

    @pytest.mark.parametrize("limit", [1, 2, 3, 4, 7])
    def test_pages_hold_both_kinds_in_order(self, service: InProcess, root: Caller, limit: int) -> None:
        for name in ("ec2", "lambda", "rds", "s3"):
            register(service, f"{name}.amazonaws.com")
        key = root.key()
        root("DescribeKey", KeyId="alias/aws/lambda")
        root("DescribeKey", KeyId="alias/aws/s3")
        for name in ("alias/a", "alias/b", "alias/z"):
            root("CreateAlias", AliasName=name, TargetKeyId=key)
        assert list(paged(root, limit)) == [
            ("alias/a", True),
            ("alias/aws/ebs", False),
            ("alias/aws/lambda", True),
            ("alias/aws/rds", False),
            ("alias/aws/s3", True),
            ("alias/b", True),
            ("alias/z", True),
        ]


def paged(caller: Caller, limit: int) -> Sequence[tuple[str, bool]]:
    """Give all aliases, page by page, and whether they have a key."""
    found: list[tuple[str, bool]] = []
    answer = caller("ListAliases", Limit=limit)
    while True:
        assert len(answer["Aliases"]) <= limit
        found += [(each["AliasName"], "TargetKeyId" in each) for each in answer["Aliases"]]
        if not answer["Truncated"]:
            return found
        answer = caller("ListAliases", Limit=limit, Marker=answer["NextMarker"])


LOOKS: Final = ("DescribeKey", "GetKeyPolicy", "ListGrants", "ListKeyPolicies", "ListResourceTags")


@pytest.mark.parametrize("operation", LOOKS)
def test_the_account_may_look_at_it(service: InProcess, managed: str, operation: str) -> None:
    service.user("Looker", may(f"kms:{operation}"))(operation, KeyId=managed)
    assert service.user("Nobody").refused(operation, KeyId=managed).code == "AccessDeniedException"


CHANGES: Final[dict[str, dict[str, Any]]] = {
    "CreateGrant": {"GranteePrincipal": ROOT_ARN, "Operations": ["Decrypt"]},
    "DisableKey": {},
    "EnableKey": {},
    "Encrypt": {"Plaintext": b"x"},
    "GenerateDataKey": {"KeySpec": "AES_256"},
    "PutKeyPolicy": {"Policy": json.dumps({"Version": "2012-10-17", "Statement": [allow()]})},
    "ScheduleKeyDeletion": {},
    "CancelKeyDeletion": {},
    "TagResource": {"Tags": [{"TagKey": "a", "TagValue": "b"}]},
    "UntagResource": {"TagKeys": ["a"]},
    "UpdateKeyDescription": {"Description": "mine"},
}


@pytest.mark.parametrize("operation", CHANGES)
def test_nobody_may_change_it_or_use_it_directly(root: Caller, managed: str, operation: str) -> None:
    assert root.refused(operation, KeyId=managed, **CHANGES[operation]) == (
        "AccessDeniedException",
        (
            f"User: {ROOT_ARN} is not authorized to perform: kms:{operation} on resource: {managed} "
            f"because no resource-based policy allows the kms:{operation} action"
        ),
    )


def test_it_has_no_other_names(root: Caller, key: str, managed: str) -> None:
    refused = root.refused("CreateAlias", AliasName="alias/mine", TargetKeyId=managed)
    assert refused.code == "AccessDeniedException"
    assert "no resource-based policy allows the kms:CreateAlias action" in refused.message
    root("CreateAlias", AliasName="alias/mine", TargetKeyId=key)
    assert root.refused("UpdateAlias", AliasName="alias/mine", TargetKeyId=managed).code == "AccessDeniedException"
    for operation, members in (
        ("CreateAlias", {"TargetKeyId": key}),
        ("UpdateAlias", {"TargetKeyId": key}),
        ("DeleteAlias", {}),
    ):
        assert root.refused(operation, AliasName=ALIAS, **members) == (
            "InvalidAliasNameException",
            f"{ALIAS} is not a valid alias name.",
        )


def test_other_accounts_cannot_use_it(service: InProcess, other: Caller, ec2: Service, managed: str) -> None:
    assert other.client
    bob = service.new_user("Bob", may("kms:*"), account_id=OTHER_ACCOUNT)
    for caller in (service.signing(bob), ec2.acting_for(bob)):
        for name in (managed, ARN):
            assert caller.refused("Encrypt", KeyId=name, Plaintext=b"x").code == "AccessDeniedException"


def test_grants_are_made_through_the_service_and_revoked_directly(
    service: InProcess, ec2: Service, alice: Mapping[str, str], managed: str
) -> None:
    kms = ec2.acting_for(alice)
    service.new_user("Bob")
    grant = kms(
        "CreateGrant",
        KeyId=managed,
        GranteePrincipal=f"arn:aws:iam::{ACCOUNT}:user/Bob",
        Operations=["Decrypt", "GenerateDataKeyWithoutPlaintext"],
    )
    root = service.root()
    assert [each["GrantId"] for each in root("ListGrants", KeyId=managed)["Grants"]] == [grant["GrantId"]]
    root("RevokeGrant", KeyId=managed, GrantId=grant["GrantId"])
    assert root("ListGrants", KeyId=managed)["Grants"] == []


def test_a_service_uses_what_it_was_granted_for_the_resource_of_the_grant(
    service: InProcess, ec2: Service, alice: Mapping[str, str], managed: str
) -> None:
    kms = ec2.acting_for(alice)
    volume = f"arn:aws:ec2:{REGION}:{ACCOUNT}:volume/vol-1"
    kms(
        "CreateGrant",
        KeyId=managed,
        GranteeServicePrincipal=EC2,
        RetiringServicePrincipal=EC2,
        Operations=["Decrypt"],
        Constraints={"SourceArn": volume},
    )
    sealed = {"KeyId": managed, "CiphertextBlob": kms("Encrypt", **USE)["CiphertextBlob"]}
    assert ec2.session(SourceArn=volume)("Decrypt", **sealed)["Plaintext"] == b"x"
    for arn in (f"{volume}2", volume.replace(ACCOUNT, OTHER_ACCOUNT)):
        assert ec2.session(SourceArn=arn).refused("Decrypt", **sealed).code == "AccessDeniedException"
    assert service.root().refused("Decrypt", **sealed).code == "AccessDeniedException"


def test_its_service_may_be_gone(service: InProcess, root: Caller, managed: str, alice: Mapping[str, str]) -> None:
    with service.store.change() as change:
        remove_service(change, EC2)
    assert root("DescribeKey", KeyId=ALIAS)["KeyMetadata"]["Arn"] == managed
    again = register(service)
    assert again.acting_for(alice)("Encrypt", **USE)["KeyId"] == managed


def test_registered_and_removed_services_are_seen_at_once(service: InProcess, root: Caller) -> None:
    assert root.refused("DescribeKey", KeyId=ALIAS) == NO_ALIAS
    register(service)
    assert root.refused("Encrypt", **USE) == NO_ALIAS
    with service.store.change() as change:
        remove_service(change, EC2)
    assert root.refused("DescribeKey", KeyId=ALIAS) == NO_ALIAS
    assert root("ListAliases")["Aliases"] == []


def test_two_workers_make_one_key(service: InProcess, root: Caller, ec2: Service) -> None:
    assert ec2.name == EC2
    snapshots, pipeline = service.worker()
    request = service.signed("TrentService.DescribeKey", json.dumps({"KeyId": ALIAS}).encode())
    waiting = [each.handle(request) for each in (service.pipeline, pipeline)]
    with ThreadPoolExecutor(2) as workers:
        finished = list(workers.map(run, waiting))
    snapshots.close()
    (arn,) = {json.loads(each.answer.body)["KeyMetadata"]["Arn"] for each in finished}
    assert [each["KeyArn"] for each in root("ListKeys")["Keys"]] == [arn]


def run(outcome: Finished | Deferred) -> Finished:
    assert isinstance(outcome, Deferred)
    assert outcome.changes
    return outcome.run()


def test_a_service_that_goes_meanwhile_gets_no_key(service: InProcess) -> None:
    with service.store.change() as change:
        missing = ManagedKeyMissingError(ACCOUNT, REGION, ALIAS)
        directory = with_managed_key(change, service.opened.store_keys, missing)
        assert directory.alias_target(ACCOUNT, REGION, ALIAS) is None
        assert not directory.predefines(ALIAS)


def test_managed_keys_do_not_count_against_quotas(monkeypatch: pytest.MonkeyPatch, root: Caller, managed: str) -> None:
    assert managed
    monkeypatch.setattr("strongroom.api.kms.quotas.KEYS_PER_REGION", 1)
    root.key()
    assert root.refused("CreateKey").code == "LimitExceededException"


def test_managed_keys_are_rotated_each_year(service: InProcess, root: Caller, managed: str) -> None:
    status = root("GetKeyRotationStatus", KeyId=managed)
    assert (status["KeyRotationEnabled"], status["RotationPeriodInDays"]) == (True, 365)
    made = service.kept(managed).creation_date
    assert abs(status["NextRotationDate"].timestamp() - made - 365 * 86_400) < 1
    for operation in ("EnableKeyRotation", "DisableKeyRotation", "RotateKeyOnDemand"):
        assert root.refused(operation, KeyId=managed).code == "AccessDeniedException"
    now = made + 366 * 86_400
    assert rotate_due_keys(service.store, service.opened.store_keys, now) == 1
    assert [each["RotationType"] for each in root("ListKeyRotations", KeyId=managed)["Rotations"]] == ["AUTOMATIC"]
