from typing import get_args

import pytest

from strongroom.crypto.specs import KEY_SPECS, KeySpec, KeySpecName, KeyUsageName


@pytest.mark.parametrize(("name", "spec"), KEY_SPECS.items())
def test_rows_are_consistent(name: str, spec: KeySpec) -> None:
    assert spec.name == name
    assert name in get_args(KeySpecName)
    assert spec.usages
    assert set(spec.usages) <= set(get_args(KeyUsageName))
    assert all(spec.usages.values())
    assert spec.default_usage is None or spec.default_usage in spec.usages
    assert spec.material_size >= 16


def test_symmetric_keys() -> None:
    spec = KEY_SPECS["SYMMETRIC_DEFAULT"]
    assert spec.usages == {"ENCRYPT_DECRYPT": ("SYMMETRIC_DEFAULT",)}
    assert spec.default_usage == "ENCRYPT_DECRYPT"
    assert spec.material_size == 32
