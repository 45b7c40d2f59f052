from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from strongroom.app.installation import set_access_key_status
from tests.support.services import EC2, Service, access_key_of, register, signed_request, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.in_process import InProcess

INVALID = "The security token included in the request is invalid"
NO_SIGNATURE = f"http://kms.test/?Action=GetCallerIdentity&Version=2011-06-15&X-Strongroom-Service={EC2}"


@pytest.fixture
def ec2(service: InProcess) -> Service:
    return register(service)


@pytest.fixture
def alice(service: InProcess) -> Mapping[str, str]:
    """A user; gives its access key."""
    return service.new_user("Alice")


def test_what_was_signed_for_one_service_is_of_no_use_to_another(
    service: InProcess, ec2: Service, alice: Mapping[str, str]
) -> None:
    rds = register(service, "rds.amazonaws.com")
    proof = signed_request(alice, EC2)
    ec2.call(SignedRequest=proof)
    assert rds.refused(SignedRequest=proof) == (
        "InvalidParameterValue",
        "SignedRequest is not valid: It must name rds.amazonaws.com as X-Strongroom-Service",
    )
    renamed = proof.replace(EC2, "rds.amazonaws.com")
    assert "signature we calculated does not match" in rds.refused(SignedRequest=renamed).message


def invalid(reason: str) -> tuple[str, str]:
    return "InvalidParameterValue", f"SignedRequest is not valid: {reason}"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("nothing at all", "It must be the URL of a presigned request"),
        ("ftp://kms.test/", "It must be the URL of a presigned request"),
        ("http://[::1/", "It must be a URL"),
        ("http://kms.test/else?", "It must be the URL of a presigned request"),
        ("http://kms.test/?a=b#c", "It must be the URL of a presigned request"),
        ("http://kms.test/", f"It must name {EC2} as X-Strongroom-Service"),
        ("http://kms.test/?a=b&a=c", None),
        (
            f"http://kms.test/?Action=AssumeRole&Version=2011-06-15&X-Strongroom-Service={EC2}",
            "It must be a presigned GetCallerIdentity",
        ),
        (
            NO_SIGNATURE,
            "Missing Authentication Token",
        ),
        (
            f"{NO_SIGNATURE}&X-Amz-Credential=secret",
            "IncompleteSignatureException",
        ),
    ],
)
def test_what_proves_nothing(service: InProcess, ec2: Service, url: str, reason: str | None) -> None:
    refused = ec2.refused(SignedRequest=url)
    assert refused.code == "InvalidParameterValue"
    if reason is not None:
        assert refused == invalid(reason)
    assert "secret" not in json.dumps(service.records[-1])


@pytest.mark.parametrize("name", ["Action", "Version", "Other"])
def test_only_the_one_request_proves_who_asked(ec2: Service, alice: Mapping[str, str], name: str) -> None:
    refused = ec2.refused(SignedRequest=signed_request(alice, more={name: "GetSessionToken"}))
    assert refused == invalid("It must be a presigned GetCallerIdentity")


def test_a_proof_is_good_for_a_quarter_of_an_hour_at_most(
    ec2: Service, alice: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ec2.refused(SignedRequest=signed_request(alice, expires=901)) == invalid(
        "X-Amz-Expires must be at most 900 seconds"
    )
    old = signed_request(alice, expires=60)
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now + 60)
    ec2.call(SignedRequest=old)
    monkeypatch.setattr("time.time", lambda: now + 62)
    refused = ec2.refused(SignedRequest=old)
    assert refused.code == "InvalidParameterValue"
    assert "Signature expired" in refused.message


def test_how_long_a_proof_is_good_is_signed_too(ec2: Service, alice: Mapping[str, str]) -> None:
    proof = signed_request(alice)
    shortened = proof.replace("&X-Amz-Expires=900", "")
    assert shortened != proof
    assert "signature we calculated does not match" in ec2.refused(SignedRequest=shortened).message


@pytest.mark.parametrize("url", ["https://kms.test:443/", "http://kms.test:80", "http://127.0.0.1:4599/"])
def test_hosts_are_as_sdks_sign_them(ec2: Service, alice: Mapping[str, str], url: str) -> None:
    assert text(ec2.call(SignedRequest=signed_request(alice, url=url)), "Arn").endswith("user/Alice")


def test_services_do_not_prove_that_users_asked(service: InProcess, ec2: Service, alice: Mapping[str, str]) -> None:
    lent = access_key_of(ec2.call(SignedRequest=signed_request(alice)))
    own = {"AccessKeyId": ec2.credentials.access_key, "SecretAccessKey": ec2.credentials.secret_key}
    for signer in (lent, own):
        assert ec2.refused(SignedRequest=signed_request(signer)) == (
            "AccessDenied",
            "SignedRequest is signed with the credentials of a service",
        )
    rds = register(service, "rds.amazonaws.com")
    assert rds.refused(SignedRequest=signed_request(lent, rds.name)).code == "AccessDenied"


def test_a_proof_of_one_who_is_gone_proves_nothing(service: InProcess, ec2: Service, alice: Mapping[str, str]) -> None:
    proof = signed_request(alice)
    with service.store.change() as change:
        set_access_key_status(change, alice["AccessKeyId"], "Inactive")
    assert ec2.refused(SignedRequest=proof) == invalid(f"{INVALID}.")
    service.root(api="iam")("DeleteAccessKey", UserName="Alice", AccessKeyId=alice["AccessKeyId"])
    assert ec2.refused(SignedRequest=proof) == invalid(f"{INVALID}.")
