"""The setting for request quotas, and requests that are over them."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.api import iam
from strongroom.api.call import Call
from strongroom.api.kms import OPERATIONS
from strongroom.api.request_quotas import REQUEST_QUOTAS, Quotas, Unlimited
from strongroom.app.data_folder import InstallationError
from strongroom.app.request_quotas import load_request_quotas, parse_request_quotas, share_request_quotas
from strongroom.model.errors import Throttling
from strongroom.model.principal import root_principal
from strongroom.model.request import Request
from tests.support.in_process import ACCOUNT, OTHER_ACCOUNT
from tests.unit.api.support import signed_by

if TYPE_CHECKING:
    from collections.abc import Mapping

    from strongroom.api.declare import Operation

DOCUMENTATION: Final = Path(__file__).parents[3] / "docs" / "request-quotas.md"


@pytest.fixture(autouse=True)
def one_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the second from ending in the middle of a test."""
    monkeypatch.setattr("strongroom.app.rate_counters.time", SimpleNamespace(monotonic=lambda: 1.5))


def call_of(operation: Operation | None, account_id: str = ACCOUNT, **members: object) -> Call:
    return Call(
        request=Request(method="POST", path="/", query="", headers=(), body=b"", source_ip="192.0.2.7"),
        request_id="",
        time=0.0,
        wall=0.0,
        name="POST" if operation is None else operation.name,
        operation=operation,
        credentials=signed_by(root_principal(account_id)),
        message=None if operation is None else operation.request(**members),
    )


def random_bytes(account_id: str = ACCOUNT) -> Call:
    return call_of(OPERATIONS["GenerateRandom"], account_id, number_of_bytes=1)


def limited(rates: Mapping[str, int], workers: int = 1) -> list[Quotas]:
    shared = share_request_quotas(rates, workers)
    return [shared.worker(index) for index in range(workers)]


def let_through(quotas: Quotas, call: Call, attempts: int = 20) -> int:
    for number in range(attempts):
        try:
            quotas.check(call, ())
        except Throttling:
            return number
    return attempts


def test_who_is_over_a_rate_is_told_so() -> None:
    (quotas,) = limited({"CreateKey": 2})
    call = call_of(OPERATIONS["CreateKey"])
    for _ in range(2):
        quotas.check(call, ())
    with pytest.raises(Throttling) as refused:
        quotas.check(call, ())
    assert refused.value.code == "ThrottlingException"
    assert refused.value.status == 400
    assert refused.value.message == (
        "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls."
    )


def test_aws_rates_hold_where_nothing_else_is_said() -> None:
    (quotas,) = limited({"CreateKey": 2})
    assert let_through(quotas, call_of(OPERATIONS["ListAliases"]), 1_000) == 500


def test_all_workers_count_together() -> None:
    one, two = limited({"CryptographicOperations-SYMMETRIC": 10}, workers=2)
    assert let_through(one, random_bytes(), 4) == 4
    assert let_through(two, random_bytes()) == 6
    assert let_through(one, random_bytes()) == 0


def test_accounts_count_apart() -> None:
    (quotas,) = limited({"CryptographicOperations-SYMMETRIC": 3})
    assert [let_through(quotas, random_bytes(account)) for account in (ACCOUNT, OTHER_ACCOUNT)] == [3, 3]


def test_a_replica_counts_as_two_new_keys_in_its_region() -> None:
    (quotas,) = limited({"ReplicateKey": 10})
    replicate = call_of(OPERATIONS["ReplicateKey"], key_id="mrk-1", replica_region="eu-central-1")
    assert let_through(quotas, replicate) == 2


def test_iam_has_no_quotas() -> None:
    (quotas,) = limited(dict.fromkeys(REQUEST_QUOTAS, 0))
    assert let_through(quotas, call_of(iam.OPERATIONS["ListUsers"])) == 20
    assert let_through(quotas, call_of(None)) == 20
    assert let_through(quotas, random_bytes()) == 0


def test_there_are_none_unless_they_are_set() -> None:
    rates = load_request_quotas("off")
    assert rates is None
    assert isinstance(share_request_quotas(rates, 2).worker(1), Unlimited)


def test_aws_overrides_nothing() -> None:
    assert load_request_quotas("aws") == {}


def test_a_file_overrides_rates(tmp_path: Path) -> None:
    file = tmp_path / "quotas.toml"
    file.write_text('# as our account has it\nCreateKey = 50\n"GenerateDataKeyPair-RSA_4096" = 0\n')
    assert load_request_quotas(str(file)) == {"CreateKey": 50, "GenerateDataKeyPair-RSA_4096": 0}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("CreateKeys = 1\nEncrypt = 2", "there is no quota CreateKeys, Encrypt"),
        ("CreateKey = -1", "CreateKey must be a whole number from 0 to 1000000"),
        ("CreateKey = 1000001", "CreateKey must be a whole number from 0 to 1000000"),
        ("CreateKey = 0.5", "CreateKey must be a whole number"),
        ("CreateKey = true", "CreateKey must be a whole number"),
        ("[CreateKey]", "CreateKey must be a whole number"),
        ("CreateKey", "Expected"),
    ],
)
def test_a_file_with_something_else_is_refused(tmp_path: Path, content: str, reason: str) -> None:
    file = tmp_path / "quotas.toml"
    file.write_text(content)
    with pytest.raises(InstallationError, match=f"quotas.toml cannot be used for request quotas: {reason}"):
        load_request_quotas(str(file))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InstallationError, match=r"none\.toml"):
        load_request_quotas(str(tmp_path / "none.toml"))


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "quotas.toml"
    file.write_bytes(b"\xff")
    with pytest.raises(InstallationError):
        load_request_quotas(str(file))


@given(rates=st.dictionaries(st.sampled_from(sorted(REQUEST_QUOTAS)), st.integers(0, 1_000_000)))
def test_each_name_can_be_written_without_quotation_marks(rates: dict[str, int]) -> None:
    assert parse_request_quotas("\n".join(f"{name} = {rate}" for name, rate in rates.items())) == rates


def test_the_documentation_tells_each_rate() -> None:
    text = DOCUMENTATION.read_text(encoding="utf-8")
    told: dict[str, str] = dict(re.findall(r"^\| `([\w-]+)` \| ([\d,]+)(?= )", text, re.MULTILINE))
    for rate, listed in re.findall(r"[|;] ([\d,]+): (\w+(?:, [A-Z]\w+)*)", text):
        told |= {name if name in OPERATIONS else f"GenerateDataKeyPair-{name}": rate for name in listed.split(", ")}
    # The one whose rate differs from Region to Region is told with its highest first.
    assert told == {
        **{quota: f"{rate:,}" for quota, rate in REQUEST_QUOTAS.items()},
        "CryptographicOperations-SYMMETRIC": "100,000",
    }
