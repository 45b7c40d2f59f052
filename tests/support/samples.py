"""One request of each operation that succeeds, and what must exist before it does."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tests.support.in_process import allow, place_of, policy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.support.in_process import Caller

PLAINTEXT: Final = b"planted plaintext that no record may show"
CONTEXT: Final = {"Department": "Payroll", "aNumber": "7"}


class Sample(NamedTuple):
    """The members of a request, and the ARNs of the keys that it needs, in the order of the operation's needs."""

    members: dict[str, Any]
    keys: tuple[str, ...]


WITHOUT_KEY: Final[Mapping[str, dict[str, Any]]] = {
    "CreateKey": {},
    "ListKeys": {},
    "ListAliases": {},
    "GenerateRandom": {"NumberOfBytes": 32},
}

WITH_KEY: Final[Mapping[str, dict[str, Any]]] = {
    "DescribeKey": {},
    "UpdateKeyDescription": {"Description": "new"},
    "EnableKey": {},
    "DisableKey": {},
    "ScheduleKeyDeletion": {},
    "CancelKeyDeletion": {},
    "TagResource": {"Tags": [{"TagKey": "team", "TagValue": "payments"}]},
    "UntagResource": {"TagKeys": ["team"]},
    "ListResourceTags": {},
    "GetKeyPolicy": {},
    "PutKeyPolicy": {},
    "ListKeyPolicies": {},
    "CreateGrant": {"Operations": ["Decrypt", "DescribeKey"]},
    "ListGrants": {},
    "Encrypt": {"Plaintext": PLAINTEXT},
    "GenerateDataKey": {"KeySpec": "AES_256"},
    "GenerateDataKeyWithoutPlaintext": {"KeySpec": "AES_256"},
}


def prepare(owner: Caller, operation: str) -> Sample:
    """Make what a request of the operation needs; gives the request."""
    if operation in WITHOUT_KEY:
        return Sample(dict(WITHOUT_KEY[operation]), ())
    if operation in WITH_KEY:
        return _with_key(owner, operation)
    return _OTHERS[operation](owner)


def root_of(key: str) -> str:
    """Give the ARN of the account that owns a key."""
    return f"arn:aws:iam::{place_of(key).account_id}:root"


def new_grant(owner: Caller, key: str) -> str:
    """Make a grant that its maker's account may retire; gives its id."""
    members = {**WITH_KEY["CreateGrant"], "GranteePrincipal": root_of(key), "RetiringPrincipal": root_of(key)}
    grant_id: str = owner("CreateGrant", KeyId=key, **members)["GrantId"]
    return grant_id


def new_alias(owner: Caller, key: str) -> str:
    """Give a key an alias of a name of its own; gives the name."""
    name = f"alias/{uuid.uuid4()}"
    owner("CreateAlias", AliasName=name, TargetKeyId=key)
    return name


def _with_key(owner: Caller, operation: str) -> Sample:
    key = owner.key()
    if operation == "CancelKeyDeletion":
        owner("ScheduleKeyDeletion", KeyId=key)
    members = {"KeyId": key, **WITH_KEY[operation]}
    if operation == "PutKeyPolicy":
        members["Policy"] = policy(allow(root_of(key)))
    if operation == "CreateGrant":
        members["GranteePrincipal"] = root_of(key)
    return Sample(members, (key,))


def _create_alias(owner: Caller) -> Sample:
    key = owner.key()
    return Sample({"AliasName": f"alias/{uuid.uuid4()}", "TargetKeyId": key}, (key,))


def _update_alias(owner: Caller) -> Sample:
    old, new = owner.key(), owner.key()
    return Sample({"AliasName": new_alias(owner, old), "TargetKeyId": new}, (old, new))


def _delete_alias(owner: Caller) -> Sample:
    key = owner.key()
    return Sample({"AliasName": new_alias(owner, key)}, (key,))


def _decrypt(owner: Caller) -> Sample:
    key = owner.key()
    return Sample({"CiphertextBlob": _blob(owner, key)}, (key,))


def _re_encrypt(owner: Caller) -> Sample:
    source, destination = owner.key(), owner.key()
    return Sample(
        {"CiphertextBlob": _blob(owner, source), "SourceKeyId": source, "DestinationKeyId": destination},
        (source, destination),
    )


def _revoke_grant(owner: Caller) -> Sample:
    key = owner.key()
    return Sample({"KeyId": key, "GrantId": new_grant(owner, key)}, (key,))


def _retire_grant(owner: Caller) -> Sample:
    # Key policies have no say in it, so it needs no key.
    return Sample(_revoke_grant(owner).members, ())


def _list_retirable_grants(owner: Caller) -> Sample:
    key = owner.key()
    new_grant(owner, key)
    return Sample({"RetiringPrincipal": root_of(key)}, ())


def _blob(owner: Caller, key: str) -> bytes:
    blob: bytes = owner("Encrypt", KeyId=key, Plaintext=PLAINTEXT)["CiphertextBlob"]
    return blob


_OTHERS: Final[Mapping[str, Callable[[Caller], Sample]]] = {
    "CreateAlias": _create_alias,
    "UpdateAlias": _update_alias,
    "DeleteAlias": _delete_alias,
    "Decrypt": _decrypt,
    "ReEncrypt": _re_encrypt,
    "RevokeGrant": _revoke_grant,
    "RetireGrant": _retire_grant,
    "ListRetirableGrants": _list_retirable_grants,
}
