"""Why a request was refused, in AWS's words.

Only requests that the compiled decoder has refused come here. It tells of the first fault only, and in its own words;
AWS tells of the first wrong JSON type, or else of all broken constraints at once.
"""

from collections.abc import Sequence
from itertools import islice

import msgspec

from strongroom.model.errors import SerializationError, ServiceError, ValidationError
from strongroom.protocol.plan import plan_of
from strongroom.protocol.structures import AwsStruct

# AWS stops counting here, and it bounds the answer to a body full of faults.
MOST_FAULTS = 10


def explain(structure: type[AwsStruct], body: bytes) -> ServiceError:
    """Make the error that tells why `body` is not a request of the type `structure`.

    A body that is not a JSON object gives SerializationError without a message, and so does one in which nothing
    wrong is to be found, such as an object with a good member after a bad one of the same name.
    """
    try:
        value = msgspec.json.decode(body)
    except (ValueError, RecursionError):
        return SerializationError()
    if not isinstance(value, dict):
        return SerializationError()
    return explain_value(structure, value)


def explain_value(structure: type[AwsStruct], value: dict[str, object]) -> ServiceError:
    """Make the error that tells why `value`, an object as read from JSON, is not a request of the type `structure`.

    It is SerializationError without a message when nothing wrong is to be found.
    """
    plan = plan_of(structure)
    try:
        plan.check_type(value)
    except SerializationError as error:
        return error
    faults = list(islice(plan.faults(value, ""), MOST_FAULTS))
    if not faults:
        return SerializationError()
    return _violations(faults)


def broken_constraint(value: object, member: str, text: str) -> ValidationError:
    """Make the error of one constraint that the model does not have, in the words of those that it has.

    `value` is shown, None as null; `member` is its path, such as `pendingWindowInDays`.
    """
    shown = "null" if value is None else f"'{value}'"
    return _violations([f"Value {shown} at '{member}' failed to satisfy constraint: {text}"])


def _violations(faults: Sequence[str]) -> ValidationError:
    plural = "" if len(faults) == 1 else "s"
    return ValidationError(f"{len(faults)} validation error{plural} detected: {'; '.join(faults)}")
