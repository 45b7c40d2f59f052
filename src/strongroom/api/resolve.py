"""From what a request names to the key that is meant.

Source: AWS KMS Developer Guide, "Key identifiers (KeyId)". A short id or alias name is looked up in the caller's
account and Region.
"""

from typing import Any, NamedTuple

import msgspec

from strongroom.api.key_snapshots import Directory, KeySnapshot
from strongroom.crypto.algorithms import SYMMETRIC_DEFAULT
from strongroom.crypto.ciphertext import decode_header
from strongroom.model.arn import ALIAS_PREFIX, KEY_ID, KmsArn, alias_arn, parse_kms_arn
from strongroom.model.errors import IncorrectKey, InvalidArn, InvalidCiphertext, NotFound, UnsupportedOperation
from strongroom.model.key import Key, KeyPlace


class ManagedKeyMissingError(NotFound):
    """The AWS managed key of an alias is not made yet; it is, when who asks may be the first to use it."""

    def __init__(self, account_id: str, region: str, alias_name: str) -> None:
        super().__init__(_no_alias(account_id, region, alias_name))
        self.account_id = account_id
        self.region = region
        self.alias_name = alias_name


class Scope(NamedTuple):
    """Where a caller looks: its account and the Region of its request."""

    account_id: str
    region: str


class Resolved(NamedTuple):
    """What a request named.

    Attributes:
        account_id: whose key it is.
        arn: ARN of the key, or what was named where there is no key.
        key: None where there is no such key, which only happens for another account's.
        by_ciphertext: where a ciphertext and not the caller named it, the member in which the caller could have.
    """

    account_id: str
    arn: str
    key: KeySnapshot | None
    by_ciphertext: str | None = None


class KeyMember(msgspec.Struct, frozen=True):
    """A key named by a member of the request: an id or ARN of a key, and `by_alias` a name or ARN of an alias."""

    member: str
    by_alias: bool = False

    def resolve(self, directory: Directory, scope: Scope, request: Any) -> Resolved:  # noqa: ANN401 - any request type
        """Find the key. Raises NotFound or InvalidArn, as AWS does for keys of the caller's own account."""
        return named_key(directory, scope, getattr(request, self.member), by_alias=self.by_alias)


class RelatedKeyMember(msgspec.Struct, frozen=True):
    """The key that is related to one named by a member, in the Region that another member names."""

    member: str
    region: str

    def resolve(self, directory: Directory, scope: Scope, request: Any) -> Resolved:  # noqa: ANN401 - any request type
        """Find the key. Raises as KeyMember does, and UnsupportedOperation when there is no related key there."""
        named = named_key(directory, scope, getattr(request, self.member), by_alias=False)
        *_, key_id = named.arn.split("/")
        place = KeyPlace(named.account_id, getattr(request, self.region), key_id)
        key = directory.key(place)
        if key is None and named.key is not None and named.account_id == scope.account_id:
            raise UnsupportedOperation(f"{named.arn} has no related key in {place.region}.")
        return Resolved(place.account_id, place.arn, key)


class CiphertextKey(msgspec.Struct, frozen=True):
    """The key that made a ciphertext, unless the request names one itself."""

    ciphertext: str
    named_by: str
    algorithm: str

    def check(self, key: Key, request: Any) -> None:  # noqa: ANN401 - any request type
        """Raise IncorrectKey for a key of another kind than the one that makes such ciphertexts."""
        algorithm = getattr(request, self.algorithm) or SYMMETRIC_DEFAULT
        if algorithm == SYMMETRIC_DEFAULT != key.key_spec:
            raise IncorrectKey("The key ID in the request does not identify a CMK that can perform this operation.")

    def resolve(self, directory: Directory, scope: Scope, request: Any) -> Resolved:  # noqa: ANN401 - any request type
        """Find the key. Raises as KeyMember does, and InvalidCiphertext when the blob names no key."""
        name = getattr(request, self.named_by)
        if name is not None:
            return named_key(directory, scope, name, by_alias=True)
        try:
            header = decode_header(getattr(request, self.ciphertext) or b"")
        except ValueError:
            raise InvalidCiphertext from None
        place = KeyPlace(header.account_id, scope.region, header.key_id)
        return Resolved(place.account_id, place.arn, directory.key(place), by_ciphertext=self.named_by)


class AliasTarget(msgspec.Struct, frozen=True):
    """The key that an alias of the caller's account names now."""

    member: str

    def resolve(self, directory: Directory, scope: Scope, request: Any) -> Resolved:  # noqa: ANN401 - any request type
        """Find the key. Raises NotFound when there is no such alias."""
        place = _alias_place(directory, *scope, getattr(request, self.member))
        return Resolved(scope.account_id, place.arn, directory.key(place))


def named_key(directory: Directory, scope: Scope, name: str, *, by_alias: bool) -> Resolved:
    """Find the key of an identifier. Raises NotFound or InvalidArn when the caller's own account has none."""
    if name.startswith("arn:"):
        return _by_arn(directory, scope, name, by_alias=by_alias)
    if by_alias and name.startswith(ALIAS_PREFIX):
        place = _alias_place(directory, *scope, name)
    elif KEY_ID.fullmatch(name):
        place = KeyPlace(*scope, name)
    else:
        raise NotFound(f"Invalid keyId '{name}'")
    return _own(directory, place)


def _by_arn(directory: Directory, scope: Scope, name: str, *, by_alias: bool) -> Resolved:
    arn = _parse(name, by_alias=by_alias)
    if arn.region != scope.region:
        raise NotFound(f"Invalid arn {arn.region}")
    own = arn.account_id == scope.account_id
    if arn.kind == "key":
        place = KeyPlace(arn.account_id, arn.region, arn.name)
    elif own:
        place = _alias_place(directory, arn.account_id, arn.region, arn.name)
    else:
        target = directory.alias_target(arn.account_id, arn.region, arn.name)
        if target is None:
            return Resolved(arn.account_id, name, None)
        place = KeyPlace(arn.account_id, arn.region, target)
    return _own(directory, place) if own else Resolved(place.account_id, place.arn, directory.key(place))


def _parse(name: str, *, by_alias: bool) -> KmsArn:
    try:
        arn = parse_kms_arn(name)
    except ValueError:
        raise InvalidArn(f"Invalid arn {name}") from None
    if arn.kind == "alias" and not by_alias:
        raise InvalidArn(f"Invalid arn {name}")
    return arn


def _own(directory: Directory, place: KeyPlace) -> Resolved:
    key = directory.key(place)
    if key is None:
        raise NotFound(f"Key '{place.arn}' does not exist")
    return Resolved(place.account_id, place.arn, key)


def _alias_place(directory: Directory, account_id: str, region: str, name: str) -> KeyPlace:
    target = directory.alias_target(account_id, region, name)
    if target is not None:
        return KeyPlace(account_id, region, target)
    if directory.predefines(name):
        raise ManagedKeyMissingError(account_id, region, name)
    raise NotFound(_no_alias(account_id, region, name))


def _no_alias(account_id: str, region: str, name: str) -> str:
    return f"Alias {alias_arn(account_id, region, name)} is not found."
