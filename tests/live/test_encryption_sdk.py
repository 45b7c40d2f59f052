"""The AWS Encryption SDK for Python and JavaScript, and the AWS SDK for JavaScript, against a live server."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

import aws_encryption_sdk
import boto3
import botocore.session
import pytest
from aws_encryption_sdk.exceptions import GenerateKeyError
from aws_encryption_sdk.key_providers.kms import (
    MRKAwareStrictAwsKmsMasterKeyProvider,
    StrictAwsKmsMasterKeyProvider,
)

from tests.support.live import wait_until

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.live.conftest import Launch
    from tests.support.live import Login, Server

NODE: Final = Path(__file__).parents[1] / "node"
MESSAGE: Final = b"a message for another language"
CONTEXT: Final = {"purpose": "test", "language": "python"}
HERE: Final = "us-east-1"
THERE: Final = "eu-west-1"


@pytest.fixture
def server(launch: Launch) -> Server:
    return launch(dev=True)


def environment(server: Server, login: Login | None = None, region: str = HERE) -> Mapping[str, str]:
    used = login or server.login
    return {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.port}",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ACCESS_KEY_ID": used.access_key_id,
        "AWS_SECRET_ACCESS_KEY": used.secret_access_key,
    }


@pytest.fixture
def as_root(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment(server).items():
        monkeypatch.setenv(name, value)


def provider(*keys: str) -> StrictAwsKmsMasterKeyProvider:
    return StrictAwsKmsMasterKeyProvider(key_ids=list(keys), botocore_session=botocore.session.get_session())


def multi_region_provider(*keys: str) -> MRKAwareStrictAwsKmsMasterKeyProvider:
    return MRKAwareStrictAwsKmsMasterKeyProvider(key_ids=list(keys), botocore_session=botocore.session.get_session())


def node(server: Server, script: str, *arguments: str, message: bytes = b"") -> bytes:
    """Run a script of tests/node, with a message in base64 in and out."""
    found = shutil.which("node")
    assert found, "Node.js is needed by the tests of AWS's JavaScript clients"
    done = subprocess.run(  # noqa: S603 - a script of ours
        [found, str(NODE / script), *arguments],
        input=base64.b64encode(message),
        capture_output=True,
        check=False,
        timeout=60,
        env={"PATH": os.environ["PATH"], **environment(server)},
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def new_key(server: Server, **members: object) -> str:
    arn: str = server.boto3().create_key(**members)["KeyMetadata"]["Arn"]  # type: ignore[arg-type] # any members
    return arn


@pytest.mark.usefixtures("as_root")
def test_python_encrypts_and_decrypts(server: Server) -> None:
    client = aws_encryption_sdk.EncryptionSDKClient()
    key, other = new_key(server), new_key(server)
    sealed, _ = client.encrypt(source=MESSAGE, key_provider=provider(key, other), encryption_context=CONTEXT)
    for each in (key, other):
        opened, header = client.decrypt(source=sealed, key_provider=provider(each))
        assert opened == MESSAGE
        assert CONTEXT.items() <= header.encryption_context.items()
    server.boto3().disable_key(KeyId=key)
    assert client.decrypt(source=sealed, key_provider=provider(other))[0] == MESSAGE
    with pytest.raises(aws_encryption_sdk.exceptions.AWSEncryptionSDKClientError):
        client.decrypt(source=sealed, key_provider=provider(key))


@pytest.mark.usefixtures("as_root")
def test_what_one_language_encrypts_another_decrypts_in_another_region(server: Server) -> None:
    client = aws_encryption_sdk.EncryptionSDKClient()
    primary = new_key(server, MultiRegion=True)
    server.boto3().replicate_key(KeyId=primary, ReplicaRegion=THERE)
    replica, there = primary.replace(HERE, THERE), server.boto3(THERE)
    wait_until(lambda: there.describe_key(KeyId=replica)["KeyMetadata"]["KeyState"] == "Enabled", "the replica")
    by_python, _ = client.encrypt(
        source=MESSAGE, key_provider=multi_region_provider(primary), encryption_context=CONTEXT
    )
    opened = node(server, "encryption_sdk.mjs", "decrypt", THERE, replica, message=by_python)
    assert base64.b64decode(opened) == MESSAGE
    by_node = base64.b64decode(node(server, "encryption_sdk.mjs", "encrypt", THERE, replica, message=MESSAGE))
    opened, header = client.decrypt(source=by_node, key_provider=multi_region_provider(primary))
    assert opened == MESSAGE
    assert header.encryption_context["language"] == "javascript"


def test_a_grant_is_enough(server: Server, as_root: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert as_root is None
    key, iam = new_key(server), boto3.client("iam")
    user = iam.create_user(UserName="Grantee")["User"]["Arn"]
    access_key = iam.create_access_key(UserName="Grantee")["AccessKey"]
    client = aws_encryption_sdk.EncryptionSDKClient()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", access_key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", access_key["SecretAccessKey"])
    with pytest.raises(GenerateKeyError):
        client.encrypt(source=MESSAGE, key_provider=provider(key), encryption_context=CONTEXT)
    server.boto3().create_grant(
        KeyId=key,
        GranteePrincipal=user,
        Operations=["GenerateDataKey", "Decrypt"],
        Constraints={"EncryptionContextSubset": CONTEXT},
    )
    sealed, _ = client.encrypt(source=MESSAGE, key_provider=provider(key), encryption_context=CONTEXT)
    assert client.decrypt(source=sealed, key_provider=provider(key))[0] == MESSAGE
    with pytest.raises(GenerateKeyError):
        client.encrypt(source=MESSAGE, key_provider=provider(key), encryption_context={"purpose": "another"})


def test_the_sdk_for_javascript_runs_the_main_operations(server: Server) -> None:
    answer = json.loads(node(server, "main_operations.mjs"))
    assert answer == {"keys": 3, "state": "PendingDeletion"}
