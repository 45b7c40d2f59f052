"""The client of external key store proxies, against one over real TLS on loopback."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from strongroom.custody import xks_client
from strongroom.custody.xks_answers import ExternalCiphertext
from strongroom.custody.xks_client import XksEndpoint, XksProxy
from strongroom.custody.xks_connections import proxy_tls
from strongroom.custody.xks_failures import XksFailure, XksFailureKind
from strongroom.custody.xks_signature import XksSigner
from strongroom.model.clock import SystemClock
from strongroom.model.xks import RequestMetadata
from tests.support.fake_xks_proxy import (
    ACCESS_KEY_ID,
    CIPHERTEXT_METADATA,
    HEALTH,
    KEY_ID,
    METADATA,
    REGION,
    SECRET_ACCESS_KEY,
    URI_PATH,
    FakeXksProxy,
    altered,
    refuse,
    reply,
    serving_xks_proxy,
)
from tests.unit.authn.oidc_support import issue

ROOT = issue("root")
LEAF = issue("leaf", ROOT, ("localhost",))
CALL = RequestMetadata(
    aws_principal_arn="arn:aws:iam::111122223333:user/Alice",
    aws_source_vpc="vpc-1234abcd",
    aws_source_vpce="vpce-1234abcd",
    kms_key_arn="arn:aws:kms:eu-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    kms_operation="Encrypt",
    kms_request_id="4112f4d6-db54-4af4-ae30-c55a22a8dfae",
    kms_via_service="ebs.eu-west-2.amazonaws.com",
)
CALL_ON_THE_WIRE = {
    "awsPrincipalArn": "arn:aws:iam::111122223333:user/Alice",
    "awsSourceVpc": "vpc-1234abcd",
    "awsSourceVpce": "vpce-1234abcd",
    "kmsKeyArn": "arn:aws:kms:eu-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "kmsOperation": "Encrypt",
    "kmsRequestId": "4112f4d6-db54-4af4-ae30-c55a22a8dfae",
    "kmsViaService": "ebs.eu-west-2.amazonaws.com",
}


@pytest.fixture
def ca_file(tmp_path: Path) -> str:
    path = tmp_path / "ca.pem"
    path.write_bytes(ROOT.pem)
    return str(path)


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[FakeXksProxy]:
    with serving_xks_proxy(tmp_path, LEAF) as running:
        yield running


def to(endpoint: XksEndpoint, ca_file: str, secret: str = SECRET_ACCESS_KEY) -> XksProxy:
    signer = XksSigner(ACCESS_KEY_ID, secret, REGION)
    return XksProxy(endpoint, signer, tls=proxy_tls(ca_file), clock=SystemClock(), timeout=10)


@pytest.fixture
def client(proxy: FakeXksProxy, ca_file: str) -> Iterator[XksProxy]:
    made = to(XksEndpoint(uri_endpoint=proxy.endpoint, uri_path=URI_PATH, allow_private=True), ca_file)
    yield made
    made.close()


def test_aws_gives_a_proxy_a_quarter_of_a_second() -> None:
    assert xks_client.TIMEOUT == 0.25


def test_health_is_asked_for_an_operation(proxy: FakeXksProxy, client: XksProxy) -> None:
    health = client.health("ConnectCustomKeyStore", "request-1")
    assert health.xks_proxy_fleet_size == 2
    assert [manager.health_status for manager in health.ekm_fleet_details] == ["DEGRADED", "UNAVAILABLE"]
    (received,) = proxy.received
    assert received.path == f"{URI_PATH}/health"
    assert received.headers["Content-Type"] == "application/json"
    assert received.headers["Host"] == proxy.host
    assert received.message == {
        "requestMetadata": {"kmsOperation": "ConnectCustomKeyStore", "kmsRequestId": "request-1"}
    }


def test_metadata_is_asked_of_a_key(proxy: FakeXksProxy, client: XksProxy) -> None:
    metadata = client.metadata(KEY_ID, CALL)
    assert (metadata.key_spec, metadata.key_status) == ("AES_256", "ENABLED")
    assert metadata.key_usage == ("ENCRYPT", "DECRYPT")
    (received,) = proxy.received
    assert received.path == f"{URI_PATH}/keys/{KEY_ID}/metadata"
    assert received.message == {"requestMetadata": CALL_ON_THE_WIRE}


@pytest.mark.parametrize("aad", [None, b"", b"project=nile", b"a" * 8_192])
@pytest.mark.parametrize("plaintext", [b"", b"Hello World!", b"p" * 4_300])
def test_what_is_encrypted_is_decrypted(client: XksProxy, plaintext: bytes, aad: bytes | None) -> None:
    ciphertext = client.encrypt(KEY_ID, plaintext, aad, CALL)
    assert len(ciphertext.ciphertext) == len(plaintext)
    assert ciphertext.ciphertext_metadata == CIPHERTEXT_METADATA
    assert client.decrypt(KEY_ID, ciphertext, aad, CALL) == plaintext


def test_requests_of_encryption_are_as_specified(proxy: FakeXksProxy, client: XksProxy) -> None:
    ciphertext = client.encrypt(KEY_ID, b"Hello World!", b"project=nile,department=marketing", CALL)
    client.decrypt(KEY_ID, ciphertext, b"project=nile,department=marketing", CALL)
    encryption, decryption = proxy.received
    assert encryption.path == f"{URI_PATH}/keys/{KEY_ID}/encrypt"
    assert encryption.message == {
        "requestMetadata": CALL_ON_THE_WIRE,
        "additionalAuthenticatedData": "cHJvamVjdD1uaWxlLGRlcGFydG1lbnQ9bWFya2V0aW5n",
        "plaintext": "SGVsbG8gV29ybGQh",
        "encryptionAlgorithm": "AES_GCM",
        "ciphertextDataIntegrityValueAlgorithm": "SHA_256",
    }
    assert decryption.path == f"{URI_PATH}/keys/{KEY_ID}/decrypt"
    assert decryption.message.keys() == {
        "requestMetadata",
        "additionalAuthenticatedData",
        "encryptionAlgorithm",
        "ciphertext",
        "ciphertextMetadata",
        "initializationVector",
        "authenticationTag",
    }


def test_what_is_not_there_is_not_sent(proxy: FakeXksProxy, client: XksProxy) -> None:
    call = RequestMetadata(aws_principal_arn="AWS Internal", kms_operation="CreateKey", kms_request_id="1")
    client.encrypt(KEY_ID, b"", None, call)
    (received,) = proxy.received
    assert received.message["requestMetadata"] == {
        "awsPrincipalArn": "AWS Internal",
        "kmsOperation": "CreateKey",
        "kmsRequestId": "1",
    }
    assert "additionalAuthenticatedData" not in received.message


@pytest.mark.parametrize("part", ["ciphertext", "initialization_vector", "authentication_tag", "ciphertext_metadata"])
def test_a_changed_ciphertext_is_the_proxys_to_refuse(client: XksProxy, part: str) -> None:
    parts = {
        name: getattr(client.encrypt(KEY_ID, b"Hello World!", None, CALL), name)
        for name in ("ciphertext", "initialization_vector", "authentication_tag", "ciphertext_metadata")
    }
    changed = ExternalCiphertext(**parts | {part: bytes(byte ^ 1 for byte in parts[part])})
    assert kind_of_decryption(client, changed) is XksFailureKind.INVALID_CIPHERTEXT


def kind_of(client: XksProxy, key_id: str = KEY_ID) -> XksFailureKind:
    """Give the kind of failure of an encryption."""
    with pytest.raises(XksFailure) as caught:
        client.encrypt(key_id, b"Hello World!", None, CALL)
    return caught.value.kind


def kind_of_decryption(client: XksProxy, ciphertext: ExternalCiphertext) -> XksFailureKind:
    with pytest.raises(XksFailure) as caught:
        client.decrypt(KEY_ID, ciphertext, None, CALL)
    return caught.value.kind


def test_a_wrong_secret_is_refused(proxy: FakeXksProxy, ca_file: str) -> None:
    endpoint = XksEndpoint(uri_endpoint=proxy.endpoint, uri_path=URI_PATH, allow_private=True)
    client = to(endpoint, ca_file, "another" + SECRET_ACCESS_KEY)
    assert kind_of(client) is XksFailureKind.AUTHENTICATION_FAILED
    client.close()


def test_another_path_is_refused(proxy: FakeXksProxy, ca_file: str) -> None:
    client = to(XksEndpoint(uri_endpoint=proxy.endpoint, uri_path="/kms/xks/v1", allow_private=True), ca_file)
    assert kind_of(client) is XksFailureKind.INVALID_URI_PATH
    client.close()


def test_a_key_that_the_proxy_does_not_know(client: XksProxy) -> None:
    assert kind_of(client, "another") is XksFailureKind.KEY_NOT_FOUND


@pytest.mark.parametrize("key_id", ["", ".", "..", "a/b", "a b", "ä", "a\r\n", "%2e%2e", "a" * 129])
def test_an_id_that_no_key_can_have_is_not_asked_for(proxy: FakeXksProxy, client: XksProxy, key_id: str) -> None:
    assert kind_of(client, key_id) is XksFailureKind.KEY_NOT_FOUND
    assert proxy.received == []


def test_a_refusal_is_a_failure_with_the_proxys_words(proxy: FakeXksProxy, client: XksProxy) -> None:
    proxy.script.append(refuse(429, "ThrottlingException", "slow down"))
    with pytest.raises(XksFailure) as caught:
        client.metadata(KEY_ID, CALL)
    assert (caught.value.kind, caught.value.proxy_message) == (XksFailureKind.THROTTLING, "slow down")
    assert client.metadata(KEY_ID, CALL).key_spec == "AES_256"
    assert proxy.connections == 1


@pytest.mark.parametrize("status", [201, 204, 302, 405, 500])
def test_any_other_status_is_no_answer(proxy: FakeXksProxy, client: XksProxy, status: int) -> None:
    proxy.script.append(reply(status, b"", Location=f"{proxy.endpoint}{URI_PATH}/keys/{KEY_ID}/encrypt"))
    assert kind_of(client) is XksFailureKind.MALFORMED_RESPONSE
    assert len(proxy.received) == 1


@pytest.mark.parametrize(
    "members",
    [
        {"ciphertext": "SGVsbG8gV29ybGQ="},
        {"ciphertext": None},
        {"ciphertext": "not base64"},
        {"authenticationTag": "dG9vIHNob3J0"},
        {"initializationVector": "dG9vIHNob3J0"},
        {"ciphertextMetadata": "bG9uZ2VyIHRoYW4gdHdlbnR5IGJ5dGVz"},
        {"ciphertextDataIntegrityValue": None},
        {"ciphertextDataIntegrityValue": "qHA/ImC9h5HsLRXqCyPmWgYx7tzyoTplzILbP0fPXsc="},
    ],
)
def test_a_ciphertext_that_is_not_sound_is_refused(
    proxy: FakeXksProxy, client: XksProxy, members: dict[str, object]
) -> None:
    proxy.script.append(altered(**members))
    assert kind_of(client) is XksFailureKind.MALFORMED_RESPONSE


@pytest.mark.parametrize("plaintext", [None, "SGVsbG8=", 1])
def test_a_plaintext_of_another_size_is_refused(proxy: FakeXksProxy, client: XksProxy, plaintext: object) -> None:
    ciphertext = client.encrypt(KEY_ID, b"Hello World!", None, CALL)
    proxy.script.append(altered(plaintext=plaintext))
    assert kind_of_decryption(client, ciphertext) is XksFailureKind.MALFORMED_RESPONSE


def test_key_managers_that_are_all_down_are_a_failure(proxy: FakeXksProxy, client: XksProxy) -> None:
    proxy.health = HEALTH | {"ekmFleetDetails": [{"id": "1", "model": "2", "healthStatus": "UNAVAILABLE"}]}
    with pytest.raises(XksFailure) as caught:
        client.health("KmsHealthCheck", "request-1")
    assert caught.value.kind is XksFailureKind.KEY_MANAGERS_UNAVAILABLE


def test_metadata_of_another_form_is_refused(proxy: FakeXksProxy, client: XksProxy) -> None:
    proxy.metadata = METADATA | {"keyStatus": "UNKNOWN"}
    with pytest.raises(XksFailure) as caught:
        client.metadata(KEY_ID, CALL)
    assert caught.value.kind is XksFailureKind.MALFORMED_RESPONSE


@pytest.mark.parametrize(("plaintext", "aad"), [(b"p" * 4_301, None), (b"", b"a" * 8_193)])
def test_more_than_a_proxy_takes_is_not_sent(
    proxy: FakeXksProxy, client: XksProxy, plaintext: bytes, aad: bytes | None
) -> None:
    with pytest.raises(ValueError, match="no more than"):
        client.encrypt(KEY_ID, plaintext, aad, CALL)
    assert proxy.received == []


@pytest.mark.parametrize(
    "uri_endpoint", ["", "http://localhost", "https://localhost/a", "https://user@localhost", "https://localhost:0"]
)
def test_an_endpoint_that_cannot_be_one_is_refused(uri_endpoint: str, ca_file: str) -> None:
    with pytest.raises(XksFailure) as caught:
        to(XksEndpoint(uri_endpoint=uri_endpoint, uri_path=URI_PATH), ca_file)
    assert caught.value.kind is XksFailureKind.NO_TCP_CONNECTION


@pytest.mark.parametrize("uri_path", ["", "/", "/kms/xks/v2", "/a?b/kms/xks/v1", "/../kms/xks/v1", "kms/xks/v1"])
def test_a_path_that_cannot_be_one_is_refused(uri_path: str, ca_file: str) -> None:
    with pytest.raises(XksFailure) as caught:
        to(XksEndpoint(uri_endpoint="https://localhost", uri_path=uri_path), ca_file)
    assert caught.value.kind is XksFailureKind.INVALID_URI_PATH


def test_private_addresses_are_refused_unless_they_are_allowed(proxy: FakeXksProxy, ca_file: str) -> None:
    client = to(XksEndpoint(uri_endpoint=proxy.endpoint, uri_path=URI_PATH), ca_file)
    assert kind_of(client) is XksFailureKind.NO_TCP_CONNECTION
    assert proxy.received == []


def test_nobody_listens(ca_file: str) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        endpoint = f"https://localhost:{unused.getsockname()[1]}"
        client = to(XksEndpoint(uri_endpoint=endpoint, uri_path=URI_PATH, allow_private=True), ca_file)
        assert kind_of(client) is XksFailureKind.NO_TCP_CONNECTION
