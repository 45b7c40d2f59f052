"""What tests do with tokens beside what is tested."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pkcs11 import Attribute, KeyType, ObjectClass

from strongroom.custody.pkcs11_keys import KeyName
from strongroom.custody.pkcs11_module import use_module
from tests.support.root_keys import BOX

if TYPE_CHECKING:
    from collections.abc import Callable

    from pkcs11 import Session, TokenFlag

    from tests.support.root_keys import SoftHsm


def in_child(work: Callable[[], None]) -> None:
    """Do something in a forked process, where it must not raise."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
        except BaseException:  # noqa: BLE001 - the exit code tells of it
            os._exit(1)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def writing_session(softhsm: SoftHsm, label: str = BOX) -> Session:
    """Open a session that may write, of a process that is logged in."""
    return use_module(softhsm.module).library.get_token(token_label=label).open(rw=True)


def import_cmac_key(softhsm: SoftHsm, value: bytes, template: dict[Attribute, bool] | None = None) -> KeyName:
    """Put a known key on the token of a process that is logged in, as the token itself would make it."""
    name = KeyName(label="imported", id=os.urandom(16))
    with writing_session(softhsm) as session:
        session.create_object(
            {
                Attribute.CLASS: ObjectClass.SECRET_KEY,
                Attribute.KEY_TYPE: KeyType.AES,
                Attribute.TOKEN: True,
                Attribute.PRIVATE: True,
                Attribute.SENSITIVE: True,
                Attribute.EXTRACTABLE: False,
                Attribute.SIGN: True,
                Attribute.LABEL: name.label,
                Attribute.ID: name.id,
                Attribute.VALUE: value,
                **(template or {}),
            }
        )
    return name


class FlaggedLibrary:
    """A module with one token, of which the flags say how its PIN fares."""

    def __init__(self, flags: TokenFlag) -> None:
        self.flags = flags

    def get_token(self, **_: str) -> FlaggedLibrary:
        return self
