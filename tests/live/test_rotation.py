"""Keys are rotated when their time has come, and go on opening what their former material sealed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.live import run_json, wait_until

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_kms import KMSClient

    from tests.live.conftest import Launch

YEAR = 365


def rotations(kms: KMSClient, key_id: str) -> list[tuple[str, str]]:
    listed = kms.list_key_rotations(KeyId=key_id)["Rotations"]
    return [(each["RotationType"], each["KeyMaterialId"]) for each in listed]


def next_rotation(kms: KMSClient, key_id: str) -> datetime:
    return kms.get_key_rotation_status(KeyId=key_id)["NextRotationDate"]


def test_keys_are_rotated_by_their_periods_and_on_demand(launch: Launch) -> None:
    server = launch(dev=True)
    kms = server.boto3()
    yearly, custom = (kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(2))
    kms.enable_key_rotation(KeyId=yearly)
    kms.enable_key_rotation(KeyId=custom, RotationPeriodInDays=90)
    keys = (yearly, custom)
    blobs = {key: [kms.encrypt(KeyId=key, Plaintext=b"0")["CiphertextBlob"]] for key in keys}
    first = {key: kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"] for key in keys}
    due = next_rotation(kms, custom)

    run_json("dev", "clock", "advance", "91d", "--data", server.data)
    wait_until(lambda: len(rotations(kms, custom)) == 1, "the rotation after 90 days")
    assert rotations(kms, yearly) == []
    assert (next_rotation(kms, custom) - due).days in {90, 91}

    run_json("dev", "clock", "advance", f"{YEAR - 90}d", "--data", server.data)
    wait_until(lambda: len(rotations(kms, yearly)) == 1, "the rotation after a year")
    wait_until(lambda: len(rotations(kms, custom)) == 2, "the next rotation of the other key")

    kms.rotate_key_on_demand(KeyId=yearly)
    wait_until(lambda: len(rotations(kms, yearly)) == 2, "the rotation on demand")
    assert "OnDemandRotationStartDate" not in kms.get_key_rotation_status(KeyId=yearly)
    assert [kind for kind, _ in rotations(kms, yearly)] == ["AUTOMATIC", "ON_DEMAND"]

    for key in keys:
        current = rotations(kms, key)[-1][1]
        assert kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"] == current
        blobs[key].append(kms.encrypt(KeyId=key, Plaintext=b"1")["CiphertextBlob"])
        opened = [kms.decrypt(CiphertextBlob=blob) for blob in blobs[key]]
        assert [each["Plaintext"] for each in opened] == [b"0", b"1"]
        assert [each["KeyMaterialId"] for each in opened] == [first[key], current]

    def recorded() -> list[str]:
        return [each["resources"][0]["ARN"] for each in server.trail()["changes"] if each["eventName"] == "RotateKey"]

    wait_until(lambda: len(recorded()) == 4, "the records of the rotations")
    assert server.stop() == 0
    server.start()
    again = server.boto3()
    assert [again.decrypt(CiphertextBlob=blob)["Plaintext"] for blob in blobs[yearly]] == [b"0", b"1"]
