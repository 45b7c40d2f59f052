"""`strongroom init`, `serve` and `dev`."""

import argparse
import os
from collections.abc import Callable
from pathlib import Path

from strongroom.app.data_folder import DataFolder, serving
from strongroom.app.installation import Opened, create_installation, load_root_key, new_account_id, record_operator
from strongroom.app.serve import ServeSettings, endpoint_of, serve
from strongroom.cli import values
from strongroom.cli.output import print_fields, print_json
from strongroom.cli.settings import Settings, UsageError

DEFAULT_LISTEN = ("127.0.0.1", 4599)
DEFAULT_REGION = "us-east-1"
DEFAULT_DATA = Path("strongroom-data")
DEV_DATA = Path(".strongroom-dev")
_FARTHEST_CLOCK = 36_500 * 86_400
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def data_folder(data: Path, root_key_file: Path | None = None) -> DataFolder:
    """Give the data folder, with its root key where flag, environment or settings file say. Raises UsageError."""
    found = Settings(data).get("root_key_file", root_key_file, None, Path)
    return DataFolder(data, found)


def init(arguments: argparse.Namespace) -> int:
    """Make an installation and print the root user's credentials, once."""
    account_id = arguments.account_id or new_account_id()
    folder = data_folder(arguments.data, arguments.root_key_file)
    # A wrong setting must be found before there are credentials that are shown once.
    listen = Settings(arguments.data).get("listen", None, DEFAULT_LISTEN, values.listen)
    created = create_installation(folder, account_id, arguments.region, "production")
    fields = {
        "account_id": created.account_id,
        "region": created.region,
        "endpoint": endpoint_of(*listen),
        "access_key_id": created.credentials.access_key_id,
        "secret_access_key": created.credentials.secret_access_key,
    }
    if arguments.json:
        print_json(fields)
        return 0
    print(f"Made an installation in {arguments.data}. The secret access key is shown this once:\n")
    print_fields(fields)
    print(f"\nKeep a copy of {folder.root_key} apart from the database: without it no key can be opened.")
    print(f"Next: strongroom serve --data {arguments.data}")
    return 0


def run_serve(arguments: argparse.Namespace) -> int:
    """Serve an installation."""
    folder = data_folder(arguments.data, arguments.root_key_file)
    settings = _serve_settings(arguments)
    _refuse_plain_network(settings, arguments.allow_plain_http)

    def ready(endpoint: str) -> None:
        if arguments.json:
            print_json({"endpoint": endpoint, "pid": os.getpid(), "workers": settings.workers})
        else:
            print(f"Strongroom serves {arguments.data} at {endpoint} with {settings.workers} workers.", flush=True)

    return serve(folder, "production", settings, ready)


def _refuse_plain_network(settings: ServeSettings, allowed: bool) -> None:  # noqa: FBT001 - a flag of the command line
    if settings.host not in _LOOPBACK and not allowed:
        raise UsageError(
            f"{settings.host} is not a loopback address, and plaintexts would cross the network in the clear; "
            "serve on 127.0.0.1 behind a TLS proxy, or say --allow-plain-http"
        )


def dev(arguments: argparse.Namespace) -> int:
    """Make a development installation where there is none, and serve it."""
    folder = data_folder(arguments.data)
    settings = _serve_settings(arguments)
    _refuse_plain_network(settings, allowed=False)
    if not folder.database.exists():
        create_installation(folder, arguments.account_id or new_account_id(), arguments.region, "dev")
    return serve(folder, "dev", settings, _show_dev(folder, arguments))


def _show_dev(folder: DataFolder, arguments: argparse.Namespace) -> Callable[[str], None]:
    fields = _dev_fields(folder)

    def ready(endpoint: str) -> None:
        shown = {"endpoint": endpoint, **fields}
        if arguments.json:
            print_json(shown)
            return
        print(f"Strongroom runs, for development, with its data in {folder.path}. In another terminal:\n")
        print(f"  export AWS_ENDPOINT_URL={endpoint}")
        print(f"  export AWS_DEFAULT_REGION={fields['region']}")
        print(f"  export AWS_ACCESS_KEY_ID={fields['access_key_id']}")
        print(f"  export AWS_SECRET_ACCESS_KEY={fields['secret_access_key']}\n")
        print("  aws kms create-key --description 'My first key'\n")
        print(
            f"Account {fields['account_id']}. Stop with Ctrl-C; run it again to go on with the same data.", flush=True
        )

    return ready


def _dev_fields(folder: DataFolder) -> dict[str, str]:
    with Opened(folder, load_root_key(folder)) as opened:
        opened.require("dev")
        with opened.store.read() as reader:
            account_id = reader.accounts.account_ids()[0]
            keys = [key for key in reader.accounts.access_keys(account_id) if key.status == "Active"]
        if not keys:
            raise UsageError(f"no access key is active; run: strongroom credentials create --data {folder.path}")
        return {
            "account_id": account_id,
            "region": opened.installation.default_region,
            "access_key_id": keys[0].access_key_id,
            "secret_access_key": opened.secret_of(keys[0]),
        }


def _serve_settings(arguments: argparse.Namespace) -> ServeSettings:
    settings = Settings(arguments.data)
    host, port = settings.get("listen", arguments.listen, DEFAULT_LISTEN, values.listen)
    return ServeSettings(
        host=host,
        port=port,
        workers=settings.get("workers", arguments.workers, os.cpu_count() or 1, values.workers),
        log_level=settings.get("log_level", arguments.log_level, "INFO", values.log_level),
    )


def advance_clock(arguments: argparse.Namespace) -> int:
    """Move the service time of a development installation forward."""
    folder = data_folder(arguments.data)
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
