from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest

from strongroom.policy.defaults import default_key_policy

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.cli.conftest import Run

ACCOUNT = "111122223333"
SOUND = default_key_policy(ACCOUNT)
WRONG = SOUND.replace("kms:*", "kms:Put*").replace('"kms:Put*"', '[ "kms:Put*", "kms:Encypt" ]')
DOUBTFUL = SOUND.replace('"kms:*"', '[ "kms:*", "s3:*" ]')


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    return tmp_path / "policy.json"


def test_a_sound_policy_needs_no_words(run: Run, policy: Path) -> None:
    policy.write_text(SOUND)
    assert run("lint", policy, "--account-id", ACCOUNT, "--strict") == (0, "", "")


def test_an_error_is_printed_with_its_place(run: Run, policy: Path) -> None:
    policy.write_text(WRONG)
    done = run("lint", policy)
    assert (done.code, done.err) == (1, "")
    assert done.out == (
        f"{policy}:10:30: error: there is no action kms:Encypt; did you mean kms:Encrypt? [unknown-action]\n"
    )


def test_warnings_do_not_fail_unless_asked_to(run: Run, policy: Path) -> None:
    policy.write_text(DOUBTFUL)
    done = run("lint", policy)
    assert (done.code, done.err) == (0, "")
    assert done.out.endswith("warning: a key policy decides about no s3:* [action-of-another-service]\n")
    assert run("lint", policy, "--strict") == (1, done.out, "")


def test_as_json(run: Run, policy: Path) -> None:
    policy.write_text(DOUBTFUL)
    assert run("lint", policy, "--json").json() == {
        "file": str(policy),
        "errors": 0,
        "warnings": 1,
        "findings": [
            {
                "severity": "warning",
                "code": "action-of-another-service",
                "message": "a key policy decides about no s3:*",
                "line": 10,
                "column": 27,
                "statement": 0,
                "sid": "Enable IAM User Permissions",
            }
        ],
    }


def test_nothing_found_as_json(run: Run, policy: Path) -> None:
    policy.write_text(SOUND)
    assert run("lint", policy, "--json").json() == {"file": str(policy), "errors": 0, "warnings": 0, "findings": []}


def test_the_account_matters(run: Run, policy: Path) -> None:
    policy.write_text(SOUND)
    done = run("lint", policy, "--account-id", "444455556666")
    assert done.code == 1
    assert "[lockout]" in done.out


@pytest.mark.parametrize(("kind", "code"), [("identity", 0), ("key", 1), ("trust", 1)])
def test_the_kind_matters(run: Run, policy: Path, kind: str, code: int) -> None:
    statement = {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}
    policy.write_text(json.dumps({"Version": "2012-10-17", "Statement": statement}))
    assert run("lint", policy, "--kind", kind).code == code


def test_standard_input(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(WRONG.encode())))
    assert run("lint", "-").out.startswith("-:10:30: error: ")


def test_a_file_that_cannot_be_read(run: Run, policy: Path) -> None:
    done = run("lint", policy)
    assert (done.code, done.out) == (2, "")
    assert done.err == f"strongroom: cannot read {policy}: No such file or directory\n"


def test_a_file_that_is_no_text(run: Run, policy: Path) -> None:
    policy.write_bytes(b"\xff")
    assert run("lint", policy).err == f"strongroom: {policy} is not text in UTF-8\n"


@pytest.mark.parametrize(
    "flags", [(), ("-", "--kind", "bucket"), ("-", "--account-id", "1"), ("-", "--data", "x"), ("a", "b")]
)
def test_wrong_usage(run: Run, flags: tuple[str, ...]) -> None:
    assert run("lint", *flags).code == 2
