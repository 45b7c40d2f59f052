"""The whole service in this process without sockets: boto3 clients whose requests go straight to the pipeline."""

from __future__ import annotations

import json
import shutil
import time
from typing import TYPE_CHECKING, Any, NamedTuple, Self, cast
from urllib.parse import urlsplit

import boto3
import msgspec
from botocore import xform_name
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSPreparedRequest, AWSRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from strongroom.api.endpoints import SERVICES
from strongroom.api.snapshots import Snapshots
from strongroom.app.data_folder import DataFolder
from strongroom.app.installation import Created, Opened, add_access_key, create_installation, load_root_key
from strongroom.authn.sessions import NO_TERMS, Terms
from strongroom.authn.verify import Authenticator
from strongroom.custody.key_stores import KeyStores, KeyStoreSettings
from strongroom.jobs.key_store_connections import finish_connections
from strongroom.jobs.transitions import finish_transitions
from strongroom.model.arn import parse_kms_arn
from strongroom.model.identity import Role, User
from strongroom.model.key import KeyPlace
from strongroom.model.regions import REGIONS
from strongroom.model.request import Answer, Request
from strongroom.pipeline import Deferred, Pipeline
from tests.support.key_stores import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from mypy_boto3_kms import KMSClient

    from strongroom.api.finished import Finished
    from strongroom.model.key import Key
    from strongroom.model.principal import Principal
    from strongroom.storage.store import Store

ACCOUNT = "111122223333"
OTHER_ACCOUNT = "444455556666"
REGION = "us-east-1"
OTHER_REGION = "eu-central-1"
HOST = "kms.test"
SOURCE_IP = "192.0.2.7"
MEDIA_TYPE = "application/x-amz-json-1.1"

# Reading the service model is slow; a session does it once.
_SESSION = boto3.session.Session()


class Raw:
    """A body as botocore reads it from a socket."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, *_: object, **__: object) -> list[bytes]:
        return [self._body]

    def read(self, *_: object, **__: object) -> bytes:
        return self._body


class Refused(NamedTuple):
    """What a client is told; the message is empty where the service sends none."""

    code: str
    message: str


class Caller:
    """One principal in one Region, who may send what boto3 would not let through."""

    def __init__(self, client: KMSClient, store: Store | None = None, key_stores: KeyStores | None = None) -> None:
        self.client = client
        self._store = store
        self._key_stores = key_stores

    def __call__(self, operation: str, /, **members: object) -> dict[str, Any]:
        """Call an operation by AWS's name; gives its answer without boto3's metadata."""
        answer: dict[str, Any] = getattr(self.client, xform_name(operation))(**members)
        return {name: value for name, value in answer.items() if name != "ResponseMetadata"}

    def refused(self, operation: str, /, **members: object) -> Refused:
        """Call an operation that must be refused; gives the refusal."""
        try:
            answer = self(operation, **members)
        except ClientError as error:
            return Refused(error.response["Error"]["Code"], error.response["Error"]["Message"])
        raise AssertionError(f"{operation} was not refused but answered {answer}")

    def settle(self) -> None:
        """Let keys and custom key stores come out of the states that they are in for a moment only."""
        assert self._store is not None
        assert self._key_stores is not None
        finish_transitions(self._store, time.time())
        finish_connections(self._store, self._key_stores)

    def key(self, **members: object) -> str:
        """Create a key; gives its ARN."""
        arn: str = self("CreateKey", **members)["KeyMetadata"]["Arn"]
        return arn


class Template(NamedTuple):
    """An installation to copy, which is faster than to make one."""

    data: Path
    created: Created


def make_template(data: Path) -> Template:
    """Make an installation in a new folder."""
    return Template(data, create_installation(DataFolder(data), ACCOUNT, REGION, "dev"))


class InProcess:
    """An installation of its own; `records` collects what goes to the trail or the outbox, parsed."""

    def __init__(self, data: Path, template: Template, key_stores: KeyStoreSettings = SETTINGS) -> None:
        shutil.copytree(template.data, data)
        self.folder = DataFolder(data)
        self.created = template.created
        self.opened = Opened(self.folder, load_root_key(self.folder))
        self.store = self.opened.store
        self.clock = self.opened.clock
        self.key_stores = KeyStores(key_stores, self.opened.store_keys, self.clock)
        self.snapshots, self.pipeline = self.worker()
        self.sessions = self.opened.session_tokens()
        self.records: list[dict[str, Any]] = []
        self._accounts: dict[str, Credentials] = {ACCOUNT: Credentials(*self.created.credentials)}
        self._clients: dict[tuple[str, str, str], KMSClient] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.snapshots.close()
        self.key_stores.close()
        self.opened.close()

    def worker(self) -> tuple[Snapshots, Pipeline]:
        """Make the memory and the pipeline of one more worker; the caller closes the former."""
        snapshots = Snapshots(self.store, self.opened.store_keys, self.clock, self.key_stores)
        authenticator = Authenticator(snapshots, self.opened.session_tokens(), SERVICES, REGIONS)
        pipeline = Pipeline(
            authenticator, snapshots, self.store, self.opened.store_keys, self.clock, key_stores=self.key_stores
        )
        return snapshots, pipeline

    def send(self, request: Request) -> Answer:
        """Handle one request as a worker does, the database part included; nothing is answered without a record."""
        self.snapshots.refresh()
        outcome = self.pipeline.handle(request)
        if isinstance(outcome, Deferred):
            outcome = outcome.run()
        record = outcome.record
        if record is None:
            record = self.outbox()[-1]
        self._keep(outcome, record)
        return outcome.answer

    def _keep(self, outcome: Finished, record: bytes) -> None:
        parsed = msgspec.json.decode(record)
        assert parsed["requestID"] == outcome.answer.request_id
        self.records.append(parsed)

    def outbox(self) -> Sequence[bytes]:
        """Give the records that were committed with changes."""
        with self.store.read() as reader:
            return [record for _, record in reader.outbox.oldest(100_000)]

    def client(self, credentials: Credentials, region: str, api: str = "kms") -> KMSClient:
        """Make a boto3 client that checks nothing itself, so that the service has to."""
        known = self._clients.get((api, credentials.access_key, region))
        if known is not None:
            return known
        client: KMSClient = _SESSION.client(
            api,  # type: ignore[call-overload] # one of three, each of which takes the same
            endpoint_url=f"http://{HOST}",
            region_name=region,
            aws_access_key_id=credentials.access_key,
            aws_secret_access_key=credentials.secret_key,
            aws_session_token=credentials.token,
            config=Config(retries={"total_max_attempts": 1}, parameter_validation=False),
        )
        client.meta.events.register(f"before-send.{api}", cast("Callable[..., None]", self._before_send))
        self._clients[api, credentials.access_key, region] = client
        return client

    def root(self, region: str = REGION, account_id: str = ACCOUNT, api: str = "kms") -> Caller:
        """Give the root user of an account; `api` is `kms`, `iam` or `sts`."""
        return Caller(self.client(self._accounts[account_id], region, api), self.store, self.key_stores)

    def signing(self, credentials: Mapping[str, str], region: str = REGION, api: str = "kms") -> Caller:
        """Give who signs with an access key, as IAM's CreateAccessKey or with a session, as STS answers it."""
        return Caller(
            self.client(
                Credentials(
                    credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials.get("SessionToken")
                ),
                region,
                api,
            )
        )

    def user(
        self, name: str, *policies: Mapping[str, object], account_id: str = ACCOUNT, region: str = REGION
    ) -> Caller:
        """Make an IAM user with inline policies through the IAM API; gives it with an access key of its own."""
        return self.signing(self.new_user(name, *policies, account_id=account_id), region)

    def new_user(self, name: str, *policies: Mapping[str, object], account_id: str = ACCOUNT) -> Mapping[str, str]:
        """Make an IAM user with inline policies through the IAM API; gives an access key of it."""
        iam = self.root(account_id=account_id, api="iam")
        iam("CreateUser", UserName=name)
        for number, document in enumerate(policies):
            iam("PutUserPolicy", UserName=name, PolicyName=f"p{number}", PolicyDocument=json.dumps(document))
        access_key: Mapping[str, str] = iam("CreateAccessKey", UserName=name)["AccessKey"]
        return access_key

    def as_principal(self, principal: Principal, region: str = REGION, terms: Terms = NO_TERMS) -> Caller:
        """Give a session of any principal; a user or role that is not there yet is made, without policies."""
        self._make(principal)
        issued = self.sessions.issue(principal, time.time(), 3600, terms)
        return Caller(
            self.client(Credentials(issued.access_key_id, issued.secret_access_key, issued.session_token), region)
        )

    def _make(self, principal: Principal) -> None:
        with self.store.change() as change:
            kind: type[User | Role] = User if principal.type == "IAMUser" else Role
            known = change.identities.by_id(kind, principal.entity_id) is not None
            if principal.type == "IAMUser" and not known:
                change.identities.put(
                    User(
                        account_id=principal.account_id,
                        user_name=principal.user_name or "",
                        user_id=principal.entity_id,
                        creation_date=change.now,
                    )
                )
            elif principal.type == "AssumedRole" and not known:
                change.identities.put(
                    Role(
                        account_id=principal.account_id,
                        role_name=(principal.role_arn or "").rpartition("/")[2],
                        role_id=principal.entity_id,
                        creation_date=change.now,
                        trust_policy=policy(),
                    )
                )

    def add_account(self, account_id: str = OTHER_ACCOUNT) -> Caller:
        """Add an account, unless there is one already; gives its root user."""
        if account_id not in self._accounts:
            with self.store.change() as change:
                change.accounts.create_account(account_id)
                added = add_access_key(change, self.opened.store_keys, account_id)
            self._accounts[account_id] = Credentials(*added)
        return self.root(account_id=account_id)

    def kept(self, arn: str) -> Key:
        """Give a key as the database has it."""
        with self.store.read() as reader:
            key = reader.keys.find(place_of(arn))
        assert key is not None
        return key

    def write(self, arn: str, **columns: object) -> None:
        """Write columns of a key, past all rules."""
        with self.store.change() as change:
            change.keys.update(place_of(arn), **columns)

    def write_policy(self, arn: str, *statements: Mapping[str, object]) -> None:
        """Write a key policy, past all rules."""
        self.write(arn, policy=policy(*statements))

    def signed(  # noqa: PLR0913 - each is one part of a request
        self,
        target: str,
        body: bytes,
        *,
        credentials: Credentials | None = None,
        region: str = REGION,
        service: str = "kms",
        method: str = "POST",
        content_type: str = MEDIA_TYPE,
        user_agent: str = "tests/1",
        query: str = "",
    ) -> Request:
        """Make a request, by default of the root user, as botocore signs it, whatever its content."""
        headers = {"Host": HOST, "Content-Type": content_type, "X-Amz-Target": target, "User-Agent": user_agent}
        url = f"http://{HOST}/?{query}" if query else f"http://{HOST}/"
        request = AWSRequest(method=method, url=url, data=body, headers=headers)
        SigV4Auth(credentials or self._accounts[ACCOUNT], service, region).add_auth(request)
        return _as_received(request.prepare())

    def _before_send(self, request: AWSPreparedRequest, **_: object) -> AWSResponse:
        answer = self.send(_as_received(request))
        headers = {"x-amzn-requestid": answer.request_id, "content-type": answer.content_type}
        return AWSResponse(request.url, answer.status, HTTPHeaders.from_dict(headers), Raw(answer.body))


def place_of(arn: str) -> KeyPlace:
    """Give where the key of an ARN lives."""
    parsed = parse_kms_arn(arn)
    return KeyPlace(parsed.account_id, parsed.region, parsed.name)


def policy(*statements: Mapping[str, object]) -> str:
    """Write a key policy."""
    return msgspec.json.encode({"Version": "2012-10-17", "Statement": statements}).decode()


def allow(
    principal: str = f"arn:aws:iam::{ACCOUNT}:root", action: object = "kms:*", **more: object
) -> dict[str, object]:
    """Write a statement that allows."""
    return {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": action, "Resource": "*", **more}


def deny(
    principal: str = f"arn:aws:iam::{ACCOUNT}:root", action: object = "kms:*", **more: object
) -> dict[str, object]:
    """Write a statement that denies."""
    return {**allow(principal, action), "Effect": "Deny", **more}


def _as_received(request: AWSPreparedRequest) -> Request:
    url = urlsplit(request.url)
    headers = tuple((name.lower(), _text(value)) for name, value in request.headers.items())
    if "host" not in dict(headers):
        headers = (("host", HOST), *headers)
    return Request(
        method=request.method,
        path=url.path or "/",
        query=url.query,
        headers=headers,
        body=request.body if isinstance(request.body, bytes) else str(request.body or "").encode(),
        source_ip=SOURCE_IP,
    )


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value
