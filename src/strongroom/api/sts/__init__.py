"""The STS API, by subject."""

from strongroom.api.declare import Operation, collect
from strongroom.api.sts import federation, identity, roles, service_sessions, session_tokens

OPERATIONS: dict[str, Operation] = collect(
    "sts",
    (
        each
        for subject in (identity, roles, federation, session_tokens, service_sessions)
        for each in subject.OPERATIONS
    ),
)
