"""Structures of requests of the Query protocol, with every kind of member."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from strongroom.protocol.structures import AwsStruct, Timestamp, whole

UserName = Annotated[str, Meta(min_length=1, max_length=8, pattern=whole(r"[\w+=,.@-]+"))]


class Tag(AwsStruct, frozen=True, kw_only=True):
    key: Annotated[str, Meta(min_length=1, max_length=128)]
    value: Annotated[str, Meta(max_length=256)]


class ContextEntry(AwsStruct, frozen=True, kw_only=True):
    context_key_name: str | None = None
    context_key_values: list[str] | None = None


class Descriptor(AwsStruct, frozen=True, kw_only=True):
    arn: Annotated[str, Meta(min_length=20)] | None = msgspec.field(default=None, name="arn")
    entry: ContextEntry | None = None


class CreateUserRequest(AwsStruct, frozen=True, kw_only=True):
    user_name: UserName
    path: str | None = None
    tags: Annotated[list[Tag], Meta(max_length=2)] | None = None
    max_items: Annotated[int, Meta(ge=1, le=1000)] | None = None
    reset: bool | None = None
    status: Literal["Active", "Inactive"] | None = None
    not_after: Timestamp | None = None
    content: Annotated[bytes, Meta(max_length=4)] | None = None
    attributes: Annotated[dict[str, Annotated[str, Meta(max_length=3)]], Meta(max_length=2)] | None = None
    entries: list[ContextEntry] | None = None
    descriptor: Descriptor | None = None
    action_names: list[Annotated[str, Meta(min_length=3)]] | None = None
    password: Annotated[str, Meta(min_length=8, extra={"sensitive": True})] | None = None
