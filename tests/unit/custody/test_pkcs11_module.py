from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pkcs11
import pytest

from strongroom.custody.pkcs11_module import finalize_modules, use_module

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.root_keys import SoftHsm


def test_a_module_is_initialised_once(softhsm: SoftHsm) -> None:
    module = use_module(softhsm.module)
    assert module is use_module(softhsm.module)
    assert module.is_usable
    assert module.library.initialized


def test_a_module_that_was_let_go_is_initialised_again(softhsm: SoftHsm) -> None:
    module = use_module(softhsm.module)
    finalize_modules()
    assert not module.library.initialized
    assert use_module(softhsm.module) is not module
    assert module.library.initialized


def test_a_module_of_another_process_is_initialised_again(softhsm: SoftHsm, monkeypatch: pytest.MonkeyPatch) -> None:
    module = use_module(softhsm.module)
    monkeypatch.setattr(os, "getpid", lambda: -1)
    assert not module.is_usable
    again = use_module(softhsm.module)
    assert again is not module
    assert again.is_usable


def test_what_is_no_module_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(pkcs11.PKCS11Error, match="No such file"):
        use_module(tmp_path / "missing.so")
