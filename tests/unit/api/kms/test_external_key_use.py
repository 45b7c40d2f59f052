"""Encrypting and decrypting with keys in external key stores, what their proxies are told, and what is recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
from msgspec.structs import replace

from strongroom.custody.xks_failures import XksFailure, XksFailureKind, key_use_error
from strongroom.model.request import VpcEndpoint
from tests.support.external_stores import (
    CREDENTIAL,
    OTHER_KEY_ID,
    connected_store,
    external_key,
    external_store,
    hurry_proxies,
)
from tests.support.fake_xks_proxy import KEY_ID, REGION, URI_PATH, altered, raw, refuse, reply, silence
from tests.support.in_process import ACCOUNT, OTHER_ACCOUNT, allow, policy
from tests.support.samples import PLAINTEXT

if TYPE_CHECKING:
    from strongroom.model.request import Answer, Request
    from tests.support.fake_xks_proxy import FakeXksProxy, Step
    from tests.support.in_process import Caller, InProcess

CONTEXT: Final = {"purpose": "example"}
ROOT: Final = f"arn:aws:iam::{ACCOUNT}:root"
OTHER_ROOT: Final = f"arn:aws:iam::{OTHER_ACCOUNT}:root"
INVALID_STATE: Final = "KMSInvalidStateException"
ENDPOINT: Final = VpcEndpoint(endpoint_id="vpce-1234abcd", vpc_id="vpc-1234abcd")


@pytest.fixture
def store(owner: Caller, proxy: FakeXksProxy) -> str:
    return connected_store(owner, external_store(proxy))


@pytest.fixture
def key(owner: Caller, proxy: FakeXksProxy, store: str) -> str:
    """A key, of whose making the proxy has forgotten."""
    made = external_key(owner, store)
    proxy.received.clear()
    return made


def encrypt(caller: Caller, key: str) -> bytes:
    blob: bytes = caller("Encrypt", KeyId=key, Plaintext=PLAINTEXT, EncryptionContext=CONTEXT)["CiphertextBlob"]
    return blob


def decrypt(caller: Caller, blob: bytes) -> bytes:
    plaintext: bytes = caller("Decrypt", CiphertextBlob=blob, EncryptionContext=CONTEXT)["Plaintext"]
    return plaintext


def told(proxy: FakeXksProxy) -> list[tuple[str, dict[str, str]]]:
    """Give of each request what is asked for, and for whom."""
    return [(each.path.rpartition("/")[2], each.message["requestMetadata"]) for each in proxy.received]


class TestUse:
    def test_what_is_encrypted_is_decrypted(self, owner: Caller, proxy: FakeXksProxy, key: str) -> None:
        blob = encrypt(owner, key)
        assert blob[0] == 2
        assert decrypt(owner, blob) == PLAINTEXT
        assert [name for name, _ in told(proxy)] == ["encrypt", "decrypt"]
        assert {each.path.rpartition("/")[0] for each in proxy.received} == {f"{URI_PATH}/keys/{KEY_ID}"}

    @pytest.mark.parametrize("size", [1, 4096])
    def test_of_any_size(self, owner: Caller, key: str, size: int) -> None:
        blob = owner("Encrypt", KeyId=key, Plaintext=bytes(size))["CiphertextBlob"]
        assert owner("Decrypt", CiphertextBlob=blob)["Plaintext"] == bytes(size)

    def test_data_keys(self, owner: Caller, key: str) -> None:
        made = owner("GenerateDataKey", KeyId=key, KeySpec="AES_256", EncryptionContext=CONTEXT)
        assert decrypt(owner, made["CiphertextBlob"]) == made["Plaintext"]
        hidden = owner("GenerateDataKeyWithoutPlaintext", KeyId=key, NumberOfBytes=20, EncryptionContext=CONTEXT)
        assert len(decrypt(owner, hidden["CiphertextBlob"])) == 20

    def test_out_of_a_store_and_into_another_key_of_it(
        self, owner: Caller, proxy: FakeXksProxy, store: str, key: str
    ) -> None:
        proxy.keys[OTHER_KEY_ID] = bytes(32)
        others = [owner.key(), external_key(owner, store, OTHER_KEY_ID)]
        blob = encrypt(owner, key)
        for destination in (*others, key):
            moved = owner(
                "ReEncrypt",
                CiphertextBlob=blob,
                SourceEncryptionContext=CONTEXT,
                DestinationKeyId=destination,
                DestinationEncryptionContext=CONTEXT,
            )
            assert (moved["SourceKeyId"], moved["KeyId"]) == (key, destination)
            assert decrypt(owner, moved["CiphertextBlob"]) == PLAINTEXT

    def test_when_it_was_used_is_kept(self, owner: Caller, proxied: InProcess, key: str) -> None:
        encrypt(owner, key)
        proxied.pipeline.uses.write(proxied.store)
        assert owner("GetKeyLastUsage", KeyId=key)["KeyLastUsage"]["Operation"] == "Encrypt"

    def test_a_new_credential_is_used_at_once(self, owner: Caller, proxy: FakeXksProxy, store: str, key: str) -> None:
        encrypt(owner, key)
        renewed = {**CREDENTIAL, "RawSecretAccessKey": "another/" * 6}
        proxy.script.append(altered())
        owner("UpdateCustomKeyStore", CustomKeyStoreId=store, XksProxyAuthenticationCredential=renewed)
        refused = owner.refused("Encrypt", KeyId=key, Plaintext=PLAINTEXT)
        assert refused == (INVALID_STATE, key_use_error(XksFailure(XksFailureKind.AUTHENTICATION_FAILED)).message)


class TestRefusals:
    @pytest.mark.parametrize(
        ("step", "kind"),
        [
            *((refuse(400, kind.value), kind) for kind in XksFailureKind if kind.value.endswith("Exception")),
            (refuse(500, "SomethingElse"), XksFailureKind.MALFORMED_RESPONSE),
            (reply(200, b"{}"), XksFailureKind.MALFORMED_RESPONSE),
            (raw(b""), XksFailureKind.NO_TCP_CONNECTION),
        ],
    )
    def test_a_proxy_that_does_not_serve(
        self, owner: Caller, proxy: FakeXksProxy, key: str, step: Step, kind: XksFailureKind
    ) -> None:
        blob = encrypt(owner, key)
        expected = (INVALID_STATE, key_use_error(XksFailure(kind)).message)
        # What hangs up is asked once more.
        for operation, given in (
            ("Encrypt", {"KeyId": key, "Plaintext": PLAINTEXT}),
            ("Decrypt", {"CiphertextBlob": blob, "EncryptionContext": CONTEXT}),
        ):
            proxy.script.extend([step] * 2)
            assert owner.refused(operation, **given) == expected
            proxy.script.clear()

    def test_a_proxy_that_does_not_answer(
        self, owner: Caller, proxied: InProcess, proxy: FakeXksProxy, key: str
    ) -> None:
        hurry_proxies(proxied)
        proxy.script.append(silence)
        refused = owner.refused("Encrypt", KeyId=key, Plaintext=PLAINTEXT)
        assert refused == (INVALID_STATE, key_use_error(XksFailure(XksFailureKind.TIMED_OUT)).message)

    def test_a_ciphertext_that_the_proxy_does_not_vouch_for(self, owner: Caller, proxy: FakeXksProxy, key: str) -> None:
        proxy.script.append(altered(ciphertextDataIntegrityValue="AAAA"))
        assert owner.refused("Encrypt", KeyId=key, Plaintext=PLAINTEXT).code == INVALID_STATE

    def test_what_was_changed(self, owner: Caller, key: str) -> None:
        blob = encrypt(owner, key)
        last = blob[:-1] + bytes((blob[-1] ^ 1,))
        assert owner.refused("Decrypt", CiphertextBlob=last, EncryptionContext=CONTEXT).code == INVALID_STATE
        ordinary = b"\x01" + blob[1:]
        assert owner.refused("Decrypt", CiphertextBlob=ordinary, EncryptionContext=CONTEXT).code == INVALID_STATE
        lengths = blob[:56] + b"\xff" + blob[57:]
        refused = owner.refused("Decrypt", CiphertextBlob=lengths, EncryptionContext=CONTEXT)
        assert refused.code == "InvalidCiphertextException"

    def test_another_context(self, owner: Caller, key: str) -> None:
        refused = owner.refused("Decrypt", CiphertextBlob=encrypt(owner, key), EncryptionContext={"purpose": "other"})
        assert refused == (INVALID_STATE, key_use_error(XksFailure(XksFailureKind.INVALID_CIPHERTEXT)).message)

    def test_who_may_not_use_the_key_asks_no_proxy(self, proxied: InProcess, proxy: FakeXksProxy, key: str) -> None:
        stranger = proxied.user("Stranger", region=REGION)
        assert stranger.refused("Encrypt", KeyId=key, Plaintext=PLAINTEXT).code == "AccessDeniedException"
        assert proxy.received == []


class TestRequestMetadata:
    def test_it_names_the_operation(self, owner: Caller, proxied: InProcess, proxy: FakeXksProxy, key: str) -> None:
        uses: dict[str, dict[str, object]] = {
            "Encrypt": {"Plaintext": PLAINTEXT},
            "GenerateDataKey": {"KeySpec": "AES_256"},
            "GenerateDataKeyWithoutPlaintext": {"KeySpec": "AES_256"},
        }
        for operation, given in uses.items():
            owner(operation, KeyId=key, **given)
            assert told(proxy)[-1] == ("encrypt", metadata(proxied, key, operation))

    def test_of_reencrypt_for_each_key(self, owner: Caller, proxied: InProcess, proxy: FakeXksProxy, key: str) -> None:
        blob = encrypt(owner, key)
        proxy.received.clear()
        owner("ReEncrypt", CiphertextBlob=blob, SourceEncryptionContext=CONTEXT, DestinationKeyId=key)
        expected = metadata(proxied, key, "ReEncrypt")
        assert told(proxy) == [("decrypt", expected), ("encrypt", expected)]

    def test_it_names_the_caller_of_another_account_but_not_its_vpc_endpoint(
        self, owner: Caller, proxied: InProcess, proxy: FakeXksProxy, key: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        proxied.add_account()
        owner("PutKeyPolicy", KeyId=key, PolicyName="default", Policy=policy(allow(), allow(OTHER_ROOT)))
        send = proxied.send

        def through_endpoint(request: Request) -> Answer:
            return send(replace(request, vpc_endpoint=ENDPOINT))

        monkeypatch.setattr(proxied, "send", through_endpoint)
        encrypt(owner, key)
        own = {**metadata(proxied, key, "Encrypt"), "awsSourceVpc": "vpc-1234abcd", "awsSourceVpce": "vpce-1234abcd"}
        blob = encrypt(proxied.root(REGION, OTHER_ACCOUNT), key)
        foreign = metadata(proxied, key, "Encrypt", OTHER_ROOT)
        assert told(proxy) == [("encrypt", own), ("encrypt", foreign)]
        assert decrypt(owner, blob) == PLAINTEXT


def metadata(service: InProcess, key: str, operation: str, principal: str = ROOT) -> dict[str, str]:
    """Give what a proxy is told in the last request."""
    return {
        "awsPrincipalArn": principal,
        "kmsKeyArn": key,
        "kmsOperation": operation,
        "kmsRequestId": service.records[-1]["requestID"],
    }


def test_records_name_the_external_key(owner: Caller, proxied: InProcess, store: str, key: str) -> None:
    blob = encrypt(owner, key)
    shown = {"keyMaterialId": proxied.kept(key).current_material_id, "customKeyStoreId": store, "xksKeyId": KEY_ID}
    assert proxied.records[-1]["additionalEventData"] == shown
    decrypt(owner, blob)
    assert proxied.records[-1]["additionalEventData"] == shown
    owner("GenerateDataKey", KeyId=key, KeySpec="AES_256")
    assert proxied.records[-1]["additionalEventData"] == shown
