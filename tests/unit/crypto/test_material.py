import hashlib
import hmac
import math

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from hypothesis import given
from hypothesis import strategies as st

from strongroom.crypto.material import generate_material, material_id, normalised_material
from strongroom.crypto.specs import KEY_SPECS

KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
OTHER_KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ac"
MATERIAL = bytes(range(32))


def test_fresh_material_has_the_size_of_its_spec() -> None:
    for name in ("SYMMETRIC_DEFAULT", "HMAC_224", "HMAC_256", "HMAC_384", "HMAC_512"):
        assert len(generate_material(KEY_SPECS[name])) == KEY_SPECS[name].size


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


IMPORTABLE = sorted(name for name, spec in KEY_SPECS.items() if spec.importable)
FAST = sorted(name for name in KEY_SPECS if name not in {"RSA_3072", "RSA_4096"})


@pytest.mark.parametrize("name", [name for name in FAST if name in IMPORTABLE])
def test_what_is_made_here_could_be_imported_and_stays_the_same(name: str) -> None:
    spec = KEY_SPECS[name]
    secret = generate_material(spec)
    assert normalised_material(spec, secret) == secret


@pytest.mark.parametrize("name", IMPORTABLE)
def test_material_of_other_specs_is_refused(name: str) -> None:
    spec = KEY_SPECS[name]
    for other in ("HMAC_224", "HMAC_512", "RSA_2048", "ECC_NIST_P256", "ECC_SECG_P256K1", "ECC_NIST_EDWARDS25519"):
        if other != name and len(MADE[other]) != spec.size:
            with pytest.raises(ValueError, match=r"."):
                normalised_material(spec, MADE[other])
    for garbage in (b"", b"x", bytes(100), ENCRYPTED, ED448):
        with pytest.raises(ValueError, match=r"."):
            normalised_material(spec, garbage)


def test_a_key_in_another_spelling_comes_out_the_same() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    pkcs8 = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    # RFC 5915 as OpenSSL writes it, which is no PKCS#8.
    sec1 = key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    spec = KEY_SPECS["ECC_NIST_P256"]
    assert normalised_material(spec, pkcs8) == normalised_material(spec, sec1)


def pkcs8(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def rsa_key(p: int, q: int, e: int, d: int | None = None) -> bytes:
    if d is None:
        d = pow(e, -1, math.lcm(p - 1, q - 1))
    numbers = rsa.RSAPrivateNumbers(
        p=p,
        q=q,
        d=d,
        dmp1=d % (p - 1),
        dmq1=d % (q - 1),
        iqmp=pow(q, -1, p),
        public_numbers=rsa.RSAPublicNumbers(e, p * q),
    )
    return pkcs8(numbers.private_key(unsafe_skip_rsa_key_validation=True))


def test_an_rsa_key_in_another_spelling_comes_out_the_same() -> None:
    spec = KEY_SPECS["RSA_2048"]
    numbers = rsa.generate_private_key(65537, 2048).private_numbers()
    p, q = numbers.p, numbers.q
    least = math.lcm(p - 1, q - 1)
    d = pow(65537, -1, least)
    spellings = {rsa_key(one, other, 65537, exponent) for one, other in ((p, q), (q, p)) for exponent in (d, d + least)}
    assert len(spellings) == 4
    assert len({normalised_material(spec, spelling) for spelling in spellings}) == 1


def test_an_rsa_key_keeps_its_public_key() -> None:
    key = rsa.generate_private_key(65537, 2048)
    read = load_der_private_key(normalised_material(KEY_SPECS["RSA_2048"], pkcs8(key)), None)
    assert isinstance(read, rsa.RSAPrivateKey)
    assert read.public_key() == key.public_key()


def test_rsa_keys_with_a_small_exponent_are_refused() -> None:
    key = rsa.generate_private_key(3, 2048)
    with pytest.raises(ValueError, match="small exponent"):
        normalised_material(KEY_SPECS["RSA_2048"], pkcs8(key))


@pytest.mark.parametrize(("least", "accepted"), [(2**63 + 1, True), (2**64 + 1, False)])
def test_rsa_keys_with_an_exponent_too_large_for_openssl_are_refused(least: int, *, accepted: bool) -> None:
    numbers = rsa.generate_private_key(65537, 2048).private_numbers()
    order = (numbers.p - 1) * (numbers.q - 1)
    exponent = next(e for e in range(least, least + 10_000, 2) if math.gcd(e, order) == 1)
    secret = rsa_key(numbers.p, numbers.q, exponent)
    if accepted:
        assert normalised_material(KEY_SPECS["RSA_2048"], secret)
    else:
        with pytest.raises(ValueError, match="very large"):
            normalised_material(KEY_SPECS["RSA_2048"], secret)


def test_rsa_keys_with_primes_of_other_sizes_are_refused() -> None:
    small = rsa.generate_private_key(65537, 1024).private_numbers()  # noqa: S505 - for its short primes
    large = rsa.generate_private_key(65537, 3072).private_numbers()
    secret = rsa_key(large.p, small.p, 65537)
    with pytest.raises(ValueError, match="primes of other sizes"):
        normalised_material(KEY_SPECS["RSA_2048"], secret)


def test_rsa_keys_that_are_not_consistent_are_refused() -> None:
    numbers = rsa.generate_private_key(65537, 2048).private_numbers()
    with pytest.raises(ValueError, match=r"."):
        normalised_material(KEY_SPECS["RSA_2048"], rsa_key(numbers.p, numbers.q, 65537, d=numbers.d + 2))


@pytest.mark.parametrize("name", sorted(name for name in KEY_SPECS if name not in IMPORTABLE))
def test_what_is_not_importable_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be imported"):
        normalised_material(KEY_SPECS[name], generate_material(KEY_SPECS[name]))


MADE = {
    name: generate_material(KEY_SPECS[name])
    for name in ("HMAC_224", "HMAC_512", "RSA_2048", "ECC_NIST_P256", "ECC_SECG_P256K1", "ECC_NIST_EDWARDS25519")
}
# A key that can be read, of no spec.
ED448 = ed448.Ed448PrivateKey.generate().private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
ENCRYPTED = ec.generate_private_key(ec.SECP256R1()).private_bytes(
    Encoding.DER, PrivateFormat.PKCS8, BestAvailableEncryption(b"password")
)
