"""Attestation documents as the Nitro hypervisor signs them, under a root of the tests' own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

import cbor2
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA384
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

if TYPE_CHECKING:
    from collections.abc import Mapping

PCRS: Final = {index: bytes((index + 1,)) * 48 for index in (0, 1, 2, 4)} | {3: bytes(48), 8: bytes(48)}
_USAGES: Final = [
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
]


def key_usage(*granted: str) -> x509.KeyUsage:
    """Give the extension with the named usages."""
    return x509.KeyUsage(**{usage: usage in granted for usage in _USAGES})


class Issued(NamedTuple):
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def der(self) -> bytes:
        """The certificate as documents hold it."""
        return self.certificate.public_bytes(Encoding.DER)


class Form(NamedTuple):
    """What a certificate says and how it is made; by default that of an authority."""

    constraints: x509.BasicConstraints = x509.BasicConstraints(ca=True, path_length=None)
    usage: x509.KeyUsage = key_usage("key_cert_sign", "crl_sign", "digital_signature")
    extra: tuple[tuple[x509.ExtensionType, bool], ...] = ()
    lifetime: timedelta = timedelta(days=1)
    curve: ec.EllipticCurve = ec.SECP384R1()

    def with_path_length(self, length: int) -> Self:
        """Allow so many authorities between this one and the end."""
        return self._replace(constraints=x509.BasicConstraints(ca=True, path_length=length))


AUTHORITY: Final = Form()
SIGNER: Final = Form(x509.BasicConstraints(ca=False, path_length=None), key_usage("digital_signature"))


def issue(name: str, issuer: Issued | None = None, *, now: float, form: Form = AUTHORITY) -> Issued:
    """Make a certificate that is valid for its lifetime before and after now; without an issuer it signs itself."""
    key = ec.generate_private_key(form.curve)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    issuer_key = issuer.key if issuer else key
    moment = datetime.fromtimestamp(now, UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - form.lifetime)
        .not_valid_after(moment + form.lifetime)
        .add_extension(form.constraints, critical=True)
        .add_extension(form.usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    for extension, critical in form.extra:
        builder = builder.add_extension(extension, critical=critical)
    return Issued(builder.sign(issuer_key, SHA384()), key)


class Authority(NamedTuple):
    """The chain from a root to the certificate that signs documents."""

    path: tuple[Issued, ...]

    @property
    def root(self) -> x509.Certificate:
        """What a verifier is configured with."""
        return self.path[0].certificate

    @property
    def signer(self) -> Issued:
        """Whose key signs the documents."""
        return self.path[-1]


def new_authority(now: float) -> Authority:
    """Make a chain with the path lengths of AWS's: a root without one, three authorities, and the signer."""
    root = issue("aws.nitro-enclaves", now=now)
    regional = issue("region", root, now=now, form=AUTHORITY.with_path_length(2))
    zonal = issue("zone", regional, now=now, form=AUTHORITY.with_path_length(1))
    instance = issue("instance", zonal, now=now, form=AUTHORITY.with_path_length(0))
    return Authority((root, regional, zonal, instance, issue("enclave", instance, now=now, form=SIGNER)))


def payload_of(authority: Authority, public_key: bytes, now: float, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Give the members of a document of an enclave; those changed to `...` are left out."""
    members = {
        "module_id": "i-1234567890abcdef0-enc1234567890abcde",
        "digest": "SHA384",
        "timestamp": int(now * 1000),
        "pcrs": PCRS,
        "certificate": authority.signer.der,
        "cabundle": [issued.der for issued in authority.path[:-1]],
        "public_key": public_key,
        "user_data": None,
        "nonce": None,
    } | dict(changes)
    return {name: value for name, value in members.items() if value is not ...}


def sign(
    payload: bytes,
    key: ec.EllipticCurvePrivateKey,
    *,
    protected: bytes = b"\xa1\x01\x38\x22",
    unprotected: Mapping[Any, Any] = MappingProxyType({}),
    tagged: bool = False,
) -> bytes:
    """Make the COSE_Sign1 message of an encoded payload."""
    signed = cbor2.dumps(["Signature1", protected, b"", payload])
    r, s = decode_dss_signature(key.sign(signed, ec.ECDSA(SHA384())))
    message = [protected, dict(unprotected), payload, r.to_bytes(66)[-48:] + s.to_bytes(66)[-48:]]
    return cbor2.dumps(cbor2.CBORTag(18, message) if tagged else message)


def new_document(
    authority: Authority, public_key: bytes, now: float, changes: Mapping[str, Any] = MappingProxyType({})
) -> bytes:
    """Make a signed document; the changes are those of `payload_of`."""
    return sign(cbor2.dumps(payload_of(authority, public_key, now, changes)), authority.signer.key)


def public_key_der(key: rsa.RSAPrivateKey) -> bytes:
    """Give the public half as documents hold it."""
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
