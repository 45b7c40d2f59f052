"""Who guesses too often is refused, and nobody else."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from hypothesis import given
from hypothesis import strategies as st

from strongroom.authn import attempts as module
from strongroom.authn.attempts import Attempts, network_of

if TYPE_CHECKING:
    import pytest

NOW: Final = 1_764_000_000.0


def test_a_name_has_so_many_tries_within_the_time() -> None:
    attempts = Attempts(2, 300)
    assert [attempts.take("stuart", NOW + second) for second in (0, 1, 2)] == [True, True, False]
    assert attempts.take("alice", NOW)
    assert not attempts.take("stuart", NOW + 299)
    assert attempts.take("stuart", NOW + 300)


def test_what_was_given_back_does_not_count() -> None:
    attempts = Attempts(1, 300)
    for _ in range(3):
        assert attempts.take("stuart", NOW)
        attempts.give_back("stuart")
    attempts.give_back("stuart")
    attempts.give_back("nobody")
    assert attempts.take("stuart", NOW)
    assert not attempts.take("stuart", NOW)


def test_the_names_of_last_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_NAMES", 2)
    attempts = Attempts(1, 300)
    assert [attempts.take(name, NOW) for name in "abcba"] == [True, True, True, False, True]


def test_threads_do_not_take_more_than_there_are() -> None:
    attempts = Attempts(50, 300)
    taken: list[bool] = []
    threads = [
        threading.Thread(target=lambda: taken.extend(attempts.take("stuart", NOW) for _ in range(25))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (taken.count(True), taken.count(False)) == (50, 50)


@given(st.ip_addresses(v=4).map(str) | st.sampled_from(["", "not an address"]))
def test_an_address_of_ipv4_is_counted_alone(address: str) -> None:
    assert network_of(address) == address


def test_addresses_of_one_network_of_ipv6_are_counted_together() -> None:
    assert network_of("2001:db8::1") == network_of("2001:db8::ffff:1") == "2001:db8::/64"
    assert network_of("2001:db8:0:1::1") == "2001:db8:0:1::/64"
