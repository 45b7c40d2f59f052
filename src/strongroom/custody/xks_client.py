"""Asks an external key store proxy: the client of the XKS proxy API, version 1.

Source: AWS KMS External Key Store Proxy API Specification (aws/aws-kms-xksproxy-api-spec). All calls block and belong
in worker threads. All may be repeated without harm, so one whose kept-alive connection proves closed is sent again.
"""

import ssl
import time
from typing import Final

import msgspec

from strongroom.custody.xks_answers import (
    ExternalCiphertext,
    checked_ciphertext,
    checked_health,
    checked_metadata,
    checked_plaintext,
    decoded,
    refusal,
)
from strongroom.custody.xks_connections import PostRequest, XksConnections
from strongroom.custody.xks_failures import XksFailure, XksFailureKind
from strongroom.custody.xks_signature import XksSigner
from strongroom.model.clock import Clock
from strongroom.model.https_addresses import HttpsUrl, parse_https_url
from strongroom.model.xks import (
    EXTERNAL_KEY_ID,
    MAX_PLAINTEXT,
    MEDIA_TYPE,
    URI_PATH,
    DecryptRequest,
    DecryptResponse,
    EncryptRequest,
    EncryptResponse,
    HealthOperation,
    HealthRequest,
    HealthRequestMetadata,
    HealthResponse,
    KeyMetadataRequest,
    KeyMetadataResponse,
    RequestMetadata,
)

TIMEOUT: Final = 0.25
"""Seconds that AWS KMS gives a proxy for one request, all in all."""
MAX_AAD: Final = 8_192
"""Bytes of additional authenticated data that every proxy takes."""
_OK: Final = 200
_DOT_SEGMENTS: Final = frozenset({".", ".."})


class XksEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Where a proxy is.

    Attributes:
        uri_endpoint: `https://`, the host, and the port where it is not 443.
        uri_path: ends in `/kms/xks/v1`.
        allow_private: whether it may be at a loopback or private address, which is the operator's to say.
    """

    uri_endpoint: str
    uri_path: str
    allow_private: bool = False


class XksProxy:
    """An external key store proxy, for use from several threads. Make it in the process that uses it."""

    def __init__(
        self, endpoint: XksEndpoint, signer: XksSigner, *, tls: ssl.SSLContext, clock: Clock, timeout: float = TIMEOUT
    ) -> None:
        """Take where the proxy is; nothing is sent yet.

        Args:
            endpoint: where it is.
            signer: has the credential for it.
            tls: from `xks_connections.proxy_tls`.
            clock: its wall time is signed.
            timeout: seconds for one request, all in all.

        Raises:
            XksFailure: the endpoint cannot be that of a proxy.
            ValueError: `tls` is not from `proxy_tls`.
        """
        self._host, url = _parsed(endpoint.uri_endpoint)
        if URI_PATH.fullmatch(endpoint.uri_path) is None:
            raise XksFailure(XksFailureKind.INVALID_URI_PATH)
        self._path = endpoint.uri_path
        self._signer = signer
        self._clock = clock
        self._timeout = timeout
        self._connections = XksConnections(url, tls, allow_private=endpoint.allow_private)

    def health(self, operation: HealthOperation, request_id: str) -> HealthResponse:
        """Ask whether the proxy can serve (GetHealthStatus).

        Args:
            operation: on whose account: an operation on the store, or the periodic check.
            request_id: of that operation.

        Raises:
            XksFailure: it cannot, or cannot be asked.
        """
        metadata = HealthRequestMetadata(kms_request_id=request_id, kms_operation=operation)
        body = self._post("/health", HealthRequest(request_metadata=metadata))
        return checked_health(decoded(body, HealthResponse))

    def metadata(self, external_key_id: str, request_metadata: RequestMetadata) -> KeyMetadataResponse:
        """Ask what kind of key an external key is, and whether it is enabled (GetKeyMetadata).

        Raises:
            XksFailure: the proxy does not say.
        """
        request = KeyMetadataRequest(request_metadata=request_metadata)
        body = self._post(_key_path(external_key_id, "metadata"), request)
        return checked_metadata(decoded(body, KeyMetadataResponse))

    def encrypt(
        self, external_key_id: str, plaintext: bytes, aad: bytes | None, request_metadata: RequestMetadata
    ) -> ExternalCiphertext:
        """Encrypt with an external key (Encrypt), and have the proxy vouch for what comes back.

        Args:
            external_key_id: names the key.
            plaintext: at most 4,300 bytes.
            aad: at most 8,192 bytes that decryption must give again, or None.
            request_metadata: for whom and why.

        Raises:
            XksFailure: the proxy does not, or what comes back is not sound.
            ValueError: `plaintext` or `aad` is longer than a proxy takes.
        """
        _require_size(plaintext, MAX_PLAINTEXT)
        _require_size(aad, MAX_AAD)
        request = EncryptRequest(
            request_metadata=request_metadata,
            plaintext=plaintext,
            encryption_algorithm="AES_GCM",
            additional_authenticated_data=aad,
            ciphertext_data_integrity_value_algorithm="SHA_256",
        )
        body = self._post(_key_path(external_key_id, "encrypt"), request)
        return checked_ciphertext(decoded(body, EncryptResponse), plaintext, aad)

    def decrypt(
        self, external_key_id: str, ciphertext: ExternalCiphertext, aad: bytes | None, request_metadata: RequestMetadata
    ) -> bytes:
        """Decrypt with an external key (Decrypt).

        Args:
            external_key_id: names the key.
            ciphertext: from `encrypt`.
            aad: as it was given to `encrypt`.
            request_metadata: for whom and why.

        Raises:
            XksFailure: the proxy does not, or what comes back cannot be the plaintext.
        """
        request = DecryptRequest(
            request_metadata=request_metadata,
            ciphertext=ciphertext.ciphertext,
            encryption_algorithm="AES_GCM",
            initialization_vector=ciphertext.initialization_vector,
            authentication_tag=ciphertext.authentication_tag,
            ciphertext_metadata=ciphertext.ciphertext_metadata,
            additional_authenticated_data=aad,
        )
        body = self._post(_key_path(external_key_id, "decrypt"), request)
        return checked_plaintext(decoded(body, DecryptResponse), ciphertext)

    def close(self) -> None:
        """Close the connections that wait for a next request."""
        self._connections.close()

    def _post(self, path: str, message: msgspec.Struct) -> bytes:
        deadline = time.monotonic() + self._timeout
        body = msgspec.json.encode(message)
        path = self._path + path
        signed = self._signer.headers(host=self._host, path=path, body=body, time=self._clock.wall())
        headers = signed | {"Content-Type": MEDIA_TYPE, "Accept": MEDIA_TYPE}
        answer = self._connections.post(PostRequest(path=path, headers=headers, body=body), deadline)
        if answer.status != _OK:
            raise refusal(answer.body)
        return answer.body


def _parsed(uri_endpoint: str) -> tuple[str, HttpsUrl]:
    """Give the Host header, and the URL taken apart."""
    try:
        url = parse_https_url(uri_endpoint)
    except ValueError:
        raise XksFailure(XksFailureKind.NO_TCP_CONNECTION) from None
    if url.target != "/":
        raise XksFailure(XksFailureKind.NO_TCP_CONNECTION)
    return uri_endpoint.removeprefix("https://").removesuffix("/"), url


def _key_path(external_key_id: str, operation: str) -> str:
    # A dot segment is a name that a proxy can have, and no proxy can be asked for.
    if EXTERNAL_KEY_ID.fullmatch(external_key_id) is None or external_key_id in _DOT_SEGMENTS:
        raise XksFailure(XksFailureKind.KEY_NOT_FOUND)
    return f"/keys/{external_key_id}/{operation}"


def _require_size(value: bytes | None, limit: int) -> None:
    if value is not None and len(value) > limit:
        raise ValueError(f"a proxy takes no more than {limit} bytes")
