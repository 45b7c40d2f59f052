"""The flags of the commands about who may do what: `explain`, `access` and `account`."""

import argparse
from typing import Any

from strongroom.cli import accounts, services, values
from strongroom.cli.access import access
from strongroom.cli.explain import context_entry, encryption_context_entry, explain
from strongroom.cli.flags import common, value
from strongroom.cli.serving import DEFAULT_DATA


def add_access_commands(commands: Any) -> None:  # noqa: ANN401 - argparse does not publish the type
    """Add the commands."""
    _add_explain(commands)
    _add_access(commands)
    _add_account(commands)


def _add_explain(commands: Any) -> None:  # noqa: ANN401 - argparse does not publish the type
    explained = commands.add_parser("explain", help="tell why a principal may or may not do something with a key")
    explained.add_argument("--principal", required=True, metavar="ARN", help="who; of a service its name")
    explained.add_argument("--action", required=True, metavar="kms:ACTION", help="what, such as kms:Decrypt")
    explained.add_argument("--key", help="id, alias or ARN")
    _add_place(explained, "the principal's")
    explained.add_argument(
        "--context",
        action="append",
        default=[],
        type=value(context_entry),
        metavar="KEY=VALUE",
        help="value of a condition key; repeatable, also for the same key",
    )
    explained.add_argument(
        "--encryption-context",
        action="append",
        default=[],
        type=value(encryption_context_entry),
        metavar="NAME=VALUE",
        help="pair of the encryption context; repeatable",
    )
    explained.add_argument(
        "--via-service", type=value(services.service_name), help="the service that asks in the principal's name"
    )
    explained.add_argument("--session-policy", metavar="FILE", help="policy of the session; - reads standard input")
    common(explained, DEFAULT_DATA)
    explained.set_defaults(run=explain)


def _add_access(commands: Any) -> None:  # noqa: ANN401 - argparse does not publish the type
    shown = commands.add_parser("access", help="tell who may do what with a key")
    shown.add_argument("key", metavar="KEY", help="id, alias or ARN")
    _add_place(shown, "the first")
    shown.add_argument(
        "--policy", metavar="FILE", help="tell what this key policy would change; - reads standard input"
    )
    common(shown, DEFAULT_DATA)
    shown.set_defaults(run=access)


def _add_place(parser: argparse.ArgumentParser, whose: str) -> None:
    parser.add_argument("--account-id", type=value(values.account_id), help=f"where the key is (default: {whose})")
    parser.add_argument("--region", type=value(values.region), help="where the key is (default: that of init)")


def _add_account(commands: Any) -> None:  # noqa: ANN401 - argparse does not publish the type
    inner = commands.add_parser("account", help="accounts and their service control policies").add_subparsers(
        required=True, metavar="COMMAND"
    )
    made = inner.add_parser("create", help="add an account and print its root user's access key, once")
    made.add_argument("--account-id", type=value(values.account_id), help="12 digits (default: random)")
    made.set_defaults(run=accounts.create)
    listed = inner.add_parser("list", help="print the accounts")
    listed.set_defaults(run=accounts.list_all)
    policies = inner.add_parser("policy", help="service control policies of an account").add_subparsers(
        required=True, metavar="COMMAND"
    )
    put = policies.add_parser("put", help="give an account a service control policy")
    put.set_defaults(run=accounts.put_policy)
    deleted = policies.add_parser("delete", help="take a service control policy from an account")
    deleted.set_defaults(run=accounts.delete_policy)
    shown = policies.add_parser("list", help="print the service control policies of an account")
    shown.set_defaults(run=accounts.list_policies)
    for command in (put, deleted, shown):
        command.add_argument("account", metavar="ACCOUNT", help="12 digits")
    for command in (put, deleted):
        command.add_argument("name", metavar="NAME", help="of the policy")
    put.add_argument("file", metavar="FILE", help="the policy; - reads standard input")
    for command in (made, listed, put, deleted, shown):
        common(command, DEFAULT_DATA)
