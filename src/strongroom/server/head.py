"""What a request's head must keep to before anything else looks at the request.

Sources: RFC 9110 (7.2 Host, 10.1.1 Expect) and RFC 9112 (3.2 request target, 6.3 message body length).
llhttp, in its strict mode, has refused before: bare CR or LF, folded lines, blanks before a colon, control bytes,
and lengths that are not one plain number. What could be read differently by a proxy in front is refused here, and
so are repeated headers that the signature or the operation hangs on.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from strongroom.server.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from strongroom.server.limits import Limits

_SINGLE = frozenset(
    {
        "authorization",
        "content-length",
        "content-type",
        "expect",
        "host",
        "transfer-encoding",
        "x-amz-date",
        "x-amz-security-token",
        "x-amz-target",
    }
)
# The names that SDKs send, in their spellings; looking them up is faster than changing the case.
_KNOWN_NAMES = {
    spelling.encode("ascii"): name
    for name in (
        *_SINGLE,
        "accept",
        "accept-encoding",
        "amz-sdk-invocation-id",
        "amz-sdk-request",
        "connection",
        "user-agent",
        "x-amz-content-sha256",
        "x-amz-user-agent",
    )
    for spelling in (name, name.title())
}
_NOT_HTTP = frozenset({
    # llhttp also reads ICE and RTSP.
    "ANNOUNCE", "DESCRIBE", "FLUSH", "GET_PARAMETER", "PAUSE", "PLAY", "RECORD", "REDIRECT", "SETUP",
    "SET_PARAMETER", "SOURCE", "TEARDOWN",
})  # fmt: skip
_HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_TARGET = re.compile(r"/[!-\"$-~]*")


class Head(msgspec.Struct, frozen=True):
    """A request without its body; members as in `model.request.Request`.

    Attributes:
        expects_continue: the client waits for an interim answer before it sends the body.
    """

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    expects_continue: bool


def read_head(
    method: bytes, target: bytes, version: str, fields: Sequence[tuple[bytes, bytes]], limits: Limits
) -> Head:
    """Check a head as the parser gives it and put it into its final form.

    Args:
        method: as sent; the parser knows it.
        target: as sent.
        version: two numbers with a dot.
        fields: names, which are ASCII, and values, which end at the line's end.
        limits: the bounds.

    Raises:
        Refusal: 400, 413, 417, 431 or 505.
    """
    if version != "1.1" and version != "1.0":  # noqa: PLR1714 - faster than a set
        raise Refusal(505, "The HTTP version is not 1.0 or 1.1")
    headers = _read_headers(fields, limits.headers)
    by_name = dict(headers)
    if len(by_name) != len(headers):
        _refuse_repeated(headers)
    _check_host(by_name.get("host"), version)
    _check_framing(by_name, version, limits.body)
    path, query = _read_target(target)
    return Head(_read_method(method), path, query, headers, _expects_continue(by_name.get("expect"), version))


def check_length(target: bytes, fields: Iterable[tuple[bytes, bytes]], limit: int) -> None:
    """Check the length of a head, with each field counted as "name: value" and a line end.

    Raises:
        Refusal: 431.
    """
    if len(target) + sum(len(name) + len(value) + 4 for name, value in fields) > limit:
        raise Refusal(431, "The head of the request is too long")


def _read_headers(fields: Sequence[tuple[bytes, bytes]], limit: int) -> tuple[tuple[str, str], ...]:
    if len(fields) > limit:
        raise Refusal(431, "The request has too many headers")
    known = _KNOWN_NAMES.get
    try:
        # A list, because a generator costs more.
        return tuple(
            [
                (known(name) or name.decode("ascii").lower(), value.decode("ascii").rstrip(" \t"))
                for name, value in fields
            ]
        )
    except UnicodeDecodeError:
        raise Refusal(400, "A header holds bytes outside of ASCII") from None


def _refuse_repeated(headers: tuple[tuple[str, str], ...]) -> None:
    seen: set[str] = set()
    for name, _ in headers:
        if name in seen and name in _SINGLE:
            raise Refusal(400, f"The header {name} is there more than once")
        seen.add(name)


def _check_host(host: str | None, version: str) -> None:
    if host is None:
        if version != "1.0":
            raise Refusal(400, "The header host is missing")
    elif not _HOST.fullmatch(host):
        raise Refusal(400, "The header host is not a host")


def _check_framing(fields: Mapping[str, str], version: str, limit: int) -> None:
    coding = fields.get("transfer-encoding")
    length = fields.get("content-length")
    if coding is not None:
        if length is not None:
            raise Refusal(400, "Both transfer-encoding and content-length are there")
        if version == "1.0" or coding.lower() != "chunked":
            raise Refusal(400, "The transfer-encoding is not chunked of HTTP/1.1")
    elif length is not None and int(length) > limit:
        raise Refusal(413, "The body of the request is too long")


def _read_target(target: bytes) -> tuple[str, str]:
    if target == b"/":
        return "/", ""
    text = target.decode("latin-1")
    if not _TARGET.fullmatch(text):
        raise Refusal(400, "The request target is not a path")
    path, _, query = text.partition("?")
    return path, query


def _read_method(method: bytes) -> str:
    text = method.decode("ascii")
    if text in _NOT_HTTP:
        raise Refusal(400, "The method is not one of HTTP")
    return text


def _expects_continue(expect: str | None, version: str) -> bool:
    if expect is None:
        return False
    if expect.lower() != "100-continue":
        raise Refusal(417, "The expectation is not 100-continue")
    return version != "1.0"
