"""Sign and Verify, with the client's side done by `cryptography`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from strongroom.crypto.algorithms import SIGNING_ALGORITHMS
from strongroom.crypto.specs import KEY_SPECS

if TYPE_CHECKING:
    from tests.support.in_process import Caller, InProcess

MESSAGE: Final = b"a message"
# The other RSA keys differ in their size only, and take long to make.
SPECS: Final = [
    name for name, spec in KEY_SPECS.items() if "SIGN_VERIFY" in spec.usages and name not in {"RSA_3072", "RSA_4096"}
]


def new_key(root: Caller, spec: str = "ECC_NIST_P256") -> str:
    return root.key(KeySpec=spec, KeyUsage="SIGN_VERIFY")


def flipped(signature: bytes) -> bytes:
    return signature[:-1] + bytes([signature[-1] ^ 1])


@pytest.mark.parametrize("spec", SPECS)
def test_each_spec_signs_with_each_of_its_algorithms(root: Caller, spec: str) -> None:
    key = new_key(root, spec)
    metadata = root("DescribeKey", KeyId=key)["KeyMetadata"]
    assert metadata["SigningAlgorithms"] == list(KEY_SPECS[spec].usages["SIGN_VERIFY"])
    for algorithm in metadata["SigningAlgorithms"]:
        for message_type, size in SIGNING_ALGORITHMS[algorithm].sizes.items():
            members = {
                "KeyId": key,
                "Message": MESSAGE if size is None else bytes(size),
                "MessageType": message_type,
                "SigningAlgorithm": algorithm,
            }
            signed = root("Sign", **members)
            assert (signed["KeyId"], signed["SigningAlgorithm"]) == (key, algorithm)
            verified = root("Verify", **members, Signature=signed["Signature"])
            assert verified == {"KeyId": key, "SignatureValid": True, "SigningAlgorithm": algorithm}
            wrong = flipped(signed["Signature"])
            assert root.refused("Verify", **members, Signature=wrong) == ("KMSInvalidSignatureException", "")


@pytest.mark.parametrize("spec", SPECS)
def test_algorithms_of_other_specs_are_refused(root: Caller, service: InProcess, spec: str) -> None:
    key = new_key(root, spec)
    for algorithm in SIGNING_ALGORITHMS.keys() - set(KEY_SPECS[spec].usages["SIGN_VERIFY"]):
        refused = root.refused("Sign", KeyId=key, Message=MESSAGE, SigningAlgorithm=algorithm)
        text = f"Algorithm {algorithm} is incompatible with key spec {spec}."
        assert refused == ("InvalidKeyUsageException", text)
    assert service.kept(key).key_spec == spec


LENGTH: Final = "{} is invalid length for algorithm {}."
TYPE: Final = "MessageType {} is not compatible with algorithm {}."


@pytest.mark.parametrize(
    ("spec", "algorithm", "message_type", "size", "text"),
    [
        ("RSA_2048", "RSASSA_PSS_SHA_256", "DIGEST", 31, LENGTH.format("Digest", "RSASSA_PSS_SHA_256")),
        ("ECC_NIST_P384", "ECDSA_SHA_384", "DIGEST", 32, LENGTH.format("Digest", "ECDSA_SHA_384")),
        ("ML_DSA_44", "ML_DSA_SHAKE_256", "EXTERNAL_MU", 63, LENGTH.format("Message", "ML_DSA_SHAKE_256")),
        ("ML_DSA_44", "ML_DSA_SHAKE_256", "DIGEST", 64, TYPE.format("DIGEST", "ML_DSA_SHAKE_256")),
        ("ECC_NIST_EDWARDS25519", "ED25519_SHA_512", "DIGEST", 64, TYPE.format("DIGEST", "ED25519_SHA_512")),
        ("ECC_NIST_EDWARDS25519", "ED25519_PH_SHA_512", "RAW", 64, TYPE.format("RAW", "ED25519_PH_SHA_512")),
    ],
)
def test_messages_that_an_algorithm_does_not_take(  # noqa: PLR0913, PLR0917 - the columns of a case
    root: Caller, spec: str, algorithm: str, message_type: str, size: int, text: str
) -> None:
    members: dict[str, Any] = {
        "KeyId": new_key(root, spec),
        "Message": bytes(size),
        "MessageType": message_type,
        "SigningAlgorithm": algorithm,
    }
    assert root.refused("Sign", **members) == ("ValidationException", text)
    assert root.refused("Verify", **members, Signature=b"x") == ("ValidationException", text)


def test_keys_of_another_usage(root: Caller, key: str) -> None:
    text = f"{key} key usage is ENCRYPT_DECRYPT which is not valid for Sign."
    refused = root.refused("Sign", KeyId=key, Message=b"x", SigningAlgorithm="ECDSA_SHA_256")
    assert refused == ("InvalidKeyUsageException", text)


def test_material_that_does_not_open(service: InProcess, root: Caller) -> None:
    key = new_key(root)
    with service.store.change() as change:
        place = service.kept(key).place
        change.keys.update_material(place, service.kept(key).current_material_id or "", wrapped=b"x" * 64)
    refused = root.refused("Sign", KeyId=key, Message=b"x", SigningAlgorithm="ECDSA_SHA_256")
    assert refused == ("KMSInternalException", "The key material cannot be read.")


def test_a_dry_run(root: Caller) -> None:
    key = new_key(root)
    refused = root.refused("Sign", KeyId=key, Message=b"x", SigningAlgorithm="ECDSA_SHA_256", DryRun=True)
    assert refused.code == "DryRunOperationException"
