from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest

from strongroom.app import serve as module
from strongroom.app.data_folder import DataFolder, InstallationError, ServeLock, serving
from strongroom.app.issuers import IssuerSettings
from strongroom.app.serve import ServedVpcEndpoint, ServeSettings, serve
from strongroom.app.worker import WorkerSettings
from strongroom.model.request import VpcEndpoint
from strongroom.server import Limits, ListenAddress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from tests.support.in_process import InProcess

LIMITS = Limits(drain_seconds=3)


class FakeSupervisor:
    """Says that it is ready and stops at once."""

    made: list[dict[str, Any]]
    error: OSError | None

    def __init__(
        self,
        addresses: Sequence[ListenAddress],
        workers: int,
        run_worker: object,
        **more: Any,  # noqa: ANN401 - of any type
    ) -> None:
        type(self).made.append({"addresses": addresses, "workers": workers, "run_worker": run_worker, **more})
        if self.error is not None:
            raise self.error
        self._on_ready: Callable[[Sequence[int]], None] = more["on_ready"]
        self._ports = [4599 + number for number, _ in enumerate(addresses)]

    def run(self) -> int:
        self._on_ready(self._ports)
        return 7


@pytest.fixture(autouse=True)
def supervisor(monkeypatch: pytest.MonkeyPatch) -> type[FakeSupervisor]:
    FakeSupervisor.made = []
    FakeSupervisor.error = None
    monkeypatch.setattr(module, "Supervisor", FakeSupervisor)
    return FakeSupervisor


@pytest.fixture(autouse=True)
def hardened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    calls: list[str] = []
    monkeypatch.setattr(module, "forbid_core_dumps", lambda: calls.append("hardened"))
    return calls


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Leave the log of the tests as it was."""
    before = logging.getLogger("alembic").level
    yield
    logging.getLogger("alembic").setLevel(before)


@pytest.mark.parametrize(("host", "endpoint"), [("127.0.0.1", "http://127.0.0.1:4599"), ("::1", "http://[::1]:4599")])
def test_it_serves_with_its_settings_and_says_where(
    service: InProcess, supervisor: type[FakeSupervisor], hardened: list[str], host: str, endpoint: str
) -> None:
    said: list[object] = []

    def ready(where: str, vpc_endpoints: object) -> None:
        server = serving(service.folder)
        assert server is not None
        said.extend([where, server.endpoint, vpc_endpoints])

    settings = ServeSettings(host=host, port=0, workers=3, limits=LIMITS)
    assert serve(service.folder, "dev", settings, ready) == 7
    assert said == [endpoint, endpoint, []]
    (made,) = supervisor.made
    assert made["addresses"] == (ListenAddress(host=host, port=0),)
    assert (made["workers"], made["drain_seconds"]) == (3, 3)
    assert hardened == ["hardened"]
    assert serving(service.folder) is None


def test_it_listens_for_vpc_endpoints_and_says_where(service: InProcess, supervisor: type[FakeSupervisor]) -> None:
    one = VpcEndpoint(endpoint_id="vpce-1a2b3c4d", vpc_id="vpc-0a1b2c3d")
    other = VpcEndpoint(endpoint_id="vpce-5e6f7a8b", vpc_id=None)
    listeners = (
        ListenAddress(host="127.0.0.1", port=0, vpc_endpoint=one),
        ListenAddress(host="::1", port=0, vpc_endpoint=other),
    )
    said: list[object] = []

    def ready(where: str, vpc_endpoints: Sequence[ServedVpcEndpoint]) -> None:
        said.extend([where, *vpc_endpoints])

    settings = ServeSettings(host="127.0.0.1", port=0, workers=1, vpc_listeners=listeners)
    assert serve(service.folder, "dev", settings, ready) == 7
    assert said == [
        "http://127.0.0.1:4599",
        ServedVpcEndpoint(vpc_endpoint_id="vpce-1a2b3c4d", vpc_id="vpc-0a1b2c3d", endpoint="http://127.0.0.1:4600"),
        ServedVpcEndpoint(vpc_endpoint_id="vpce-5e6f7a8b", vpc_id=None, endpoint="http://[::1]:4601"),
    ]
    assert supervisor.made[0]["addresses"] == (ListenAddress(host="127.0.0.1", port=0), *listeners)


def test_a_folder_that_is_served_is_not_served_again(service: InProcess, supervisor: type[FakeSupervisor]) -> None:
    lock = ServeLock(service.folder)
    with pytest.raises(InstallationError, match="is being served already"):
        serve(service.folder, "dev", ServeSettings(host="127.0.0.1", port=0, workers=1), print)
    assert supervisor.made == []
    lock.release()


def test_the_lock_is_let_go_when_the_address_is_taken(service: InProcess, supervisor: type[FakeSupervisor]) -> None:
    supervisor.error = OSError(98, "in use")
    with pytest.raises(OSError, match="in use"):
        serve(service.folder, "dev", ServeSettings(host="127.0.0.1", port=0, workers=1), print)
    ServeLock(service.folder).release()


def test_what_cannot_be_opened_is_not_served(
    tmp_path: Path, supervisor: type[FakeSupervisor], hardened: list[str]
) -> None:
    with pytest.raises(InstallationError, match="holds no installation"):
        serve(DataFolder(tmp_path), "production", ServeSettings(host="127.0.0.1", port=0, workers=1), print)
    assert supervisor.made == []
    # Before any key could have been read.
    assert hardened == ["hardened"]


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_file_of_cas_that_cannot_be_used_is_found_out_before_serving(
    service: InProcess, tmp_path: Path, supervisor: type[FakeSupervisor], content: str | None
) -> None:
    ca_file = tmp_path / "ca.pem"
    if content is not None:
        ca_file.write_text(content)
    settings = ServeSettings(
        host="127.0.0.1", port=0, workers=1, worker=WorkerSettings(issuers=IssuerSettings(ca_file=ca_file))
    )
    with pytest.raises(InstallationError, match=r"ca\.pem cannot be used as the CAs of identity providers"):
        serve(service.folder, "dev", settings, print)
    assert supervisor.made == []


def test_the_lock_names_the_server_as_json(service: InProcess) -> None:
    content: list[str] = []
    settings = ServeSettings(host="127.0.0.1", port=0, workers=1)
    serve(service.folder, "dev", settings, lambda *_: content.append(service.folder.lock.read_text(encoding="utf-8")))
    assert set(json.loads(content[0])) == {"pid", "endpoint"}


def test_an_installation_of_another_mode_is_not_served(service: InProcess, supervisor: type[FakeSupervisor]) -> None:
    with pytest.raises(InstallationError, match="is a development installation; run: strongroom dev --data"):
        serve(service.folder, "production", ServeSettings(host="127.0.0.1", port=0, workers=1), print)
    assert supervisor.made == []
