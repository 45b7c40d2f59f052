"""Where an HTTPS server may be reached."""

import ipaddress
import socket

import pytest

from strongroom.model.https_addresses import HttpsUrl, may_connect, parse_https_url, resolve


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://example.com", HttpsUrl(host="example.com", port=443, target="/")),
        ("https://example.com/", HttpsUrl(host="example.com", port=443, target="/")),
        ("https://example.com:8443/a/b?c=d&e", HttpsUrl(host="example.com", port=8_443, target="/a/b?c=d&e")),
        ("https://[::1]:1/x", HttpsUrl(host="::1", port=1, target="/x")),
        ("https://10.0.0.1/x", HttpsUrl(host="10.0.0.1", port=443, target="/x")),
    ],
)
def test_a_url_is_taken_apart(text: str, url: HttpsUrl) -> None:
    assert parse_https_url(text) == url


@pytest.mark.parametrize(
    "text",
    [
        "",
        "http://example.com/",
        "HTTPS://example.com/",
        "file:///etc/passwd",
        "https://",
        "https:///x",
        "https://user@example.com/",
        "https://user:secret@example.com/",
        "https://example.com#x",
        "https://example.com/x#y",
        "https://example.com?x",
        "https://example.com\\@evil.example/",
        "https://example.com:0/",
        "https://example.com:65536/",
        "https://example.com:123456/",
        "https://example.com:/",
        "https://example.com:٣/",
        "https://example.com/a b",
        "https://example.com/a\r\nHost: evil",
        "https://example.com/\n",
        "https://exämple.com/",
        "https://example.com/ä",
        "https://[::1/",
        "https://[localhost]/",
        " https://example.com/",
    ],
)
def test_what_is_no_plain_https_url_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a"):
        parse_https_url(text)


PUBLIC = ["8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"]
PRIVATE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.0.1",
    "100.64.0.1",
    "::1",
    "fd00::1",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a01:203",
    "2002:7f00:1::",
    "2002:c0a8:1::1",
]
NEVER = [
    "169.254.169.254",
    "0.0.0.0",  # noqa: S104 - it is refused
    "224.0.0.1",
    "fe80::1",
    "::",
    "ff02::1",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::",
]


@pytest.mark.parametrize(
    ("text", "otherwise", "private_allowed"),
    [(text, True, True) for text in PUBLIC]
    + [(text, False, True) for text in PRIVATE]
    + [(text, False, False) for text in NEVER],
)
def test_addresses_that_may_be_connected_to(text: str, otherwise: bool, private_allowed: bool) -> None:  # noqa: FBT001
    address = ipaddress.ip_address(text)
    assert may_connect(address, allow_private=False) is otherwise
    assert may_connect(address, allow_private=True) is private_allowed


def resolving(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    def answer(host: str, port: int, **options: object) -> list[tuple[object, ...]]:
        assert (host, port, options) == ("idp.example", 443, {"type": socket.SOCK_STREAM})
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (text, port)) for text in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", answer)


def test_only_allowed_addresses_of_a_host_are_given(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch, "10.0.0.1", "8.8.8.8", "169.254.169.254", "8.8.8.8", "9.9.9.9")
    assert resolve("idp.example", 443, allow_private=False) == ("8.8.8.8", "9.9.9.9")
    assert resolve("idp.example", 443, allow_private=True) == ("10.0.0.1", "8.8.8.8", "9.9.9.9")


def test_four_addresses_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch, *[f"8.8.8.{number}" for number in range(9)])
    assert len(resolve("idp.example", 443, allow_private=False)) == 4


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "127.1", "0x7f000001", "2130706433"])
def test_however_loopback_is_written_it_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match="no address"):
        resolve(host, 443, allow_private=False)


def test_a_host_without_addresses_does_not_resolve(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch)
    with pytest.raises(ValueError, match="no address"):
        resolve("idp.example", 443, allow_private=True)
