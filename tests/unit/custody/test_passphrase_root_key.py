from __future__ import annotations

import base64
import hmac
from pathlib import Path

import msgspec
import pytest
from argon2.low_level import Type
from hypothesis import given, settings
from hypothesis import strategies as st

from strongroom.crypto.xaes import XaesKey
from strongroom.custody import passphrase_root_key
from strongroom.custody.file_root_key import FileRootKey
from strongroom.custody.passphrase_root_key import Argon2Cost, SealedRootKey
from strongroom.custody.root_key import RootKeyError

KEY = bytes(range(32))
WORDS = "an example passphrase"
PATH = Path("root.key")
SEALED = SealedRootKey.seal(KEY, WORDS)


def test_the_passphrase_gives_the_root_key_back() -> None:
    parsed = SealedRootKey.parse(SEALED.line, PATH)
    assert parsed == SEALED
    assert parsed.open(WORDS) == KEY
    assert parsed.id == FileRootKey(KEY).id


def test_the_line_is_text_with_the_cost_that_was_asked_for() -> None:
    form, key_id, hashed, sealed = SEALED.line.split(" ")
    assert (form, key_id) == ("strongroom-passphrase-root-key-1", SEALED.id)
    assert hashed.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert len(base64.b64decode(hashed.rpartition("$")[2])) == 16
    assert len(base64.b64decode(sealed)) == 24 + 32 + 16
    assert base64.b64encode(KEY).decode() not in SEALED.line


def test_the_same_passphrase_never_gives_the_same_seal() -> None:
    again = SealedRootKey.seal(KEY, WORDS)
    assert again.id == SEALED.id
    assert again.salt != SEALED.salt
    assert again.sealed != SEALED.sealed


def test_another_passphrase_opens_nothing() -> None:
    with pytest.raises(RootKeyError, match=f"the passphrase does not open root key {SEALED.id}; give the right one"):
        SEALED.open(f"{WORDS} ")


def test_letters_may_be_composed_in_any_way() -> None:
    sealed = SealedRootKey.seal(KEY, "caf\N{LATIN SMALL LETTER E WITH ACUTE} in Montmartre")
    assert sealed.open("cafe\N{COMBINING ACUTE ACCENT} in Montmartre") == KEY


def test_short_passphrases_are_refused() -> None:
    with pytest.raises(RootKeyError, match="too short: take 15 characters or more"):
        SealedRootKey.seal(KEY, "fourteen chars")


@pytest.mark.parametrize(
    "changed",
    [
        {"id": FileRootKey(bytes(32)).id},
        {"cost": Argon2Cost(passes=4)},
        {"salt": bytes(16)},
        {"sealed": SEALED.sealed[:-1] + bytes([SEALED.sealed[-1] ^ 1])},
        {"sealed": b""},
    ],
)
def test_nothing_of_the_file_can_be_changed(changed: dict[str, object]) -> None:
    with pytest.raises(RootKeyError, match="does not open"):
        msgspec.structs.replace(SEALED, **changed).open(WORDS)


def test_a_key_of_another_size_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(XaesKey, "open", lambda *_: b"short")
    with pytest.raises(RootKeyError, match="does not have 32 bytes"):
        SEALED.open(WORDS)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("m=65536", "m=8"),
        ("t=3", "t=2"),
        ("p=4", "p=0"),
        ("m=65536", "m=99999999"),
        ("t=3", "t=999"),
        ("p=4", "p=99"),
        ("v=19", "v=16"),
        ("argon2id", "argon2i"),
        ("key-1 ", "key-2 "),
        (SEALED.line[-4:], "A"),
    ],
)
def test_other_parameters_than_are_ever_written_are_refused(old: str, new: str) -> None:
    assert old in SEALED.line
    with pytest.raises(RootKeyError, match="is damaged; restore it"):
        SealedRootKey.parse(SEALED.line.replace(old, new), PATH)


def test_the_derived_key_comes_from_argon2id(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[object, ...]] = []

    def record(*arguments: object) -> bytes:
        asked.append(arguments)
        return bytes(32)

    monkeypatch.setattr(passphrase_root_key, "hash_secret_raw", record)
    made = SealedRootKey.seal(KEY, WORDS)
    assert asked == [(WORDS.encode(), made.salt, 3, 65536, 4, 32, Type.ID)]


@settings(max_examples=200)
@given(st.text(alphabet=st.characters(codec="ascii")))
def test_no_other_text_is_taken(text: str) -> None:
    with pytest.raises(RootKeyError, match="is damaged"):
        SealedRootKey.parse(text, PATH)


def test_the_id_is_that_of_the_key() -> None:
    assert SEALED.id == hmac.digest(KEY, b"strongroom root key id v1", "sha256")[:16].hex()
