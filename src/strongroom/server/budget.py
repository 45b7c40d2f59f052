"""How much memory the bodies of a worker's requests may take, all connections together."""

from __future__ import annotations

from strongroom.server.refusal import Refusal


class BodyBudget:
    """Counts bytes of bodies that are held, from their arrival to their answer."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held = 0

    def take(self, size: int) -> None:
        """Hold so many bytes more.

        Raises:
            Refusal: 503, there is no room; nothing is taken.
        """
        if self._held + size > self._limit:
            raise Refusal(503, "The server holds too many requests")
        self._held += size

    def give_back(self, size: int) -> None:
        """Hold so many bytes less."""
        self._held -= size
