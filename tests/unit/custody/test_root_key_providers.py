from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from strongroom.custody.pkcs11_root_key import Pkcs11Address
from strongroom.custody.root_key import RootKeyError
from strongroom.custody.root_key_file import read_line
from strongroom.custody.root_key_providers import (
    NewRootKey,
    NoSecrets,
    Pkcs11Choice,
    RootKeyDescription,
    create_root_key,
    describe_root_key,
    open_root_key,
    provider_of,
    resealed_line,
)
from tests.support.root_keys import BOX, GivenSecrets

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.root_keys import SoftHsm

SAME = "an example passphrase"


@pytest.fixture(params=["file", "passphrase", "pkcs11"])
def new(request: pytest.FixtureRequest, softhsm: SoftHsm) -> NewRootKey:
    if request.param == "pkcs11":
        return Pkcs11Choice(module=softhsm.module, token=BOX)
    provider: NewRootKey = request.param
    return provider


def test_each_provider_opens_what_it_made(new: NewRootKey, tmp_path: Path) -> None:
    path = tmp_path / "root.key"
    made = create_root_key(path, new, GivenSecrets(new=SAME))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    wrapped = made.wrap(b"secret", b"aad")
    opened = open_root_key(path, GivenSecrets(SAME))
    assert opened.id == made.id
    assert opened.unwrap(wrapped, b"aad") == b"secret"
    described = describe_root_key(path)
    assert (described.provider, described.id) == (provider_of(new), made.id)
    with pytest.raises(RootKeyError, match="exists; a root key is never overwritten"):
        create_root_key(path, new, GivenSecrets(new=SAME))


def test_only_what_is_needed_is_asked_for(new: NewRootKey, tmp_path: Path) -> None:
    path = tmp_path / "root.key"
    secrets = GivenSecrets(new=SAME)
    create_root_key(path, new, secrets)
    open_root_key(path, secrets)
    expected = {
        "file": [],
        "passphrase": ["new passphrase", "passphrase"],
        "pkcs11": ["new PIN of box", "PIN of box"],
    }
    assert secrets.asked == expected[provider_of(new)]


def test_a_token_is_described_by_where_the_key_is(softhsm: SoftHsm, tmp_path: Path) -> None:
    path = tmp_path / "root.key"
    made = create_root_key(path, Pkcs11Choice(module=softhsm.module, token=BOX, key="main"), GivenSecrets())
    address = Pkcs11Address.parse(read_line(path), path)
    assert describe_root_key(path) == RootKeyDescription(provider="pkcs11", id=made.id, address=address)
    assert (address.module, address.token, address.key) == (softhsm.module, "box", "main")


def test_who_has_no_secrets_opens_files_only(tmp_path: Path) -> None:
    create_root_key(tmp_path / "file", "file", NoSecrets())
    open_root_key(tmp_path / "file", NoSecrets())
    create_root_key(tmp_path / "passphrase", "passphrase", GivenSecrets())
    with pytest.raises(RootKeyError, match="under a passphrase, which was not given"):
        open_root_key(tmp_path / "passphrase", NoSecrets())
    with pytest.raises(RootKeyError, match="token 'box', whose PIN was not given"):
        NoSecrets().pin("box")


def test_another_passphrase_opens_the_same_root_key(tmp_path: Path) -> None:
    path = tmp_path / "root.key"
    made = create_root_key(path, "passphrase", GivenSecrets(new=SAME))
    line = resealed_line(path, GivenSecrets(SAME, new="yet another passphrase"))
    assert made.id in line
    path.write_text(line, encoding="ascii")
    assert open_root_key(path, GivenSecrets("yet another passphrase")).id == made.id
    with pytest.raises(RootKeyError, match="does not open"):
        open_root_key(path, GivenSecrets(SAME))


def test_only_a_root_key_under_a_passphrase_has_one_to_change(tmp_path: Path) -> None:
    path = tmp_path / "root.key"
    create_root_key(path, "file", NoSecrets())
    with pytest.raises(RootKeyError, match="is not under a passphrase; see: strongroom root-key status"):
        resealed_line(path, GivenSecrets())


def test_an_unknown_form_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "root.key"
    path.touch(mode=0o600)
    path.write_text("strongroom-root-key-2 abc\n", encoding="ascii")
    for read in (describe_root_key, lambda path: open_root_key(path, NoSecrets())):
        with pytest.raises(RootKeyError, match="is damaged"):
            read(path)
