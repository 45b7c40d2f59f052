from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import pytest

from tests.support.in_process import ACCOUNT, InProcess, allow, deny, policy

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.support.in_process import Template
    from tests.unit.cli.conftest import Run

ALICE: Final = f"arn:aws:iam::{ACCOUNT}:user/alice"
BOB: Final = f"arn:aws:iam::{ACCOUNT}:user/bob"


class Made:
    """An installation with a key, two users and a grant."""

    def __init__(self, folder: Path, template: Template) -> None:
        self.data = folder / "made"
        with InProcess(self.data, template) as service:
            root = service.root()
            service.new_user("alice")
            service.new_user("bob")
            self.key = root.key()
            team = {"StringEquals": {"kms:EncryptionContext:Team": "payments"}}
            statements = (
                allow(action=["kms:Put*", "kms:Create*", "kms:Describe*"]),
                allow(ALICE, "kms:Decrypt", Sid="Use", Condition=team),
                allow(ALICE, "kms:Encrypt", Condition={"ForAllValues:StringEquals": {"aws:CalledVia": ["a", "b"]}}),
                {**deny(BOB), "Sid": "NotBob"},
            )
            root("PutKeyPolicy", KeyId=self.key, Policy=policy(*statements))
            root("CreateAlias", AliasName="alias/x", TargetKeyId=self.key)
            self.grant = root(
                "CreateGrant",
                KeyId=self.key,
                GranteePrincipal=ALICE,
                Operations=["Encrypt"],
                Name="backup",
                Constraints={"EncryptionContextSubset": {"a": "b"}},
            )["GrantId"]

    def flags(self, *flags: str, principal: str = ALICE, action: str = "kms:Decrypt") -> Sequence[str]:
        named = ("--principal", principal, "--action", action, "--key", "alias/x", "--data", str(self.data))
        return ("explain", *named, *flags)


@pytest.fixture
def made(tmp_path: Path, template: Template) -> Made:
    return Made(tmp_path, template)


def test_a_refusal_is_explained(run: Run, made: Made) -> None:
    done = run(*made.flags())
    assert (done.code, done.err) == (0, "")
    condition = 'its condition StringEquals kms:EncryptionContext:Team "payments" does not hold'
    missing = "the request has no kms:EncryptionContext:Team"
    assert done.out.splitlines() == [
        f"Denied: kms:Decrypt on {made.key} by {ALICE}",
        (
            f"because neither the key policy nor a grant allows kms:Decrypt to {ALICE} "
            f"or lets its account {ACCOUNT} decide."
        ),
        "",
        "What would have to change:",
        (
            "  - statement 0, line 3, of the key policy would let the account decide, "
            'but its Action is "kms:Put*", "kms:Create*" and "kms:Describe*", not kms:Decrypt'
        ),
        f'  - statement 1 ("Use"), line 10, of the key policy would allow it, but {condition}: {missing}',
        '  - statement 2, line 23, of the key policy would allow it, but its Action is "kms:Encrypt", not kms:Decrypt',
        (
            f"  - allow kms:Decrypt to {ALICE} in the policy of {made.key}, make a grant, "
            f"or let account {ACCOUNT} decide there and allow it by an IAM policy"
        ),
        "",
        "The key policy",
        "  0, line 3, Allow: did not match",
        '      its Action is "kms:Put*", "kms:Create*" and "kms:Describe*", not kms:Decrypt',
        '  1 ("Use"), line 10, Allow: did not match',
        f"      {condition}: {missing}",
        "  2, line 23, Allow: did not match",
        '      its Action is "kms:Encrypt", not kms:Decrypt',
        '  3 ("NotBob"), line 35, Deny: did not match',
        f'      it names "{BOB}", and not {ALICE}',
        "",
        "Grants",
        f'  {made.grant} ("backup"), to {ALICE}: did not match',
        '      its operations are "Encrypt", not Decrypt',
        '      its constraint is the encryption context subset {"a":"b"}; it is {}',
        "",
        "Asked for and not there (see --context): kms:EncryptionContext:Team",
    ]


def test_what_is_allowed_is_explained_too(run: Run, made: Made) -> None:
    done = run(*made.flags("--encryption-context", "Team=payments"))
    assert done.out.startswith(
        f"Allowed: kms:Decrypt on {made.key} by {ALICE}\n"
        f'because statement 1 ("Use"), line 10, of the key policy allows kms:Decrypt to {ALICE}.\n\nThe key policy\n'
    )
    assert "What would have to change" not in done.out


def test_as_json(run: Run, made: Made) -> None:
    printed = run(*made.flags("--json", "--context", "kms:EncryptionContext:Team=payments")).json()
    assert set(printed) == {"principal", "action", "resource", "explanation", "absent", "notes"}
    explanation = printed["explanation"]
    assert set(explanation) == {"allowed", "cause", "summary", "changes", "policies", "grants"}
    assert (explanation["allowed"], explanation["cause"]) == (True, "key-policy-allow")
    assert explanation["policies"][0]["source"] == "key-policy"
    assert explanation["policies"][0]["statements"][1] == {
        "index": 1,
        "sid": "Use",
        "line": 10,
        "effect": "Allow",
        "standing": "decided",
        "reasons": [],
    }
    assert explanation["grants"][0]["grantee"] == ALICE


def test_a_condition_key_with_several_values(run: Run, made: Made) -> None:
    flags = ("--context", "aws:CalledVia=a", "--context", "aws:calledvia=c", "--json")
    printed = run(*made.flags(*flags, action="kms:Encrypt")).json()
    (reason,) = printed["explanation"]["policies"][0]["statements"][2]["reasons"]
    assert reason.endswith('the request has "a" and "c"')


def test_a_session_policy_from_a_file(run: Run, made: Made, tmp_path: Path) -> None:
    file = tmp_path / "session.json"
    file.write_text(policy({"Effect": "Deny", "Action": "*", "Resource": "*"}))
    printed = run(*made.flags("--session-policy", str(file), "--json")).json()
    assert printed["explanation"]["cause"] == "session-deny"
    assert "explicit" not in json.dumps(printed)


def test_the_state_of_the_key_is_noted(run: Run, made: Made, template: Template) -> None:
    assert run(*made.flags(action="kms:Decrypt", principal=BOB)).out.splitlines()[1].startswith("because statement 3")
    with InProcess(made.data.parent / "copy", template._replace(data=made.data)) as service:
        service.write(made.key, state="Disabled")
    done = run(*[str(made.data.parent / "copy") if each == str(made.data) else each for each in made.flags()])
    assert f"Note: whatever policies say, the key's state is in the way: {made.key} is disabled." in done.out


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--context", "x"), "expected KEY=VALUE, such as aws:SourceIp=192.0.2.7, not 'x'"),
        (("--context", "x=y"), "expected KEY=VALUE"),
        (("--context", "aws:=y"), "expected KEY=VALUE"),
        (("--encryption-context", "x"), "expected NAME=VALUE, such as Department=Finance, not 'x'"),
        (("--via-service", "ec2"), "expected a service principal"),
        (("--account-id", "1"), "an account id has 12 digits"),
        (("--region", "moon"), "'moon' is no Region"),
        (("--session-policy", "none.json"), "cannot read none.json: No such file or directory"),
        (("--via-service", "ec2.amazonaws.com"), "ec2.amazonaws.com is not registered"),
        (("--action", "kms:Encypt"), "there is no action kms:Encypt of KMS; did you mean kms:Encrypt?"),
        (("--principal", f"{ALICE}x"), f"there is no principal {ALICE}x"),
        (("--key", "alias/y"), "there is no key alias/y"),
        (("--region", "eu-west-1"), f"there is no key alias/x in account {ACCOUNT} and Region eu-west-1"),
    ],
)
def test_wrong_usage(run: Run, made: Made, flags: tuple[str, ...], message: str) -> None:
    done = run(*made.flags(*flags))
    assert (done.code, done.out) == (2, "")
    assert message in done.err


def test_where_there_is_no_installation_it_is_said_so(run: Run) -> None:
    done = run("explain", "--principal", ALICE, "--action", "kms:ListKeys")
    assert (done.code, done.out) == (1, "")
    assert "holds no installation" in done.err
