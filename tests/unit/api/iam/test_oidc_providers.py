"""OpenID Connect providers: making, changing, tagging and deleting them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from strongroom.api.iam import oidc_providers
from tests.support.in_process import ACCOUNT, OTHER_ACCOUNT, Refused, policy
from tests.unit.api.iam.makers import ISSUER, make_provider, make_role

if TYPE_CHECKING:
    from tests.support.in_process import Caller, InProcess

PROVIDER: Final = f"arn:aws:iam::{ACCOUNT}:oidc-provider/idp.example.com/Realm"
NOT_FOUND: Final = Refused("NoSuchEntity", f"OpenIDConnect Provider not found for arn {PROVIDER}")


def shown(iam: Caller) -> dict[str, Any]:
    return iam("GetOpenIDConnectProvider", OpenIDConnectProviderArn=PROVIDER)


def test_a_new_provider_is_as_asked(service: InProcess, iam: Caller) -> None:
    tags = [{"Key": "team", "Value": "payments"}]
    answer = iam(
        "CreateOpenIDConnectProvider",
        Url=ISSUER,
        ClientIDList=["kms", "sts.amazonaws.com", "kms"],
        ThumbprintList=["AB" * 20],
        Tags=tags,
    )
    assert answer == {"OpenIDConnectProviderArn": PROVIDER, "Tags": tags}
    record = service.records[-1]
    assert record["responseElements"] == {"openIDConnectProviderArn": PROVIDER}
    assert record["requestParameters"]["clientIDList"] == ["kms", "sts.amazonaws.com", "kms"]
    found = shown(iam)
    assert found == {
        "Url": "idp.example.com/Realm",
        "ClientIDList": ["kms", "sts.amazonaws.com"],
        "ThumbprintList": ["ab" * 20],
        "CreateDate": found["CreateDate"],
        "Tags": tags,
    }


def test_it_needs_no_more_than_a_url(iam: Caller) -> None:
    assert iam("CreateOpenIDConnectProvider", Url=ISSUER) == {"OpenIDConnectProviderArn": PROVIDER}
    found = shown(iam)
    assert (found["ClientIDList"], found["ThumbprintList"], found["Tags"]) == ([], [], [])


def test_a_url_is_there_once(iam: Caller) -> None:
    make_provider(iam)
    assert iam.refused("CreateOpenIDConnectProvider", Url=ISSUER) == Refused(
        "EntityAlreadyExists", f"Provider with url {ISSUER} already exists."
    )


@pytest.mark.parametrize(
    "url",
    [
        "idp.example.com",
        "http://idp.example.com",
        "https://",
        "https://idp.example.com/a?b=c",
        "https://idp.example.com/a#b",
        "https://user@idp.example.com",
        "https://idp.example.com:0",
        "https://idp.example.com:65536",
        "https://idp.example.com/a b",
        "https://idp.example.com\n",
        "https://ídp.example.com",
    ],
)
def test_what_is_no_issuer_is_refused(shared_iam: Caller, url: str) -> None:
    assert shared_iam.refused("CreateOpenIDConnectProvider", Url=url) == Refused(
        "ValidationError", "Invalid Open ID Connect Provider URL"
    )


@pytest.mark.parametrize(
    "url", ["https://idp.example.com", "https://idp.example.com/", "https://idp.example.com:8443/realms/a"]
)
def test_an_issuer_may_have_a_path_and_a_port(shared_iam: Caller, url: str) -> None:
    arn = make_provider(shared_iam, url)
    assert arn == f"arn:aws:iam::{ACCOUNT}:oidc-provider/{url.removeprefix('https://')}"
    shared_iam("DeleteOpenIDConnectProvider", OpenIDConnectProviderArn=arn)


def test_there_are_quotas(iam: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    many = [f"client-{number}" for number in range(101)]
    too_many = Refused("LimitExceeded", "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100")
    assert iam.refused("CreateOpenIDConnectProvider", Url=ISSUER, ClientIDList=many) == too_many
    thumbprints = [f"{number:040x}" for number in range(6)]
    assert iam.refused("CreateOpenIDConnectProvider", Url=ISSUER, ThumbprintList=thumbprints) == Refused(
        "InvalidInput", "Thumbprint list must contain fewer than 5 entries."
    )
    make_provider(iam, ClientIDList=many[:100], ThumbprintList=thumbprints[:5])
    assert (
        iam.refused("AddClientIDToOpenIDConnectProvider", OpenIDConnectProviderArn=PROVIDER, ClientID=many[100])
        == too_many
    )
    monkeypatch.setattr(oidc_providers, "PROVIDERS_PER_ACCOUNT", 1)
    assert iam.refused("CreateOpenIDConnectProvider", Url="https://other.example.com") == Refused(
        "LimitExceeded", "Cannot exceed quota for OpenIdConnectProvidersPerAccount: 1"
    )


def test_lists_have_those_of_the_account(service: InProcess, iam: Caller) -> None:
    service.add_account()
    make_provider(service.root(account_id=OTHER_ACCOUNT, api="iam"))
    assert iam("ListOpenIDConnectProviders") == {"OpenIDConnectProviderList": []}
    arns = [make_provider(iam, f"https://{name}.example.com") for name in ("b", "a")]
    listed = iam("ListOpenIDConnectProviders")["OpenIDConnectProviderList"]
    assert listed == [{"Arn": arn} for arn in sorted(arns)]


def test_client_ids_come_and_go_once_or_more(iam: Caller) -> None:
    make_provider(iam, ClientIDList=["a"])
    for _ in range(2):
        iam("AddClientIDToOpenIDConnectProvider", OpenIDConnectProviderArn=PROVIDER, ClientID="b")
    assert shown(iam)["ClientIDList"] == ["a", "b"]
    for _ in range(2):
        iam("RemoveClientIDFromOpenIDConnectProvider", OpenIDConnectProviderArn=PROVIDER, ClientID="a")
    assert shown(iam)["ClientIDList"] == ["b"]


def test_thumbprints_are_replaced(iam: Caller) -> None:
    make_provider(iam, ThumbprintList=["a" * 40])
    new = ["C" * 40, "d" * 40]
    iam("UpdateOpenIDConnectProviderThumbprint", OpenIDConnectProviderArn=PROVIDER, ThumbprintList=new)
    assert shown(iam)["ThumbprintList"] == ["c" * 40, "d" * 40]
    iam("UpdateOpenIDConnectProviderThumbprint", OpenIDConnectProviderArn=PROVIDER, ThumbprintList=[])
    assert shown(iam)["ThumbprintList"] == []


def test_tags_come_and_go(iam: Caller) -> None:
    make_provider(iam)
    named = {"OpenIDConnectProviderArn": PROVIDER}
    iam("TagOpenIDConnectProvider", **named, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}])
    first = iam("ListOpenIDConnectProviderTags", **named, MaxItems=1)
    assert first["Tags"] == [{"Key": "a", "Value": "1"}]
    second = iam("ListOpenIDConnectProviderTags", **named, Marker=first["Marker"])
    assert second == {"Tags": [{"Key": "b", "Value": ""}], "IsTruncated": False}
    iam("UntagOpenIDConnectProvider", **named, TagKeys=["a", "none"])
    assert shown(iam)["Tags"] == [{"Key": "b", "Value": ""}]


def test_a_provider_is_deleted(iam: Caller) -> None:
    make_provider(iam)
    iam("DeleteOpenIDConnectProvider", OpenIDConnectProviderArn=PROVIDER)
    assert iam.refused("GetOpenIDConnectProvider", OpenIDConnectProviderArn=PROVIDER) == NOT_FOUND
    assert iam.refused("DeleteOpenIDConnectProvider", OpenIDConnectProviderArn=PROVIDER) == Refused(
        "NoSuchEntity", f"OpenId connect Provider {PROVIDER} cannot be found."
    )


@pytest.mark.parametrize(
    ("operation", "members"),
    [
        ("UpdateOpenIDConnectProviderThumbprint", {"ThumbprintList": []}),
        ("AddClientIDToOpenIDConnectProvider", {"ClientID": "a"}),
        ("RemoveClientIDFromOpenIDConnectProvider", {"ClientID": "a"}),
        ("TagOpenIDConnectProvider", {"Tags": []}),
        ("UntagOpenIDConnectProvider", {"TagKeys": []}),
        ("ListOpenIDConnectProviderTags", {}),
    ],
)
def test_the_provider_must_be_there(shared_iam: Caller, operation: str, members: dict[str, object]) -> None:
    assert shared_iam.refused(operation, OpenIDConnectProviderArn=PROVIDER, **members) == NOT_FOUND


def test_a_trust_policy_names_a_provider_and_goes_on_doing_so(iam: Caller) -> None:
    make_provider(iam)
    statement = {"Effect": "Allow", "Principal": {"Federated": PROVIDER}, "Action": "sts:AssumeRoleWithWebIdentity"}
    make_role(iam, AssumeRolePolicyDocument=policy(statement))
    iam("DeleteOpenIDConnectProvider", OpenIDConnectProviderArn=PROVIDER)
    assert iam("GetRole", RoleName="Clerk")["Role"]["AssumeRolePolicyDocument"]["Statement"] == [statement]
