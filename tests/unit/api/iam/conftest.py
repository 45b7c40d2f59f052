"""Fixtures of the tests of IAM."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.in_process import Caller, InProcess


@pytest.fixture
def iam(service: InProcess) -> Caller:
    """Give the root user of the account, as a client of IAM."""
    return service.root(api="iam")


@pytest.fixture
def shared_iam(shared_service: InProcess) -> Caller:
    """Give the root user of the account of a service that all tests of a file use."""
    return shared_service.root(api="iam")
