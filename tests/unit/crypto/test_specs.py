from typing import get_args

import pytest

from strongroom.crypto.algorithms import SIGNING_ALGORITHMS
from strongroom.crypto.specs import KEY_SPECS, DataKeyPairSpecName, KeySpec, KeySpecName, KeyUsageName


@pytest.mark.parametrize(("name", "spec"), KEY_SPECS.items())
def test_rows_are_consistent(name: str, spec: KeySpec) -> None:
    assert spec.name == name
    assert name in get_args(KeySpecName)
    assert spec.usages
    assert set(spec.usages) <= set(get_args(KeyUsageName))
    assert all(spec.usages.values())
    assert spec.default_usage is None or spec.default_usage in spec.usages
    assert set(spec.algorithms("SIGN_VERIFY")) <= SIGNING_ALGORITHMS.keys()
    assert spec.algorithms("NOTHING") == ()
    assert spec.data_key_pair == (name in get_args(DataKeyPairSpecName))
    assert spec.is_asymmetric != name.startswith(("SYMMETRIC", "HMAC"))


def test_every_spec_but_these_two_has_a_row() -> None:
    assert set(get_args(KeySpecName)) - KEY_SPECS.keys() == {"SM2", "ML_KEM_512"}


def test_symmetric_keys() -> None:
    spec = KEY_SPECS["SYMMETRIC_DEFAULT"]
    assert spec.usages == {"ENCRYPT_DECRYPT": ("SYMMETRIC_DEFAULT",)}
    assert spec.default_usage == "ENCRYPT_DECRYPT"
    assert spec.size == 32


@pytest.mark.parametrize(("bits", "sha_1", "sha_256"), [(2048, 214, 190), (3072, 342, 318), (4096, 470, 446)])
def test_the_limits_of_rsa_are_those_of_aws(bits: int, sha_1: int, sha_256: int) -> None:
    limits = KEY_SPECS[f"RSA_{bits}"].plaintext_limits
    assert limits == {"RSAES_OAEP_SHA_1": sha_1, "RSAES_OAEP_SHA_256": sha_256}
