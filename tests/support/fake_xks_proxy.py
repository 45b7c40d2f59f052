"""An external key store proxy for tests, over real TLS: it answers rightly, or as it is told to.

Signatures are checked by botocore and keys are AES-GCM of `cryptography`, so that nothing of the client under test
checks itself.
"""

import base64
import contextlib
import hashlib
import http.server
import json
import os
import socket
import ssl
import threading
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.unit.authn.oidc_support import Authority

ACCESS_KEY_ID = "BETAWBSCKGQ34EXAMPLE"
SECRET_ACCESS_KEY = "fake+secret/of+a+proxy/0123456789/fake+secret="  # noqa: S105 - it is no secret
REGION = "eu-west-2"
URI_PATH = "/example/kms/xks/v1"
KEY_ID = "external-key_1.a"
METADATA = {"keySpec": "AES_256", "keyUsage": ["ENCRYPT", "DECRYPT"], "keyStatus": "ENABLED"}
HEALTH = {
    "xksProxyFleetSize": 2,
    "xksProxyVendor": "Example Corp",
    "xksProxyModel": "Example Proxy 1.0",
    "ekmVendor": "Example Vault Corp",
    "ekmFleetDetails": [
        {"id": "hsm-1", "model": "Example Vault 5", "healthStatus": "DEGRADED"},
        {"id": "hsm-2", "model": "Example Vault 5", "healthStatus": "UNAVAILABLE"},
    ],
}
CIPHERTEXT_METADATA = b"key_version=1"


class Received(NamedTuple):
    """One request; a connection is known by the client's port."""

    connection: int
    path: str
    headers: dict[str, str]
    message: dict[str, Any]


class FakeXksProxy:
    """A running proxy.

    Attributes:
        endpoint: its URI, by the name that its certificate is for.
        received: the requests, in their order.
        script: what to do with the next requests, instead of answering them rightly.
        keys: 32 bytes for each external key id.
        metadata: what is said of every key.
        health: what is said of the proxy.
    """

    def __init__(self, port: int) -> None:
        self.endpoint = f"https://localhost:{port}"
        self.host = f"localhost:{port}"
        self.received: list[Received] = []
        self.script: deque[Step] = deque()
        self.keys = {KEY_ID: AESGCM.generate_key(256)}
        self.metadata: dict[str, Any] = dict(METADATA)
        self.health: dict[str, Any] = dict(HEALTH)
        self.stopping = threading.Event()
        self.open: set[socket.socket] = set()

    def hang_up(self) -> None:
        """Close all connections, without a word, as a proxy does that is restarted."""
        for connection in tuple(self.open):
            # Not the method of SSLSocket, which takes the TLS state from under the thread that reads. A connection may
            # have ended meanwhile.
            with contextlib.suppress(OSError):
                socket.socket.shutdown(connection, socket.SHUT_RDWR)

    @property
    def connections(self) -> int:
        """How many connections brought requests."""
        return len({request.connection for request in self.received})


class Handler(http.server.BaseHTTPRequestHandler):
    """One connection."""

    server: "_Server"
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        proxy = self.server.proxy
        body = self.rfile.read(int(self.headers["Content-Length"]))
        received = Received(self.client_address[1], self.path, dict(self.headers.items()), json.loads(body))
        proxy.received.append(received)
        if proxy.script:
            proxy.script.popleft()(self, received)
        elif self._is_signed(body):
            self.answer(*right_answer(proxy, received))
        else:
            self.answer(401, {"errorName": "AuthenticationFailedException"})

    def answer(self, status: int, message: object) -> None:
        self.send(status, json.dumps(message).encode())

    def send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in (headers | {"Content_Type": "application/json", "Content_Length": str(len(body))}).items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code: object = "-", size: object = "-") -> None:
        """Keep it quiet."""

    def _is_signed(self, body: bytes) -> bool:
        request = AWSRequest("POST", f"{self.server.proxy.endpoint}{self.path}", {"Host": self.headers["Host"]}, body)
        request.context["timestamp"] = self.headers["X-Amz-Date"]
        request.headers["X-Amz-Date"] = self.headers["X-Amz-Date"]
        signer = SigV4Auth(Credentials(ACCESS_KEY_ID, SECRET_ACCESS_KEY), "kms-xks-proxy", REGION)
        signature = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
        scope = f"{ACCESS_KEY_ID}/{self.headers['X-Amz-Date'][:8]}/{REGION}/kms-xks-proxy/aws4_request"
        return bool(
            self.headers["Authorization"] == f"AWS4-HMAC-SHA256 Credential={scope}, "
            f"SignedHeaders=host;x-amz-date, Signature={signature}"
        )


Step = Callable[[Handler, Received], None]


def right_answer(proxy: FakeXksProxy, received: Received) -> tuple[int, dict[str, Any]]:
    """Give what the specification asks for."""
    if not received.path.startswith(f"{URI_PATH}/"):
        return 404, {"errorName": "InvalidUriPathException"}
    match received.path.removeprefix(URI_PATH).split("/"):
        case ["", "health"]:
            return 200, proxy.health
        case ["", "keys", key_id, operation] if key_id in proxy.keys:
            return _key_answer(proxy, key_id, operation, received.message)
        case _:
            return 404, {"errorName": "KeyNotFoundException", "errorMessage": "no such key"}


def _key_answer(
    proxy: FakeXksProxy, key_id: str, operation: str, message: dict[str, Any]
) -> tuple[int, dict[str, Any]]:
    match operation:
        case "encrypt":
            return 200, _encrypt(proxy.keys[key_id], message)
        case "decrypt":
            return _decrypt(proxy.keys[key_id], message)
        case _:
            return 200, proxy.metadata


def _encrypt(key: bytes, message: dict[str, Any]) -> dict[str, Any]:
    assert message["encryptionAlgorithm"] == "AES_GCM"
    iv = os.urandom(12)
    given = _bytes(message, "additionalAuthenticatedData")
    aad = _authenticated(given, CIPHERTEXT_METADATA)
    sealed = AESGCM(key).encrypt(iv, _bytes(message, "plaintext"), aad)
    ciphertext, tag = sealed[:-16], sealed[-16:]
    answer = {
        "ciphertext": ciphertext,
        "authenticationTag": tag,
        "initializationVector": iv,
        "ciphertextMetadata": CIPHERTEXT_METADATA,
    }
    if message.get("ciphertextDataIntegrityValueAlgorithm") == "SHA_256":
        whole = given + CIPHERTEXT_METADATA + iv + ciphertext + tag
        answer["ciphertextDataIntegrityValue"] = hashlib.sha256(whole).digest()
    return {name: base64.b64encode(value).decode() for name, value in answer.items()}


def _decrypt(key: bytes, message: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    assert message["encryptionAlgorithm"] == "AES_GCM"
    given = _bytes(message, "additionalAuthenticatedData")
    aad = _authenticated(given, _bytes(message, "ciphertextMetadata"))
    sealed = _bytes(message, "ciphertext") + _bytes(message, "authenticationTag")
    try:
        plaintext = AESGCM(key).decrypt(_bytes(message, "initializationVector"), sealed, aad)
    except InvalidTag:
        return 400, {"errorName": "InvalidCiphertextException"}
    return 200, {"plaintext": base64.b64encode(plaintext).decode()}


def _bytes(message: dict[str, Any], member: str) -> bytes:
    return base64.b64decode(message.get(member, ""), validate=True)


def _authenticated(aad: bytes, metadata: bytes) -> bytes:
    """Join them as the specification recommends."""
    return len(aad).to_bytes(2) + aad + len(metadata).to_bytes(1) + metadata


def refuse(status: int, name: str, message: str | None = None) -> Step:
    """Answer with an error."""
    body = {"errorName": name} | ({} if message is None else {"errorMessage": message})
    return lambda handler, _: handler.answer(status, body)


def reply(status: int, body: bytes, **headers: str) -> Step:
    """Answer with any body; underscores in the names of headers are hyphens."""
    return lambda handler, _: handler.send(status, body, **headers)


def altered(**members: object) -> Step:
    """Answer rightly but for some members; those that are None are left out."""

    def step(handler: Handler, received: Received) -> None:
        status, answer = right_answer(handler.server.proxy, received)
        changed = {name: value for name, value in (answer | members).items() if value is not None}
        handler.answer(status, changed)

    return step


def raw(data: bytes) -> Step:
    """Send bytes that need not be HTTP, then hang up."""

    def step(handler: Handler, _: Received) -> None:
        handler.close_connection = True
        with contextlib.suppress(OSError):
            handler.wfile.write(data)

    return step


def drip(data: bytes, pause: float) -> Step:
    """Send bytes one by one, as long as anybody listens."""

    def step(handler: Handler, _: Received) -> None:
        handler.close_connection = True
        stopping = handler.server.proxy.stopping
        with contextlib.suppress(OSError):
            for byte in data:
                handler.wfile.write(bytes((byte,)))
                if stopping.wait(pause):
                    break

    return step


def silence(handler: Handler, _: Received) -> None:
    """Say nothing until the test is over."""
    handler.close_connection = True
    handler.server.proxy.stopping.wait()


@contextlib.contextmanager
def serving_xks_proxy(folder: Path, leaf: Authority, client_ca: Authority | None = None) -> Iterator[FakeXksProxy]:
    """Serve on a loopback port, with a certificate; clients need one of their own where a CA of theirs is given."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem_file(folder, leaf))
    if client_ca is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=client_ca.pem.decode())
    with _Server(("127.0.0.1", 0), context) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.proxy
        finally:
            server.proxy.stopping.set()
            server.proxy.hang_up()
            server.shutdown()
            thread.join()


def pem_file(folder: Path, leaf: Authority) -> Path:
    """Write a certificate and its private key."""
    path = folder / f"{leaf.certificate.serial_number}.pem"
    path.write_bytes(leaf.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + leaf.pem)
    return path


class _Server(http.server.ThreadingHTTPServer):
    # Closing waits for the handlers, so that no connection is left to the garbage collector.
    daemon_threads = False
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], context: ssl.SSLContext) -> None:
        super().__init__(address, Handler)
        self.context = context
        self.proxy = FakeXksProxy(self.server_port)

    def finish_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        assert isinstance(request, socket.socket)
        # The client goes away when it does not trust the certificate, or has waited long enough.
        with contextlib.suppress(OSError), self.context.wrap_socket(request, server_side=True) as connection:
            self.proxy.open.add(connection)
            try:
                super().finish_request(connection, client_address)
            finally:
                self.proxy.open.discard(connection)
