from strongroom.model.account import Installation
from strongroom.model.key import KeyPlace
from strongroom.model.principal import Principal, root_principal
from strongroom.model.request import Request


def test_a_place_gives_the_arn() -> None:
    assert KeyPlace("111122223333", "us-east-1", "id").arn == "arn:aws:kms:us-east-1:111122223333:key/id"


def test_the_root_user() -> None:
    assert root_principal("111122223333") == Principal(
        type="Root",
        account_id="111122223333",
        arn="arn:aws:iam::111122223333:root",
        principal_id="111122223333",
    )


def test_the_first_header_of_a_name_counts() -> None:
    headers = (("host", "kms"), ("x-two", "1"), ("x-two", "2"), ("x-empty", ""))
    request = Request(method="POST", path="/", query="", headers=headers, body=b"", source_ip="192.0.2.1")
    assert request.header("x-two") == "1"
    assert request.header("x-empty") == ""
    assert request.header("x-none") is None


def test_time_is_not_moved_by_default() -> None:
    new = Installation(id="id", mode="production", default_region="us-east-1", creation_date=1.0)
    assert new.clock_offset == 0.0
