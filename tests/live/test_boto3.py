"""boto3, unchanged: paginators, typed exceptions, Regions, retries, presigned requests."""

from __future__ import annotations

import json
import os
import signal
import threading
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.live.conftest import ACCOUNT, Launch
from tests.support.kernel import has_accepted, write_lock
from tests.support.live import wait_until
from tests.support.wire import CONTENT_TYPE

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

    from tests.support.live import Login, Server


def test_paginators_give_everything_once(kms: KMSClient) -> None:
    made = {kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(7)}
    key_id = min(made)
    names = {f"alias/page-{number}" for number in range(7)}
    for name in names:
        kms.create_alias(AliasName=name, TargetKeyId=key_id)
    tags = {f"key-{number}": "value" for number in range(7)}
    kms.tag_resource(KeyId=key_id, Tags=[{"TagKey": key, "TagValue": value} for key, value in tags.items()])
    pages = list(kms.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 2}))
    assert {len(page["Keys"]) for page in pages[:-1]} == {2}
    listed = [key["KeyId"] for page in pages for key in page["Keys"]]
    assert len(listed) == len(set(listed))
    assert made <= set(listed)
    pages_of_aliases = kms.get_paginator("list_aliases").paginate(KeyId=key_id, PaginationConfig={"PageSize": 3})
    assert sorted(alias["AliasName"] for page in pages_of_aliases for alias in page["Aliases"]) == sorted(names)
    pages_of_tags = kms.get_paginator("list_resource_tags").paginate(KeyId=key_id, PaginationConfig={"PageSize": 3})
    assert {tag["TagKey"]: tag["TagValue"] for page in pages_of_tags for tag in page["Tags"]} == tags
    (policies,) = kms.get_paginator("list_key_policies").paginate(KeyId=key_id)
    assert policies["PolicyNames"] == ["default"]
    resumed = kms.get_paginator("list_keys").paginate(PaginationConfig={"MaxItems": 3, "PageSize": 2})
    first = resumed.build_full_result()
    rest = kms.get_paginator("list_keys").paginate(PaginationConfig={"StartingToken": first["NextToken"]})
    both = [key["KeyId"] for key in first["Keys"] + rest.build_full_result()["Keys"]]
    assert both == listed


def test_boto3_has_no_waiters_for_kms(kms: KMSClient) -> None:
    """There is nothing to show of waiters: the model that boto3 is built from has none."""
    assert kms.waiter_names == []
    loader = botocore.session.get_session().get_component("data_loader")
    assert loader.list_available_services("waiters-2").count("kms") == 0


def test_exceptions_are_typed(kms: KMSClient) -> None:
    errors = kms.exceptions
    key = kms.create_key()["KeyMetadata"]
    key_id = key["KeyId"]
    kms.create_alias(AliasName="alias/typed", TargetKeyId=key_id)
    blob = kms.encrypt(KeyId=key_id, Plaintext=b"typed")["CiphertextBlob"]
    other = kms.create_key()["KeyMetadata"]["KeyId"]
    calls: list[tuple[type[Exception], Any]] = [
        (errors.NotFoundException, lambda: kms.describe_key(KeyId="1234abcd-12ab-34cd-56ef-1234567890ab")),
        (errors.AlreadyExistsException, lambda: kms.create_alias(AliasName="alias/typed", TargetKeyId=key_id)),
        (errors.InvalidAliasNameException, lambda: kms.create_alias(AliasName="alias/aws/x", TargetKeyId=key_id)),
        (errors.InvalidArnException, lambda: kms.describe_key(KeyId="arn:aws:kms:us-east-1:1:nothing/x")),
        (errors.InvalidCiphertextException, lambda: kms.decrypt(CiphertextBlob=blob[:-1] + bytes([blob[-1] ^ 1]))),
        (errors.IncorrectKeyException, lambda: kms.decrypt(CiphertextBlob=blob, KeyId=other)),
        (errors.InvalidMarkerException, lambda: kms.list_keys(Marker="nothing")),
        (errors.MalformedPolicyDocumentException, lambda: kms.put_key_policy(KeyId=key_id, Policy="{}")),
        (errors.TagException, lambda: kms.tag_resource(KeyId=key_id, Tags=[{"TagKey": "aws:x", "TagValue": "y"}])),
        (errors.KMSInvalidStateException, lambda: kms.cancel_key_deletion(KeyId=key_id)),
        (errors.DryRunOperationException, lambda: kms.decrypt(CiphertextBlob=blob, DryRun=True)),
        (errors.InvalidGrantTokenException, lambda: kms.encrypt(KeyId=key_id, Plaintext=b"x", GrantTokens=["none"])),
        (errors.UnsupportedOperationException, lambda: kms.create_key(KeySpec="SM2", KeyUsage="SIGN_VERIFY")),
        (
            errors.CustomKeyStoreNotFoundException,
            lambda: kms.create_key(Origin="AWS_CLOUDHSM", CustomKeyStoreId="cks-1234567890abcdef0"),
        ),
    ]
    for kind, call in calls:
        with pytest.raises(kind) as caught:
            call()
        assert isinstance(caught.value, errors.ClientError)
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
        assert caught.value.response["ResponseMetadata"]["RequestId"]
    kms.disable_key(KeyId=key_id)
    with pytest.raises(errors.DisabledException, match=f"{key['Arn']} is disabled."):
        kms.decrypt(CiphertextBlob=blob)


def test_a_region_has_keys_of_its_own(server: Server) -> None:
    clients = {region: server.boto3(region) for region in ("us-east-1", "eu-west-1", "ap-southeast-2")}
    made = {}
    for region, kms in clients.items():
        made[region] = kms.create_key()["KeyMetadata"]
        assert made[region]["Arn"].split(":")[3:5] == [region, ACCOUNT]
        kms.create_alias(AliasName="alias/regional", TargetKeyId=made[region]["KeyId"])
    for region, kms in clients.items():
        assert kms.describe_key(KeyId="alias/regional")["KeyMetadata"]["Arn"] == made[region]["Arn"]
        for other in set(clients) - {region}:
            with pytest.raises(kms.exceptions.NotFoundException):
                kms.describe_key(KeyId=made[other]["KeyId"])
            assert made[other]["KeyId"] not in {key["KeyId"] for key in kms.list_keys()["Keys"]}


def test_a_request_cut_off_by_a_dying_worker_is_tried_again(launch: Launch) -> None:
    server = launch(workers=1)
    kms = server.boto3(attempts=3)
    answers: list[dict[str, Any]] = []
    thread = threading.Thread(target=lambda: answers.append(dict(kms.create_key())))
    with write_lock(server.data):
        thread.start()
        # It cannot be answered, as nothing can be changed.
        wait_until(lambda: has_accepted(server.port), "the request")
        (worker,) = server.worker_pids()
        os.kill(worker, signal.SIGKILL)
        wait_until(lambda: worker not in server.worker_pids(), "the worker's end")
    thread.join()
    assert answers[0]["ResponseMetadata"]["RetryAttempts"] == 1
    assert [key["KeyId"] for key in kms.list_keys()["Keys"]] == [answers[0]["KeyMetadata"]["KeyId"]]


def presigned(endpoint: str, login: Login, operation: str) -> AWSRequest:
    headers = {"Content-Type": CONTENT_TYPE, "X-Amz-Target": f"TrentService.{operation}"}
    request = AWSRequest("POST", f"{endpoint}/", data=b"", headers=headers)
    SigV4QueryAuth(Credentials(*login), "kms", "us-east-1", expires=60).add_auth(request)
    return request


def fetch(server: Server, request: AWSRequest, url: str) -> tuple[int, dict[str, Any]]:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("POST", url.removeprefix(server.endpoint), body=b"", headers=dict(request.headers.items()))
    response = connection.getresponse()
    body = json.loads(response.read() or b"{}")
    connection.close()
    return response.status, body


def test_a_presigned_request_is_good_as_it_was_signed(server: Server) -> None:
    request = presigned(server.endpoint, server.login, "ListKeys")
    url = request.prepare().url
    assert "X-Amz-Signature" in url
    status, body = fetch(server, request, url)
    assert (status, "Keys" in body) == (200, True)
    status, body = fetch(server, request, url.replace("X-Amz-Expires=60", "X-Amz-Expires=61"))
    assert (status, body["__type"]) == (400, "InvalidSignatureException")
