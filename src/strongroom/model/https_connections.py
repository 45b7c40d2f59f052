"""TLS connections that are made to known addresses and used until a deadline."""

import socket
import ssl
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

import msgspec

from strongroom.model.https_addresses import HttpsUrl

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer


class DeadlineSocket(ssl.SSLSocket):
    """A TLS socket that is used until a moment of `time.monotonic` and no longer, however slow the peer is."""

    deadline: float

    def recv_into(self, buffer: "WriteableBuffer", nbytes: int | None = None, flags: int = 0) -> int:
        """Receive within what is left of the time.

        Raises:
            TimeoutError: nothing is left of it.
        """
        self.settimeout(seconds_left(self.deadline))
        return super().recv_into(buffer, nbytes, flags)

    def send(self, data: "ReadableBuffer", flags: int = 0) -> int:
        """Send within what is left of the time.

        Raises:
            TimeoutError: nothing is left of it.
        """
        self.settimeout(seconds_left(self.deadline))
        return super().send(data, flags)


class Dialer(msgspec.Struct, frozen=True, kw_only=True):
    """Connects to one host.

    Attributes:
        url: names the host, for its certificate, and the port.
        addresses: of the host; they are tried in this order.
        deadline: until when, in seconds of `time.monotonic`.
    """

    url: HttpsUrl
    addresses: Sequence[str]
    deadline: float

    def connect(self, context: ssl.SSLContext) -> DeadlineSocket:
        """Make a TLS connection: `dial`, then `secure`.

        Raises:
            OSError: no address answers in time, or the certificate does not verify (`ssl.SSLCertVerificationError`).
        """
        return self.secure(self.dial(), context)

    def dial(self) -> socket.socket:
        """Make a TCP connection to the first address that answers.

        Raises:
            OSError: none does in time.
        """
        *others, last = self.addresses
        for position, address in enumerate(others):
            share = seconds_left(self.deadline) / (len(self.addresses) - position)
            try:
                return socket.create_connection((address, self.url.port), timeout=share)
            except OSError:
                continue
        return socket.create_connection((last, self.url.port), timeout=seconds_left(self.deadline))

    def secure(self, connection: socket.socket, context: ssl.SSLContext) -> DeadlineSocket:
        """Make the TLS handshake on a connection, which is closed when that fails.

        Args:
            connection: from `dial`.
            context: makes sockets of `DeadlineSocket`, or of a class of it.

        Raises:
            OSError: the peer does not answer in time, or its certificate does not verify.
        """
        try:
            # Headers and body are sent one after the other, and the body is not to wait for the headers' receipt.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.settimeout(seconds_left(self.deadline))
            wrapped = context.wrap_socket(connection, server_hostname=self.url.host)
        except OSError:
            connection.close()
            raise
        timed = cast("DeadlineSocket", wrapped)
        timed.deadline = self.deadline
        return timed


def seconds_left(deadline: float) -> float:
    """Give the seconds until a moment of `time.monotonic`.

    Raises:
        TimeoutError: it has passed.
    """
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("timed out")
    return left
