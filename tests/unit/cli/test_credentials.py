from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from strongroom.app.data_folder import DataFolder
from strongroom.app.installation import Opened, load_root_key
from strongroom.authn.passwords import verify_password
from strongroom.model.account import AccountSettings
from tests.support.in_process import ACCOUNT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.in_process import Template
    from tests.unit.cli.conftest import Run

OTHER_ACCOUNT = "444455556666"


def test_the_first_access_key_is_listed_without_its_secret(run: Run, data: Path, production_template: Template) -> None:
    first = production_template.created.credentials
    done = run("credentials", "list", "--data", data, "--json")
    assert done.json() == {"account_id": ACCOUNT, "access_keys": {first.access_key_id: "Active"}}
    assert first.secret_access_key not in done.out
    assert run("credentials", "list", "--data", data).out == f"  {first.access_key_id}  Active\n"


def test_an_access_key_is_created_and_its_secret_is_the_one_that_counts(run: Run, data: Path) -> None:
    made = run("credentials", "create", "--data", data, "--json").json()
    assert set(made) == {"account_id", "access_key_id", "secret_access_key"}
    opened = Opened(folder := DataFolder(data), load_root_key(folder))
    with opened.store.read() as reader:
        kept = reader.accounts.find_access_key(made["access_key_id"])
    assert kept is not None
    assert opened.secret_of(kept) == made["secret_access_key"]
    opened.close()
    assert len(run("credentials", "list", "--data", data, "--json").json()["access_keys"]) == 2


def test_an_access_key_is_shown_to_people(run: Run, data: Path) -> None:
    done = run("credentials", "create", "--data", data)
    assert [line.split()[0] for line in done.out.splitlines()] == ["account_id", "access_key_id", "secret_access_key"]


def test_the_root_user_gets_another_password(run: Run, data: Path, production_template: Template) -> None:
    made = run("credentials", "root-password", "--data", data, "--json").json()
    assert made == {"account_id": ACCOUNT, "console_user": "root", "console_password": made["console_password"]}
    with Opened(folder := DataFolder(data), load_root_key(folder)) as opened, opened.store.read() as reader:
        settings = reader.identities.find(AccountSettings, ACCOUNT, "")
    assert settings is not None
    assert settings.root_login is not None
    assert verify_password(settings.root_login.password_hash, made["console_password"])
    assert not verify_password(settings.root_login.password_hash, production_template.created.console_password)


def test_an_access_key_is_deactivated_and_activated(run: Run, data: Path, production_template: Template) -> None:
    name = production_template.created.credentials.access_key_id
    for command, status in (("deactivate", "Inactive"), ("deactivate", "Inactive"), ("activate", "Active")):
        assert run("credentials", command, name, "--data", data, "--json").json() == {name: status}
        assert run("credentials", "list", "--data", data, "--json").json()["access_keys"] == {name: status}
    assert run("credentials", "deactivate", name, "--data", data).out == f"  {name}  Inactive\n"


def test_what_the_operator_changed_is_recorded(run: Run, data: Path, production_template: Template) -> None:
    run("credentials", "deactivate", production_template.created.credentials.access_key_id, "--data", data)
    with closing(sqlite3.connect(data / "strongroom.db")) as database:
        records = [json.loads(row[0]) for row in database.execute("SELECT record FROM audit_outbox ORDER BY sequence")]
    assert records[-1]["eventName"] == "UpdateAccessKey"


@pytest.mark.parametrize("command", ["activate", "deactivate"])
def test_an_access_key_that_is_not_there_is_refused(run: Run, data: Path, command: str) -> None:
    done = run("credentials", command, "AKIAIOSFODNN7EXAMPLE", "--data", data)
    assert done == (2, "", "strongroom: there is no access key AKIAIOSFODNN7EXAMPLE\n")


@pytest.mark.parametrize(("flag", "seconds"), [((), 3600), (("--duration", "15m"), 900), (("--duration", "60m"), 3600)])
def test_a_session_lasts_as_long_as_asked(run: Run, data: Path, flag: tuple[str, ...], seconds: int) -> None:
    printed = run("credentials", "session", "--data", data, "--json", *flag).json()
    assert set(printed) == {"account_id", "access_key_id", "secret_access_key", "session_token", "expiration"}
    left = datetime.fromisoformat(printed["expiration"]) - datetime.now(UTC)
    assert seconds - 60 < left.total_seconds() <= seconds
    opened = Opened(folder := DataFolder(data), load_root_key(folder))
    assert opened.session_tokens().open(printed["session_token"]).secret == printed["secret_access_key"]
    opened.close()


@pytest.mark.parametrize("command", ["list", "create", "session"])
def test_an_account_that_is_not_there_is_refused(run: Run, data: Path, command: str) -> None:
    assert run("credentials", command, "--account-id", ACCOUNT, "--data", data).code == 0
    done = run("credentials", command, "--account-id", OTHER_ACCOUNT, "--data", data)
    assert done == (2, "", f"strongroom: there is no account {OTHER_ACCOUNT}; there are: {ACCOUNT}\n")


@pytest.mark.parametrize("command", ["list", "create", "session", "activate x", "deactivate x"])
def test_where_there_is_no_installation_it_is_said_so(run: Run, command: str) -> None:
    done = run("credentials", *command.split())
    assert (done.code, done.out) == (1, "")
    assert "strongroom-data holds no installation; run: strongroom init" in done.err
