"""Connecting CloudHSM key stores to tokens of SoftHSM, and their random bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from strongroom.custody.hsm_key_store import HsmKeyStore
from strongroom.pipeline import Pipeline
from tests.support.external_stores import (
    connect,
    connected_store,
    described,
    disconnect,
    external_store,
    hsm_settings,
    hsm_store,
    new_store,
    write_state,
)
from tests.support.in_process import REGION, InProcess
from tests.support.key_stores import CLOUD_HSM_STORE
from tests.support.root_keys import PIN

if TYPE_CHECKING:
    from pathlib import Path

    from strongroom.model.key_store import ConnectionState
    from tests.support.fake_xks_proxy import FakeXksProxy
    from tests.support.in_process import Caller, Template
    from tests.support.root_keys import SoftHsm

NOT_CONNECTED: Final = "CustomKeyStoreInvalidStateException"


@pytest.fixture
def service(clustered: InProcess) -> InProcess:
    return clustered


@pytest.fixture
def store(root: Caller) -> str:
    return hsm_store(root)


class TestConnecting:
    def test_a_password_is_tried_when_the_store_is_connected(self, root: Caller, store: str) -> None:
        disconnect(root, store)
        root("UpdateCustomKeyStore", CustomKeyStoreId=store, KeyStorePassword="another-pin")
        connect(root, store, "FAILED")
        assert described(root, store)["ConnectionErrorCode"] == "INVALID_CREDENTIALS"
        disconnect(root, store)
        root("UpdateCustomKeyStore", CustomKeyStoreId=store, KeyStorePassword=PIN)
        connect(root, store)

    def test_a_token_that_is_not_there(self, tmp_path: Path, template: Template, softhsm: SoftHsm) -> None:
        settings = hsm_settings(softhsm, REGION, "another token")
        with InProcess(tmp_path / "other", template, settings) as service:
            root = service.root()
            store = new_store(root, {**CLOUD_HSM_STORE, "KeyStorePassword": PIN})
            connect(root, store, "FAILED")
            assert described(root, store)["ConnectionErrorCode"] == "INSUFFICIENT_CLOUDHSM_HSMS"


class TestRandomBytes:
    @pytest.mark.parametrize("size", [1, 1024])
    def test_as_many_as_asked_from_the_token(
        self, root: Caller, store: str, monkeypatch: pytest.MonkeyPatch, size: int
    ) -> None:
        asked: list[int] = []
        real = HsmKeyStore.random

        def random(hsm: HsmKeyStore, size: int) -> bytes:
            asked.append(size)
            return real(hsm, size)

        monkeypatch.setattr(HsmKeyStore, "random", random)
        answers = [root("GenerateRandom", NumberOfBytes=size, CustomKeyStoreId=store)["Plaintext"] for _ in range(2)]
        assert [len(each) for each in answers] == asked == [size] * 2

    @pytest.mark.parametrize("state", ["CONNECTING", "FAILED", "DISCONNECTED", "DISCONNECTING"])
    def test_a_store_that_is_not_connected(
        self, root: Caller, service: InProcess, store: str, state: ConnectionState
    ) -> None:
        write_state(service, store, state, REGION)
        message = f"The custom key store {store} is {state}; it must be CONNECTED."
        refused = root.refused("GenerateRandom", NumberOfBytes=8, CustomKeyStoreId=store)
        assert refused == (NOT_CONNECTED, message)

    def test_where_no_store_can_be_asked_there_are_none(
        self, root: Caller, store: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Pipeline, "_store_requests", lambda *_: None)
        refused = root.refused("GenerateRandom", NumberOfBytes=8, CustomKeyStoreId=store)
        assert refused.code == "KMSInternalException"


def test_external_stores_give_no_random_bytes(owner: Caller, proxy: FakeXksProxy) -> None:
    store = connected_store(owner, external_store(proxy))
    refused = owner.refused("GenerateRandom", NumberOfBytes=8, CustomKeyStoreId=store)
    message = "Random bytes are given only by custom key stores of type AWS_CLOUDHSM."
    assert refused == ("UnsupportedOperationException", message)
