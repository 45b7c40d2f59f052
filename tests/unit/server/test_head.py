from __future__ import annotations

import pytest

from strongroom.server.head import Head, check_length, read_head
from strongroom.server.limits import Limits
from strongroom.server.refusal import Refusal

HOST = (b"Host", b"kms.example:4599")


def read(*fields: tuple[bytes, bytes], method: bytes = b"POST", target: bytes = b"/", version: str = "1.1") -> Head:
    return read_head(method, target, version, fields, Limits())


def test_a_head_is_given_as_it_came_but_for_case_and_blanks() -> None:
    head = read(HOST, (b"X-Thing", b"a  b \t "), (b"x-thing", b"c"), (b"User-Agent", b"x"), target=b"/a%2F?b=%20?c")
    assert head == Head(
        "POST",
        "/a%2F",
        "b=%20?c",
        (("host", "kms.example:4599"), ("x-thing", "a  b"), ("x-thing", "c"), ("user-agent", "x")),
        expects_continue=False,
    )


@pytest.mark.parametrize(
    "name", ["Host", "Content-Length", "Authorization", "Content-Type", "X-Amz-Date", "X-Amz-Target",
             "X-Amz-Security-Token", "Transfer-Encoding", "Expect"]
)  # fmt: skip
def test_headers_that_decide_are_single(name: str) -> None:
    with pytest.raises(Refusal, match=f"{name.lower()} is there more than once") as caught:
        read(HOST, (name.encode(), b"1"), (name.upper().encode(), b"1"))
    assert caught.value.status == 400


@pytest.mark.parametrize(
    "host", [b"", b"a b", b"a,b", b"a/b", b"u@a", b"a:", b"a:b", b"a:123456", b"[::1", b"a\\b", b"a#"]
)
def test_a_host_is_a_host(host: bytes) -> None:
    with pytest.raises(Refusal, match="is not a host"):
        read((b"Host", host))


@pytest.mark.parametrize("host", [b"localhost", b"127.0.0.1:4599", b"[::1]:80", b"kms_local", b"a.b-c"])
def test_usual_hosts_are_taken(host: bytes) -> None:
    assert read((b"Host", host)).headers == (("host", host.decode()),)


def test_only_http_1_0_may_leave_the_host_out() -> None:
    assert read(version="1.0").headers == ()
    with pytest.raises(Refusal, match="host is missing"):
        read()


@pytest.mark.parametrize(
    "target", [b"*", b"", b"http://a/", b"a", b"/#f", b"/a b", b"/\x7f", b"/\xe9", b"/a\x00", b"?a"]
)
def test_a_target_is_a_path(target: bytes) -> None:
    with pytest.raises(Refusal, match="target is not a path") as caught:
        read(HOST, target=target)
    assert caught.value.status == 400


@pytest.mark.parametrize("version", ["0.9", "2.0", "1.2", ""])
def test_versions(version: str) -> None:
    with pytest.raises(Refusal) as caught:
        read(HOST, version=version)
    assert caught.value.status == 505


@pytest.mark.parametrize("coding", [b"gzip, chunked", b"identity", b"", b"chunked, chunked", b"x"])
def test_the_only_transfer_coding_is_chunked(coding: bytes) -> None:
    assert read(HOST, (b"Transfer-Encoding", b"Chunked "))
    with pytest.raises(Refusal, match="not chunked"):
        read(HOST, (b"Transfer-Encoding", coding))


def test_http_1_0_has_no_transfer_coding() -> None:
    with pytest.raises(Refusal, match="not chunked"):
        read(HOST, (b"Transfer-Encoding", b"chunked"), version="1.0")


def test_length_and_transfer_coding_exclude_each_other() -> None:
    with pytest.raises(Refusal, match="Both"):
        read(HOST, (b"Transfer-Encoding", b"chunked"), (b"Content-Length", b"1"))


def test_the_length_of_a_body_is_limited() -> None:
    limit = Limits().body
    assert read(HOST, (b"Content-Length", str(limit).encode()))
    with pytest.raises(Refusal) as caught:
        read(HOST, (b"Content-Length", str(limit + 1).encode()))
    assert caught.value.status == 413


def test_the_number_of_headers_is_limited() -> None:
    many = [(f"x-{number}".encode(), b"") for number in range(99)]
    assert read(HOST, *many)
    with pytest.raises(Refusal) as caught:
        read(HOST, *many, (b"y", b""))
    assert caught.value.status == 431


def test_the_length_of_a_head_is_limited() -> None:
    check_length(b"/", [(b"a", b"b")], 7)
    with pytest.raises(Refusal) as caught:
        check_length(b"/", [(b"a", b"b")], 6)
    assert caught.value.status == 431


@pytest.mark.parametrize("field", [(b"X", b"\xe9"), (b"X", "\u00a0".encode())])
def test_headers_are_ascii(field: tuple[bytes, bytes]) -> None:
    with pytest.raises(Refusal, match="outside of ASCII") as caught:
        read(HOST, field)
    assert caught.value.status == 400


@pytest.mark.parametrize("method", [b"SOURCE", b"DESCRIBE", b"PLAY"])
def test_methods_of_other_protocols_are_refused(method: bytes) -> None:
    with pytest.raises(Refusal, match="not one of HTTP"):
        read(HOST, method=method)


def test_the_only_expectation_is_100_continue() -> None:
    assert read(HOST, (b"Expect", b"100-Continue")).expects_continue
    assert not read(HOST, (b"Expect", b"100-continue"), version="1.0").expects_continue
    with pytest.raises(Refusal) as caught:
        read(HOST, (b"Expect", b"200-ok"))
    assert caught.value.status == 417
