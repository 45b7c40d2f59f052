"""Web identity tokens."""

import base64
import hashlib
import hmac
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from strongroom.authn import web_identity
from strongroom.authn.jwks import SIGNATURE_ALGORITHMS, JsonWebKeys, parse_json_web_keys
from strongroom.authn.web_identity import (
    BAD_SIGNATURE,
    INCORRECT_AUDIENCE,
    INCORRECT_ISSUER,
    NO_VERIFICATION_KEY,
    NOT_A_JWT,
    NOT_SIGNED,
    UNSUPPORTED_ALGORITHM,
    TrustedIssuer,
    UnverifiedToken,
    WebIdentity,
    no_provider,
    read_web_identity_token,
    verify_web_identity,
)
from strongroom.model.errors import ExpiredIdentityToken, InvalidIdentityToken, ServiceError
from tests.unit.authn.oidc_support import (
    AUDIENCE,
    NOW,
    URL,
    PrivateKey,
    claims,
    ec_key,
    ed_key,
    encoded,
    jwk,
    jwks,
    rsa_key,
    token,
    unsigned,
)

PROVIDER = TrustedIssuer(url=URL, client_ids=("other", AUDIENCE))
KEYS = parse_json_web_keys(jwks(jwk(rsa_key())))


def verified(
    text: str, *, keys: JsonWebKeys = KEYS, provider: TrustedIssuer = PROVIDER, now: float = NOW
) -> WebIdentity:
    return verify_web_identity(text, provider, keys, now)


def accepted(**changes: object) -> WebIdentity:
    return verified(token(rsa_key(), payload=claims(**changes)))


def refused(text: str, *, keys: JsonWebKeys = KEYS, now: float = NOW) -> str | None:
    with pytest.raises(ServiceError) as caught:
        verified(text, keys=keys, now=now)
    assert type(caught.value) is InvalidIdentityToken
    assert (caught.value.code, caught.value.status) == ("InvalidIdentityToken", 400)
    assert not text or text not in str(caught.value)
    return caught.value.message


def refused_claims(**changes: object) -> str | None:
    return refused(token(rsa_key(), payload=claims(**changes)))


def test_a_token_vouches_for_its_subject() -> None:
    identity = accepted()
    assert identity.issuer == URL
    assert identity.subject == "system:serviceaccount:default:app"
    assert (identity.audience, identity.azp) == (AUDIENCE, None)
    assert identity.expires_at == NOW + 3_600
    assert identity.claims[f"{URL.lower()}:sub"] == ("system:serviceaccount:default:app",)
    assert identity.claims[f"{URL.lower()}:aud"] == (AUDIENCE,)
    assert identity.source_identity is None
    assert dict(identity.session_tags.values) == {}


@pytest.mark.parametrize(
    ("key", "algorithms"),
    [
        (rsa_key(), ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")),
        (ec_key("P-256"), ("ES256",)),
        (ec_key("P-384"), ("ES384",)),
        (ec_key("P-521"), ("ES512",)),
        (ed_key(), ("EdDSA",)),
    ],
)
def test_every_algorithm_verifies(key: PrivateKey, algorithms: tuple[str, ...]) -> None:
    keys = parse_json_web_keys(jwks(jwk(key)))
    for algorithm in algorithms:
        assert verified(token(key, algorithm), keys=keys).issuer == URL


def test_the_signature_of_rfc_7515_a_3_verifies() -> None:
    point = {
        "kty": "EC",
        "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    }
    text = (
        "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0"
        "cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
    )
    # What is missed is a claim, so the signature was good.
    assert refused(text, keys=parse_json_web_keys(jwks(point))) == "Missing a required claim: aud"
    assert refused(text[:-2] + "AQ", keys=parse_json_web_keys(jwks(point))) == BAD_SIGNATURE


def test_the_signature_of_rfc_8037_a_4_verifies() -> None:
    keys = parse_json_web_keys(
        jwks({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})
    )
    text = (
        "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR"
        "4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    )
    # What is signed is a text and no claims, so the signature was good.
    assert refused(text, keys=keys) == NOT_A_JWT
    assert refused(text.replace("RXhh", "RXhi"), keys=keys) == BAD_SIGNATURE


def test_reading_tells_whose_key_is_needed() -> None:
    assert read_web_identity_token(token(rsa_key())) == UnverifiedToken(
        issuer=f"https://{URL}", algorithm="RS256", key_id="one"
    )
    assert read_web_identity_token(token(ec_key(), "ES256", headers={})).key_id is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abc",
        "abcd",
        "a.b",
        "..",
        "é.é.é.",
        "\ud800.a.b",
        "A" * 20_001,
        unsigned(b"{"),
        unsigned(b"[]"),
        unsigned(b"\xff"),
        unsigned({"alg": 5}),
        unsigned({"alg": ["RS256"]}),
        unsigned({"alg": "RS256", "kid": 7}),
        unsigned({"alg": "RS256", "kid": {}}),
        unsigned({"alg": "RS256", "b64": False, "crit": ["b64"]}),
        unsigned({"alg": "RS256", "crit": ["exp"]}),
        unsigned({"alg": "RS256"}) + ".AAAA",
        unsigned({"alg": "RS256"}).replace(".", "..", 1),
        unsigned({"alg": "RS256"}) + "!",
        token(ec_key(), "ES256") + "==",
    ],
)
def test_what_is_no_token_is_refused(text: str) -> None:
    assert refused(text) == NOT_A_JWT
    with pytest.raises(InvalidIdentityToken, match="not a valid JWT"):
        read_web_identity_token(text)


@pytest.mark.parametrize("payload", [b"", b"text", b"[]", b"{}", b'{"iss":5}', b"\xff", b'{"x":' + b"[" * 9_000])
def test_a_token_without_an_issuer_has_nobody_to_ask(payload: bytes) -> None:
    with pytest.raises(InvalidIdentityToken, match="not a valid JWT"):
        read_web_identity_token(unsigned({"alg": "RS256"}, payload))


@pytest.mark.parametrize("payload", [b"text", b"[]", b"\xff", b'{"x":' + b"[" * 9_000])
def test_a_signed_payload_has_to_be_claims(payload: bytes) -> None:
    assert refused(token(rsa_key(), payload=payload)) == NOT_A_JWT


def test_the_longest_token_is_taken() -> None:
    short = len(token(rsa_key(), payload=claims(pad="")))
    text = token(rsa_key(), payload=claims(pad="x" * ((20_000 - short) * 3 // 4)))
    assert 19_990 <= len(text) <= 20_000
    assert verified(text).issuer == URL


@pytest.mark.parametrize("header", [{}, {"alg": "none"}, {"alg": "None"}, {"alg": "NONE", "kid": "one"}])
@pytest.mark.parametrize("signature", [b"", b"x"])
def test_an_unsigned_token_is_refused(header: dict[str, str], signature: bytes) -> None:
    assert refused(unsigned(header, signature=signature)) == NOT_SIGNED


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512", "rs256", "ES256K", "RS1", "", "RSA-OAEP"])
def test_other_algorithms_are_refused(algorithm: str) -> None:
    assert refused(unsigned({"alg": algorithm, "kid": "one"}, signature=b"x")) == UNSUPPORTED_ALGORITHM


def test_the_public_key_is_no_secret_of_an_hmac() -> None:
    public = rsa_key().public_key()
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    for secret in (
        public.public_bytes(serialization.Encoding.PEM, spki),
        public.public_bytes(serialization.Encoding.DER, spki),
        json.dumps(jwk(rsa_key())).encode(),
    ):
        signed = unsigned({"alg": "HS256", "kid": "one"}).rpartition(".")[0]
        text = f"{signed}.{encoded(hmac.digest(secret, signed.encode(), hashlib.sha256))}"
        assert refused(text) == UNSUPPORTED_ALGORITHM


def test_an_algorithm_that_does_not_fit_the_key_finds_no_key() -> None:
    assert refused(token(ec_key(), "ES256")) == NO_VERIFICATION_KEY
    assert refused(token(rsa_key()), keys=parse_json_web_keys(jwks(jwk(ec_key())))) == NO_VERIFICATION_KEY
    assert refused(token(rsa_key(), "PS256"), keys=parse_json_web_keys(jwks(jwk(rsa_key(), alg="RS256")))) == (
        NO_VERIFICATION_KEY
    )


def test_the_algorithm_of_the_header_is_the_one_that_verifies() -> None:
    head, payload, signature = token(rsa_key(), "RS256").split(".")
    assert json.loads(base64.urlsafe_b64decode(head + "==="))["alg"] == "RS256"
    for other in ("RS384", "PS256"):
        forged = f"{encoded(json.dumps({'alg': other, 'kid': 'one'}).encode())}.{payload}.{signature}"
        assert refused(forged) == BAD_SIGNATURE


@pytest.mark.parametrize("kid", ["", "two", "One", "one ", "../one", "' OR 1=1", "one\u0000"])
def test_a_key_id_that_is_not_known_finds_no_key(kid: str) -> None:
    assert refused(token(rsa_key(), headers={"kid": kid})) == NO_VERIFICATION_KEY


def test_the_keys_in_a_token_are_not_believed() -> None:
    mine = ec.generate_private_key(ec.SECP256R1())
    keys = parse_json_web_keys(jwks(jwk(ec_key())))
    headers: dict[str, Any] = {"kid": "one", "jwk": jwk(mine), "jku": "https://evil.example/keys", "x5u": "https://e"}
    assert refused(token(mine, "ES256", headers=headers), keys=keys) == BAD_SIGNATURE
    assert verified(token(ec_key(), "ES256", headers=headers), keys=keys).issuer == URL


def test_without_a_key_id_the_one_fitting_key_is_used() -> None:
    text = token(ec_key(), "ES256", headers={})
    other = ec.generate_private_key(ec.SECP256R1())
    assert verified(text, keys=parse_json_web_keys(jwks(jwk(rsa_key()), jwk(ec_key())))).issuer == URL
    assert refused(text, keys=parse_json_web_keys(jwks(jwk(ec_key()), jwk(other, "two")))) == NO_VERIFICATION_KEY
    assert refused(text, keys=JsonWebKeys(())) == NO_VERIFICATION_KEY


def test_a_signature_that_is_cut_or_changed_is_refused() -> None:
    for key, algorithm in ((rsa_key(), "RS256"), (ec_key(), "ES256"), (ed_key(), "EdDSA")):
        keys = parse_json_web_keys(jwks(jwk(key)))
        signed, _, signature = token(key, algorithm).rpartition(".")
        raw = base64.urlsafe_b64decode(signature + "==")
        for other in (b"", raw[:-1], raw[:-32], raw + b"\0", bytes(len(raw)), bytes([raw[0] ^ 1]) + raw[1:]):
            assert refused(f"{signed}.{encoded(other)}", keys=keys) == BAD_SIGNATURE


def test_claims_of_another_token_do_not_verify() -> None:
    head, _, signature = token(rsa_key()).split(".")
    payload = encoded(json.dumps(claims(sub="admin")).encode())
    assert refused(f"{head}.{payload}.{signature}") == BAD_SIGNATURE


@given(st.data())
def test_no_changed_token_is_believed(data: st.DataObject) -> None:
    text = token(ed_key(), "EdDSA")
    place = data.draw(st.integers(0, len(text) - 1))
    changed = text[:place] + data.draw(st.sampled_from("AZaz09-_.=+/")) + text[place + 1 :]
    if changed != text:
        refused(changed, keys=parse_json_web_keys(jwks(jwk(ed_key()))))


@pytest.mark.parametrize(
    "issuer",
    [
        f"https://{URL}/",
        f"http://{URL}",
        f"HTTPS://{URL}",
        URL,
        f"https://{URL.upper()}",
        "https://oidc.example.com",
        f" https://{URL}",
    ],
)
def test_the_issuer_is_the_provider_to_the_letter(issuer: str) -> None:
    assert refused_claims(iss=issuer) == INCORRECT_ISSUER


@pytest.mark.parametrize("audience", ["sts.amazonaws.com ", "STS.amazonaws.com", [], ["x", "y"], "x"])
def test_another_audience_is_refused(audience: object) -> None:
    assert refused_claims(aud=audience) == INCORRECT_AUDIENCE


def test_one_audience_of_a_list_is_enough() -> None:
    identity = accepted(aud=["x", AUDIENCE, "other"])
    assert identity.audience == AUDIENCE
    assert identity.claims[f"{URL.lower()}:aud"] == (AUDIENCE,)
    assert identity.claims[f"{URL.lower()}:oaud"] == ("x", AUDIENCE, "other")


def test_an_authorized_party_is_the_audience() -> None:
    identity = accepted(azp="other")
    assert (identity.audience, identity.azp) == ("other", "other")
    assert identity.claims[f"{URL.lower()}:aud"] == ("other",)
    assert identity.claims[f"{URL.lower()}:oaud"] == (AUDIENCE,)
    assert identity.claims[f"{URL.lower()}:azp"] == ("other",)


@pytest.mark.parametrize(("aud", "azp"), [(AUDIENCE, "x"), ("x", AUDIENCE), (AUDIENCE, "")])
def test_the_authorized_party_and_the_audience_have_to_be_clients(aud: str, azp: str) -> None:
    assert refused_claims(aud=aud, azp=azp) == INCORRECT_AUDIENCE


@pytest.mark.parametrize("name", ["iss", "aud", "sub", "exp", "iat"])
def test_a_claim_is_missing(name: str) -> None:
    assert refused_claims(**{name: None}) == f"Missing a required claim: {name}"
    if name not in ("exp", "iat"):
        assert refused_claims(**{name: ""}) == f"Missing a required claim: {name}"


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": 5},
        {"sub": 5},
        {"sub": ["x"]},
        {"aud": 5},
        {"aud": {}},
        {"aud": [AUDIENCE, 5]},
        {"azp": 5},
        {"exp": str(NOW + 60)},
        {"exp": NOW + 60.5},
        {"exp": True},
        {"exp": 2**53 + 1},
        {"exp": 10**400},
        {"iat": -1},
        {"iat": [NOW]},
        {"nbf": "now"},
    ],
)
def test_a_claim_of_the_wrong_type_is_refused(changes: dict[str, object]) -> None:
    assert refused_claims(**changes) == NOT_A_JWT


def test_a_token_expires_five_minutes_after_its_expiration() -> None:
    text = token(rsa_key(), payload=claims(exp=NOW))
    assert verified(text, now=NOW + 299.9).expires_at == NOW
    for now in (NOW + 300, NOW + 10**6, NOW + 10**9):
        with pytest.raises(ExpiredIdentityToken) as caught:
            verified(text, now=now)
        assert (caught.value.code, caught.value.status) == ("ExpiredTokenException", 400)
        assert caught.value.message == (
            f"Token expired: current date/time {now} must be before the expiration date/time {NOW}"
        )


@pytest.mark.parametrize("name", ["iat", "nbf"])
def test_a_token_is_not_good_before_its_time(name: str) -> None:
    assert accepted(**{name: NOW + 300}).issuer == URL
    assert refused_claims(**{name: NOW + 301}) == (
        f"Token is not valid yet: current date/time {NOW} must not be before the date/time {NOW + 301}"
    )


def test_tags_and_source_identity_come_with_the_identity() -> None:
    identity = accepted(
        **{
            "https://aws.amazon.com/tags": {"principal_tags": {"team": ["blue"]}, "transitive_tag_keys": ["team"]},
            "https://aws.amazon.com/source_identity": "alice",
        }
    )
    assert dict(identity.session_tags.values) == {"team": "blue"}
    assert identity.session_tags.transitive == ("team",)
    assert identity.source_identity == "alice"


def test_a_claim_cannot_stand_in_for_another() -> None:
    identity = accepted(SUB="admin", Aud="other", oaud="other")
    assert identity.claims[f"{URL.lower()}:sub"] == ("system:serviceaccount:default:app",)
    assert identity.claims[f"{URL.lower()}:aud"] == (AUDIENCE,)
    assert identity.claims[f"{URL.lower()}:oaud"] == (AUDIENCE,)


def test_an_issuer_that_the_account_has_no_provider_for() -> None:
    error = no_provider("https://idp.example/a")
    assert error.code == "InvalidIdentityToken"
    assert error.message == "No OpenIDConnect provider found in your account for https://idp.example/a"


def test_only_the_accepted_algorithms_are_there_to_verify_with() -> None:
    assert set(web_identity._JWS.get_algorithms()) == SIGNATURE_ALGORITHMS  # noqa: SLF001 - guards it
    assert not {"none", "HS256"} & set(web_identity._JWS.get_algorithms())  # noqa: SLF001 - guards it
    assert "HS256" in jwt.PyJWS().get_algorithms()
