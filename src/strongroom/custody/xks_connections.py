"""HTTPS connections to an external key store proxy: kept alive, and bounded in time and in what they take in.

No redirect is followed, and no proxy of HTTP is asked.
"""

import contextlib
import http.client
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, cast

import msgspec

from strongroom.custody.xks_failures import XksFailure, XksFailureKind
from strongroom.model.https_addresses import HttpsUrl, resolve
from strongroom.model.https_connections import DeadlineSocket, Dialer, seconds_left

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAX_ANSWER: Final = 65_536
"""Bytes of an answer, headers and all; the largest that has a meaning is a tenth of it."""
MAX_IDLE: Final = 16
"""Connections that are kept for later."""
MAX_IDLE_SECONDS: Final = 30.0
"""How long; load balancers close connections after a minute or later, and some without saying so."""
_RESOLVERS: Final = 2


class PostRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent; it must be such as may be sent twice.

    Attributes:
        path: without anything that would have to be encoded.
        headers: among them Host; Content-Length is added.
        body: all of it.
    """

    path: str
    headers: Mapping[str, str]
    body: bytes


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came back.

    Attributes:
        status: the HTTP status.
        body: all of it, or as much as came before the peer hung up.
    """

    status: int
    body: bytes


class _AnswerTooLongError(http.client.HTTPException):
    pass


class _AnswerSocket(DeadlineSocket):
    """A socket that takes in so many bytes and no more."""

    allowance: int

    def recv_into(self, buffer: "WriteableBuffer", nbytes: int | None = None, flags: int = 0) -> int:
        count = super().recv_into(buffer, nbytes, flags)
        self.allowance -= count
        if self.allowance < 0:
            raise _AnswerTooLongError
        return count


def proxy_tls(ca_file: str | None = None) -> ssl.SSLContext:
    """Make the TLS side of a client: version 1.2 or later, the proxy's certificate and host name checked.

    A certificate of the client's own, for proxies that ask for one, is loaded into what is returned.

    Args:
        ca_file: PEM file of CAs that are trusted beside those of the system.

    Raises:
        OSError: the file cannot be read, or has no certificates.
    """
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.sslsocket_class = _AnswerSocket
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context


class _IdleConnections:
    """Connections that wait for their next request, the latest used first. Safe for several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[tuple[float, http.client.HTTPSConnection]] = []
        self._closed = False

    def take(self) -> http.client.HTTPSConnection | None:
        oldest = time.monotonic() - MAX_IDLE_SECONDS
        with self._lock:
            while self._waiting:
                since, connection = self._waiting.pop()
                if since > oldest:
                    return connection
                connection.close()
        return None

    def put(self, connection: http.client.HTTPSConnection) -> None:
        with self._lock:
            if not self._closed and len(self._waiting) < MAX_IDLE:
                self._waiting.append((time.monotonic(), connection))
                return
        connection.close()

    def close(self) -> None:
        with self._lock:
            self._closed = True
            while self._waiting:
                self._waiting.pop()[1].close()


class XksConnections:
    """Connections to one proxy, for use from several threads."""

    def __init__(self, url: HttpsUrl, tls: ssl.SSLContext, *, allow_private: bool) -> None:
        """Take where the proxy is.

        Args:
            url: its host and port.
            tls: from `proxy_tls`.
            allow_private: whether loopback and private addresses may be connected to.

        Raises:
            ValueError: `tls` is not from `proxy_tls`, or does not check the proxy's certificate and host name.
        """
        if not (issubclass(tls.sslsocket_class, _AnswerSocket) and tls.check_hostname):
            raise ValueError("the TLS context is not one for proxies")
        self._url = url
        self._tls = tls
        self._allow_private = allow_private
        self._idle = _IdleConnections()
        # The system's resolver takes seconds where a name server is down, and cannot be told otherwise.
        self._resolvers = ThreadPoolExecutor(_RESOLVERS, thread_name_prefix="xks-resolver")

    def post(self, request: PostRequest, deadline: float) -> Answer:
        """Send a request and give its answer, whatever it is.

        Args:
            request: what to send.
            deadline: until when all of it has to be done, connecting included, in seconds of `time.monotonic`.

        Raises:
            XksFailure: there is no answer in time, or it is not HTTP.
        """
        kept = self._idle.take()
        if kept is not None:
            # The proxy may have closed it meanwhile, which is no failure of its own.
            with contextlib.suppress(_BrokenConnection):
                return self._exchange(kept, request, deadline)
        return self._exchange(self._connect(deadline), request, deadline)

    def close(self) -> None:
        """Close the connections that wait; those in use are closed after their request, and so are any later ones."""
        self._idle.close()

    def _connect(self, deadline: float) -> http.client.HTTPSConnection:
        try:
            dialer = Dialer(url=self._url, addresses=self._addresses(deadline), deadline=deadline)
            tcp = dialer.dial()
        except (OSError, ValueError):
            raise XksFailure(XksFailureKind.NO_TCP_CONNECTION) from None
        try:
            secured = dialer.secure(tcp, self._tls)
        except TimeoutError:
            raise XksFailure(XksFailureKind.TIMED_OUT) from None
        except OSError:
            raise XksFailure(XksFailureKind.NO_TLS_CONNECTION) from None
        connection = http.client.HTTPSConnection(self._url.host, self._url.port, context=self._tls)
        # It is given a connection and never makes one, which would be to a host that it resolves itself.
        connection.sock = secured
        connection.auto_open = 0
        return connection

    def _addresses(self, deadline: float) -> tuple[str, ...]:
        found = self._resolvers.submit(resolve, self._url.host, self._url.port, allow_private=self._allow_private)
        try:
            return found.result(seconds_left(deadline))
        finally:
            found.cancel()

    def _exchange(self, connection: http.client.HTTPSConnection, request: PostRequest, deadline: float) -> Answer:
        limited = cast("_AnswerSocket", connection.sock)
        limited.deadline = deadline
        limited.allowance = MAX_ANSWER
        reusable = False
        try:
            with _told_as_failures():
                connection.request("POST", request.path, request.body, request.headers)
                with connection.getresponse() as response:
                    answer = Answer(status=response.status, body=response.read(MAX_ANSWER))
            reusable = not response.will_close
        finally:
            if reusable:
                self._idle.put(connection)
            else:
                connection.close()
        return answer


class _BrokenConnection(XksFailure):
    """The connection ended before an answer came; on one that was kept alive, that says nothing of the proxy."""


@contextlib.contextmanager
def _told_as_failures() -> Iterator[None]:
    try:
        yield
    except TimeoutError:
        raise XksFailure(XksFailureKind.TIMED_OUT) from None
    except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
        raise _BrokenConnection(XksFailureKind.NO_TCP_CONNECTION) from None
    except ssl.SSLError:
        # With TLS 1.3, a client certificate is refused only after the handshake.
        raise _BrokenConnection(XksFailureKind.NO_TLS_CONNECTION) from None
    except OSError:
        raise _BrokenConnection(XksFailureKind.NO_TCP_CONNECTION) from None
    except http.client.HTTPException:
        raise XksFailure(XksFailureKind.MALFORMED_RESPONSE) from None
