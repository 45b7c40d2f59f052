"""Services with external key stores, whose proxy is on loopback, and with a cluster, which is on SoftHSM."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support import in_process
from tests.support.external_stores import LEAF, hsm_settings, proxy_settings
from tests.support.fake_xks_proxy import REGION, FakeXksProxy, serving_xks_proxy
from tests.support.in_process import InProcess
from tests.support.root_keys import SoftHsm, softhsm_here

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.in_process import Caller, Template


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[FakeXksProxy]:
    with serving_xks_proxy(tmp_path, LEAF) as running:
        yield running


@pytest.fixture
def proxied(tmp_path: Path, template: Template) -> Iterator[InProcess]:
    """A service that takes proxies on loopback."""
    with InProcess(tmp_path / "proxied", template, proxy_settings(tmp_path)) as service:
        yield service


@pytest.fixture
def owner(proxied: InProcess) -> Caller:
    """The root user in the Region whose signatures the proxy takes."""
    return proxied.root(REGION)


@pytest.fixture
def softhsm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SoftHsm]:
    with softhsm_here(tmp_path, monkeypatch) as hsm:
        yield hsm


@pytest.fixture
def clustered(tmp_path: Path, template: Template, softhsm: SoftHsm) -> Iterator[InProcess]:
    """A service that has a cluster."""
    with InProcess(tmp_path / "clustered", template, hsm_settings(softhsm, in_process.REGION)) as service:
        yield service
