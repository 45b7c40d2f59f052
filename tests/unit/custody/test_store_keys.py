from __future__ import annotations

import threading

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from strongroom.crypto.xaes import XaesKey
from strongroom.custody.file_root_key import FileRootKey
from strongroom.custody.root_key import RootKeyError
from strongroom.custody.store_keys import (
    Purpose,
    StoreKeys,
    Wrapped,
    WrappedStoreKey,
    create_store_key,
    open_store_keys,
    rewrap_store_key,
)

INSTALLATION = "1234abcd-12ab-34cd-56ef-1234567890ab"
ROOT = FileRootKey(bytes(range(32)))
KEYS = {1: b"1" * 32, 2: b"2" * 32}
IDENTITY = ("111122223333", "us-east-1", "key", "material")


@pytest.fixture
def store_keys() -> StoreKeys:
    return StoreKeys(KEYS)


@given(st.sampled_from(Purpose), st.lists(st.text(max_size=5), max_size=4), st.binary())
def test_what_was_wrapped_opens(purpose: Purpose, identity: list[str], secret: bytes) -> None:
    store_keys = StoreKeys(KEYS)
    wrapped = store_keys.wrap(purpose, identity, secret)
    assert store_keys.unwrap(purpose, identity, wrapped) == secret
    assert len(wrapped.sealed) == 24 + len(secret) + 16


def test_the_derivation_is_hkdf_by_purpose(store_keys: StoreKeys) -> None:
    for purpose, info in (
        (Purpose.KEY_MATERIAL, b"strongroom key material"),
        (Purpose.ACCESS_KEY, b"strongroom access key"),
        (Purpose.SESSION_TOKEN, b"strongroom session token"),
    ):
        derived = HKDF(SHA256(), 32, salt=None, info=info).derive(KEYS[2])
        wrapped = store_keys.wrap(purpose, ("a", "bc"), b"secret")
        assert XaesKey(derived).open(wrapped.sealed, b"\0\0\0\1a\0\0\0\2bc") == b"secret"


@pytest.mark.parametrize(
    "identity",
    [
        ("111122223334", "us-east-1", "key", "material"),
        ("111122223333", "us-east-2", "key", "material"),
        ("111122223333", "us-east-1", "other", "material"),
        ("111122223333", "us-east-1", "key", "other"),
        ("111122223333", "us-east-1", "keymaterial"),
        ("111122223333", "us-east-1", "ke", "ymaterial"),
        ("us-east-1", "111122223333", "key", "material"),
        (*IDENTITY, ""),
        (),
    ],
)
def test_a_secret_moved_to_another_identity_does_not_open(store_keys: StoreKeys, identity: tuple[str, ...]) -> None:
    wrapped = store_keys.wrap(Purpose.KEY_MATERIAL, IDENTITY, b"secret")
    with pytest.raises(ValueError, match=r"^not authentic$"):
        store_keys.unwrap(Purpose.KEY_MATERIAL, identity, wrapped)


@pytest.mark.parametrize("purpose", [Purpose.ACCESS_KEY, Purpose.SESSION_TOKEN])
def test_a_secret_does_not_open_for_another_purpose(store_keys: StoreKeys, purpose: Purpose) -> None:
    wrapped = store_keys.wrap(Purpose.KEY_MATERIAL, IDENTITY, b"secret")
    with pytest.raises(ValueError, match=r"^not authentic$"):
        store_keys.unwrap(purpose, IDENTITY, wrapped)


def test_a_secret_does_not_open_under_another_version(store_keys: StoreKeys) -> None:
    wrapped = store_keys.wrap(Purpose.KEY_MATERIAL, IDENTITY, b"secret")
    with pytest.raises(ValueError, match=r"^not authentic$"):
        store_keys.unwrap(Purpose.KEY_MATERIAL, IDENTITY, Wrapped(1, wrapped.sealed))
    with pytest.raises(ValueError, match="a store key that is not here"):
        store_keys.unwrap(Purpose.KEY_MATERIAL, IDENTITY, Wrapped(3, wrapped.sealed))


def test_a_damaged_secret_does_not_open(store_keys: StoreKeys) -> None:
    sealed = store_keys.wrap(Purpose.KEY_MATERIAL, IDENTITY, b"secret").sealed
    for damaged in (sealed[:-1], b"\0" + sealed[1:] if sealed[0] else b"\1" + sealed[1:], b""):
        with pytest.raises(ValueError, match=r"authentic|too short"):
            store_keys.unwrap(Purpose.KEY_MATERIAL, IDENTITY, Wrapped(2, damaged))


def test_the_newest_version_wraps_and_older_ones_still_open(store_keys: StoreKeys) -> None:
    old = StoreKeys({1: KEYS[1]}).wrap(Purpose.ACCESS_KEY, IDENTITY, b"old")
    new = store_keys.wrap(Purpose.ACCESS_KEY, IDENTITY, b"new")
    assert (old.store_key, new.store_key, store_keys.current) == (1, 2, 2)
    assert store_keys.unwrap(Purpose.ACCESS_KEY, IDENTITY, old) == b"old"
    assert store_keys.unwrap(Purpose.ACCESS_KEY, IDENTITY, new) == b"new"


def test_versions_are_ordered_as_numbers() -> None:
    assert StoreKeys({10: bytes(32), 9: bytes(32)}).current == 10


def test_sealers_are_the_keys_of_one_purpose(store_keys: StoreKeys) -> None:
    sealers = store_keys.sealers(Purpose.SESSION_TOKEN)
    assert sorted(sealers) == [1, 2]
    sealed = sealers[2].seal(b"token", b"\0\0\0\1a")
    assert store_keys.unwrap(Purpose.SESSION_TOKEN, ("a",), Wrapped(2, sealed)) == b"token"
    assert store_keys.sealers(Purpose.SESSION_TOKEN)[2] is not sealers[2]


def test_threads_do_not_disturb_each_other(store_keys: StoreKeys) -> None:
    failures: list[Exception] = []

    def work(name: str) -> None:
        try:
            for number in range(100):
                secret = f"{name} {number}".encode()
                wrapped = store_keys.wrap(Purpose.KEY_MATERIAL, (name,), secret)
                assert store_keys.unwrap(Purpose.KEY_MATERIAL, (name,), wrapped) == secret
        except (ValueError, AssertionError) as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(str(number),)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_store_keys_do_not_show_their_bytes(store_keys: StoreKeys) -> None:
    assert "1111" not in repr(store_keys)


def test_several_versions_are_made_and_opened() -> None:
    stored = [create_store_key(ROOT, INSTALLATION, version) for version in (1, 2)]
    assert [(each.version, each.root_key_id) for each in stored] == [(1, ROOT.id), (2, ROOT.id)]
    first = open_store_keys(ROOT, INSTALLATION, stored)
    wrapped = first.wrap(Purpose.ACCESS_KEY, IDENTITY, b"secret")
    assert wrapped.store_key == 2
    assert open_store_keys(ROOT, INSTALLATION, stored).unwrap(Purpose.ACCESS_KEY, IDENTITY, wrapped) == b"secret"


def test_store_keys_are_random() -> None:
    opened = [ROOT.unwrap(create_store_key(ROOT, INSTALLATION, 1).sealed, _identity(1)) for _ in range(10)]
    assert len(set(opened)) == 10
    assert {len(key) for key in opened} == {32}


def _identity(version: int) -> bytes:
    texts = (b"strongroom store key v1", INSTALLATION.encode(), str(version).encode())
    return b"".join(len(text).to_bytes(4) + text for text in texts)


def test_another_root_key_is_told() -> None:
    stored = create_store_key(ROOT, INSTALLATION, 1)
    other = FileRootKey(bytes(32))
    with pytest.raises(RootKeyError) as caught:
        open_store_keys(other, INSTALLATION, [stored])
    assert str(caught.value) == (
        f"root key {other.id} does not open store key 1, which root key {ROOT.id} wrapped; "
        "give the root key of this data folder"
    )


def test_a_store_key_moved_to_another_installation_or_version_does_not_open() -> None:
    one, two = (create_store_key(ROOT, INSTALLATION, version) for version in (1, 2))
    for installation, stored in (
        ("another installation", one),
        (INSTALLATION, WrappedStoreKey(2, ROOT.id, one.sealed)),
        (INSTALLATION, WrappedStoreKey(1, ROOT.id, two.sealed)),
        (INSTALLATION, WrappedStoreKey(1, ROOT.id, one.sealed[:-1])),
    ):
        with pytest.raises(RootKeyError, match="does not open store key"):
            open_store_keys(ROOT, installation, [stored])


def test_a_database_without_a_store_key_does_not_open() -> None:
    with pytest.raises(RootKeyError, match="the database holds no store key"):
        open_store_keys(ROOT, INSTALLATION, [])


def test_a_store_key_opens_under_the_root_key_that_it_was_moved_to() -> None:
    other = FileRootKey(bytes(32))
    made = create_store_key(ROOT, INSTALLATION, 3)
    moved = rewrap_store_key(ROOT, other, INSTALLATION, made)
    assert (moved.version, moved.root_key_id) == (3, other.id)
    wrapped = open_store_keys(ROOT, INSTALLATION, [made]).wrap(Purpose.ACCESS_KEY, ("a",), b"secret")
    assert open_store_keys(other, INSTALLATION, [moved]).unwrap(Purpose.ACCESS_KEY, ("a",), wrapped) == b"secret"
    with pytest.raises(ValueError, match="not authentic"):
        rewrap_store_key(other, ROOT, INSTALLATION, made)
    with pytest.raises(ValueError, match="not authentic"):
        rewrap_store_key(ROOT, other, "another installation", made)


def test_a_root_key_that_forgets_what_it_wrapped_is_not_moved_to(monkeypatch: pytest.MonkeyPatch) -> None:
    other = FileRootKey(bytes(32))
    monkeypatch.setattr(other, "unwrap", lambda *_: bytes(32))
    with pytest.raises(ValueError, match="does not give back what it wrapped"):
        rewrap_store_key(ROOT, other, INSTALLATION, create_store_key(ROOT, INSTALLATION, 1))
