from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pkcs11
import pytest
from pkcs11 import Attribute, KeyType, MechanismFlag, TokenFlag

from strongroom.custody import pkcs11_token
from strongroom.custody.pkcs11_errors import PinRefusedError, TokenError, TokenKeyError, token_error
from strongroom.custody.pkcs11_keys import KeyName
from strongroom.custody.pkcs11_module import finalize_modules, use_module
from strongroom.custody.pkcs11_token import Pkcs11Token
from tests.support.root_keys import BOX, PIN
from tests.support.tokens import import_cmac_key, in_child, writing_session

if TYPE_CHECKING:
    from strongroom.custody.pkcs11_session import TokenSession
    from tests.support.root_keys import SoftHsm

IV = bytes(range(12))
AAD = b"what it belongs to"
SECRET = b"an example secret"


@pytest.fixture
def token(softhsm: SoftHsm) -> Pkcs11Token:
    return Pkcs11Token(softhsm.module, "box", PIN)


def session_in(token: Pkcs11Token) -> TokenSession:
    return token._session  # noqa: SLF001 - to break what cannot be broken from outside


def lose_session(token: Pkcs11Token) -> None:
    """Do what a device does that is restarted."""
    session = session_in(token)._session  # noqa: SLF001 - the module's own
    assert session is not None
    session.close()


def test_a_key_encrypts_and_decrypts_on_the_token(token: Pkcs11Token) -> None:
    key = token.generate_aes_key("payments")
    sealed = token.encrypt(key, IV, SECRET, AAD)
    assert len(sealed) == len(SECRET) + 16
    assert token.decrypt(key, IV, sealed, AAD) == SECRET
    assert token.encrypt(key, IV, b"", AAD) != token.encrypt(key, IV, b"", b"")


def test_a_key_never_leaves_the_token(token: Pkcs11Token, softhsm: SoftHsm) -> None:
    token.generate_aes_key("payments")
    with writing_session(softhsm) as session:
        key = session.get_key(label="payments")
        for attribute in (Attribute.SENSITIVE, Attribute.ALWAYS_SENSITIVE, Attribute.NEVER_EXTRACTABLE):
            assert key[attribute] is True
        for attribute in (Attribute.PRIVATE, Attribute.TOKEN, Attribute.LOCAL, Attribute.ENCRYPT, Attribute.DECRYPT):
            assert key[attribute] is True
        for attribute in (Attribute.EXTRACTABLE, Attribute.WRAP, Attribute.UNWRAP, Attribute.SIGN, Attribute.DERIVE):
            assert key[attribute] is False
        with pytest.raises(pkcs11.AttributeSensitive):
            key[Attribute.VALUE]


@pytest.mark.parametrize(
    ("iv", "position", "aad"),
    [(bytes(12), None, AAD), (IV, 0, AAD), (IV, -1, AAD), (IV, None, b"something else"), (IV, None, b"")],
)
def test_what_is_not_authentic_does_not_open(token: Pkcs11Token, iv: bytes, position: int | None, aad: bytes) -> None:
    key = token.generate_aes_key("payments")
    sealed = bytearray(token.encrypt(key, IV, SECRET, AAD))
    if position is not None:
        sealed[position] ^= 1
    with pytest.raises(ValueError, match="not authentic"):
        token.decrypt(key, iv, bytes(sealed), aad)


def test_lengths_are_checked_before_the_token_is_asked() -> None:
    token, key = Pkcs11Token(Path("/nowhere.so"), "box", PIN), KeyName(label="payments")
    with pytest.raises(ValueError, match="an IV has 12 bytes"):
        token.encrypt(key, bytes(11), SECRET, AAD)
    with pytest.raises(ValueError, match="an IV has 12 bytes"):
        token.decrypt(key, bytes(13), bytes(16), AAD)
    with pytest.raises(ValueError, match="too short"):
        token.decrypt(key, IV, bytes(15), AAD)


def test_keys_of_one_label_are_told_apart_by_their_ids(token: Pkcs11Token) -> None:
    first, second = token.generate_aes_key("payments"), token.generate_aes_key("payments")
    assert first.id != second.id
    assert {each.id for each in token.find_aes_keys("payments")} == {first.id, second.id}
    assert token.find_aes_keys("pay") == []
    sealed = token.encrypt(first, IV, SECRET, AAD)
    with pytest.raises(ValueError, match="not authentic"):
        token.decrypt(second, IV, sealed, AAD)
    with pytest.raises(TokenKeyError, match="token 'box' holds more than one AES key 'payments'; give"):
        token.require_aes_key(KeyName(label="payments"))


def test_a_label_names_a_key_alone(token: Pkcs11Token) -> None:
    key = token.generate_aes_key("payments")
    sealed = token.encrypt(KeyName(label="payments"), IV, SECRET, AAD)
    assert token.decrypt(key, IV, sealed, AAD) == SECRET


def test_a_missing_key_is_named(token: Pkcs11Token) -> None:
    with pytest.raises(TokenKeyError, match="token 'box' holds no AES key 'payments'"):
        token.encrypt(KeyName(label="payments"), IV, SECRET, AAD)
    with pytest.raises(TokenKeyError, match="holds no AES key 'payments' with id 0a0b"):
        token.require_aes_key(KeyName(label="payments", id=b"\x0a\x0b"))


@pytest.mark.parametrize(
    ("bits", "template", "message"),
    [
        (128, {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False}, "does not have 256 bits"),
        (256, {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: True}, "can be read out"),
        (256, {Attribute.SENSITIVE: False, Attribute.EXTRACTABLE: False}, "can be read out"),
    ],
)
def test_a_key_that_is_not_to_be_trusted_is_refused(
    token: Pkcs11Token, softhsm: SoftHsm, bits: int, template: dict[Attribute, bool], message: str
) -> None:
    token.random(1)
    with writing_session(softhsm) as session:
        session.generate_key(
            KeyType.AES,
            bits,
            label="weak",
            store=True,
            capabilities=MechanismFlag.ENCRYPT | MechanismFlag.DECRYPT,
            template=template,
        )
    with pytest.raises(TokenKeyError, match=message):
        token.encrypt(KeyName(label="weak"), IV, SECRET, AAD)


def test_random_bytes_come_from_the_token(token: Pkcs11Token) -> None:
    assert len(token.random(32)) == 32
    assert token.random(32) != token.random(32)


def test_a_wrong_pin_is_tried_once(softhsm: SoftHsm, monkeypatch: pytest.MonkeyPatch) -> None:
    token = Pkcs11Token(softhsm.module, "box", "wrong-pin")
    with pytest.raises(PinRefusedError, match=r"'box' does not take the PIN \(PinIncorrect\); it was tried once"):
        token.random(1)
    monkeypatch.setattr(session_in(token), "_pin", PIN)
    with pytest.raises(PinRefusedError, match="is not tried again: start anew"):
        token.random(1)


def test_a_wrong_pin_is_not_tried_again_by_other_processes(softhsm: SoftHsm) -> None:
    token = Pkcs11Token(softhsm.module, "box", "wrong-pin")

    def refused(message: str) -> None:
        with pytest.raises(PinRefusedError, match=message):
            token.random(1)

    in_child(lambda: refused("was tried once"))
    in_child(lambda: refused("is not tried again"))
    refused("is not tried again")


def test_the_last_try_before_a_token_locks_is_not_risked(
    token: Pkcs11Token, softhsm: SoftHsm, monkeypatch: pytest.MonkeyPatch
) -> None:
    class AlmostLocked:
        flags = TokenFlag.USER_PIN_COUNT_LOW | TokenFlag.USER_PIN_FINAL_TRY

    class Library:
        def get_token(self, **_: str) -> AlmostLocked:
            return AlmostLocked()

    with monkeypatch.context() as patch:
        patch.setattr(use_module(softhsm.module), "library", Library())
        with pytest.raises(PinRefusedError, match="token 'box' has one try left before it locks"):
            token.random(1)


def test_a_missing_token_is_named(softhsm: SoftHsm) -> None:
    with pytest.raises(TokenError, match=f"{softhsm.module} has no token 'other'; give the label of one that it has"):
        Pkcs11Token(softhsm.module, "other", PIN).random(1)


def test_two_tokens_of_one_label_are_not_guessed_between(softhsm: SoftHsm) -> None:
    softhsm.add_token("box")
    with pytest.raises(TokenError, match="has several tokens 'box'; give them different labels"):
        Pkcs11Token(softhsm.module, "box", PIN).random(1)


def test_a_missing_module_is_named() -> None:
    with pytest.raises(TokenError, match=r"cannot load the PKCS#11 module /nowhere.so: .*No such file"):
        Pkcs11Token(Path("/nowhere.so"), "box", PIN).random(1)


def test_a_lost_session_is_opened_again(token: Pkcs11Token, softhsm: SoftHsm) -> None:
    key = token.generate_aes_key("payments")
    sealed = token.encrypt(key, IV, SECRET, AAD)
    # Another's logout, which counts for the whole process.
    other = use_module(softhsm.module).library.get_token(token_label=BOX)
    session = other.open()
    lose_session(token)
    assert token.decrypt(key, IV, sealed, AAD) == SECRET
    session.close()


def test_a_destroyed_key_is_missing(token: Pkcs11Token, softhsm: SoftHsm) -> None:
    key = token.generate_aes_key("payments")
    token.encrypt(key, IV, SECRET, AAD)
    with writing_session(softhsm) as session:
        session.get_key(label="payments").destroy()
    with pytest.raises(TokenKeyError, match="holds no AES key"):
        token.encrypt(key, IV, SECRET, AAD)


def test_two_users_of_a_token_do_not_log_each_other_out_for_good(token: Pkcs11Token, softhsm: SoftHsm) -> None:
    key = token.generate_aes_key("payments")
    sealed = token.encrypt(key, IV, SECRET, AAD)
    other = Pkcs11Token(softhsm.module, "box", PIN)
    assert other.decrypt(key, IV, sealed, AAD) == SECRET
    token.close()
    assert other.decrypt(key, IV, sealed, AAD) == SECRET
    assert token.decrypt(key, IV, sealed, AAD) == SECRET
    other.close()
    assert token.decrypt(key, IV, sealed, AAD) == SECRET


def test_closing_logs_out_and_can_be_repeated(token: Pkcs11Token, softhsm: SoftHsm) -> None:
    token.close()
    token.generate_aes_key("payments")
    token.close()
    token.close()
    with writing_session(softhsm) as session:
        assert list(session.get_objects({Attribute.LABEL: "payments"})) == []
    assert len(token.find_aes_keys("payments")) == 1


def test_a_forked_process_logs_in_by_itself(token: Pkcs11Token) -> None:
    key = token.generate_aes_key("payments")
    sealed = token.encrypt(key, IV, SECRET, AAD)

    def opens() -> None:
        token.close()
        assert token.decrypt(key, IV, sealed, AAD) == SECRET

    in_child(opens)
    assert token.decrypt(key, IV, sealed, AAD) == SECRET
    finalize_modules()
    in_child(opens)
    assert token.decrypt(key, IV, sealed, AAD) == SECRET


def test_threads_share_a_token(token: Pkcs11Token) -> None:
    keys = [token.generate_aes_key("payments") for _ in range(4)]
    start = threading.Barrier(4)

    def work(key: KeyName) -> bool:
        start.wait()
        return all(
            token.decrypt(key, iv, token.encrypt(key, iv, SECRET, AAD), AAD) == SECRET
            for iv in (bytes([number] * 12) for number in range(25))
        )

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(work, keys))


@pytest.mark.parametrize("error", [pkcs11.EncryptedDataInvalid, pkcs11.DataLenRange, pkcs11.GeneralError])
def test_tokens_say_in_several_ways_that_a_message_is_not_authentic(
    token: Pkcs11Token, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    monkeypatch.setattr(pkcs11_token, "find_key", lambda *_: Failing(error()))
    with pytest.raises(ValueError, match="not authentic"):
        token.decrypt(KeyName(label="payments"), IV, bytes(16), AAD)


def test_a_token_out_of_order_is_not_taken_for_a_forged_message(
    token: Pkcs11Token, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pkcs11_token, "find_key", lambda *_: Failing(pkcs11.GeneralError()))
    monkeypatch.setattr(session_in(token), "_log_in", lambda _: BrokenSession())
    with pytest.raises(TokenError, match=r"token 'box' of .* cannot be used: FunctionFailed"):
        token.decrypt(KeyName(label="payments"), IV, bytes(16), AAD)


class Failing:
    """A key whose token fails."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def decrypt(self, *_: object, **__: object) -> bytes:
        raise self._error


class BrokenSession:
    def generate_random(self, _bits: int) -> bytes:
        raise pkcs11.FunctionFailed

    def close(self) -> None:
        """Close."""


def test_a_login_as_somebody_else_is_named() -> None:
    error = token_error(pkcs11.AnotherUserAlreadyLoggedIn(), "box", Path("m.so"))
    assert str(error) == "this process is logged in to token 'box' as somebody else"


def test_no_error_and_no_repr_tells_the_pin(softhsm: SoftHsm) -> None:
    token = Pkcs11Token(softhsm.module, "box", "wrong-pin")
    with pytest.raises(PinRefusedError) as refused:
        token.random(1)
    assert "wrong-pin" not in f"{refused.value}{token!r}"


# NIST, examples of SP 800-38B, CMAC-AES256: examples 1 and 2.
CMAC_KEY = bytes.fromhex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4")
CMACS = {
    "": "028962f61b7bf89efc6b551f4667d983",
    "6bc1bee22e409f96e93d7e117393172a": "28a7023f452e8f82bd4bf28d8c37c35c",
}


def test_cmacs_are_the_published_ones(token: Pkcs11Token, softhsm: SoftHsm) -> None:
    token.random(1)
    name = import_cmac_key(softhsm, CMAC_KEY)
    expected = tuple(bytes.fromhex(code) for code in CMACS.values())
    assert token.cmac(name, *(bytes.fromhex(message) for message in CMACS)) == expected
    assert token.cmac(name) == ()


def test_a_cmac_key_never_leaves_the_token_and_does_nothing_else(token: Pkcs11Token, softhsm: SoftHsm) -> None:
    name = token.generate_cmac_key("payments")
    assert [len(code) for code in token.cmac(name, b"", b"message")] == [16, 16]
    with writing_session(softhsm) as session:
        key = session.get_key(label="payments")
        assert key[Attribute.ID] == name.id
        for attribute in (Attribute.SENSITIVE, Attribute.ALWAYS_SENSITIVE, Attribute.NEVER_EXTRACTABLE):
            assert key[attribute] is True
        for attribute in (Attribute.PRIVATE, Attribute.TOKEN, Attribute.LOCAL, Attribute.SIGN):
            assert key[attribute] is True
        for attribute in (Attribute.EXTRACTABLE, Attribute.ENCRYPT, Attribute.DECRYPT, Attribute.VERIFY):
            assert key[attribute] is False
        for attribute in (Attribute.WRAP, Attribute.UNWRAP, Attribute.DERIVE):
            assert key[attribute] is False


def test_a_key_is_not_put_to_another_use(token: Pkcs11Token) -> None:
    for_gcm, for_cmac = token.generate_aes_key("payments"), token.generate_cmac_key("payments")
    with pytest.raises(TokenKeyError, match="lacks one of the attributes that it needs: SIGN"):
        token.cmac(for_gcm, b"message")
    with pytest.raises(TokenKeyError, match="lacks one of the attributes that it needs: ENCRYPT, DECRYPT"):
        token.encrypt(for_cmac, IV, SECRET, AAD)
    with pytest.raises(TokenKeyError, match="ENCRYPT, DECRYPT"):
        token.require_aes_key(for_cmac)
    assert token.cmac(for_cmac, b"message")


def test_a_key_is_destroyed_alone_and_for_good(token: Pkcs11Token) -> None:
    kept, gone = token.generate_cmac_key("payments"), token.generate_cmac_key("payments")
    codes = token.cmac(kept, b"message")
    token.cmac(gone, b"message")
    token.destroy_key(gone)
    with pytest.raises(TokenKeyError, match="holds no AES key 'payments' with id"):
        token.cmac(gone, b"message")
    token.destroy_key(gone)
    assert token.cmac(kept, b"message") == codes


def test_destroying_is_done_again_in_a_new_session(token: Pkcs11Token) -> None:
    name = token.generate_cmac_key("payments")
    lose_session(token)
    token.destroy_key(name)
    assert token.find_aes_keys("payments") == []
