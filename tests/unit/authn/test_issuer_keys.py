"""The keys of identity providers, fetched and remembered."""

import json
import ssl
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from strongroom.authn.issuer_client import IssuerClient
from strongroom.authn.issuer_keys import THUMBPRINT_MISMATCH, UNREACHABLE, JwksFetcher, Lifetimes, fetch_keys
from strongroom.authn.issuer_tls import ThumbprintMismatchError
from strongroom.authn.jwks import MAX_DOCUMENT_BYTES, JsonWebKeys
from strongroom.authn.web_identity import (
    NO_VERIFICATION_KEY,
    TrustedIssuer,
    UnverifiedToken,
    read_web_identity_token,
    verify_web_identity,
)
from strongroom.model.errors import IDPCommunicationError, InvalidIdentityToken, ServiceError
from tests.unit.authn.oidc_support import AUDIENCE, NOW, claims, ec_key, ed_key, issue, jwk, jwks, serving, token

PROVIDER = TrustedIssuer(url="idp.example/a", client_ids=(AUDIENCE,), thumbprints=("0" * 40,))
DISCOVERY = "https://idp.example/a/.well-known/openid-configuration"
KEYS = "https://keys.example/keys"
OLD, NEW, LOST = (UnverifiedToken(issuer=PROVIDER.issuer, algorithm="ES256", key_id=kid) for kid in ("1", "2", "3"))


class Source:
    """Serves documents from memory and notes what is asked for."""

    before: Callable[[], None]

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.failure: Exception | None = None
        self.documents: dict[str, bytes] = {}
        self.before = lambda: None
        self.configure()
        self.publish("1")

    def configure(self, **changes: object) -> None:
        good: dict[str, object] = {"issuer": PROVIDER.issuer, "jwks_uri": KEYS, "claims_supported": ["sub"]}
        self.documents[DISCOVERY] = json.dumps(good | changes).encode()

    def publish(self, *key_ids: str) -> None:
        self.documents[KEYS] = jwks(*[jwk(ec_key(), key_id) for key_id in key_ids])

    def get(self, url: str, thumbprints: tuple[str, ...], limit: int) -> bytes:
        assert limit == MAX_DOCUMENT_BYTES
        assert thumbprints in (PROVIDER.thumbprints, ())
        self.asked.append(url)
        self.before()
        if self.failure is not None:
            raise self.failure
        return self.documents[url]

    @property
    def fetches(self) -> int:
        return self.asked.count(DISCOVERY)


class Time:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


class Remembering:
    """A fetcher with its source and its time."""

    def __init__(self, size: int = 10) -> None:
        self.source = Source()
        self.time = Time()
        self.fetcher = JwksFetcher(self.source, size=size, monotonic=self.time)

    def ids(self, needed: UnverifiedToken = OLD, provider: TrustedIssuer = PROVIDER) -> list[str | None]:
        return [key.key_id for key in self.fetcher.keys(provider, needed).keys]

    def refused(self, needed: UnverifiedToken = OLD) -> ServiceError:
        with pytest.raises(ServiceError) as caught:
            self.fetcher.keys(PROVIDER, needed)
        return caught.value


@pytest.fixture
def remembering() -> Remembering:
    return Remembering()


def test_keys_are_where_the_configuration_says() -> None:
    source = Source()
    assert [key.key_id for key in fetch_keys(source, PROVIDER).keys] == ["1"]
    assert source.asked == [DISCOVERY, KEYS]


def test_a_slash_that_ends_the_issuer_is_not_doubled() -> None:
    provider = TrustedIssuer(url=f"{PROVIDER.url}/", client_ids=(), thumbprints=PROVIDER.thumbprints)
    source = Source()
    source.configure(issuer=provider.issuer)
    assert fetch_keys(source, provider).keys
    assert source.asked[0] == DISCOVERY


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b"<html>",
        json.dumps({"issuer": PROVIDER.issuer}).encode(),
        json.dumps({"issuer": PROVIDER.issuer, "jwks_uri": 5}).encode(),
        json.dumps({"issuer": "https://other.example", "jwks_uri": KEYS}).encode(),
        json.dumps({"issuer": PROVIDER.issuer + "/", "jwks_uri": KEYS}).encode(),
        b'{"x":' + b"[" * 50_000,
    ],
)
def test_a_configuration_that_is_not_the_provider_s_is_refused(document: bytes) -> None:
    source = Source()
    source.documents[DISCOVERY] = document
    with pytest.raises(ValueError):  # noqa: PT011 - whatever the text
        fetch_keys(source, PROVIDER)
    assert KEYS not in source.asked


@pytest.mark.parametrize("document", [b"", b"{}", b'{"keys":[]}', b'{"keys":[{"kty":"oct","k":"AAAA"}]}'])
def test_a_provider_without_keys_is_refused(document: bytes) -> None:
    source = Source()
    source.documents[KEYS] = document
    with pytest.raises(ValueError):  # noqa: PT011 - whatever the text
        fetch_keys(source, PROVIDER)


def test_keys_are_fetched_once_an_hour(remembering: Remembering) -> None:
    for _ in range(3):
        assert remembering.ids() == ["1"]
        remembering.time.now += 1_000
    assert remembering.source.fetches == 1
    remembering.time.now = 1_000 + 3_599.9
    assert remembering.ids() == ["1"]
    assert remembering.source.fetches == 1
    remembering.source.publish("2")
    remembering.time.now = 1_000 + 3_600
    assert remembering.ids() == ["2"]
    assert remembering.source.fetches == 2


def test_a_key_that_is_not_known_is_asked_for_at_most_every_30_seconds(remembering: Remembering) -> None:
    assert remembering.ids() == ["1"]
    remembering.source.publish("1", "2")
    remembering.time.now += 29.9
    assert remembering.ids(NEW) == ["1"]
    assert remembering.source.fetches == 1
    remembering.time.now += 0.1
    assert remembering.ids(NEW) == ["1", "2"]
    assert remembering.source.fetches == 2
    for _ in range(5):
        assert remembering.ids(LOST) == ["1", "2"]
    assert remembering.source.fetches == 2
    assert remembering.ids(OLD) == ["1", "2"]


@pytest.mark.parametrize("failure", [TimeoutError(), ValueError("x"), ThumbprintMismatchError()])
def test_old_keys_are_kept_for_an_hour_while_fetching_fails(failure: Exception, remembering: Remembering) -> None:
    assert remembering.ids() == ["1"]
    remembering.source.failure = failure
    remembering.time.now += 3_600
    assert remembering.ids() == ["1"]
    assert remembering.ids() == ["1"]
    assert remembering.source.fetches == 2
    remembering.time.now += 3_599.9
    assert remembering.ids() == ["1"]
    remembering.time.now += 0.1
    remembering.refused()
    remembering.source.failure = None
    remembering.refused()
    remembering.time.now += 30
    assert remembering.ids() == ["1"]


def test_a_failed_fetch_for_a_new_key_leaves_the_others(remembering: Remembering) -> None:
    assert remembering.ids() == ["1"]
    remembering.source.failure = TimeoutError()
    remembering.time.now += 60
    assert remembering.ids(NEW) == ["1"]
    assert remembering.ids(OLD) == ["1"]


@pytest.mark.parametrize(
    ("failure", "error", "message"),
    [
        (TimeoutError("timed out"), IDPCommunicationError, UNREACHABLE),
        (ConnectionRefusedError(), IDPCommunicationError, UNREACHABLE),
        (ssl.SSLError("handshake"), IDPCommunicationError, UNREACHABLE),
        (ssl.SSLCertVerificationError("self-signed"), InvalidIdentityToken, NO_VERIFICATION_KEY),
        (ValueError("not found"), InvalidIdentityToken, NO_VERIFICATION_KEY),
        (ThumbprintMismatchError(), InvalidIdentityToken, THUMBPRINT_MISMATCH),
    ],
)
def test_what_a_caller_is_told(
    failure: Exception,
    error: type[ServiceError],
    message: str,
    remembering: Remembering,
    caplog: pytest.LogCaptureFixture,
) -> None:
    remembering.source.failure = failure
    first, second = remembering.refused(), remembering.refused()
    assert (type(first), first.message, first.status) == (error, message, 400)
    assert (type(second), second.message) == (error, message)
    assert second is not first
    assert remembering.source.fetches == 1
    (record,) = caplog.records
    assert PROVIDER.url in record.getMessage()
    assert repr(failure) in record.getMessage()


def test_something_unforeseen_is_not_tried_again_at_once(remembering: Remembering) -> None:
    remembering.source.failure = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        remembering.ids()
    assert remembering.refused().message == UNREACHABLE
    assert remembering.source.fetches == 1


def test_providers_trusted_by_other_thumbprints_are_kept_apart(remembering: Remembering) -> None:
    other = TrustedIssuer(url=PROVIDER.url, client_ids=(), thumbprints=())
    same = TrustedIssuer(url=PROVIDER.url, client_ids=("x",), thumbprints=PROVIDER.thumbprints)
    for provider in (PROVIDER, other, same):
        remembering.ids(provider=provider)
    assert remembering.source.fetches == 2


def test_the_provider_asked_for_longest_ago_is_forgotten() -> None:
    remembering = Remembering(size=2)
    for url in ("b", "c", "d"):
        document = json.dumps({"issuer": f"https://{url}", "jwks_uri": KEYS}).encode()
        remembering.source.documents[f"https://{url}/.well-known/openid-configuration"] = document
    b, c, d = (TrustedIssuer(url=url, client_ids=()) for url in ("b", "c", "d"))
    for provider in (b, c, b, d, b):
        remembering.ids(provider=provider)
    assert remembering.source.asked.count(KEYS) == 3
    remembering.ids(provider=c)
    assert remembering.source.asked.count(KEYS) == 4


def test_threads_that_have_no_keys_wait_for_the_one_that_fetches(remembering: Remembering) -> None:
    results: list[JsonWebKeys] = []
    started = threading.Barrier(4)

    def ask() -> None:
        started.wait(10)
        results.append(remembering.fetcher.keys(PROVIDER, OLD))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4
    assert remembering.source.fetches == 1


def test_threads_that_have_keys_do_not_wait(remembering: Remembering) -> None:
    assert remembering.ids() == ["1"]
    remembering.time.now += 3_600
    fetching, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        fetching.set()
        assert go_on.wait(10)

    remembering.source.before = hold
    thread = threading.Thread(target=remembering.ids)
    thread.start()
    assert fetching.wait(10)
    try:
        assert remembering.ids() == ["1"]
        assert remembering.source.fetches == 2
    finally:
        go_on.set()
        thread.join()


def test_lifetimes_can_be_set() -> None:
    source, clock = Source(), Time()
    fetcher = JwksFetcher(source, lifetimes=Lifetimes(fresh=10, stale=0, retry=1), monotonic=clock)
    assert fetcher.keys(PROVIDER, OLD).keys
    source.failure = TimeoutError()
    clock.now += 10
    with pytest.raises(IDPCommunicationError):
        fetcher.keys(PROVIDER, OLD)


def test_a_token_is_verified_with_keys_fetched_from_its_provider(tmp_path: Path) -> None:
    root = issue("root")
    with serving(tmp_path, issue("leaf", root, ("localhost",)), root) as running:
        running.publish(jwks(jwk(ed_key())))
        provider = TrustedIssuer(url=running.url, client_ids=(AUDIENCE,), thumbprints=(root.thumbprint,))
        text = token(ed_key(), "EdDSA", claims(iss=provider.issuer))
        fetcher = JwksFetcher(IssuerClient(allow_private_issuers=True))
        keys = fetcher.keys(provider, read_web_identity_token(text))
        assert verify_web_identity(text, provider, keys, NOW).issuer == running.url
        assert [path for path, _ in running.requests] == ["/.well-known/openid-configuration", "/keys"]
