"""The members of an attestation document, before anything of it is trusted.

Sources: AWS Nitro Enclaves, "Verifying the root of trust"; Amazon EC2, "Validate a NitroTPM Attestation Document". Both
kinds of document have the same members but for the name of the map of registers (PCRs).
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from strongroom.crypto.cose import decode_cbor

_PCR_SIZES = (32, 48, 64)

_Certificate = Annotated[bytes, Meta(min_length=1, max_length=1024)]
_Data = Annotated[bytes, Meta(max_length=512)]
_Pcrs = Annotated[dict[Annotated[int, Meta(ge=0, lt=32)], bytes], Meta(min_length=1)]


class Payload(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The members as they are signed; null stands for an optional one that was not given.

    Attributes:
        timestamp: milliseconds since 1970.
        certificate: of the key that signed the document, in DER.
        cabundle: its issuers, the root first, in DER.
        pcrs: the registers of an enclave.
        nitrotpm_pcrs: the registers of a NitroTPM; a document has one of the two.
        public_key: in DER.
    """

    module_id: Annotated[str, Meta(min_length=1)]
    timestamp: Annotated[int, Meta(gt=0)]
    digest: Literal["SHA384"]
    certificate: _Certificate
    cabundle: Annotated[list[_Certificate], Meta(min_length=1)]
    pcrs: _Pcrs | None = None
    nitrotpm_pcrs: _Pcrs | None = None
    public_key: Annotated[bytes, Meta(min_length=1, max_length=1024)] | None = None
    user_data: _Data | None = None
    nonce: _Data | None = None

    @property
    def registers(self) -> dict[int, bytes]:
        """The registers of whichever kind the document is."""
        return self.pcrs or self.nitrotpm_pcrs or {}


def decode_payload(encoded: bytes) -> Payload:
    """Read the members. Raises ValueError when one is missing, unknown or not as specified."""
    # The hypervisor writes the outermost map with an indefinite length.
    members = decode_cbor(encoded, allow_indefinite=True)
    try:
        payload = msgspec.convert(members, Payload, builtin_types=(bytes,))
    except msgspec.ValidationError:
        # What msgspec says of unknown members quotes the document.
        raise ValueError("its members are not as specified") from None
    if (payload.pcrs is None) == (payload.nitrotpm_pcrs is None):
        raise ValueError("it must have the PCRs either of an enclave or of a NitroTPM")
    if any(len(pcr) not in _PCR_SIZES for pcr in payload.registers.values()):
        raise ValueError("a PCR has 32, 48 or 64 bytes")
    return payload
