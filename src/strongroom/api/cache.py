"""A bounded memory of what was looked up."""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_SIZE = 20_000


class Cache(Generic[K, V]):
    """A bounded cache that forgets what was put in first."""

    def __init__(self) -> None:
        """Start empty."""
        self._entries: dict[K, V] = {}

    def get(self, name: K) -> V | None:
        """Give an entry, or None."""
        return self._entries.get(name)

    def put(self, name: K, value: V) -> None:
        """Put an entry in, or another in its place."""
        if len(self._entries) >= _SIZE and name not in self._entries:
            del self._entries[next(iter(self._entries))]
        self._entries[name] = value

    def drop(self, name: K) -> None:
        """Forget an entry, if there is one."""
        self._entries.pop(name, None)

    def drop_all_that(self, go: Callable[[V], bool]) -> None:
        """Forget the entries for which a condition holds."""
        self._entries = {name: value for name, value in self._entries.items() if not go(value)}

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()
