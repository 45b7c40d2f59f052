"""Policy decides, for every operation: each permission that it needs is looked for and refused in AWS's words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
import pytest

from strongroom.api.kms import OPERATIONS
from strongroom.api.resolve import AliasTarget, CiphertextKey
from strongroom.model.arn import alias_arn
from strongroom.model.principal import Principal
from tests.support.in_process import ACCOUNT, OTHER_ACCOUNT, REGION, Caller, InProcess, Refused, allow, deny
from tests.support.refusals import HIDDEN, denied, no_key
from tests.support.samples import prepare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from strongroom.api.declare import Needs

ROOT: Final = f"arn:aws:iam::{ACCOUNT}:root"
OTHER_ROOT: Final = f"arn:aws:iam::{OTHER_ACCOUNT}:root"
EVERYTHING: Final = "kms:*"
UNMET: Final = {"Bool": {"aws:SecureTransport": "true"}}
MET: Final = {"Bool": {"aws:SecureTransport": "false"}}
ALICE: Final = Principal(
    type="IAMUser",
    account_id=ACCOUNT,
    arn=f"arn:aws:iam::{ACCOUNT}:user/Alice",
    principal_id="AIDAEXAMPLE",
    user_name="Alice",
)
SESSION: Final = Principal(
    type="AssumedRole",
    account_id=ACCOUNT,
    arn=f"arn:aws:sts::{ACCOUNT}:assumed-role/Clerk/morning",
    principal_id="AROAEXAMPLE:morning",
    role_arn=f"arn:aws:iam::{ACCOUNT}:role/Clerk",
)

# What each operation needs: action, what it is needed for, X where it may be used across accounts, and G where a grant
# may allow it.
# Source: AWS KMS Developer Guide, "AWS KMS permissions".
PERMISSIONS: Final = """
CancelKeyDeletion                   CancelKeyDeletion:key
Decapsulate                         Decapsulate:key:XG
DeleteImportedKeyMaterial           DeleteImportedKeyMaterial:key
DeriveSharedSecret                  DeriveSharedSecret:key:XG
DisableKeyRotation                  DisableKeyRotation:key
EnableKeyRotation                   EnableKeyRotation:key
Encapsulate                         Encapsulate:key:XG
GenerateDataKeyPair                 GenerateDataKeyPair:key:XG
GenerateDataKeyPairWithoutPlaintext GenerateDataKeyPairWithoutPlaintext:key:XG
GenerateMac                         GenerateMac:key:XG
GetKeyLastUsage                     GetKeyLastUsage:key
GetKeyRotationStatus                GetKeyRotationStatus:key:X
GetParametersForImport              GetParametersForImport:key
GetPublicKey                        GetPublicKey:key:XG
ImportKeyMaterial                   ImportKeyMaterial:key
ListKeyRotations                    ListKeyRotations:key
ReplicateKey                        ReplicateKey:key CreateKey:* TagResource:*
RotateKeyOnDemand                   RotateKeyOnDemand:key
Sign                                Sign:key:XG
UpdatePrimaryRegion                 UpdatePrimaryRegion:key UpdatePrimaryRegion:key
Verify                              Verify:key:XG
VerifyMac                           VerifyMac:key:XG
ConnectCustomKeyStore               ConnectCustomKeyStore:*
CreateCustomKeyStore                CreateCustomKeyStore:*
DeleteCustomKeyStore                DeleteCustomKeyStore:*
DescribeCustomKeyStores             DescribeCustomKeyStores:*
DisconnectCustomKeyStore            DisconnectCustomKeyStore:*
UpdateCustomKeyStore                UpdateCustomKeyStore:*
CreateAlias                         CreateAlias:alias CreateAlias:key
CreateGrant                         CreateGrant:key:XG
CreateKey                           CreateKey:* TagResource:*
Decrypt                             Decrypt:key:XG
DeleteAlias                         DeleteAlias:alias DeleteAlias:key
DescribeKey                         DescribeKey:key:XG
DisableKey                          DisableKey:key
EnableKey                           EnableKey:key
Encrypt                             Encrypt:key:XG
GenerateDataKey                     GenerateDataKey:key:XG
GenerateDataKeyWithoutPlaintext     GenerateDataKeyWithoutPlaintext:key:XG
GenerateRandom                      GenerateRandom:*
GetKeyPolicy                        GetKeyPolicy:key
ListAliases                         ListAliases:*
ListGrants                          ListGrants:key:X
ListKeyPolicies                     ListKeyPolicies:key
ListKeys                            ListKeys:*
ListResourceTags                    ListResourceTags:key
ListRetirableGrants                 ListRetirableGrants:principal
PutKeyPolicy                        PutKeyPolicy:key
ReEncrypt                           ReEncryptFrom:key:XG ReEncryptTo:key:XG
RetireGrant                         RetireGrant:grant:XG
RevokeGrant                         RevokeGrant:key:X
ScheduleKeyDeletion                 ScheduleKeyDeletion:key
TagResource                         TagResource:key
UntagResource                       UntagResource:key
UpdateAlias                         UpdateAlias:alias UpdateAlias:key UpdateAlias:key
UpdateKeyDescription                UpdateKeyDescription:key
"""


# Resources that are not keys; the tests of their operations ask for each.
OF_THEIR_OWN: Final = {"ListRetirableGrants": "principal", "RetireGrant": "grant"}


class Need(NamedTuple):
    """One need of an operation for a key: which of the request's keys, by number."""

    operation: str
    number: int
    needs: Needs

    @property
    def action(self) -> str:
        return self.needs.action


def keyed() -> Iterator[Need]:
    for name, operation in OPERATIONS.items():
        for number, needs in enumerate(each for each in operation.needs if each.key is not None):
            yield Need(name, number, needs)


def keyless() -> Iterator[Need]:
    for name, operation in OPERATIONS.items():
        for needs in operation.needs:
            if needs.key is None and needs.when is None and needs.resource is None:
                yield Need(name, 0, needs)


def named(need: Need) -> str:
    return f"{need.operation}-{need.action}-{need.number}"


def needs_more_than_keys(need: Need) -> bool:
    return any(needs.key is None and needs.when is None for needs in OPERATIONS[need.operation].needs)


every_need_of_a_key = pytest.mark.parametrize("need", list(keyed()), ids=named)
every_need_without_key = pytest.mark.parametrize("need", list(keyless()), ids=named)
needs_of_keys_alone = pytest.mark.parametrize(
    "need", [need for need in keyed() if not needs_more_than_keys(need)], ids=named
)
needs_that_may_be_foreign = pytest.mark.parametrize(
    "need", [need for need in keyed() if not isinstance(need.needs.key, AliasTarget)], ids=named
)
every_change = pytest.mark.parametrize("operation", [name for name, each in OPERATIONS.items() if each.changes])
every_named_key = pytest.mark.parametrize(
    ("operation", "member"),
    [
        (each.name, field.encode_name)
        for each in OPERATIONS.values()
        for field in msgspec.structs.fields(each.request)
        if field.encode_name in {"KeyId", "TargetKeyId", "SourceKeyId", "DestinationKeyId"}
    ],
)
crossing = pytest.mark.parametrize("need", [need for need in keyed() if need.needs.cross_account], ids=named)


@pytest.fixture
def service(shared_service: InProcess) -> InProcess:
    return shared_service


def spelled(needs: Needs) -> str:
    action = needs.action.removeprefix("kms:")
    what = "key" if needs.key is not None else OF_THEIR_OWN.get(action, "*")
    what = what if needs.alias is None else "alias"
    letters = f"{'X' if needs.cross_account else ''}{'G' if needs.grantable else ''}"
    return ":".join(filter(None, (action, what, letters)))


def test_each_operation_needs_what_aws_documents() -> None:
    declared = {name: [spelled(needs) for needs in operation.needs] for name, operation in OPERATIONS.items()}
    rows = [line.split() for line in PERMISSIONS.strip().splitlines()]
    assert declared == {name: needs for name, *needs in rows}


def by_ciphertext(need: Need, members: dict[str, object]) -> bool:
    key = need.needs.key
    return isinstance(key, CiphertextKey) and "SourceKeyId" not in members and "KeyId" not in members


def on_key(need: Need, members: dict[str, object], arn: str, rest: str, user: str = ROOT) -> Refused:
    """Say that a need is not met; a key found by a ciphertext is told of in other words."""
    if by_ciphertext(need, members):
        return denied(user, need.action, f"on the resource associated with this ciphertext {HIDDEN}")
    return denied(user, need.action, f"on resource: {arn} {rest}")


def missing_allow(need: Need) -> str:
    return f"because no resource-based policy allows the {need.action} action"


EXPLICIT_DENY: Final = "with an explicit deny in a resource-based policy"


@every_need_of_a_key
def test_a_policy_without_the_action_refuses(service: InProcess, root: Caller, need: Need) -> None:
    sample = prepare(root, need.operation)
    arn = sample.keys[need.number]
    service.write_policy(arn, {**allow(), "Action": ["kms:None"]}, {**other_actions(need)})
    assert root.refused(need.operation, **sample.members) == on_key(need, sample.members, arn, missing_allow(need))
    service.write_policy(arn, allow(action=need.action))
    root(need.operation, **sample.members)


def other_actions(need: Need) -> dict[str, object]:
    statement = allow()
    del statement["Action"]
    return {**statement, "NotAction": need.action}


@every_need_of_a_key
def test_a_deny_refuses_whatever_else_allows(service: InProcess, root: Caller, need: Need) -> None:
    sample = prepare(root, need.operation)
    arn = sample.keys[need.number]
    service.write_policy(arn, allow(), allow("*", "*"), deny(action=need.action))
    assert root.refused(need.operation, **sample.members) == on_key(need, sample.members, arn, EXPLICIT_DENY)
    service.write_policy(arn, allow(), deny(action="kms:Nothing"))
    root(need.operation, **sample.members)


@every_need_of_a_key
def test_an_allow_with_a_condition_never_allows(service: InProcess, root: Caller, need: Need) -> None:
    sample = prepare(root, need.operation)
    arn = sample.keys[need.number]
    service.write_policy(arn, allow(Condition=UNMET), allow("*", "*", Condition=UNMET))
    assert root.refused(need.operation, **sample.members) == on_key(need, sample.members, arn, missing_allow(need))


@every_need_of_a_key
def test_a_deny_with_a_condition_denies(service: InProcess, root: Caller, need: Need) -> None:
    sample = prepare(root, need.operation)
    arn = sample.keys[need.number]
    service.write_policy(arn, allow(), deny("*", need.action, Condition=MET))
    assert root.refused(need.operation, **sample.members) == on_key(need, sample.members, arn, EXPLICIT_DENY)


@every_need_of_a_key
def test_a_policy_of_nobody_lets_not_even_root_in(service: InProcess, root: Caller, need: Need) -> None:
    sample = prepare(root, need.operation)
    arn = sample.keys[need.number]
    service.write_policy(arn, allow(ALICE.arn))
    assert root.refused(need.operation, **sample.members) == on_key(need, sample.members, arn, missing_allow(need))


@needs_of_keys_alone
def test_whom_the_key_policy_names_needs_no_more(service: InProcess, root: Caller, need: Need) -> None:
    sample = prepare(root, need.operation)
    for arn in sample.keys:
        service.write_policy(arn, allow(ALICE.arn), allow(SESSION.role_arn or ""))
    if need.operation == "PutKeyPolicy":
        sample.members["BypassPolicyLockoutSafetyCheck"] = True
    service.as_principal(ALICE)(need.operation, **sample.members)


@needs_of_keys_alone
def test_delegation_to_the_account_needs_an_iam_policy(service: InProcess, root: Caller, need: Need) -> None:
    sample = prepare(root, need.operation)
    arn = sample.keys[need.number]
    for each in sample.keys:
        service.write_policy(each, allow(action=EVERYTHING) if each == arn else allow(SESSION.arn))
    refused = service.as_principal(SESSION).refused(need.operation, **sample.members)
    rest = f"because no identity-based policy allows the {need.action} action"
    if by_ciphertext(need, sample.members):
        assert refused == denied(SESSION.arn, need.action, f"on the resource associated with this ciphertext {rest}")
    else:
        assert refused == denied(SESSION.arn, need.action, f"on resource: {arn} {rest}")


@every_need_without_key
def test_without_an_iam_policy_what_has_no_key_is_refused(service: InProcess, root: Caller, need: Need) -> None:
    sample = prepare(root, need.operation)
    for arn in sample.keys:
        service.write_policy(arn, allow("*", "*"))
    resource = "*" if need.needs.alias is None else alias_arn(ACCOUNT, REGION, str(sample.members["AliasName"]))
    refused = service.as_principal(ALICE).refused(need.operation, **sample.members)
    rest = f"on resource: {resource} because no identity-based policy allows the {need.action} action"
    assert refused == denied(ALICE.arn, need.action, rest)


@needs_that_may_be_foreign
def test_across_accounts_only_what_aws_allows(service: InProcess, root: Caller, other: Caller, need: Need) -> None:
    sample = prepare(root, need.operation)
    if "AliasName" in sample.members:
        own = prepare(other, need.operation)
        sample.members["AliasName"] = own.members["AliasName"]
    for arn in sample.keys:
        service.write_policy(arn, allow(), allow(OTHER_ROOT))
    if need.needs.cross_account:
        other(need.operation, **sample.members)
    else:
        refused = other.refused(need.operation, **sample.members)
        assert refused == denied(OTHER_ROOT, need.action, f"on this resource {HIDDEN}")


@crossing
def test_across_accounts_the_key_policy_must_allow(service: InProcess, root: Caller, other: Caller, need: Need) -> None:
    sample = prepare(root, need.operation)
    for arn in sample.keys:
        service.write_policy(arn, allow(), allow(OTHER_ROOT))
    arn = sample.keys[need.number]
    service.write_policy(arn, allow(), {**other_actions(need), "Principal": {"AWS": OTHER_ROOT}})
    where = "on this resource"
    if by_ciphertext(need, sample.members):
        where = "on the resource associated with this ciphertext"
    refused = other.refused(need.operation, **sample.members)
    assert refused == denied(OTHER_ROOT, need.action, f"{where} {HIDDEN}")


@crossing
def test_across_accounts_the_callers_account_must_allow_too(
    service: InProcess, root: Caller, other: Caller, need: Need
) -> None:
    assert other
    sample = prepare(root, need.operation)
    arn = sample.keys[0]
    for each in sample.keys:
        service.write_policy(each, allow(), allow("*"))
    bob_arn = f"arn:aws:iam::{OTHER_ACCOUNT}:user/Bob"
    bob = Principal(type="IAMUser", account_id=OTHER_ACCOUNT, arn=bob_arn, principal_id="AIDABOB", user_name="Bob")
    refused = service.as_principal(bob).refused(need.operation, **sample.members)
    first = next(each for each in OPERATIONS[need.operation].needs if each.key is not None)
    where = f"on resource: {arn}"
    if by_ciphertext(need, sample.members):
        where = "on the resource associated with this ciphertext"
    rest = f"{where} because no identity-based policy allows the {first.action} action"
    assert refused == denied(bob_arn, first.action, rest)


@every_change
def test_what_is_refused_changes_nothing(service: InProcess, root: Caller, operation: str) -> None:
    sample = prepare(root, operation)
    for arn in sample.keys:
        service.write_policy(arn, allow(ALICE.arn))
    with service.store.read() as reader:
        before = reader.last_change()
    refused = service.as_principal(SESSION).refused(operation, **sample.members)
    assert refused.code == "AccessDeniedException"
    with service.store.read() as reader:
        assert reader.last_change() == before
    record = service.records[-1]
    assert (record["eventName"], record["errorCode"]) == (operation, "AccessDeniedException")
    assert record["errorMessage"] == refused.message
    assert record["responseElements"] is None


@every_named_key
def test_a_key_that_does_not_exist_is_told_before_the_policy(root: Caller, operation: str, member: str) -> None:
    sample = prepare(root, operation)
    arn = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/00000000-0000-4000-8000-000000000000"
    assert root.refused(operation, **{**sample.members, member: arn}) == no_key(arn)


def test_a_policy_put_through_the_service_decides(root: Caller, key: str) -> None:
    everything = json.dumps({"Statement": [allow()]})
    root("PutKeyPolicy", KeyId=key, Policy=json.dumps({"Statement": [allow(), deny(action="kms:TagResource")]}))
    tags = [{"TagKey": "a", "TagValue": "b"}]
    rest = f"on resource: {key} {EXPLICIT_DENY}"
    assert root.refused("TagResource", KeyId=key, Tags=tags) == denied(ROOT, "kms:TagResource", rest)
    root("PutKeyPolicy", KeyId=key, Policy=everything)
    root("TagResource", KeyId=key, Tags=tags)
