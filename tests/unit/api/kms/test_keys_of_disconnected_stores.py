"""Keys in external key stores while their store is not connected, and what they never do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from tests.support.external_stores import connect, connected_store, disconnect, external_key, external_store
from tests.support.in_process import ACCOUNT
from tests.support.samples import PLAINTEXT

if TYPE_CHECKING:
    from strongroom.api.snapshots import Snapshots
    from strongroom.pipeline import Pipeline
    from tests.support.fake_xks_proxy import FakeXksProxy
    from tests.support.in_process import Caller, InProcess

IMPORTED: Final = {
    "ImportToken": b"x",
    "EncryptedKeyMaterial": b"x",
    "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE",
}


@pytest.fixture
def store(owner: Caller, proxy: FakeXksProxy) -> str:
    return connected_store(owner, external_store(proxy))


def state(owner: Caller, key: str) -> str:
    found = owner("DescribeKey", KeyId=key)["KeyMetadata"]
    assert found["Enabled"] == (found["KeyState"] == "Enabled")
    return str(found["KeyState"])


class TestWhileDisconnected:
    @pytest.fixture
    def key(self, owner: Caller, store: str) -> str:
        return external_key(owner, store)

    def test_a_key_cannot_be_used_and_comes_back(self, owner: Caller, store: str, key: str) -> None:
        blob = owner("Encrypt", KeyId=key, Plaintext=PLAINTEXT)["CiphertextBlob"]
        disconnect(owner, store)
        assert state(owner, key) == "Unavailable"
        unavailable = ("KMSInvalidStateException", f"{key} is unavailable.")
        uses: dict[str, dict[str, object]] = {
            "Encrypt": {"KeyId": key, "Plaintext": PLAINTEXT},
            "Decrypt": {"CiphertextBlob": blob},
            "ReEncrypt": {"CiphertextBlob": blob, "DestinationKeyId": owner.key()},
            "GenerateDataKey": {"KeyId": key, "KeySpec": "AES_256"},
            "GenerateDataKeyWithoutPlaintext": {"KeyId": key, "KeySpec": "AES_256"},
        }
        for operation, given in uses.items():
            assert owner.refused(operation, **given) == unavailable
        connect(owner, store)
        assert state(owner, key) == "Enabled"
        assert owner("Decrypt", CiphertextBlob=blob)["Plaintext"] == PLAINTEXT

    def test_each_worker_notices(
        self, owner: Caller, proxied: InProcess, store: str, key: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first = (proxied.snapshots, proxied.pipeline)
        second = proxied.worker()

        def ask(snapshots: Snapshots, pipeline: Pipeline) -> None:
            monkeypatch.setattr(proxied, "snapshots", snapshots)
            monkeypatch.setattr(proxied, "pipeline", pipeline)

        ask(*second)
        owner("Encrypt", KeyId=key, Plaintext=PLAINTEXT)
        ask(*first)
        disconnect(owner, store)
        ask(*second)
        assert owner.refused("Encrypt", KeyId=key, Plaintext=PLAINTEXT).code == "KMSInvalidStateException"
        monkeypatch.undo()
        second[0].close()

    def test_it_is_disabled_and_enabled_for_later(self, owner: Caller, store: str, key: str) -> None:
        disconnect(owner, store)
        owner("DisableKey", KeyId=key)
        assert state(owner, key) == "Unavailable"
        connect(owner, store)
        assert state(owner, key) == "Disabled"
        disconnect(owner, store)
        owner("EnableKey", KeyId=key)
        assert state(owner, key) == "Unavailable"
        connect(owner, store)
        assert state(owner, key) == "Enabled"

    def test_its_deletion_is_scheduled_and_cancelled(self, owner: Caller, store: str, key: str) -> None:
        disconnect(owner, store)
        refused = owner.refused("CancelKeyDeletion", KeyId=key)
        assert refused == ("KMSInvalidStateException", f"{key} is not pending deletion.")
        assert owner("ScheduleKeyDeletion", KeyId=key)["KeyState"] == "PendingDeletion"
        assert state(owner, key) == "PendingDeletion"
        owner("CancelKeyDeletion", KeyId=key)
        assert state(owner, key) == "Unavailable"
        connect(owner, store)
        assert state(owner, key) == "Disabled"

    def test_a_deletion_goes_on(self, owner: Caller, store: str, key: str) -> None:
        owner("ScheduleKeyDeletion", KeyId=key)
        disconnect(owner, store)
        assert state(owner, key) == "PendingDeletion"
        connect(owner, store)
        assert state(owner, key) == "PendingDeletion"

    def test_it_is_still_managed(self, owner: Caller, store: str, key: str) -> None:
        disconnect(owner, store)
        owner("CreateAlias", AliasName="alias/external", TargetKeyId=key)
        owner("TagResource", KeyId=key, Tags=[{"TagKey": "Team", "TagValue": "red"}])
        owner("UpdateKeyDescription", KeyId=key, Description="in a store")
        owner("CreateGrant", KeyId=key, GranteePrincipal=f"arn:aws:iam::{ACCOUNT}:root", Operations=["Decrypt"])
        found = owner("DescribeKey", KeyId="alias/external")["KeyMetadata"]
        assert (found["Description"], found["KeyState"]) == ("in a store", "Unavailable")


@pytest.mark.parametrize("connected", [True, False])
@pytest.mark.parametrize(
    ("operation", "given"),
    [
        ("EnableKeyRotation", {}),
        ("DisableKeyRotation", {}),
        ("GetKeyRotationStatus", {}),
        ("ListKeyRotations", {}),
        ("RotateKeyOnDemand", {}),
        ("GetParametersForImport", {"WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"}),
        ("ImportKeyMaterial", IMPORTED),
        ("DeleteImportedKeyMaterial", {}),
        ("GenerateDataKeyPair", {"KeyPairSpec": "ECC_NIST_P256"}),
        ("GenerateDataKeyPairWithoutPlaintext", {"KeyPairSpec": "ECC_NIST_P256"}),
    ],
)
def test_what_no_key_in_a_store_does(
    owner: Caller, store: str, operation: str, given: dict[str, object], *, connected: bool
) -> None:
    key = external_key(owner, store)
    if not connected:
        disconnect(owner, store)
    assert owner.refused(operation, KeyId=key, **given).code == "UnsupportedOperationException"
