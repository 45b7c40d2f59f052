"""The AWS CLI, unchanged, for anybody's credentials."""

from __future__ import annotations

import base64
import io
import json
import os
import subprocess
import sys
import uuid
from contextlib import redirect_stderr, redirect_stdout
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from tests.live.identities import REGION
from tests.support.live import clean_environment

if TYPE_CHECKING:
    from tests.support.live import Login, Server

AWS = Path(sys.executable).with_name("aws")
_SECONDS = 60


class AwsCli:
    """`aws` with the credentials of one principal.

    It runs within this process: its start, 0.7 s, is longer than all that its commands do.
    """

    def __init__(self, server: Server, login: Login, folder: Path) -> None:
        self._folder = folder
        self._flags = ("--endpoint-url", server.endpoint, "--region", REGION, "--output", "json")
        # Imported by name, as it has no types.
        module = import_module("awscli.clidriver")
        self._environment = aws_environment(folder, AWS_DATA_PATH=str(Path(module.__file__ or "").with_name("data")))
        with patch.dict(os.environ, self._environment, clear=True):
            self._driver = module.create_clidriver()
            self._driver.session.set_credentials(*login)

    def _run(self, *arguments: str) -> tuple[int, str, str]:
        output, errors = io.StringIO(), io.StringIO()
        with patch.dict(os.environ, self._environment, clear=True), redirect_stdout(output), redirect_stderr(errors):
            code: int = self._driver.main([*self._flags, *arguments])
        return code, output.getvalue(), errors.getvalue()

    def __call__(self, *arguments: str) -> dict[str, Any]:
        """Run a command that succeeds."""
        code, output, errors = self._run(*arguments)
        assert code == 0, (arguments, errors)
        answer: dict[str, Any] = json.loads(output or "{}")
        return answer

    def kms(self, *arguments: str) -> dict[str, Any]:
        """Run a command of `aws kms` that succeeds."""
        return self("kms", *arguments)

    def iam(self, *arguments: str) -> dict[str, Any]:
        """Run a command of `aws iam` that succeeds."""
        return self("iam", *arguments)

    def sts(self, *arguments: str) -> dict[str, Any]:
        """Run a command of `aws sts` that succeeds."""
        return self("sts", *arguments)

    def refused(self, *arguments: str) -> str:
        """Run a command that the server refuses; give what the CLI says of it."""
        code, _, errors = self._run(*arguments)
        assert code in {254, 255}, (code, arguments, errors)
        return errors.strip().removeprefix("aws: [ERROR]: ")

    def file(self, content: bytes) -> str:
        """Write a file of its own; gives it as a parameter that takes bytes."""
        path = self._folder / str(uuid.uuid4())
        path.write_bytes(content)
        return f"fileb://{path}"

    def encrypt(self, key: str, plaintext: bytes, *flags: str) -> str:
        """Encrypt; gives the ciphertext as a parameter."""
        done = self.kms("encrypt", "--key-id", key, "--plaintext", self.file(plaintext), *flags)
        return self.file(base64.b64decode(done["CiphertextBlob"]))

    def decrypt(self, blob: str, *flags: str) -> bytes:
        """Decrypt what is in a file."""
        return base64.b64decode(self.kms("decrypt", "--ciphertext-blob", blob, *flags)["Plaintext"])


def aws_environment(folder: Path, **variables: str) -> dict[str, str]:
    """Give an environment in which nothing but what is said here sets up the AWS CLI."""
    environment = clean_environment(
        AWS_CONFIG_FILE=str(folder / "config"),
        AWS_SHARED_CREDENTIALS_FILE=str(folder / "credentials"),
        AWS_EC2_METADATA_DISABLED="true",
        HOME=str(folder),  # where it keeps credentials of roles
        **variables,
    )
    # The CLI's own lines need not be measured.
    return {name: value for name, value in environment.items() if not name.startswith("COV")}


def run_aws(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the AWS CLI as a process of its own, set up by environment and files only."""
    return subprocess.run(  # noqa: S603 - the client under test
        [AWS, "--output", "json", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
