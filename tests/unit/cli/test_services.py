from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from strongroom.app.data_folder import DataFolder
from strongroom.app.installation import Opened, load_root_key

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.cli.conftest import Run

EC2 = "ec2.amazonaws.com"


def register(run: Run, data: Path, name: str = EC2, *flags: str) -> str:
    """Register a service; gives the id of its access key."""
    made = run("service", "register", name, "--data", data, "--json", *flags).json()
    assert made.keys() == {"service", "access_key_id", "secret_access_key"}
    assert made["service"] == name
    return str(made["access_key_id"])


def listed(run: Run, data: Path) -> list[object]:
    services: list[object] = run("service", "list", "--data", data, "--json").json()["services"]
    return services


def test_a_service_is_registered_with_the_keys_that_aws_gives_it(run: Run, data: Path) -> None:
    assert listed(run, data) == []
    assert run("service", "list", "--data", data).out == ""
    first = register(run, data)
    second = register(run, data, "quiet.amazonaws.com")
    third = register(run, data, "ledger.amazonaws.com", "--managed-key", "aws/ledger")
    assert listed(run, data) == [
        {"service": EC2, "managed_key": "aws/ebs", "access_keys": {first: "Active"}},
        {"service": "ledger.amazonaws.com", "managed_key": "aws/ledger", "access_keys": {third: "Active"}},
        {"service": "quiet.amazonaws.com", "managed_key": None, "access_keys": {second: "Active"}},
    ]
    assert [line.split() for line in run("service", "list", "--data", data).out.splitlines()] == [
        [EC2, "aws/ebs"],
        ["ledger.amazonaws.com", "aws/ledger"],
        ["quiet.amazonaws.com", "-"],
    ]


def test_its_access_key_is_shown_to_people_once(run: Run, data: Path) -> None:
    done = run("service", "register", EC2, "--data", data)
    shown = dict(line.split() for line in done.out.splitlines())
    assert shown.keys() == {"service", "access_key_id", "secret_access_key"}
    opened = Opened(folder := DataFolder(data), load_root_key(folder))
    with opened.store.read() as reader:
        (kept,) = reader.accounts.access_keys_of(EC2)
    assert opened.secret_of(kept) == shown["secret_access_key"]
    opened.close()
    assert shown["secret_access_key"] not in run("service", "list", "--data", data, "--json").out


def test_credentials_are_rotated(run: Run, data: Path) -> None:
    first = register(run, data)
    rotate = ("service", "rotate-credentials", EC2, "--data", data, "--json")
    second = run(*rotate, "--keep-old").json()["access_key_id"]
    assert listed(run, data) == [
        {"service": EC2, "managed_key": "aws/ebs", "access_keys": dict.fromkeys((first, second), "Active")}
    ]
    third = run(*rotate).json()["access_key_id"]
    assert listed(run, data) == [{"service": EC2, "managed_key": "aws/ebs", "access_keys": {third: "Active"}}]


@pytest.mark.parametrize("flags", [(), ("--json",)])
def test_a_service_is_removed_with_its_access_keys(run: Run, data: Path, flags: tuple[str, ...]) -> None:
    access_key_id = register(run, data)
    done = run("service", "remove", EC2, "--data", data, *flags)
    assert (done.code, done.err) == (0, "")
    assert json.loads(done.out or "{}") == ({"service": EC2} if flags else {})
    assert listed(run, data) == []
    assert run("credentials", "activate", access_key_id, "--data", data).code == 2


def test_what_the_operator_did_is_recorded(run: Run, data: Path) -> None:
    first = register(run, data)
    second = run("service", "rotate-credentials", EC2, "--data", data, "--json").json()["access_key_id"]
    run("service", "remove", EC2, "--data", data)
    opened = Opened(folder := DataFolder(data), load_root_key(folder))
    with opened.store.read() as reader:
        records = [json.loads(record) for _, record in reader.outbox.oldest(100)]
    opened.close()
    assert [(each["eventName"], each["responseElements"]) for each in records[-6:]] == [
        ("RegisterService", {"service": EC2, "managedAlias": "aws/ebs"}),
        ("CreateAccessKey", {"accessKeyId": first, "owner": EC2}),
        ("DeleteAccessKey", {"accessKeyId": first, "owner": EC2}),
        ("CreateAccessKey", {"accessKeyId": second, "owner": EC2}),
        ("DeleteAccessKey", {"accessKeyId": second, "owner": EC2}),
        ("RemoveService", {"service": EC2}),
    ]
    assert {each["userIdentity"]["invokedBy"] for each in records[-6:]} == {"Strongroom operator"}


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("register", EC2), f"{EC2} is registered already; for another access key: service rotate-credentials"),
        (
            ("register", "disks.amazonaws.com", "--managed-key", "aws/ebs"),
            f"aws/ebs is what the AWS managed keys of {EC2} are called",
        ),
        (("rotate-credentials", "rds.amazonaws.com"), f"rds.amazonaws.com is not registered; there are: {EC2}"),
        (("remove", "rds.amazonaws.com"), f"rds.amazonaws.com is not registered; there are: {EC2}"),
    ],
)
def test_what_cannot_be_done(run: Run, data: Path, arguments: tuple[str, ...], complaint: str) -> None:
    register(run, data)
    before = listed(run, data)
    done = run("service", *arguments, "--data", data)
    assert (done.code, done.out, done.err) == (2, "", f"strongroom: {complaint}\n")
    assert listed(run, data) == before


def test_where_there_are_no_services(run: Run, data: Path) -> None:
    assert (
        run("service", "remove", EC2, "--data", data).err == f"strongroom: {EC2} is not registered; there are: none\n"
    )


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((name,), "expected a service principal, such as ec2.amazonaws.com")
        for name in ("ec2", "ec2.amazonaws.com\n", "EC2.amazonaws.com", ".amazonaws.com", f"{'a' * 200}.amazonaws.com")
    ]
    + [
        ((EC2, "--managed-key", name), "expected an alias of AWS, such as aws/ebs")
        for name in ("alias/aws/ebs", "aws/", "mine/ebs", "aws/e b", f"aws/{'a' * 300}")
    ],
)
def test_names_that_are_none(run: Run, data: Path, arguments: tuple[str, ...], expected: str) -> None:
    done = run("service", "register", *arguments, "--data", data)
    assert done.code == 2
    assert expected in done.err
