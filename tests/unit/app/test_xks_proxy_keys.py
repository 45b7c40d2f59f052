"""Ciphertexts of the installation's keys, in the parts in which external key stores keep them."""

from __future__ import annotations

import hashlib
import os
import time
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strongroom.app import xks_proxy_keys
from strongroom.app.xks_proxy_kms import Inquiry
from strongroom.jobs.rotation import rotate_due_keys
from tests.support.in_process import place_of
from tests.support.xks_proxied import KEY, Proxied, signed
from tests.support.xks_proxy_client import decrypt_message, encrypt_message, integrity_of, metadata_message, part

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.in_process import InProcess

PARTS = ("ciphertext", "authenticationTag", "initializationVector", "ciphertextMetadata")


@pytest.fixture
def proxied(service: InProcess) -> Iterator[Proxied]:
    with Proxied(service) as proxied:
        yield proxied


@pytest.fixture(scope="module")
def shared(shared_service: InProcess) -> Iterator[Proxied]:
    with Proxied(shared_service) as proxied:
        yield proxied


def encrypted(
    proxied: Proxied, plaintext: bytes, aad: bytes | None = None, *, integrity: bool = False, key: str = KEY
) -> dict[str, Any]:
    answered = proxied.key("encrypt", encrypt_message(plaintext, aad, integrity=integrity), key)
    assert answered.status == 200, answered
    return answered.message


def test_parts_have_the_sizes_of_the_specification(shared: Proxied) -> None:
    parts = encrypted(shared, bytes(100))
    assert [len(part(parts, name)) for name in PARTS] == [100, 16, 12, 20]
    assert "ciphertextDataIntegrityValue" not in parts


@settings(max_examples=25)
@given(
    plaintext=st.binary(min_size=1, max_size=4300), aad=st.none() | st.binary(max_size=8192), integrity=st.booleans()
)
def test_what_is_encrypted_can_be_decrypted(
    shared: Proxied,
    plaintext: bytes,
    aad: bytes | None,
    integrity: bool,  # noqa: FBT001 - drawn
) -> None:
    parts = encrypted(shared, plaintext, aad, integrity=integrity)
    if integrity:
        assert part(parts, "ciphertextDataIntegrityValue") == integrity_of(parts, aad or b"")
    answered = shared.key("decrypt", decrypt_message(parts, aad))
    assert (answered.status, part(answered.message, "plaintext")) == (200, plaintext)


def test_no_aad_is_an_empty_one(shared: Proxied) -> None:
    assert shared.key("decrypt", decrypt_message(encrypted(shared, b"text"), b"")).status == 200
    assert shared.key("decrypt", decrypt_message(encrypted(shared, b"text", b""))).status == 200


@pytest.mark.parametrize("name", PARTS)
def test_each_part_is_authenticated(shared: Proxied, name: str) -> None:
    parts = encrypted(shared, b"text", b"aad")
    original = part(parts, name)
    for at in range(len(original)):
        wrong = bytes((*original[:at], original[at] ^ 1, *original[at + 1 :]))
        answered = shared.key("decrypt", decrypt_message(parts, b"aad", **{name: wrong}))
        assert answered.error == (400, "InvalidCiphertextException"), at


def test_aad_is_authenticated(shared: Proxied) -> None:
    parts = encrypted(shared, b"text", b"aad")
    for aad in (None, b"", b"aad ", b"aae"):
        assert shared.key("decrypt", decrypt_message(parts, aad)).error == (400, "InvalidCiphertextException")


def test_metadata_may_not_pass_for_aad(shared: Proxied) -> None:
    parts = encrypted(shared, b"text")
    without = {name: value for name, value in parts.items() if name != "ciphertextMetadata"}
    answered = shared.key("decrypt", decrypt_message(without, part(parts, "ciphertextMetadata")))
    assert answered.error == (400, "InvalidCiphertextException")


def test_a_longer_iv_is_none_of_ours(shared: Proxied) -> None:
    answered = shared.key("decrypt", decrypt_message(encrypted(shared, b"text"), initializationVector=os.urandom(16)))
    assert answered.error == (400, "InvalidCiphertextException")


def test_the_ciphertext_of_another_key_is_refused(shared: Proxied) -> None:
    shared.add_key("another", shared.root.key())
    answered = shared.key("decrypt", decrypt_message(encrypted(shared, b"text", key="another")))
    assert answered.error == (400, "InvalidCiphertextException")


def test_it_opens_what_the_installation_has_encrypted_itself(shared: Proxied) -> None:
    context = {xks_proxy_keys.CONTEXT_KEY: hashlib.sha256(b"aad").hexdigest()}
    blob = shared.root("Encrypt", KeyId=shared.arn, Plaintext=b"text", EncryptionContext=context)["CiphertextBlob"]
    parts = encrypted(shared, b"text", b"aad")
    own = {
        "ciphertext": blob[80:-16],
        "authenticationTag": blob[-16:],
        "initializationVector": blob[68:80],
        "ciphertextMetadata": blob[56:68] + blob[24:32],
    }
    answered = shared.key("decrypt", decrypt_message(parts, b"aad", **own))
    assert part(answered.message, "plaintext") == b"text"


def test_what_was_encrypted_before_a_rotation_can_be_decrypted_after_it(proxied: Proxied) -> None:
    old = encrypted(proxied, b"old")
    proxied.root("RotateKeyOnDemand", KeyId=proxied.arn)
    rotate_due_keys(proxied.service.store, proxied.service.opened.store_keys, time.time())
    new = encrypted(proxied, b"new")
    assert part(old, "ciphertextMetadata")[12:] != part(new, "ciphertextMetadata")[12:]
    for parts, text in ((old, b"old"), (new, b"new")):
        assert part(proxied.key("decrypt", decrypt_message(parts)).message, "plaintext") == text


def test_a_multi_region_key_can_be_served(proxied: Proxied) -> None:
    proxied.add_key("global", proxied.root.key(MultiRegion=True))
    parts = encrypted(proxied, b"text", key="global")
    assert part(proxied.key("decrypt", decrypt_message(parts), "global").message, "plaintext") == b"text"


def test_the_state_of_a_key_counts(proxied: Proxied) -> None:
    parts = encrypted(proxied, b"text")
    proxied.root("DisableKey", KeyId=proxied.arn)
    assert proxied.key("metadata", metadata_message()).message["keyStatus"] == "DISABLED"
    assert proxied.key("encrypt", encrypt_message(b"text")).error == (400, "InvalidStateException")
    assert proxied.key("decrypt", decrypt_message(parts)).error == (400, "InvalidStateException")
    proxied.root("EnableKey", KeyId=proxied.arn)
    assert proxied.key("decrypt", decrypt_message(parts)).status == 200
    proxied.root("ScheduleKeyDeletion", KeyId=proxied.arn, PendingWindowInDays=7)
    assert proxied.key("metadata", metadata_message()).message["keyStatus"] == "DISABLED"
    assert proxied.key("decrypt", decrypt_message(parts)).error == (400, "InvalidStateException")


def test_a_key_that_is_gone_is_not_found(proxied: Proxied) -> None:
    parts = encrypted(proxied, b"text")
    with proxied.service.store.change() as change:
        change.keys.delete(place_of(proxied.arn))
    for operation, message in (
        ("metadata", metadata_message()),
        ("encrypt", encrypt_message(b"text")),
        ("decrypt", decrypt_message(parts)),
    ):
        assert proxied.key(operation, message).error == (404, "KeyNotFoundException")


def test_a_key_of_another_kind_says_what_it_is(proxied: Proxied) -> None:
    proxied.service.write(proxied.arn, key_spec="RSA_2048")
    assert proxied.key("metadata", metadata_message()).message == {
        "keySpec": "RSA_2048",
        "keyUsage": [],
        "keyStatus": "ENABLED",
    }


def test_a_blob_of_another_form_is_not_taken_apart(shared: Proxied, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Inquiry, "ask", lambda *_, **__: {"CiphertextBlob": "AAAA"})
    assert shared.key("encrypt", encrypt_message(b"text")).error == (501, "UnsupportedOperationException")


def test_nothing_is_vouched_for_that_does_not_decrypt(shared: Proxied, monkeypatch: pytest.MonkeyPatch) -> None:
    ask = Inquiry.ask

    def wrongly(inquiry: Inquiry, operation: str, **members: object) -> dict[str, Any]:
        return {"Plaintext": "AAAA"} if operation == "Decrypt" else ask(inquiry, operation, **members)

    monkeypatch.setattr(Inquiry, "ask", wrongly)
    assert shared.key("encrypt", encrypt_message(b"text", integrity=True)).error == (500, "InternalException")


def test_what_was_committed_with_its_record_is_not_recorded_again(
    shared: Proxied, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle = shared.kms.handle
    monkeypatch.setattr(shared.kms, "handle", lambda sent: msgspec.structs.replace(handle(sent), record=None))
    path = f"{shared.credential.uri_path}/keys/{KEY}/metadata"
    answered, records = shared.exchange(signed(shared.credential, path, metadata_message()))
    assert answered.status == 200
    assert [each["eventSource"] for each in records] == ["kms-xks-proxy.amazonaws.com"]
