"""Documents of identity providers, over real HTTPS on loopback."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from strongroom.authn.issuer_client import IssuerClient
from strongroom.authn.issuer_tls import ThumbprintMismatchError, trusted_context
from tests.unit.authn.oidc_support import Answer, Authority, Provider, issue, serving

ROOT = issue("root")
MIDDLE = issue("middle", ROOT)
LEAF = issue("leaf", MIDDLE, ("localhost",))
LIMIT = 1_000


@pytest.fixture
def ca_file(tmp_path: Path) -> str:
    path = tmp_path / "ca.pem"
    path.write_bytes(ROOT.pem)
    return str(path)


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    with serving(tmp_path, LEAF, MIDDLE) as running:
        running.answers["/x?y=z"] = Answer(b"document")
        yield running


def client(ca_file: str | None = None, timeout: float = 5.0) -> IssuerClient:
    return IssuerClient(ca_file=ca_file, allow_private_issuers=True, timeout=timeout)


def test_a_document_is_fetched_from_a_trusted_host(provider: Provider, ca_file: str) -> None:
    assert client(ca_file).get(f"https://{provider.url}/x?y=z", (), LIMIT) == b"document"
    ((path, headers),) = provider.requests
    assert path == "/x?y=z"
    assert headers["Host"] == provider.url
    assert headers["Connection"] == "close"


def test_private_addresses_are_refused_unless_they_are_allowed(provider: Provider, ca_file: str) -> None:
    with pytest.raises(ValueError, match="no address"):
        IssuerClient(ca_file=ca_file).get(f"https://{provider.url}/x?y=z", (), LIMIT)
    assert provider.requests == []


def test_an_authority_that_is_not_trusted_is_refused(provider: Provider) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        client().get(f"https://{provider.url}/x?y=z", (), LIMIT)
    assert provider.requests == []


def test_the_file_of_authorities_is_added_to_those_of_the_system(ca_file: str) -> None:
    system = len(trusted_context().get_ca_certs())
    assert len(trusted_context(ca_file).get_ca_certs()) == system + 1


@pytest.mark.parametrize("content", [b"", b"no certificate"])
def test_a_file_without_authorities_is_an_error(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "empty.pem"
    path.write_bytes(content)
    with pytest.raises(OSError):  # noqa: PT011 - OpenSSL's text
        client(str(path))


@pytest.mark.parametrize(
    ("chain", "top"),
    [((MIDDLE, ROOT), ROOT), ((MIDDLE,), MIDDLE), ((), LEAF)],
    ids=["root", "intermediate", "leaf"],
)
@pytest.mark.parametrize("upper", [False, True])
def test_the_thumbprint_of_the_top_of_the_chain_is_trusted(
    chain: tuple[Authority, ...],
    top: Authority,
    upper: bool,  # noqa: FBT001
    tmp_path: Path,
) -> None:
    thumbprint = top.thumbprint.upper() if upper else top.thumbprint
    with serving(tmp_path, LEAF, *chain) as provider:
        provider.answers["/"] = Answer(b"document")
        assert client().get(f"https://{provider.url}", ("0" * 40, thumbprint), LIMIT) == b"document"
        assert len(provider.requests) == 1


def test_thumbprints_do_not_matter_where_an_authority_is_trusted(provider: Provider, ca_file: str) -> None:
    assert client(ca_file).get(f"https://{provider.url}/x?y=z", ("0" * 40,), LIMIT) == b"document"


def test_another_thumbprint_is_refused(provider: Provider) -> None:
    with pytest.raises(ThumbprintMismatchError):
        client().get(f"https://{provider.url}/x?y=z", (ROOT.thumbprint, LEAF.thumbprint), LIMIT)
    assert provider.requests == []


def test_a_certificate_that_did_not_sign_the_chain_gives_it_no_trust(tmp_path: Path) -> None:
    forged = issue("leaf", issue("forger"), ("localhost",))
    with serving(tmp_path, forged, MIDDLE, ROOT) as provider:
        with pytest.raises(ThumbprintMismatchError):
            client().get(f"https://{provider.url}/", (ROOT.thumbprint,), LIMIT)
        assert provider.requests == []


def test_a_host_certificate_gives_no_trust_to_another(tmp_path: Path) -> None:
    """A leaf is no CA, even where its thumbprint is listed."""
    forged = issue("forged", LEAF, ("localhost",))
    with serving(tmp_path, forged, LEAF) as provider, pytest.raises(ThumbprintMismatchError):
        client().get(f"https://{provider.url}/", (LEAF.thumbprint,), LIMIT)


@pytest.mark.parametrize("thumbprints", [(), (ROOT.thumbprint,)])
def test_the_certificate_has_to_be_for_the_name_of_the_host(
    thumbprints: tuple[str, ...], tmp_path: Path, ca_file: str
) -> None:
    other = issue("other", ROOT, ("other.example",))
    with serving(tmp_path, other, ROOT) as provider:
        with pytest.raises((ssl.SSLCertVerificationError, ThumbprintMismatchError)):
            client(ca_file).get(f"https://{provider.url}/", thumbprints, LIMIT)
        assert provider.requests == []


def test_a_host_may_be_an_address(tmp_path: Path, ca_file: str) -> None:
    with serving(tmp_path, issue("address", ROOT, ("127.0.0.1",))) as provider:
        provider.answers["/"] = Answer(b"document")
        port = provider.url.partition(":")[2]
        assert client(ca_file).get(f"https://127.0.0.1:{port}", (), LIMIT) == b"document"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(status: int, provider: Provider, ca_file: str) -> None:
    provider.answers["/moved"] = Answer(b"", status, (("Location", f"https://{provider.url}/x?y=z"),))
    with pytest.raises(ValueError, match=str(status)):
        client(ca_file).get(f"https://{provider.url}/moved", (), LIMIT)
    assert len(provider.requests) == 1


@pytest.mark.parametrize("status", [204, 400, 404])
def test_any_other_answer_is_refused(status: int, provider: Provider, ca_file: str) -> None:
    provider.answers["/x"] = Answer(b"", status)
    with pytest.raises(ValueError, match=f"answers {status}") as caught:
        client(ca_file).get(f"https://{provider.url}/x", (), LIMIT)
    assert not isinstance(caught.value, OSError)


@pytest.mark.parametrize("status", [500, 503])
def test_a_failure_of_the_provider_is_one_of_reaching_it(status: int, provider: Provider, ca_file: str) -> None:
    provider.answers["/x"] = Answer(b"", status)
    with pytest.raises(OSError, match=f"answers {status}"):
        client(ca_file).get(f"https://{provider.url}/x", (), LIMIT)


def test_a_document_has_a_limit(provider: Provider, ca_file: str) -> None:
    provider.answers["/x"] = Answer(b"x" * LIMIT)
    assert len(client(ca_file).get(f"https://{provider.url}/x", (), LIMIT)) == LIMIT
    provider.answers["/x"] = Answer(b"x" * (LIMIT + 1))
    with pytest.raises(ValueError, match="more than 1000 bytes"):
        client(ca_file).get(f"https://{provider.url}/x", (), LIMIT)


def test_headers_have_a_limit(provider: Provider, ca_file: str) -> None:
    provider.answers["/x"] = Answer(b"", 200, tuple((f"X-{number}", "x") for number in range(200)))
    with pytest.raises(ValueError, match="not an HTTP answer"):
        client(ca_file).get(f"https://{provider.url}/x", (), LIMIT)


def test_nobody_listens(ca_file: str) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with pytest.raises(OSError):  # noqa: PT011 - the system's text
            client(ca_file).get(f"https://localhost:{port}/", (), LIMIT)


@pytest.mark.parametrize("host", ["a" * 64 + ".example", "a..example"])
def test_a_name_that_cannot_be_one_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match="label"):
        client().get(f"https://{host}/", (), LIMIT)


@contextlib.contextmanager
def listening() -> Iterator[tuple[socket.socket, str]]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server, f"https://localhost:{server.getsockname()[1]}/"


def test_a_server_that_is_silent_is_given_up(ca_file: str) -> None:
    with listening() as (_, url), pytest.raises(TimeoutError):
        client(ca_file, timeout=0.1).get(url, (), LIMIT)


def test_a_server_that_drips_is_given_up(tmp_path: Path, ca_file: str) -> None:
    """Each byte comes soon enough; all of them together do not."""
    given_up = threading.Event()

    def drip(server: socket.socket, context: ssl.SSLContext) -> None:
        accepted, _ = server.accept()
        with contextlib.suppress(OSError), context.wrap_socket(accepted, server_side=True) as connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\nX-Drip: ")
            while not given_up.wait(0.02):
                connection.sendall(b"x")

    with serving(tmp_path, LEAF, MIDDLE):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tmp_path / f"{LEAF.certificate.serial_number}.pem")
    with listening() as (server, url):
        thread = threading.Thread(target=drip, args=(server, context))
        thread.start()
        try:
            start = time.monotonic()
            with pytest.raises(TimeoutError):
                client(ca_file, timeout=0.3).get(url, (), LIMIT)
            assert time.monotonic() - start < 5
        finally:
            given_up.set()
            thread.join()
