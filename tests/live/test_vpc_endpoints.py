"""Listeners that stand for VPC endpoints: served by all workers, beside the service's own."""

from __future__ import annotations

import socket
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.support.live import run, run_json
from tests.support.wire import Wire

if TYPE_CHECKING:
    from pathlib import Path

    from tests.live.conftest import Launch
    from tests.support.live import Server

VPC_ENDPOINT = "vpce-1a2b3c4d"
OTHER_VPC_ENDPOINT = "vpce-1234abcdf5678c90a"
FLAGS = (
    *("--vpc-endpoint", f"{VPC_ENDPOINT}@vpc-0a1b2c3d=127.0.0.1:0"),
    *("--vpc-endpoint", f"{OTHER_VPC_ENDPOINT}=127.0.0.1:0"),
)
CONNECTIONS = 40


def endpoints(server: Server) -> list[str]:
    return [server.endpoint, *server.vpc_endpoints.values()]


def test_requests_to_all_listeners_are_answered(launch: Launch) -> None:
    server = launch(*FLAGS)
    assert [each["vpc_id"] for each in server.announced["vpc_endpoints"]] == ["vpc-0a1b2c3d", None]
    assert list(server.vpc_endpoints) == [VPC_ENDPOINT, OTHER_VPC_ENDPOINT]
    assert len(set(endpoints(server))) == 3
    with ExitStack() as stack:
        wires = [stack.enter_context(Wire(each, server.login)) for each in endpoints(server)]
        # What one listener has taken holds on the others.
        for made_by in wires:
            key_id = made_by.done("CreateKey")["KeyMetadata"]["KeyId"]
            blob = made_by.done("Encrypt", KeyId=key_id, Plaintext=b"gold")["CiphertextBlob"]
            assert {wire.done("Decrypt", CiphertextBlob=blob)["Plaintext"] for wire in wires} == {"Z29sZA=="}
        # Nor is there less authentication on any of them.
        for wire in wires:
            unsigned = wire.sign("ListKeys").replaced("Authorization", None)
            assert wire.exchange(unsigned).code == "MissingAuthenticationTokenException"


def test_all_workers_serve_a_vpc_endpoint_also_after_one_was_killed(launch: Launch) -> None:
    server = launch(*FLAGS)
    server.kill_worker(0)
    for endpoint in server.vpc_endpoints.values():
        for _ in range(CONNECTIONS):
            with Wire(endpoint, server.login) as wire:
                wire.done("GenerateRandom", NumberOfBytes=1, user_agent=endpoint)
    for endpoint in server.vpc_endpoints.values():
        counts = [
            sum(record["userAgent"] == endpoint for record in records)
            for worker, records in server.trail().items()
            if worker.startswith("worker-")
        ]
        assert len(counts) == server.workers
        assert all(counts)
        assert sum(counts) == CONNECTIONS


def test_stopping_ends_all_listeners(launch: Launch) -> None:
    server = launch(*FLAGS)
    addresses = [urlsplit(each) for each in endpoints(server)]
    assert server.stop() == 0
    for address in addresses:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((address.hostname, address.port), timeout=5)


def test_a_taken_port_ends_with_1_and_wrong_usage_with_2(tmp_path: Path) -> None:
    data = tmp_path / "data"
    run_json("init", "--data", data)
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        port = other.getsockname()[1]
        done = run(
            *("serve", "--data", data, "--listen", "127.0.0.1:0"),
            *("--vpc-endpoint", f"{VPC_ENDPOINT}=127.0.0.1:{port}"),
        )
    assert (done.returncode, done.stdout) == (1, "")
    assert f"127.0.0.1 port {port} is in use" in done.stderr
    for value, text in (
        ("vpce-1=127.0.0.1:0", "expected VPCE=HOST:PORT or VPCE@VPC=HOST:PORT"),
        (f"{VPC_ENDPOINT}=192.0.2.1:0", "192.0.2.1 is not a loopback address"),
    ):
        done = run("serve", "--data", data, "--listen", "127.0.0.1:0", "--vpc-endpoint", value)
        assert (done.returncode, done.stdout) == (2, "")
        assert text in done.stderr
