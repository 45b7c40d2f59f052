"""What audit records show of requests and responses: names as CloudTrail spells them, and only what operations name."""

from strongroom.api.declare import Operation, audit_name
from strongroom.protocol.structures import AwsStruct


def recorded_parameters(operation: Operation, message: AwsStruct) -> dict[str, object] | None:
    """Give the parameters of a request that its record shows, None when there are none."""
    shown = {
        name: recorded_value(value)
        for name, member in operation.logs
        if (value := getattr(message, member)) is not None
    }
    return shown or None


def recorded_value(value: object) -> object:
    """Spell a value's structures as CloudTrail does; maps keep their keys, which are the caller's."""
    if isinstance(value, AwsStruct):
        members = ((name, getattr(value, name)) for name in value.__struct_fields__)
        return {audit_name(type(value), name): recorded_value(member) for name, member in members if member is not None}
    if isinstance(value, list):
        return [recorded_value(item) for item in value]
    if isinstance(value, dict):
        return {key: recorded_value(item) for key, item in value.items()}
    return value
