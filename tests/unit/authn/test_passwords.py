from __future__ import annotations

import argon2
import pytest

from strongroom.authn import passwords
from strongroom.authn.passwords import hash_password, needs_rehash, verify_password

PASSWORD = "fake pässword"  # noqa: S105 - obviously fake


def cheap(password: str, kind: argon2.Type = argon2.Type.ID) -> str:
    """Hash with other parameters, as an older release might have."""
    return argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1, type=kind).hash(password)


def test_a_password_is_known_again() -> None:
    made = hash_password(PASSWORD)
    assert verify_password(made, PASSWORD)
    assert not verify_password(made, PASSWORD + " ")
    assert not needs_rehash(made)


def test_hashes_have_the_parameters_of_rfc_9106_and_a_salt_of_their_own() -> None:
    first, second = hash_password(PASSWORD), hash_password(PASSWORD)
    assert first.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert first != second
    assert PASSWORD not in first


def test_hashes_of_other_parameters_are_good_but_old() -> None:
    assert verify_password(cheap(PASSWORD), PASSWORD)
    assert needs_rehash(cheap(PASSWORD))


@pytest.mark.parametrize("password_hash", ["fake", "$argon2id$", "$argon2id$v=19$m=8,t=1,p=1$AAAA$AAAA", ""])
def test_what_is_no_hash_is_nobodys(password_hash: str) -> None:
    assert not verify_password(password_hash, PASSWORD)


def test_what_is_no_hash_has_no_parameters() -> None:
    with pytest.raises(argon2.exceptions.InvalidHashError):
        needs_rehash("fake")


def test_a_user_without_a_password_costs_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = argon2.extract_parameters(hash_password(PASSWORD))
    verified: list[str] = []

    class Recording:
        def verify(self, password_hash: str, password: str) -> bool:
            verified.append(password_hash)
            return argon2.PasswordHasher().verify(password_hash, password)

    monkeypatch.setattr(passwords, "_hasher", Recording())
    assert not verify_password(None, PASSWORD)
    (dummy,) = verified
    assert argon2.extract_parameters(dummy) == expected
    with pytest.raises(argon2.exceptions.VerifyMismatchError):
        argon2.PasswordHasher().verify(dummy, PASSWORD)
