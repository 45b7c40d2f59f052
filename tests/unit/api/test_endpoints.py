"""Which service a request is for, and in which form each service is asked and answers."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Final
from urllib.parse import quote
from urllib.parse import urlencode as spell
from xml.etree import ElementTree as ET

import pytest

from strongroom.api import iam, kms, sts
from strongroom.api.endpoints import (
    OPERATIONS,
    SERVICES,
    Endpoint,
    JsonEndpoint,
    QueryEndpoint,
    Refused,
    endpoint_of,
)
from strongroom.model.errors import AccessDenied, InternalError, NotFound, ServiceError, UnknownOperation
from strongroom.model.request import Request
from strongroom.protocol.json_rpc import NOT_POST, WRONG_PLACE
from tests.support.in_process import ACCOUNT, MEDIA_TYPE, SOURCE_IP, InProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from strongroom.model.request import Answer

urlencode = partial(spell, quote_via=quote)
FORM: Final = "application/x-www-form-urlencoded"
XML: Final = "text/xml"
IAM_VERSION: Final = "2010-05-08"
STS_VERSION: Final = "2011-06-15"
IAM_NAMESPACE: Final = "https://iam.amazonaws.com/doc/2010-05-08/"
STS_NAMESPACE: Final = "https://sts.amazonaws.com/doc/2011-06-15/"
IAM: Final = {"Action": "ListUsers", "Version": IAM_VERSION}
STS: Final = {"Action": "GetCallerIdentity", "Version": STS_VERSION}
REQUEST_ID: Final = "d1234567-89ab-cdef-0123-456789abcdef"
ROOT_ARN: Final = f"arn:aws:iam::{ACCOUNT}:root"


@pytest.fixture
def service(shared_service: InProcess) -> InProcess:
    return shared_service


def post(content_type: str | None, body: bytes = b"", *, target: str | None = None, path: str = "/") -> Request:
    headers = (("content-type", content_type), ("x-amz-target", target))
    sent = tuple((name, value) for name, value in headers if value is not None)
    return Request(method="POST", path=path, query="", headers=sent, body=body, source_ip=SOURCE_IP)


def form(given: Mapping[str, str]) -> Request:
    return post(FORM, urlencode(given).encode())


def get(given: Mapping[str, str], path: str = "/") -> Request:
    return Request(method="GET", path=path, query=urlencode(given), headers=(), body=b"", source_ip=SOURCE_IP)


def endpoint(request: Request) -> Endpoint:
    found = endpoint_of(request)
    assert isinstance(found, JsonEndpoint | QueryEndpoint)
    return found


def unknown(request: Request) -> ServiceError:
    """Ask for an operation that there is none of; gives the error."""
    with pytest.raises(ServiceError) as caught:
        endpoint(request).operation(request)
    return caught.value


class TestWhichService:
    @pytest.mark.parametrize("content_type", [MEDIA_TYPE, "Application/X-Amz-Json-1.1; charset=utf-8"])
    def test_kms_is_asked_in_json(self, content_type: str) -> None:
        request = post(content_type, b"{}", target="TrentService.ListKeys")
        assert endpoint(request).operation(request) is kms.OPERATIONS["ListKeys"]
        assert endpoint(request).asked(request) == "TrentService.ListKeys"
        assert endpoint(request).media_type == MEDIA_TYPE

    @pytest.mark.parametrize("make", [form, get])
    def test_iam_and_sts_are_asked_in_forms_and_queries(self, make: Callable[[Mapping[str, str]], Request]) -> None:
        for given, operations in ((IAM, iam.OPERATIONS), (STS, sts.OPERATIONS)):
            request = make(given)
            assert endpoint(request).operation(request) is operations[given["Action"]]
            assert endpoint(request).asked(request) == given["Action"]
            assert endpoint(request).media_type == XML

    @pytest.mark.parametrize("content_type", [f"{FORM}; charset=utf-8", "Application/X-WWW-Form-Urlencoded ;x=y"])
    def test_spellings_of_the_form_type(self, content_type: str) -> None:
        request = post(content_type, urlencode(STS).encode())
        assert endpoint(request).operation(request) is sts.OPERATIONS["GetCallerIdentity"]

    @pytest.mark.parametrize(
        ("request_", "refusal"),
        [
            (post(None), WRONG_PLACE),
            (post("application/json"), WRONG_PLACE),
            (post("multipart/form-data", urlencode(STS).encode()), WRONG_PLACE),
            (post(f"x{FORM}", urlencode(STS).encode()), WRONG_PLACE),
            (post(FORM, urlencode(STS).encode(), path="/iam"), WRONG_PLACE),
            (post(MEDIA_TYPE, b"{}", target="TrentService.ListKeys", path="/kms"), WRONG_PLACE),
            (get(STS, path="/sts"), NOT_POST),
            (get({}), NOT_POST),
            (get({"Version": STS_VERSION}), NOT_POST),
        ],
    )
    def test_what_is_of_no_protocol(self, request_: Request, refusal: object) -> None:
        assert endpoint_of(request_) == refusal

    @pytest.mark.parametrize("method", ["PUT", "HEAD", "DELETE", "OPTIONS"])
    def test_other_methods(self, method: str) -> None:
        request = Request(
            method=method,
            path="/",
            query=urlencode(STS),
            headers=(("content-type", FORM),),
            body=urlencode(STS).encode(),
            source_ip=SOURCE_IP,
        )
        assert endpoint_of(request) == NOT_POST

    def test_every_operation_is_of_one_service(self) -> None:
        assert {each.service for each in OPERATIONS} == SERVICES == {"kms", "iam", "sts"}
        names = [(each.service, each.name) for each in OPERATIONS]
        assert len(set(names)) == len(names) == len(kms.OPERATIONS) + len(iam.OPERATIONS) + len(sts.OPERATIONS)


class TestOperations:
    @pytest.mark.parametrize("target", [None, "TrentService.Nothing", "TrentService.", "ListKeys", "Other.ListKeys"])
    def test_targets_that_are_none(self, target: str | None) -> None:
        request = post(MEDIA_TYPE, b"{}", target=target)
        assert isinstance(unknown(request), UnknownOperation)
        assert endpoint(request).asked(request) == (target or "POST")

    @pytest.mark.parametrize(
        ("given", "version"),
        [
            ({"Action": "Nothing", "Version": IAM_VERSION}, IAM_VERSION),
            ({"Action": "Nothing", "Version": STS_VERSION}, STS_VERSION),
            # Each service has its own.
            ({"Action": "GetCallerIdentity", "Version": IAM_VERSION}, IAM_VERSION),
            ({"Action": "ListUsers", "Version": STS_VERSION}, STS_VERSION),
            ({"Action": "ListUsers", "Version": "2010-05-09"}, "2010-05-09"),
            ({"Action": "ListUsers", "Version": ""}, ""),
            ({"Action": "ListUsers"}, "NO_VERSION_SPECIFIED"),
            ({"Action": "listUsers", "Version": IAM_VERSION}, IAM_VERSION),
        ],
    )
    @pytest.mark.parametrize("make", [form, get])
    def test_actions_that_are_none(
        self, make: Callable[[Mapping[str, str]], Request], given: dict[str, str], version: str
    ) -> None:
        request = make(given)
        error = unknown(request)
        assert isinstance(error, UnknownOperation)
        assert error.message == f"Could not find operation {given['Action']} for version {version}"
        assert endpoint(request).asked(request) == given["Action"]

    @pytest.mark.parametrize("given", [{}, {"Version": IAM_VERSION}, {"Action": "", "Version": STS_VERSION}])
    def test_no_action(self, given: dict[str, str]) -> None:
        request = form(given)
        assert unknown(request).code == "MissingAction"
        assert endpoint(request).asked(request) == "POST"

    @pytest.mark.parametrize(
        ("body", "text"),
        [
            (b"Action=ListUsers&Version=%zz", "Illegal hex character in escape % pattern: %zz"),
            (b"Action=ListUsers&UserName=%4", "Incomplete trailing escape % sequence"),
            (b"Action=ListUsers&Action=GetUser", "The parameter Action must not repeat"),
            (b"Action=\xff", "The parameters must be UTF-8"),
        ],
    )
    def test_parameters_that_cannot_be_read(self, body: bytes, text: str) -> None:
        request = post(FORM, body)
        error = unknown(request)
        assert (error.code, error.message) == ("MalformedQueryString", text)
        # What they ask for is not guessed.
        assert endpoint(request).asked(request) == "POST"


class TestErrors:
    JSON = post(MEDIA_TYPE, b"{}", target="TrentService.ListKeys")

    def test_in_json(self) -> None:
        refused = endpoint(self.JSON).refuse(NotFound("no key"), REQUEST_ID)
        assert refused == Refused("NotFoundException", 400, b'{"__type":"NotFoundException","message":"no key"}')

    @pytest.mark.parametrize(
        ("given", "namespace", "internal"),
        [(IAM, IAM_NAMESPACE, "ServiceFailure"), (STS, STS_NAMESPACE, "InternalFailure")],
    )
    def test_in_xml(self, given: dict[str, str], namespace: str, internal: str) -> None:
        found = endpoint(form(given))
        refused = found.refuse(AccessDenied("no & no"), REQUEST_ID)
        assert (refused.code, refused.status) == ("AccessDenied", 403)
        error = ET.fromstring(refused.body)  # noqa: S314 - the service wrote it
        assert error.tag == f"{{{namespace}}}ErrorResponse"
        assert [error.findtext(f".//{{{namespace}}}{name}") for name in ("Type", "Code", "Message", "RequestId")] == [
            "Sender",
            "AccessDenied",
            "no & no",
            REQUEST_ID,
        ]
        failed = found.refuse(InternalError("broken"), REQUEST_ID)
        assert (failed.code, failed.status) == (internal, 500)


def parse(answer: Answer) -> ET.Element:
    return ET.fromstring(answer.body)  # noqa: S314 - the service wrote it


def ask(
    service: InProcess, given: Mapping[str, str], api: str, *, method: str = "POST", content_type: str = FORM
) -> Answer:
    """Send a request of the Query protocol, signed by the root user for a service."""
    text = urlencode(given)
    body, query = (text.encode(), "") if method == "POST" else (b"", text)
    return service.send(service.signed("", body, service=api, method=method, content_type=content_type, query=query))


class TestAnswers:
    """Through the whole pipeline."""

    @pytest.mark.parametrize("method", ["POST", "GET"])
    @pytest.mark.parametrize(("given", "api", "namespace"), [(IAM, "iam", IAM_NAMESPACE), (STS, "sts", STS_NAMESPACE)])
    def test_a_query_is_answered_in_xml(
        self, service: InProcess, method: str, given: dict[str, str], *, api: str, namespace: str
    ) -> None:
        answer = ask(service, given, api, method=method)
        assert (answer.status, answer.content_type) == (200, XML)
        parsed = parse(answer)
        name = given["Action"]
        assert parsed.tag == f"{{{namespace}}}{name}Response"
        assert parsed.find(f"{{{namespace}}}{name}Result") is not None
        assert parsed.findtext(f".//{{{namespace}}}RequestId") == answer.request_id
        record = service.records[-1]
        assert (record["eventSource"], record["eventName"]) == (f"{api}.amazonaws.com", name)
        assert record["userIdentity"]["arn"] == ROOT_ARN

    def test_the_same_is_answered_however_it_is_asked(self, service: InProcess) -> None:
        arns = {
            parse(ask(service, STS, "sts", method=method)).findtext(f".//{{{STS_NAMESPACE}}}Arn")
            for method in ("POST", "GET")
        }
        assert arns == {ROOT_ARN}

    def test_parameters_of_a_query_are_read(self, service: InProcess) -> None:
        given = {"Action": "GetUser", "Version": IAM_VERSION, "UserName": "No body+&="}
        for method in ("POST", "GET"):
            answer = ask(service, given, "iam", method=method)
            assert (answer.status, code_of(answer)) == (400, "ValidationError")
            assert "userName" in message_of(answer)
            assert service.records[-1]["errorCode"] == "ValidationError"

    @pytest.mark.parametrize(
        ("given", "api", "scope"), [(IAM, "iam", "sts"), (IAM, "iam", "kms"), (STS, "sts", "kms"), (STS, "sts", "iam")]
    )
    def test_the_scope_names_the_service_that_is_asked(
        self, service: InProcess, given: dict[str, str], api: str, scope: str
    ) -> None:
        answer = ask(service, given, scope)
        assert (answer.status, code_of(answer)) == (403, "SignatureDoesNotMatch")
        assert message_of(answer) == f"Credential should be scoped to correct service: '{api}'. "
        record = service.records[-1]
        assert (record["eventSource"], record["eventName"]) == (f"{api}.amazonaws.com", given["Action"])
        assert record["userIdentity"] == {"type": "Unknown"}

    @pytest.mark.parametrize("scope", ["iam", "sts", "ec2"])
    def test_the_scope_of_others_does_not_open_kms(self, service: InProcess, scope: str) -> None:
        answer = service.send(service.signed("TrentService.ListKeys", b"{}", service=scope))
        assert (answer.status, answer.content_type) == (400, MEDIA_TYPE)
        assert json.loads(answer.body) == {
            "__type": "InvalidSignatureException",
            "message": "Credential should be scoped to correct service: 'kms'. ",
        }

    @pytest.mark.parametrize("method", ["POST", "GET"])
    def test_an_unknown_action_is_recorded_as_it_was_asked(self, service: InProcess, method: str) -> None:
        answer = ask(service, {"Action": "Nothing", "Version": IAM_VERSION}, "iam", method=method)
        assert (answer.status, code_of(answer)) == (400, "InvalidAction")
        record = service.records[-1]
        assert (record["eventName"], record["errorCode"]) == ("Nothing", "InvalidAction")
        assert (record["requestParameters"], record["userIdentity"]) == (None, {"type": "Unknown"})

    def test_unreadable_parameters_are_refused_as_such(self, service: InProcess) -> None:
        answer = service.send(service.signed("", b"Action=%zz", service="sts", content_type=FORM))
        assert (answer.status, answer.content_type, code_of(answer)) == (404, XML, "MalformedQueryString")
        assert service.records[-1]["eventName"] == "POST"

    def test_a_query_is_not_read_as_json(self, service: InProcess) -> None:
        answer = ask(service, STS, "sts", content_type="text/plain")
        assert (answer.status, answer.body) == (WRONG_PLACE.status, WRONG_PLACE.body)
        assert service.records[-1]["errorCode"] == "UnknownOperationException"

    def test_a_change_may_be_asked_by_get(self, service: InProcess) -> None:
        given = {"Action": "CreateUser", "Version": IAM_VERSION, "UserName": "ByGet", "Path": "/a b/"}
        assert code_of(ask(service, given, "iam", method="GET")) == "ValidationError"
        assert ask(service, {**given, "Path": "/a/"}, "iam", method="GET").status == 200
        assert service.records[-1]["requestParameters"] == {"userName": "ByGet", "path": "/a/"}
        assert service.root(api="iam")("GetUser", UserName="ByGet")["User"]["Path"] == "/a/"


def code_of(answer: Answer) -> str | None:
    return parse(answer).findtext(".//{*}Code")


def message_of(answer: Answer) -> str:
    return parse(answer).findtext(".//{*}Message") or ""
