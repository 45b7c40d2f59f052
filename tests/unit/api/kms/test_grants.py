"""CreateGrant and RevokeGrant, and what grants allow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from strongroom.api.kms import grants
from tests.support.in_process import ACCOUNT, OTHER_ACCOUNT, REGION, allow, deny, place_of
from tests.support.refusals import denied, invalid, no_key
from tests.unit.api.kms.people import EC2, INSTANCE, ROOT, aws_service, leave, may, session, user

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.in_process import Caller, InProcess
    from tests.unit.api.kms.people import Person

NO_GRANT: Final = "0" * 64
PAIR: Final = {"department": "payroll"}
MORE: Final = {**PAIR, "purpose": "backup"}


@pytest.fixture
def alice(service: InProcess) -> Person:
    return user(service, "alice")


@pytest.fixture
def clerk(service: InProcess) -> Person:
    return session(service, "Clerk")


def grant(owner: Caller, key: str, grantee: str, *operations: str, **members: Any) -> dict[str, Any]:  # noqa: ANN401
    return owner("CreateGrant", KeyId=key, GranteePrincipal=grantee, Operations=list(operations), **members)


def listed(owner: Caller, key: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = owner("ListGrants", KeyId=key)["Grants"]
    return found


def bad(text: str) -> tuple[str, str]:
    return "ValidationException", text


def no_principal(arn: str) -> tuple[str, str]:
    return "InvalidArnException", f"ARN does not refer to a valid principal: {arn}"


def may_not_make_grants(arn: str, key: str, what: str = "resource-based") -> tuple[str, str]:
    rest = f"on resource: {key} because no {what} policy allows the kms:CreateGrant action"
    return denied(arn, "kms:CreateGrant", rest)


def test_a_grant_is_listed_as_it_was_made(root: Caller, key: str, alice: Person, clerk: Person) -> None:
    made = grant(
        root,
        key,
        alice.arn,
        "Encrypt",
        "Decrypt",
        "Encrypt",
        RetiringPrincipal=clerk.arn,
        Name="a:/_-9",
        Constraints={"EncryptionContextSubset": PAIR},
    )
    assert made.keys() == {"GrantId", "GrantToken"}
    assert len(made["GrantId"]) == 64
    (entry,) = listed(root, key)
    assert entry.pop("CreationDate").year >= 2025
    assert entry == {
        "KeyId": key,
        "GrantId": made["GrantId"],
        "Name": "a:/_-9",
        "GranteePrincipal": alice.arn,
        "RetiringPrincipal": clerk.arn,
        "IssuingAccount": ROOT,
        "Operations": ["Encrypt", "Decrypt"],
        "Constraints": {"EncryptionContextSubset": PAIR},
    }


def test_what_was_left_out_is_not_listed(root: Caller, key: str) -> None:
    grant(root, key, ROOT, "DescribeKey", Constraints={})
    (entry,) = listed(root, key)
    assert entry["Name"] == ""
    assert not entry.keys() & {
        "RetiringPrincipal",
        "RetiringServicePrincipal",
        "GranteeServicePrincipal",
        "Constraints",
    }


def test_the_record_shows_the_grant_but_never_a_token(
    service: InProcess, root: Caller, key: str, alice: Person
) -> None:
    constraints = {"EncryptionContextEquals": PAIR}
    made = grant(root, key, alice.arn, "Decrypt", Name="n", RetiringPrincipal=ROOT, Constraints=constraints)
    record = service.records[-1]
    assert record["requestParameters"] == {
        "keyId": key,
        "granteePrincipal": alice.arn,
        "retiringPrincipal": ROOT,
        "operations": ["Decrypt"],
        "constraints": {"encryptionContextEquals": PAIR},
        "name": "n",
    }
    assert record["responseElements"] == {"grantId": made["GrantId"], "keyId": key}
    assert made["GrantToken"] not in str(record)
    root("RevokeGrant", KeyId=key, GrantId=made["GrantId"])
    record = service.records[-1]
    assert record["requestParameters"] == {"keyId": key, "grantId": made["GrantId"]}
    assert record["responseElements"] == {"keyId": key}


@pytest.mark.parametrize("make", [user, session])
def test_a_grant_allows_its_operations_at_once_and_until_it_is_revoked(
    service: InProcess, root: Caller, key: str, make: Callable[..., Person]
) -> None:
    someone = make(service, "Someone")
    blob = root("Encrypt", KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    assert someone.refused("Decrypt", CiphertextBlob=blob, KeyId=key).code == "AccessDeniedException"
    made = grant(root, key, someone.arn, "Decrypt", "DescribeKey")
    assert someone("Decrypt", CiphertextBlob=blob)["Plaintext"] == b"x"
    assert someone("DescribeKey", KeyId=key)
    assert someone.refused("Encrypt", KeyId=key, Plaintext=b"x").code == "AccessDeniedException"
    assert someone.refused("Decrypt", CiphertextBlob=root_blob(root)).code == "AccessDeniedException"
    root("RevokeGrant", KeyId=key, GrantId=made["GrantId"])
    assert someone.refused("Decrypt", CiphertextBlob=blob).code == "AccessDeniedException"
    assert listed(root, key) == []


def root_blob(root: Caller) -> bytes:
    blob: bytes = root("Encrypt", KeyId=root.key(), Plaintext=b"x")["CiphertextBlob"]
    return blob


def test_a_grant_to_one_session_is_not_for_the_role(root: Caller, key: str, clerk: Person) -> None:
    grant(root, key, f"arn:aws:sts::{ACCOUNT}:assumed-role/Clerk/evening", "DescribeKey")
    assert clerk.refused("DescribeKey", KeyId=key).code == "AccessDeniedException"
    morning = f"arn:aws:sts::{ACCOUNT}:assumed-role/Clerk/morning"
    grant(root, key, morning, "DescribeKey")
    assert clerk("DescribeKey", KeyId=key)
    assert {each["GranteePrincipal"].rpartition("/")[2] for each in listed(root, key)} == {"evening", "morning"}


def test_a_grant_to_an_account_is_for_whom_its_policies_let(service: InProcess, root: Caller, key: str) -> None:
    service.write_policy(key, allow(action="kms:CreateGrant"))
    grant(root, key, ROOT, "DescribeKey")
    assert root("DescribeKey", KeyId=key)
    assert user(service, "let", may("kms:DescribeKey"))("DescribeKey", KeyId=key)
    assert user(service, "other").refused("DescribeKey", KeyId=key).code == "AccessDeniedException"


def test_a_deny_beats_a_grant(service: InProcess, root: Caller, key: str, alice: Person) -> None:
    grant(root, key, alice.arn, "DescribeKey")
    barred = user(service, "barred", may("kms:DescribeKey", effect="Deny"))
    grant(root, key, barred.arn, "DescribeKey")
    assert barred.refused("DescribeKey", KeyId=key).code == "AccessDeniedException"
    assert alice("DescribeKey", KeyId=key)
    service.write_policy(key, allow(), deny("*", "kms:DescribeKey"))
    assert alice.refused("DescribeKey", KeyId=key).code == "AccessDeniedException"


def test_constraints_bind_the_encryption_context(root: Caller, key: str, alice: Person) -> None:
    def decides(context: dict[str, str] | None) -> bool:
        members = {} if context is None else {"EncryptionContext": context}
        blob = root("Encrypt", KeyId=key, Plaintext=b"x", **members)["CiphertextBlob"]
        try:
            return bool(alice("Decrypt", CiphertextBlob=blob, **members))
        except alice.client.exceptions.ClientError:
            return False

    made = grant(root, key, alice.arn, "Decrypt", "DescribeKey", Constraints={"EncryptionContextEquals": PAIR})
    assert [decides(each) for each in (PAIR, MORE, None, {"department": "Payroll"})] == [True, False, False, False]
    root("RevokeGrant", KeyId=key, GrantId=made["GrantId"])
    grant(root, key, alice.arn, "Decrypt", "DescribeKey", Constraints={"EncryptionContextSubset": PAIR})
    assert [decides(each) for each in (PAIR, MORE, None, {"purpose": "backup"})] == [True, True, False, False]
    # The constraint does not apply where there is no context.
    assert alice("DescribeKey", KeyId=key)


def test_a_repeat_under_the_same_name_gives_the_same_grant(root: Caller, key: str, alice: Person) -> None:
    constraints = {"EncryptionContextEquals": MORE}
    members: dict[str, Any] = {"Name": "n", "RetiringPrincipal": ROOT, "Constraints": constraints}
    first = grant(root, key, alice.arn, "Decrypt", "Encrypt", **members)
    again = grant(root, key, alice.arn, "Encrypt", "Decrypt", **members)
    assert again["GrantId"] == first["GrantId"]
    assert again["GrantToken"] != first["GrantToken"]
    others = [
        grant(root, key, ROOT, "Decrypt", "Encrypt", **members),
        grant(root, key, alice.arn, "Decrypt", **members),
        grant(root, key, alice.arn, "Decrypt", "Encrypt", **{**members, "Name": "N"}),
        grant(root, key, alice.arn, "Decrypt", "Encrypt", Name="n", Constraints=constraints),
        grant(root, key, alice.arn, "Decrypt", "Encrypt", **{**members, "Constraints": {}}),
        grant(root, root.key(), alice.arn, "Decrypt", "Encrypt", **members),
    ]
    assert len({first["GrantId"], *(each["GrantId"] for each in others)}) == 7


def test_without_a_name_each_call_makes_another_grant(root: Caller, key: str, alice: Person) -> None:
    assert grant(root, key, alice.arn, "Decrypt")["GrantId"] != grant(root, key, alice.arn, "Decrypt")["GrantId"]


@pytest.mark.parametrize(
    ("members", "refused"),
    [
        ({}, bad("You must specify either GranteePrincipal or GranteeServicePrincipal, but not both.")),
        (
            {"GranteePrincipal": ROOT, "GranteeServicePrincipal": EC2},
            bad("You must specify either GranteePrincipal or GranteeServicePrincipal, but not both."),
        ),
        (
            {"GranteePrincipal": ROOT, "RetiringPrincipal": ROOT, "RetiringServicePrincipal": EC2},
            bad("You can specify either RetiringPrincipal or RetiringServicePrincipal, but not both."),
        ),
        (
            {"GranteeServicePrincipal": EC2, "RetiringPrincipal": ROOT},
            bad("When you specify a GranteeServicePrincipal, you must also specify a SourceArn constraint."),
        ),
        (
            {
                "GranteeServicePrincipal": EC2,
                "RetiringPrincipal": ROOT,
                "Constraints": {"EncryptionContextEquals": PAIR},
            },
            bad("When you specify a GranteeServicePrincipal, you must also specify a SourceArn constraint."),
        ),
        (
            {"GranteeServicePrincipal": EC2, "Constraints": {"SourceArn": INSTANCE}},
            bad(
                "When you specify a GranteeServicePrincipal, you must also specify either a RetiringPrincipal or a "
                "RetiringServicePrincipal."
            ),
        ),
        (
            {"GranteePrincipal": ROOT, "Operations": []},
            invalid([], "operations", "Member must have length greater than or equal to 1"),
        ),
        (
            {"GranteePrincipal": ROOT, "Operations": ["CreateGrant", "CreateGrant"]},
            bad("Grants must not contain only the CreateGrant operation."),
        ),
        (
            {
                "GranteePrincipal": ROOT,
                "Constraints": {"EncryptionContextEquals": PAIR, "EncryptionContextSubset": PAIR},
            },
            bad(
                "You can specify either EncryptionContextEquals or EncryptionContextSubset in Constraints, but not "
                "both."
            ),
        ),
        (
            {"GranteePrincipal": ROOT, "Constraints": {"EncryptionContextSubset": {}}},
            bad("EncryptionContextSubset must have at least one encryption context pair."),
        ),
        (
            {"GranteePrincipal": ROOT, "Constraints": {"EncryptionContextEquals": {str(n): "" for n in range(9)}}},
            bad("A grant constraint can have up to 8 encryption context pairs."),
        ),
        (
            {"GranteePrincipal": ROOT, "Constraints": {"EncryptionContextSubset": {"a": "€" * 385}}},
            bad("An encryption context value in a grant constraint can have up to 384 characters."),
        ),
        (
            {"GranteePrincipal": "a b"},
            invalid("a b", "granteePrincipal", r"Member must satisfy regular expression pattern: ^[\w+=,.@:/-]+$"),
        ),
        *(
            ({"GranteePrincipal": name}, no_principal(name))
            for name in (
                ACCOUNT,
                f"{ACCOUNT}:root",
                f"arn:aws:iam::{ACCOUNT}",
                f"arn:aws:iam::{ACCOUNT}:user/nobody",
                f"arn:aws:iam::{ACCOUNT}:group/all",
                f"arn:aws:iam::{OTHER_ACCOUNT}:root",
                "AIDAEXAMPLE",
                EC2,
            )
        ),
        (
            {"GranteePrincipal": ROOT, "RetiringPrincipal": f"arn:aws:iam::{ACCOUNT}:role/Nobody"},
            no_principal(f"arn:aws:iam::{ACCOUNT}:role/Nobody"),
        ),
        (
            {"GranteePrincipal": ROOT, "RetiringServicePrincipal": EC2},
            bad(f"{EC2} is not a valid service principal."),
        ),
    ],
)
def test_grants_that_cannot_be_made(root: Caller, key: str, members: dict[str, Any], refused: tuple[str, str]) -> None:
    assert root.refused("CreateGrant", **{"KeyId": key, "Operations": ["Decrypt"], **members}) == refused
    assert listed(root, key) == []


def test_constraints_at_their_limits(root: Caller, key: str) -> None:
    pairs = {str(number): "€" * 384 for number in range(8)}
    limits: list[dict[str, Any]] = [
        {"EncryptionContextEquals": pairs},
        {"EncryptionContextEquals": {}, "SourceArn": INSTANCE},
    ]
    for name, constraints in zip("ab", limits, strict=True):
        grant(root, key, ROOT, "Decrypt", Constraints=constraints, Name=name)
    assert {each["Name"]: each["Constraints"] for each in listed(root, key)} == dict(zip("ab", limits, strict=True))


COMMON: Final = ["CreateGrant", "DescribeKey", "RetireGrant"]


@pytest.mark.parametrize(
    ("spec", "usage", "possible", "impossible"),
    [
        (
            "SYMMETRIC_DEFAULT",
            "ENCRYPT_DECRYPT",
            [
                "Decrypt",
                "Encrypt",
                "GenerateDataKey",
                "GenerateDataKeyPair",
                "GenerateDataKeyPairWithoutPlaintext",
                "GenerateDataKeyWithoutPlaintext",
                "ReEncryptFrom",
                "ReEncryptTo",
            ],
            ["GetPublicKey", "Sign"],
        ),
        (
            "RSA_2048",
            "ENCRYPT_DECRYPT",
            ["Decrypt", "Encrypt", "GetPublicKey", "ReEncryptFrom", "ReEncryptTo"],
            ["GenerateDataKey", "Verify"],
        ),
        ("RSA_2048", "SIGN_VERIFY", ["GetPublicKey", "Sign", "Verify"], ["Decrypt", "GenerateMac"]),
        ("HMAC_256", "GENERATE_VERIFY_MAC", ["GenerateMac", "VerifyMac"], ["GetPublicKey", "Sign"]),
        ("ECC_NIST_P256", "KEY_AGREEMENT", ["DeriveSharedSecret", "GetPublicKey"], ["Encapsulate", "Sign"]),
        (
            "ML_KEM_768",
            "ENCAPSULATE_DECAPSULATE",
            ["Decapsulate", "Encapsulate", "GetPublicKey"],
            ["Decrypt", "DeriveSharedSecret"],
        ),
    ],
)
def test_operations_must_fit_the_key(  # noqa: PLR0913, PLR0917 - a row of the table
    service: InProcess, root: Caller, key: str, spec: str, usage: str, possible: list[str], impossible: list[str]
) -> None:
    service.write(key, key_spec=spec, key_usage=usage)
    grant(root, key, ROOT, *possible, *COMMON)
    refused = root.refused("CreateGrant", KeyId=key, GranteePrincipal=ROOT, Operations=[*impossible, *COMMON])
    assert refused == bad(
        f"The operations [{', '.join(impossible)}] are not supported by {key}, whose key spec is {spec} and key usage "
        f"is {usage}."
    )
    context = {"Constraints": {"EncryptionContextEquals": PAIR}}
    if spec == "SYMMETRIC_DEFAULT":
        grant(root, key, ROOT, *possible, **context)
        return
    assert root.refused("CreateGrant", KeyId=key, GranteePrincipal=ROOT, Operations=possible, **context) == bad(
        f"{key} key spec is {spec}, which does not support encryption context grant constraints."
    )
    grant(root, key, ROOT, *possible, Constraints={"SourceArn": INSTANCE})


@pytest.mark.parametrize(
    ("state", "refused"),
    [
        ("Disabled", ("DisabledException", "{} is disabled.")),
        ("PendingDeletion", ("KMSInvalidStateException", "{} is pending deletion.")),
        ("PendingImport", ("KMSInvalidStateException", "{} is pending import.")),
        ("Creating", ("KMSInvalidStateException", "{} is creating.")),
        ("Unavailable", None),
        ("Updating", None),
    ],
)
def test_states_in_which_grants_are_made_and_ended(
    service: InProcess, root: Caller, key: str, state: str, refused: tuple[str, str] | None
) -> None:
    made = [grant(root, key, ROOT, "Decrypt")["GrantId"] for _ in range(2)]
    service.write(key, state=state)
    if refused is None:
        grant(root, key, ROOT, "Decrypt", Name="new")
    else:
        found = root.refused("CreateGrant", KeyId=key, GranteePrincipal=ROOT, Operations=["Decrypt"])
        assert found == (refused[0], refused[1].format(key))
    root("RevokeGrant", KeyId=key, GrantId=made[0])
    root("RetireGrant", KeyId=key, GrantId=made[1])
    assert [each["Name"] for each in listed(root, key)] == ([] if refused else ["new"])


def test_the_quota_is_per_key_and_not_of_managed_keys(
    service: InProcess, root: Caller, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grants, "GRANTS_PER_KEY", 2)
    members = {"GranteePrincipal": ROOT, "Operations": ["Decrypt"]}
    for name in ("a", "b"):
        root("CreateGrant", KeyId=key, Name=name, **members)
    limit = ("LimitExceededException", "A KMS key cannot have more than 2 grants.")
    assert root.refused("CreateGrant", KeyId=key, **members) == limit
    root("CreateGrant", KeyId=key, Name="a", **members)
    root("CreateGrant", KeyId=root.key(), **members)
    service.write(key, manager="AWS")
    root("CreateGrant", KeyId=key, **members)


def test_the_quota_of_one_grantee(root: Caller, key: str, alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grants, "GRANTS_PER_GRANTEE", 2)
    for operation in ("Encrypt", "Decrypt"):
        grant(root, key, alice.arn, operation)
    members = {"KeyId": key, "Operations": ["DescribeKey"]}
    limit = ("LimitExceededException", "A KMS key cannot have more than 2 grants for one grantee.")
    assert root.refused("CreateGrant", GranteePrincipal=alice.arn, **members) == limit
    root("CreateGrant", GranteePrincipal=ROOT, **members)


def test_a_dry_run_changes_nothing(root: Caller, key: str, alice: Person) -> None:
    would = ("DryRunOperationException", "The request would have succeeded, but the DryRun option is set.")
    made = grant(root, key, alice.arn, "Decrypt")["GrantId"]
    members = {"KeyId": key, "GranteePrincipal": alice.arn, "Operations": ["Encrypt"], "DryRun": True}
    assert root.refused("CreateGrant", **members) == would
    assert alice.refused("CreateGrant", **members) == may_not_make_grants(alice.arn, key, "identity-based")
    for operation in ("RevokeGrant", "RetireGrant"):
        assert root.refused(operation, KeyId=key, GrantId=made, DryRun=True) == would
    assert [each["GrantId"] for each in listed(root, key)] == [made]


@pytest.mark.parametrize("operation", ["RevokeGrant", "RetireGrant"])
def test_a_grant_that_is_not_there(root: Caller, key: str, operation: str) -> None:
    made = grant(root, root.key(), ROOT, "Decrypt")["GrantId"]
    for grant_id in (NO_GRANT, made):
        refused = root.refused(operation, KeyId=key, GrantId=grant_id)
        assert refused == ("NotFoundException", f"Grant ID {grant_id} not found")
    for grant_id in ("x", "0" * 63, "A" * 64, "0" * 65):
        assert root.refused(operation, KeyId=key, GrantId=grant_id) == ("InvalidGrantIdException", "Invalid grant id")


def test_a_key_is_named_by_id_or_arn_only(root: Caller, key: str) -> None:
    root("CreateAlias", AliasName="alias/a", TargetKeyId=key)
    members = {"GranteePrincipal": ROOT, "Operations": ["Decrypt"]}
    made = root("CreateGrant", KeyId=place_of(key).key_id, **members)["GrantId"]
    root("RevokeGrant", KeyId=place_of(key).key_id, GrantId=made)
    for operation, more in (("CreateGrant", members), ("RevokeGrant", {"GrantId": made}), ("ListGrants", {})):
        refused = root.refused(operation, KeyId="alias/a", **more)
        assert refused == ("NotFoundException", "Invalid keyId 'alias/a'")


def test_the_grantee_is_a_person_and_not_a_name(service: InProcess, root: Caller, key: str, alice: Person) -> None:
    made = grant(root, key, alice.arn, "DescribeKey", RetiringPrincipal=alice.arn)["GrantId"]
    leave(service, alice)
    namesake = user(service, "alice")
    assert namesake.arn == alice.arn
    assert namesake.refused("DescribeKey", KeyId=key).code == "AccessDeniedException"
    assert namesake.refused("RetireGrant", KeyId=key, GrantId=made).code == "AccessDeniedException"
    (entry,) = listed(root, key)
    assert entry["GranteePrincipal"] == entry["RetiringPrincipal"] == alice.unique_id


def test_a_grantee_that_may_make_grants_only_passes_on_what_it_has(
    service: InProcess, root: Caller, key: str, alice: Person
) -> None:
    bob = user(service, "bob")
    grant(root, key, alice.arn, "CreateGrant", "Decrypt", "DescribeKey", Constraints={"EncryptionContextSubset": PAIR})
    stricter: tuple[dict[str, Any], ...] = (
        {"EncryptionContextSubset": PAIR},
        {"EncryptionContextSubset": MORE},
        {"EncryptionContextEquals": MORE},
    )
    for constraints in stricter:
        grant(alice, key, bob.arn, "Decrypt", Constraints=constraints)
    looser: list[tuple[list[str], dict[str, Any], str]] = [
        (["Encrypt"], {"EncryptionContextSubset": PAIR}, "resource-based"),
        (["Decrypt", "Encrypt"], {"EncryptionContextSubset": PAIR}, "resource-based"),
        # These the parent does not cover at all.
        (["Decrypt"], {}, "identity-based"),
        (["Decrypt"], {"EncryptionContextSubset": {"purpose": "backup"}}, "identity-based"),
        (["Decrypt"], {"SourceArn": INSTANCE}, "identity-based"),
    ]
    for operations, constraints, what in looser:
        members = {"GranteePrincipal": bob.arn, "Operations": operations, "Constraints": constraints}
        assert alice.refused("CreateGrant", KeyId=key, **members) == may_not_make_grants(alice.arn, key, what)
    assert len(listed(root, key)) == 4


def test_one_parent_must_cover_the_whole_child(service: InProcess, root: Caller, key: str, alice: Person) -> None:
    bob = user(service, "bob")
    for operation in ("Decrypt", "Encrypt"):
        grant(root, key, alice.arn, "CreateGrant", operation)
        grant(alice, key, bob.arn, operation)
    members = {"GranteePrincipal": bob.arn, "Operations": ["Decrypt", "Encrypt"]}
    assert alice.refused("CreateGrant", KeyId=key, **members) == may_not_make_grants(alice.arn, key)


def test_whom_a_policy_lets_make_grants_may_give_anything(service: InProcess, root: Caller, key: str) -> None:
    maker = user(service, "maker", may("kms:CreateGrant"))
    grant(root, key, maker.arn, "CreateGrant", "Decrypt")
    grant(maker, key, maker.arn, "Encrypt")
    assert maker("Encrypt", KeyId=key, Plaintext=b"x")


def test_grants_across_accounts(service: InProcess, root: Caller, other: Caller, key: str) -> None:
    carol = user(service, "carol", account_id=OTHER_ACCOUNT)
    dave = user(service, "dave", may("kms:DescribeKey"), account_id=OTHER_ACCOUNT)
    for each in (carol, dave):
        grant(root, key, each.arn, "DescribeKey")
    assert dave("DescribeKey", KeyId=key)
    assert carol.refused("DescribeKey", KeyId=key).code == "AccessDeniedException"
    service.write_policy(key, allow(), allow(f"arn:aws:iam::{OTHER_ACCOUNT}:root", "kms:*"))
    grant(other, key, carol.arn, "DescribeKey")
    assert carol("DescribeKey", KeyId=key)
    assert [each["IssuingAccount"] for each in listed(root, key)].count(f"arn:aws:iam::{OTHER_ACCOUNT}:root") == 1
    assert other("ListGrants", KeyId=key) == root("ListGrants", KeyId=key)
    gone = key.replace(place_of(key).key_id, "00000000-0000-4000-8000-000000000000")
    assert root.refused("ListGrants", KeyId=gone) == no_key(gone)


def test_a_grant_to_a_service_is_for_its_resource(service: InProcess, root: Caller, key: str) -> None:
    ec2 = aws_service(service)
    made = root(
        "CreateGrant",
        KeyId=key,
        GranteeServicePrincipal=EC2,
        RetiringServicePrincipal=EC2,
        Operations=["GenerateDataKey", "DescribeKey"],
        Constraints={"SourceArn": INSTANCE},
    )
    (entry,) = listed(root, key)
    assert (entry["GranteeServicePrincipal"], entry["RetiringServicePrincipal"]) == (EC2, EC2)
    assert not entry.keys() & {"GranteePrincipal", "RetiringPrincipal"}
    assert ec2("GenerateDataKey", KeyId=key, KeySpec="AES_256")
    elsewhere = aws_service(service, source_arn=INSTANCE.replace("i-0", "i-1"))
    for operation, members in (("GenerateDataKey", {"KeySpec": "AES_256"}), ("DescribeKey", {})):
        assert elsewhere.refused(operation, KeyId=key, **members).code == "AccessDeniedException"
    root("RevokeGrant", KeyId=key, GrantId=made["GrantId"])
    assert ec2.refused("GenerateDataKey", KeyId=key, KeySpec="AES_256").code == "AccessDeniedException"


def test_a_service_makes_grants_for_the_account_of_the_key(service: InProcess, root: Caller, key: str) -> None:
    ec2 = aws_service(service)
    service.write_policy(key, allow(), {**allow(action="kms:CreateGrant"), "Principal": {"Service": EC2}})
    grant(ec2, key, ROOT, "Decrypt")
    (entry,) = listed(root, key)
    assert entry["IssuingAccount"] == ROOT


@pytest.mark.parametrize(
    ("condition", "let", "refused"),
    [
        (
            {"ForAllValues:StringEquals": {"kms:GrantOperations": ["Decrypt", "DescribeKey"]}},
            {},
            {"Operations": ["Decrypt", "Encrypt"]},
        ),
        (
            {"StringEquals": {"kms:GranteePrincipal": ROOT}},
            {},
            {"GranteePrincipal": f"arn:aws:iam::{ACCOUNT}:user/alice"},
        ),
        ({"StringEquals": {"kms:RetiringPrincipal": ROOT}}, {"RetiringPrincipal": ROOT}, {}),
        (
            {"StringEquals": {"kms:GrantConstraintType": "EncryptionContextEquals"}},
            {"Constraints": {"EncryptionContextEquals": PAIR}},
            {"Constraints": {"EncryptionContextSubset": PAIR}},
        ),
        (
            {"ArnLike": {"kms:GrantConstraintSourceArn": "arn:aws:ec2:*:*:instance/*"}},
            {"Constraints": {"SourceArn": INSTANCE}},
            {"Constraints": {"SourceArn": INSTANCE.replace("ec2", "rds")}},
        ),
        (
            {"StringEquals": {"kms:EncryptionContext:department": "payroll"}},
            {"Constraints": {"EncryptionContextSubset": MORE}},
            {"Constraints": {"EncryptionContextSubset": {"department": "sales"}}},
        ),
        (
            {"ForAnyValue:StringEquals": {"kms:EncryptionContextKeys": "purpose"}},
            {"Constraints": {"EncryptionContextEquals": MORE}},
            {"Constraints": {"EncryptionContextEquals": PAIR}},
        ),
        ({"Bool": {"kms:GrantIsForAWSResource": "false"}}, {}, None),
    ],
)
def test_conditions_on_making_grants(  # noqa: PLR0913, PLR0917 - a row of the table
    service: InProcess,
    root: Caller,
    key: str,
    condition: dict[str, Any],
    let: dict[str, Any],
    refused: dict[str, Any] | None,
) -> None:
    service.write_policy(key, allow(action="kms:CreateGrant", Condition=condition))
    members = {"KeyId": key, "GranteePrincipal": ROOT, "Operations": ["Decrypt"]}
    root("CreateGrant", **{**members, **let})
    if refused is not None:
        assert root.refused("CreateGrant", **{**members, **refused}) == may_not_make_grants(ROOT, key)


def test_grants_live_in_their_region(service: InProcess, root: Caller, key: str) -> None:
    made = grant(root, key, ROOT, "Decrypt")["GrantId"]
    elsewhere = service.root("eu-central-1")
    for operation in ("RevokeGrant", "RetireGrant"):
        refused = elsewhere.refused(operation, KeyId=key, GrantId=made)
        assert refused == ("NotFoundException", f"Invalid arn {REGION}")
    assert listed(root, key)
