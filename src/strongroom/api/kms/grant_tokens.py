"""Grant tokens: what each names, and a proof that it was made here.

A token is the base64 form of a MessagePack array: version, the grant that it names, and a seal over nothing with that
name as its additional authenticated data. It is no secret and gives no permission; grants are effective at once, so
all that a token has to do is to name one that the caller has on a key of the request.

Source: AWS KMS Developer Guide, "Grant token".
"""

import base64
from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

import msgspec

from strongroom.api.key_snapshots import Directory, KeySnapshot
from strongroom.custody.store_keys import Purpose, StoreKeys, Wrapped
from strongroom.model.errors import InvalidGrantToken
from strongroom.model.grant import Grant
from strongroom.model.key import KeyPlace
from strongroom.model.principal import Principal
from strongroom.policy.grants import match_grantee

_VERSION: Final = 1
_NOTHING: Final = b""
NO_SUCH_GRANT: Final = "No grant has this token."


class GrantName(NamedTuple):
    """The grant that a token names."""

    place: KeyPlace
    grant_id: str
    grantee: str


class _Token(msgspec.Struct, frozen=True, array_like=True):
    version: Literal[1]
    name: GrantName
    proof: Wrapped


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Token).decode


def make_token(store_keys: StoreKeys, grant: Grant) -> str:
    """Make a token of a grant; it is another one each time."""
    name = GrantName(grant.place, grant.grant_id, grant.grantee)
    proof = store_keys.wrap(Purpose.GRANT_TOKEN, _identity(name), _NOTHING)
    return base64.b64encode(_encode(_Token(_VERSION, name, proof))).decode()


def open_token(store_keys: StoreKeys, token: str) -> GrantName:
    """Give what a token names. Raises InvalidGrantToken for one that was not made here."""
    read = _read(token)
    try:
        store_keys.unwrap(Purpose.GRANT_TOKEN, _identity(read.name), read.proof)
    except ValueError:
        raise InvalidGrantToken(NO_SUCH_GRANT) from None
    return read.name


def claimed_grant(token: str) -> GrantName:
    """Give what a token says that it names, which `open_token` has yet to prove. Raises InvalidGrantToken."""
    return _read(token).name


def check_grant_tokens(
    store_keys: StoreKeys,
    directory: Directory,
    caller: Principal,
    keys: Iterable[KeySnapshot],
    tokens: Iterable[str],
) -> None:
    """Refuse tokens that name no grant which the caller has on one of the keys of its request.

    Raises InvalidGrantToken, also for the token of a grant that was retired or revoked.
    """
    places = {key.key.place for key in keys}
    for token in tokens:
        name = open_token(store_keys, token)
        if name.place not in places or not match_grantee(name.grantee, caller).matched:
            raise InvalidGrantToken(NO_SUCH_GRANT)
        if all(grant.grant_id != name.grant_id for grant in directory.grants(name.place, name.grantee)):
            raise InvalidGrantToken(NO_SUCH_GRANT)


def _read(token: str) -> _Token:
    try:
        return _decode(base64.b64decode(token, validate=True))
    except (ValueError, msgspec.DecodeError):
        raise InvalidGrantToken(NO_SUCH_GRANT) from None


def _identity(name: GrantName) -> tuple[str, ...]:
    return (*name.place, name.grant_id, name.grantee)
