"""The records of what the operator does."""

from strongroom.audit.record import encode_service_event
from strongroom.storage.store import Change


def record_operator(
    change: Change, name: str, account_id: str, elements: dict[str, object], source: str = "iam"
) -> None:
    """Record what the operator did on the command line, together with the change."""
    change.outbox.append(
        encode_service_event(
            name, change.now, account_id=account_id, source=source, actor="Strongroom operator", elements=elements
        )
    )
