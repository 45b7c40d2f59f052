"""The AWS CLI, unchanged, with the credentials that `strongroom dev` prints."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.live.conftest import ACCOUNT, Launcher
from tests.support.live import clean_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

AWS = Path(sys.executable).with_name("aws")
SECONDS = 60


class AwsCli:
    """`aws kms` in a folder of its own, set up as `strongroom dev` says."""

    def __init__(self, announced: dict[str, Any], folder: Path) -> None:
        self._folder = folder
        environment = clean_environment(
            AWS_ENDPOINT_URL=announced["endpoint"],
            AWS_DEFAULT_REGION=announced["region"],
            AWS_ACCESS_KEY_ID=announced["access_key_id"],
            AWS_SECRET_ACCESS_KEY=announced["secret_access_key"],
            AWS_CONFIG_FILE=str(folder / "no-config"),
            AWS_SHARED_CREDENTIALS_FILE=str(folder / "no-credentials"),
            AWS_EC2_METADATA_DISABLED="true",
        )
        # The CLI's own lines need not be measured.
        self._environment = {name: value for name, value in environment.items() if not name.startswith("COV")}

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - the client under test
            [AWS, "--output", "json", "kms", *arguments],
            env=self._environment,
            cwd=self._folder,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    def __call__(self, *arguments: str) -> dict[str, Any]:
        """Run a command that succeeds."""
        done = self._run(*arguments)
        assert done.returncode == 0, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout or "{}")
        return answer

    def refused(self, *arguments: str) -> str:
        """Run a command that AWS refuses; give what the CLI says of it."""
        done = self._run(*arguments)
        assert done.returncode in {254, 255}, done
        return done.stderr.strip().removeprefix("aws: [ERROR]: ")

    def blob(self, name: str, content: str) -> str:
        """Write what the CLI gave as base64 into a file, and give it back as a parameter."""
        self._folder.joinpath(name).write_bytes(base64.b64decode(content))
        return f"fileb://{name}"


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AwsCli]:
    folder = tmp_path_factory.mktemp("cli")
    launcher = Launcher(folder)
    yield AwsCli(launcher(dev=True).announced, folder)
    launcher.finish()


def test_a_key_is_made_named_and_used(aws: AwsCli) -> None:
    made = aws("create-key", "--description", "The CLI's", "--tags", "TagKey=team,TagValue=red")["KeyMetadata"]
    assert made["AWSAccountId"] == ACCOUNT
    assert made["Arn"] == f"arn:aws:kms:us-east-1:{ACCOUNT}:key/{made['KeyId']}"
    assert (made["KeyState"], made["KeyManager"], made["KeySpec"]) == ("Enabled", "CUSTOMER", "SYMMETRIC_DEFAULT")
    assert aws("create-alias", "--alias-name", "alias/cli", "--target-key-id", made["KeyId"]) == {}
    context = ("--encryption-context", "purpose=test,app=cli")
    plaintext = aws.blob("plain", base64.b64encode(b"attack at dawn").decode())
    encrypted = aws("encrypt", "--key-id", "alias/cli", "--plaintext", plaintext, *context)
    assert (encrypted["KeyId"], encrypted["EncryptionAlgorithm"]) == (made["Arn"], "SYMMETRIC_DEFAULT")
    blob = aws.blob("encrypted", encrypted["CiphertextBlob"])
    decrypted = aws("decrypt", "--ciphertext-blob", blob, *context)
    assert base64.b64decode(decrypted["Plaintext"]) == b"attack at dawn"
    assert decrypted["KeyId"] == made["Arn"]
    assert aws.refused("decrypt", "--ciphertext-blob", blob).startswith(
        "An error occurred (InvalidCiphertextException) when calling the Decrypt operation"
    )
    assert aws.refused("create-alias", "--alias-name", "alias/cli", "--target-key-id", made["KeyId"]) == (
        "An error occurred (AlreadyExistsException) when calling the CreateAlias operation: "
        f"An alias with the name arn:aws:kms:us-east-1:{ACCOUNT}:alias/cli already exists"
    )


def test_a_data_key_is_encrypted_anew_under_another_key(aws: AwsCli) -> None:
    first, second = (aws("create-key")["KeyMetadata"] for _ in range(2))
    data_key = aws("generate-data-key", "--key-id", first["KeyId"], "--key-spec", "AES_256")
    assert len(base64.b64decode(data_key["Plaintext"])) == 32
    assert data_key["KeyId"] == first["Arn"]
    moved = aws(
        *("re-encrypt", "--ciphertext-blob", aws.blob("first", data_key["CiphertextBlob"])),
        *("--destination-key-id", second["KeyId"], "--destination-encryption-context", "moved=yes"),
    )
    assert (moved["SourceKeyId"], moved["KeyId"]) == (first["Arn"], second["Arn"])
    blob = aws.blob("second", moved["CiphertextBlob"])
    decrypted = aws(
        "decrypt", "--ciphertext-blob", blob, "--encryption-context", "moved=yes", "--key-id", second["Arn"]
    )
    assert decrypted["Plaintext"] == data_key["Plaintext"]


def test_a_disabled_key_is_refused(aws: AwsCli) -> None:
    key = aws("create-key")["KeyMetadata"]
    assert aws("disable-key", "--key-id", key["KeyId"]) == {}
    assert aws.refused("generate-data-key", "--key-id", key["KeyId"], "--number-of-bytes", "16") == (
        f"An error occurred (DisabledException) when calling the GenerateDataKey operation: {key['Arn']} is disabled."
    )
    assert aws("describe-key", "--key-id", key["KeyId"])["KeyMetadata"]["KeyState"] == "Disabled"


def test_a_key_scheduled_for_deletion_is_refused(aws: AwsCli) -> None:
    key = aws("create-key")["KeyMetadata"]
    scheduled = aws("schedule-key-deletion", "--key-id", key["KeyId"], "--pending-window-in-days", "7")
    assert (scheduled["KeyId"], scheduled["KeyState"]) == (key["Arn"], "PendingDeletion")
    assert scheduled["PendingWindowInDays"] == 7
    assert "DeletionDate" in scheduled
    message = aws.blob("message", base64.b64encode(b"late").decode())
    assert aws.refused("encrypt", "--key-id", key["KeyId"], "--plaintext", message) == (
        "An error occurred (KMSInvalidStateException) when calling the Encrypt operation: "
        f"{key['Arn']} is pending deletion."
    )


def test_what_is_not_there_and_what_is_not_valid_is_refused(aws: AwsCli) -> None:
    assert aws.refused("describe-key", "--key-id", "alias/nothing") == (
        "An error occurred (NotFoundException) when calling the DescribeKey operation: "
        f"Alias arn:aws:kms:us-east-1:{ACCOUNT}:alias/nothing is not found."
    )
    assert aws.refused("create-alias", "--alias-name", "nothing", "--target-key-id", "x").startswith(
        "An error occurred (ValidationException) when calling the CreateAlias operation: "
    )
