"""Workloads that need no static key: AssumeRoleWithWebIdentity, with tokens of a provider beside the server."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, NamedTuple

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config

from tests.live.aws_cli import aws_environment, run_aws
from tests.live.conftest import ACCOUNT, Launcher
from tests.live.identities import REGION, Account, Statement, allow, document, login_of, outcome
from tests.unit.authn.oidc_support import Authority, issue, jwk, jwks, rsa_key, serving, token

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mypy_boto3_sts import STSClient

    from tests.unit.authn.oidc_support import Provider

WORKLOAD: Final = "system:serviceaccount:payments:app"
AUDIENCE: Final = "sts.amazonaws.com"
SESSION: Final = "workload"


class Cluster(NamedTuple):
    """A server, and an identity provider that it can reach."""

    account: Account
    provider: Provider
    role_arn: str
    folder: Path

    def token(self, **changes: object) -> str:
        """Give what the provider writes into a workload's file; `changes` replace claims."""
        now = int(time.time())
        claims = {
            "iss": f"https://{self.provider.url}",
            "aud": AUDIENCE,
            "sub": WORKLOAD,
            "iat": now,
            "exp": now + 600,
            **changes,
        }
        return token(rsa_key(), payload=claims)

    def sts(self) -> STSClient:
        """Make a client without any credentials."""
        config = Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1})
        return boto3.client("sts", endpoint_url=self.account.server.endpoint, region_name=REGION, config=config)

    def refusal(self, web_identity_token: str) -> str:
        """Give the code with which a token is refused."""
        found = outcome(
            lambda: self.sts().assume_role_with_web_identity(
                RoleArn=self.role_arn, RoleSessionName=SESSION, WebIdentityToken=web_identity_token
            )
        )
        assert found is not None
        return found.code


@pytest.fixture(scope="module")
def authority() -> Authority:
    """A CA that is thrown away."""
    return issue("CA of the tests")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("oidc")
    ca_file = folder / "ca.pem"
    ca_file.write_bytes(authority.pem)
    launcher = Launcher(folder)
    with serving(folder, issue("provider", authority, ("localhost",))) as provider:
        provider.publish(jwks(jwk(rsa_key())))
        server = launcher("--oidc-ca-file", ca_file, "--allow-private-issuers")
        account = Account(server, server.login)
        made = account.iam.create_open_id_connect_provider(
            Url=f"https://{provider.url}", ClientIDList=[AUDIENCE], ThumbprintList=[authority.thumbprint]
        )
        trust: Statement = {
            "Effect": "Allow",
            "Principal": {"Federated": made["OpenIDConnectProviderArn"]},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": {f"{provider.url}:sub": WORKLOAD, f"{provider.url}:aud": AUDIENCE}},
        }
        role = account.iam.create_role(RoleName="Workload", AssumeRolePolicyDocument=document(trust))["Role"]
        account.iam.put_role_policy(RoleName="Workload", PolicyName="own", PolicyDocument=document(allow("kms:*")))
        yield Cluster(account, provider, role["Arn"], folder)
        launcher.finish()


def test_the_cli_takes_the_token_from_its_file(cluster: Cluster) -> None:
    file = cluster.folder / "token"
    file.write_text(cluster.token(), encoding="ascii")
    environment = aws_environment(
        cluster.folder,
        AWS_ENDPOINT_URL=cluster.account.server.endpoint,
        AWS_DEFAULT_REGION=REGION,
        AWS_WEB_IDENTITY_TOKEN_FILE=str(file),
        AWS_ROLE_ARN=cluster.role_arn,
        AWS_ROLE_SESSION_NAME=SESSION,
    )
    done = run_aws(environment, "kms", "create-key", "--query", "KeyMetadata.KeyState")
    assert (done.returncode, done.stdout.strip()) == (0, '"Enabled"'), done.stderr


def test_a_session_of_a_workload_is_the_roles(cluster: Cluster) -> None:
    answer = cluster.sts().assume_role_with_web_identity(
        RoleArn=cluster.role_arn, RoleSessionName=SESSION, WebIdentityToken=cluster.token()
    )
    assert (answer["SubjectFromWebIdentityToken"], answer["Audience"]) == (WORKLOAD, AUDIENCE)
    arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/Workload/{SESSION}"
    assert answer["AssumedRoleUser"]["Arn"] == arn
    login = login_of(answer["Credentials"])
    assert cluster.account.sts(login).get_caller_identity()["Arn"] == arn
    kms = cluster.account.kms(login)
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"a secret")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"a secret"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"sub": "system:serviceaccount:other:app"}, "AccessDenied"),
        ({"aud": "somebody-else"}, "InvalidIdentityToken"),
        ({"iss": "https://localhost:1"}, "InvalidIdentityToken"),
        ({"exp": 1_700_000_000}, "ExpiredTokenException"),
    ],
    ids=["another workload", "another audience", "another issuer", "expired"],
)
def test_other_tokens_are_refused(cluster: Cluster, changes: dict[str, object], code: str) -> None:
    assert cluster.refusal(cluster.token(**changes)) == code


def test_a_tampered_token_is_refused(cluster: Cluster) -> None:
    head, payload, signature = cluster.token().split(".")
    tampered = ".".join((head, payload, signature[::-1]))
    assert cluster.refusal(tampered) == "InvalidIdentityToken"
