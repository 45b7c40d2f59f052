"""Registered services, and what they do for users, as docs/services.md shows it."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from strongroom.app.services import register_service
from strongroom.model.request import Request
from tests.support.in_process import HOST, REGION, SOURCE_IP, Caller, InProcess, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

EC2: Final = "ec2.amazonaws.com"
_FORM: Final = "application/x-www-form-urlencoded"
_NAMESPACE: Final = "{https://sts.amazonaws.com/doc/2011-06-15/}"


class Service(NamedTuple):
    """A registered service with its access key."""

    installation: InProcess
    name: str
    credentials: Credentials

    def call(self, **parameters: object) -> ET.Element:
        """Call GetServiceSession; gives the answer, whatever it is."""
        return get_service_session(self.installation, self.credentials, **parameters)

    def session(self, region: str = REGION, **parameters: object) -> Caller:
        """Open a session; gives a KMS client in it."""
        return self.installation.signing(access_key_of(self.call(**parameters)), region)

    def acting_for(self, user: Mapping[str, str], region: str = REGION) -> Caller:
        """Open a session of a user who asked for it; gives a KMS client in it."""
        return self.session(region, SignedRequest=signed_request(user, self.name))

    def refused(self, **parameters: object) -> Refused:
        """Call GetServiceSession, which must be refused; gives the refusal."""
        answer = self.call(**parameters)
        return Refused(text(answer, "Code"), text(answer, "Message"))


def register(installation: InProcess, name: str = EC2, managed_alias: str | None = None) -> Service:
    """Register a service as an operator does."""
    with installation.store.change() as change:
        made = register_service(change, installation.opened.store_keys, name, managed_alias)
    return Service(installation, name, Credentials(*made))


def signed_request(  # noqa: PLR0913 - each is one part of it
    user: Mapping[str, str],
    service: str = EC2,
    *,
    expires: int = 900,
    url: str = f"http://{HOST}/",
    region: str = REGION,
    more: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """Presign what proves that a user asked a service; `more` are further parameters of its query, or other values."""
    query = {
        "Action": "GetCallerIdentity",
        "Version": "2011-06-15",
        "X-Strongroom-Service": service,
        **more,
    }
    request = AWSRequest("GET", f"{url}?{urlencode(query)}")
    credentials = Credentials(user["AccessKeyId"], user["SecretAccessKey"], user.get("SessionToken"))
    SigV4QueryAuth(credentials, "sts", region, expires=expires).add_auth(request)
    return str(request.url)


def get_service_session(installation: InProcess, credentials: Credentials, **parameters: object) -> ET.Element:
    """Call GetServiceSession as anybody; gives the answer, whatever it is."""
    form = urlencode({"Action": "GetServiceSession", "Version": "2011-06-15", **parameters})
    headers = {"Host": HOST, "Content-Type": _FORM}
    request = AWSRequest("POST", f"http://{HOST}/", data=form, headers=headers)
    SigV4Auth(credentials, "sts", REGION).add_auth(request)
    answer = installation.send(
        Request(
            method="POST",
            path="/",
            query="",
            headers=tuple((name.lower(), value) for name, value in request.headers.items()),
            body=form.encode(),
            source_ip=SOURCE_IP,
        )
    )
    return ET.fromstring(answer.body)  # noqa: S314 - the service wrote it


def access_key_of(answer: ET.Element) -> Mapping[str, str]:
    """Give the credentials of an answer in the form in which IAM and STS give access keys."""
    return {name: text(answer, name) for name in ("AccessKeyId", "SecretAccessKey", "SessionToken")}


def text(answer: ET.Element, name: str) -> str:
    """Give the text of an element of an answer."""
    found = answer.find(f".//{_NAMESPACE}{name}")
    assert found is not None, ET.tostring(answer)
    return found.text or ""
