from typing import Literal

import msgspec
import pytest

from strongroom.protocol.query_errors import STS_NAMESPACE
from strongroom.protocol.query_xml import encode, error_body
from strongroom.protocol.structures import AwsStruct, Timestamp

NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/"
REQUEST_ID = "7a62c49f-347e-4fc4-9331-6e8eEXAMPLE"
METADATA = f"<ResponseMetadata><RequestId>{REQUEST_ID}</RequestId></ResponseMetadata>"


class Tag(AwsStruct, frozen=True, kw_only=True):
    key: str
    value: str


class User(AwsStruct, frozen=True, kw_only=True):
    user_name: str
    create_date: Timestamp
    tags: list[Tag] | None = None
    arn: str | None = msgspec.field(default=None, name="arn")


class Response(AwsStruct, frozen=True, kw_only=True):
    user: User | None = None
    is_truncated: bool | None = None
    content: bytes | None = None
    status: Literal["Active", "Inactive"] | None = None
    summary_map: dict[str, int] | None = None
    names: list[str] | None = None


def encoded(response: AwsStruct | None) -> str:
    body = encode("GetUser", NAMESPACE, response, REQUEST_ID).decode()
    opening, closing = f'<GetUserResponse xmlns="{NAMESPACE}">', f"{METADATA}</GetUserResponse>"
    assert body.startswith(opening)
    assert body.endswith(closing)
    return body[len(opening) : -len(closing)]


def test_an_operation_without_output_has_no_result() -> None:
    assert encoded(None) == ""


@pytest.mark.parametrize(
    ("response", "content"),
    [
        (Response(), ""),
        (Response(is_truncated=False, content=b"\0\xff"), "<IsTruncated>false</IsTruncated><Content>AP8=</Content>"),
        (Response(status="Active"), "<Status>Active</Status>"),
        (Response(names=[]), "<Names></Names>"),
        (Response(names=["a", ""]), "<Names><member>a</member><member></member></Names>"),
        (
            Response(summary_map={"Users": 2, "<&>": 0}),
            (
                "<SummaryMap><entry><key>Users</key><value>2</value></entry>"
                "<entry><key>&lt;&amp;&gt;</key><value>0</value></entry></SummaryMap>"
            ),
        ),
        (
            Response(user=User(user_name="\x00\r\né", create_date=0, tags=[Tag(key="k", value="]]>")], arn="a")),
            (
                "<User><UserName>�&#13;\né</UserName><CreateDate>1970-01-01T00:00:00Z</CreateDate>"
                "<Tags><member><Key>k</Key><Value>]]&gt;</Value></member></Tags><arn>a</arn></User>"
            ),
        ),
    ],
)
def test_encode(response: Response, content: str) -> None:
    assert encoded(response) == f"<GetUserResult>{content}</GetUserResult>"


def test_a_whole_number_of_seconds_is_still_a_timestamp() -> None:
    user = User(user_name="u", create_date=60)
    assert "<CreateDate>1970-01-01T00:01:00Z</CreateDate>" in encoded(Response(user=user))


def test_types_that_the_protocol_does_not_know() -> None:
    class Wrong(AwsStruct, frozen=True, kw_only=True):
        names: set[str]

    with pytest.raises(TypeError):
        encode("Wrong", NAMESPACE, Wrong(names=set()), REQUEST_ID)


@pytest.mark.parametrize(
    ("status", "fault"), [(400, "Sender"), (403, "Sender"), (404, "Sender"), (500, "Receiver"), (503, "Receiver")]
)
def test_errors(status: int, fault: str) -> None:
    assert error_body("Code", status, "a < b\x00", STS_NAMESPACE, REQUEST_ID).decode() == (
        f'<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>{fault}</Type><Code>Code</Code>'
        f"<Message>a &lt; b�</Message></Error><RequestId>{REQUEST_ID}</RequestId></ErrorResponse>"
    )


def test_an_error_without_message() -> None:
    assert b"<Code>Code</Code></Error>" in error_body("Code", 400, None, NAMESPACE, REQUEST_ID)
