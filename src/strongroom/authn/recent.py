"""A bounded memory of what was seen last."""

from typing import Generic, TypeVar

Value = TypeVar("Value")


class Recent(Generic[Value]):
    """Keeps up to `size` values by text and drops the one put first when it is full; for one thread."""

    def __init__(self, size: int) -> None:
        """Take the bound, at least 1."""
        self._size = size
        self._values: dict[str, Value] = {}

    def get(self, key: str) -> Value | None:
        """Give the value kept under a key, or None."""
        return self._values.get(key)

    def put(self, key: str, value: Value) -> None:
        """Keep a value, in place of any of the same key."""
        if key not in self._values and len(self._values) >= self._size:
            del self._values[next(iter(self._values))]
        self._values[key] = value
