"""What a request says of its signature, from the Authorization header or from the query of a presigned request.

Source: IAM User Guide, "Elements of an AWS API request signature"; the texts are those of AWS's JSON services.
"""

import hashlib
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple
from urllib.parse import unquote

import msgspec

from strongroom.authn.sigv4 import ALGORITHM
from strongroom.authn.timestamps import Timestamp, parse_basic, parse_http_date
from strongroom.model.errors import IncompleteSignature, InvalidSignature, MissingAuthenticationToken

MAX_EXPIRES: Final = 604_800

_CREDENTIAL_ELEMENTS: Final = 5
_REQUIRED_IN_HEADER: Final = ("Credential", "Signature", "SignedHeaders")
_REQUIRED_IN_QUERY: Final = (
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Signature",
    "X-Amz-SignedHeaders",
    "X-Amz-Date",
)
_KNOWN_IN_QUERY: Final = frozenset((*_REQUIRED_IN_QUERY, "X-Amz-Expires", "X-Amz-Security-Token"))
_PRESIGNED_MARKS: Final = frozenset({"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature"})
_NO_DATE: Final = "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
_RE_EXAMINE: Final = "Re-examine the query-string parameters."


class Claim(NamedTuple):
    """Who signed, for what, and which headers were signed; none of it is checked yet.

    Attributes:
        access_key_id: whose secret made the signature.
        date: first element of the credential scope, `YYYYMMDD`.
        region: second element.
        service: third element.
        terminator: last element.
        signed_headers: names as sent, in ascending order.
    """

    access_key_id: str
    date: str
    region: str
    service: str
    terminator: str
    signed_headers: tuple[str, ...]


class Authorization(msgspec.Struct, frozen=True):
    """All that a request says of its signature.

    Attributes:
        claim: who signed, for what, and which headers.
        signature: as sent.
        timestamp: when it was signed.
        session_token: of temporary credentials; else None.
        presigned: whether all this came in the query.
        expires: seconds that a presigned request is good for, 1 to 604,800; None when it does not say.
    """

    claim: Claim
    signature: str
    timestamp: Timestamp
    session_token: str | None
    presigned: bool = False
    expires: int | None = None


def parse(query: str, headers: Mapping[str, str]) -> Authorization:
    """Read the header form or the presigned form, whichever the request has.

    Args:
        query: the query as sent.
        headers: lower-case names to values.

    Raises:
        InvalidSignature: it has both forms.
        MissingAuthenticationToken: it has neither.
        IncompleteSignature: it is not of the form.
    """
    parameters = _query_parameters(query) if query else []
    presigned = any(name in _PRESIGNED_MARKS for name, _ in parameters)
    value = headers.get("authorization")
    if presigned and value is not None:
        raise InvalidSignature(
            "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."
        )
    if presigned:
        return _from_query(parameters)
    # Another scheme (Basic, Bearer) is no AWS signature at all.
    if value is None or not value.startswith("AWS4-"):
        raise MissingAuthenticationToken("Missing Authentication Token")
    return _from_header(value, headers)


def in_header(claim: Claim, signature: str, headers: Mapping[str, str]) -> Authorization:
    """Complete what the Authorization header says with the headers beside it.

    Raises:
        IncompleteSignature: there is no date, or it is none.
    """
    text = headers.get("x-amz-date")
    if text is not None:
        timestamp = _date(text, parse_basic)
    elif "date" in headers:
        timestamp = _date(headers["date"], parse_http_date)
    else:
        raise _header_faults(_NO_DATE, headers["authorization"])
    return Authorization(claim, signature, timestamp, headers.get("x-amz-security-token"))


def _from_header(value: str, headers: Mapping[str, str]) -> Authorization:
    """Read `ALGORITHM Credential=…, SignedHeaders=…, Signature=…`, the parameters in any order."""
    algorithm, _, rest = value.partition(" ")
    parameters = _header_parameters(rest, value)
    faults = [
        f"Authorization header requires '{name}' parameter. " for name in _REQUIRED_IN_HEADER if name not in parameters
    ]
    if faults:
        undated = not headers.keys() & {"x-amz-date", "date"}
        raise _header_faults("".join(faults) + _NO_DATE * undated, value)
    claim = _claim(algorithm, parameters["Credential"], parameters["SignedHeaders"])
    return in_header(claim, parameters["Signature"], headers)


def _header_parameters(rest: str, value: str) -> dict[str, str]:
    """Split `NAME=VALUE, NAME=VALUE`."""
    parameters: dict[str, str] = {}
    for part in rest.split(",") if rest.strip() else ():
        name, equals, text = part.strip().partition("=")
        if not equals:
            raise IncompleteSignature(
                "Invalid key=value pair (missing equal-sign) in Authorization header "
                f"(hashed with SHA-256 and encoded with Base64): '{_hashed(value)}'."
            )
        if name in parameters:
            raise _header_faults(f"Authorization header has more than one '{name}' parameter. ", value)
        parameters[name] = text
    return parameters


def _header_faults(faults: str, value: str) -> IncompleteSignature:
    """Make the error for an Authorization header, whose value is told back as a hash only."""
    return IncompleteSignature(f"{faults}(Hashed with SHA-256 and encoded with Base64) Authorization={_hashed(value)}")


def _hashed(value: str) -> str:
    return b64encode(hashlib.sha256(value.encode("utf-8", "surrogatepass")).digest()).decode("ascii")


def _query_parameters(query: str) -> list[tuple[str, str]]:
    """Decode the names and values of a query; a plus sign stands for itself."""
    pairs = [part.partition("=") for part in query.split("&")]
    return [(unquote(name), unquote(value)) for name, _, value in pairs]


def _from_query(pairs: Sequence[tuple[str, str]]) -> Authorization:
    """Read the X-Amz-… parameters of a presigned request."""
    given = [pair for pair in pairs if pair[0] in _KNOWN_IN_QUERY]
    parameters = dict(given)
    if len(parameters) != len(given):
        raise IncompleteSignature(f"AWS query-string parameters must not repeat. {_RE_EXAMINE}")
    faults = [
        f"AWS query-string parameters must include '{name}'. " for name in _REQUIRED_IN_QUERY if name not in parameters
    ]
    if faults:
        raise IncompleteSignature("".join(faults) + _RE_EXAMINE)
    return Authorization(
        _claim(parameters["X-Amz-Algorithm"], parameters["X-Amz-Credential"], parameters["X-Amz-SignedHeaders"]),
        parameters["X-Amz-Signature"],
        _date(parameters["X-Amz-Date"], parse_basic),
        parameters.get("X-Amz-Security-Token"),
        presigned=True,
        expires=_expires(parameters.get("X-Amz-Expires")),
    )


def _expires(text: str | None) -> int | None:
    if text is None:
        return None
    # The length is bounded so that no long number is read.
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(MAX_EXPIRES))):
        raise IncompleteSignature("X-Amz-Expires should be a number")
    if not 1 <= int(text) <= MAX_EXPIRES:
        raise IncompleteSignature(f"X-Amz-Expires must be between 1 and {MAX_EXPIRES} seconds")
    return int(text)


def _claim(algorithm: str, credential: str, signed_headers: str) -> Claim:
    faults = ""
    if algorithm != ALGORITHM:
        faults = f"Unsupported AWS 'algorithm': '{algorithm}' (only {ALGORITHM} for now). "
    elements = credential.split("/")
    if len(elements) != _CREDENTIAL_ELEMENTS:
        faults += (
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, "
            f"got '{credential}'"
        )
    if faults:
        raise IncompleteSignature(faults)
    access_key_id, date, region, service, terminator = elements
    return Claim(access_key_id, date, region, service, terminator, tuple(sorted(signed_headers.split(";"))))


def _date(text: str, read: Callable[[str], Timestamp]) -> Timestamp:
    try:
        return read(text)
    except ValueError:
        raise IncompleteSignature(
            f"Date must be in ISO-8601 'basic format'. Got '{text}'. See http://en.wikipedia.org/wiki/ISO_8601"
        ) from None
