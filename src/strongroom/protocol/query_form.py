"""The parameters of an AWS Query request, from the form in its body or from its query string.

Every parameter may come once only, so that there is one reading of a request.
Source: Smithy, "AWS query protocol"; WHATWG URL, "application/x-www-form-urlencoded".
"""

import re
from binascii import a2b_qp
from collections.abc import Iterable
from typing import Final

from strongroom.model.request import Request
from strongroom.protocol.query_errors import MalformedHttpRequestError, MalformedQueryStringError

MOST_PARAMETERS: Final = 4096

FORM_MEDIA_TYPE: Final = "application/x-www-form-urlencoded"
_SIGNING_PREFIX: Final = "X-Amz-"
_BAD_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})(?s:..?)?")
_ESCAPE_LENGTH: Final = 3


def parameters(request: Request) -> dict[str, str]:
    """Read the parameters: of a POST the form, of a GET the query string without what belongs to its signature.

    Raises:
        MalformedHttpRequestError: the method is another, or the body is no form.
        MalformedQueryStringError: there are too many parameters, one comes twice, or one is not percent-encoded UTF-8.
    """
    if request.method == "POST":
        return _read_form(request)
    if request.method == "GET":
        # A plus sign stands for itself, as in what was signed.
        found = _pairs(request.query)
        return _once((name, value) for name, value in found if not name.startswith(_SIGNING_PREFIX))
    raise MalformedHttpRequestError("The request must be a GET or a POST.")


def _read_form(request: Request) -> dict[str, str]:
    media_type, _, _ = (request.header("content-type") or "").partition(";")
    if media_type.strip().lower() != FORM_MEDIA_TYPE:
        raise MalformedHttpRequestError(f"The body must be of the type {FORM_MEDIA_TYPE}.")
    try:
        text = request.body.decode()
    except UnicodeDecodeError:
        text = None
    if text is None:
        raise _not_utf8()
    return _once(_pairs(text.replace("+", " ")))


def _pairs(text: str) -> list[tuple[str, str]]:
    """Split at the ampersands and decode; empty parts count for nothing."""
    if text.count("&") >= MOST_PARAMETERS:
        raise MalformedQueryStringError(f"There may be at most {MOST_PARAMETERS} parameters")
    parts = [part.partition("=") for part in text.split("&") if part]
    if "%" not in text:
        return [(name, value) for name, _, value in parts]
    return [(_decode(name), _decode(value)) for name, _, value in parts]


def _decode(text: str) -> str:
    if (found := _BAD_ESCAPE.search(text)) is not None:
        escape = found[0]
        if len(escape) < _ESCAPE_LENGTH:
            raise MalformedQueryStringError("Incomplete trailing escape % sequence")
        raise MalformedQueryStringError(f"Illegal hex character in escape % pattern: {escape}")
    # Quoted-printable has the same escapes behind another mark, and its decoder is not in Python: a body that is all
    # escapes, which anybody may send, would take `unquote` a third of a second.
    try:
        quoted = text.encode().replace(b"=", b"=3D").replace(b"%", b"=")
        return a2b_qp(quoted).decode()
    except UnicodeError:
        pass
    raise _not_utf8()


def _not_utf8() -> MalformedQueryStringError:
    return MalformedQueryStringError("The parameters must be UTF-8")


def _once(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found:
            raise MalformedQueryStringError(f"The parameter {name} must not repeat")
        found[name] = value
    return found
