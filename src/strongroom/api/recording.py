"""What audit records show of requests and responses: names as CloudTrail spells them, and only what operations name."""

from datetime import UTC, datetime

from strongroom.api.declare import Operation, audit_name
from strongroom.protocol.structures import AwsStruct


def recorded_parameters(operation: Operation, message: AwsStruct) -> dict[str, object]:
    """Give the parameters of a request that its record shows."""
    shown = {}
    for name, member in operation.logs:
        value = getattr(message, member)
        if value is None:
            value = operation.defaults.get(member)
        if value is not None:
            shown[name] = recorded_value(value)
    return shown


def recorded_members(members: dict[str, object]) -> dict[str, object]:
    """Spell the values of `responseElements` as CloudTrail does."""
    return {name: recorded_value(value) for name, value in members.items()}


def recorded_value(value: object) -> object:
    """Spell a value's structures and times as CloudTrail does; maps keep their keys, which are the caller's."""
    if isinstance(value, AwsStruct):
        members = ((name, getattr(value, name)) for name in value.__struct_fields__)
        return {audit_name(type(value), name): recorded_value(member) for name, member in members if member is not None}
    if isinstance(value, list):
        return [recorded_value(item) for item in value]
    if isinstance(value, dict):
        return {key: recorded_value(item) for key, item in value.items()}
    # Times are the only numbers of the API that are not whole.
    return _time_text(value) if isinstance(value, float) else value


def _time_text(seconds: float) -> str:
    """Write a time as in `Aug 1, 2022, 10:38:27 PM`."""
    time = datetime.fromtimestamp(seconds, UTC)
    return f"{time:%b} {time.day}, {time.year}, {time.hour % 12 or 12}:{time:%M:%S %p}"
