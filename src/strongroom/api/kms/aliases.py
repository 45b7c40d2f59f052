"""CreateAlias, UpdateAlias, DeleteAlias, ListAliases.

Source: AWS KMS API Reference, the operations' own pages; AWS KMS Developer Guide, "Controlling access to aliases".
"""

from strongroom.api.context import ChangeContext, ReadContext
from strongroom.api.declare import Needs, key_id_element, operation
from strongroom.api.key_snapshots import TransactionDirectory, predefined_aliases
from strongroom.api.key_states import LABELLED
from strongroom.api.kms.quotas import ALIASES_PER_KEY
from strongroom.api.kms.types import AliasName, KeyId, Limit, Marker, NextMarker
from strongroom.api.paging import check_limit, cut, decode_marker, encode_marker
from strongroom.api.resolve import AliasTarget, KeyMember, named_key
from strongroom.model.arn import ALIAS_PREFIX, alias_arn
from strongroom.model.errors import AlreadyExists, InvalidAliasName, LimitExceeded, NotFound, ValidationError
from strongroom.model.key import Alias, KeyPlace
from strongroom.protocol.structures import AwsStruct, Timestamp, timestamp

_LIST_DEFAULT = 50
_LIST_MOST = 100
_RESERVED_PREFIX = "alias/aws/"


class CreateAliasRequest(AwsStruct, frozen=True, kw_only=True):
    """CreateAlias."""

    alias_name: AliasName
    target_key_id: KeyId


class UpdateAliasRequest(AwsStruct, frozen=True, kw_only=True):
    """UpdateAlias."""

    alias_name: AliasName
    target_key_id: KeyId


class DeleteAliasRequest(AwsStruct, frozen=True, kw_only=True):
    """DeleteAlias."""

    alias_name: AliasName


class ListAliasesRequest(AwsStruct, frozen=True, kw_only=True):
    """ListAliases."""

    key_id: KeyId | None = None
    limit: Limit | None = None
    marker: Marker | None = None


class AliasListEntry(AwsStruct, frozen=True, kw_only=True):
    """An alias in a list."""

    alias_name: AliasName
    alias_arn: str
    target_key_id: KeyId | None = None
    creation_date: Timestamp | None = None
    last_updated_date: Timestamp | None = None


class ListAliasesResponse(AwsStruct, frozen=True, kw_only=True):
    """ListAliases."""

    aliases: list[AliasListEntry]
    next_marker: NextMarker | None = None
    truncated: bool


def _check_name(request: CreateAliasRequest | UpdateAliasRequest | DeleteAliasRequest) -> None:
    name = request.alias_name
    if not name.startswith(ALIAS_PREFIX):
        raise ValidationError(
            'Alias must start with the prefix "alias/". Please see '
            "https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html"
        )
    if name == ALIAS_PREFIX or name.startswith(_RESERVED_PREFIX):
        raise InvalidAliasName(f"{name} is not a valid alias name.")


def _check_quota(context: ChangeContext, place: KeyPlace) -> None:
    if context.change.aliases.count_of_key(place) >= ALIASES_PER_KEY:
        raise LimitExceeded(f"A KMS key cannot have more than {ALIASES_PER_KEY} aliases.")


@operation(
    Needs("kms:CreateAlias", alias="alias_name"),
    Needs("kms:CreateAlias", key=KeyMember("target_key_id"), states=LABELLED),
    check=_check_name,
    logs=("alias_name", "target_key_id"),
    elements=key_id_element,
)
def create_alias(context: ChangeContext, request: CreateAliasRequest) -> None:
    """Give a key one more name, unique in the account and Region."""
    if context.change.aliases.find(*context.scope, request.alias_name) is not None:
        raise AlreadyExists(f"An alias with the name {alias_arn(*context.scope, request.alias_name)} already exists")
    place = context.key.key.place
    _check_quota(context, place)
    context.change.aliases.create(
        Alias(
            account_id=place.account_id,
            region=place.region,
            name=request.alias_name,
            target_key_id=place.key_id,
            creation_date=context.now,
            last_updated_date=context.now,
        )
    )


def _new_target_element(context: ChangeContext, _response: object) -> dict[str, object]:
    return {"keyId": context.keys[1].arn}


@operation(
    Needs("kms:UpdateAlias", alias="alias_name"),
    Needs("kms:UpdateAlias", key=AliasTarget("alias_name")),
    Needs("kms:UpdateAlias", key=KeyMember("target_key_id"), states=LABELLED),
    check=_check_name,
    logs=("alias_name", "target_key_id"),
    elements=_new_target_element,
)
def update_alias(context: ChangeContext, request: UpdateAliasRequest) -> None:
    """Let an alias name another key of the same usage."""
    old, new = (each.key for each in context.keys)
    if old.key_usage != new.key_usage:
        raise ValidationError(
            f"Alias {alias_arn(*context.scope, request.alias_name)} cannot change from a key of usage {old.key_usage} "
            f"to one of usage {new.key_usage}."
        )
    if old.place != new.place:
        _check_quota(context, new.place)
    context.change.aliases.retarget(*context.scope, request.alias_name, new.place.key_id)


@operation(
    Needs("kms:DeleteAlias", alias="alias_name"),
    Needs("kms:DeleteAlias", key=AliasTarget("alias_name")),
    check=_check_name,
    logs=("alias_name",),
    elements=key_id_element,
)
def delete_alias(context: ChangeContext, request: DeleteAliasRequest) -> None:
    """Take a name away from a key."""
    context.change.aliases.delete(*context.scope, request.alias_name)


def _check_list(request: ListAliasesRequest) -> None:
    check_limit(request.limit, _LIST_MOST)


@operation(Needs("kms:ListAliases"), check=_check_list, logs=("key_id", "limit", "marker"))
def list_aliases(context: ReadContext, request: ListAliasesRequest) -> ListAliasesResponse:
    """List the aliases of the caller's account and Region, or of one of its keys."""
    limit = request.limit or _LIST_DEFAULT
    found: list[AliasListEntry]
    if request.key_id is None:
        listing = "ListAliases"
        after = decode_marker(listing, request.marker)
        found = _with_predefined(context, context.reader.aliases.page(*context.scope, after, limit + 1), after)
    else:
        place = _own_key(context, request.key_id)
        listing = f"ListAliases {place.key_id}"
        after = decode_marker(listing, request.marker)
        found = [_entry(alias) for alias in context.reader.aliases.page_of_key(place, after, limit + 1)]
    page, more = cut(found, limit)
    return ListAliasesResponse(
        aliases=list(page),
        next_marker=encode_marker(listing, page[-1].alias_name) if more else None,
        truncated=more,
    )


def _own_key(context: ReadContext, name: str) -> KeyPlace:
    resolved = named_key(TransactionDirectory(context.reader), context.scope, name, by_alias=False)
    # Aliases are listed by the caller's IAM permission alone, so it must not reach into another account.
    if resolved.key is None or resolved.account_id != context.scope.account_id:
        raise NotFound(f"Key '{resolved.arn}' does not exist")
    return resolved.key.key.place


def _with_predefined(context: ReadContext, found: list[Alias], after: str) -> list[AliasListEntry]:
    """Add the aliases of AWS managed keys that are not made yet."""
    entries = {
        name: AliasListEntry(alias_name=name, alias_arn=alias_arn(*context.scope, name))
        for name in predefined_aliases(context.reader)
        if name > after
    }
    # Those that are made but not found sort after all that are found, and so beyond the page.
    entries |= {alias.name: _entry(alias) for alias in found}
    return [entries[name] for name in sorted(entries)]


def _entry(alias: Alias) -> AliasListEntry:
    return AliasListEntry(
        alias_name=alias.name,
        alias_arn=alias_arn(alias.account_id, alias.region, alias.name),
        target_key_id=alias.target_key_id,
        creation_date=timestamp(alias.creation_date),
        last_updated_date=timestamp(alias.last_updated_date),
    )


OPERATIONS = (create_alias, update_alias, delete_alias, list_aliases)
