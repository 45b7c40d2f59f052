"""The commands, their flags and their exit codes: 0 done, 1 failed, 2 wrong usage."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from strongroom import __version__
from strongroom.app.data_folder import InstallationError
from strongroom.app.hardening import forbid_core_dumps
from strongroom.cli import credentials, values
from strongroom.cli.output import complain
from strongroom.cli.serving import DEFAULT_DATA, DEFAULT_REGION, DEV_DATA, advance_clock, dev, init, run_serve
from strongroom.cli.settings import UsageError
from strongroom.cli.status import status
from strongroom.custody.root_key import RootKeyError
from strongroom.storage.store import StoreError

FAILED = 1
WRONG_USAGE = 2

# As on AWS for a root user.
_LONGEST_SESSION = 3600
_SHORTEST_SESSION = 900


def _value(convert: Callable[[str], Any]) -> Callable[[str], Any]:
    """Make a flag's value show its own message when it is wrong."""

    def read(text: str) -> Any:  # noqa: ANN401 - whatever the flag holds
        try:
            return convert(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return read


def _session_duration(text: str) -> int:
    seconds = values.duration(text)
    if not _SHORTEST_SESSION <= seconds <= _LONGEST_SESSION:
        raise ValueError(f"a session lasts 15m to 1h, not {text}")
    return seconds


def _common(parser: argparse.ArgumentParser, data: Path, *, root_key: bool = True) -> None:
    parser.add_argument("--data", type=Path, default=data, metavar="DIR", help=f"data folder (default: {data})")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    if root_key:
        parser.add_argument("--root-key-file", type=Path, metavar="FILE", help="root key (default: DIR/root.key)")


def _account_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--account-id", type=_value(values.account_id), help="12 digits (default: random)")
    parser.add_argument("--region", type=_value(values.region), default=DEFAULT_REGION, help="Region to print")


def _serve_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--listen", type=_value(values.listen), metavar="HOST:PORT", help="default: 127.0.0.1:4599")
    parser.add_argument("--workers", type=_value(values.workers), metavar="N", help="processes (default: one a core)")
    parser.add_argument("--log-level", type=_value(values.log_level), help="default: INFO")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="strongroom", description="A key management service that speaks the AWS KMS API."
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    made = commands.add_parser("init", help="make an installation and print its first credentials, once")
    _common(made, DEFAULT_DATA)
    _account_flags(made)
    made.set_defaults(run=init)

    served = commands.add_parser("serve", help="serve an installation")
    _common(served, DEFAULT_DATA)
    _serve_flags(served)
    served.add_argument(
        "--allow-plain-http", action="store_true", help="listen beyond loopback without TLS, as behind a TLS proxy"
    )
    served.set_defaults(run=run_serve)

    told = commands.add_parser("status", help="tell how an installation stands")
    _common(told, DEFAULT_DATA)
    told.set_defaults(run=status)

    _add_dev(commands)
    _add_credentials(commands)
    return parser


def _add_dev(commands: Any) -> None:  # noqa: ANN401 - argparse does not publish the type
    developed = commands.add_parser("dev", help="make a development installation where there is none, and serve it")
    _common(developed, DEV_DATA, root_key=False)
    _account_flags(developed)
    _serve_flags(developed)
    developed.set_defaults(run=dev)
    inner = developed.add_subparsers(metavar="clock")
    clock = inner.add_parser("clock", help="move the service time").add_subparsers(required=True, metavar="advance")
    advance = clock.add_parser("advance", help="let days pass at once")
    advance.add_argument("by", type=_value(values.duration), help="such as 12h or 30d")
    # A default here would take the place of what stands before `clock`.
    advance.add_argument("--data", type=Path, default=argparse.SUPPRESS, metavar="DIR", help="data folder")
    advance.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print one JSON object")
    advance.set_defaults(run=advance_clock)


def _add_credentials(commands: Any) -> None:  # noqa: ANN401 - argparse does not publish the type
    parser = commands.add_parser("credentials", help="access keys of an account's root user")
    inner = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, run, text in (
        ("list", credentials.list_all, "print the access keys, without secrets"),
        ("create", credentials.create, "make one more access key and print it, once"),
        ("session", credentials.session, "print temporary credentials"),
    ):
        command = inner.add_parser(name, help=text)
        _common(command, DEFAULT_DATA)
        command.add_argument("--account-id", type=_value(values.account_id), help="default: the first account")
        if name == "session":
            command.add_argument(
                "--duration", type=_value(_session_duration), default=3600, help="15m to 1h; default: 1h"
            )
        command.set_defaults(run=run)
    for name, run in (("activate", credentials.activate), ("deactivate", credentials.deactivate)):
        command = inner.add_parser(name, help=f"{name} an access key")
        command.add_argument("access_key_id")
        _common(command, DEFAULT_DATA)
        command.set_defaults(run=run)


def program() -> int:
    """Be the program `strongroom`: a process whose memory, which may hold keys, is in no dump; gives the exit code."""
    forbid_core_dumps()
    return main()


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; gives the exit code."""
    arguments = _parser().parse_args(argv)
    try:
        code: int = arguments.run(arguments)
    except UsageError as error:
        complain(str(error))
        return WRONG_USAGE
    except (InstallationError, RootKeyError, StoreError, OSError) as error:
        complain(str(error))
        return FAILED
    except KeyboardInterrupt:
        complain("interrupted")
        return FAILED
    return code
