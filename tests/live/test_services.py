"""A service beside a real server, written as docs/services.md shows it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.error import HTTPError

import boto3
import pytest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from tests.support.live import Login, run_json

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

    from tests.support.live import Server

EC2: Final = "ec2.amazonaws.com"
REGION: Final = "eu-west-1"
ALIAS: Final = "alias/aws/ebs"
DOCS: Final = Path(__file__).parents[2] / "docs" / "services.md"


class Integration:
    """The functions of the page."""

    def __init__(self) -> None:
        (code,) = re.findall(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
        self._functions: dict[str, Any] = {}
        exec(code, self._functions)  # noqa: S102 - the page is what is tested

    def ask(self, server: Server, user: Login, service: str) -> str:
        """Let a user prove that it asked a service."""
        url: str = self._functions["ask"](server.endpoint, REGION, _credentials(user), service)
        return url

    def act(self, server: Server, own: Login, **proof: str) -> Login:
        """Get credentials for a service."""
        return Login(*self._functions["act"](server.endpoint, REGION, _credentials(own), **proof))


def _credentials(login: Login) -> Credentials:
    return Credentials(*login)


@pytest.fixture(scope="module")
def integration() -> Integration:
    return Integration()


@pytest.fixture(scope="module")
def ec2(server: Server) -> Login:
    """Register a service while the server runs; gives its access key."""
    made = run_json("service", "register", EC2, "--data", server.data)
    return Login(made["access_key_id"], made["secret_access_key"])


@pytest.fixture(scope="module")
def alice(server: Server) -> Login:
    """A user without any permission."""
    iam = boto3.client(
        "iam",
        endpoint_url=server.endpoint,
        region_name=REGION,
        aws_access_key_id=server.login.access_key_id,
        aws_secret_access_key=server.login.secret_access_key,
    )
    iam.create_user(UserName="Alice")
    made = iam.create_access_key(UserName="Alice")["AccessKey"]
    return Login(made["AccessKeyId"], made["SecretAccessKey"])


def forwarded(integration: Integration, server: Server, ec2: Login, user: Login) -> KMSClient:
    login = integration.act(server, ec2, SignedRequest=integration.ask(server, user, EC2))
    return server.boto3(REGION, login)


def test_a_volume_is_encrypted_for_a_user(server: Server, integration: Integration, ec2: Login, alice: Login) -> None:
    kms = forwarded(integration, server, ec2, alice)
    data_key = kms.generate_data_key(KeyId=ALIAS, KeySpec="AES_256", EncryptionContext={"volume": "vol-1"})
    sealed = data_key["CiphertextBlob"]
    assert (
        kms.decrypt(CiphertextBlob=sealed, EncryptionContext={"volume": "vol-1"})["Plaintext"] == data_key["Plaintext"]
    )
    described = server.boto3(REGION).describe_key(KeyId=ALIAS)["KeyMetadata"]
    assert (described["Arn"], described["KeyManager"]) == (data_key["KeyId"], "AWS")
    for other in (alice, server.login):
        with pytest.raises(ClientError, match="not authorized to perform: kms:Decrypt"):
            server.boto3(REGION, other).decrypt(CiphertextBlob=sealed, EncryptionContext={"volume": "vol-1"})


def test_every_worker_sees_the_one_key(server: Server, integration: Integration, ec2: Login, alice: Login) -> None:
    kms = [forwarded(integration, server, ec2, alice) for _ in range(4)]
    made = {each.encrypt(KeyId=ALIAS, Plaintext=b"x")["KeyId"] for each in kms for _ in range(4)}
    assert len(made) == 1
    assert len(server.boto3(REGION).list_keys()["Keys"]) == 1


def test_a_proof_is_for_one_service(server: Server, integration: Integration, ec2: Login, alice: Login) -> None:
    with pytest.raises(HTTPError) as caught:
        integration.act(server, ec2, SignedRequest=integration.ask(server, alice, "rds.amazonaws.com"))
    assert b"<Code>InvalidParameterValue</Code>" in caught.value.read()
    caught.value.close()


def test_the_credentials_of_a_stolen_key_end_with_it(
    server: Server, integration: Integration, ec2: Login, alice: Login
) -> None:
    kms = forwarded(integration, server, ec2, alice)
    kms.encrypt(KeyId=ALIAS, Plaintext=b"x")
    made = run_json("service", "rotate-credentials", EC2, "--data", server.data)
    with pytest.raises(ClientError, match="UnrecognizedClientException"):
        kms.encrypt(KeyId=ALIAS, Plaintext=b"x")
    again = Login(made["access_key_id"], made["secret_access_key"])
    forwarded(integration, server, again, alice).encrypt(KeyId=ALIAS, Plaintext=b"x")
