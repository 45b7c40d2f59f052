"""The services behind the one endpoint, each with its protocol: which operation a request asks for, and in what form.

KMS speaks AWS JSON 1.1; IAM and STS speak AWS Query.
"""

from collections.abc import Mapping
from typing import Protocol

import msgspec

from strongroom.api import iam, kms, sts
from strongroom.api.declare import Operation
from strongroom.model.errors import ServiceError, UnknownOperation
from strongroom.model.request import Request
from strongroom.protocol import json_rpc, query
from strongroom.protocol.structures import AwsStruct


class Refused(msgspec.Struct, frozen=True):
    """An error in the form of a protocol; `code` is the one that the client is told."""

    code: str
    status: int
    body: bytes


class Endpoint(Protocol):
    """A service and its protocol."""

    media_type: str

    def asked(self, request: Request) -> str:
        """Give what the request asks for, as far as it says, whether there is such an operation or not."""

    def operation(self, request: Request) -> Operation:
        """Give the operation that the request asks for. Raises UnknownOperation and errors of the protocol."""

    def read(self, operation: Operation, request: Request) -> AwsStruct:
        """Read the message. Raises SerializationError and ValidationError."""

    def write(self, operation: Operation, response: AwsStruct | None, request_id: str) -> bytes:
        """Write a response."""

    def refuse(self, error: ServiceError, request_id: str) -> Refused:
        """Write an error."""


class JsonEndpoint:
    """A service that speaks AWS JSON 1.1."""

    media_type = json_rpc.MEDIA_TYPE

    def __init__(self, target_prefix: str, operations: Mapping[str, Operation]) -> None:
        """Take the prefix of its `X-Amz-Target` headers and its operations by name."""
        self._prefix = target_prefix
        self._operations = operations

    def asked(self, request: Request) -> str:
        """Give the target header."""
        return request.header("x-amz-target") or request.method

    def operation(self, request: Request) -> Operation:
        """Find the operation that the target header names."""
        operation = self._operations.get(json_rpc.operation_name(request.header("x-amz-target"), self._prefix))
        if operation is None:
            raise UnknownOperation
        return operation

    def read(self, operation: Operation, request: Request) -> AwsStruct:
        """Read the body."""
        return json_rpc.decode(operation.decoder, request.body)

    def write(self, _operation: Operation, response: AwsStruct | None, _request_id: str) -> bytes:
        """Write a response."""
        return json_rpc.encode(response)

    def refuse(self, error: ServiceError, _request_id: str) -> Refused:
        """Write an error."""
        return Refused(error.code, error.status, json_rpc.error_body(error))


class QueryApi(msgspec.Struct, frozen=True, kw_only=True):
    """A service that speaks AWS Query: the version and namespace of its API, and its operations by name."""

    version: str
    namespace: str
    operations: Mapping[str, Operation]


class QueryEndpoint:
    """A service that speaks AWS Query, for one request, whose parameters are read once."""

    media_type = query.MEDIA_TYPE

    def __init__(self, api: QueryApi, given: Mapping[str, str], unreadable: ServiceError | None = None) -> None:
        """Take the parameters, or the error that they gave."""
        self._api = api
        self._given = given
        self._unreadable = unreadable

    def asked(self, request: Request) -> str:
        """Give the action."""
        return self._given.get("Action") or request.method

    def operation(self, _request: Request) -> Operation:
        """Find the operation that the action names."""
        if self._unreadable is not None:
            raise self._unreadable
        name = query.operation_name(self._given, self._api.version)
        operation = self._api.operations.get(name)
        if operation is None:
            raise query.unknown_operation(name, self._api.version)
        return operation

    def read(self, operation: Operation, _request: Request) -> AwsStruct:
        """Read the parameters."""
        return query.decode(operation.request, self._given)

    def write(self, operation: Operation, response: AwsStruct | None, request_id: str) -> bytes:
        """Write a response."""
        return query.encode(operation.name, self._api.namespace, response, request_id)

    def refuse(self, error: ServiceError, request_id: str) -> Refused:
        """Write an error."""
        code, status = query.query_error(error, self._api.namespace)
        body = query.error_body(code, status, error.message, self._api.namespace, request_id)
        return Refused(code, status, body)


_KMS = JsonEndpoint(kms.TARGET_PREFIX, kms.OPERATIONS)
_IAM = QueryApi(version=query.IAM_VERSION, namespace=query.IAM_NAMESPACE, operations=iam.OPERATIONS)
_STS = QueryApi(version=query.STS_VERSION, namespace=query.STS_NAMESPACE, operations=sts.OPERATIONS)

SERVICES = frozenset({"kms", "iam", "sts"})
OPERATIONS: tuple[Operation, ...] = (*kms.OPERATIONS.values(), *iam.OPERATIONS.values(), *sts.OPERATIONS.values())


def endpoint_of(request: Request) -> Endpoint | json_rpc.Refusal:
    """Give the service that a request is for, or how to refuse one that is of no protocol."""
    refusal = json_rpc.refusal(request.method, request.path, request.header("content-type"))
    if refusal is None:
        return _KMS
    return _query_endpoint(request) if _speaks_query(request) else refusal


def _speaks_query(request: Request) -> bool:
    if request.path != "/":
        return False
    if request.method == "GET":
        return "Action=" in request.query
    media_type = (request.header("content-type") or "").partition(";")[0]
    return request.method == "POST" and media_type.strip().lower() == query.FORM_MEDIA_TYPE


def _query_endpoint(request: Request) -> QueryEndpoint:
    try:
        given = query.parameters(request)
    except ServiceError as error:
        return QueryEndpoint(_STS, {}, error)
    return QueryEndpoint(_IAM if given.get("Version") == query.IAM_VERSION else _STS, given)
