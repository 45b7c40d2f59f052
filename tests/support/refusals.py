"""The texts in which AWS refuses, as a client reads them."""

from __future__ import annotations

from typing import Final

from tests.support.in_process import Refused

HIDDEN: Final = (
    "because the resource does not exist in this Region, no resource-based policies allow access, "
    "or a resource-based policy explicitly denies access"
)


def invalid(value: object, member: str, constraint: str) -> Refused:
    """Refuse the value of one member."""
    return _one(f"Value '{value}' at '{member}' failed to satisfy constraint: {constraint}")


def too_long(value: str, member: str, most: int) -> Refused:
    """Refuse a text for its length."""
    return invalid(value, member, f"Member must have length less than or equal to {most}")


def invalid_blob(member: str, constraint: str) -> Refused:
    """Refuse a blob, which is never echoed."""
    return _one(f"Value at '{member}' failed to satisfy constraint: {constraint}")


def missing(member: str) -> Refused:
    """Refuse a request for a required member that it lacks."""
    return _one(f"Value null at '{member}' failed to satisfy constraint: Member must not be null")


def no_key(arn: str) -> Refused:
    """Say that a key of the caller's account does not exist."""
    return Refused("NotFoundException", f"Key '{arn}' does not exist")


def no_alias(arn: str) -> Refused:
    """Say that an alias of the caller's account does not exist."""
    return Refused("NotFoundException", f"Alias {arn} is not found.")


def denied(user: str, action: str, rest: str) -> Refused:
    """Say that a user's policies do not allow an action."""
    return Refused("AccessDeniedException", f"User: {user} is not authorized to perform: {action} {rest}")


def _one(fault: str) -> Refused:
    return Refused("ValidationException", f"1 validation error detected: {fault}")
