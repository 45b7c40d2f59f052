"""Amazon Resource Names of KMS (`arn:aws:kms:REGION:ACCOUNT:key/ID`, `…:alias/NAME`) and of IAM."""

import re
from typing import Literal

import msgspec

PARTITION = "aws"
ALIAS_PREFIX = "alias/"
KEY_ID = re.compile(r"(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|mrk-[0-9a-f]{32})", re.ASCII)
_ARN_PARTS = 6
_ACCOUNT_ID = re.compile(r"[0-9]{12}", re.ASCII)


class KmsArn(msgspec.Struct, frozen=True):
    """A parsed ARN of a key or an alias; `name` is the key id, or the alias name with its `alias/`."""

    region: str
    account_id: str
    kind: Literal["key", "alias"]
    name: str


def parse_kms_arn(text: str) -> KmsArn:
    """Parse the ARN of a key or alias. Raises ValueError for anything else."""
    parts = text.split(":", _ARN_PARTS - 1)
    if len(parts) != _ARN_PARTS or parts[:3] != ["arn", PARTITION, "kms"] or not _ACCOUNT_ID.fullmatch(parts[4]):
        raise ValueError("not an ARN of KMS")
    kind, _, name = parts[5].partition("/")
    if kind == "key" and name:
        return KmsArn(parts[3], parts[4], "key", name)
    if kind == "alias" and name:
        return KmsArn(parts[3], parts[4], "alias", parts[5])
    raise ValueError("neither a key nor an alias")


def key_arn(account_id: str, region: str, key_id: str) -> str:
    """Give the ARN of a key."""
    return f"arn:{PARTITION}:kms:{region}:{account_id}:key/{key_id}"


def alias_arn(account_id: str, region: str, alias_name: str) -> str:
    """Give the ARN of an alias, whose name starts with `alias/`."""
    return f"arn:{PARTITION}:kms:{region}:{account_id}:{alias_name}"


def iam_arn(account_id: str, kind: str, path: str, name: str) -> str:
    """Give the ARN of an IAM resource; a path starts and ends with a slash."""
    return f"arn:{PARTITION}:iam::{account_id}:{kind}{path}{name}"
