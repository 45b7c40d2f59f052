"""Keys in external key stores: how they are made."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import pytest

from strongroom.custody.xks_failures import XksFailure, XksFailureKind, key_creation_error
from tests.support.external_stores import (
    OTHER_KEY_ID,
    connected_store,
    external_key,
    external_store,
    write_state,
)
from tests.support.fake_xks_proxy import KEY_ID, URI_PATH, Handler, Received, altered, refuse, reply, right_answer
from tests.support.in_process import ACCOUNT, place_of

if TYPE_CHECKING:
    from strongroom.model.key_store import ConnectionState
    from tests.support.fake_xks_proxy import FakeXksProxy, Step
    from tests.support.in_process import Caller, InProcess

NOT_CONNECTED: Final = "CustomKeyStoreInvalidStateException"


@pytest.fixture
def store(owner: Caller, proxy: FakeXksProxy) -> str:
    """A connected store, of whose making the proxy has forgotten."""
    made = connected_store(owner, external_store(proxy))
    proxy.received.clear()
    return made


def members(store: str, xks_key_id: str = KEY_ID) -> dict[str, Any]:
    return {"Origin": "EXTERNAL_KEY_STORE", "CustomKeyStoreId": store, "XksKeyId": xks_key_id}


def metadata(owner: Caller, key: str) -> dict[str, Any]:
    found: dict[str, Any] = owner("DescribeKey", KeyId=key)["KeyMetadata"]
    return found


class TestNewKeys:
    def test_one_stands_for_an_external_key(self, owner: Caller, proxied: InProcess, store: str) -> None:
        made = owner("CreateKey", **members(store))["KeyMetadata"]
        assert metadata(owner, made["Arn"]) == made
        assert isinstance(made.pop("CreationDate"), datetime)
        assert made.pop("KeyId") == place_of(made["Arn"]).key_id
        assert proxied.kept(made.pop("Arn")).backing_key_id == KEY_ID
        assert made == {
            "AWSAccountId": ACCOUNT,
            "CustomKeyStoreId": store,
            "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
            "Description": "",
            "Enabled": True,
            "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
            "KeyManager": "CUSTOMER",
            "KeySpec": "SYMMETRIC_DEFAULT",
            "KeyState": "Enabled",
            "KeyUsage": "ENCRYPT_DECRYPT",
            "MultiRegion": False,
            "Origin": "EXTERNAL_KEY_STORE",
            "XksKeyConfiguration": {"Id": KEY_ID},
        }

    def test_the_proxy_is_asked_for_whom(
        self, owner: Caller, proxied: InProcess, proxy: FakeXksProxy, store: str
    ) -> None:
        key = external_key(owner, store)
        (asked,) = proxy.received
        assert asked.path == f"{URI_PATH}/keys/{KEY_ID}/metadata"
        assert asked.message["requestMetadata"] == {
            "awsPrincipalArn": f"arn:aws:iam::{ACCOUNT}:root",
            "kmsOperation": "CreateKey",
            "kmsRequestId": proxied.records[-1]["requestID"],
        }
        record = proxied.records[-1]
        assert {name: record["requestParameters"][name] for name in ("customKeyStoreId", "xksKeyId", "origin")} == {
            "customKeyStoreId": store,
            "xksKeyId": KEY_ID,
            "origin": "EXTERNAL_KEY_STORE",
        }
        assert "additionalEventData" not in record
        assert record["responseElements"]["keyMetadata"]["arn"] == key

    @pytest.mark.parametrize("kind", [kind for kind in XksFailureKind if kind.value.endswith("Exception")])
    def test_a_proxy_that_does_not_serve(
        self, owner: Caller, proxy: FakeXksProxy, store: str, kind: XksFailureKind
    ) -> None:
        proxy.script.append(refuse(400, kind.value))
        error = key_creation_error(XksFailure(kind))
        assert owner.refused("CreateKey", **members(store)) == (error.code, error.message)
        assert owner("ListKeys")["Keys"] == []

    @pytest.mark.parametrize(
        ("step", "code"),
        [
            (altered(keySpec="AES_128"), "XksKeyInvalidConfigurationException"),
            (altered(keyStatus="DISABLED"), "XksKeyInvalidConfigurationException"),
            (altered(keyUsage=["ENCRYPT"]), "XksKeyInvalidConfigurationException"),
            (altered(keySpec=None), NOT_CONNECTED),
            (reply(200, b""), NOT_CONNECTED),
        ],
    )
    def test_an_external_key_of_no_use(
        self, owner: Caller, proxy: FakeXksProxy, store: str, step: Step, code: str
    ) -> None:
        proxy.script.append(step)
        assert owner.refused("CreateKey", **members(store)).code == code

    @pytest.mark.parametrize("xks_key_id", [OTHER_KEY_ID, ".", ".."])
    def test_one_that_the_proxy_does_not_know(self, owner: Caller, store: str, xks_key_id: str) -> None:
        assert owner.refused("CreateKey", **members(store, xks_key_id)).code == "XksKeyNotFoundException"

    def test_an_external_key_has_one_key(self, owner: Caller, proxied: InProcess, store: str) -> None:
        key = external_key(owner, store)
        taken = (
            "XksKeyAlreadyInUseException",
            f"The external key {KEY_ID} is already associated with a KMS key in this store.",
        )
        assert owner.refused("CreateKey", **members(store)) == taken
        owner("ScheduleKeyDeletion", KeyId=key)
        assert owner.refused("CreateKey", **members(store)) == taken
        with proxied.store.change() as change:
            change.keys.delete(place_of(key))
        external_key(owner, store)

    def test_of_two_at_a_time_one_gets_it(self, owner: Caller, proxy: FakeXksProxy, store: str) -> None:
        made: list[str] = []

        def meddle(handler: Handler, received: Received) -> None:
            made.append(external_key(owner, store))
            handler.answer(*right_answer(proxy, received))

        proxy.script.append(meddle)
        assert owner.refused("CreateKey", **members(store)).code == "XksKeyAlreadyInUseException"
        assert [each["KeyArn"] for each in owner("ListKeys")["Keys"]] == made

    @pytest.mark.parametrize("connection", ["CONNECTING", "FAILED", "DISCONNECTED", "DISCONNECTING"])
    def test_a_store_that_is_not_connected(
        self, owner: Caller, proxied: InProcess, store: str, connection: ConnectionState
    ) -> None:
        write_state(proxied, store, connection)
        message = (
            f"The custom key store {store} is {connection}; KMS keys can be created in it only when it is CONNECTED."
        )
        assert owner.refused("CreateKey", **members(store)) == (NOT_CONNECTED, message)

    def test_a_store_that_is_disconnected_meanwhile(
        self, owner: Caller, proxied: InProcess, proxy: FakeXksProxy, store: str
    ) -> None:
        def meddle(handler: Handler, received: Received) -> None:
            write_state(proxied, store, "DISCONNECTING")
            handler.answer(*right_answer(proxy, received))

        proxy.script.append(meddle)
        assert owner.refused("CreateKey", **members(store)).code == NOT_CONNECTED

    def test_a_store_of_the_other_type(self, owner: Caller, store: str) -> None:
        wrong = {"Origin": "AWS_CLOUDHSM", "CustomKeyStoreId": store}
        message = "Origin AWS_CLOUDHSM is not valid for a custom key store of type EXTERNAL_KEY_STORE."
        assert owner.refused("CreateKey", **wrong) == ("ValidationException", message)
