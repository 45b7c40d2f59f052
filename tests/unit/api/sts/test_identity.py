"""GetCallerIdentity, GetAccessKeyInfo, DecodeAuthorizationMessage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strongroom.app.installation import new_access_key
from strongroom.model.account import Service
from tests.support.in_process import ACCOUNT, OTHER_ACCOUNT, Refused
from tests.unit.api.sts.support import allowing, assume, document, new_role, new_user, sts, trusting

if TYPE_CHECKING:
    from tests.support.in_process import InProcess


def test_the_root_user_is_the_account(service: InProcess) -> None:
    assert service.root(api="sts")("GetCallerIdentity") == {
        "UserId": ACCOUNT,
        "Account": ACCOUNT,
        "Arn": f"arn:aws:iam::{ACCOUNT}:root",
    }
    record = service.records[-1]
    assert (record["eventName"], record["requestParameters"], record["responseElements"]) == (
        "GetCallerIdentity",
        None,
        None,
    )


def test_no_permission_is_needed_to_know_who_one_is(service: InProcess) -> None:
    bob = new_user(service, "Bob", {"Effect": "Deny", "Action": "*", "Resource": "*"})
    assert sts(service, bob.access_key)("GetCallerIdentity") == {
        "UserId": bob.user.user_id,
        "Account": ACCOUNT,
        "Arn": bob.user.arn,
    }


def test_an_access_key_tells_its_account(service: InProcess) -> None:
    service.add_account()
    root, eve = service.root(api="sts"), new_user(service, "Eve", account_id=OTHER_ACCOUNT)
    members = {"AccessKeyId": eve.access_key["AccessKeyId"]}
    assert root("GetAccessKeyInfo", **members) == {"Account": OTHER_ACCOUNT}
    assert service.records[-1]["requestParameters"] == {"accessKeyId": eve.access_key["AccessKeyId"]}
    assert sts(service, eve.access_key).refused("GetAccessKeyInfo", **members).code == "AccessDenied"


def test_of_temporary_access_keys_only_the_callers_own_is_known(service: InProcess) -> None:
    bob = new_user(service, "Bob")
    role = new_role(service, "Clerk", trusting(bob.user.arn), inline_policies={"p": document(allowing("sts:*"))})
    session = assume(sts(service, bob.access_key), role)["Credentials"]
    members = {"AccessKeyId": session["AccessKeyId"]}
    assert sts(service, session)("GetAccessKeyInfo", **members) == {"Account": ACCOUNT}
    unknown = Refused("ValidationError", f"The access key {session['AccessKeyId']} does not exist.")
    assert service.root(api="sts").refused("GetAccessKeyInfo", **members) == unknown


def test_the_access_key_of_a_service_is_of_no_account(service: InProcess) -> None:
    with service.store.change() as change:
        change.identities.put_service(Service(service="ec2.amazonaws.com"))
        made = new_access_key(change, service.opened.store_keys, None, "ec2.amazonaws.com")
    refused = service.root(api="sts").refused("GetAccessKeyInfo", AccessKeyId=made.access_key_id)
    assert refused.code == "ValidationError"


def test_no_message_is_one_of_ours(service: InProcess) -> None:
    root, bob = service.root(api="sts"), sts(service, new_user(service, "Bob").access_key)
    assert root.refused("DecodeAuthorizationMessage", EncodedMessage="AAAA") == Refused(
        "InvalidAuthorizationMessageException", "Message is not valid"
    )
    assert service.records[-1]["requestParameters"] is None
    assert bob.refused("DecodeAuthorizationMessage", EncodedMessage="AAAA").code == "AccessDenied"
