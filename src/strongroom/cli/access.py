"""`strongroom access`: who may do what with a key."""

import argparse
from collections.abc import Iterable, Iterator, Mapping

from strongroom.app.access import ACTIONS, Access, AccessChange, Path, access_changes, access_to
from strongroom.app.access_ways import By
from strongroom.app.asking import AskError
from strongroom.app.questions import find_key
from strongroom.cli.files import read_text
from strongroom.cli.opening import open_installation
from strongroom.cli.output import print_json
from strongroom.cli.settings import UsageError

_BY: Mapping[By, str] = {
    "key-policy": "by the key policy",
    "iam": "by the key policy and IAM policies",
    "cross-account": "by the key policy and the policies of its own account",
    "grant": "by a grant",
}


def access(arguments: argparse.Namespace) -> int:
    """Print who may do what with a key, or what another key policy would change."""
    policy = None if arguments.policy is None else read_text(arguments.policy)
    with open_installation(arguments) as opened, opened.store.read() as reader:
        region = arguments.region or opened.installation.default_region
        account_id = arguments.account_id or reader.accounts.account_ids()[0]
        try:
            key = find_key(reader, arguments.key, account_id, region)
            found = access_to(reader, key) if policy is None else access_changes(reader, key, policy)
        except AskError as error:
            raise UsageError(str(error)) from None
    if arguments.json:
        print_json({"key": key.arn, "access" if policy is None else "changes": found})
    else:
        print("\n".join(_lines(key.arn, found)), flush=True)
    return 0


def _lines(arn: str, found: Iterable[Access | AccessChange]) -> Iterator[str]:
    yield arn
    for each in found:
        yield f"\n{each.principal} ({each.kind})"
        yield from _access_lines(each) if isinstance(each, Access) else _change_lines(each)
    if not found:
        yield "\nNothing and nobody."


def _access_lines(access_of: Access) -> Iterator[str]:
    for path in access_of.paths:
        yield f"  {_actions(path.actions)}"
        yield from _path_lines(path)


def _path_lines(path: Path) -> Iterator[str]:
    yield f"      {_BY[path.way.by]}: {'; '.join(path.way.through)}"
    yield from (f"      if {condition}" for condition in path.way.conditions)


def _change_lines(change: AccessChange) -> Iterator[str]:
    for verb, actions in (
        ("gains", change.gains),
        ("loses", change.loses),
        ("under other conditions", change.changes),
    ):
        if actions:
            yield f"  {verb}: {_actions(actions)}"


def _actions(actions: tuple[str, ...]) -> str:
    return "everything" if len(actions) == len(ACTIONS) else " ".join(actions)
