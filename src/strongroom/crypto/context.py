"""Strings as additional authenticated data, above all the encryption context.

The encoding is injective: pairs sorted by the UTF-8 bytes of their keys, every string preceded by its length in bytes
(4 bytes, big-endian) and all of it by the number of pairs. So no two contexts, and no context and its absence, share
one encoding, except the empty context and none, which AWS KMS holds to be equal.
"""

from collections.abc import Iterable, Mapping

_LENGTH_SIZE = 4


def _field(text: str) -> bytes:
    data = text.encode()
    return len(data).to_bytes(_LENGTH_SIZE) + data


def encode_fields(fields: Iterable[str]) -> bytes:
    """Encode a row of strings injectively: the UTF-8 bytes of each after their length in 4 bytes."""
    return b"".join(_field(field) for field in fields)


def encode_context(context: Mapping[str, str] | None) -> bytes:
    """Encode an encryption context. The strings must be valid Unicode, as decoded JSON is."""
    if not context:
        return bytes(_LENGTH_SIZE)
    # UTF-8 keeps code point order, so sorting the strings sorts their bytes.
    pairs = sorted(context.items())
    return len(pairs).to_bytes(_LENGTH_SIZE) + encode_fields(text for pair in pairs for text in pair)
