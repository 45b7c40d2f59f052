"""The files of the web console, which are the same for everybody.

They are read once, into memory: what is asked for is looked up among their names, so no path leads out of their folder.
"""

import hashlib
import re
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import unquote_to_bytes

import msgspec

from strongroom.model.ids import new_uuid
from strongroom.model.request import Answer, Request
from strongroom.server.console_headers import ASKED_AGAIN, NEVER_CHANGES, NOT_STORED, Headers

PREFIX: Final = "/console/"

_INDEX: Final = "index.html"
_ASSETS: Final = "assets/"
_COMPRESSED: Final = ".gz"
_ETAG_LENGTH: Final = 32
_TEXT: Final = "text/plain; charset=utf-8"
_NOT_BUILT: Final = (
    b"The web console is not part of this installation of Strongroom: it was not built.\n"
    b"Install the wheel, or build it in the source tree: see docs/console.md.\n"
)
_MEDIA_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/vnd.microsoft.icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": _TEXT,
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
_ANY_TYPE: Final = "application/octet-stream"
# RFC 9110, 12.5.3: a coding with a weight of 0 is refused.
_TAKES_GZIP: Final = re.compile(r"(?:^|,)\s*gzip\s*(?:;\s*q=(?:1(?:\.0*)?|0\.0*[1-9]\d*)\s*)?(?:,|$)", re.IGNORECASE)


class ConsoleFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file, plain and, where it lies beside it, compressed; an entity tag goes with each."""

    media_type: str
    caching: Headers
    body: bytes
    etag: str
    compressed: bytes | None = None
    compressed_etag: str = ""


class ConsoleFiles:
    """The files of the console."""

    def __init__(self, folder: Path) -> None:
        """Read a folder; one that is not there has no files."""
        self._files = dict(_read(folder))

    def answer(self, request: Request) -> Answer:
        """Answer GET or HEAD of a path below `/console/`: a file, or for a path of a page the page that shows it."""
        if not self._files:
            return _answer(HTTPStatus.NOT_FOUND, _TEXT, _NOT_BUILT, NOT_STORED)
        name = _name(request.path)
        found = self._files.get(name) or (self._files.get(_INDEX) if _is_page(name) else None)
        if found is None:
            return _answer(HTTPStatus.NOT_FOUND, _TEXT, b"There is no such file.\n", NOT_STORED)
        return _file_answer(found, request)


def _read(folder: Path) -> Iterator[tuple[str, ConsoleFile]]:
    for path in folder.rglob("*"):
        if path.suffix == _COMPRESSED or not path.is_file():
            continue
        name = path.relative_to(folder).as_posix()
        body, beside = path.read_bytes(), path.with_name(path.name + _COMPRESSED)
        compressed = beside.read_bytes() if beside.is_file() else None
        yield (
            name,
            ConsoleFile(
                media_type=_MEDIA_TYPES.get(path.suffix, _ANY_TYPE),
                # The names of assets hold a hash of what is in them.
                caching=NEVER_CHANGES if name.startswith(_ASSETS) else ASKED_AGAIN,
                body=body,
                etag=_etag(body),
                compressed=compressed,
                compressed_etag="" if compressed is None else _etag(compressed),
            ),
        )


def _etag(content: bytes) -> str:
    return f'"{hashlib.sha256(content).hexdigest()[:_ETAG_LENGTH]}"'


def _name(path: str) -> str:
    return unquote_to_bytes(path.removeprefix(PREFIX)).decode("utf-8", "replace") or _INDEX


def _is_page(name: str) -> bool:
    """Tell whether a name may be the path of a page, which has no extension and needs no dots to find its way."""
    parts = name.split("/")
    return "." not in parts[-1] and "\\" not in name and not any(part in {".", ".."} for part in parts)


def _file_answer(file: ConsoleFile, request: Request) -> Answer:
    headers, etag, body = file.caching, file.etag, file.body
    if file.compressed is not None:
        headers = (*headers, ("Vary", "Accept-Encoding"))
        if _TAKES_GZIP.search(request.header("accept-encoding") or ""):
            headers, etag, body = (*headers, ("Content-Encoding", "gzip")), file.compressed_etag, file.compressed
    headers = (*headers, ("ETag", etag))
    if _knows(request.header("if-none-match"), etag):
        return _answer(HTTPStatus.NOT_MODIFIED, "", b"", headers)
    return _answer(HTTPStatus.OK, file.media_type, body, headers)


def _knows(known: str | None, etag: str) -> bool:
    # RFC 9110, 13.1.2: compared weakly, as a proxy may have made it weak.
    return known is not None and etag in {each.strip().removeprefix("W/") for each in known.split(",")}


def _answer(status: int, media_type: str, body: bytes, headers: Headers) -> Answer:
    return Answer(status=status, body=body, content_type=media_type, request_id=new_uuid(), headers=headers)
