"""Who keeps the root key: a file, a passphrase or a PKCS#11 token. The first word of the key's file tells which."""

import os
from pathlib import Path
from typing import Literal, Protocol

import msgspec

from strongroom.crypto.xaes import KEY_SIZE
from strongroom.custody import file_root_key, passphrase_root_key, pkcs11_root_key
from strongroom.custody.file_root_key import FileRootKey
from strongroom.custody.passphrase_root_key import SealedRootKey
from strongroom.custody.pkcs11_root_key import Pkcs11Address, Pkcs11RootKey, choose_key
from strongroom.custody.root_key import RootKey, RootKeyError
from strongroom.custody.root_key_file import damaged, read_line, write_line

Provider = Literal["file", "passphrase", "pkcs11"]

_PROVIDERS: dict[str, Provider] = {
    file_root_key.FORMAT: "file",
    passphrase_root_key.FORMAT: "passphrase",
    pkcs11_root_key.FORMAT: "pkcs11",
}


class RootKeySecrets(Protocol):
    """What opens a root key, asked for when it is needed; each method raises RootKeyError when it cannot be had."""

    def passphrase(self) -> str:
        """Give the passphrase of a root key that there is."""

    def new_passphrase(self) -> str:
        """Give the passphrase of a root key that is being made."""

    def pin(self, token: str) -> str:
        """Give the PIN of the token that holds a root key."""

    def new_pin(self, token: str) -> str:
        """Give the PIN of the token in which a root key is being made."""


class NoSecrets:
    """The secrets of somebody who has none: they suffice for a root key in a file."""

    def passphrase(self) -> str:
        """Give none."""
        raise RootKeyError("the root key is under a passphrase, which was not given")

    def pin(self, token: str) -> str:
        """Give none."""
        raise RootKeyError(f"the root key is on token {token!r}, whose PIN was not given")

    new_passphrase = passphrase
    new_pin = pin


class Pkcs11Choice(msgspec.Struct, frozen=True, kw_only=True):
    """A root key to be taken from a token, or to be made there.

    Attributes:
        module: path of the PKCS#11 module.
        token: label of the token.
        key: label of the key; it is made where there is none. None makes one in any case.
    """

    module: Path
    token: str
    key: str | None = None


NewRootKey = Literal["file", "passphrase"] | Pkcs11Choice


class RootKeyDescription(msgspec.Struct, frozen=True, kw_only=True):
    """What the file of a root key tells without any secret.

    Attributes:
        provider: who keeps the key.
        id: id of the root key.
        address: where the key is, for a token.
    """

    provider: Provider
    id: str
    address: Pkcs11Address | None = None


def provider_of(new: NewRootKey) -> Provider:
    """Tell who will keep a new root key."""
    return "pkcs11" if isinstance(new, Pkcs11Choice) else new


def describe_root_key(path: Path) -> RootKeyDescription:
    """Read what the file of a root key tells. Raises RootKeyError when it is missing, damaged or open to others."""
    line = read_line(path)
    provider = _provider(line, path)
    if provider == "file":
        return RootKeyDescription(provider=provider, id=file_root_key.decode(line, path).id)
    if provider == "passphrase":
        return RootKeyDescription(provider=provider, id=SealedRootKey.parse(line, path).id)
    address = Pkcs11Address.parse(line, path)
    return RootKeyDescription(provider=provider, id=address.id, address=address)


def open_root_key(path: Path, secrets: RootKeySecrets) -> RootKey:
    """Open the root key of a file; a token is not asked yet. Raises RootKeyError."""
    line = read_line(path)
    provider = _provider(line, path)
    if provider == "file":
        return file_root_key.decode(line, path)
    if provider == "passphrase":
        return FileRootKey(SealedRootKey.parse(line, path).open(secrets.passphrase()))
    address = Pkcs11Address.parse(line, path)
    return Pkcs11RootKey(address, secrets.pin(address.token))


def create_root_key(path: Path, new: NewRootKey, secrets: RootKeySecrets) -> RootKey:
    """Make a root key and write its file durably. Raises RootKeyError, also when there is a file already."""
    if new == "file":
        return file_root_key.create(path)
    if new == "passphrase":
        key = os.urandom(KEY_SIZE)
        write_line(path, SealedRootKey.seal(key, secrets.new_passphrase()).line)
        return FileRootKey(key)
    pin = secrets.new_pin(new.token)
    address = choose_key(new.module, new.token, new.key, pin)
    write_line(path, address.line)
    return Pkcs11RootKey(address, pin)


def resealed_line(path: Path, secrets: RootKeySecrets) -> str:
    """Put a root key from its passphrase under a new one; gives the new line of its file. Raises RootKeyError."""
    line = read_line(path)
    if _provider(line, path) != "passphrase":
        raise RootKeyError(f"the root key of {path} is not under a passphrase; see: strongroom root-key status")
    key = SealedRootKey.parse(line, path).open(secrets.passphrase())
    return SealedRootKey.seal(key, secrets.new_passphrase()).line


def _provider(line: str, path: Path) -> Provider:
    provider = _PROVIDERS.get(line.partition(" ")[0])
    if provider is None:
        raise damaged(path)
    return provider
