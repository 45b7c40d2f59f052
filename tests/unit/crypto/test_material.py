import hashlib
import hmac

from hypothesis import given
from hypothesis import strategies as st

from strongroom.crypto.material import generate_material, material_id
from strongroom.crypto.specs import KEY_SPECS

KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
OTHER_KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ac"
MATERIAL = bytes(range(32))


def test_fresh_material_has_the_size_of_its_spec() -> None:
    for spec in KEY_SPECS.values():
        assert len(generate_material(spec)) == spec.material_size


def test_fresh_material_is_never_the_same() -> None:
    spec = KEY_SPECS["SYMMETRIC_DEFAULT"]
    assert len({generate_material(spec) for _ in range(100)}) == 100


def test_the_id_is_an_hmac_keyed_by_the_material() -> None:
    expected = hmac.new(MATERIAL, b"strongroom key material id v1\0" + KEY_ID.encode(), hashlib.sha256)
    assert material_id(KEY_ID, MATERIAL) == expected.hexdigest()


def test_the_same_material_has_other_ids_in_other_keys() -> None:
    assert material_id(KEY_ID, MATERIAL) == material_id(KEY_ID, MATERIAL)
    assert material_id(KEY_ID, MATERIAL) != material_id(OTHER_KEY_ID, MATERIAL)


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_ids_differ_exactly_when_materials_do(one: bytes, other: bytes) -> None:
    assert (material_id(KEY_ID, one) == material_id(KEY_ID, other)) == (one == other)
