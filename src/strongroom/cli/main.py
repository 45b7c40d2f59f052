"""The commands, their flags and their exit codes: 0 done, 1 failed, 2 wrong usage."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from strongroom import __version__
from strongroom.app.data_folder import InstallationError
from strongroom.app.hardening import forbid_core_dumps
from strongroom.cli import credentials, services, values
from strongroom.cli.access_commands import add_access_commands
from strongroom.cli.flags import common, value
from strongroom.cli.lint import KINDS, lint
from strongroom.cli.output import complain
from strongroom.cli.root_key import add_root_key_commands
from strongroom.cli.root_key_choice import add_choice_flags
from strongroom.cli.serving import DEFAULT_DATA, DEFAULT_REGION, DEV_DATA, advance_clock, dev, init, run_serve
from strongroom.cli.settings import UsageError
from strongroom.cli.status import status
from strongroom.cli.xks_proxy import add_xks_proxy_commands
from strongroom.custody.root_key import RootKeyError
from strongroom.storage.store import StoreError

FAILED = 1
WRONG_USAGE = 2

# As on AWS for a root user.
_LONGEST_SESSION = 3600
_SHORTEST_SESSION = 900


def _session_duration(text: str) -> int:
    seconds = values.duration(text)
    if not _SHORTEST_SESSION <= seconds <= _LONGEST_SESSION:
        raise ValueError(f"a session lasts 15m to 1h, not {text}")
    return seconds


def _account_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--account-id", type=value(values.account_id), help="12 digits (default: random)")
    parser.add_argument("--region", type=value(values.region), default=DEFAULT_REGION, help="Region to print")


def _serve_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--listen", type=value(values.listen), metavar="HOST:PORT", help="default: 127.0.0.1:4599")
    parser.add_argument(
        "--vpc-endpoint",
        dest="vpc_endpoints",
        action="append",
        type=value(values.vpc_endpoint),
        metavar="VPCE@VPC=HOST:PORT",
        help="listen there too, for requests that come through this VPC endpoint; @VPC may be left out; repeatable",
    )
    parser.add_argument("--workers", type=value(values.workers), metavar="N", help="processes (default: one a core)")
    parser.add_argument("--log-level", type=value(values.log_level), help="default: INFO")
    parser.add_argument(
        "--oidc-ca-file", type=Path, metavar="FILE", help="CAs of identity providers beside the system's, as PEM"
    )
    parser.add_argument(
        "--attestation-roots",
        type=Path,
        metavar="FILE",
        help="root certificates of attestation documents, as PEM: answers may then be for their enclaves",
    )
    parser.add_argument(
        "--allow-private-issuers",
        action="store_true",
        default=None,
        help="connect to identity providers at loopback and private addresses",
    )
    parser.add_argument(
        "--request-quotas",
        metavar="off|aws|FILE",
        help="refuse requests over AWS's rates, or over those of a TOML file (default: off)",
    )
    _key_store_flags(parser)


def _key_store_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--hsm-clusters", type=Path, metavar="FILE", help="clusters of custom key stores: PKCS#11 tokens, as TOML"
    )
    parser.add_argument(
        "--xks-ca-file", type=Path, metavar="FILE", help="CAs of external key store proxies beside the system's, as PEM"
    )
    parser.add_argument(
        "--xks-client-certificate",
        type=Path,
        metavar="FILE",
        help="certificate and key for external key store proxies that ask for one, as PEM",
    )
    parser.add_argument(
        "--xks-timeout",
        type=value(values.proxy_seconds),
        metavar="SECONDS",
        help="what an external key store proxy is given for one request (default: 0.25, as on AWS)",
    )
    parser.add_argument(
        "--allow-private-xks-proxies",
        action="store_true",
        default=None,
        help="connect to external key store proxies at loopback and private addresses",
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="strongroom", description="A key management service that speaks the AWS KMS API."
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    made = commands.add_parser("init", help="make an installation and print its first credentials, once")
    common(made, DEFAULT_DATA)
    _account_flags(made)
    add_choice_flags(made, "--root-key", "who keeps the root key (default: file)")
    made.set_defaults(run=init)

    served = commands.add_parser("serve", help="serve an installation")
    common(served, DEFAULT_DATA)
    _serve_flags(served)
    served.add_argument(
        "--allow-plain-http", action="store_true", help="listen beyond loopback without TLS, as behind a TLS proxy"
    )
    served.set_defaults(run=run_serve)

    told = commands.add_parser("status", help="tell how an installation stands")
    common(told, DEFAULT_DATA)
    told.set_defaults(run=status)

    _add_dev(commands)
    _add_credentials(commands)
    _add_services(commands)
    _add_lint(commands)
    add_access_commands(commands)
    add_root_key_commands(commands)
    add_xks_proxy_commands(commands)
    return parser


def _add_dev(commands: Any) -> None:  # noqa: ANN401 - argparse does not publish the type
    developed = commands.add_parser("dev", help="make a development installation where there is none, and serve it")
    common(developed, DEV_DATA, root_key=False)
    _account_flags(developed)
    _serve_flags(developed)
    developed.add_argument("--no-demo", action="store_true", help="make an account with nothing in it")
    developed.set_defaults(run=dev)
    inner = developed.add_subparsers(metavar="clock")
    clock = inner.add_parser("clock", help="move the service time").add_subparsers(required=True, metavar="advance")
    advance = clock.add_parser("advance", help="let days pass at once")
    advance.add_argument("by", type=value(values.duration), help="such as 12h or 30d")
    # A default here would take the place of what stands before `clock`.
    advance.add_argument("--data", type=Path, default=argparse.SUPPRESS, metavar="DIR", help="data folder")
    advance.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print one JSON object")
    advance.set_defaults(run=advance_clock)


def _add_credentials(commands: Any) -> None:  # noqa: ANN401 - argparse does not publish the type
    parser = commands.add_parser("credentials", help="access keys and password of an account's root user")
    inner = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, run, text in (
        ("list", credentials.list_all, "print the access keys, without secrets"),
        ("create", credentials.create, "make one more access key and print it, once"),
        ("session", credentials.session, "print temporary credentials"),
        ("root-password", credentials.root_password, "set another password for the console and print it, once"),
    ):
        command = inner.add_parser(name, help=text)
        common(command, DEFAULT_DATA)
        command.add_argument("--account-id", type=value(values.account_id), help="default: the first account")
        if name == "session":
            command.add_argument(
                "--duration", type=value(_session_duration), default=3600, help="15m to 1h; default: 1h"
            )
        command.set_defaults(run=run)
    for name, run in (("activate", credentials.activate), ("deactivate", credentials.deactivate)):
        command = inner.add_parser(name, help=f"{name} an access key")
        command.add_argument("access_key_id")
        common(command, DEFAULT_DATA)
        command.set_defaults(run=run)


def _add_services(commands: Any) -> None:  # noqa: ANN401 - argparse does not publish the type
    parser = commands.add_parser("service", help="AWS services that may act for users")
    inner = parser.add_subparsers(required=True, metavar="COMMAND")
    listed = inner.add_parser("list", help="print the services")
    common(listed, DEFAULT_DATA)
    listed.set_defaults(run=services.list_all)
    for name, run, text in (
        ("register", services.register, "register a service and print its access key, once"),
        ("rotate-credentials", services.rotate_credentials, "make another access key and print it, once"),
        ("remove", services.remove, "remove a service with its access keys; its sessions end"),
    ):
        command = inner.add_parser(name, help=text)
        command.add_argument("service", type=value(services.service_name), help="such as ec2.amazonaws.com")
        common(command, DEFAULT_DATA)
        command.set_defaults(run=run)
        if name == "register":
            command.add_argument(
                "--managed-key",
                type=value(services.managed_key),
                metavar="ALIAS",
                help="its AWS managed keys, such as aws/ebs (default: as on AWS)",
            )
        if name == "rotate-credentials":
            command.add_argument("--keep-old", action="store_true", help="let the old access keys be used still")


def _add_lint(commands: Any) -> None:  # noqa: ANN401 - argparse does not publish the type
    linted = commands.add_parser("lint", help="find what is wrong, void or risky in a policy")
    linted.add_argument("file", metavar="FILE", help="the policy; - reads standard input")
    linted.add_argument("--kind", choices=KINDS, default="key", help="what kind of policy it is (default: key)")
    linted.add_argument("--account-id", type=value(values.account_id), help="whose policy it is; finds more")
    linted.add_argument("--strict", action="store_true", help="fail on warnings too")
    linted.add_argument("--json", action="store_true", help="print one JSON object")
    linted.set_defaults(run=lint)


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
