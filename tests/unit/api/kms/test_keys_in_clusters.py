"""Keys in CloudHSM key stores, on tokens of SoftHSM."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pytest
from pkcs11 import Attribute, ObjectClass

from strongroom.custody.hsm_key_store import HsmKeyStore
from strongroom.custody.key_stores import KeyStoreSettings
from strongroom.custody.pkcs11_errors import TokenError
from tests.support.external_stores import (
    connect,
    disconnect,
    hsm_store,
    write_state,
)
from tests.support.in_process import ACCOUNT, REGION, InProcess, allow, policy
from tests.support.key_stores import CLUSTER_ID
from tests.support.samples import PLAINTEXT
from tests.support.tokens import writing_session

if TYPE_CHECKING:
    from tests.support.in_process import Caller
    from tests.support.root_keys import SoftHsm

CONTEXT: Final = {"purpose": "example"}
NOT_CONNECTED: Final = "CustomKeyStoreInvalidStateException"
LOCKING_OUT: Final = policy(allow(f"arn:aws:iam::{ACCOUNT}:root", "kms:Encrypt"))


@pytest.fixture
def service(clustered: InProcess) -> InProcess:
    return clustered


@pytest.fixture
def store(root: Caller) -> str:
    return hsm_store(root)


@pytest.fixture
def key(root: Caller, store: str) -> str:
    return root.key(**members(store))


def members(store: str) -> dict[str, Any]:
    return {"Origin": "AWS_CLOUDHSM", "CustomKeyStoreId": store}


def on_token(softhsm: SoftHsm) -> list[str]:
    """Give the ids of the keys on the token."""
    with writing_session(softhsm) as session:
        found = session.get_objects({Attribute.CLASS: ObjectClass.SECRET_KEY})
        return [each[Attribute.ID].hex() for each in found]


class TestNewKeys:
    def test_one_is_made_on_the_token(self, root: Caller, service: InProcess, softhsm: SoftHsm, store: str) -> None:
        made = root("CreateKey", **members(store))["KeyMetadata"]
        record = service.records[-1]
        assert root("DescribeKey", KeyId=made["Arn"])["KeyMetadata"] == made
        names = ("Origin", "CustomKeyStoreId", "CloudHsmClusterId", "KeyState", "Enabled", "KeySpec")
        assert [made[name] for name in names] == [
            *("AWS_CLOUDHSM", store, CLUSTER_ID, "Enabled", True, "SYMMETRIC_DEFAULT"),
        ]
        assert not {"XksKeyConfiguration", "CurrentKeyMaterialId"} & made.keys()
        backing_key_id = service.kept(made["Arn"]).backing_key_id
        assert on_token(softhsm) == [backing_key_id]
        assert json.loads(record["additionalEventData"]["backingKey"]) == {"backingKeyId": backing_key_id}
        with service.store.read() as reader:
            assert reader.keys.materials(service.kept(made["Arn"]).place) == []

    def test_one_that_is_refused_leaves_nothing_there(self, root: Caller, softhsm: SoftHsm, store: str) -> None:
        refused = root.refused("CreateKey", **members(store), Policy=LOCKING_OUT)
        assert refused.code == "MalformedPolicyDocumentException"
        assert on_token(softhsm) == []
        assert root("ListKeys")["Keys"] == []

    def test_nor_does_one_whose_store_is_disconnected_meanwhile(
        self, root: Caller, service: InProcess, softhsm: SoftHsm, store: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        create = HsmKeyStore.create_key

        def create_and_disconnect(hsm: HsmKeyStore, label: str) -> str:
            made = create(hsm, label)
            write_state(service, store, "DISCONNECTING", REGION)
            return made

        monkeypatch.setattr(HsmKeyStore, "create_key", create_and_disconnect)
        assert root.refused("CreateKey", **members(store)).code == NOT_CONNECTED
        assert on_token(softhsm) == []

    def test_one_that_stays_there_without_use_is_said(
        self,
        root: Caller,
        softhsm: SoftHsm,
        store: str,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        def fail(_hsm: HsmKeyStore, _label: str, _backing_key_id: str) -> None:
            raise TokenError("the token is gone")

        monkeypatch.setattr(HsmKeyStore, "destroy_key", fail)
        refused = root.refused("CreateKey", **members(store), Policy=LOCKING_OUT)
        assert refused.code == "MalformedPolicyDocumentException"
        (left,) = on_token(softhsm)
        assert caplog.messages == [f"Key {store} {left} is left in its HSM, without use: the token is gone"]

    def test_a_token_that_makes_none(self, root: Caller, store: str, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_: object) -> None:
            raise TokenError("the token is full")

        monkeypatch.setattr("strongroom.custody.pkcs11_token.Pkcs11Token.generate_cmac_key", fail)
        refused = root.refused("CreateKey", **members(store))
        assert refused.code == "CloudHsmClusterInvalidConfigurationException"

    def test_a_store_of_the_other_type(self, root: Caller, store: str) -> None:
        wrong = {"Origin": "EXTERNAL_KEY_STORE", "CustomKeyStoreId": store, "XksKeyId": "external"}
        message = "Origin EXTERNAL_KEY_STORE is not valid for a custom key store of type AWS_CLOUDHSM."
        assert root.refused("CreateKey", **wrong) == ("ValidationException", message)


class TestUse:
    def test_what_is_encrypted_is_decrypted(self, root: Caller, service: InProcess, store: str, key: str) -> None:
        blob = root("Encrypt", KeyId=key, Plaintext=PLAINTEXT, EncryptionContext=CONTEXT)["CiphertextBlob"]
        assert blob[0] == 1
        kept = service.kept(key)
        shown = {
            "keyMaterialId": kept.current_material_id,
            "customKeyStoreId": store,
            "backingKeyId": kept.backing_key_id,
        }
        assert service.records[-1]["additionalEventData"] == shown
        assert root("Decrypt", CiphertextBlob=blob, EncryptionContext=CONTEXT)["Plaintext"] == PLAINTEXT
        assert service.records[-1]["additionalEventData"] == shown
        assert root.refused("Decrypt", CiphertextBlob=blob).code == "InvalidCiphertextException"
        changed = blob[:-1] + bytes((blob[-1] ^ 1,))
        refused = root.refused("Decrypt", CiphertextBlob=changed, EncryptionContext=CONTEXT)
        assert refused.code == "InvalidCiphertextException"

    def test_data_keys_and_other_keys(self, root: Caller, key: str) -> None:
        made = root("GenerateDataKey", KeyId=key, KeySpec="AES_256")
        other = root.key()
        moved = root("ReEncrypt", CiphertextBlob=made["CiphertextBlob"], DestinationKeyId=other)
        back = root("ReEncrypt", CiphertextBlob=moved["CiphertextBlob"], DestinationKeyId=key)
        assert (back["SourceKeyId"], back["KeyId"]) == (other, key)
        assert root("Decrypt", CiphertextBlob=back["CiphertextBlob"])["Plaintext"] == made["Plaintext"]

    def test_while_the_store_is_not_connected(self, root: Caller, store: str, key: str) -> None:
        blob = root("Encrypt", KeyId=key, Plaintext=PLAINTEXT)["CiphertextBlob"]
        disconnect(root, store)
        refused = root.refused("Decrypt", CiphertextBlob=blob)
        assert refused == ("KMSInvalidStateException", f"{key} is unavailable.")
        connect(root, store)
        assert root("Decrypt", CiphertextBlob=blob)["Plaintext"] == PLAINTEXT

    def test_a_key_that_was_destroyed(self, root: Caller, softhsm: SoftHsm, key: str) -> None:
        with writing_session(softhsm) as session:
            for each in session.get_objects({Attribute.CLASS: ObjectClass.SECRET_KEY}):
                each.destroy()
        refused = root.refused("Encrypt", KeyId=key, Plaintext=PLAINTEXT)
        assert refused.code == "KMSInvalidStateException"
        assert refused.message.startswith("The key material of this KMS key was not found in the AWS CloudHSM cluster")

    def test_a_cluster_that_is_configured_no_more(
        self, root: Caller, service: InProcess, store: str, key: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(service.key_stores, "settings", KeyStoreSettings())
        service.key_stores.close()
        message = f"AWS KMS cannot find the AWS CloudHSM cluster {CLUSTER_ID}."
        refused = root.refused("Encrypt", KeyId=key, Plaintext=PLAINTEXT)
        assert refused == ("KMSInvalidStateException", message)
        for operation, given in (
            ("CreateKey", members(store)),
            ("GenerateRandom", {"NumberOfBytes": 8, "CustomKeyStoreId": store}),
        ):
            assert root.refused(operation, **given) == (NOT_CONNECTED, message)
