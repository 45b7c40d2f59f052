"""`strongroom xks-proxy`: keys of an installation for external key stores, of AWS KMS or of another Strongroom.

All commands but the serving one work on the data folder, whether it is served or not; a proxy that runs acts on them
with its next request.
"""

import argparse
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

from strongroom.app.installation import Opened
from strongroom.app.xks_proxy_changes import ProxyChangeError, add_credential, add_key, remove_credential, remove_key
from strongroom.app.xks_proxy_serve import ProxyServeSettings, serve_xks_proxy
from strongroom.app.xks_proxy_settings import FILE_NAME, ExternalKey, XksStore, load
from strongroom.app.xks_proxy_tls import TlsSettings
from strongroom.cli import values
from strongroom.cli.flags import common, value
from strongroom.cli.opening import open_installation
from strongroom.cli.output import print_fields, print_json
from strongroom.cli.serving import DEFAULT_DATA, data_folder
from strongroom.cli.settings import UsageError
from strongroom.model.arn import KEY_ID, parse_kms_arn
from strongroom.model.regions import REGIONS
from strongroom.model.xks import API_PATH, EXTERNAL_KEY_ID, MAX_URI_PATH

T = TypeVar("T")

DEFAULT_LISTEN: Final = ("127.0.0.1", 4600)
_PATH_PREFIX: Final = re.compile(r"(?:/[A-Za-z0-9_-]+)*")
_OUTER_FILES: Final = ("--root-key-file", "--passphrase-file", "--pkcs11-pin-file")


def path_prefix(text: str) -> str:
    """Read what stands before `/kms/xks/v1`; gives the whole URI path. Raises ValueError."""
    if _PATH_PREFIX.fullmatch(text) is None or len(text + API_PATH) > MAX_URI_PATH:
        raise ValueError(f"expected a path such as /team-a of letters, digits, - and _, not {text!r}")
    return text + API_PATH


def external_key_id(text: str) -> str:
    """Read an external key id. Raises ValueError."""
    # Clients take dot segments out of paths.
    if EXTERNAL_KEY_ID.fullmatch(text) is None or text in {".", ".."}:
        raise ValueError(f"expected up to 128 letters, digits, dots, - and _, not {text!r}")
    return text


def key_arn(text: str) -> str:
    """Read the ARN of a key. Raises ValueError."""
    try:
        arn = parse_kms_arn(text)
    except ValueError:
        arn = None
    if arn is None or KEY_ID.fullmatch(arn.name) is None or arn.region not in REGIONS:
        raise ValueError(f"expected the ARN of a key, such as arn:aws:kms:us-east-1:111122223333:key/…, not {text!r}")
    return text


def serve(arguments: argparse.Namespace) -> int:
    """Serve until a signal says to stop."""
    settings = _serve_settings(arguments)

    def ready(url: str) -> None:
        if arguments.json:
            print_json({"endpoint": url, "pid": os.getpid(), "workers": settings.workers})
        else:
            print(f"Strongroom serves keys of {arguments.data} as an XKS proxy at {url}.", flush=True)

    return serve_xks_proxy(data_folder(arguments), settings, ready)


def _serve_settings(arguments: argparse.Namespace) -> ProxyServeSettings:
    if arguments.tls_cert is None or arguments.tls_key is None:
        raise UsageError("name the proxy's certificate and its key: --tls-cert FILE --tls-key FILE")
    if (arguments.client_ca is None) is not (arguments.client_name is None):
        raise UsageError("--client-ca and --client-name go together: a CA vouches for others than your client, too")
    host, port = arguments.listen
    return ProxyServeSettings(
        host=host,
        port=port,
        tls=TlsSettings(
            certificate=arguments.tls_cert,
            private_key=arguments.tls_key,
            client_ca=arguments.client_ca,
            client_name=arguments.client_name,
        ),
        workers=arguments.workers,
        log_level=arguments.log_level,
    )


def create_credential(arguments: argparse.Namespace) -> int:
    """Make a credential and print it, once, in the form of the file that the console of AWS KMS takes."""
    made = _change(arguments, lambda opened, path: add_credential(opened, path, arguments.path_prefix))
    credential = {"AccessKeyId": made.kept.access_key_id, "RawSecretAccessKey": made.secret_access_key}
    if arguments.json:
        print_json({"XksProxyUriPath": arguments.path_prefix, "XksProxyAuthenticationCredential": credential})
    else:
        print_fields({"XksProxyUriPath": arguments.path_prefix, **credential})
    return 0


def delete_credential(arguments: argparse.Namespace) -> int:
    """Let a credential be used no more."""
    _change(arguments, lambda opened, path: remove_credential(opened, path, arguments.access_key_id))
    return _done(arguments, {"access_key_id": arguments.access_key_id})


def create_key(arguments: argparse.Namespace) -> int:
    """Serve a key."""
    key = ExternalKey(
        external_key_id=arguments.external_key_id, key_arn=arguments.key, access_key_id=arguments.access_key_id
    )
    _change(arguments, lambda opened, path: add_key(opened, path, arguments.path_prefix, key))
    return _done(arguments, {"uri_path": arguments.path_prefix, "external_key_id": key.external_key_id})


def delete_key(arguments: argparse.Namespace) -> int:
    """Serve a key no more."""
    _change(arguments, lambda opened, path: remove_key(opened, path, arguments.path_prefix, arguments.external_key_id))
    return _done(arguments, {"uri_path": arguments.path_prefix, "external_key_id": arguments.external_key_id})


def list_all(arguments: argparse.Namespace) -> int:
    """Print what is served, without secrets."""
    folder = data_folder(arguments)
    folder.require()
    stores = load(folder.path / FILE_NAME).stores
    if arguments.json:
        print_json({"stores": [_shown(store) for store in stores]})
    for store in () if arguments.json else stores:
        print(store.uri_path)
        print_fields({each.access_key_id: "credential" for each in store.credentials} or {"(no credential)": ""})
        print_fields({each.external_key_id: each.key_arn for each in store.keys} or {"(no key)": ""})
    return 0


def _shown(store: XksStore) -> dict[str, object]:
    return {
        "uri_path": store.uri_path,
        "access_key_ids": [each.access_key_id for each in store.credentials],
        "keys": store.keys,
    }


def _change(arguments: argparse.Namespace, make: Callable[[Opened, Path], T]) -> T:
    with open_installation(arguments) as opened:
        try:
            return make(opened, arguments.data / FILE_NAME)
        except ProxyChangeError as error:
            raise UsageError(str(error)) from None


def _done(arguments: argparse.Namespace, fields: dict[str, object]) -> int:
    if arguments.json:
        print_json(fields)
    return 0


def add_xks_proxy_commands(commands: Any) -> None:  # noqa: ANN401 - argparse does not publish the type
    """Register the commands."""
    served = commands.add_parser("xks-proxy", help="serve keys to external key stores, of AWS KMS or of another KMS")
    common(served, DEFAULT_DATA)
    served.add_argument(
        "--listen",
        type=value(values.listen),
        default=DEFAULT_LISTEN,
        metavar="HOST:PORT",
        help="default: 127.0.0.1:4600",
    )
    served.add_argument("--tls-cert", type=Path, metavar="FILE", help="certificate and those above it, as PEM")
    served.add_argument("--tls-key", type=Path, metavar="FILE", help="its private key, as PEM")
    served.add_argument("--client-ca", type=Path, metavar="FILE", help="roots of the clients' certificates, as PEM")
    served.add_argument("--client-name", metavar="NAME", help="common name that a client's certificate must have")
    served.add_argument("--workers", type=value(values.workers), default=1, metavar="N", help="processes (default: 1)")
    served.add_argument("--log-level", type=value(values.log_level), default="INFO", help="default: INFO")
    served.set_defaults(run=serve)
    _add_changes(served.add_subparsers(metavar="COMMAND"))


def _add_changes(inner: Any) -> None:  # noqa: ANN401 - argparse does not publish the type
    _command(inner, "list", list_all, "print what is served, without secrets")
    made = _command(inner, "add-credential", create_credential, "make a credential for clients and print it, once")
    _add_path_prefix(made)
    gone = _command(inner, "remove-credential", delete_credential, "let a credential be used no more")
    gone.add_argument("access_key_id", metavar="ID")
    added = _command(inner, "add-key", create_key, "serve a symmetric key under an external key id")
    added.add_argument("external_key_id", type=value(external_key_id), metavar="EXTERNAL_KEY_ID")
    added.add_argument("--key", type=value(key_arn), required=True, metavar="ARN", help="the key that it stands for")
    added.add_argument(
        "--access-key-id", required=True, metavar="ID", help="access key of the principal in whose name it is used"
    )
    _add_path_prefix(added)
    removed = _command(inner, "remove-key", delete_key, "serve a key no more; the key itself stays")
    removed.add_argument("external_key_id", metavar="EXTERNAL_KEY_ID")
    _add_path_prefix(removed)


def _command(inner: Any, name: str, run: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:  # noqa: ANN401 - argparse does not publish the type
    parser: argparse.ArgumentParser = inner.add_parser(name, help=text)
    parser.set_defaults(run=run)
    # Defaults here would take the place of what stands before the name.
    parser.add_argument("--data", type=Path, default=argparse.SUPPRESS, metavar="DIR", help="data folder")
    parser.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print one JSON object")
    for flag in _OUTER_FILES:
        parser.add_argument(flag, type=Path, default=argparse.SUPPRESS, metavar="FILE", help="as of xks-proxy itself")
    return parser


def _add_path_prefix(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--path-prefix",
        type=value(path_prefix),
        default=API_PATH,
        metavar="PATH",
        help=f"what stands before {API_PATH}, such as /team-a (default: nothing)",
    )
