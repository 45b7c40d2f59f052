"""AES keys on a PKCS#11 token, through one of its sessions."""

from typing import Any, Protocol, cast

import msgspec
from pkcs11 import (
    Attribute,
    KeyType,
    Mechanism,
    MechanismFlag,
    ObjectClass,
    PKCS11Error,
    Session,
    SessionClosed,
    SessionHandleInvalid,
    UserNotLoggedIn,
)

from strongroom.custody.pkcs11_errors import TokenKeyError

AES_256_SIZE = 32
_ENDED = (SessionClosed, SessionHandleInvalid, UserNotLoggedIn)
_HIDDEN = {Attribute.PRIVATE: True, Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False}


class KeyUse(msgspec.Struct, frozen=True):
    """What a key is for.

    Attributes:
        capabilities: with which it is made.
        attributes: which all are true of it.
    """

    capabilities: MechanismFlag
    attributes: tuple[Attribute, ...]


ENCRYPTION = KeyUse(MechanismFlag.ENCRYPT | MechanismFlag.DECRYPT, (Attribute.ENCRYPT, Attribute.DECRYPT))
AUTHENTICATION = KeyUse(MechanismFlag.SIGN, (Attribute.SIGN,))


class KeyName(msgspec.Struct, frozen=True, kw_only=True):
    """What names a key on its token.

    Attributes:
        label: CKA_LABEL.
        id: CKA_ID, which tells keys of the same label apart; None where the label is enough.
    """

    label: str
    id: bytes | None = None


class AesKey(Protocol):
    """A key as `pkcs11` makes it; it has the methods that its use allows."""

    def __getitem__(self, attribute: Attribute) -> Any:  # noqa: ANN401 - the type depends on the attribute
        """Read an attribute."""

    def encrypt(self, data: bytes, *, mechanism: Mechanism, mechanism_param: object) -> bytes:
        """Encrypt on the token."""

    def decrypt(self, data: bytes, *, mechanism: Mechanism, mechanism_param: object) -> bytes:
        """Decrypt on the token."""

    def sign(self, data: bytes, *, mechanism: Mechanism) -> bytes:
        """Make a signature, or an authentication code, on the token."""

    def destroy(self) -> None:
        """Destroy the key on the token."""


def generate_key(session: Session, name: KeyName, use: KeyUse) -> None:
    """Make an AES-256 key that stays on the token and that the token never tells. Raises PKCS11Error."""
    # A login holds for all sessions of a process, so this one needs no PIN.
    with session.token.open(rw=True) as writing:
        writing.generate_key(
            KeyType.AES,
            AES_256_SIZE * 8,
            id=name.id,
            label=name.label,
            store=True,
            capabilities=use.capabilities,
            template=_HIDDEN,
        )


def destroy_keys(session: Session, name: KeyName) -> None:
    """Destroy the AES keys of a name, if there are any. Raises PKCS11Error."""
    with session.token.open(rw=True) as writing:
        for key in search_keys(writing, name):
            key.destroy()


def search_keys(session: Session, name: KeyName) -> list[AesKey]:
    """Give all AES keys of a name. Raises PKCS11Error."""
    _require_login(session)
    wanted: dict[Attribute, Any] = {
        Attribute.CLASS: ObjectClass.SECRET_KEY,
        Attribute.KEY_TYPE: KeyType.AES,
        Attribute.TOKEN: True,
        Attribute.LABEL: name.label,
    }
    if name.id is not None:
        wanted[Attribute.ID] = name.id
    return [cast("AesKey", each) for each in session.get_objects(wanted)]


def _require_login(session: Session) -> None:
    # To somebody who is not logged in a token does not say so, but shows no private keys.
    try:
        session.generate_key(
            KeyType.AES, AES_256_SIZE * 8, store=False, capabilities=MechanismFlag.SIGN, template=_HIDDEN
        ).destroy()
    except _ENDED:
        raise
    except PKCS11Error:
        # Some tokens make no keys but those that they keep.
        return


def find_key(session: Session, name: KeyName, use: KeyUse, token: str) -> AesKey:
    """Give the one AES-256 key of a name.

    Raises TokenKeyError when it is not there, can be taken out, or is not for this use.
    """
    found = search_keys(session, name)
    what = f"AES key {name.label!r}" if name.id is None else f"AES key {name.label!r} with id {name.id.hex()}"
    if not found:
        raise TokenKeyError(f"token {token!r} holds no {what}")
    if len(found) > 1:
        raise TokenKeyError(f"token {token!r} holds more than one {what}; give them different labels or ids")
    (key,) = found
    if key[Attribute.VALUE_LEN] != AES_256_SIZE:
        raise TokenKeyError(f"{what} of token {token!r} does not have 256 bits")
    if key[Attribute.EXTRACTABLE] or not key[Attribute.SENSITIVE]:
        raise TokenKeyError(f"{what} of token {token!r} can be read out; it must be sensitive and not extractable")
    if not all(key[attribute] for attribute in use.attributes):
        needed = ", ".join(attribute.name for attribute in use.attributes)
        raise TokenKeyError(f"{what} of token {token!r} lacks one of the attributes that it needs: {needed}")
    return key
