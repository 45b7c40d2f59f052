"""CloudHSM key stores: keys on a token that encrypt as all other keys do."""

from __future__ import annotations

import json
import logging
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from pkcs11 import Attribute, TokenFlag

from strongroom.crypto.xaes import KEY_SIZE, NONCE_SIZE, TAG_SIZE, XaesKey
from strongroom.custody.hsm_key_store import HsmCluster, HsmKeyStore, TokenXaesKey
from strongroom.custody.pkcs11_errors import TokenError
from strongroom.custody.pkcs11_module import finalize_modules, use_module
from strongroom.custody.pkcs11_token import Pkcs11Token
from strongroom.model.errors import (
    CloudHsmClusterInvalidConfiguration,
    CustomKeyStoreInvalidState,
    InvalidState,
    KeyUnavailable,
    ServiceError,
)
from strongroom.model.key_store import ConnectionFailedError
from tests.support.root_keys import BOX, PIN
from tests.support.tokens import FlaggedLibrary, import_cmac_key, in_child, writing_session

if TYPE_CHECKING:
    from collections.abc import Callable

    from pkcs11 import Session

    from strongroom.custody.pkcs11_module import Pkcs11Module
    from tests.support.root_keys import SoftHsm

STORE_ID = "cks-1234567890abcdef0"
AAD = b"what it belongs to"
SECRET = b"an example secret"
KEY = bytes(range(KEY_SIZE))
PUBLISHED: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "vectors" / "xaes-256-gcm.json").read_text(encoding="utf-8")
)
VECTORS = [
    {name: bytes.fromhex(value) for name, value in vector.items() if name != "comment"}
    for vector in PUBLISHED["vectors"]
]


def cluster_of(softhsm: SoftHsm, label: str = BOX, user: str | None = None) -> HsmCluster:
    return HsmCluster(
        cluster_id="cluster-234567abcde",
        account_id="111122223333",
        region="us-east-1",
        module=softhsm.module,
        token=label,
        user=user,
        trust_anchor="an example certificate",
    )


@pytest.fixture
def store(softhsm: SoftHsm) -> HsmKeyStore:
    return HsmKeyStore(cluster_of(softhsm), PIN)


def imported(store: HsmKeyStore, softhsm: SoftHsm, value: bytes, **attributes: bool) -> TokenXaesKey:
    store.connect()
    template = {Attribute[name]: value for name, value in attributes.items()}
    name = import_cmac_key(softhsm, value, template)
    return store.cipher(name.label, (name.id or b"").hex())


def connection_error(store: HsmKeyStore) -> str:
    with pytest.raises(ConnectionFailedError) as failed:
        store.connect()
    return failed.value.code


@pytest.mark.parametrize("vector", VECTORS)
def test_published_vectors(store: HsmKeyStore, softhsm: SoftHsm, vector: dict[str, bytes]) -> None:
    key = imported(store, softhsm, vector["key"])
    assert key.encrypt(vector["nonce"], vector["plaintext"], vector["aad"]) == vector["ciphertext"]
    assert key.decrypt(vector["nonce"], vector["ciphertext"], vector["aad"]) == vector["plaintext"]
    assert key.open(vector["nonce"] + vector["ciphertext"], vector["aad"]) == vector["plaintext"]


@pytest.mark.parametrize("size", [0, 1, 15, 16, 32, 4096])
def test_messages_are_those_of_a_key_that_is_here(store: HsmKeyStore, softhsm: SoftHsm, size: int) -> None:
    on_token, here = imported(store, softhsm, KEY), XaesKey(KEY)
    plaintext = bytes(number % 256 for number in range(size))
    sealed = on_token.seal(plaintext, AAD)
    assert len(sealed) == NONCE_SIZE + size + TAG_SIZE
    assert here.open(sealed, AAD) == plaintext
    assert on_token.open(here.seal(plaintext, AAD), AAD) == plaintext
    assert sealed[:NONCE_SIZE] != on_token.seal(plaintext, AAD)[:NONCE_SIZE]


def test_what_is_not_authentic_does_not_open(store: HsmKeyStore) -> None:
    key = store.cipher(STORE_ID, store.create_key(STORE_ID))
    sealed = key.seal(SECRET, AAD)
    for position in (0, NONCE_SIZE - 1, NONCE_SIZE, len(sealed) - 1):
        changed = bytearray(sealed)
        changed[position] ^= 1
        with pytest.raises(ValueError, match=r"^not authentic$"):
            key.open(bytes(changed), AAD)
    with pytest.raises(ValueError, match=r"^not authentic$"):
        key.open(sealed, b"something else")
    with pytest.raises(ValueError, match="too short"):
        key.open(sealed[: NONCE_SIZE + TAG_SIZE - 1], AAD)
    with pytest.raises(ValueError, match="24 bytes"):
        key.encrypt(bytes(12), SECRET, AAD)


def test_keys_are_told_apart_and_outlast_the_store_object(store: HsmKeyStore, softhsm: SoftHsm) -> None:
    first, second = store.create_key(STORE_ID), store.create_key(STORE_ID)
    assert first != second
    assert len(first) == len(second) == 32
    assert first == first.lower() == bytes.fromhex(first).hex()
    sealed = store.cipher(STORE_ID, first).seal(SECRET, AAD)
    with pytest.raises(ValueError, match="not authentic"):
        store.cipher(STORE_ID, second).open(sealed, AAD)
    store.close()
    assert HsmKeyStore(cluster_of(softhsm), PIN).cipher(STORE_ID, first).open(sealed, AAD) == SECRET


def test_a_key_is_named_on_its_token_after_its_store(store: HsmKeyStore, softhsm: SoftHsm) -> None:
    backing_key_id = store.create_key(STORE_ID)
    with writing_session(softhsm) as session:
        key = session.get_key(label=STORE_ID)
        assert bytes(key[Attribute.ID]).hex() == backing_key_id
        assert (key[Attribute.SIGN], key[Attribute.ENCRYPT], key[Attribute.EXTRACTABLE]) == (True, False, False)


def test_a_user_goes_before_the_password(softhsm: SoftHsm) -> None:
    assert cluster_of(softhsm).pin("an example password") == "an example password"
    assert cluster_of(softhsm, user="kmsuser").pin("an example password") == "kmsuser:an example password"
    assert connection_error(HsmKeyStore(cluster_of(softhsm, user="kmsuser"), PIN)) == "INVALID_CREDENTIALS"
    user, _, password = PIN.partition("-")
    with pytest.raises(ConnectionFailedError):
        HsmKeyStore(cluster_of(softhsm, user=user), password).connect()


def test_connecting_can_be_repeated(store: HsmKeyStore) -> None:
    store.connect()
    store.connect()
    key = store.cipher(STORE_ID, store.create_key(STORE_ID))
    sealed = key.seal(SECRET, AAD)
    store.connect()
    assert key.open(sealed, AAD) == SECRET


def test_a_wrong_password_is_tried_only_when_it_is_to_be_connected(
    softhsm: SoftHsm, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = HsmKeyStore(cluster_of(softhsm), "wrong-password")
    module = use_module(softhsm.module)
    with monkeypatch.context() as patch:
        library = CountingLibrary(module)
        patch.setattr(module, "library", library)
        assert connection_error(store) == "INVALID_CREDENTIALS"
        key = store.cipher(STORE_ID, "00" * 16)
        with pytest.raises(KeyUnavailable):
            key.seal(SECRET, AAD)
        with pytest.raises(CustomKeyStoreInvalidState):
            store.random(1)
        assert library.tries == ["wrong-password"]
        assert connection_error(store) == "INVALID_CREDENTIALS"
        assert library.tries == ["wrong-password"] * 2


class CountingLibrary:
    """A module that lists with which PINs its one token is logged in to."""

    def __init__(self, module: Pkcs11Module) -> None:
        self.tries: list[str] = []
        self._token = module.library.get_token(token_label=BOX)
        self.flags = self._token.flags

    def get_token(self, **_: str) -> CountingLibrary:
        return self

    def open(self, user_pin: str) -> Session:
        self.tries.append(user_pin)
        return self._token.open(user_pin=user_pin)


def test_a_password_is_checked_though_the_process_is_logged_in(store: HsmKeyStore, softhsm: SoftHsm) -> None:
    key = store.cipher(STORE_ID, store.create_key(STORE_ID))
    sealed = key.seal(SECRET, AAD)
    assert connection_error(HsmKeyStore(cluster_of(softhsm), "wrong-password")) == "INVALID_CREDENTIALS"
    assert key.open(sealed, AAD) == SECRET


@pytest.mark.parametrize("flag", [TokenFlag.USER_PIN_FINAL_TRY, TokenFlag.USER_PIN_LOCKED])
def test_a_user_that_is_locked_out_or_nearly_so_is_not_tried(
    store: HsmKeyStore, softhsm: SoftHsm, monkeypatch: pytest.MonkeyPatch, flag: TokenFlag
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(use_module(softhsm.module), "library", FlaggedLibrary(flag))
        assert connection_error(store) == "USER_LOCKED_OUT"


def test_a_token_that_is_not_there(softhsm: SoftHsm) -> None:
    assert connection_error(HsmKeyStore(cluster_of(softhsm, "other"), PIN)) == "INSUFFICIENT_CLOUDHSM_HSMS"


def test_a_token_that_goes_away(store: HsmKeyStore) -> None:
    backing_key_id = store.create_key(STORE_ID)
    finalize_modules()
    subprocess.run(  # noqa: S603 - the tool that removes tokens
        ["softhsm2-util", "--delete-token", "--token", BOX],  # noqa: S607 - as the fixture found it
        check=True,
        capture_output=True,
    )
    with pytest.raises(KeyUnavailable):
        store.cipher(STORE_ID, backing_key_id).seal(SECRET, AAD)
    with pytest.raises(CloudHsmClusterInvalidConfiguration):
        store.create_key(STORE_ID)
    with pytest.raises(TokenError, match=f"has no token '{BOX}'"):
        store.destroy_key(STORE_ID, backing_key_id)
    assert connection_error(store) == "INSUFFICIENT_CLOUDHSM_HSMS"


def test_a_module_that_does_not_load(softhsm: SoftHsm) -> None:
    store = HsmKeyStore(msgspec.structs.replace(cluster_of(softhsm), module=Path("/nowhere.so")), PIN)
    with pytest.raises(ConnectionFailedError, match=r"cannot load the PKCS#11 module /nowhere.so") as failed:
        store.connect()
    assert failed.value.code == "INTERNAL_ERROR"


def test_a_token_that_logs_in_but_does_not_work(store: HsmKeyStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Pkcs11Token, "random", out_of_order)
    assert connection_error(store) == "INTERNAL_ERROR"


def out_of_order(*_: object) -> bytes:
    raise TokenError("the token of an example is out of order")


def test_a_destroyed_key_is_gone_and_others_are_not(store: HsmKeyStore) -> None:
    kept, gone = store.create_key(STORE_ID), store.create_key(STORE_ID)
    sealed = store.cipher(STORE_ID, kept).seal(SECRET, AAD)
    key = store.cipher(STORE_ID, gone)
    gone_sealed = key.seal(SECRET, AAD)
    store.destroy_key(STORE_ID, gone)
    for use in uses(key, gone_sealed):
        with pytest.raises(InvalidState, match="was not found in the AWS CloudHSM cluster"):
            use()
    store.destroy_key(STORE_ID, gone)
    assert store.cipher(STORE_ID, kept).open(sealed, AAD) == SECRET


def uses(key: TokenXaesKey, sealed: bytes) -> list[Callable[[], bytes]]:
    return [lambda: key.seal(SECRET, AAD), lambda: key.open(sealed, AAD)]


def test_a_key_that_another_process_destroys_is_gone(store: HsmKeyStore, softhsm: SoftHsm) -> None:
    backing_key_id = store.create_key(STORE_ID)
    key = store.cipher(STORE_ID, backing_key_id)
    key.seal(SECRET, AAD)
    in_child(lambda: HsmKeyStore(cluster_of(softhsm), PIN).destroy_key(STORE_ID, backing_key_id))
    with pytest.raises(InvalidState):
        key.seal(SECRET, AAD)


@pytest.mark.parametrize(
    ("size", "attributes"),
    [(32, {"EXTRACTABLE": True}), (32, {"SENSITIVE": False}), (32, {"SIGN": False, "ENCRYPT": True}), (16, {})],
)
def test_a_key_that_is_not_to_be_trusted_is_refused(
    store: HsmKeyStore, softhsm: SoftHsm, size: int, attributes: dict[str, bool]
) -> None:
    key = imported(store, softhsm, bytes(size), **attributes)
    for use in uses(key, bytes(NONCE_SIZE + TAG_SIZE)):
        with pytest.raises(InvalidState, match="is not a 256-bit AES key that is sensitive"):
            use()


def test_failures_are_told_to_the_operator_and_not_to_clients(
    store: HsmKeyStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    key = store.cipher(STORE_ID, store.create_key(STORE_ID))
    sealed = key.seal(SECRET, AAD)
    for method in ("cmac", "random", "generate_cmac_key"):
        monkeypatch.setattr(Pkcs11Token, method, out_of_order)
    asked: list[tuple[type[ServiceError], Callable[[], object]]] = [
        *((KeyUnavailable, use) for use in uses(key, sealed)),
        (CustomKeyStoreInvalidState, lambda: store.random(1)),
        (CloudHsmClusterInvalidConfiguration, lambda: store.create_key(STORE_ID)),
    ]
    for error, ask in asked:
        caplog.clear()
        with caplog.at_level(logging.WARNING), pytest.raises(error) as raised:
            ask()
        assert "out of order" in caplog.text
        assert "out of order" not in str(raised.value)
        assert "AWS CloudHSM cluster" in (raised.value.message or "")


@pytest.mark.parametrize("destroyable", [True, False])
def test_a_key_that_its_token_does_not_use_is_not_kept(
    store: HsmKeyStore, softhsm: SoftHsm, monkeypatch: pytest.MonkeyPatch, *, destroyable: bool
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Pkcs11Token, "cmac", out_of_order)
        if not destroyable:
            patch.setattr(Pkcs11Token, "destroy_key", out_of_order)
        with pytest.raises(CloudHsmClusterInvalidConfiguration, match="could not create the key material"):
            store.create_key(STORE_ID)
    left = Pkcs11Token(softhsm.module, BOX, PIN).find_aes_keys(STORE_ID)
    assert len(left) == (0 if destroyable else 1)


def test_random_bytes_are_the_tokens(store: HsmKeyStore, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(store.random(1024)) == 1024
    assert store.random(32) != store.random(32)
    monkeypatch.setattr(Pkcs11Token, "random", lambda _, size: b"\x07" * size)
    assert store.random(3) == b"\x07\x07\x07"


def test_closing_logs_out_and_use_logs_in_again(store: HsmKeyStore, softhsm: SoftHsm) -> None:
    store.close()
    key = store.cipher(STORE_ID, store.create_key(STORE_ID))
    sealed = key.seal(SECRET, AAD)
    store.close()
    with writing_session(softhsm) as session:
        assert list(session.get_objects({Attribute.LABEL: STORE_ID})) == []
    assert key.open(sealed, AAD) == SECRET


def test_threads_share_a_store(store: HsmKeyStore, softhsm: SoftHsm) -> None:
    keys = [imported(store, softhsm, bytes([number] * KEY_SIZE)) for number in range(4)]
    start = threading.Barrier(5)

    def use(number: int) -> bool:
        start.wait()
        here = XaesKey(bytes([number] * KEY_SIZE))
        return all(
            here.open(keys[number].seal(SECRET, AAD), AAD) == keys[number].open(here.seal(SECRET, AAD), AAD) == SECRET
            for _ in range(25)
        )

    def disturb() -> bool:
        start.wait()
        for _ in range(5):
            store.connect()
            store.close()
        return True

    with ThreadPoolExecutor(5) as pool:
        done = [pool.submit(disturb), *(pool.submit(use, number) for number in range(4))]
        assert all(each.result() for each in done)


def test_forked_processes_make_stores_of_their_own(store: HsmKeyStore, softhsm: SoftHsm) -> None:
    backing_key_id = store.create_key(STORE_ID)
    sealed = store.cipher(STORE_ID, backing_key_id).seal(SECRET, AAD)

    def opens() -> None:
        own = HsmKeyStore(cluster_of(softhsm), PIN)
        own.connect()
        assert own.cipher(STORE_ID, backing_key_id).open(sealed, AAD) == SECRET
        own.close()

    in_child(opens)
    in_child(opens)
    assert store.cipher(STORE_ID, backing_key_id).open(sealed, AAD) == SECRET


def test_no_error_and_no_repr_tells_the_password(softhsm: SoftHsm) -> None:
    store = HsmKeyStore(cluster_of(softhsm), "wrong-password")
    with pytest.raises(ConnectionFailedError) as failed:
        store.connect()
    assert "wrong-password" not in f"{failed.value}{store!r}"
