"""The root key under a passphrase: 32 random bytes, sealed under a key that Argon2id makes from the passphrase.

The file holds one line: `strongroom-passphrase-root-key-1`, the id of the root key, the parameters and the salt of
Argon2id (RFC 9106) in the notation of its encoded hashes, and the base64 of the sealed root key. As the root key
itself is random, another passphrase seals it anew and nothing that it wraps has to change.
"""

import base64
import binascii
import os
import re
import unicodedata
from pathlib import Path
from typing import Self

import msgspec
from argon2.low_level import ARGON2_VERSION, Type, hash_secret_raw

from strongroom.crypto.context import encode_fields
from strongroom.crypto.xaes import KEY_SIZE, XaesKey
from strongroom.custody.file_root_key import root_key_id
from strongroom.custody.root_key import RootKeyError
from strongroom.custody.root_key_file import damaged

FORMAT = "strongroom-passphrase-root-key-1"
# NIST SP 800-63B-4, section 3.1.1.1: the least for a password that nothing else stands beside.
SHORTEST_PASSPHRASE = 15

_SALT_SIZE = 16
_LINE = re.compile(
    rf"{FORMAT} (?P<id>[0-9a-f]{{32}}) "
    r"\$argon2id\$v=(?P<version>\d{1,3})\$m=(?P<memory>\d{1,8}),t=(?P<passes>\d{1,3}),p=(?P<lanes>\d{1,2})\$"
    r"(?P<salt>[A-Za-z0-9+/]+={0,2}) (?P<sealed>[A-Za-z0-9+/]+={0,2})",
    re.ASCII,
)


class Argon2Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What one guess costs: by default the second recommendation of RFC 9106, section 4.

    Attributes:
        memory: KiB.
        passes: number of passes over the memory.
        lanes: how many lanes can be worked on at once.
    """

    memory: int = 64 * 1024
    passes: int = 3
    lanes: int = 4


_LEAST = Argon2Cost(lanes=1)
_MOST = Argon2Cost(memory=4 * 1024 * 1024, passes=100, lanes=64)


class SealedRootKey(msgspec.Struct, frozen=True, kw_only=True):
    """A root key under a passphrase, as its file holds it.

    Attributes:
        id: id of the root key.
        cost: parameters of Argon2id.
        salt: 16 random bytes.
        sealed: the root key by XAES-256-GCM, with all of the above as additional data.
    """

    id: str
    cost: Argon2Cost
    salt: bytes
    sealed: bytes

    @classmethod
    def seal(cls, key: bytes, passphrase: str) -> Self:
        """Seal the 32 bytes of a root key. Raises RootKeyError for a passphrase that is too short."""
        if len(passphrase) < SHORTEST_PASSPHRASE:
            raise RootKeyError(f"the passphrase is too short: take {SHORTEST_PASSPHRASE} characters or more")
        new_id, cost, salt = root_key_id(key), Argon2Cost(), os.urandom(_SALT_SIZE)
        sealed = XaesKey(_derive(passphrase, cost, salt)).seal(key, _header(new_id, cost, salt))
        return cls(id=new_id, cost=cost, salt=salt, sealed=sealed)

    @classmethod
    def parse(cls, line: str, path: Path) -> Self:
        """Read the line of a file. Raises RootKeyError when it is damaged, or its parameters are out of bounds."""
        found = _LINE.fullmatch(line)
        if found is None:
            raise damaged(path)
        cost = Argon2Cost(memory=int(found["memory"]), passes=int(found["passes"]), lanes=int(found["lanes"]))
        if int(found["version"]) != ARGON2_VERSION or not _is_bearable(cost):
            raise damaged(path)
        try:
            salt, sealed = (base64.b64decode(found[each], validate=True) for each in ("salt", "sealed"))
        except binascii.Error:
            raise damaged(path) from None
        return cls(id=found["id"], cost=cost, salt=salt, sealed=sealed)

    @property
    def line(self) -> str:
        """The line of the file."""
        salt, sealed = (base64.b64encode(each).decode() for each in (self.salt, self.sealed))
        return f"{FORMAT} {self.id} {_notation(self.cost)}${salt} {sealed}"

    def open(self, passphrase: str) -> bytes:
        """Give the 32 bytes of the root key. Raises RootKeyError for a wrong passphrase."""
        try:
            key = XaesKey(_derive(passphrase, self.cost, self.salt)).open(
                self.sealed, _header(self.id, self.cost, self.salt)
            )
        except ValueError:
            raise RootKeyError(f"the passphrase does not open root key {self.id}; give the right one") from None
        if len(key) != KEY_SIZE:
            raise RootKeyError(f"root key {self.id} does not have {KEY_SIZE} bytes; restore its file from your copy")
        return key


def _is_bearable(cost: Argon2Cost) -> bool:
    # Less than is ever written would be somebody's weakening, and more than any machine has only stops the program.
    pairs = ((cost.memory, "memory"), (cost.passes, "passes"), (cost.lanes, "lanes"))
    return all(getattr(_LEAST, name) <= value <= getattr(_MOST, name) for value, name in pairs)


def _notation(cost: Argon2Cost) -> str:
    return f"$argon2id$v={ARGON2_VERSION}$m={cost.memory},t={cost.passes},p={cost.lanes}"


def _header(key_id: str, cost: Argon2Cost, salt: bytes) -> bytes:
    return encode_fields((FORMAT, key_id, _notation(cost), salt.hex()))


def _derive(passphrase: str, cost: Argon2Cost, salt: bytes) -> bytes:
    # Keyboards differ in how they compose letters with accents.
    text = unicodedata.normalize("NFC", passphrase).encode()
    return hash_secret_raw(text, salt, cost.passes, cost.memory, cost.lanes, KEY_SIZE, Type.ID)
