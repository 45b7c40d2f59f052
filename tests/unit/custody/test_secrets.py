from typing import Any

import pytest
from msgspec.structs import replace

from strongroom.custody.secrets import (
    access_key_identity,
    material_identity,
    unwrap_material,
    unwrap_mfa_seed,
    unwrap_secret_access_key,
    wrap_material,
    wrap_mfa_seed,
    wrap_secret_access_key,
)
from strongroom.custody.store_keys import Purpose, StoreKeys, Wrapped
from strongroom.model.account import AccessKey
from strongroom.model.identity import VirtualMfaDevice
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
    assert access_key_identity("111122223333", "AIDA", "AKIA") == ("111122223333", "AIDA", "AKIA")
    assert access_key_identity(None, "ec2.amazonaws.com", "AKIA") == ("", "ec2.amazonaws.com", "AKIA")


def test_material_comes_back_to_its_key() -> None:
    material = wrap_material(STORE_KEYS, KEY, "m", b"secret", 7.0)
    assert (material.place, material.material_id, material.store_key, material.creation_date) == (PLACE, "m", 1, 7.0)
    assert unwrap_material(STORE_KEYS, KEY, material) == b"secret"


def access_key(wrapped: Wrapped, **values: Any) -> AccessKey:  # noqa: ANN401 - of any member's type
    members: dict[str, Any] = {
        "access_key_id": "AKIAEXAMPLE",
        "owner_id": "AIDAEXAMPLE",
        "account_id": "111122223333",
        "status": "Active",
        "store_key": wrapped.store_key,
        "wrapped_secret": wrapped.sealed,
        "creation_date": 1.0,
    }
    return AccessKey(**{**members, **values})


@pytest.mark.parametrize(
    "other",
    [
        {"access_key_id": "AKIAOTHER"},
        {"owner_id": "AIDAOTHER"},
        {"account_id": "444455556666"},
        {"account_id": None},
        {"account_id": "111122223333AIDA", "owner_id": "EXAMPLE"},
    ],
)
def test_a_secret_comes_back_to_its_access_key_only(other: dict[str, Any]) -> None:
    wrapped = wrap_secret_access_key(STORE_KEYS, "111122223333", "AIDAEXAMPLE", "AKIAEXAMPLE", "fake")
    assert unwrap_secret_access_key(STORE_KEYS, access_key(wrapped)) == "fake"
    with pytest.raises(ValueError, match="authentic"):
        unwrap_secret_access_key(STORE_KEYS, access_key(wrapped, **other))


def test_a_secret_comes_back_to_the_access_key_of_a_service() -> None:
    wrapped = wrap_secret_access_key(STORE_KEYS, None, "ec2.amazonaws.com", "AKIAEXAMPLE", "fake")
    kept = access_key(wrapped, owner_id="ec2.amazonaws.com", account_id=None)
    assert unwrap_secret_access_key(STORE_KEYS, kept) == "fake"


DEVICE = VirtualMfaDevice(
    account_id="111122223333", device_name="Phone", creation_date=1.0, store_key=1, wrapped_seed=b""
)


def test_a_seed_comes_back_to_its_device_only() -> None:
    wrapped = wrap_mfa_seed(STORE_KEYS, DEVICE.arn, b"fake seed")
    kept = replace(DEVICE, store_key=wrapped.store_key, wrapped_seed=wrapped.sealed)
    assert unwrap_mfa_seed(STORE_KEYS, kept) == b"fake seed"
    assert unwrap_mfa_seed(STORE_KEYS, replace(kept, last_step=7, user_id="AIDAEXAMPLE")) == b"fake seed"
    for other in ({"device_name": "Other"}, {"path": "/other/"}, {"account_id": "444455556666"}):
        with pytest.raises(ValueError, match="authentic"):
            unwrap_mfa_seed(STORE_KEYS, replace(kept, **other))


def test_an_access_key_is_no_seed() -> None:
    wrapped = STORE_KEYS.wrap(Purpose.ACCESS_KEY, (DEVICE.arn,), b"fake")
    with pytest.raises(ValueError, match="authentic"):
        unwrap_mfa_seed(STORE_KEYS, replace(DEVICE, wrapped_seed=wrapped.sealed))
