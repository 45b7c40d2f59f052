"""`strongroom status`."""

import argparse

from strongroom.app.data_folder import serving
from strongroom.app.installation import Opened, load_root_key
from strongroom.cli.output import print_fields, print_json
from strongroom.cli.serving import data_folder


def status(arguments: argparse.Namespace) -> int:
    """Tell how an installation stands; it need not be served."""
    folder = data_folder(arguments)
    root_key = load_root_key(folder)
    with Opened(folder, root_key) as opened, opened.store.read() as reader:
        accounts = reader.accounts.account_ids()
        keys = reader.keys.count_by_state()
    server = serving(folder)
    fields: dict[str, object] = {
        "data": str(folder.path),
        "mode": opened.installation.mode,
        "region": opened.installation.default_region,
        "root_key_id": root_key.id,
        "store_key_version": opened.store_keys.current,
        "accounts": accounts,
        "keys": keys,
        "endpoint": server.endpoint if server else None,
        "pid": server.pid if server else None,
    }
    if opened.installation.mode == "dev":
        fields["clock_offset_seconds"] = opened.installation.clock_offset
    if arguments.json:
        print_json(fields)
        return 0
    fields["accounts"] = ", ".join(accounts)
    fields["keys"] = ", ".join(f"{number} {state}" for state, number in sorted(keys.items())) or "none"
    fields["endpoint"] = fields["endpoint"] or "not served"
    fields["pid"] = fields["pid"] or "-"
    print_fields(fields)
    return 0
