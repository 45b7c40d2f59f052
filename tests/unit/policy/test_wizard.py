from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.policy.defaults import default_key_policy
from strongroom.policy.document import parse_key_policy
from strongroom.policy.wizard import Usage, WizardChoices, WizardKey, read_wizard_policy, wizard_policy

ACCOUNT = "111122223333"
ALICE = f"arn:aws:iam::{ACCOUNT}:user/Alice"
ADMIN = f"arn:aws:iam::{ACCOUNT}:role/ops/Admin"
OTHER = "444455556666"

WHOLE = """{
  "Version" : "2012-10-17",
  "Id" : "key-consolepolicy-3",
  "Statement" : [ {
    "Sid" : "Enable IAM User Permissions",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "arn:aws:iam::111122223333:root"
    },
    "Action" : "kms:*",
    "Resource" : "*"
  }, {
    "Sid" : "Allow access for Key Administrators",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "arn:aws:iam::111122223333:role/ops/Admin"
    },
    "Action" : [ "kms:Create*", "kms:Describe*", "kms:Enable*", "kms:List*", "kms:Put*", "kms:Update*", "kms:Revoke*", \
"kms:Disable*", "kms:Get*", "kms:Delete*", "kms:TagResource", "kms:UntagResource", "kms:ScheduleKeyDeletion", \
"kms:CancelKeyDeletion", "kms:RotateKeyOnDemand" ],
    "Resource" : "*"
  }, {
    "Sid" : "Allow use of the key",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : [ "arn:aws:iam::111122223333:user/Alice", "arn:aws:iam::444455556666:root" ]
    },
    "Action" : [ "kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey" ],
    "Resource" : "*"
  }, {
    "Sid" : "Allow attachment of persistent resources",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : [ "arn:aws:iam::111122223333:user/Alice", "arn:aws:iam::444455556666:root" ]
    },
    "Action" : [ "kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant" ],
    "Resource" : "*",
    "Condition" : {
      "Bool" : {
        "kms:GrantIsForAWSResource" : "true"
      }
    }
  } ]
}"""
CHOICES = WizardChoices(account_id=ACCOUNT, administrators=(ADMIN,), users=(ALICE,), other_accounts=(OTHER,))


def written(choices: WizardChoices) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(wizard_policy(choices))
    return document


def actions_of(choices: WizardChoices, sid: str) -> list[str]:
    (actions,) = (each["Action"] for each in written(choices)["Statement"] if each["Sid"] == sid)
    assert isinstance(actions, list)
    return actions


def test_the_whole_policy_is_as_aws_writes_it() -> None:
    assert wizard_policy(CHOICES) == WHOLE
    assert read_wizard_policy(WHOLE, ACCOUNT, WizardKey()) == CHOICES


def test_only_the_account_is_named_when_nobody_is_chosen() -> None:
    nobody = WizardChoices(account_id=ACCOUNT)
    default = json.loads(default_key_policy(ACCOUNT))
    assert written(nobody) == {**default, "Id": "key-consolepolicy-3"}
    assert read_wizard_policy(default_key_policy(ACCOUNT), ACCOUNT, WizardKey()) == nobody


ADMINISTRATION = [
    *("kms:Create*", "kms:Describe*", "kms:Enable*", "kms:List*", "kms:Put*", "kms:Update*", "kms:Revoke*"),
    *("kms:Disable*", "kms:Get*", "kms:Delete*"),
]
TAGGING = ["kms:TagResource", "kms:UntagResource"]
DELETION = ["kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion"]


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        (
            WizardChoices(account_id=ACCOUNT, administrators=(ADMIN,), administrators_may_delete=False),
            [*ADMINISTRATION, *TAGGING, "kms:RotateKeyOnDemand"],
        ),
        (
            WizardChoices(account_id=ACCOUNT, administrators=(ADMIN,), key=WizardKey(origin="EXTERNAL")),
            [*ADMINISTRATION, "kms:ImportKeyMaterial", *TAGGING, *DELETION, "kms:RotateKeyOnDemand"],
        ),
        (
            WizardChoices(
                account_id=ACCOUNT,
                administrators=(ADMIN,),
                key=WizardKey(key_spec="RSA_2048", key_usage="SIGN_VERIFY", multi_region=True),
            ),
            [*ADMINISTRATION, *TAGGING, *DELETION, "kms:ReplicateKey", "kms:UpdatePrimaryRegion"],
        ),
    ],
)
def test_what_administrators_may_do_depends_on_the_key(choices: WizardChoices, expected: list[str]) -> None:
    assert actions_of(choices, "Allow access for Key Administrators") == expected


@pytest.mark.parametrize(
    ("spec", "usage", "expected"),
    [
        (
            "SYMMETRIC_DEFAULT",
            "ENCRYPT_DECRYPT",
            "kms:Encrypt kms:Decrypt kms:ReEncrypt* kms:GenerateDataKey* kms:DescribeKey",
        ),
        ("RSA_4096", "ENCRYPT_DECRYPT", "kms:Encrypt kms:Decrypt kms:ReEncrypt* kms:DescribeKey kms:GetPublicKey"),
        ("ECC_NIST_P256", "SIGN_VERIFY", "kms:DescribeKey kms:GetPublicKey kms:Sign kms:Verify"),
        ("HMAC_256", "GENERATE_VERIFY_MAC", "kms:DescribeKey kms:GenerateMac kms:VerifyMac"),
        ("ECC_NIST_P384", "KEY_AGREEMENT", "kms:DescribeKey kms:GetPublicKey kms:DeriveSharedSecret"),
        (
            "ML_KEM_768",
            "ENCAPSULATE_DECAPSULATE",
            "kms:DescribeKey kms:GetPublicKey kms:Encapsulate kms:Decapsulate",
        ),
    ],
)
def test_what_users_may_do_depends_on_the_key(spec: str, usage: Usage, expected: str) -> None:
    choices = WizardChoices(account_id=ACCOUNT, users=(ALICE,), key=WizardKey(key_spec=spec, key_usage=usage))
    assert actions_of(choices, "Allow use of the key") == expected.split()
    sids = [each["Sid"] for each in written(choices)["Statement"]]
    assert ("Allow attachment of persistent resources" in sids) is (usage != "GENERATE_VERIFY_MAC")


NAMES = st.from_regex(r"[A-Za-z][\w+=,.@-]{0,15}", fullmatch=True).filter(str.isascii)
ARNS = st.builds(
    f"arn:aws:iam::{ACCOUNT}:{{}}/{{}}{{}}".format,
    st.sampled_from(["user", "role"]),
    st.sampled_from(["", "a/b/"]),
    NAMES,
)
DELETED = st.from_regex(r"\A(?:AIDA|AROA)[A-Z0-9]{17}\Z")
IDENTITIES = st.lists(ARNS | DELETED, unique=True, max_size=4).map(tuple)
ACCOUNTS = st.from_regex(r"\A[0-9]{12}\Z").filter(lambda text: text.isascii() and text != ACCOUNT)
KEYS: st.SearchStrategy[tuple[str, Usage]] = st.sampled_from(
    [
        ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"),
        ("RSA_2048", "ENCRYPT_DECRYPT"),
        ("RSA_2048", "SIGN_VERIFY"),
        ("HMAC_256", "GENERATE_VERIFY_MAC"),
        ("ECC_NIST_P256", "KEY_AGREEMENT"),
        ("ML_KEM_512", "ENCAPSULATE_DECAPSULATE"),
    ]
)


@st.composite
def all_choices(draw: st.DrawFn) -> WizardChoices:
    spec, usage = draw(KEYS)
    return WizardChoices(
        account_id=ACCOUNT,
        key=WizardKey(
            key_spec=spec,
            key_usage=usage,
            origin=draw(st.sampled_from(["AWS_KMS", "EXTERNAL", "AWS_CLOUDHSM"])),
            multi_region=draw(st.booleans()),
        ),
        administrators=draw(IDENTITIES),
        administrators_may_delete=draw(st.booleans()),
        users=draw(IDENTITIES),
        other_accounts=draw(st.lists(ACCOUNTS, unique=True, max_size=3).map(tuple)),
    )


def read_for(choices: WizardChoices, text: str) -> WizardChoices | None:
    return read_wizard_policy(text, choices.account_id, choices.key)


@given(all_choices())
def test_what_is_written_is_read_back(choices: WizardChoices) -> None:
    assert read_for(choices, wizard_policy(choices)) == choices


def meaning(value: object) -> object:
    match value:
        case {"Statement": list(statements), **rest}:
            return {**rest, "Id": None, "Statement": [meaning(each) for each in statements]}
        case {"Action": actions, "Principal": {"AWS": principals}, **rest}:
            return {**rest, "Action": as_set(actions), "AWS": as_set(principals)}
        case _:
            return value


def as_set(value: str | list[str]) -> set[str]:
    return {value} if isinstance(value, str) else set(value)


@given(all_choices(), st.data())
def test_what_is_read_is_written_with_the_same_meaning(choices: WizardChoices, data: st.DataObject) -> None:
    document = written(choices)
    for statement in document["Statement"]:
        for holder, name in ((statement, "Action"), (statement["Principal"], "AWS")):
            entries = [holder[name]] if isinstance(holder[name], str) else holder[name]
            holder[name] = data.draw(st.permutations(entries))
    dropped = data.draw(st.sets(st.sampled_from(range(len(document["Statement"])))))
    document["Statement"] = [each for index, each in enumerate(document["Statement"]) if index not in dropped]
    text = json.dumps(document)
    found = read_for(choices, text)
    if found is None:
        assert dropped
    else:
        assert meaning(written(found)) == meaning(json.loads(text))


@given(all_choices())
def test_what_is_written_is_a_key_policy(choices: WizardChoices) -> None:
    alive = [name for name in (*choices.administrators, *choices.users) if name.startswith("arn:")]
    if len(alive) == len(choices.administrators) + len(choices.users):
        document = parse_key_policy(wizard_policy(choices))
        assert set(alive) <= set(document.principal_arns())


def changed(**members: object) -> str:
    """The whole policy with members of its second statement replaced."""
    document = json.loads(WHOLE)
    document["Statement"][1].update(members)
    return json.dumps(document)


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "{}",
        '{"Version":"2012-10-17","Version":"2012-10-17"}',
        WHOLE.replace("key-consolepolicy-3", "mine"),
        WHOLE.replace("2012-10-17", "2008-10-17"),
        WHOLE.replace("Allow use of the key", "Use"),
        WHOLE.replace('"kms:*"', '"kms:Get*"'),
        WHOLE.replace(ACCOUNT, OTHER),
        WHOLE.replace(OTHER, ACCOUNT),
        WHOLE.replace('"true"', '"false"'),
        WHOLE.replace(', "kms:RotateKeyOnDemand"', ""),
        WHOLE.replace('"kms:CancelKeyDeletion", ', ""),
        changed(Effect="Deny"),
        changed(Resource="arn:aws:kms:us-east-1:111122223333:key/*"),
        changed(Condition={"Bool": {"aws:SecureTransport": "true"}}),
        changed(Condition={"Bool": {"aws:SecureTransport": ["true"]}}),
        changed(Principal="*"),
        changed(Principal={"AWS": "*"}),
        changed(Principal={"AWS": []}),
        changed(Principal={"Service": "sns.amazonaws.com"}),
        changed(Principal={"AWS": f"arn:aws:iam::{OTHER}:role/Admin"}),
        changed(NotAction="kms:Encrypt"),
        json.dumps({**json.loads(WHOLE), "Statement": [*json.loads(WHOLE)["Statement"], {"Sid": "More"}]}),
    ],
)
def test_other_policies_are_not_the_wizards(text: str) -> None:
    assert read_wizard_policy(text, ACCOUNT, WizardKey()) is None


def test_the_same_policy_is_not_the_wizards_for_another_kind_of_key() -> None:
    assert read_wizard_policy(WHOLE, ACCOUNT, WizardKey(key_spec="RSA_2048")) is None
    assert read_wizard_policy(WHOLE, ACCOUNT, WizardKey(multi_region=True)) is None
    assert read_wizard_policy(WHOLE, ACCOUNT, WizardKey(origin="EXTERNAL")) is None


@pytest.mark.parametrize(
    "members",
    [
        {"account_id": "1"},
        {"other_accounts": ("x",)},
        {"other_accounts": (ACCOUNT,)},
        {"other_accounts": (OTHER, OTHER)},
        {"administrators": (f"arn:aws:iam::{ACCOUNT}:root",)},
        {"administrators": (ALICE, ALICE)},
        {"users": (f"arn:aws:iam::{OTHER}:user/Bob",)},
        {"users": (f"arn:aws:iam::{ACCOUNT}:group/all",)},
        {"users": ("*",)},
    ],
)
def test_choices_that_the_wizard_does_not_offer(members: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="the wizard offers no such choice"):
        WizardChoices(**{"account_id": ACCOUNT, **members})
