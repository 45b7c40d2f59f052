"""What is over a request quota is refused by the pipeline, whether it would be refused anyway or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from strongroom.app.request_quotas import Rates, share_request_quotas
from tests.support.in_process import Refused

if TYPE_CHECKING:
    from tests.support.in_process import InProcess

TOO_FAST: Final = Refused(
    "ThrottlingException", "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls."
)
SYMMETRIC: Final = "CryptographicOperations-SYMMETRIC"


def limit(service: InProcess, rates: Rates) -> None:
    service.pipeline._quotas = share_request_quotas(rates, 1).worker(0)  # noqa: SLF001 - set by the worker elsewhere


def test_what_is_over_a_quota_is_refused_and_not_run(service: InProcess) -> None:
    root = service.root()
    limit(service, {"CreateKey": 0})
    keys = root("ListKeys")["Keys"]
    assert root.refused("CreateKey") == TOO_FAST
    assert root("ListKeys")["Keys"] == keys
    assert service.records[-2]["errorCode"] == "ThrottlingException"


def test_what_is_over_one_quota_may_be_within_another(service: InProcess) -> None:
    limit(service, {"ListKeys": 0})
    service.root()("GenerateRandom", NumberOfBytes=1)
    assert service.root().refused("ListKeys") == TOO_FAST
    assert service.root(api="iam")("ListUsers")["Users"] == []


@pytest.mark.parametrize(
    ("operation", "members"),
    [
        ("Encrypt", {"KeyId": "alias/none", "Plaintext": b"x"}),  # it would not be found
        ("Encrypt", {"KeyId": "alias/aws/ebs", "Plaintext": b"x"}),  # nor this, which is made by its service only
    ],
)
def test_what_would_be_refused_counts_too(service: InProcess, operation: str, members: dict[str, object]) -> None:
    root = service.root()
    assert root.refused(operation, **members) != TOO_FAST
    limit(service, {SYMMETRIC: 0})
    assert root.refused(operation, **members) == TOO_FAST


def test_what_is_found_in_the_database_counts(service: InProcess) -> None:
    root = service.root()
    limit(service, {"ListRetirableGrants": 0})
    assert root.refused("ListRetirableGrants", RetiringPrincipal="arn:aws:iam::111122223333:root") == TOO_FAST


def test_who_is_nobody_counts_for_nobody(service: InProcess) -> None:
    limit(service, {"ListKeys": 0})
    request = service.signed("TrentService.ListKeys", b"{}", service="s3")
    assert b"ThrottlingException" not in service.send(request).body
