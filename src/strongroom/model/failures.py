"""Failures as the log may show them."""

from __future__ import annotations

import traceback


def describe(error: BaseException) -> str:
    """Give the type of an error and where it was raised, but not its message: that may hold a request's content."""
    return "".join((f"{type(error).__qualname__}\n", *traceback.format_tb(error.__traceback__)))
