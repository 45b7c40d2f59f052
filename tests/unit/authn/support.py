"""Fixtures of the authentication tests: the signer of AWS's vectors, an AEAD, and requests as botocore signs them."""

import os
from datetime import UTC, datetime

import msgspec
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from strongroom.authn.credentials import Credential
from strongroom.authn.sessions import SessionTokens
from strongroom.authn.verify import Authenticator
from strongroom.model.principal import root_principal
from strongroom.model.request import Request

ACCESS_KEY_ID = "AKIDEXAMPLE"
EXAMPLE_KEY = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
PRINCIPAL = root_principal("111122223333")
REGION = "us-east-1"
CREDENTIAL = Credential(access_key_id=ACCESS_KEY_ID, secret=EXAMPLE_KEY, principal=PRINCIPAL, active=True)


class AesGcm:
    """A sealer as the service has it."""

    def __init__(self) -> None:
        self._cipher = AESGCM(AESGCM.generate_key(256))

    def seal(self, plaintext: bytes, aad: bytes) -> bytes:
        nonce = os.urandom(12)
        return nonce + self._cipher.encrypt(nonce, plaintext, aad)

    def open(self, sealed: bytes, aad: bytes) -> bytes:
        try:
            return self._cipher.decrypt(sealed[:12], sealed[12:], aad)
        except InvalidTag:
            raise ValueError("does not open") from None


class Directory:
    """A credential source whose content the test changes."""

    def __init__(self, *credentials: Credential) -> None:
        self.credentials = {credential.access_key_id: credential for credential in credentials}

    def find(self, access_key_id: str) -> Credential | None:
        return self.credentials.get(access_key_id)


def tokens() -> SessionTokens:
    return SessionTokens({1: AesGcm()}, current=1)


def authenticator(
    directory: Directory | None = None, sessions: SessionTokens | None = None, services: tuple[str, ...] = ("kms",)
) -> Authenticator:
    return Authenticator(
        directory or Directory(CREDENTIAL), sessions or tokens(), frozenset(services), frozenset({REGION, "eu-west-1"})
    )


def wall(text: str) -> float:
    """Read `YYYYMMDDTHHMMSSZ`."""
    return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()


def botocore_signed(
    body: bytes = b"{}",
    *,
    target: str = "TrentService.ListKeys",
    credentials: Credentials | None = None,
    presigned: bool = False,
    url: str = "http://127.0.0.1:4599/",
) -> Request:
    """Sign a KMS request now, as botocore does, and give it as the server hands it on.

    The presigned form has no body: botocore would move it into the query.
    """
    body = b"" if presigned else body
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": target}
    sent = AWSRequest("POST", url, data=body, headers=headers)
    signer = SigV4QueryAuth if presigned else SigV4Auth
    signer(credentials or Credentials(ACCESS_KEY_ID, EXAMPLE_KEY), "kms", REGION).add_auth(sent)
    prepared = sent.prepare()
    rest, _, query = prepared.url.partition("?")
    host, slash, path = rest.removeprefix("http://").partition("/")
    values = [(name.lower(), _text(value)) for name, value in prepared.headers.items()]
    return Request(
        method="POST",
        path=slash + path,
        query=query,
        headers=(("host", host), *values),
        body=body,
        source_ip="127.0.0.1",
    )


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")


def with_header(request: Request, name: str, value: str | None) -> Request:
    """Replace a header, or drop it when there is no value."""
    kept = tuple(pair for pair in request.headers if pair[0] != name)
    return replaced(request, headers=kept if value is None else (*kept, (name, value)))


def replaced(request: Request, **changes: object) -> Request:
    """Give a copy of a request with some attributes changed."""
    return msgspec.structs.replace(request, **changes)
