"""Taking the audit records of changes from the database to the trail."""

from strongroom.audit.trail import TrailFile, event_id
from strongroom.storage.store import Store

_BATCH = 1000


def export_outbox(store: Store, trail: TrailFile) -> int:
    """Append the records of committed changes to the trail and then take them from the outbox; gives how many.

    What was appended before a crash, but not yet taken from the outbox, is not appended again.
    """
    exported = 0
    with trail.exclusive():
        # While others go on changing there is always more; that is for the next turn.
        while (number := _export_batch(store, trail)) == _BATCH:
            exported += number
    return exported + number


def _export_batch(store: Store, trail: TrailFile) -> int:
    with store.read() as reader:
        waiting = reader.outbox.oldest(_BATCH)
    if not waiting:
        return 0
    # What a crash left here and there begins this batch and ends the file.
    already = trail.recent_event_ids(sum(len(record) + 1 for _, record in waiting))
    new = [record for _, record in waiting if event_id(record) not in already]
    if new:
        trail.append(new)
    trail.sync()
    with store.change() as change:
        change.outbox.remove(waiting[-1][0])
    return len(waiting)
