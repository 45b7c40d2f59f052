"""Making custom key stores."""

from __future__ import annotations

import re
import socket
from typing import TYPE_CHECKING, Any, Final

import pytest

from strongroom.custody.xks_failures import XksFailure, XksFailureKind, store_change_error
from tests.support.external_stores import (
    CREDENTIAL,
    described,
    external_store,
    hurry_proxies,
    kept_store,
    new_store,
)
from tests.support.fake_xks_proxy import (
    REGION,
    SECRET_ACCESS_KEY,
    URI_PATH,
    altered,
    raw,
    refuse,
    reply,
    silence,
)
from tests.support.in_process import InProcess, Refused
from tests.support.key_stores import (
    ACCOUNT,
    CLOUD_HSM_STORE,
    CLUSTER_ID,
    OTHER_CLUSTER_ID,
    OTHER_TRUST_ANCHOR,
    PASSWORD,
    TRUST_ANCHOR,
)

if TYPE_CHECKING:
    from tests.support.fake_xks_proxy import FakeXksProxy, Step
    from tests.support.in_process import Caller

IN_ANOTHER_CLUSTER: Final = {
    **CLOUD_HSM_STORE,
    "CustomKeyStoreName": "another",
    "CloudHsmClusterId": OTHER_CLUSTER_ID,
    "TrustAnchorCertificate": OTHER_TRUST_ANCHOR,
}
VPC: Final = {
    "XksProxyConnectivity": "VPC_ENDPOINT_SERVICE",
    "XksProxyVpcEndpointServiceName": "com.amazonaws.vpce.eu-west-2.vpce-svc-1234abcd",
}


def told(kind: XksFailureKind) -> Refused:
    """Give what CreateCustomKeyStore says of a failure."""
    error = store_change_error(XksFailure(kind))
    assert error.message is not None
    return Refused(error.code, error.message)


class TestNewStores:
    def test_an_external_one(self, proxied: InProcess, owner: Caller, proxy: FakeXksProxy) -> None:
        store = new_store(owner, external_store(proxy))
        assert re.fullmatch(r"cks-[0-9a-f]{17}", store)
        assert proxied.key_stores.secret_of(kept_store(proxied, store)) == SECRET_ACCESS_KEY
        (asked,) = proxy.received
        assert asked.message["requestMetadata"] == {
            "kmsOperation": "CreateCustomKeyStore",
            "kmsRequestId": proxied.records[-1]["requestID"],
        }

    def test_its_record_has_no_secret(self, proxied: InProcess, owner: Caller, proxy: FakeXksProxy) -> None:
        store = new_store(owner, external_store(proxy))
        record = proxied.records[-1]
        assert record["requestParameters"] == {
            "customKeyStoreName": "external",
            "customKeyStoreType": "EXTERNAL_KEY_STORE",
            "xksProxyConnectivity": "PUBLIC_ENDPOINT",
            "xksProxyUriEndpoint": proxy.endpoint,
            "xksProxyUriPath": URI_PATH,
        }
        assert record["responseElements"] == {"customKeyStoreId": store}
        assert SECRET_ACCESS_KEY not in str(proxied.records)

    def test_one_in_a_cluster(self, service: InProcess, root: Caller) -> None:
        store = new_store(root, CLOUD_HSM_STORE)
        assert service.key_stores.secret_of(kept_store(service, store, "us-east-1")) == PASSWORD
        assert service.records[-1]["requestParameters"] == {
            "customKeyStoreName": "in a cluster",
            "customKeyStoreType": "AWS_CLOUDHSM",
            "cloudHsmClusterId": CLUSTER_ID,
        }
        assert PASSWORD not in str(service.records)

    def test_the_trust_anchor_may_have_other_line_ends(self, root: Caller) -> None:
        written = TRUST_ANCHOR.replace("\n", "\r\n")
        store = new_store(root, {**CLOUD_HSM_STORE, "TrustAnchorCertificate": written})
        assert described(root, store)["TrustAnchorCertificate"] == written


def without(members: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in members.items() if name not in names}


EXTERNAL: Final = {
    "CustomKeyStoreName": "external",
    "CustomKeyStoreType": "EXTERNAL_KEY_STORE",
    "XksProxyConnectivity": "PUBLIC_ENDPOINT",
    "XksProxyUriEndpoint": "https://proxy.example.com",
    "XksProxyUriPath": URI_PATH,
    "XksProxyAuthenticationCredential": CREDENTIAL,
}
NEEDED: Final = "must be specified for a custom key store of this type."
EXCESS: Final = "cannot be specified for a custom key store of this type."


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (without(CLOUD_HSM_STORE, "CloudHsmClusterId"), f"CloudHsmClusterId {NEEDED}"),
        (
            without(CLOUD_HSM_STORE, "TrustAnchorCertificate", "KeyStorePassword"),
            f"TrustAnchorCertificate, KeyStorePassword {NEEDED}",
        ),
        ({**CLOUD_HSM_STORE, "XksProxyUriPath": URI_PATH}, f"XksProxyUriPath {EXCESS}"),
        (
            {**CLOUD_HSM_STORE, "CustomKeyStoreType": "AWS_CLOUDHSM", "XksProxyVpcEndpointServiceOwner": ACCOUNT},
            f"XksProxyVpcEndpointServiceOwner {EXCESS}",
        ),
        (without(EXTERNAL, "XksProxyUriEndpoint"), f"XksProxyUriEndpoint {NEEDED}"),
        (without(EXTERNAL, "XksProxyUriPath"), f"XksProxyUriPath {NEEDED}"),
        (without(EXTERNAL, "XksProxyConnectivity"), f"XksProxyConnectivity {NEEDED}"),
        (without(EXTERNAL, "XksProxyAuthenticationCredential"), f"XksProxyAuthenticationCredential {NEEDED}"),
        ({**EXTERNAL, "KeyStorePassword": PASSWORD}, f"KeyStorePassword {EXCESS}"),
        ({**EXTERNAL, "CloudHsmClusterId": CLUSTER_ID}, f"CloudHsmClusterId {EXCESS}"),
        (
            {**EXTERNAL, "XksProxyVpcEndpointServiceName": VPC["XksProxyVpcEndpointServiceName"]},
            f"XksProxyVpcEndpointServiceName {EXCESS}",
        ),
        ({**EXTERNAL, "XksProxyConnectivity": "VPC_ENDPOINT_SERVICE"}, f"XksProxyVpcEndpointServiceName {NEEDED}"),
    ],
)
def test_members_belong_together(root: Caller, members: dict[str, Any], message: str) -> None:
    assert root.refused("CreateCustomKeyStore", **members) == ("ValidationException", message)


class TestProxies:
    @pytest.mark.parametrize(
        ("step", "kind"),
        [
            *((refuse(400, kind.value), kind) for kind in XksFailureKind if kind.value.endswith("Exception")),
            (refuse(500, "SomethingElse"), XksFailureKind.MALFORMED_RESPONSE),
            (reply(200, b"no JSON"), XksFailureKind.MALFORMED_RESPONSE),
            (altered(xksProxyFleetSize=0), XksFailureKind.MALFORMED_RESPONSE),
            (altered(ekmFleetDetails=[]), XksFailureKind.MALFORMED_RESPONSE),
            (raw(b""), XksFailureKind.NO_TCP_CONNECTION),
        ],
    )
    def test_one_that_does_not_serve(
        self, owner: Caller, proxy: FakeXksProxy, step: Step, kind: XksFailureKind
    ) -> None:
        # What hangs up is asked once more.
        proxy.script.extend([step] * 2)
        assert owner.refused("CreateCustomKeyStore", **external_store(proxy)) == told(kind)
        assert owner("DescribeCustomKeyStores")["CustomKeyStores"] == []

    def test_one_that_does_not_answer(self, owner: Caller, proxied: InProcess, proxy: FakeXksProxy) -> None:
        hurry_proxies(proxied)
        proxy.script.append(silence)
        refused = owner.refused("CreateCustomKeyStore", **external_store(proxy))
        assert refused == told(XksFailureKind.TIMED_OUT)

    def test_one_that_is_not_there(self, owner: Caller, proxy: FakeXksProxy) -> None:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            endpoint = f"https://localhost:{unused.getsockname()[1]}"
        members = external_store(proxy, XksProxyUriEndpoint=endpoint)
        assert owner.refused("CreateCustomKeyStore", **members) == told(XksFailureKind.NO_TCP_CONNECTION)

    def test_one_whose_certificate_is_for_another_host(self, owner: Caller, proxy: FakeXksProxy) -> None:
        members = external_store(proxy, XksProxyUriEndpoint=proxy.endpoint.replace("localhost", "127.0.0.1"))
        assert owner.refused("CreateCustomKeyStore", **members) == told(XksFailureKind.NO_TLS_CONNECTION)

    def test_one_that_does_not_take_the_credential(self, owner: Caller, proxy: FakeXksProxy) -> None:
        wrong = {**CREDENTIAL, "RawSecretAccessKey": "another/" * 6}
        members = external_store(proxy, XksProxyAuthenticationCredential=wrong)
        assert owner.refused("CreateCustomKeyStore", **members) == told(XksFailureKind.AUTHENTICATION_FAILED)

    def test_one_at_a_private_address_is_the_operators_to_allow(self, service: InProcess, proxy: FakeXksProxy) -> None:
        refused = service.root(REGION).refused("CreateCustomKeyStore", **external_store(proxy))
        assert refused == told(XksFailureKind.NO_TCP_CONNECTION)
        assert proxy.received == []

    def test_one_behind_a_vpc_endpoint_service(self, owner: Caller, proxy: FakeXksProxy) -> None:
        refused = owner.refused("CreateCustomKeyStore", **external_store(proxy, **VPC))
        message = "There are no VPC endpoint services here. Use the connectivity PUBLIC_ENDPOINT."
        assert refused == ("XksProxyVpcEndpointServiceNotFoundException", message)
        assert proxy.received == []
