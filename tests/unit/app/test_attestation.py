"""The setting of attestation roots."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from strongroom.app.attestation import load_attesting
from strongroom.app.data_folder import InstallationError
from tests.support.attestation import new_authority

if TYPE_CHECKING:
    from pathlib import Path


def test_roots_are_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "roots.pem"
    root = new_authority(time.time()).root
    file.write_bytes(root.public_bytes(Encoding.PEM))
    assert load_attesting(file)._roots == [root]  # noqa: SLF001 - what it was made with
    assert load_attesting(None)._roots == ()  # noqa: SLF001 - what it was made with


@pytest.mark.parametrize("content", [None, b"not a certificate"])
def test_files_that_cannot_be_used(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "roots.pem"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(InstallationError, match="cannot be used as root certificates of attestations"):
        load_attesting(file)
