"""What an operation supplies to conditions: from its request to the values of condition keys.

Source: AWS KMS Developer Guide, "AWS KMS condition keys": a parameter left out counts with its default.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeGuard

import msgspec

Supply = Callable[[Any], tuple[str, ...] | None]
"""From a request to the values of a condition key, None where the request does not have it."""


class Parameter(msgspec.Struct, frozen=True):
    """A condition key that stands for a member of the request.

    Attributes:
        member: the member.
        default: what counts as sent where it is left out; None where the key is absent then.
    """

    member: str
    default: str | None = None

    def __call__(self, request: Any) -> tuple[str, ...] | None:  # noqa: ANN401 - any request type
        """Give the values."""
        value = getattr(request, self.member)
        if value is None:
            return None if self.default is None else (self.default,)
        return condition_values(value)


class ContextParameter(msgspec.Struct, frozen=True):
    """The encryption context: supplies kms:EncryptionContextKeys and kms:EncryptionContext:KEY."""

    member: str

    def pairs(self, request: Any) -> Mapping[str, str]:  # noqa: ANN401 - any request type
        """Give the pairs of the context."""
        pairs: Mapping[str, str] = getattr(request, self.member) or {}
        return pairs


class TagsParameter(msgspec.Struct, frozen=True):
    """Tags, or the keys of tags to be removed: supplies aws:TagKeys, and aws:RequestTag/KEY where there are values."""

    member: str

    def tags(self, request: Any) -> Mapping[str, str | None]:  # noqa: ANN401 - any request type
        """Give the tags by key; the value is None where only keys are sent."""
        sent = getattr(request, self.member) or []
        if _are_keys(sent):
            return dict.fromkeys(sent)
        return dict(map(_tag, sent))


def condition_values(value: object) -> tuple[str, ...]:
    """Spell the value of a member as conditions compare it."""
    if isinstance(value, list | tuple):
        return tuple(text for each in value for text in condition_values(each))
    if isinstance(value, bool):
        return ("true" if value else "false",)
    # Times are the only numbers of the API that are not whole; conditions take seconds since the epoch.
    return (str(int(value)) if isinstance(value, float) else str(value),)


def _are_keys(sent: list[Any]) -> TypeGuard[list[str]]:
    return all(isinstance(each, str) for each in sent)


def _tag(tag: Any) -> tuple[str, str]:  # noqa: ANN401 - KMS and IAM name the two members differently
    key, value = (getattr(tag, name) for name in tag.__struct_fields__)
    return key, value
