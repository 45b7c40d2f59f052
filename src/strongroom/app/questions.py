"""What can be asked about a key: its actions, and the condition keys of a request that was not made."""

import difflib
from collections.abc import Mapping
from functools import cache
from typing import Any, Final, cast

import msgspec

from strongroom.api import kms
from strongroom.api.call import Call
from strongroom.api.callers import Caller
from strongroom.api.conditions import RequestConditions
from strongroom.api.declare import Needs
from strongroom.api.key_snapshots import KeySnapshot, TransactionDirectory
from strongroom.api.resolve import CiphertextKey, KeyMember, Resolved, Scope, named_key
from strongroom.api.supplies import ContextParameter
from strongroom.app.asking import AskError
from strongroom.authn.verify import Authenticated
from strongroom.model.arn import parse_kms_arn
from strongroom.model.errors import ServiceError
from strongroom.model.request import Request
from strongroom.policy.vocabulary import KMS_ACTIONS, KmsAction
from strongroom.protocol.structures import AwsStruct
from strongroom.storage.store import Reader

Values = tuple[str, ...] | None

_KEY_MEMBER: Final = "key_id"
_OF_THE_CONNECTION: Final = frozenset({"aws:sourceip", "aws:securetransport", "aws:useragent", "aws:referer"})
"""Condition keys that hang on how a request is sent, which nobody knows of one that was not."""

_NO_PAIRS: Final[Mapping[str, str]] = {}


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A permission that is asked about, and the members of the request that would need it."""

    needs: Needs
    members: tuple[str, ...]


def permission(action: str) -> Asked:
    """Give what is known of an action of KMS, whatever its case.

    Raises:
        AskError: there is no such action, or it is about grants.
    """
    known = next((name for name in KMS_ACTIONS if name.lower() == action.lower()), None)
    if known is None:
        near = difflib.get_close_matches(action, KMS_ACTIONS, 1)
        raise AskError(f"there is no action {action} of KMS" + (f"; did you mean {near[0]}?" if near else ""))
    asked = _declared().get(known) or _undeclared(KMS_ACTIONS[known])
    if asked.needs.resource is not None:
        raise AskError(f"{known} cannot be explained: it is about grants and not about a key")
    return asked


@cache
def _declared() -> dict[str, Asked]:
    """Give the permissions that operations declare; of an alias and its key the one for the key."""
    found = [
        Asked(needs=needs, members=operation.request.__struct_fields__)
        for operation in kms.OPERATIONS.values()
        for needs in operation.needs
    ]
    found.sort(key=lambda asked: asked.needs.key is not None)
    return {asked.needs.action: asked for asked in found}


def _undeclared(action: KmsAction) -> Asked:
    """Make up what an operation that is not served would declare."""
    takes_context = "kms:EncryptionContextKeys" in action.condition_keys
    needs = Needs(
        action.name,
        key=KeyMember(_KEY_MEMBER, by_alias=True) if "key" in action.resources else None,
        cross_account=action.cross_account,
        grantable=action.grantable,
        encryption_context=ContextParameter("encryption_context") if takes_context else None,
    )
    return Asked(needs=needs, members=(_KEY_MEMBER,))


def find_key(reader: Reader, name: str, account_id: str, region: str) -> KeySnapshot:
    """Find a key by its id, its alias, or the ARN of either, which names account and Region itself.

    Raises:
        AskError: there is no such key.
    """
    scope = Scope(account_id, region)
    if name.startswith("arn:"):
        try:
            arn = parse_kms_arn(name)
        except ValueError:
            raise AskError(f"{name} is not the ARN of a key or an alias") from None
        scope = Scope(arn.account_id, arn.region)
    try:
        key = named_key(TransactionDirectory(reader), scope, name, by_alias=True).key
    except ServiceError:
        key = None
    if key is None:
        raise AskError(f"there is no key {name} in account {scope.account_id} and Region {scope.region}")
    return key


class AskedConditions(RequestConditions):
    """The condition keys of a request that was not made: what is given, and what principal and key tell.

    Attributes:
        given: values by lower-case name, which go before all others.
        pairs: the encryption context.
        absent: names of the keys that were asked for and are not there, the first asked for first.
    """

    __slots__ = ("absent", "given", "pairs")

    def __init__(
        self,
        call: Call,
        needs: Needs,
        key: KeySnapshot | None,
        given: Mapping[str, tuple[str, ...]],
        pairs: Mapping[str, str] = _NO_PAIRS,
    ) -> None:
        """Take what the keys are worked out from."""
        super().__init__(call, call.asking, needs, key)
        self.given = given
        self.pairs = pairs
        self.absent: dict[str, None] = {}

    def get(self, name: str, /) -> Values:
        """Give the values of a condition key, by its lower-case name; None where the request does not have it."""
        found = self.given.get(name)
        if found is None and name not in _OF_THE_CONNECTION:
            found = super().get(name)
        if found is None:
            self.absent.setdefault(name)
        return found

    def encryption_context(self) -> Mapping[str, str] | None:
        """Give the encryption context, None where the operation takes none."""
        return None if self.needs.encryption_context is None else self.pairs


def asked_call(  # noqa: PLR0913, PLR0917 - what is known of a request
    asked: Asked, caller: Caller, key: KeySnapshot | None, named: str | None, region: str, now: float
) -> Call:
    """Make the call that a request with this permission would be; it names its key as `named` says."""
    nothing = Request(method="POST", path="/", query="", headers=(), body=b"", source_ip="")
    signed = Authenticated(
        principal=caller.principal, access_key_id="", region=region, service="kms", session=caller.session
    )
    resolved = () if key is None else (Resolved(key.key.place.account_id, key.arn, key),)
    return Call(
        request=nothing,
        request_id="",
        time=now,
        wall=now,
        name=asked.needs.action,
        credentials=signed,
        caller=caller,
        message=_message(asked, named),
        resolved=resolved,
    )


def _message(asked: Asked, named: str | None) -> AwsStruct:
    """Make a request that has no member but the one that names the key."""
    member = _naming_member(asked.needs)
    return _empty_type(asked.members)(**({} if member is None else {member: named}))


def _naming_member(needs: Needs) -> str | None:
    if isinstance(needs.key, CiphertextKey):
        return needs.key.named_by
    return needs.key.member if isinstance(needs.key, KeyMember) else None


@cache
def _empty_type(members: tuple[str, ...]) -> type[AwsStruct]:
    fields: list[tuple[str, type, Any]] = [(name, object, None) for name in members]
    made = msgspec.defstruct("AskedRequest", fields, bases=(AwsStruct,), frozen=True, kw_only=True)
    return cast("type[AwsStruct]", made)
