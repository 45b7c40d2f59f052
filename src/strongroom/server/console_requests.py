"""Which requests are for the console and not of AWS's API, and the HTTP of its sign-in."""

from http import HTTPStatus
from typing import Final

import msgspec

from strongroom.api.sign_in_results import SignedIn, SignInOutcome
from strongroom.authn.sign_in import SignInRequest, read_sign_in
from strongroom.model.ids import new_uuid
from strongroom.model.request import Answer, Request
from strongroom.model.sign_in_errors import ForeignOriginError, InvalidSignInRequestError, SignInError
from strongroom.server.console_files import PREFIX
from strongroom.server.console_headers import NOT_STORED

SIGN_IN: Final = f"{PREFIX}sign-in"

_JSON: Final = "application/json"
_READING: Final = frozenset({"GET", "HEAD"})
_OWN_SITES: Final = frozenset({"same-origin", "none"})


class _Refusal(msgspec.Struct, frozen=True):
    error: str
    message: str


def is_sign_in(request: Request) -> bool:
    """Tell whether a request is a sign-in."""
    return request.path == SIGN_IN and request.method == "POST"


def is_for_files(request: Request) -> bool:
    """Tell whether a request is for a file of the console."""
    return request.method in _READING and request.path.startswith(PREFIX)


def is_for_the_start(request: Request) -> bool:
    """Tell whether somebody has typed the address of the server into a browser, and wants to see the console."""
    if request.method != "GET" or request.query:
        return False
    if request.path == PREFIX.rstrip("/"):
        return True
    accepts = request.header("accept") or ""
    return request.path == "/" and request.header("authorization") is None and "text/html" in accepts.lower()


def to_the_start() -> Answer:
    """Send a browser to the console."""
    headers = (*NOT_STORED, ("Location", PREFIX))
    return Answer(status=HTTPStatus.FOUND, body=b"", content_type="", request_id=new_uuid(), headers=headers)


def read_sign_in_request(request: Request) -> SignInRequest:
    """Read a sign-in, which only pages of this server may send.

    Raises:
        ForeignOriginError: another page sends it.
        InvalidSignInRequestError: it is not JSON, or not of a sign-in.
    """
    if not _is_of_this_origin(request):
        raise ForeignOriginError
    media_type = (request.header("content-type") or "").partition(";")[0].strip().lower()
    if media_type != _JSON or request.query:
        raise InvalidSignInRequestError
    return read_sign_in(request.body)


def sign_in_answer(outcome: SignInOutcome) -> Answer:
    """Give the answer to a sign-in."""
    result = outcome.result
    shown: SignedIn | _Refusal
    if isinstance(result, SignInError):
        status, shown = result.status, _Refusal(result.code, result.message)
    else:
        status, shown = HTTPStatus.OK.value, result
    return Answer(
        status=status,
        body=msgspec.json.encode(shown),
        content_type=_JSON,
        request_id=outcome.request_id,
        headers=NOT_STORED,
    )


def _is_of_this_origin(request: Request) -> bool:
    host = request.header("host") or ""
    # Behind a proxy that ends TLS the browser's scheme is not known here.
    schemes = ("https",) if request.secure else ("http", "https")
    own = {f"{scheme}://{host.lower()}" for scheme in schemes}
    return all(
        value.lower() in own if name == "origin" else value in _OWN_SITES
        for name, value in request.headers
        if name in {"origin", "sec-fetch-site"}
    )
