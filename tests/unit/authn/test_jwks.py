"""JSON Web Key Sets."""

import contextlib
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from strongroom.authn.jwks import (
    MAX_DOCUMENT_BYTES,
    SIGNATURE_ALGORITHMS,
    InvalidJsonWebKeysError,
    JsonWebKeys,
    parse_json_web_keys,
)
from tests.unit.authn.oidc_support import PrivateKey, ec_key, ed_key, encoded, jwk, jwks, rsa_key

RSA = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}


def parsed(*keys: dict[str, object]) -> JsonWebKeys:
    return parse_json_web_keys(jwks(*keys))


def usable(key: dict[str, object]) -> bool:
    """Tell whether a key is taken; the one beside it always is."""
    found = parsed(key, jwk(ed_key(), "beside")).keys
    assert found[-1].key_id == "beside"
    return len(found) == 2


@pytest.mark.parametrize(
    ("key", "algorithms"),
    [
        (rsa_key(), RSA),
        (ec_key("P-256"), {"ES256"}),
        (ec_key("P-384"), {"ES384"}),
        (ec_key("P-521"), {"ES512"}),
        (ed_key(), {"EdDSA"}),
    ],
)
def test_a_key_fits_the_algorithms_of_its_type(key: PrivateKey, algorithms: set[str]) -> None:
    (found,) = parsed(jwk(key)).keys
    assert found.key_id == "one"
    assert found.algorithms == algorithms
    assert found.public_key == key.public_key()


def test_no_algorithm_is_symmetric_or_none() -> None:
    assert {"none", "HS256", "HS384", "HS512"}.isdisjoint(SIGNATURE_ALGORITHMS)
    assert len(SIGNATURE_ALGORITHMS) == 10


def test_an_algorithm_of_the_key_is_the_only_one() -> None:
    assert parsed(jwk(rsa_key(), alg="RS384")).keys[0].algorithms == {"RS384"}


@pytest.mark.parametrize(
    "members",
    [
        {"use": "enc"},
        {"use": None},
        {"key_ops": ["sign"]},
        {"alg": "ES256"},
        {"alg": "HS256"},
        {"alg": "none"},
        {"kid": 7},
        {"kty": "oct", "k": "AAAA"},
        {"kty": "AKP"},
        {"kty": 1},
        {"d": encoded(b"private")},
        {"d": None},
        {"n": "AQAB"},
        {"n": ""},
        {"n": encoded(bytes(257))},
        {"n": encoded(b"\xff" * 2_048)},
        {"n": encoded(b"\xff" * 255 + b"\xfe")},
        {"n": "not base64url"},
        {"n": "ab+/"},
        {"n": "AAAAA"},
        {"e": ""},
        {"e": "AQ"},
        {"e": "BA"},
        {"e": encoded(b"\x01\x00\x00\x00\x01")},
    ],
)
def test_an_rsa_key_that_cannot_be_used_is_left_out(members: dict[str, object]) -> None:
    assert not usable(jwk(rsa_key()) | members)


@pytest.mark.parametrize("members", [{}, {"use": "sig"}, {"key_ops": ["verify", "sign"]}, {"x5c": ["AAAA"]}])
def test_members_that_do_not_matter(members: dict[str, object]) -> None:
    assert usable(jwk(rsa_key()) | members)


def test_small_rsa_keys_are_left_out() -> None:
    assert not usable(jwk(rsa_key(1_024)))


@pytest.mark.parametrize(
    "members",
    [
        {"crv": "secp256k1"},
        {"crv": "P-384"},
        {"x": ""},
        {"x": encoded(bytes(31))},
        {"y": encoded(bytes(33))},
        {"x": encoded(bytes(32)), "y": encoded(bytes(32))},
    ],
)
def test_an_ec_key_that_is_not_a_point_of_its_curve_is_left_out(members: dict[str, object]) -> None:
    assert not usable(jwk(ec_key()) | members)


@pytest.mark.parametrize("members", [{"crv": "X25519"}, {"crv": "Ed448"}, {"x": encoded(bytes(31))}])
def test_an_okp_key_that_is_not_ed25519_is_left_out(members: dict[str, object]) -> None:
    assert not usable(jwk(ed_key()) | members)


def test_a_deeply_nested_key_is_left_out() -> None:
    nested = b'{"kty":"RSA","d":' + b"[" * 50_000 + b"]" * 50_000 + b"}"
    document = b'{"keys":[' + json.dumps(jwk(ed_key())).encode() + b"," + nested + b"]}"
    with pytest.raises(InvalidJsonWebKeysError):
        parse_json_web_keys(document)


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"[]",
        b"{}",
        b'{"keys":{}}',
        b'{"keys":null}',
        b"\xff",
        b'{"keys":["\xff"]}x',
        b"[" * 50_000,
        json.dumps({"keys": [{}] * 101}).encode(),
        json.dumps({"keys": [], "x": " " * MAX_DOCUMENT_BYTES}),
    ],
)
def test_what_is_no_set_is_refused(document: bytes | str) -> None:
    with pytest.raises(InvalidJsonWebKeysError):
        parse_json_web_keys(document)


def test_a_set_of_a_hundred_keys_is_read_from_text() -> None:
    document = jwks(*[jwk(ed_key(), str(number)) for number in range(100)]).decode()
    assert [key.key_id for key in parse_json_web_keys(document).keys] == [str(number) for number in range(100)]


def test_a_key_is_found_by_id_and_algorithm() -> None:
    first, second = ec_key("P-256"), ec.generate_private_key(ec.SECP256R1())
    keys = parsed(jwk(first, "a"), jwk(second, "b"), jwk(rsa_key(), "b"))
    assert keys.find("ES256", "a") == first.public_key()
    assert keys.find("ES256", "b") == second.public_key()
    assert keys.find("PS512", "b") == rsa_key().public_key()
    assert keys.find("RS256", "a") is None
    assert keys.find("ES256", "c") is None
    assert keys.find("HS256", "b") is None


def test_without_an_id_exactly_one_key_has_to_fit() -> None:
    keys = parsed(jwk(ec_key(), "a"), jwk(rsa_key(), None))
    assert keys.find("ES256", None) == ec_key().public_key()
    assert keys.find("RS256", None) == rsa_key().public_key()
    assert keys.find("RS256", "a") is None
    assert parsed(jwk(ec_key(), "a"), jwk(ec_key(), "b")).find("ES256", None) is None


def test_an_id_that_two_fitting_keys_have_names_none() -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    assert parsed(jwk(ec_key(), "a"), jwk(other, "a")).find("ES256", "a") is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
MEMBERS = st.sampled_from(["kty", "kid", "use", "key_ops", "alg", "n", "e", "crv", "x", "y", "d"])


@given(st.sampled_from([rsa_key(), ec_key(), ed_key()]), st.dictionaries(MEMBERS, JSON, max_size=3))
def test_no_key_of_a_set_makes_the_others_unusable(key: PrivateKey, members: dict[str, Any]) -> None:
    usable(jwk(key) | members)


@given(st.binary(max_size=200))
def test_any_document_is_read_or_refused(document: bytes) -> None:
    with contextlib.suppress(InvalidJsonWebKeysError):
        assert parse_json_web_keys(document).keys == ()
