from __future__ import annotations

import io
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Final

import msgspec
import pytest

from strongroom.app.data_folder import DataFolder
from strongroom.app.installation import Opened, load_root_key
from tests.support.in_process import ACCOUNT, OTHER_ACCOUNT, policy

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.cli.conftest import Run

ALLOWING: Final = policy({"Effect": "Allow", "Action": "*", "Resource": "*"})
DENYING: Final = policy({"Effect": "Deny", "Action": "kms:Decrypt", "Resource": "*"})


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "allowing.json").write_text(ALLOWING)
    (tmp_path / "denying.json").write_text(DENYING)
    return tmp_path


def test_an_account_is_created_and_its_credentials_count(run: Run, data: Path) -> None:
    made = run("account", "create", "--account-id", OTHER_ACCOUNT, "--data", data, "--json").json()
    assert set(made) == {"account_id", "access_key_id", "secret_access_key", "console_password"}
    with Opened(folder := DataFolder(data), load_root_key(folder)) as opened, opened.store.read() as reader:
        kept = reader.accounts.find_access_key(made["access_key_id"])
        assert kept is not None
        assert (kept.account_id, opened.secret_of(kept)) == (OTHER_ACCOUNT, made["secret_access_key"])


def test_an_account_gets_a_random_id(run: Run, data: Path) -> None:
    done = run("account", "create", "--data", data)
    names = ["account_id", "access_key_id", "secret_access_key", "console_password"]
    assert [line.split()[0] for line in done.out.splitlines()] == names
    listed = run("account", "list", "--data", data, "--json").json()["accounts"]
    assert [each["account_id"] for each in listed] == [ACCOUNT, done.out.split()[1]]


def test_accounts_are_listed_with_their_policies(run: Run, data: Path, files: Path) -> None:
    assert run("account", "list", "--data", data).out == f"  {ACCOUNT}  -\n"
    for name in ("a", "b"):
        run("account", "policy", "put", ACCOUNT, name, files / "allowing.json", "--data", data)
    assert run("account", "list", "--data", data).out == f"  {ACCOUNT}  a, b\n"
    assert run("account", "list", "--data", data, "--json").json() == {
        "accounts": [{"account_id": ACCOUNT, "service_control_policies": ["a", "b"]}]
    }


def test_a_policy_is_put_shown_and_deleted(run: Run, data: Path, files: Path) -> None:
    assert run("account", "policy", "put", ACCOUNT, "a", files / "allowing.json", "--data", data) == (0, "", "")
    assert run("account", "policy", "list", ACCOUNT, "--data", data).out == f"a:\n{ALLOWING}\n\n"
    assert run("account", "policy", "list", ACCOUNT, "--data", data, "--json").json() == {
        "account_id": ACCOUNT,
        "service_control_policies": {"a": ALLOWING},
    }
    assert run("account", "policy", "delete", ACCOUNT, "a", "--data", data, "--json").json() == {
        "account_id": ACCOUNT,
        "policy": "a",
        "allows_nothing": False,
    }
    assert run("account", "policy", "list", ACCOUNT, "--data", data) == (0, "", "")


def test_who_limits_an_account_to_nothing_is_told(run: Run, data: Path, files: Path) -> None:
    told = f"None of the service control policies of {ACCOUNT} has an Allow: nothing is allowed there.\n"
    assert run("account", "policy", "put", ACCOUNT, "a", files / "denying.json", "--data", data).out == told
    assert run("account", "policy", "put", ACCOUNT, "b", files / "allowing.json", "--data", data).out == ""
    assert run("account", "policy", "delete", ACCOUNT, "b", "--data", data).out == told


def test_a_policy_from_standard_input(run: Run, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(ALLOWING.encode())))
    assert run("account", "policy", "put", ACCOUNT, "a", "-", "--data", data).code == 0


def test_what_the_operator_changed_is_recorded(run: Run, data: Path, files: Path) -> None:
    run("account", "policy", "put", ACCOUNT, "a", files / "allowing.json", "--data", data)
    with closing(sqlite3.connect(data / "strongroom.db")) as database:
        rows = database.execute("SELECT record FROM audit_outbox ORDER BY sequence").fetchall()
    record = msgspec.json.decode(rows[-1][0])
    assert (record["eventName"], record["eventSource"]) == ("PutServiceControlPolicy", "organizations.amazonaws.com")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("create", "--account-id", ACCOUNT), f"there is an account {ACCOUNT} already"),
        (("create", "--account-id", "1"), "an account id has 12 digits"),
        (("policy", "list", OTHER_ACCOUNT), f"there is no account {OTHER_ACCOUNT}; there are: {ACCOUNT}"),
        (("policy", "delete", ACCOUNT, "a"), f"account {ACCOUNT} has no service control policy a; it has: none"),
        (("policy", "put", ACCOUNT, "a", "binary"), "binary is not text in UTF-8"),
        (("policy", "put", ACCOUNT, "a", "wrong.json"), "this is not a service control policy: "),
    ],
)
def test_wrong_usage(run: Run, data: Path, tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    (tmp_path / "binary").write_bytes(b"\xff")
    (tmp_path / "wrong.json").write_text("{}")
    done = run("account", *arguments, "--data", data)
    assert (done.code, done.out) == (2, "")
    assert message in done.err
