"""A dry run says that the request would have succeeded, and nothing has happened.

Source: AWS KMS Developer Guide, "Testing your permissions".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from strongroom.api.kms import OPERATIONS
from tests.support.in_process import Refused
from tests.support.samples import prepare

if TYPE_CHECKING:
    from tests.support.in_process import InProcess

DRY_RUNS: Final = [name for name, each in OPERATIONS.items() if "dry_run" in each.request.__struct_fields__]


def test_as_many_operations_have_it_as_on_aws() -> None:
    assert len(DRY_RUNS) == 17


@pytest.mark.parametrize("operation", DRY_RUNS)
def test_a_dry_run_changes_nothing(shared_service: InProcess, operation: str) -> None:
    root = shared_service.root()
    members = prepare(root, operation).members
    with shared_service.store.read() as reader:
        before = reader.last_change()
    told = root.refused(operation, **members, DryRun=True)
    assert told == Refused(
        "DryRunOperationException", "The request would have succeeded, but the DryRun option is set."
    )
    assert shared_service.records[-1]["errorCode"] == "DryRunOperationException"
    with shared_service.store.read() as reader:
        assert reader.last_change() == before
    root(operation, **members)
