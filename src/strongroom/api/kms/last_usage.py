"""GetKeyLastUsage.

Source: AWS KMS API Reference, GetKeyLastUsage. As on AWS the last use is told with a delay; here of some seconds.
"""

from strongroom.api.context import ReadContext
from strongroom.api.declare import Needs, operation
from strongroom.api.kms.types import KeyId
from strongroom.api.resolve import KeyMember
from strongroom.model.key import KeyUse
from strongroom.protocol.structures import AwsStruct, Timestamp, timestamp


class GetKeyLastUsageRequest(AwsStruct, frozen=True, kw_only=True):
    """GetKeyLastUsage."""

    key_id: KeyId


class KeyLastUsageData(AwsStruct, frozen=True, kw_only=True):
    """The last use; nothing where there was none."""

    operation: str | None = None
    timestamp: Timestamp | None = None
    cloud_trail_event_id: str | None = None
    kms_request_id: str | None = None


class GetKeyLastUsageResponse(AwsStruct, frozen=True, kw_only=True):
    """GetKeyLastUsage."""

    key_id: str
    key_last_usage: KeyLastUsageData
    tracking_start_date: Timestamp
    key_creation_date: Timestamp


@operation(Needs("kms:GetKeyLastUsage", key=KeyMember("key_id")), logs=("key_id",))
def get_key_last_usage(context: ReadContext, _request: GetKeyLastUsageRequest) -> GetKeyLastUsageResponse:
    """Tell of the last cryptographic operation with a key that succeeded, since the installation was made."""
    key = context.key.key
    return GetKeyLastUsageResponse(
        key_id=key.place.arn,
        key_last_usage=_data(context.reader.key_uses.find(key.place)),
        tracking_start_date=timestamp(context.reader.accounts.installation().creation_date),
        key_creation_date=timestamp(key.creation_date),
    )


def _data(use: KeyUse | None) -> KeyLastUsageData:
    if use is None:
        return KeyLastUsageData()
    return KeyLastUsageData(
        operation=use.operation,
        timestamp=timestamp(use.date),
        cloud_trail_event_id=use.event_id,
        kms_request_id=use.request_id,
    )


OPERATIONS = (get_key_last_usage,)
