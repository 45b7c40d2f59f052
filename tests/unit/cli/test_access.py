from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from tests.support.in_process import ACCOUNT, InProcess, allow, policy

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.in_process import Template
    from tests.unit.cli.conftest import Run

ROOT: Final = f"arn:aws:iam::{ACCOUNT}:root"
ALICE: Final = f"arn:aws:iam::{ACCOUNT}:user/alice"
TEAM: Final = {"StringEquals": {"kms:EncryptionContext:Team": "payments"}}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "made"


@pytest.fixture
def key(data: Path, template: Template) -> str:
    with InProcess(data, template) as service:
        root = service.root()
        service.new_user("alice")
        key = root.key()
        statements = (allow(), allow(ALICE, ["kms:Decrypt", "kms:Encrypt"], Condition=TEAM))
        root("PutKeyPolicy", KeyId=key, Policy=policy(*statements))
        root("CreateAlias", AliasName="alias/x", TargetKeyId=key)
    return key


def test_who_may_do_what(run: Run, data: Path, key: str) -> None:
    done = run("access", "alias/x", "--data", data)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        key,
        "",
        f"{ROOT} (root)",
        "  everything",
        "      by the key policy: statement 0, line 3, of the key policy",
        "",
        f"{ALICE} (user)",
        "  kms:Decrypt kms:Encrypt",
        "      by the key policy: statement 1, line 10, of the key policy",
        '      if StringEquals kms:EncryptionContext:Team "payments"',
    ]


def test_as_json(run: Run, data: Path, key: str) -> None:
    printed = run("access", key, "--data", data, "--json").json()
    assert set(printed) == {"key", "access"}
    assert [each["principal"] for each in printed["access"]] == [ROOT, ALICE]
    assert printed["access"][1] == {
        "kind": "user",
        "principal": ALICE,
        "paths": [
            {
                "way": {
                    "by": "key-policy",
                    "through": ["statement 1, line 10, of the key policy"],
                    "conditions": ['StringEquals kms:EncryptionContext:Team "payments"'],
                },
                "actions": ["kms:Decrypt", "kms:Encrypt"],
            }
        ],
    }


def test_what_another_policy_would_change(run: Run, data: Path, key: str, tmp_path: Path) -> None:
    file = tmp_path / "new.json"
    file.write_text(policy(allow(), allow(ALICE, ["kms:Decrypt", "kms:DescribeKey"])))
    done = run("access", key, "--data", data, "--policy", file)
    assert done.out.splitlines() == [
        key,
        "",
        f"{ALICE} (user)",
        "  gains: kms:DescribeKey",
        "  loses: kms:Encrypt",
        "  under other conditions: kms:Decrypt",
    ]
    printed = run("access", key, "--data", data, "--policy", file, "--json").json()
    assert printed == {
        "key": key,
        "changes": [
            {
                "kind": "user",
                "principal": ALICE,
                "gains": ["kms:DescribeKey"],
                "loses": ["kms:Encrypt"],
                "changes": ["kms:Decrypt"],
            }
        ],
    }


def test_a_policy_that_changes_nothing(run: Run, data: Path, key: str, tmp_path: Path) -> None:
    file = tmp_path / "same.json"
    file.write_text(policy(allow(), allow(ALICE, ["kms:Encrypt", "kms:Decrypt"], Condition=TEAM)))
    assert run("access", key, "--data", data, "--policy", file).out == f"{key}\n\nNothing and nobody.\n"


def test_a_policy_by_which_somebody_only_gains(run: Run, data: Path, key: str, tmp_path: Path) -> None:
    file = tmp_path / "new.json"
    actions = ["kms:Encrypt", "kms:Decrypt"]
    file.write_text(policy(allow(), allow(ALICE, actions, Condition=TEAM), allow(ALICE, "kms:DescribeKey")))
    done = run("access", key, "--data", data, "--policy", file)
    assert done.out == f"{key}\n\n{ALICE} (user)\n  gains: kms:DescribeKey\n"


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("alias/none",), f"there is no key alias/none in account {ACCOUNT} and Region us-east-1"),
        (("alias/x", "--account", "444455556666"), "there is no key alias/x in account 444455556666"),
        (("alias/x", "--policy", "none.json"), "cannot read none.json"),
        (("alias/x", "--policy", "wrong.json"), "this is not a key policy: This policy contains invalid Json"),
    ],
)
@pytest.mark.usefixtures("key")
def test_wrong_usage(run: Run, data: Path, tmp_path: Path, flags: tuple[str, ...], message: str) -> None:
    (tmp_path / "wrong.json").write_text("{")
    done = run("access", *flags, "--data", data)
    assert (done.code, done.out) == (2, "")
    assert message in done.err
