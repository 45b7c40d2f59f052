import pytest

from strongroom.custody.secrets import (
    access_key_identity,
    material_identity,
    unwrap_material,
    unwrap_secret_access_key,
    wrap_material,
    wrap_secret_access_key,
)
from strongroom.custody.store_keys import StoreKeys
from strongroom.model.account import AccessKey
from strongroom.model.key import Key, KeyPlace

PLACE = KeyPlace("111122223333", "us-east-1", "1234abcd-12ab-34cd-56ef-1234567890ab")
KEY = Key(
    place=PLACE,
    description="",
    key_spec="SYMMETRIC_DEFAULT",
    key_usage="ENCRYPT_DECRYPT",
    origin="AWS_KMS",
    manager="CUSTOMER",
    state="Enabled",
    creation_date=1.0,
    policy="{}",
    current_material_id="m",
)
STORE_KEYS = StoreKeys({1: bytes(32)})


def test_identities_name_their_owner() -> None:
    assert material_identity(KEY, "m") == (*PLACE, "m", "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT")
    assert access_key_identity("111122223333", "AKIA") == ("111122223333", "AKIA")


def test_material_comes_back_to_its_key() -> None:
    material = wrap_material(STORE_KEYS, KEY, b"secret", 7.0)
    assert (material.place, material.material_id, material.store_key, material.creation_date) == (PLACE, "m", 1, 7.0)
    assert unwrap_material(STORE_KEYS, KEY, material) == b"secret"


def test_a_secret_comes_back_to_its_access_key_only() -> None:
    wrapped = wrap_secret_access_key(STORE_KEYS, "111122223333", "AKIAEXAMPLE", "fake")

    def kept(access_key_id: str) -> AccessKey:
        return AccessKey(
            access_key_id=access_key_id,
            account_id="111122223333",
            status="Active",
            store_key=wrapped.store_key,
            wrapped_secret=wrapped.sealed,
            creation_date=1.0,
        )

    assert unwrap_secret_access_key(STORE_KEYS, kept("AKIAEXAMPLE")) == "fake"
    with pytest.raises(ValueError, match="authentic"):
        unwrap_secret_access_key(STORE_KEYS, kept("AKIAOTHER"))
