"""What the linter finds in a statement."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from strongroom.policy.lint import Finding, lint

if TYPE_CHECKING:
    from strongroom.policy.lint_view import PolicyKind

ACCOUNT = "111122223333"
OTHER = "444455556666"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
ALICE = f"arn:aws:iam::{ACCOUNT}:user/Alice"
BOB = f"arn:aws:iam::{OTHER}:user/Bob"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
WHOLE_ACCOUNT = {"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "kms:*", "Resource": "*"}

_SOUND: dict[str, dict[str, Any]] = {
    "key": {"Effect": "Allow", "Principal": {"AWS": ALICE}, "Action": "kms:Decrypt", "Resource": "*"},
    "identity": {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": KEY},
    "trust": {"Effect": "Allow", "Principal": {"AWS": ALICE}, "Action": "sts:AssumeRole"},
}


def document(*statements: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def statement(kind: PolicyKind = "key", **members: object) -> dict[str, Any]:
    """A sound statement with members replaced, or left out where they are None."""
    return {name: value for name, value in {**_SOUND[kind], **members}.items() if value is not None}


def findings(kind: PolicyKind = "key", account_id: str | None = ACCOUNT, **members: object) -> list[Finding]:
    """What is found in a statement, which in a key policy stands after one for the whole account."""
    before = [WHOLE_ACCOUNT] if kind == "key" else []
    found = lint(document(*before, statement(kind, **members)), kind, account_id=account_id)
    assert all(finding.statement == len(before) for finding in found)
    return list(found)


def codes(kind: PolicyKind = "key", account_id: str | None = ACCOUNT, **members: object) -> list[str]:
    """The codes of what is found; those of warnings end with a question mark."""
    found = findings(kind, account_id, **members)
    return [finding.code + ("?" if finding.severity == "warning" else "") for finding in found]


def message(kind: PolicyKind = "key", account_id: str | None = ACCOUNT, **members: object) -> str:
    """The message of the one thing that is found."""
    (finding,) = findings(kind, account_id, **members)
    return finding.message
