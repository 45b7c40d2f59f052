from __future__ import annotations

import hashlib
import string
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.crypto.context import encode_fields
from strongroom.custody.pkcs11_root_key import Pkcs11Address, Pkcs11RootKey, choose_key
from strongroom.custody.pkcs11_token import Pkcs11Token
from strongroom.custody.root_key import RootKey, RootKeyError
from tests.support.root_keys import BOX, PIN

if TYPE_CHECKING:
    from tests.support.root_keys import SoftHsm

PATH = Path("root.key")
LABEL = "box 1"
ADDRESS = Pkcs11Address(module=Path("/opt/hsm/module.so"), token=LABEL, key="root; key?", key_id=b"\x01\xff")
URI = "pkcs11:token=box%201;object=root%3B%20key%3F;id=%01%FF;type=secret-key?module-path=/opt/hsm/module.so"


def test_the_line_holds_a_pkcs11_uri() -> None:
    assert ADDRESS.uri == URI
    assert ADDRESS.line == f"strongroom-pkcs11-root-key-1 {URI}"
    assert Pkcs11Address.parse(ADDRESS.line, PATH) == ADDRESS


@given(
    st.text(min_size=1),
    st.text(min_size=1),
    st.binary(),
    st.text(alphabet=string.printable, min_size=1).filter(lambda text: str(Path(text)) == text),
)
def test_every_address_can_be_read_back(token: str, key: str, key_id: bytes, module: str) -> None:
    address = Pkcs11Address(module=Path(module), token=token, key=key, key_id=key_id)
    assert Pkcs11Address.parse(address.line, PATH) == address
    assert "\n" not in address.line


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "http:token=a;object=b;id=%01;type=secret-key?module-path=/m.so",
        "pkcs11:token=a;object=b;id=%01;type=secret-key",
        "pkcs11:token=a;object=b;id=%01;type=secret-key?module-path=/m.so&module-path=/n.so",
        "pkcs11:token=a;object=b;type=secret-key?module-path=/m.so",
        "pkcs11:token=a;object=b;id=%01;type=secret-key;serial=7?module-path=/m.so",
        "pkcs11:token?module-path=/m.so",
    ],
)
def test_another_uri_is_damaged(uri: str) -> None:
    with pytest.raises(RootKeyError, match="is damaged"):
        Pkcs11Address.parse(f"strongroom-pkcs11-root-key-1 {uri}", PATH)


def test_the_id_is_that_of_the_key_wherever_its_token_is() -> None:
    named = encode_fields(("strongroom pkcs11 root key id v1", "root; key?", "01ff"))
    assert ADDRESS.id == hashlib.sha256(named).hexdigest()[:32]
    elsewhere = Pkcs11Address(module=Path("/m.so"), token=BOX, key=ADDRESS.key, key_id=ADDRESS.key_id)
    assert elsewhere.id == ADDRESS.id
    assert Pkcs11RootKey(ADDRESS, PIN).id == ADDRESS.id


def test_a_new_key_wraps_and_unwraps(softhsm: SoftHsm) -> None:
    address = choose_key(softhsm.module, "box", None, PIN)
    root_key: RootKey = Pkcs11RootKey(address, PIN)
    wrapped = root_key.wrap(b"secret", b"aad")
    assert len(wrapped) == 12 + 6 + 16
    assert wrapped != root_key.wrap(b"secret", b"aad")
    assert root_key.unwrap(wrapped, b"aad") == b"secret"
    assert Pkcs11RootKey(address, PIN).unwrap(wrapped, b"aad") == b"secret"
    assert address.key == "strongroom-root-key"
    for other, aad in ((wrapped, b"other"), (wrapped[:-1], b"aad"), (wrapped[:12], b"aad"), (b"", b"aad")):
        with pytest.raises(ValueError, match=r"not authentic|too short"):
            root_key.unwrap(other, aad)


def test_a_label_takes_the_key_that_is_there(softhsm: SoftHsm) -> None:
    made = choose_key(softhsm.module, "box", "ceremony", PIN)
    assert choose_key(softhsm.module, "box", "ceremony", PIN) == made
    assert made.key == "ceremony"
    Pkcs11Token(softhsm.module, "box", PIN).generate_aes_key("ceremony")
    with pytest.raises(RootKeyError, match="token 'box' holds more than one key 'ceremony'; give another label"):
        choose_key(softhsm.module, "box", "ceremony", PIN)


def test_without_a_label_the_key_is_always_new(softhsm: SoftHsm) -> None:
    first, second = (choose_key(softhsm.module, "box", None, PIN) for _ in range(2))
    assert first.id != second.id


def test_what_a_token_refuses_is_a_root_key_error(softhsm: SoftHsm) -> None:
    with pytest.raises(RootKeyError, match="does not take the PIN"):
        choose_key(softhsm.module, "box", None, "wrong-pin")
    missing = Pkcs11Address(module=softhsm.module, token=BOX, key="gone", key_id=b"\x01")
    with pytest.raises(RootKeyError, match="holds no AES key 'gone' with id 01"):
        Pkcs11RootKey(missing, PIN).wrap(b"secret", b"aad")
    with pytest.raises(RootKeyError, match="holds no AES key 'gone'"):
        Pkcs11RootKey(missing, PIN).unwrap(bytes(40), b"aad")


def test_nobody_stays_logged_in(softhsm: SoftHsm) -> None:
    root_key = Pkcs11RootKey(choose_key(softhsm.module, "box", None, PIN), PIN)
    root_key.wrap(b"secret", b"aad")
    with pytest.raises(RootKeyError, match="does not take the PIN"):
        choose_key(softhsm.module, "box", None, "wrong-pin")
