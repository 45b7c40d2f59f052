"""The XKS proxy as its clients see it: over TLS with a certificate of a test CA, the requests signed by botocore."""

from __future__ import annotations

import http.client
import json
import os
import ssl
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from strongroom.custody.xks_client import XksEndpoint, XksProxy
from strongroom.custody.xks_connections import proxy_tls
from strongroom.custody.xks_signature import XksSigner
from strongroom.model.clock import SystemClock
from strongroom.model.xks import RequestMetadata
from tests.support.live import COMMAND, Server, clean_environment, run, run_json, shows_traceback, wait_until
from tests.support.xks_proxy_client import (
    Answered,
    Credential,
    XksClient,
    decrypt_message,
    encrypt_message,
    integrity_of,
    metadata_message,
    part,
)
from tests.unit.authn.oidc_support import Authority, issue

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.live.conftest import Launch

KEY = "payroll.key_1"
PREFIX = "/team-a"
KMS_NAME = "cks.kms.us-east-2.amazonaws.com"


class Proxy:
    """`strongroom xks-proxy` as a process of its own."""

    def __init__(self, server: Server, folder: Path, *flags: str | Path) -> None:
        self.server = server
        self.ca = issue("Test CA")
        chain = issue("localhost", self.ca, ("localhost", "127.0.0.1"))
        self.ca_file = _write(folder / "ca.pem", self.ca)
        self.log = folder / "proxy.log"
        _write(folder / "proxy.pem", chain)
        _write_key(folder / "proxy.key", chain)
        with self.log.open("w") as log:
            self.process = subprocess.Popen(  # noqa: S603 - the command under test
                [
                    *(COMMAND, "xks-proxy", "--data", server.data, "--listen", "localhost:0", "--json"),
                    *("--tls-cert", folder / "proxy.pem", "--tls-key", folder / "proxy.key", *flags),
                ],
                env=clean_environment(),
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self.process.stdout is not None
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if line == "}\n":
                break
        assert lines, self.log.read_text()
        self.endpoint: str = json.loads("".join(lines))["endpoint"]
        self.port = int(self.endpoint.rpartition(":")[2])

    def tls(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.ca_file)

    def client(self, credential: Credential, tls: ssl.SSLContext | None = None) -> XksClient:
        return XksClient(self.port, tls or self.tls(), credential)

    def stop(self) -> None:
        self.process.terminate()
        assert self.process.wait(20) == 0, self.log.read_text()
        assert self.process.stdout is not None
        self.process.stdout.close()
        assert not shows_traceback(self.log.read_text())


def _write(path: Path, authority: Authority) -> Path:
    path.write_bytes(authority.pem)
    return path


def _write_key(path: Path, authority: Authority) -> Path:
    path.write_bytes(authority.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return path


def add_key(server: Server, external_key_id: str, arn: str) -> None:
    run_json(
        *("xks-proxy", "--data", server.data, "add-key", external_key_id, "--path-prefix", PREFIX),
        *("--key", arn, "--access-key-id", server.login.access_key_id),
    )


@pytest.fixture(scope="module")
def arn(server: Server) -> str:
    arn = server.boto3().create_key()["KeyMetadata"]["Arn"]
    add_key(server, KEY, arn)
    return arn


@pytest.fixture(scope="module")
def credential(server: Server) -> Credential:
    return Credential.of(run_json("xks-proxy", "add-credential", "--path-prefix", PREFIX, "--data", server.data))


@pytest.fixture(scope="module")
def proxy(server: Server, arn: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    assert arn
    proxy = Proxy(server, tmp_path_factory.mktemp("proxy"), "--workers", "2")
    yield proxy
    proxy.stop()


@pytest.fixture
def client(proxy: Proxy, credential: Credential) -> Iterator[XksClient]:
    client = proxy.client(credential)
    yield client
    client.close()


def encrypted(client: XksClient, plaintext: bytes, aad: bytes | None = None, key: str = KEY) -> dict[str, Any]:
    answer = client.key(key, "encrypt", encrypt_message(plaintext, aad, integrity=True))
    assert answer.status == 200, answer
    return answer.message


def decrypted(client: XksClient, parts: dict[str, Any], aad: bytes | None = None, key: str = KEY) -> Answered:
    return client.key(key, "decrypt", decrypt_message(parts, aad))


def test_what_is_encrypted_can_be_decrypted(client: XksClient) -> None:
    # The most that the specification has a proxy take.
    plaintext, aad = os.urandom(4300), os.urandom(8192)
    parts = encrypted(client, plaintext, aad)
    assert [len(part(parts, name)) for name in ("ciphertext", "authenticationTag", "ciphertextMetadata")] == [
        4300,
        16,
        20,
    ]
    assert len(part(parts, "initializationVector")) == 12
    assert part(parts, "ciphertextDataIntegrityValue") == integrity_of(parts, aad)
    answer = decrypted(client, parts, aad)
    assert (answer.status, part(answer.message, "plaintext")) == (200, plaintext)


def test_the_key_tells_what_it_is(client: XksClient) -> None:
    assert client.key(KEY, "metadata", metadata_message()) == (
        200,
        {"keySpec": "AES_256", "keyUsage": ["ENCRYPT", "DECRYPT"], "keyStatus": "ENABLED"},
    )


def test_the_proxy_tells_how_it_is(client: XksClient) -> None:
    answer = client.health()
    assert answer.status == 200
    assert answer.message["ekmFleetDetails"][0]["healthStatus"] == "ACTIVE"


def test_strongrooms_own_client_understands_it(proxy: Proxy, credential: Credential) -> None:
    ours = XksProxy(
        XksEndpoint(uri_endpoint=proxy.endpoint, uri_path=credential.uri_path, allow_private=True),
        XksSigner(credential.access_key_id, credential.secret, "us-east-1"),
        tls=proxy_tls(str(proxy.ca_file)),
        clock=SystemClock(),
        timeout=10,
    )
    about = RequestMetadata(
        aws_principal_arn="arn:aws:iam::123456789012:user/Alice",
        kms_operation="Encrypt",
        kms_request_id="4112f4d6-db54-4af4-ae30-c55a22a8dfae",
    )
    try:
        assert ours.health("KmsHealthCheck", "1").xks_proxy_vendor == "Strongroom"
        assert ours.metadata(KEY, about).key_status == "ENABLED"
        made = ours.encrypt(KEY, b"a data key", b"aad", about)
        assert ours.decrypt(KEY, made, b"aad", about) == b"a data key"
    finally:
        ours.close()


def test_it_acts_on_what_the_owner_does_to_a_key(server: Server, client: XksClient) -> None:
    kms = server.boto3()
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    add_key(server, "owned", arn)
    parts = encrypted(client, b"text", key="owned")
    kms.rotate_key_on_demand(KeyId=arn)
    wait_until(
        lambda: (
            part(encrypted(client, b"text", key="owned"), "ciphertextMetadata")[12:]
            != part(parts, "ciphertextMetadata")[12:]
        ),
        "the rotation",
    )
    assert decrypted(client, parts, key="owned").status == 200
    kms.disable_key(KeyId=arn)
    assert decrypted(client, parts, key="owned").error == (400, "InvalidStateException")
    assert client.key("owned", "metadata", metadata_message()).message["keyStatus"] == "DISABLED"
    kms.enable_key(KeyId=arn)
    root = f"arn:aws:iam::{arn.split(':')[4]}:root"
    statements = [
        {"Effect": "Allow", "Principal": {"AWS": root}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Deny", "Principal": {"AWS": root}, "Action": "kms:Decrypt", "Resource": "*"},
    ]
    kms.put_key_policy(KeyId=arn, Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))
    assert decrypted(client, parts, key="owned").error == (403, "AccessDeniedException")


def test_it_refuses_what_is_not_its_clients(proxy: Proxy, credential: Credential, client: XksClient) -> None:
    stranger = credential._replace(secret="not-the-secret")  # noqa: S106 - and it is none
    path = f"{PREFIX}/kms/xks/v1/keys/{KEY}/encrypt"
    assert client.post(path, encrypt_message(b"text"), stranger).error == (401, "AuthenticationFailedException")
    assert client.post("/team-b/kms/xks/v1/health", {}).error == (404, "InvalidUriPathException")
    assert client.key("another", "encrypt", encrypt_message(b"text")).error == (404, "KeyNotFoundException")
    assert client.send("GET", path, b"", {}).status == 405
    with pytest.raises(ssl.SSLCertVerificationError):
        proxy.client(credential, ssl.create_default_context()).health()


def test_a_credential_is_good_until_it_is_removed(server: Server, proxy: Proxy, client: XksClient) -> None:
    data = ("--data", server.data)
    new = Credential.of(run_json("xks-proxy", "add-credential", "--path-prefix", PREFIX, *data))
    second = proxy.client(new)
    assert (second.health().status, client.health().status) == (200, 200)
    assert run("xks-proxy", *data, "remove-credential", new.access_key_id).returncode == 0
    assert second.health().error == (401, "AuthenticationFailedException")
    assert client.health().status == 200
    second.close()


def test_each_request_is_recorded_before_its_answer(server: Server, client: XksClient) -> None:
    message = encrypt_message(b"text", b"aad", integrity=True)
    message["requestMetadata"]["kmsRequestId"] = "the one that is looked for"
    assert client.key(KEY, "encrypt", message).status == 200
    records = [each for name, found in server.trail().items() if name.startswith("xks-proxy-") for each in found]
    (own,) = [each for each in records if "the one that is looked for" in str(each["requestParameters"])]
    assert (own["eventSource"], own["eventName"]) == ("kms-xks-proxy.amazonaws.com", "Encrypt")
    assert own["requestParameters"]["externalKeyId"] == KEY
    asked = [each for each in records if each.get("requestID") in own["additionalEventData"]["kmsRequestIds"]]
    assert [each["eventName"] for each in asked] == ["Encrypt", "Decrypt"]
    assert all(each["userIdentity"]["accessKeyId"] == server.login.access_key_id for each in asked)


def test_clients_may_have_to_show_a_certificate(launch: Launch, tmp_path: Path) -> None:
    server = launch()
    ca = issue("Client CA")
    flags = ("--client-ca", _write(tmp_path / "client-ca.pem", ca), "--client-name", KMS_NAME)
    credential = Credential.of(run_json("xks-proxy", "--data", server.data, "add-credential"))
    proxy = Proxy(server, tmp_path, *flags)

    def shown(name: str, authority: Authority) -> ssl.SSLContext:
        made = issue(name, authority, (name,))
        tls = proxy.tls()
        tls.load_cert_chain(_write(tmp_path / f"{name}.pem", made), _write_key(tmp_path / f"{name}.key", made))
        return tls

    client = proxy.client(credential, shown(KMS_NAME, ca))
    assert client.health().status == 200
    client.close()
    for tls in (proxy.tls(), shown("another.example", ca), shown(KMS_NAME, issue("Another CA"))):
        refused = proxy.client(credential, tls)
        with pytest.raises((OSError, http.client.HTTPException)):
            refused.health()
        refused.close()
    proxy.stop()
