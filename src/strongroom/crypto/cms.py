"""Answers for a recipient: CMS EnvelopedData for one RSA public key.

Sources: RFC 5652, section 6 (EnvelopedData), RFC 3560 and RFC 4055 (RSAES-OAEP), RFC 3565 (AES-CBC). The form is the
one that AWS KMS gives as CiphertextForRecipient: AES-256-CBC, its key by RSAES-OAEP with SHA-256, the recipient named
by the identifier of its key. The standard's CBC mode does not authenticate; the channel to the recipient has to.
"""

import os

from asn1crypto import algos, cms, core  # type: ignore[import-untyped]  # the package has no type information
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import padding as block_padding
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key
from cryptography.x509 import SubjectKeyIdentifier

_KEY_SIZE = 32
_MIN_MODULUS_BITS = 2048
_MAX_MODULUS_BITS = 4096


def load_recipient_key(der: bytes) -> rsa.RSAPublicKey:
    """Read a recipient's SubjectPublicKeyInfo. Raises ValueError unless it is an RSA key of 2048 to 4096 bits."""
    try:
        key = load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("not a public key in DER") from None
    if not isinstance(key, rsa.RSAPublicKey) or not _MIN_MODULUS_BITS <= key.key_size <= _MAX_MODULUS_BITS:
        raise ValueError("not an RSA public key of 2048 to 4096 bits")
    if key.public_numbers().n % 2 == 0:
        raise ValueError("not an RSA modulus")
    return key


def envelop(public_key_der: bytes, plaintext: bytes) -> bytes:
    """Encrypt for the holder of a key (SubjectPublicKeyInfo); gives a ContentInfo in DER.

    Raises ValueError for a key that `load_recipient_key` refuses.
    """
    public_key = load_recipient_key(public_key_der)
    key, iv = os.urandom(_KEY_SIZE), os.urandom(algorithms.AES.block_size // 8)
    content = {
        "version": "v2",
        "recipient_infos": [cms.RecipientInfo(name="ktri", value=_recipient(public_key, key))],
        "encrypted_content_info": {
            "content_type": "data",
            "content_encryption_algorithm": {"algorithm": "aes256_cbc", "parameters": iv},
            "encrypted_content": _encrypt(key, iv, plaintext),
        },
    }
    info = cms.ContentInfo({"content_type": "enveloped_data", "content": cms.EnvelopedData(content)})
    encoded: bytes = info.dump()
    return encoded


def _recipient(public_key: rsa.RSAPublicKey, key: bytes) -> cms.KeyTransRecipientInfo:
    oaep = padding.OAEP(mgf=padding.MGF1(SHA256()), algorithm=SHA256(), label=None)
    return cms.KeyTransRecipientInfo(
        {
            "version": "v2",
            "rid": cms.RecipientIdentifier(
                name="subject_key_identifier", value=SubjectKeyIdentifier.from_public_key(public_key).digest
            ),
            "key_encryption_algorithm": {"algorithm": "rsaes_oaep", "parameters": _oaep_parameters()},
            "encrypted_key": public_key.encrypt(key, oaep),
        }
    )


def _oaep_parameters() -> algos.RSAESOAEPParams:
    sha256 = {"algorithm": "sha256", "parameters": core.Null()}
    return algos.RSAESOAEPParams(
        {"hash_algorithm": sha256, "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": sha256}}
    )


def _encrypt(key: bytes, iv: bytes, plaintext: bytes) -> bytes:
    padder = block_padding.PKCS7(algorithms.AES.block_size).padder()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return encryptor.update(padder.update(plaintext) + padder.finalize()) + encryptor.finalize()
