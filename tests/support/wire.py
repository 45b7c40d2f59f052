"""Signed requests over one connection, which a test can take apart."""

from __future__ import annotations

import base64
import json
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any, NamedTuple, Self
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.live import Login

CONTENT_TYPE = "application/x-amz-json-1.1"


class Signed(NamedTuple):
    """A request as it is sent."""

    url: str
    headers: dict[str, str]
    body: bytes

    def replaced(self, name: str, value: str | None) -> Signed:
        """Give a copy with a header replaced, or left out when there is no value."""
        kept = {each: text for each, text in self.headers.items() if each.lower() != name.lower()}
        return self._replace(headers=kept if value is None else {**kept, name: value})


class Reply(NamedTuple):
    """An answer; `body` is the JSON object that came."""

    status: int
    request_id: str
    body: dict[str, Any]

    @property
    def code(self) -> str:
        """The error's name, or nothing."""
        return str(self.body.get("__type", ""))

    @property
    def error(self) -> tuple[str, str]:
        """The error's name and text."""
        return self.code, self.body.get("message") or self.body.get("Message") or ""


def sign(
    endpoint: str,
    login: Login,
    operation: str,
    *,
    region: str = "us-east-1",
    user_agent: str = "strongroom-tests",
    **parameters: object,
) -> Signed:
    """Sign a request as botocore does; bytes among the parameters become base64."""
    body = json.dumps(parameters, default=_base64).encode()
    headers = {
        "Content-Type": CONTENT_TYPE,
        "X-Amz-Target": f"TrentService.{operation}",
        "User-Agent": user_agent,
    }
    request = AWSRequest("POST", f"{endpoint}/", data=body, headers=headers)
    SigV4Auth(Credentials(*login), "kms", region).add_auth(request)
    return Signed("/", {name: _text(value) for name, value in request.headers.items()}, body)


def _base64(value: object) -> str:
    assert isinstance(value, bytes)
    return base64.b64encode(value).decode()


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")


class Wire:
    """One connection to a server, and who signs on it."""

    def __init__(self, endpoint: str, login: Login, *, timeout: float = 30.0) -> None:
        self.endpoint = endpoint
        self.login = login
        address = urlsplit(endpoint)
        assert address.hostname is not None
        self.connection = HTTPConnection(address.hostname, address.port, timeout=timeout)
        # A connection that was lost is the test's business.
        self.connection.auto_open = 0
        self.connection.connect()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()

    @property
    def own_port(self) -> int:
        """The port of this end of the connection."""
        port: int = self.connection.sock.getsockname()[1]
        return port

    def sign(self, operation: str, **parameters: Any) -> Signed:  # noqa: ANN401 - of any operation
        """Sign a request, to be sent later."""
        return sign(self.endpoint, self.login, operation, **parameters)

    def send(self, request: Signed) -> None:
        """Send a request; its answer is to be received."""
        self.connection.putrequest("POST", request.url, skip_host="Host" in request.headers, skip_accept_encoding=True)
        for name, value in request.headers.items():
            self.connection.putheader(name, value)
        self.connection.putheader("Content-Length", str(len(request.body)))
        self.connection.endheaders(request.body)

    def receive(self) -> Reply:
        """Receive the answer to what was sent."""
        response = self.connection.getresponse()
        body = response.read()
        return Reply(response.status, response.headers.get("x-amzn-RequestId", ""), json.loads(body or b"{}"))

    def exchange(self, request: Signed) -> Reply:
        """Send a request and receive its answer."""
        self.send(request)
        return self.receive()

    def call(self, operation: str, **parameters: Any) -> Reply:  # noqa: ANN401 - of any operation
        """Call an operation."""
        return self.exchange(self.sign(operation, **parameters))

    def done(self, operation: str, **parameters: Any) -> dict[str, Any]:  # noqa: ANN401 - of any operation
        """Call an operation that must succeed; give what it answers."""
        reply = self.call(operation, **parameters)
        assert reply.status == 200, reply
        return reply.body


@contextmanager
def connected(endpoint: str, login: Login, number: int) -> Iterator[list[Wire]]:
    """Open several connections."""
    with ExitStack() as stack:
        yield [stack.enter_context(Wire(endpoint, login)) for _ in range(number)]
