"""External key stores: both halves of a key, and how a proxy's failures are told."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Final

import pytest

from strongroom.crypto.xaes import NONCE_SIZE, TAG_SIZE, XaesKey
from strongroom.custody.external_key_store import ExternalCipher, ExternalKeyStore
from strongroom.custody.xks_client import XksEndpoint, XksProxy
from strongroom.custody.xks_failures import (
    XksFailure,
    XksFailureKind,
    connection_error_code,
    key_creation_error,
    key_use_error,
    store_change_error,
)
from strongroom.custody.xks_signature import XksSigner
from strongroom.model.clock import SystemClock
from strongroom.model.errors import InvalidState, ServiceError, XksKeyInvalidConfiguration
from strongroom.model.key_store import ConnectionFailedError
from strongroom.model.xks import RequestMetadata
from tests.support.external_stores import LEAF, trusting_tls
from tests.support.fake_xks_proxy import (
    ACCESS_KEY_ID,
    CIPHERTEXT_METADATA,
    KEY_ID,
    REGION,
    SECRET_ACCESS_KEY,
    URI_PATH,
    FakeXksProxy,
    altered,
    refuse,
    serving_xks_proxy,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PLAINTEXT: Final = b"an example plaintext"
AAD: Final = b"what it belongs to"
METADATA: Final = RequestMetadata(
    aws_principal_arn="arn:aws:iam::111122223333:user/Alice",
    kms_operation="Encrypt",
    kms_request_id="4112f4d6-db54-4af4-ae30-c55a22a8dfae",
)
LOGGED: Final = "An external key store proxy did not serve: "


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeXksProxy]:
    with serving_xks_proxy(tmp_path_factory.mktemp("proxy"), LEAF) as running:
        yield running


@pytest.fixture(scope="module")
def client(proxy: FakeXksProxy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[XksProxy]:
    endpoint = XksEndpoint(uri_endpoint=proxy.endpoint, uri_path=URI_PATH, allow_private=True)
    signer = XksSigner(ACCESS_KEY_ID, SECRET_ACCESS_KEY, REGION)
    made = XksProxy(endpoint, signer, tls=trusting_tls(tmp_path_factory.mktemp("ca")), clock=SystemClock(), timeout=10)
    yield made
    made.close()


@pytest.fixture
def store(client: XksProxy) -> ExternalKeyStore:
    return ExternalKeyStore(client)


@pytest.fixture
def cipher(store: ExternalKeyStore) -> ExternalCipher:
    return store.cipher(XaesKey(bytes(32)), KEY_ID, METADATA)


ASKED: Final[dict[str, tuple[Callable[[ExternalKeyStore], object], Callable[[XksFailure], ServiceError]]]] = {
    "health": (lambda store: store.require_healthy("CreateCustomKeyStore", "request-1"), store_change_error),
    "metadata": (lambda store: store.require_key(KEY_ID, METADATA), key_creation_error),
    "encrypt": (lambda store: store.cipher(XaesKey(bytes(32)), KEY_ID, METADATA).seal(b"", b""), key_use_error),
}


class TestProxy:
    def test_one_that_serves_refuses_nothing(self, store: ExternalKeyStore, proxy: FakeXksProxy) -> None:
        store.connect("request-1")
        store.require_healthy("UpdateCustomKeyStore", "request-2")
        store.require_key(KEY_ID, METADATA)
        asked = [each.message["requestMetadata"] for each in list(proxy.received)[-3:]]
        assert [each["kmsOperation"] for each in asked] == ["ConnectCustomKeyStore", "UpdateCustomKeyStore", "Encrypt"]
        assert [each["kmsRequestId"] for each in asked[:2]] == ["request-1", "request-2"]

    @pytest.mark.parametrize("asked", ASKED)
    @pytest.mark.parametrize("kind", [XksFailureKind.AUTHENTICATION_FAILED, XksFailureKind.KEY_NOT_FOUND])
    def test_its_failures_are_told_by_what_was_asked(
        self,
        store: ExternalKeyStore,
        proxy: FakeXksProxy,
        caplog: pytest.LogCaptureFixture,
        asked: str,
        kind: XksFailureKind,
    ) -> None:
        ask, error_of = ASKED[asked]
        proxy.script.append(refuse(400, kind.value, "words of the proxy"))
        expected = error_of(XksFailure(kind))
        with pytest.raises(type(expected)) as refused:
            ask(store)
        assert refused.value.message == expected.message
        assert caplog.messages == [f"{LOGGED}{kind.value}: words of the proxy"]

    @pytest.mark.parametrize("kind", [XksFailureKind.AUTHENTICATION_FAILED, XksFailureKind.INTERNAL])
    def test_a_failed_connection_has_a_code(
        self, store: ExternalKeyStore, proxy: FakeXksProxy, kind: XksFailureKind
    ) -> None:
        proxy.script.append(refuse(400, kind.value))
        with pytest.raises(ConnectionFailedError, match=f"^{kind.value}$") as failed:
            store.connect("request-1")
        assert failed.value.code == connection_error_code(XksFailure(kind))

    def test_a_key_that_is_of_no_use(self, store: ExternalKeyStore, proxy: FakeXksProxy) -> None:
        proxy.script.append(altered(keyStatus="DISABLED"))
        with pytest.raises(XksKeyInvalidConfiguration):
            store.require_key(KEY_ID, METADATA)

    def test_closing_closes_the_connections(self) -> None:
        closed: list[bool] = []

        class Closing:
            def close(self) -> None:
                closed.append(True)

        ExternalKeyStore(Closing()).close()  # type: ignore[arg-type] # no more of a proxy is needed
        assert closed == [True]


class TestCipher:
    @pytest.mark.parametrize("size", [0, 1, 32, 4096])
    def test_what_is_sealed_is_opened(self, cipher: ExternalCipher, size: int) -> None:
        plaintext = bytes(number % 256 for number in range(size))
        sealed = cipher.seal(plaintext, AAD)
        assert cipher.open(sealed, AAD) == plaintext
        assert cipher.seal(plaintext, AAD) != sealed

    def test_the_parts_of_a_message(self, cipher: ExternalCipher) -> None:
        sealed = cipher.seal(PLAINTEXT, AAD)
        metadata = 2 + 12 + 16
        assert sealed[:2] == bytes((12, len(CIPHERTEXT_METADATA)))
        assert sealed[metadata : metadata + len(CIPHERTEXT_METADATA)] == CIPHERTEXT_METADATA
        assert len(sealed) == metadata + len(CIPHERTEXT_METADATA) + NONCE_SIZE + len(PLAINTEXT) + TAG_SIZE

    def test_the_proxy_sees_neither_plaintext_nor_context(self, cipher: ExternalCipher, proxy: FakeXksProxy) -> None:
        cipher.open(cipher.seal(PLAINTEXT, AAD), AAD)
        encrypt, decrypt = (each.message for each in list(proxy.received)[-2:])
        digest = decoded(encrypt["additionalAuthenticatedData"])
        assert digest == hashlib.sha256(AAD).digest()
        assert decoded(decrypt["additionalAuthenticatedData"]) == digest
        inner = decoded(encrypt["plaintext"])
        assert PLAINTEXT not in inner
        assert XaesKey(bytes(32)).open(inner, AAD) == PLAINTEXT

    def test_neither_half_opens_it_alone(
        self, store: ExternalKeyStore, cipher: ExternalCipher, proxy: FakeXksProxy
    ) -> None:
        sealed = cipher.seal(PLAINTEXT, AAD)
        with pytest.raises(InvalidState, match="submitted for decryption"):
            store.cipher(XaesKey(b"another key of thirty-two bytes!"), KEY_ID, METADATA).open(sealed, AAD)
        proxy.keys["other"] = bytes(32)
        with pytest.raises(InvalidState, match="ciphertext or encryption context"):
            store.cipher(XaesKey(bytes(32)), "other", METADATA).open(sealed, AAD)

    def test_another_context_does_not_open_it(self, cipher: ExternalCipher) -> None:
        with pytest.raises(InvalidState, match="ciphertext or encryption context"):
            cipher.open(cipher.seal(PLAINTEXT, AAD), b"something else")

    @pytest.mark.parametrize(
        "sealed",
        [
            b"",
            b"\x0c",
            bytes((11, 0)) + bytes(64),
            bytes((17, 0)) + bytes(64),
            bytes((12, 21)) + bytes(64),
            bytes((12, 0)) + bytes(12 + 16),
            bytes((16, 20)) + bytes(16 + 16 + 20),
        ],
    )
    def test_what_is_none_of_its_messages_is_not_sent(
        self, cipher: ExternalCipher, proxy: FakeXksProxy, sealed: bytes
    ) -> None:
        sent = len(proxy.received)
        with pytest.raises(ValueError, match="ciphertext of an external key"):
            cipher.open(sealed, AAD)
        assert len(proxy.received) == sent


def decoded(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
