import json

import pytest

from strongroom.model.principal import Principal, root_principal
from strongroom.policy.defaults import default_key_policy
from strongroom.policy.document import parse_key_policy
from strongroom.policy.lockout import locks_out

ACCOUNT, OTHER = "111122223333", "444455556666"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ALICE = Principal(
    type="IAMUser", account_id=ACCOUNT, arn=f"arn:aws:iam::{ACCOUNT}:user/Alice", principal_id="AIDAEXAMPLE"
)
BOB_ARN = f"arn:aws:iam::{ACCOUNT}:user/Bob"
ALLOW = {"Effect": "Allow", "Principal": {"AWS": ALICE.arn}, "Action": "kms:*", "Resource": "*"}
CONDITION = {"Bool": {"aws:SecureTransport": "true"}}


@pytest.mark.parametrize("principal", [ALICE, root_principal(ACCOUNT)])
def test_the_default_policy_locks_nobody_out(principal: Principal) -> None:
    assert not locks_out(parse_key_policy(default_key_policy(ACCOUNT)), principal, KEY)


@pytest.mark.parametrize(
    ("statements", "locked_out"),
    [
        ([ALLOW], False),
        ([{**ALLOW, "Principal": {"AWS": ACCOUNT}}], False),
        ([{**ALLOW, "Action": "kms:Put*"}], False),
        ([{**ALLOW, "Resource": KEY}], False),
        ([{**ALLOW, "Principal": {"AWS": BOB_ARN}}], True),
        ([{**ALLOW, "Principal": {"AWS": OTHER}}], True),
        ([{**ALLOW, "Action": "kms:GetKeyPolicy"}], True),
        ([{**ALLOW, "Resource": KEY[:-1] + "c"}], True),
        ([{**ALLOW, "Condition": CONDITION}], True),
        ([ALLOW, {**ALLOW, "Effect": "Deny", "Action": "kms:PutKeyPolicy"}], True),
        ([ALLOW, {**ALLOW, "Effect": "Deny", "Principal": {"AWS": BOB_ARN}}], False),
    ],
)
def test_whether_the_author_may_write_again(statements: list[dict[str, object]], *, locked_out: bool) -> None:
    assert locks_out(parse_key_policy(json.dumps({"Statement": statements})), ALICE, KEY) is locked_out


def test_conditions_are_held_against_the_context() -> None:
    policy = json.dumps({"Statement": [{**ALLOW, "Condition": CONDITION}]})
    assert not locks_out(parse_key_policy(policy), ALICE, KEY, {"aws:securetransport": ("true",)})


def test_another_account_is_locked_out() -> None:
    policy = json.dumps({"Statement": {**ALLOW, "Principal": {"AWS": OTHER}}})
    assert locks_out(parse_key_policy(policy), root_principal(OTHER), KEY)
