"""AWS Signature Version 4: pure functions from a request to its signature.

Source: IAM User Guide, "Create a signed AWS API request"; the numbered comments are its steps. Paths are
normalised and encoded a second time, as for every service but S3.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import quote, unquote_to_bytes

from strongroom.model.request import Request

ALGORITHM: Final = "AWS4-HMAC-SHA256"
TERMINATOR: Final = "aws4_request"
SIGNATURE_PARAMETER: Final = "X-Amz-Signature"

_UNRESERVED: Final = "-_.~"
_BLANKS: Final = re.compile(r"[ \t\r\n]+")


def header_values(headers: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Give one value a header, those of a repeated header joined by commas in their order."""
    values = dict(headers)
    if len(values) == len(headers):
        return values
    merged: dict[str, str] = {}
    for name, value in headers:
        merged[name] = f"{merged[name]},{trim(value)}" if name in merged else trim(value)
    return merged


def trim(value: str) -> str:
    """Take the outer blanks off a header's value and make each inner run of blanks one space."""
    # The usual value has nothing to trim, and asking is cheaper than splitting.
    if "  " in value or "\t" in value or "\n" in value:
        value = _BLANKS.sub(" ", value)
    return value.strip(" ")


def canonical_path(path: str, *, normalize: bool = True) -> str:
    """Encode a path as it was sent once more, without empty and dot segments unless told otherwise."""
    return quote(_normalized(path) if normalize else path or "/", safe="/" + _UNRESERVED)


def _normalized(path: str) -> str:
    """Remove dot segments and repeated slashes (RFC 3986, section 6.2.2.3)."""
    segments: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del segments[-1:]
        elif segment not in {"", "."}:
            segments.append(segment)
    slash = "/" if segments and path.endswith("/") else ""
    return "/" + "/".join(segments) + slash


def canonical_query(query: str) -> str:
    """Encode and sort the parameters of a query as it was sent, without the signature of a presigned request."""
    pairs = [part.partition("=")[::2] for part in query.split("&") if part]
    encoded = sorted((_encoded(name), _encoded(value)) for name, value in pairs)
    return "&".join([f"{name}={value}" for name, value in encoded if name != SIGNATURE_PARAMETER])


def _encoded(text: str) -> str:
    """Bring a part of a query, whatever of it was sent encoded, to AWS's one encoding."""
    return quote(unquote_to_bytes(text), safe=_UNRESERVED)


def canonical_request(
    request: Request, values: Mapping[str, str], signed_headers: Sequence[str], *, normalize_path: bool = True
) -> str:
    """Step 1: create a canonical request.

    The payload's hash is that of the body that came, never one that the client states.

    Args:
        request: the request as it came.
        values: its headers, from `header_values`.
        signed_headers: lower-case names in ascending order, each in `values`.
        normalize_path: False only for services that, as S3, take paths as they are.

    Raises:
        KeyError: a signed header is not in the request.
    """
    # 1.1 The method, the path and the query; a KMS request has neither of the latter.
    path = "/" if request.path == "/" else canonical_path(request.path, normalize=normalize_path)
    query = canonical_query(request.query) if request.query else ""
    # 1.2 The signed headers: lower-case name, colon, trimmed value, newline, in ascending order; then their names.
    headers = "".join([f"{name}:{trim(values[name])}\n" for name in signed_headers])
    # 1.3 The hash of the payload.
    payload_hash = hashlib.sha256(request.body).hexdigest()
    return f"{request.method}\n{path}\n{query}\n{headers}\n{';'.join(signed_headers)}\n{payload_hash}"


def credential_scope(date: str, region: str, service: str) -> str:
    """Give the scope that a signature is bound to: `YYYYMMDD/region/service/aws4_request`."""
    return f"{date}/{region}/{service}/{TERMINATOR}"


def string_to_sign(timestamp: str, scope: str, canonical: str) -> bytes:
    """Step 2 and 3: hash the canonical request and create the string to sign.

    Args:
        timestamp: ISO 8601 basic form, `YYYYMMDDTHHMMSSZ`.
        scope: from `credential_scope`.
        canonical: from `canonical_request`.

    Raises:
        UnicodeEncodeError: a header's value is not a string of bytes, one character each.
    """
    # Header values are one character for each byte on the wire, so this gives the client's bytes back.
    digest = hashlib.sha256(canonical.encode("latin-1")).hexdigest()
    return f"{ALGORITHM}\n{timestamp}\n{scope}\n{digest}".encode("ascii")


def signing_key(secret: str, date: str, region: str, service: str) -> bytes:
    """Step 4.1: derive the key of one day, region and service from a secret access key (32 bytes)."""
    key = f"AWS4{secret}".encode()
    for part in (date, region, service, TERMINATOR):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


class SigningKey:
    """A derived key, set up once to sign many strings."""

    __slots__ = ("_keyed",)

    def __init__(self, key: bytes) -> None:
        """Take the key from `signing_key`."""
        self._keyed = hmac.new(key, digestmod=hashlib.sha256)

    def sign(self, to_sign: bytes) -> str:
        """Step 4.2: sign the string to sign (64 lower-case hexadecimal digits)."""
        keyed = self._keyed.copy()
        keyed.update(to_sign)
        return keyed.hexdigest()
