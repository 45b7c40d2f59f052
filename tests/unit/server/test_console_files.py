"""The console's files are served as they are, and nothing else is."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.model.request import Answer, Request
from strongroom.server.console_files import ConsoleFiles

if TYPE_CHECKING:
    from pathlib import Path

INDEX: Final = b"<!doctype html><title>Strongroom</title>"
SCRIPT: Final = b"console.log('strongroom')"
FOREVER: Final = "public, max-age=31536000, immutable"
SECRET: Final = b"not of the console"
ALWAYS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> ConsoleFiles:
    folder: Path = tmp_path_factory.mktemp("files")
    console = folder / "console"
    (console / "assets").mkdir(parents=True)
    (folder / "secret").write_bytes(SECRET)
    (folder / "secret.txt").write_bytes(SECRET)
    (console / "index.html").write_bytes(INDEX)
    (console / "assets" / "main-1a2b.js").write_bytes(SCRIPT)
    (console / "assets" / "main-1a2b.js.gz").write_bytes(gzip.compress(SCRIPT))
    (console / "assets" / "logo.svg").write_bytes(b"<svg/>")
    (console / "LICENSE").write_bytes(b"Apache-2.0")
    return ConsoleFiles(console)


def get(files: ConsoleFiles, path: str, **headers: str) -> Answer:
    given = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return files.answer(Request(method="GET", path=path, query="", headers=given, body=b"", source_ip="192.0.2.1"))


@pytest.mark.parametrize(
    ("path", "media_type", "body", "caching"),
    [
        ("/console/", "text/html; charset=utf-8", INDEX, "no-cache"),
        ("/console/index.html", "text/html; charset=utf-8", INDEX, "no-cache"),
        (
            "/console/assets/main-1a2b.js",
            "text/javascript; charset=utf-8",
            SCRIPT,
            "public, max-age=31536000, immutable",
        ),
        (
            "/console/assets/main%2D1a2b.js",
            "text/javascript; charset=utf-8",
            SCRIPT,
            "public, max-age=31536000, immutable",
        ),
        ("/console/assets/logo.svg", "image/svg+xml", b"<svg/>", FOREVER),
        ("/console/LICENSE", "application/octet-stream", b"Apache-2.0", "no-cache"),
    ],
)
def test_a_file(files: ConsoleFiles, path: str, media_type: str, body: bytes, caching: str) -> None:
    answer = get(files, path)
    assert (answer.status, answer.content_type, answer.body) == (200, media_type, body)
    headers = dict(answer.headers)
    assert headers["Cache-Control"] == caching
    assert headers.items() >= ALWAYS.items()


@pytest.mark.parametrize("path", ["keys", "keys/1234abcd-12ab/policy", "sign-in", "keys/", "schl%C3%BCssel", "a%ff"])
def test_the_path_of_a_page_shows_the_console(files: ConsoleFiles, path: str) -> None:
    answer = get(files, f"/console/{path}")
    assert (answer.status, answer.body) == (200, INDEX)


@pytest.mark.parametrize(
    "path",
    [
        "favicon.ico",
        "assets/gone.js",
        "assets/main-1a2b.js.gz",
        "../secret",
        "../secret.txt",
        "%2e%2e/secret",
        "..%2fsecret",
        "..%5csecret",
        "assets/../../secret",
        "./keys",
        "/../secret",
        "a\\b",
    ],
)
def test_what_is_not_there_is_not_found(files: ConsoleFiles, path: str) -> None:
    answer = get(files, f"/console/{path}")
    assert (answer.status, answer.body) == (404, b"There is no such file.\n")
    headers = dict(answer.headers)
    assert headers["Cache-Control"] == "no-store"
    assert headers.items() >= ALWAYS.items()


@given(st.lists(st.sampled_from(["..", ".", "", "secret", "secret.txt", "%2e%2e", "%2f", "\\", "assets", "\0"])))
def test_no_path_leads_out_of_the_folder(files: ConsoleFiles, parts: list[str]) -> None:
    for path in ("/".join(parts), quote("/".join(parts))):
        assert get(files, f"/console/{path}").body != SECRET


@pytest.mark.parametrize("accepted", ["gzip", "br, GZIP", "gzip;q=0.5, br", "deflate, gzip;q=1.0", "gzip ; q=0.001"])
def test_it_is_compressed_for_who_takes_it(files: ConsoleFiles, accepted: str) -> None:
    answer = get(files, "/console/assets/main-1a2b.js", accept_encoding=accepted)
    headers = dict(answer.headers)
    assert (headers["Content-Encoding"], headers["Vary"]) == ("gzip", "Accept-Encoding")
    assert gzip.decompress(answer.body) == SCRIPT
    plain = get(files, "/console/assets/main-1a2b.js")
    assert dict(plain.headers)["ETag"] != headers["ETag"]
    assert dict(plain.headers)["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize("accepted", ["", "br", "gzip;q=0", "gzip;q=0.0, br", "x-gzip", "*"])
def test_it_is_not_compressed_for_who_does_not(files: ConsoleFiles, accepted: str) -> None:
    answer = get(files, "/console/assets/main-1a2b.js", accept_encoding=accepted)
    assert answer.body == SCRIPT
    assert "Content-Encoding" not in dict(answer.headers)


def test_what_does_not_lie_there_compressed_is_sent_plain(files: ConsoleFiles) -> None:
    answer = get(files, "/console/assets/logo.svg", accept_encoding="gzip")
    assert answer.body == b"<svg/>"
    assert "Vary" not in dict(answer.headers)


def test_what_is_known_is_not_sent_again(files: ConsoleFiles) -> None:
    etag = dict(get(files, "/console/").headers)["ETag"]
    for known in (etag, f"W/{etag}", f'"other", {etag}'):
        answer = get(files, "/console/", if_none_match=known)
        assert (answer.status, answer.body, answer.content_type) == (304, b"", "")
        assert dict(answer.headers)["ETag"] == etag
    assert get(files, "/console/", if_none_match='"other"').status == 200


def test_without_files_it_says_that_the_console_was_not_built(tmp_path: Path) -> None:
    for path in ("/console/", "/console/assets/main.js"):
        answer = get(ConsoleFiles(tmp_path / "gone"), path)
        assert (answer.status, answer.content_type) == (404, "text/plain; charset=utf-8")
        assert b"it was not built" in answer.body


def test_files_without_a_start_have_no_pages(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"a")
    assert get(ConsoleFiles(tmp_path), "/console/keys").status == 404
