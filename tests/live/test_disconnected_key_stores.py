"""A key store that was disconnected through one worker is used by none of them any more."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest

from tests.live.test_freshness import ask_all, worker_of
from tests.support.fake_xks_proxy import ACCESS_KEY_ID, KEY_ID, SECRET_ACCESS_KEY, URI_PATH, serving_xks_proxy
from tests.support.fake_xks_proxy import REGION as XKS_REGION
from tests.support.key_use import DONE, PLAINTEXT
from tests.support.live_key_stores import TOO_LATE, await_connection, create_external, create_external_key
from tests.support.wire import Wire
from tests.support.xks_proxy_client import Credential
from tests.unit.authn.oidc_support import issue

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mypy_boto3_kms import KMSClient

    from tests.live.conftest import Launch, Tell
    from tests.support.fake_xks_proxy import FakeXksProxy
    from tests.support.live import Server
    from tests.support.wire import Signed

STORES: Final = 10
TURNS: Final = 5
MOST_CONNECTIONS: Final = 500
CREDENTIAL: Final = Credential(URI_PATH, ACCESS_KEY_ID, SECRET_ACCESS_KEY)


class InStore(NamedTuple):
    """A key in a store of its own, with the proxy of that."""

    proxy: FakeXksProxy
    store: str
    arn: str

    def encrypt(self, wire: Wire) -> Signed:
        return wire.sign("Encrypt", region=XKS_REGION, KeyId=self.arn, Plaintext=PLAINTEXT)

    def stale_after_disconnecting(self, wires: list[Wire], by: int) -> int:
        """Disconnect the store through one worker; counts the workers that use the key all the same."""
        asked = len(self.proxy.received)
        change = wires[by % len(wires)].sign("DisconnectCustomKeyStore", region=XKS_REGION, CustomKeyStoreId=self.store)
        replies = ask_all(wires, change, by, [self.encrypt(wire) for wire in wires])
        assert len(self.proxy.received) == asked
        return sum(reply.error != ("KMSInvalidStateException", f"{self.arn} is unavailable.") for reply in replies)


@pytest.fixture
def proxies(tmp_path: Path) -> Iterator[list[FakeXksProxy]]:
    """As many as an account may have key stores, all of one CA."""
    ca = issue("Test CA")
    (tmp_path / "ca.pem").write_bytes(ca.pem)
    leaf = issue("localhost", ca, ("localhost",))
    with ExitStack() as stack:
        yield [stack.enter_context(serving_xks_proxy(tmp_path, leaf)) for _ in range(STORES)]


@contextmanager
def one_wire_each(server: Server) -> Iterator[list[Wire]]:
    """Connect to each worker once."""
    workers: dict[str, Wire] = {}
    with ExitStack() as stack:
        for _ in range(MOST_CONNECTIONS):
            wire = stack.enter_context(Wire(server.endpoint, server.login))
            workers.setdefault(worker_of(server, wire), wire)
            if len(workers) == server.workers:
                break
        assert len(workers) == server.workers
        yield list(workers.values())


def connect_all(kms: KMSClient, stores: list[str]) -> None:
    for store in stores:
        kms.connect_custom_key_store(CustomKeyStoreId=store)
    for store in stores:
        await_connection(kms, store, "CONNECTED")


@pytest.mark.timeout(300)
def test_a_store_disconnected_through_one_worker_is_so_for_all(
    launch: Launch, proxies: list[FakeXksProxy], tmp_path: Path, tell: Tell
) -> None:
    """Also for those that have never used it."""
    server = launch("--xks-ca-file", tmp_path / "ca.pem", "--allow-private-xks-proxies", "--xks-timeout", "5")
    kms = server.boto3(XKS_REGION)
    stores = [create_external(kms, each.endpoint, CREDENTIAL, each.endpoint) for each in proxies]
    connect_all(kms, stores)
    keys = [
        InStore(proxy, store, create_external_key(kms, store, KEY_ID))
        for proxy, store in zip(proxies, stores, strict=True)
    ]
    stale = 0
    with one_wire_each(server) as wires:
        for turn in range(TURNS):
            stale += sum(key.stale_after_disconnecting(wires, turn + index) for index, key in enumerate(keys))
            for store in stores:
                await_connection(kms, store, "DISCONNECTED")
            connect_all(kms, stores)
            outcomes = {wire.exchange(key.encrypt(wire)).error for key in keys for wire in wires}
            assert outcomes <= {DONE, TOO_LATE}
    tell(f"{TURNS * STORES} key stores disconnected, {server.workers} workers asked each time: {stale} stale answers")
    assert stale == 0
