"""The root key in a hardware module: an AES-256 key of a PKCS#11 token, which never leaves it.

Its file holds one line, `strongroom-pkcs11-root-key-1 ` and a PKCS#11 URI (RFC 7512) that says where the key is. The
file is no secret, but without it the key must be named anew.

AES-GCM with random IVs of 96 bits is safe for 2^32 messages under one key (SP 800-38D, section 8.3). The root key
wraps store keys alone, of which there are few.
"""

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Self
from urllib.parse import parse_qs, quote, unquote, unquote_to_bytes

import msgspec

from strongroom.crypto.context import encode_fields
from strongroom.custody.pkcs11_errors import TokenError
from strongroom.custody.pkcs11_keys import KeyName
from strongroom.custody.pkcs11_token import GCM_IV_SIZE, Pkcs11Token
from strongroom.custody.root_key import RootKeyError
from strongroom.custody.root_key_file import damaged

FORMAT = "strongroom-pkcs11-root-key-1"
DEFAULT_KEY_LABEL = "strongroom-root-key"
_SCHEME = "pkcs11:"
_ID_LABEL = "strongroom pkcs11 root key id v1"
_ID_SIZE = 16


class Pkcs11Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where a root key is: module, label of the token, and name of the key with its CKA_ID."""

    module: Path
    token: str
    key: str
    key_id: bytes

    @classmethod
    def parse(cls, line: str, path: Path) -> Self:
        """Read the line of a file. Raises RootKeyError when it is damaged."""
        _, _, uri = line.partition(" ")
        place, _, query = uri.removeprefix(_SCHEME).partition("?")
        parts = dict(each.split("=", 1) for each in place.split(";") if "=" in each)
        modules = parse_qs(query).get("module-path", [])
        if not uri.startswith(_SCHEME) or set(parts) != {"token", "object", "id", "type"} or len(modules) != 1:
            raise damaged(path)
        return cls(
            module=Path(modules[0]),
            token=unquote(parts["token"]),
            key=unquote(parts["object"]),
            key_id=unquote_to_bytes(parts["id"]),
        )

    @property
    def line(self) -> str:
        """The line of the file."""
        return f"{FORMAT} {self.uri}"

    @property
    def uri(self) -> str:
        """The PKCS#11 URI."""
        key_id = "".join(f"%{byte:02X}" for byte in self.key_id)
        return (
            f"{_SCHEME}token={quote(self.token, safe='')};object={quote(self.key, safe='')};id={key_id};type=secret-key"
            f"?module-path={quote(str(self.module))}"
        )

    @property
    def id(self) -> str:
        """Name of the root key: of label and id of the key, as the key itself tells nothing."""
        named = encode_fields((_ID_LABEL, self.key, self.key_id.hex()))
        return hashlib.sha256(named).digest()[:_ID_SIZE].hex()

    @property
    def name(self) -> KeyName:
        """The key's name on its token."""
        return KeyName(label=self.key, id=self.key_id)


class Pkcs11RootKey:
    """A root key on a token. It may be passed on to forked processes, each of which logs in by itself.

    It logs out after each use: there are few, all when a process starts.
    """

    def __init__(self, address: Pkcs11Address, pin: str) -> None:
        """Name the key. The token is asked when the key is first used."""
        self.id = address.id
        self._name = address.name
        self._token = Pkcs11Token(address.module, address.token, pin)

    def wrap(self, secret: bytes, aad: bytes) -> bytes:
        """Encrypt by AES-256-GCM on the token; gives IV (12 bytes), ciphertext, tag (16 bytes). Raises RootKeyError."""
        iv = os.urandom(GCM_IV_SIZE)
        with _logged_in(self._token):
            return iv + self._token.encrypt(self._name, iv, secret, aad)

    def unwrap(self, wrapped: bytes, aad: bytes) -> bytes:
        """Decrypt on the token. Raises ValueError when `wrapped` is not authentic, and RootKeyError."""
        if len(wrapped) < GCM_IV_SIZE:
            raise ValueError("too short for a sealed message")
        with _logged_in(self._token):
            return self._token.decrypt(self._name, wrapped[:GCM_IV_SIZE], wrapped[GCM_IV_SIZE:], aad)


def choose_key(module: Path, token: str, label: str | None, pin: str) -> Pkcs11Address:
    """Take the key of a label, or make it where there is none; without a label always make one.

    Raises RootKeyError when there are several of the label, or the key could be read out.
    """
    opened = Pkcs11Token(module, token, pin)
    with _logged_in(opened):
        found = opened.find_aes_keys(label) if label else []
        if len(found) > 1:
            raise RootKeyError(f"token {token!r} holds more than one key {label!r}; give another label")
        name = found[0] if found else opened.generate_aes_key(label or DEFAULT_KEY_LABEL)
        opened.require_aes_key(name)
    return Pkcs11Address(module=module, token=token, key=name.label, key_id=name.id or b"")


@contextlib.contextmanager
def _logged_in(token: Pkcs11Token) -> Iterator[None]:
    try:
        yield
    except TokenError as error:
        raise RootKeyError(str(error)) from None
    finally:
        token.close()
