from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.model.arn import KEY_ID, KmsArn, alias_arn, iam_arn, key_arn, parse_kms_arn

ACCOUNTS = st.integers(0, 10**12 - 1).map("{:012d}".format)
REGIONS = st.sampled_from(["us-east-1", "eu-central-2", "ap-southeast-7"])
KEY_IDS = st.uuids().map(str) | st.uuids().map(lambda value: "mrk-" + value.hex)
ALIASES = st.from_regex(r"alias/[a-zA-Z0-9/_-]{1,20}", fullmatch=True)


@given(ACCOUNTS, REGIONS, KEY_IDS)
def test_key_arns_can_be_read_back(account_id: str, region: str, key_id: str) -> None:
    assert parse_kms_arn(key_arn(account_id, region, key_id)) == KmsArn(region, account_id, "key", key_id)
    assert KEY_ID.fullmatch(key_id)


@given(ACCOUNTS, REGIONS, ALIASES)
def test_alias_arns_can_be_read_back(account_id: str, region: str, name: str) -> None:
    assert parse_kms_arn(alias_arn(account_id, region, name)) == KmsArn(region, account_id, "alias", name)


@given(st.text() | st.from_regex(r"arn:aws:kms:[a-z0-9-]{0,3}:[0-9]{12}:(key|alias)/.{0,3}", fullmatch=True))
def test_whatever_is_an_arn_is_read_as_it_is_written(text: str) -> None:
    try:
        arn = parse_kms_arn(text)
    except ValueError:
        return
    write = key_arn if arn.kind == "key" else alias_arn
    assert write(arn.account_id, arn.region, arn.name) == text


def test_arns_as_aws_writes_them() -> None:
    key = "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    alias = "arn:aws:kms:us-west-2:111122223333:alias/aws/ebs"
    assert key_arn("111122223333", "us-west-2", "1234abcd-12ab-34cd-56ef-1234567890ab") == key
    assert alias_arn("111122223333", "us-west-2", "alias/aws/ebs") == alias
    assert parse_kms_arn(alias).name == "alias/aws/ebs"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1234abcd-12ab-34cd-56ef-1234567890ab",
        "alias/name",
        "arn:aws:kms:us-east-1:111122223333",
        "arn:aws:kms:us-east-1:111122223333:",
        "arn:aws:kms:us-east-1:111122223333:key",
        "arn:aws:kms:us-east-1:111122223333:key/",
        "arn:aws:kms:us-east-1:111122223333:alias/",
        "arn:aws:kms:us-east-1:111122223333:grant/id",
        "arn:aws:kms:us-east-1:111122223333:Key/id",
        "arn:aws-cn:kms:us-east-1:111122223333:key/id",
        "arn:aws:iam:us-east-1:111122223333:key/id",
        "ARN:aws:kms:us-east-1:111122223333:key/id",
        "arn:aws:kms:us-east-1:11112222333:key/id",
        "arn:aws:kms:us-east-1:1111222233334:key/id",
        "arn:aws:kms:us-east-1:11112222333a:key/id",
        "arn:aws:kms:us-east-1:111122223333\n:key/id",
        "arn:aws:kms:us-east-1:\u0661\u0661\u0661\u0661\u0662\u0662\u0662\u0662\u0663\u0663\u0663\u0663:key/id",
        " arn:aws:kms:us-east-1:111122223333:key/id",
    ],
)
def test_what_is_no_arn_of_a_key_or_alias_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^n(ot|either) a"):
        parse_kms_arn(text)


@pytest.mark.parametrize(
    "text",
    [
        "1234ABCD-12ab-34cd-56ef-1234567890ab",
        "1234abcd12ab34cd56ef1234567890ab",
        "1234abcd-12ab-34cd-56ef-1234567890ab\n",
        "mrk-1234abcd-12ab-34cd-56ef-1234567890ab",
        "mrk-1234abcd12ab34cd56ef1234567890a",
        "\u0661234abcd-12ab-34cd-56ef-1234567890ab",
    ],
)
def test_what_is_no_key_id(text: str) -> None:
    assert not KEY_ID.fullmatch(text)


@pytest.mark.parametrize(
    ("kind", "path", "name", "arn"),
    [
        ("user", "/", "Bob", "arn:aws:iam::111122223333:user/Bob"),
        ("role", "/a/b/", "Role", "arn:aws:iam::111122223333:role/a/b/Role"),
    ],
)
def test_arns_of_iam_hold_the_path(kind: str, path: str, name: str, arn: str) -> None:
    assert iam_arn("111122223333", kind, path, name) == arn
