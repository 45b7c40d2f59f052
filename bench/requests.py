"""Signed KMS requests as scripts for wrk."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

if TYPE_CHECKING:
    from pathlib import Path

    from botocore.credentials import Credentials

REGION = "us-east-1"
PLAINTEXT = b"0123456789abcdef0123456789abcdef"


def body_of(operation: str, key_id: str, ciphertext: bytes) -> bytes:
    """Give the JSON body of a hot operation on 32 bytes of plaintext."""
    encoded = base64.b64encode
    bodies = {
        "Encrypt": {"KeyId": key_id, "Plaintext": encoded(PLAINTEXT).decode()},
        "Decrypt": {"CiphertextBlob": encoded(ciphertext).decode()},
        "GenerateDataKey": {"KeyId": key_id, "KeySpec": "AES_256"},
    }
    return json.dumps(bodies[operation]).encode()


def write_script(path: Path, endpoint: str, operation: str, body: bytes, credentials: Credentials) -> None:
    """Write a script that makes wrk send one request again and again; its signature is good for five minutes."""
    headers = {"X-Amz-Target": f"TrentService.{operation}", "Content-Type": "application/x-amz-json-1.1"}
    request = AWSRequest("POST", endpoint + "/", data=body, headers=headers)
    SigV4Auth(credentials, "kms", REGION).add_auth(request)
    lines = ['wrk.method = "POST"', f"wrk.body = {_quoted(body.decode())}"]
    lines += [f"wrk.headers[{_quoted(name)}] = {_quoted(value)}" for name, value in request.headers.items()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _quoted(text: str) -> str:
    return json.dumps(text)
