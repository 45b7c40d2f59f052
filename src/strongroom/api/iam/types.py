"""Types that several operations share, with AWS's limits.

Names and paths carry their rule as `Meta(extra={"rule": …})` and no pattern: `rules.with_rules` checks them after all
limits of length, in AWS's order and words.

Source: IAM API Reference.
"""

from typing import Annotated, Literal

from msgspec import Meta

from strongroom.api.iam.rules import NAME, PATH
from strongroom.protocol.structures import AwsStruct, whole

UserName = Annotated[str, Meta(min_length=1, max_length=64, extra={"rule": NAME})]
ExistingUserName = Annotated[str, Meta(min_length=1, max_length=128, extra={"rule": NAME})]
GroupName = Annotated[str, Meta(min_length=1, max_length=128, extra={"rule": NAME})]
RoleName = Annotated[str, Meta(min_length=1, max_length=64, extra={"rule": NAME})]
PolicyName = Annotated[str, Meta(min_length=1, max_length=128, extra={"rule": NAME})]
Path = Annotated[str, Meta(min_length=1, max_length=512, extra={"rule": PATH})]
PathPrefix = Annotated[str, Meta(min_length=1, max_length=512, pattern=whole(r"\u002F[\u0021-\u007F]*"))]
PolicyPath = Annotated[str, Meta(min_length=1, max_length=512, pattern=whole(r"((/[A-Za-z0-9\.,\+@=_-]+)*)/"))]
Arn = Annotated[str, Meta(min_length=20, max_length=2048)]
PolicyArn = Arn
PolicyDocument = Annotated[
    str, Meta(min_length=1, max_length=131072, pattern=whole(r"[\u0009\u000A\u000D\u0020-\u00FF]+"))
]
AccessKeyId = Annotated[str, Meta(min_length=16, max_length=128, pattern=whole(r"[\w]+"))]
Password = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=128,
        pattern=whole(r"[\u0009\u000A\u000D\u0020-\u00FF]+"),
        extra={"sensitive": True},
    ),
]
SerialNumber = Annotated[str, Meta(min_length=9, max_length=256, pattern=whole(r"[\w+=/:,.@-]+"))]
AuthenticationCode = Annotated[
    str, Meta(min_length=6, max_length=6, pattern=whole(r"[\d]+"), extra={"sensitive": True})
]
TagKey = Annotated[str, Meta(min_length=1, max_length=128)]
TagValue = Annotated[str, Meta(min_length=0, max_length=256)]
TagKeys = Annotated[list[TagKey], Meta(max_length=50)]
MaxItems = Annotated[int, Meta(ge=1, le=1000)]
Marker = Annotated[str, Meta(min_length=1, max_length=320, pattern=whole(r"[\u0020-\u00FF]+"))]
NextMarker = str


class Tag(AwsStruct, frozen=True, kw_only=True):
    """A tag. What characters it may have is checked by `tag_rules`."""

    key: TagKey
    value: TagValue


Tags = Annotated[list[Tag], Meta(max_length=50)]


class AttachedPermissionsBoundary(AwsStruct, frozen=True, kw_only=True):
    """The permissions boundary of a user or role."""

    permissions_boundary_type: Literal["Policy"]
    permissions_boundary_arn: Arn


class AttachedPolicy(AwsStruct, frozen=True, kw_only=True):
    """A managed policy that is attached to a user, group or role."""

    policy_name: str
    policy_arn: str
