"""The whole service in this process without sockets: boto3 clients whose requests go straight to the pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

import boto3
import msgspec
from botocore.awsrequest import AWSResponse
from botocore.config import Config

from strongroom.api.snapshots import Snapshots
from strongroom.app.data_folder import DataFolder
from strongroom.app.installation import Opened, create_installation, load_root_key
from strongroom.authn.verify import Authenticator
from strongroom.model.regions import REGIONS
from strongroom.model.request import Answer, Request
from strongroom.pipeline import Deferred, Finished, Pipeline

if TYPE_CHECKING:
    from pathlib import Path

ACCOUNT = "111122223333"
REGION = "us-east-1"
HOST = "kms.test"


class Raw:
    """A body as botocore reads it from a socket."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, *_: object, **__: object) -> list[bytes]:
        return [self._body]

    def read(self, *_: object, **__: object) -> bytes:
        return self._body


class InProcess:
    """An installation of its own; `records` collects what goes to the trail or the outbox, parsed."""

    def __init__(self, data: Path) -> None:
        self.folder = DataFolder(data)
        self.created = create_installation(self.folder, ACCOUNT, REGION, "dev")
        self.opened = Opened(self.folder, load_root_key(self.folder))
        self.store = self.opened.store
        self.clock = self.opened.clock
        self.snapshots = Snapshots(self.store, self.opened.store_keys, self.clock)
        self.sessions = self.opened.session_tokens()
        authenticator = Authenticator(self.snapshots, self.sessions, frozenset({"kms"}), REGIONS)
        self.pipeline = Pipeline(authenticator, self.snapshots, self.store, self.opened.store_keys, self.clock)
        self.records: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.snapshots.close()
        self.opened.close()

    def send(self, request: Request) -> Answer:
        """Handle one request as a worker does, the database part included."""
        self.snapshots.refresh()
        outcome = self.pipeline.handle(request)
        if isinstance(outcome, Deferred):
            outcome = outcome.run()
        assert isinstance(outcome, Finished)
        record = outcome.record
        if record is None:
            with self.store.read() as reader:
                record = reader.outbox.oldest(100_000)[-1][1]
        self.records.append(msgspec.json.decode(record))
        return outcome.answer

    def client(
        self,
        *,
        region: str = REGION,
        access_key_id: str | None = None,
        secret_access_key: str | None = None,
        session_token: str | None = None,
    ) -> Any:
        """Make a boto3 KMS client; by default of the account's root user."""
        client = boto3.session.Session().client(
            "kms",
            endpoint_url=f"http://{HOST}",
            region_name=region,
            aws_access_key_id=access_key_id or self.created.credentials.access_key_id,
            aws_secret_access_key=secret_access_key or self.created.credentials.secret_access_key,
            aws_session_token=session_token,
            config=Config(retries={"total_max_attempts": 1}),
        )
        client.meta.events.register("before-send.kms", self._before_send)
        return client

    def _before_send(self, request: Any, **_: object) -> AWSResponse:
        url = urlsplit(request.url)
        headers = tuple((name.lower(), _text(value)) for name, value in request.headers.items())
        if "host" not in dict(headers):
            headers = (("host", HOST), *headers)
        answer = self.send(
            Request(
                method=request.method,
                path=url.path or "/",
                query=url.query,
                headers=headers,
                body=request.body if isinstance(request.body, bytes) else str(request.body or "").encode(),
                source_ip="192.0.2.7",
            )
        )
        answered = {"x-amzn-requestid": answer.request_id, "content-type": answer.content_type}
        return AWSResponse(request.url, answer.status, answered, Raw(answer.body))


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value
