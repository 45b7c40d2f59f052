from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.crypto.ciphertext import HEADER_SIZE
from tests.support.in_process import (
    ACCOUNT,
    OTHER_ACCOUNT,
    OTHER_REGION,
    Caller,
    InProcess,
    Refused,
    allow,
    deny,
    place_of,
    policy,
)
from tests.support.refusals import HIDDEN, denied, invalid, invalid_blob, missing, no_alias, no_key
from tests.support.samples import CONTEXT, PLAINTEXT, new_alias, prepare

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = f"arn:aws:iam::{ACCOUNT}:root"
DRY_RUN = ("DryRunOperationException", "The request would have succeeded, but the DryRun option is set.")
BAD_CIPHERTEXT = ("InvalidCiphertextException", "")
INCORRECT_KEY = (
    "IncorrectKeyException",
    "The key ID in the request does not identify a CMK that can perform this operation.",
)
NO_GRANT = ("InvalidGrantTokenException", "No grant has this token.")
NO_RECIPIENT = (
    "UnsupportedOperationException",
    "The Recipient parameter is not supported: no root certificate is configured.",
)
IGNORE = {"DryRunModifiers": ["IGNORE_CIPHERTEXT"]}
RSA = "RSAES_OAEP_SHA_256"
RSA_REFUSED = ("InvalidKeyUsageException", f"Algorithm {RSA} is incompatible with key spec SYMMETRIC_DEFAULT.")
SHORT = "Member must have length greater than or equal to 1"


@pytest.fixture
def service(shared_service: InProcess) -> InProcess:
    return shared_service


def encrypt(root: Caller, key: str, plaintext: bytes = PLAINTEXT, **members: object) -> bytes:
    blob: bytes = root("Encrypt", KeyId=key, Plaintext=plaintext, **members)["CiphertextBlob"]
    return blob


def material_of(service: InProcess, key: str) -> str:
    return service.kept(key).current_material_id or ""


def forms(root: Caller, key: str) -> dict[str, str]:
    """Name a key in the four ways."""
    alias = new_alias(root, key)
    return {
        "id": place_of(key).key_id,
        "arn": key,
        "alias": alias,
        "alias ARN": f"{key.split(':key/', maxsplit=1)[0]}:{alias}",
    }


def test_what_was_encrypted_is_decrypted(service: InProcess, root: Caller, key: str) -> None:
    encrypted = root("Encrypt", KeyId=key, Plaintext=PLAINTEXT, EncryptionContext=CONTEXT)
    blob = encrypted.pop("CiphertextBlob")
    assert encrypted == {"KeyId": key, "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}
    assert PLAINTEXT not in blob
    assert root("Decrypt", CiphertextBlob=blob, EncryptionContext=CONTEXT) == {
        "KeyId": key,
        "Plaintext": PLAINTEXT,
        "EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        "KeyMaterialId": material_of(service, key),
    }


def test_no_two_ciphertexts_are_equal(root: Caller, key: str) -> None:
    assert encrypt(root, key) != encrypt(root, key)


@pytest.mark.parametrize("form", ["id", "arn", "alias", "alias ARN"])
def test_every_way_to_name_a_key(root: Caller, key: str, form: str) -> None:
    name = forms(root, key)[form]
    blob = encrypt(root, name)
    assert root("Decrypt", CiphertextBlob=blob, KeyId=name)["KeyId"] == key
    answer = root("ReEncrypt", CiphertextBlob=blob, SourceKeyId=name, DestinationKeyId=name)
    assert (answer["SourceKeyId"], answer["KeyId"]) == (key, key)
    assert root("DescribeKey", KeyId=name)["KeyMetadata"]["Arn"] == key
    for operation in ("GenerateDataKey", "GenerateDataKeyWithoutPlaintext"):
        assert root(operation, KeyId=name, KeySpec="AES_128")["KeyId"] == key


@pytest.mark.parametrize("size", [1, 4096])
def test_sizes_of_plaintext(root: Caller, key: str, size: int) -> None:
    blob = encrypt(root, key, b"p" * size)
    assert root("Decrypt", CiphertextBlob=blob)["Plaintext"] == b"p" * size
    assert root("ReEncrypt", CiphertextBlob=blob, DestinationKeyId=key)["KeyId"] == key


@pytest.mark.parametrize(
    ("operation", "members", "refused"),
    [
        ("Encrypt", {"Plaintext": b""}, invalid_blob("plaintext", SHORT)),
        (
            "Encrypt",
            {"Plaintext": b"p" * 4097},
            invalid_blob("plaintext", "Member must have length less than or equal to 4096"),
        ),
        ("Encrypt", {}, missing("plaintext")),
        ("Encrypt", {"Plaintext": b"x", "KeyId": ""}, invalid("", "keyId", SHORT)),
        (
            "Encrypt",
            {"Plaintext": b"x", "EncryptionAlgorithm": "ROT13"},
            invalid(
                "ROT13",
                "encryptionAlgorithm",
                "Member must satisfy enum value set: [SYMMETRIC_DEFAULT, RSAES_OAEP_SHA_1, RSAES_OAEP_SHA_256, SM2PKE]",
            ),
        ),
        ("Decrypt", {"CiphertextBlob": b""}, invalid_blob("ciphertextBlob", SHORT)),
        (
            "Decrypt",
            {"CiphertextBlob": b"c" * 6145},
            invalid_blob("ciphertextBlob", "Member must have length less than or equal to 6144"),
        ),
        ("Decrypt", {}, missing("ciphertextBlob")),
        ("Decrypt", {"DryRun": True}, missing("ciphertextBlob")),
        ("ReEncrypt", {"CiphertextBlob": b"c"}, missing("destinationKeyId")),
        ("ReEncrypt", {"DestinationKeyId": "x"}, missing("ciphertextBlob")),
        ("Encrypt", {"Plaintext": b"c", "GrantTokens": ["t"] * 10}, NO_GRANT),
        ("DescribeKey", {"GrantTokens": ["t" * 8192]}, NO_GRANT),
        ("Decrypt", {"CiphertextBlob": b"c", "Recipient": {}}, NO_RECIPIENT),
        (
            "Decrypt",
            {"CiphertextBlob": b"c", "Recipient": {"AttestationDocument": b""}},
            invalid_blob("recipient.attestationDocument", SHORT),
        ),
        (
            "Decrypt",
            {"CiphertextBlob": b"c", "Recipient": {"KeyEncryptionAlgorithm": "ROT13"}},
            invalid(
                "ROT13",
                "recipient.keyEncryptionAlgorithm",
                "Member must satisfy enum value set: [RSAES_OAEP_SHA_256]",
            ),
        ),
    ],
)
def test_parameters_that_are_refused(
    root: Caller, key: str, operation: str, members: Mapping[str, object], refused: tuple[str, str]
) -> None:
    named = {"KeyId": key} if operation in {"Encrypt", "DescribeKey"} else {}
    assert root.refused(operation, **{**named, **members}) == refused


@pytest.mark.parametrize("tokens", [["t"] * 11, ["t", "t" * 8193], ["t", ""]])
def test_grant_tokens_out_of_bounds(root: Caller, key: str, tokens: list[str]) -> None:
    refused = root.refused("Encrypt", KeyId=key, Plaintext=b"x", GrantTokens=tokens)
    assert refused.code == "ValidationException"
    assert "at 'grantTokens' failed to satisfy constraint" in refused.message


def test_no_grant_tokens_are_fine(root: Caller, key: str) -> None:
    assert root("Encrypt", KeyId=key, Plaintext=b"x", GrantTokens=[])["KeyId"] == key


@pytest.mark.parametrize("algorithm", [{}, {"EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}])
def test_the_algorithm_of_a_symmetric_key(root: Caller, key: str, algorithm: dict[str, str]) -> None:
    blob = root("Encrypt", KeyId=key, Plaintext=b"x", **algorithm)["CiphertextBlob"]
    assert root("Decrypt", CiphertextBlob=blob, **algorithm)["EncryptionAlgorithm"] == "SYMMETRIC_DEFAULT"


def test_algorithms_of_other_keys(root: Caller, key: str) -> None:
    blob = encrypt(root, key)
    assert root.refused("Encrypt", KeyId=key, Plaintext=b"x", EncryptionAlgorithm=RSA) == RSA_REFUSED
    assert root.refused("Decrypt", CiphertextBlob=blob, EncryptionAlgorithm=RSA) == RSA_REFUSED
    for member in ("SourceEncryptionAlgorithm", "DestinationEncryptionAlgorithm"):
        refused = root.refused("ReEncrypt", CiphertextBlob=blob, DestinationKeyId=key, **{member: RSA})
        assert refused == RSA_REFUSED


def test_a_key_of_another_usage(service: InProcess, root: Caller, key: str) -> None:
    good = root.key()
    blob, good_blob = encrypt(root, key), encrypt(root, good)
    service.write(key, key_usage="SIGN_VERIFY")

    def refused(operation: str) -> tuple[str, str]:
        text = f"{key} key usage is SIGN_VERIFY which is not valid for {operation}."
        return ("InvalidKeyUsageException", text)

    assert root.refused("Encrypt", KeyId=key, Plaintext=b"x") == refused("Encrypt")
    assert root.refused("Decrypt", CiphertextBlob=blob) == refused("Decrypt")
    assert root.refused("ReEncrypt", CiphertextBlob=blob, DestinationKeyId=good) == refused("ReEncrypt")
    assert root.refused("ReEncrypt", CiphertextBlob=good_blob, DestinationKeyId=key) == refused("ReEncrypt")
    for operation in ("GenerateDataKey", "GenerateDataKeyWithoutPlaintext"):
        assert root.refused(operation, KeyId=key, KeySpec="AES_256") == refused(operation)
    root("DisableKey", KeyId=key)
    assert root.refused("Encrypt", KeyId=key, Plaintext=b"x").code == "DisabledException"


@pytest.mark.parametrize(
    ("made", "given"),
    [
        ({"a": "bc"}, {"ab": "c"}),
        ({"a": "b"}, {"a": "B"}),
        ({"a": "b"}, {"A": "b"}),
        ({"a": "b"}, {"a": "b", "c": "d"}),
        ({"a": "b", "c": "d"}, {"a": "b"}),
        ({"a": "b"}, {}),
        ({}, {"a": "b"}),
        ({"a": ""}, {}),
        ({"": "a"}, {"a": ""}),
    ],
)
def test_another_encryption_context(root: Caller, key: str, made: dict[str, str], given: dict[str, str]) -> None:
    blob = encrypt(root, key, EncryptionContext=made)
    assert root.refused("Decrypt", CiphertextBlob=blob, EncryptionContext=given) == BAD_CIPHERTEXT
    refused = root.refused("ReEncrypt", CiphertextBlob=blob, SourceEncryptionContext=given, DestinationKeyId=key)
    assert refused == BAD_CIPHERTEXT


def test_the_order_of_an_encryption_context_does_not_matter(root: Caller, key: str) -> None:
    blob = encrypt(root, key, EncryptionContext={"a": "1", "b": "2"})
    assert root("Decrypt", CiphertextBlob=blob, EncryptionContext={"b": "2", "a": "1"})["Plaintext"] == PLAINTEXT


def test_an_empty_context_is_none(root: Caller, key: str) -> None:
    assert root("Decrypt", CiphertextBlob=encrypt(root, key, EncryptionContext={}))["Plaintext"] == PLAINTEXT


@given(
    context=st.dictionaries(st.text(max_size=20), st.text(max_size=20), max_size=5),
    plaintext=st.binary(min_size=1, max_size=4096),
)
def test_any_context_and_plaintext(shared_service: InProcess, context: dict[str, str], plaintext: bytes) -> None:
    root = shared_service.root()
    key = root.key()
    blob = encrypt(root, key, plaintext, EncryptionContext=context)
    assert root("Decrypt", CiphertextBlob=blob, EncryptionContext=context)["Plaintext"] == plaintext


def test_a_blob_with_any_flipped_bit_is_refused(root: Caller, key: str) -> None:
    blob = encrypt(root, key, b"x")
    for position in range(len(blob) * 8):
        flipped = bytearray(blob)
        flipped[position // 8] ^= 1 << position % 8
        refused = root.refused("Decrypt", CiphertextBlob=bytes(flipped))
        named = root.refused("Decrypt", CiphertextBlob=bytes(flipped), KeyId=key)
        # A changed account or key id names a key that is not there.
        names_key = position // 8 in range(1, 24)
        assert refused == BAD_CIPHERTEXT or (names_key and refused.code == "AccessDeniedException"), position
        assert named == BAD_CIPHERTEXT or (names_key and named == INCORRECT_KEY), position


@pytest.mark.parametrize("blob", [b"x", b"\x00" * 200, b"\x01" * 50])
def test_what_is_no_blob(root: Caller, key: str, blob: bytes) -> None:
    assert root.refused("Decrypt", CiphertextBlob=blob) == BAD_CIPHERTEXT
    assert root.refused("Decrypt", CiphertextBlob=blob, KeyId=key) == BAD_CIPHERTEXT
    assert root.refused("ReEncrypt", CiphertextBlob=blob, DestinationKeyId=key) == BAD_CIPHERTEXT
    assert root.refused("ReEncrypt", CiphertextBlob=blob, SourceKeyId=key, DestinationKeyId=key) == BAD_CIPHERTEXT


def test_a_blob_cut_short_or_made_longer(root: Caller, key: str) -> None:
    blob = encrypt(root, key)
    for changed in (blob[:-1], blob + b"\0", blob[: HEADER_SIZE + 40], blob[:HEADER_SIZE]):
        assert root.refused("Decrypt", CiphertextBlob=changed) == BAD_CIPHERTEXT


def test_a_blob_of_another_key(root: Caller, key: str) -> None:
    blob, second = encrypt(root, key), root.key()
    assert root.refused("Decrypt", CiphertextBlob=blob, KeyId=second) == INCORRECT_KEY
    refused = root.refused("ReEncrypt", CiphertextBlob=blob, SourceKeyId=second, DestinationKeyId=key)
    assert refused == INCORRECT_KEY
    with pytest.raises(root.client.exceptions.IncorrectKeyException):
        root("Decrypt", CiphertextBlob=blob, KeyId=second)


def test_a_blob_of_another_region(service: InProcess, root: Caller, key: str) -> None:
    elsewhere = service.root(OTHER_REGION)
    refused = denied(ROOT, "kms:Decrypt", f"on the resource associated with this ciphertext {HIDDEN}")
    assert elsewhere.refused("Decrypt", CiphertextBlob=encrypt(root, key)) == refused


def test_re_encrypt(service: InProcess, root: Caller, key: str) -> None:
    destination = root.key()
    blob = encrypt(root, key, EncryptionContext=CONTEXT)
    answer = root(
        "ReEncrypt",
        CiphertextBlob=blob,
        SourceEncryptionContext=CONTEXT,
        SourceEncryptionAlgorithm="SYMMETRIC_DEFAULT",
        DestinationKeyId=destination,
        DestinationEncryptionContext={"new": "context"},
        DestinationEncryptionAlgorithm="SYMMETRIC_DEFAULT",
    )
    new = answer.pop("CiphertextBlob")
    assert answer == {
        "SourceKeyId": key,
        "KeyId": destination,
        "SourceEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        "DestinationEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        "SourceKeyMaterialId": material_of(service, key),
        "DestinationKeyMaterialId": material_of(service, destination),
    }
    decrypted = root("Decrypt", CiphertextBlob=new, EncryptionContext={"new": "context"})
    assert (decrypted["KeyId"], decrypted["Plaintext"]) == (destination, PLAINTEXT)
    assert root.refused("Decrypt", CiphertextBlob=new, EncryptionContext=CONTEXT) == BAD_CIPHERTEXT


def test_re_encrypt_looks_at_the_source_first(root: Caller, key: str) -> None:
    destination = root.key()
    blob = encrypt(root, key)
    gone = key[:-12] + "0" * 12
    refused = root.refused("ReEncrypt", CiphertextBlob=b"x", DestinationKeyId=gone)
    assert refused == BAD_CIPHERTEXT
    assert root.refused("ReEncrypt", CiphertextBlob=blob, DestinationKeyId=gone) == no_key(gone)
    root("DisableKey", KeyId=key)
    root("DisableKey", KeyId=destination)
    refused = root.refused("ReEncrypt", CiphertextBlob=blob, DestinationKeyId=destination)
    assert refused == ("DisabledException", f"{key} is disabled.")
    root("EnableKey", KeyId=key)
    refused = root.refused("ReEncrypt", CiphertextBlob=blob, DestinationKeyId=destination)
    assert refused == ("DisabledException", f"{destination} is disabled.")


def requests(root: Caller, key: str) -> dict[str, dict[str, Any]]:
    """Give a good request of each operation that has a dry run."""
    blob = encrypt(root, key)
    return {
        "Encrypt": {"KeyId": key, "Plaintext": b"x"},
        "Decrypt": {"CiphertextBlob": blob},
        "ReEncrypt": {"CiphertextBlob": blob, "DestinationKeyId": key},
        "GenerateDataKey": {"KeyId": key, "KeySpec": "AES_256"},
        "GenerateDataKeyWithoutPlaintext": {"KeyId": key, "KeySpec": "AES_256"},
    }


def test_a_dry_run_never_succeeds(root: Caller, key: str) -> None:
    for operation, members in requests(root, key).items():
        assert root.refused(operation, **members, DryRun=True) == DRY_RUN
        assert root(operation, **members, DryRun=False)["KeyId"] == key
        with pytest.raises(root.client.exceptions.DryRunOperationException):
            root(operation, **members, DryRun=True)


def test_a_dry_run_tells_the_true_error(service: InProcess, root: Caller, key: str) -> None:
    asked = requests(root, key)
    assert root.refused("Decrypt", CiphertextBlob=b"x", DryRun=True) == BAD_CIPHERTEXT
    assert root.refused("Encrypt", **asked["Encrypt"], EncryptionAlgorithm=RSA, DryRun=True) == RSA_REFUSED
    root("DisableKey", KeyId=key)
    for operation, members in asked.items():
        assert root.refused(operation, **members, DryRun=True) == ("DisabledException", f"{key} is disabled.")
    service.write_policy(key, allow(action="kms:Put*"))
    for operation, members in asked.items():
        assert root.refused(operation, **members, DryRun=True).code == "AccessDeniedException"


@pytest.mark.parametrize("blob", [{}, {"CiphertextBlob": b"nonsense"}])
def test_a_dry_run_may_ignore_the_ciphertext(root: Caller, key: str, blob: dict[str, bytes]) -> None:
    assert root.refused("Decrypt", KeyId=key, DryRun=True, **IGNORE, **blob) == DRY_RUN
    asked = {"SourceKeyId": key, "DestinationKeyId": key, "DryRun": True, **IGNORE, **blob}
    assert root.refused("ReEncrypt", **asked) == DRY_RUN
    root("DisableKey", KeyId=key)
    disabled = ("DisabledException", f"{key} is disabled.")
    assert root.refused("Decrypt", KeyId=key, DryRun=True, **IGNORE, **blob) == disabled
    assert root.refused("ReEncrypt", **asked) == disabled


def test_ignoring_the_ciphertext_ignores_which_key_made_it(root: Caller, key: str) -> None:
    blob = encrypt(root, root.key())
    assert root.refused("Decrypt", KeyId=key, CiphertextBlob=blob, DryRun=True, **IGNORE) == DRY_RUN
    assert root.refused("Decrypt", KeyId=key, CiphertextBlob=blob, DryRun=True) == INCORRECT_KEY


@pytest.mark.parametrize("dry_run", [{}, {"DryRun": False}])
def test_only_a_dry_run_may_ignore_the_ciphertext(root: Caller, key: str, dry_run: dict[str, bool]) -> None:
    refused = ("ValidationException", "DryRunModifiers can only be specified when DryRun is true.")
    blob = encrypt(root, key)
    assert root.refused("Decrypt", KeyId=key, CiphertextBlob=blob, **IGNORE, **dry_run) == refused
    asked = {"SourceKeyId": key, "DestinationKeyId": key, "CiphertextBlob": blob, **IGNORE, **dry_run}
    assert root.refused("ReEncrypt", **asked) == refused


def test_whoever_ignores_the_ciphertext_must_name_the_key(root: Caller, key: str) -> None:
    refused = ("ValidationException", "A key ID must be specified when the ciphertext is ignored.")
    blob = encrypt(root, key)
    assert root.refused("Decrypt", CiphertextBlob=blob, DryRun=True, **IGNORE) == refused
    asked = {"DestinationKeyId": key, "CiphertextBlob": blob, "DryRun": True, **IGNORE}
    assert root.refused("ReEncrypt", **asked) == refused


def test_modifiers_of_a_dry_run(root: Caller, key: str) -> None:
    refused = root.refused("Decrypt", KeyId=key, DryRun=True, DryRunModifiers=["IGNORE_ALL"])
    assert refused.code == "ValidationException"
    assert "enum value set: [IGNORE_CIPHERTEXT]" in refused.message
    blob = encrypt(root, key)
    assert root("Decrypt", CiphertextBlob=blob, DryRunModifiers=[])["Plaintext"] == PLAINTEXT


class TestAcrossAccounts:
    """The owner's key policy and the caller's own account must both allow."""

    @pytest.fixture
    def shared(self, service: InProcess, key: str, other: Caller) -> str:
        """Give a key that the other account may use."""
        assert other
        service.write_policy(key, allow(), allow(f"arn:aws:iam::{OTHER_ACCOUNT}:root"))
        return key

    def test_a_shared_key_may_be_used(self, root: Caller, shared: str, other: Caller) -> None:
        alias_arn = forms(root, shared)["alias ARN"]
        for name in (shared, alias_arn):
            blob = encrypt(other, name)
            assert root("Decrypt", CiphertextBlob=blob)["Plaintext"] == PLAINTEXT
            assert other("Decrypt", CiphertextBlob=blob)["KeyId"] == shared
            assert other("Decrypt", CiphertextBlob=blob, KeyId=name)["KeyId"] == shared
            own = other.key()
            answer = other("ReEncrypt", CiphertextBlob=blob, DestinationKeyId=own)
            assert (answer["SourceKeyId"], answer["KeyId"]) == (shared, own)
            answer = other("ReEncrypt", CiphertextBlob=encrypt(other, own), DestinationKeyId=name)
            assert (answer["SourceKeyId"], answer["KeyId"]) == (own, shared)

    def test_a_key_of_another_account_has_to_be_named_by_arn(self, root: Caller, shared: str, other: Caller) -> None:
        key_id = place_of(shared).key_id
        assert other.refused("Encrypt", KeyId=key_id, Plaintext=b"x") == no_key(shared.replace(ACCOUNT, OTHER_ACCOUNT))
        alias = new_alias(root, shared)
        arn = f"{shared.split(':key/', maxsplit=1)[0]}:{alias}".replace(ACCOUNT, OTHER_ACCOUNT)
        assert other.refused("Encrypt", KeyId=alias, Plaintext=b"x") == no_alias(arn)

    def test_a_key_that_is_not_shared_is_hidden(self, root: Caller, key: str, other: Caller) -> None:
        user = f"arn:aws:iam::{OTHER_ACCOUNT}:root"
        alias_arn = forms(root, key)["alias ARN"]
        gone = key[:-12] + "0" * 12
        for name in (key, alias_arn, gone, alias_arn + "x", key.split(":key/", maxsplit=1)[0] + ":key/rubbish"):
            refused = other.refused("Encrypt", KeyId=name, Plaintext=b"x")
            assert refused == denied(user, "kms:Encrypt", f"on this resource {HIDDEN}")

    def test_a_denied_key_is_hidden_too(self, service: InProcess, shared: str, other: Caller) -> None:
        user = f"arn:aws:iam::{OTHER_ACCOUNT}:root"
        service.write_policy(shared, allow(), allow(user), deny("*"))
        refused = other.refused("Encrypt", KeyId=shared, Plaintext=b"x")
        assert refused == denied(user, "kms:Encrypt", f"on this resource {HIDDEN}")

    def test_ciphertexts_of_a_hidden_key(self, root: Caller, key: str, other: Caller) -> None:
        user = f"arn:aws:iam::{OTHER_ACCOUNT}:root"
        blob, own = encrypt(root, key), other.key()
        by_blob = f"on the resource associated with this ciphertext {HIDDEN}"
        assert other.refused("Decrypt", CiphertextBlob=blob) == denied(user, "kms:Decrypt", by_blob)
        refused = other.refused("ReEncrypt", CiphertextBlob=blob, DestinationKeyId=own)
        assert refused == denied(user, "kms:ReEncryptFrom", by_blob)
        refused = other.refused("Decrypt", CiphertextBlob=blob, KeyId=key)
        assert refused == denied(user, "kms:Decrypt", f"on this resource {HIDDEN}")
        blob = encrypt(other, own)
        refused = other.refused("ReEncrypt", CiphertextBlob=blob, DestinationKeyId=key)
        assert refused == denied(user, "kms:ReEncryptTo", f"on this resource {HIDDEN}")


def test_a_policy_that_names_the_account_by_its_id(root: Caller, other: Caller) -> None:
    key = root.key(Policy=policy(allow(), allow(OTHER_ACCOUNT, ["kms:Encrypt"])))
    assert other("Encrypt", KeyId=key, Plaintext=b"x")["KeyId"] == key
    assert isinstance(other.refused("GenerateDataKey", KeyId=key, KeySpec="AES_256"), Refused)


@pytest.mark.parametrize(
    ("operation", "member"),
    [
        ("Encrypt", "EncryptionContext"),
        ("Decrypt", "EncryptionContext"),
        ("ReEncrypt", "SourceEncryptionContext"),
        ("ReEncrypt", "DestinationEncryptionContext"),
        ("GenerateDataKey", "EncryptionContext"),
        ("GenerateDataKeyWithoutPlaintext", "EncryptionContext"),
    ],
)
def test_an_encryption_context_has_at_most_8_kib(service: InProcess, root: Caller, operation: str, member: str) -> None:
    members = prepare(root, operation).members
    longest = {"k" * 92: "é" * 4050}
    code = root.refused(operation, **{**members, member: longest, "DryRun": True}).code
    assert code in {"DryRunOperationException", "InvalidCiphertextException"}
    refused = root.refused(operation, **{**members, member: {**longest, "a": ""}, "DryRun": True})
    assert refused == ("ValidationException", "The encryption context is longer than 8192 bytes.")
    assert "requestParameters" not in service.records[-1] or service.records[-1]["requestParameters"] is None
    many = {str(number): "" for number in range(129)}
    refused = root.refused(operation, **{**members, member: many, "DryRun": True})
    assert refused == ("ValidationException", "The encryption context has more than 128 pairs.")
