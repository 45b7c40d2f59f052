"""A key scheduled for deletion is refused at once, and gone with its material when its time has come."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.live.conftest import ACCOUNT, Launch
from tests.support.live import run, run_json, wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_kms import KMSClient

HOUR = 3600
DAY = 24 * HOUR
MANY = 40
SID = "Words of a policy that is to be wiped"
DESCRIPTION = "A description that is to be wiped"
TAG = "A tag that is to be wiped"
POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": SID, "Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "kms:*", "Resource": "*"}
        ],
    }
)


def wrapped_material(data: Path) -> dict[str, bytes]:
    with closing(sqlite3.connect(data / "strongroom.db")) as database:
        return dict(database.execute("SELECT key_id, wrapped FROM key_materials"))


def files_holding(data: Path, value: bytes) -> list[str]:
    return [path.name for path in data.rglob("*") if path.is_file() and value in path.read_bytes()]


def only_recorded(data: Path, words: str) -> bool:
    return files_holding(data, words.encode()) == ["changes.jsonl"]


def is_gone(kms: KMSClient, key_id: str) -> bool:
    try:
        kms.describe_key(KeyId=key_id)
    except kms.exceptions.NotFoundException:
        return True
    return False


def create(kms: KMSClient) -> str:
    made = kms.create_key(Description=DESCRIPTION, Policy=POLICY, Tags=[{"TagKey": "tag", "TagValue": TAG}])
    return made["KeyMetadata"]["KeyId"]


def test_a_deleted_key_is_refused_at_once_and_gone_after_its_waiting_period(launch: Launch) -> None:
    server = launch(dev=True)
    kms = server.boto3()
    # So that it is not alone on its page of the database.
    others = [create(kms) for _ in range(MANY)]
    early, key_id = create(kms), create(kms)
    arn = kms.describe_key(KeyId=key_id)["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName="alias/doomed", TargetKeyId=key_id)
    blob = kms.encrypt(KeyId=key_id, Plaintext=b"doomed")["CiphertextBlob"]
    wrapped = wrapped_material(server.data)[key_id]
    assert files_holding(server.data, wrapped)

    kms.schedule_key_deletion(KeyId=early, PendingWindowInDays=7)
    run_json("dev", "clock", "advance", "2h", "--data", server.data)
    scheduled = kms.schedule_key_deletion(KeyId=key_id, PendingWindowInDays=7)
    assert (scheduled["KeyState"], scheduled["PendingWindowInDays"]) == ("PendingDeletion", 7)
    for refused in (
        lambda: kms.encrypt(KeyId=key_id, Plaintext=b"late"),
        lambda: kms.decrypt(CiphertextBlob=blob),
        lambda: kms.generate_data_key(KeyId="alias/doomed", KeySpec="AES_256"),
    ):
        with pytest.raises(kms.exceptions.KMSInvalidStateException, match=f"{arn} is pending deletion."):
            refused()

    run_json("dev", "clock", "advance", "6d", "--data", server.data)
    moved = run_json("dev", "clock", "advance", "23h", "--data", server.data)
    assert moved == {"clock_offset_seconds": 6 * DAY + 25 * HOUR}
    # When the one that is due has been deleted, the other would have been.
    wait_until(lambda: is_gone(kms, early), "the earlier key's deletion")
    assert kms.describe_key(KeyId=key_id)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    assert files_holding(server.data, wrapped)

    run_json("dev", "clock", "advance", "1h", "--data", server.data)
    wait_until(lambda: is_gone(kms, key_id), "the key's deletion")
    with pytest.raises(kms.exceptions.ClientError, match="because the resource does not exist in this Region"):
        kms.decrypt(CiphertextBlob=blob)
    for name in (key_id, "alias/doomed"):
        with pytest.raises(kms.exceptions.NotFoundException):
            kms.encrypt(KeyId=name, Plaintext=b"late")
    with pytest.raises(kms.exceptions.NotFoundException):
        kms.cancel_key_deletion(KeyId=key_id)
    assert kms.list_aliases()["Aliases"] == []
    wait_until(lambda: not files_holding(server.data, wrapped), "the wiping of the material")

    deletions = [each for each in server.trail()["changes"] if each["eventName"] == "DeleteKey"]
    assert [(each["resources"][0]["ARN"], each["eventType"]) for each in deletions][-1] == (arn, "AwsServiceEvent")
    assert len(deletions) == 2
    assert "errorCode" not in deletions[-1]

    for other in others:
        kms.schedule_key_deletion(KeyId=other, PendingWindowInDays=7)
    run_json("dev", "clock", "advance", "7d", "--data", server.data)
    wait_until(lambda: kms.list_keys()["Keys"] == [], "the deletion of the other keys")
    # What the records tell of requests is in the trail and nowhere else.
    for words in (DESCRIPTION, SID, TAG):
        wait_until(partial(only_recorded, server.data, words), f"the wiping of {words!r}")


def test_a_deletion_can_be_cancelled_until_then(launch: Launch) -> None:
    server = launch(dev=True)
    kms = server.boto3()
    key_id, early = create(kms), create(kms)
    for each in (early, key_id):
        kms.schedule_key_deletion(KeyId=each, PendingWindowInDays=7)
    kms.cancel_key_deletion(KeyId=key_id)
    run_json("dev", "clock", "advance", "8d", "--data", server.data)
    wait_until(lambda: is_gone(kms, early), "the other key's deletion")
    kms.enable_key(KeyId=key_id)
    blob = kms.encrypt(KeyId=key_id, Plaintext=b"kept")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"kept"


def test_the_clock_of_a_production_installation_cannot_be_moved(launch: Launch) -> None:
    server = launch()
    kms = server.boto3()
    key_id = create(kms)
    kms.schedule_key_deletion(KeyId=key_id, PendingWindowInDays=7)
    refused = run("dev", "clock", "advance", "8d", "--data", server.data)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "is not a development installation, which `strongroom dev` makes" in refused.stderr
    # Nor by whoever writes to the database, once a worker has seen it, now or after a new start.
    with closing(sqlite3.connect(server.data / "strongroom.db")) as database, database:
        database.execute("UPDATE installation SET clock_offset = ?", (8 * DAY,))
        database.execute("INSERT INTO changes (kind, subject, date) VALUES ('installation', '', 0)")
    created = kms.create_key()["KeyMetadata"]["CreationDate"]
    before = kms.describe_key(KeyId=key_id)["KeyMetadata"]["CreationDate"]
    assert (created - before).total_seconds() < HOUR
    assert server.stop() == 0
    server.start()
    assert server.boto3().describe_key(KeyId=key_id)["KeyMetadata"]["KeyState"] == "PendingDeletion"
