"""An identity provider for tests: keys, tokens that are really signed, and an HTTPS server with a CA of its own."""

import base64
import contextlib
import datetime as dt
import hashlib
import http.server
import ipaddress
import json
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | Ed25519PrivateKey

NOW = 1_700_000_000
URL = "oidc.example.com/id/EXAMPLE"
AUDIENCE = "sts.amazonaws.com"


@cache
def rsa_key(bits: int = 2_048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65_537, bits)


@cache
def ec_key(name: str = "P-256") -> ec.EllipticCurvePrivateKey:
    curves = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}
    return ec.generate_private_key(curves[name])


@cache
def ed_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def jwk(key: PrivateKey, kid: str | None = "one", **members: object) -> dict[str, object]:
    """Give the public key as a JWK, made here from its numbers."""
    public: dict[str, object]
    if isinstance(key, rsa.RSAPrivateKey):
        numbers = key.public_key().public_numbers()
        modulus = numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8)
        public = {"kty": "RSA", "n": encoded(modulus), "e": encoded(numbers.e.to_bytes(3))}
    elif isinstance(key, ec.EllipticCurvePrivateKey):
        point = key.public_key().public_numbers()
        size = (key.curve.key_size + 7) // 8
        crv = f"P-{key.curve.key_size}"
        public = {"kty": "EC", "crv": crv, "x": encoded(point.x.to_bytes(size)), "y": encoded(point.y.to_bytes(size))}
    else:
        public = {"kty": "OKP", "crv": "Ed25519", "x": encoded(key.public_key().public_bytes_raw())}
    return public | ({} if kid is None else {"kid": kid}) | members


def jwks(*keys: Mapping[str, object]) -> bytes:
    return json.dumps({"keys": keys}).encode()


def claims(**changes: object) -> dict[str, Any]:
    """Give good claims; a change to None takes the claim away."""
    good: dict[str, Any] = {
        "iss": f"https://{URL}",
        "aud": AUDIENCE,
        "sub": "system:serviceaccount:default:app",
        "iat": NOW - 60,
        "exp": NOW + 3_600,
    }
    return {name: value for name, value in (good | changes).items() if value is not None}


def token(
    key: PrivateKey | str,
    algorithm: str = "RS256",
    payload: Mapping[str, Any] | bytes | None = None,
    headers: dict[str, Any] | None = None,
) -> str:
    """Sign claims, the good ones when none are given."""
    body = payload if isinstance(payload, bytes) else json.dumps(claims() if payload is None else payload).encode()
    return jwt.PyJWS().encode(body, key, algorithm, headers={"kid": "one"} if headers is None else headers)


def unsigned(header: Mapping[str, object] | bytes, payload: bytes | None = None, signature: bytes = b"") -> str:
    """Join the parts of a token as they are given."""
    head = header if isinstance(header, bytes) else json.dumps(header).encode()
    body = json.dumps(claims()).encode() if payload is None else payload
    return ".".join(map(encoded, (head, body, signature)))


class Authority(NamedTuple):
    """A certificate and the key that it is of."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def thumbprint(self) -> str:
        der = self.certificate.public_bytes(serialization.Encoding.DER)
        return hashlib.sha1(der, usedforsecurity=False).hexdigest()


def issue(name: str, parent: Authority | None = None, hosts: tuple[str, ...] = ()) -> Authority:
    """Make a certificate: of a CA when it is for no host, self-signed when it has no parent."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    issuer = parent.certificate.subject if parent else subject
    signer = parent.key if parent else key
    start = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    usage = {name: name == "digital_signature" for name in _KEY_USAGES}
    if not hosts:
        usage = {name: name == "key_cert_sign" for name in _KEY_USAGES}
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=3))
        .add_extension(x509.BasicConstraints(ca=not hosts, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    if hosts:
        builder = builder.add_extension(x509.SubjectAlternativeName([_name(host) for host in hosts]), critical=False)
    return Authority(builder.sign(signer, hashes.SHA256()), key)


_KEY_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


def _name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


class Answer(NamedTuple):
    body: bytes
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


class Provider:
    """A running server; `answers` may be changed while it runs."""

    def __init__(self, port: int) -> None:
        self.url = f"localhost:{port}"
        self.answers: dict[str, Answer] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []

    def publish(self, document: bytes, **discovery: object) -> None:
        """Serve keys and the configuration that names them."""
        base = {"issuer": f"https://{self.url}", "jwks_uri": f"https://{self.url}/keys"}
        self.answers["/.well-known/openid-configuration"] = Answer(json.dumps(base | discovery).encode())
        self.answers["/keys"] = Answer(document)


@contextlib.contextmanager
def serving(folder: Path, leaf: Authority, *chain: Authority) -> Iterator[Provider]:
    """Serve HTTPS on a loopback port with a certificate and those that are sent after it."""
    pem = folder / f"{leaf.certificate.serial_number}.pem"
    private = leaf.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(private + b"".join(each.pem for each in (leaf, *chain)))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server = _Server(("127.0.0.1", 0), context)
    provider = server.provider = Provider(server.server_port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(http.server.ThreadingHTTPServer):
    provider: Provider
    # Closing waits for the handlers, so that no connection is left to the garbage collector.
    daemon_threads = False

    def __init__(self, address: tuple[str, int], context: ssl.SSLContext) -> None:
        super().__init__(address, _Handler)
        self.context = context

    def finish_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        assert isinstance(request, socket.socket)
        # The client goes away when it does not trust the certificate.
        with contextlib.suppress(OSError), self.context.wrap_socket(request, server_side=True) as connection:
            super().finish_request(connection, client_address)


class _Handler(http.server.BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self.server.provider.requests.append((self.path, dict(self.headers.items())))
        answer = self.server.provider.answers.get(self.path, Answer(b"", 404))
        self.send_response(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    def log_request(self, code: object = "-", size: object = "-") -> None:
        """Keep it quiet."""
