"""A little client of the XKS proxy API, signed by botocore; nothing of it is Strongroom's own."""

from __future__ import annotations

import base64
import hashlib
import json
from http.client import HTTPSConnection
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

REGION = "eu-west-2"
HEALTH = {"requestMetadata": {"kmsRequestId": "4112f4d6-db54-4af4-ae30-c55a22a8dfae", "kmsOperation": "KmsHealthCheck"}}


class Answered(NamedTuple):
    """Status and JSON of an answer."""

    status: int
    message: dict[str, Any]

    @property
    def error(self) -> tuple[int, str]:
        return self.status, self.message["errorName"]


class Credential(NamedTuple):
    """What the proxy's operator gave, and where it is good."""

    uri_path: str
    access_key_id: str
    secret: str

    @classmethod
    def of(cls, file: Mapping[str, Any]) -> Credential:
        """Read the file that the console of AWS KMS takes."""
        credential = file["XksProxyAuthenticationCredential"]
        return cls(file["XksProxyUriPath"], credential["AccessKeyId"], credential["RawSecretAccessKey"])


def request_metadata(operation: str = "Encrypt") -> dict[str, str]:
    """Give what AWS KMS says of a request."""
    return {
        "awsPrincipalArn": "arn:aws:iam::123456789012:user/Alice",
        "kmsKeyArn": "arn:aws:kms:us-east-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        "kmsOperation": operation,
        "kmsRequestId": "4112f4d6-db54-4af4-ae30-c55a22a8dfae",
    }


def metadata_message() -> dict[str, Any]:
    return {"requestMetadata": request_metadata("DescribeKey")}


def encrypt_message(plaintext: bytes, aad: bytes | None = None, *, integrity: bool = False) -> dict[str, Any]:
    message: dict[str, Any] = {
        "requestMetadata": request_metadata(),
        "plaintext": base64.b64encode(plaintext).decode(),
        "encryptionAlgorithm": "AES_GCM",
    }
    if aad is not None:
        message["additionalAuthenticatedData"] = base64.b64encode(aad).decode()
    if integrity:
        message["ciphertextDataIntegrityValueAlgorithm"] = "SHA_256"
    return message


def decrypt_message(encrypted: Mapping[str, str], aad: bytes | None = None, **changed: bytes) -> dict[str, Any]:
    """Ask for what an encrypt call answered, with some of its parts changed."""
    message: dict[str, Any] = {
        "requestMetadata": request_metadata("Decrypt"),
        "encryptionAlgorithm": "AES_GCM",
        **{name: value for name, value in encrypted.items() if name != "ciphertextDataIntegrityValue"},
        **{name: base64.b64encode(value).decode() for name, value in changed.items()},
    }
    if aad is not None:
        message["additionalAuthenticatedData"] = base64.b64encode(aad).decode()
    return message


def part(answer: Mapping[str, str], name: str) -> bytes:
    """Decode a member of an answer."""
    return base64.b64decode(answer[name], validate=True)


def integrity_of(encrypted: Mapping[str, str], aad: bytes = b"") -> bytes:
    """Work out the integrity value of an encrypt call's answer."""
    names = ("ciphertextMetadata", "initializationVector", "ciphertext", "authenticationTag")
    return hashlib.sha256(aad + b"".join(part(encrypted, name) for name in names)).digest()


def signed_headers(credential: Credential, host: str, path: str, body: bytes, **changed: str) -> dict[str, str]:
    """Sign a POST request."""
    service = changed.pop("service", "kms-xks-proxy")
    headers = {"Host": host, "Content-Type": "application/json", **changed}
    request = AWSRequest("POST", f"https://{host}{path}", headers, body)
    SigV4Auth(Credentials(credential.access_key_id, credential.secret), service, REGION).add_auth(request)
    return dict(request.prepare().headers.items())


class XksClient:
    """One connection to a proxy."""

    def __init__(self, port: int, tls: ssl.SSLContext, credential: Credential) -> None:
        self.credential = credential
        self._host = f"localhost:{port}"
        self._connection = HTTPSConnection("localhost", port, context=tls, timeout=10)

    def key(self, external_key_id: str, operation: str, message: object) -> Answered:
        """Call an operation on a key."""
        return self.post(f"{self.credential.uri_path}/keys/{external_key_id}/{operation}", message)

    def health(self) -> Answered:
        return self.post(f"{self.credential.uri_path}/health", HEALTH)

    def post(self, path: str, message: object, credential: Credential | None = None) -> Answered:
        """Send a message, by default by the client's own credential."""
        body = json.dumps(message).encode()
        return self.send("POST", path, body, signed_headers(credential or self.credential, self._host, path, body))

    def send(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answered:
        self._connection.request(method, path, body, dict(headers))
        answer = self._connection.getresponse()
        return Answered(answer.status, json.loads(answer.read()))

    def close(self) -> None:
        self._connection.close()
