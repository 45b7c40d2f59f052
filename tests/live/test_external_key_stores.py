"""External key stores on the XKS proxy of another installation, which goes away and comes back, and on slow proxies."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING, Final

import pytest
from botocore.exceptions import ClientError

from strongroom.custody.xks_client import TIMEOUT
from tests.live.aws_cli import AwsCli
from tests.live.conftest import ACCOUNT
from tests.live.test_secrets import found, wrapped_keys, written_down
from tests.live.xks_pair import XKS_KEY, serving_pair
from tests.support.key_use import DONE, PLAINTEXT, KeyUsers, in_use
from tests.support.live import shows_traceback
from tests.support.live_key_stores import (
    NOT_ENABLED,
    NOT_REACHED,
    NOT_SECURED,
    TOO_LATE,
    await_connection,
    connect,
    create_external,
    disconnect,
)

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator
    from pathlib import Path

    from mypy_boto3_kms import KMSClient

    from tests.live.conftest import Tell
    from tests.live.xks_pair import Pair

CONTEXT: Final = {"purpose": "example"}
EXTERNAL_USERS: Final = 4
ORDINARY_USERS: Final = 2
LEAST_USES: Final = 40
LEAST_WAITS: Final = 6
MOST_SECONDS: Final = 2.0
# A machine that is busy with something else may use up the 250 ms that the proxy has.
LEAST_SERVED: Final = 0.9


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with serving_pair(tmp_path_factory.mktemp("pair")) as pair:
        yield pair


def outcome(kms: KMSClient, blob: bytes) -> tuple[str, str]:
    """Decrypt; gives the error's name and text, if there is one."""
    try:
        answer = kms.decrypt(CiphertextBlob=blob, EncryptionContext=CONTEXT)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    assert answer["Plaintext"] == PLAINTEXT
    return DONE


def test_a_key_of_another_installation_encrypts_and_decrypts(pair: Pair) -> None:
    kms, arn = pair.user.server.boto3(), pair.user.arn
    sealed = kms.encrypt(KeyId=arn, Plaintext=PLAINTEXT, EncryptionContext=CONTEXT)["CiphertextBlob"]
    assert outcome(kms, sealed) == DONE
    data_key = kms.generate_data_key(KeyId=arn, KeySpec="AES_256", EncryptionContext=CONTEXT)
    opened = kms.decrypt(CiphertextBlob=data_key["CiphertextBlob"], EncryptionContext=CONTEXT)
    assert (opened["Plaintext"], opened["KeyId"]) == (data_key["Plaintext"], arn)
    ordinary = kms.create_key()["KeyMetadata"]["Arn"]
    out = kms.re_encrypt(CiphertextBlob=sealed, SourceEncryptionContext=CONTEXT, DestinationKeyId=ordinary)
    back = kms.re_encrypt(
        CiphertextBlob=out["CiphertextBlob"], DestinationKeyId=arn, DestinationEncryptionContext=CONTEXT
    )
    assert (out["SourceKeyId"], out["KeyId"], back["SourceKeyId"], back["KeyId"]) == (arn, ordinary, ordinary, arn)
    assert outcome(kms, back["CiphertextBlob"]) == DONE


def test_disabling_the_external_key_closes_what_it_encrypted(pair: Pair) -> None:
    kms = pair.user.server.boto3()
    sealed = kms.encrypt(KeyId=pair.user.arn, Plaintext=PLAINTEXT, EncryptionContext=CONTEXT)["CiphertextBlob"]
    owner = pair.owner.server.boto3()
    owner.disable_key(KeyId=pair.owner.arn)
    assert outcome(kms, sealed) == NOT_ENABLED
    owner.enable_key(KeyId=pair.owner.arn)
    assert outcome(kms, sealed) == DONE
    kms.disable_key(KeyId=pair.user.arn)
    assert outcome(kms, sealed) == ("DisabledException", f"{pair.user.arn} is disabled.")
    kms.enable_key(KeyId=pair.user.arn)
    assert outcome(kms, sealed) == DONE


def test_both_trails_tell_of_a_request(pair: Pair) -> None:
    answer = pair.user.server.boto3().encrypt(KeyId=pair.user.arn, Plaintext=PLAINTEXT)
    request_id = answer["ResponseMetadata"]["RequestId"]
    (asked,) = (
        each for records in pair.user.server.trail().values() for each in records if each.get("requestID") == request_id
    )
    assert (asked["eventName"], asked["resources"][0]["ARN"]) == ("Encrypt", pair.user.arn)
    trail = pair.owner.server.trail()
    proxied = [each for name, records in trail.items() if name.startswith("xks-proxy-") for each in records]
    (told,) = (each for each in proxied if request_id in json.dumps(each["requestParameters"]))
    assert told["eventName"] == "Encrypt"
    assert told["requestParameters"]["requestMetadata"] == {
        "awsPrincipalArn": f"arn:aws:iam::{ACCOUNT}:root",
        "kmsOperation": "Encrypt",
        "kmsRequestId": request_id,
        "kmsKeyArn": pair.user.arn,
    }
    by_id = {each.get("requestID"): each for each in proxied}
    used = [by_id[each] for each in told["additionalEventData"]["kmsRequestIds"]]
    assert {each["resources"][0]["ARN"] for each in used} == {pair.owner.arn}


class Load:
    """The external key and an ordinary one of the same server, both in use."""

    def __init__(self, pair: Pair, tell: Tell) -> None:
        ordinary = pair.user.server.boto3().create_key()["KeyMetadata"]["Arn"]
        self.external = KeyUsers(pair.user.server, pair.user.arn, EXTERNAL_USERS)
        self.ordinary = KeyUsers(pair.user.server, ordinary, ORDINARY_USERS)
        self._tell = tell

    def phase(self, what: str, least: int = LEAST_USES) -> Counter[tuple[str, str]]:
        """Wait for requests that begin from now on; gives how those with the external key ended.

        Those with the ordinary key all succeed, and wait for no proxy.
        """
        start = time.monotonic()
        # One may have begun before.
        self.external.go_on(least + 1)
        self.ordinary.go_on(least + 1)
        external, ordinary = self.external.since(start), self.ordinary.since(start)
        self._tell(
            f"Proxy {what}: {external.errors[DONE]} of {len(external.uses)} requests with external keys served, the "
            f"slowest answered in {external.slowest:.2f} s; {ordinary.errors[DONE]} of {len(ordinary.uses)} with an "
            f"ordinary key served, 95 % in {ordinary.quantile(0.95) * 1000:.0f} ms"
        )
        assert external.slowest < MOST_SECONDS
        assert set(ordinary.errors) == {DONE}
        assert ordinary.quantile(0.95) < TIMEOUT
        return external.errors


def is_served(errors: Counter[tuple[str, str]]) -> bool:
    return set(errors) <= {DONE, TOO_LATE} and errors[DONE] >= LEAST_SERVED * errors.total()


def test_a_proxy_that_goes_away_under_load(pair: Pair, tell: Tell) -> None:
    """It is killed, and then hangs: it takes connections and answers nothing."""
    load = Load(pair, tell)
    with in_use(load.external, load.ordinary):
        assert is_served(load.phase("there"))
        pair.proxy.kill()
        assert set(load.phase("killed")) == {NOT_REACHED}
        pair.proxy.start()
        assert is_served(load.phase("started again"))
        pair.proxy.pause()
        assert set(load.phase("hanging", LEAST_WAITS)) == {TOO_LATE}
        pair.proxy.resume()
        assert is_served(load.phase("going on"))
    # It may have been killed in the middle of a handshake.
    assert set(load.external.since(0).errors) <= {DONE, NOT_REACHED, NOT_SECURED, TOO_LATE}
    assert not shows_traceback(pair.user.server.read_log())


def test_a_store_whose_proxy_hangs_is_not_connected(pair: Pair) -> None:
    kms = pair.user.server.boto3()
    store = create_external(kms, pair.proxy.endpoint, pair.new_path("/hanging"), "hanging")
    pair.proxy.pause()
    try:
        kms.connect_custom_key_store(CustomKeyStoreId=store)
        await_connection(kms, store, "FAILED", "XKS_PROXY_TIMED_OUT")
    finally:
        pair.proxy.resume()
    assert f"Custom key store {store} of account {ACCOUNT} cannot be connected (XKS_PROXY_TIMED_OUT)" in (
        pair.user.server.read_log()
    )
    disconnect(kms, store)
    connect(kms, store)


def test_the_aws_cli_makes_an_external_key_store(pair: Pair, tmp_path: Path) -> None:
    """As the example of the AWS CLI's own manual does."""
    # Version 1 of the AWS CLI would send what is at the URL instead of the URL.
    (tmp_path / "config").write_text("[default]\ncli_follow_urlparam = false\n", encoding="ascii")
    aws = AwsCli(pair.user.server, pair.user.server.login, tmp_path)
    credential = pair.new_path("/cli")
    store = aws.kms(
        *("create-custom-key-store", "--custom-key-store-name", "ExamplePublicEndpointXKS"),
        *("--custom-key-store-type", "EXTERNAL_KEY_STORE", "--xks-proxy-connectivity", "PUBLIC_ENDPOINT"),
        *("--xks-proxy-uri-endpoint", pair.proxy.endpoint, "--xks-proxy-uri-path", credential.uri_path),
        "--xks-proxy-authentication-credential",
        f"AccessKeyId={credential.access_key_id}, RawSecretAccessKey={credential.secret}",
    )["CustomKeyStoreId"]
    aws.kms("connect-custom-key-store", "--custom-key-store-id", store)
    await_connection(pair.user.server.boto3(), store, "CONNECTED")
    made = aws.kms(
        *("create-key", "--origin", "EXTERNAL_KEY_STORE", "--custom-key-store-id", store, "--xks-key-id", XKS_KEY)
    )["KeyMetadata"]
    assert made["XksKeyConfiguration"] == {"Id": XKS_KEY}
    assert aws.decrypt(aws.encrypt(made["KeyId"], PLAINTEXT)) == PLAINTEXT
    (shown,) = aws.kms("describe-custom-key-stores", "--custom-key-store-name", "ExamplePublicEndpointXKS")[
        "CustomKeyStores"
    ]
    assert shown["XksProxyConfiguration"] == {
        "Connectivity": "PUBLIC_ENDPOINT",
        "AccessKeyId": credential.access_key_id,
        "UriEndpoint": pair.proxy.endpoint,
        "UriPath": credential.uri_path,
    }


def test_no_secret_of_a_key_store_is_written_down(pair: Pair) -> None:
    """Nor does one installation write down what is the other's."""
    kms = pair.user.server.boto3()
    wrong = pair.credential._replace(secret="wrong/" + "not/the/secret/" * 3)
    with pytest.raises(kms.exceptions.XksProxyIncorrectAuthenticationCredentialException):
        create_external(kms, pair.proxy.endpoint.replace("localhost", "127.0.0.1"), wrong, "refused")
    plaintext = os.urandom(32)
    sealed = kms.encrypt(KeyId=pair.user.arn, Plaintext=plaintext)["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == plaintext
    users, owners = (
        wrapped_keys(each.server, each.root_key, each.arn.rpartition("/")[2]) for each in (pair.user, pair.owner)
    )
    secrets = {
        "plaintext": plaintext,
        "data key": kms.generate_data_key(KeyId=pair.user.arn, KeySpec="AES_256")["Plaintext"],
        "secret access key": pair.credential.secret.encode(),
        "wrong secret access key": wrong.secret.encode(),
        **{f"user's {name}": value for name, value in users.items()},
        **{f"owner's {name}": value for name, value in owners.items()},
    }
    contents = [*written_down(pair.user.server), *written_down(pair.owner.server)]
    contents.append((pair.proxy.log.name, pair.proxy.log.read_bytes()))
    names = {name for name, _ in contents}
    assert {"strongroom.db", "changes.jsonl", "xks-proxy.json", "xks-proxy-0.jsonl", pair.user.server.log.name} <= names
    assert any(pair.credential.access_key_id.encode() in content for _, content in contents)
    assert [leak for where, content in contents for leak in found(secrets, where, content)] == []
