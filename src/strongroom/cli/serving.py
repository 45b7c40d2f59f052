"""`strongroom init`, `serve` and `dev`."""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from strongroom.app.data_folder import DataFolder, serving
from strongroom.app.demo import Demo, make_demo
from strongroom.app.installation import (
    Created,
    Opened,
    create_installation,
    load_root_key,
    new_account_id,
)
from strongroom.app.issuers import IssuerSettings
from strongroom.app.key_stores import KeyStoreFiles
from strongroom.app.operator_records import record_operator
from strongroom.app.request_quotas import OFF
from strongroom.app.serve import ServedVpcEndpoint, ServeSettings, endpoint_of, serve
from strongroom.app.worker import WorkerSettings
from strongroom.cli import values
from strongroom.cli.announcing import MadeDev, console_fields, print_vpc_endpoints, show_dev
from strongroom.cli.output import print_fields, print_json
from strongroom.cli.root_key_choice import new_root_key_of
from strongroom.cli.root_key_secrets import maker_secrets_of, secrets_of
from strongroom.cli.settings import Settings, UsageError
from strongroom.custody.root_key_providers import Provider, RootKeySecrets, describe_root_key
from strongroom.custody.xks_client import TIMEOUT
from strongroom.server.listen import ListenAddress

DEFAULT_LISTEN = ("127.0.0.1", 4599)
DEFAULT_REGION = "us-east-1"
DEFAULT_DATA = Path("strongroom-data")
DEV_DATA = Path(".strongroom-dev")
_FARTHEST_CLOCK = 36_500 * 86_400
_KEEP_TOO: dict[Provider, str] = {
    "passphrase": "Neither can one without the passphrase, which is written down nowhere.",
    "pkcs11": "Neither can one without the token: have it backed up as its maker says.",
}
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def data_folder(arguments: argparse.Namespace, secrets: RootKeySecrets | None = None) -> DataFolder:
    """Give the data folder, with its root key where flag, environment or settings file say. Raises UsageError."""
    found = Settings(arguments.data).get("root_key_file", arguments.root_key_file, None, Path)
    return DataFolder(arguments.data, found, secrets or secrets_of(arguments))


def init(arguments: argparse.Namespace) -> int:
    """Make an installation and print the root user's credentials, once."""
    account_id = arguments.account_id or new_account_id()
    folder = data_folder(arguments, maker_secrets_of(arguments))
    settings = Settings(arguments.data)
    provider: Provider | None = settings.get("root_key", arguments.root_key, None, values.provider)
    new_root_key = new_root_key_of(arguments, provider)
    # A wrong setting must be found before there are credentials that are shown once.
    listen = settings.get("listen", None, DEFAULT_LISTEN, values.listen)
    created = create_installation(folder, account_id, arguments.region, "production", new_root_key=new_root_key)
    fields = {
        "account_id": created.account_id,
        "region": created.region,
        "endpoint": endpoint_of(*listen),
        "access_key_id": created.credentials.access_key_id,
        "secret_access_key": created.credentials.secret_access_key,
        **console_fields(endpoint_of(*listen), created.console_password),
    }
    if arguments.json:
        print_json(fields)
        return 0
    print(f"Made an installation in {arguments.data}. The secret access key and the password are shown this once:\n")
    print_fields(fields)
    print(f"\nKeep a copy of {folder.root_key} apart from the database: without it no key can be opened.")
    if hint := _KEEP_TOO.get(describe_root_key(folder.root_key).provider):
        print(hint)
    print(f"Next: strongroom serve --data {arguments.data}")
    return 0


def run_serve(arguments: argparse.Namespace) -> int:
    """Serve an installation."""
    folder = data_folder(arguments)
    settings = _serve_settings(arguments)
    _refuse_plain_network(settings, arguments.allow_plain_http)

    def ready(endpoint: str, vpc_endpoints: Sequence[ServedVpcEndpoint]) -> None:
        if arguments.json:
            more = {"pid": os.getpid(), "workers": settings.workers}
            print_json({"endpoint": endpoint, "vpc_endpoints": vpc_endpoints, **more})
            return
        print(f"Strongroom serves {arguments.data} at {endpoint} with {settings.workers} workers.", flush=True)
        print_vpc_endpoints(vpc_endpoints)

    return serve(folder, "production", settings, ready)


def _refuse_plain_network(settings: ServeSettings, allowed: bool) -> None:  # noqa: FBT001 - a flag of the command line
    for address in settings.addresses:
        if address.host not in _LOOPBACK and not allowed:
            raise UsageError(
                f"{address.host} is not a loopback address, and plaintexts would cross the network in the clear; "
                "serve on 127.0.0.1 behind a TLS proxy, or say --allow-plain-http"
            )


def dev(arguments: argparse.Namespace) -> int:
    """Make a development installation where there is none, and serve it."""
    folder = data_folder(arguments)
    settings = _serve_settings(arguments)
    _refuse_plain_network(settings, allowed=False)
    made = None if folder.database.exists() else _make_dev(folder, arguments)
    return serve(folder, "dev", settings, show_dev(folder, arguments, made))


def _make_dev(folder: DataFolder, arguments: argparse.Namespace) -> MadeDev:
    """Make a development installation, with a demo account unless it is not wanted."""
    made: list[Demo] = []

    def fill(opened: Opened, created: Created) -> None:
        if not arguments.no_demo:
            made.append(make_demo(folder, opened, created))

    account_id = arguments.account_id or new_account_id()
    created = create_installation(folder, account_id, arguments.region, "dev", fill)
    return MadeDev(console_password=created.console_password, demo=made[0] if made else None)


def _serve_settings(arguments: argparse.Namespace) -> ServeSettings:
    settings = Settings(arguments.data)
    host, port = settings.get("listen", arguments.listen, DEFAULT_LISTEN, values.listen)
    return ServeSettings(
        host=host,
        port=port,
        workers=settings.get("workers", arguments.workers, os.cpu_count() or 1, values.workers),
        vpc_listeners=_vpc_listeners(settings, arguments),
        log_level=settings.get("log_level", arguments.log_level, "INFO", values.log_level),
        worker=_worker_settings(settings, arguments),
        request_quotas=settings.get("request_quotas", arguments.request_quotas, OFF, str),
    )


def _worker_settings(settings: Settings, arguments: argparse.Namespace) -> WorkerSettings:
    return WorkerSettings(
        attestation_roots=settings.get("attestation_roots", arguments.attestation_roots, None, Path),
        key_stores=KeyStoreFiles(
            hsm_clusters=settings.get("hsm_clusters", arguments.hsm_clusters, None, Path),
            xks_ca_file=settings.get("xks_ca_file", arguments.xks_ca_file, None, Path),
            xks_client_certificate=settings.get("xks_client_certificate", arguments.xks_client_certificate, None, Path),
            xks_timeout=settings.get("xks_timeout", arguments.xks_timeout, TIMEOUT, values.proxy_seconds),
            allow_private_xks_proxies=settings.get(
                "allow_private_xks_proxies", arguments.allow_private_xks_proxies, False, values.flag
            ),
        ),
        issuers=IssuerSettings(
            ca_file=settings.get("oidc_ca_file", arguments.oidc_ca_file, None, Path),
            allow_private=settings.get("allow_private_issuers", arguments.allow_private_issuers, False, values.flag),
        ),
    )


def _vpc_listeners(settings: Settings, arguments: argparse.Namespace) -> tuple[ListenAddress, ...]:
    listeners = settings.get_all("vpc_endpoints", arguments.vpc_endpoints, values.vpc_endpoint)
    vpcs: dict[str, str | None] = {}
    for each in listeners:
        vpc_endpoint = each.vpc_endpoint
        if vpc_endpoint and vpcs.setdefault(vpc_endpoint.endpoint_id, vpc_endpoint.vpc_id) != vpc_endpoint.vpc_id:
            raise UsageError(f"{vpc_endpoint.endpoint_id} is in one VPC: name the same one with each of its listeners")
    return listeners


def advance_clock(arguments: argparse.Namespace) -> int:
    """Move the service time of a development installation forward."""
    folder = data_folder(arguments)
    with Opened(folder, load_root_key(folder)) as opened:
        opened.require("dev")
        with opened.store.change() as change:
            offset = change.accounts.installation().clock_offset + arguments.by
            if offset > _FARTHEST_CLOCK:
                raise UsageError("the clock can be moved 100 years ahead, no farther")
            change.accounts.set_clock_offset(offset)
            first = change.accounts.account_ids()[0]
            record_operator(change, "AdvanceClock", first, {"clockOffsetSeconds": offset})
    if arguments.json:
        print_json({"clock_offset_seconds": offset})
    else:
        print(f"Service time now runs {offset / 86_400:g} days ahead.")
        if serving(folder) is None:
            print("Nobody serves this installation; what is due happens once somebody does.")
    return 0
