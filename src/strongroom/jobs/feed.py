"""Forgetting old entries of the change feed."""

from strongroom.storage.store import Store

# A worker that has not looked for this long drops all that it keeps instead of reading the feed.
KEPT_SECONDS = 3600


def prune_feed(store: Store, now: float) -> None:
    """Forget entries that are older than an hour."""
    with store.change() as change:
        change.prune_feed(now - KEPT_SECONDS)
