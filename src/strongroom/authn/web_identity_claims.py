"""What the claims of a verified web identity token become: condition keys, session tags and a source identity.

Source: IAM User Guide, "IAM and AWS STS condition context keys" (keys for OIDC federation), "Pass session tags in AWS
STS" and "Monitor and control actions taken with assumed roles".
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from strongroom.model.errors import InvalidIdentityToken

TAGS_CLAIM: Final = "https://aws.amazon.com/tags"
SOURCE_IDENTITY_CLAIM: Final = "https://aws.amazon.com/source_identity"

_FLAT_TAG: Final = f"{TAGS_CLAIM}/principal_tags/"
_FLAT_TRANSITIVE: Final = f"{TAGS_CLAIM}/transitive_tag_keys"


class SessionTags(msgspec.Struct, frozen=True, kw_only=True):
    """Tags that a provider gives a session; none of AWS's limits is checked yet.

    Attributes:
        values: tag keys and values.
        transitive: keys of the tags that later sessions of a chain keep.
    """

    values: Mapping[str, str]
    transitive: tuple[str, ...]


class _Tags(msgspec.Struct):
    principal_tags: dict[str, str | tuple[str]] = msgspec.field(default_factory=dict)
    transitive_tag_keys: tuple[str, ...] = ()


def condition_values(issuer: str, claims: Mapping[str, object]) -> dict[str, tuple[str, ...]]:
    """Give the condition keys of a token: `ISSUER:CLAIM` in lower case, and the values of the claims.

    Only texts, numbers, booleans and lists of them have a form that a condition can be held against.

    Args:
        issuer: the provider's URL without `https://`.
        claims: the claims as JSON values.
    """
    values: dict[str, tuple[str, ...]] = {}
    # Capitals sort first: of names that differ in case only, the one in lower case (`sub`, not `Sub`) is what counts.
    for name in sorted(claims):
        texts = _texts(claims[name])
        if texts:
            values[f"{issuer}:{name}".lower()] = texts
    return values


def session_tags_of(claims: Mapping[str, object]) -> SessionTags:
    """Read the session tags of a token, from the nested claim or from the flat ones.

    Raises:
        InvalidIdentityToken: they are not of the form that AWS defines.
    """
    try:
        tags = msgspec.convert(_tags_claim(claims), _Tags)
    except msgspec.ValidationError:
        raise InvalidIdentityToken("The session tags in the token are not valid") from None
    values = {key: value if isinstance(value, str) else value[0] for key, value in tags.principal_tags.items()}
    return SessionTags(values=values, transitive=tags.transitive_tag_keys)


def source_identity_of(claims: Mapping[str, object]) -> str | None:
    """Read the source identity of a token, if it has one.

    Raises:
        InvalidIdentityToken: it is not a text.
    """
    value = claims.get(SOURCE_IDENTITY_CLAIM)
    if value is not None and not isinstance(value, str):
        raise InvalidIdentityToken("The source identity in the token is not valid")
    return value


def _tags_claim(claims: Mapping[str, object]) -> object:
    """Give the nested form of the tags, whichever form the token has."""
    if TAGS_CLAIM in claims:
        return claims[TAGS_CLAIM]
    flat = {name.removeprefix(_FLAT_TAG): value for name, value in claims.items() if name.startswith(_FLAT_TAG)}
    return {"principal_tags": flat, "transitive_tag_keys": claims.get(_FLAT_TRANSITIVE, ())}


def _texts(value: object) -> tuple[str, ...]:
    """Give the texts of a claim; none where it is, or contains, an object or null."""
    if not isinstance(value, list | tuple):
        text = _text(value)
        return () if text is None else (text,)
    texts = tuple(text for text in map(_text, value) if text is not None)
    return texts if len(texts) == len(value) else ()


def _text(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    return None
