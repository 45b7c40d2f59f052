"""AssumeRoleWithWebIdentity: tokens of identity providers for sessions of roles."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from strongroom.api.bearers import no_issuer_keys
from strongroom.api.endpoints import SERVICES
from strongroom.api.sts.federation import AssumeRoleWithWebIdentityRequest
from strongroom.api.sts.web_identity import WebIdentityBearer
from strongroom.authn.jwks import JsonWebKeys, parse_json_web_keys
from strongroom.authn.verify import Authenticator
from strongroom.model.errors import IDPCommunicationError, InvalidIdentityToken
from strongroom.model.identity import OidcProvider, Role
from strongroom.model.regions import REGIONS
from strongroom.pipeline import Deferred, Pipeline
from tests.support.in_process import ACCOUNT, OTHER_ACCOUNT, Refused
from tests.unit.api.sts.support import Statement, allowing, asking, assume, document, kms, new_role, sts, trusting
from tests.unit.authn.oidc_support import AUDIENCE, URL, claims, jwk, jwks, rsa_key, token

if TYPE_CHECKING:
    from strongroom.authn.web_identity import TrustedIssuer, UnverifiedToken
    from tests.support.in_process import Caller, InProcess

SUBJECT = "system:serviceaccount:default:app"
KEYS = jwks(jwk(rsa_key())).decode()
PROVIDER_ARN = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{URL}"
ACTIONS = ["sts:AssumeRoleWithWebIdentity", "sts:TagSession", "sts:SetSourceIdentity"]
DENIED = Refused("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
TAGS_CLAIM = "https://aws.amazon.com/tags"
SOURCE_IDENTITY_CLAIM = "https://aws.amazon.com/source_identity"


def new_provider(service: InProcess, url: str = URL, keys: str | None = KEYS, **members: Any) -> OidcProvider:  # noqa: ANN401
    members = {"client_ids": (AUDIENCE,), "account_id": ACCOUNT, **members}
    with service.store.change() as change:
        provider = OidcProvider(url=url, creation_date=change.now, jwks=keys, **members)
        change.identities.put(provider)
    return provider


def workload(action: object = "sts:AssumeRoleWithWebIdentity", **more: object) -> Statement:
    return trusting({"Federated": PROVIDER_ARN}, action, **more)


def identity_token(**changes: object) -> str:
    now = int(time.time())
    return token(rsa_key(), payload=claims(**{"iat": now - 60, "exp": now + 600, **changes}))


def carrying(role: Role | str, **members: object) -> dict[str, object]:
    arn = role if isinstance(role, str) else role.arn
    return {"RoleArn": arn, "RoleSessionName": "pod", "WebIdentityToken": identity_token(), **members}


@pytest.fixture
def anyone(service: InProcess) -> Caller:
    """Whose credentials do not matter: the SDK does not sign this operation."""
    return service.root(api="sts")


@pytest.fixture
def provider(service: InProcess) -> OidcProvider:
    return new_provider(service)


@pytest.fixture
def role(service: InProcess, provider: OidcProvider) -> Role:
    assert provider.arn == PROVIDER_ARN
    return new_role(service, "App", workload(), inline_policies={"p": document(allowing("kms:ListKeys"))})


class TestAnswer:
    def test_it_gives_credentials_of_a_session(self, service: InProcess, anyone: Caller, role: Role) -> None:
        answer = anyone("AssumeRoleWithWebIdentity", **carrying(role))
        credentials = answer.pop("Credentials")
        assert answer == {
            "SubjectFromWebIdentityToken": SUBJECT,
            "AssumedRoleUser": {
                "AssumedRoleId": f"{role.role_id}:pod",
                "Arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/App/pod",
            },
            "Provider": PROVIDER_ARN,
            "Audience": AUDIENCE,
        }
        kms(service, credentials)("ListKeys")

    def test_the_record_names_the_web_identity(self, service: InProcess, anyone: Caller, role: Role) -> None:
        answer = anyone("AssumeRoleWithWebIdentity", **carrying(role, DurationSeconds=900))
        record = service.records[-1]
        assert record["userIdentity"] == {
            "type": "WebIdentityUser",
            "principalId": f"{PROVIDER_ARN}:{AUDIENCE}:{SUBJECT}",
            "userName": SUBJECT,
            "identityProvider": PROVIDER_ARN,
        }
        assert record["requestParameters"] == {"roleArn": role.arn, "roleSessionName": "pod", "durationSeconds": 900}
        elements = record["responseElements"]
        assert elements["credentials"]["accessKeyId"] == answer["Credentials"]["AccessKeyId"]
        assert set(elements["credentials"]) == {"accessKeyId", "expiration"}
        assert (elements["provider"], elements["audience"]) == (PROVIDER_ARN, AUDIENCE)
        assert record["recipientAccountId"] == ACCOUNT
        assert (record["eventName"], record["readOnly"]) == ("AssumeRoleWithWebIdentity", True)
        assert record["resources"] == [{"accountId": ACCOUNT, "type": "AWS::IAM::Role", "ARN": role.arn}]

    def test_a_token_is_never_recorded(self, service: InProcess, anyone: Caller, role: Role) -> None:
        secret = identity_token(aud="somebody-else")
        anyone.refused("AssumeRoleWithWebIdentity", **carrying(role, WebIdentityToken=secret))
        assert secret not in json.dumps(service.records)
        assert service.records[-1]["userIdentity"] == {"type": "Unknown"}
        assert service.records[-1]["errorCode"] == "InvalidIdentityToken"


class TestTrustPolicy:
    def test_it_is_held_against_the_claims(self, service: InProcess, anyone: Caller, provider: OidcProvider) -> None:
        condition = {
            "StringEquals": {f"{provider.url}:aud": AUDIENCE, f"{provider.url}:environment": "prod"},
            "StringLike": {f"{provider.url}:sub": "system:serviceaccount:*:app"},
            "ArnEquals": {"aws:FederatedProvider": PROVIDER_ARN},
        }
        role = new_role(service, "App", workload(Condition=condition))
        good = carrying(role, WebIdentityToken=identity_token(environment="prod"))
        anyone("AssumeRoleWithWebIdentity", **good)
        for changes in ({}, {"environment": "dev"}, {"environment": "prod", "sub": "system:serviceaccount:x:other"}):
            members = carrying(role, WebIdentityToken=identity_token(**changes))
            assert anyone.refused("AssumeRoleWithWebIdentity", **members) == DENIED

    @pytest.mark.parametrize(
        "statement",
        [
            trusting(f"arn:aws:iam::{ACCOUNT}:root", "sts:*"),
            trusting({"Federated": PROVIDER_ARN}, "sts:AssumeRole"),
            trusting({"Federated": PROVIDER_ARN + "2"}, "sts:AssumeRoleWithWebIdentity"),
            trusting({"Federated": "accounts.google.com"}, "sts:AssumeRoleWithWebIdentity"),
        ],
    )
    @pytest.mark.usefixtures("provider")
    def test_others_are_not_trusted(self, service: InProcess, anyone: Caller, statement: Statement) -> None:
        role = new_role(service, "App", statement)
        assert anyone.refused("AssumeRoleWithWebIdentity", **carrying(role)) == DENIED
        assert service.records[-1]["userIdentity"]["type"] == "WebIdentityUser"

    @pytest.mark.usefixtures("provider")
    def test_a_role_that_is_not_there_trusts_nobody(self, anyone: Caller) -> None:
        absent = f"arn:aws:iam::{ACCOUNT}:role/Nobody"
        assert anyone.refused("AssumeRoleWithWebIdentity", **carrying(absent)) == DENIED

    @pytest.mark.usefixtures("provider")
    def test_conditions_see_no_user_and_no_second_factor(self, service: InProcess, anyone: Caller) -> None:
        absent = ["aws:username", "aws:MultiFactorAuthPresent", "aws:TokenIssueTime", "aws:RequestedRegion"]
        condition = {
            "Null": dict.fromkeys(absent, "true"),
            "StringEquals": {"sts:RoleSessionName": "pod"},
        }
        role = new_role(service, "App", workload(Condition=condition))
        anyone("AssumeRoleWithWebIdentity", **carrying(role))

    def test_what_is_no_role_is_invalid(self, anyone: Caller) -> None:
        arn = f"arn:aws:iam::{ACCOUNT}:user/Alice"
        refused = anyone.refused("AssumeRoleWithWebIdentity", **carrying(arn))
        assert refused == Refused("ValidationError", f"{arn} is invalid")


class TestToken:
    def test_it_is_of_a_provider_of_the_account(self, service: InProcess, anyone: Caller, role: Role) -> None:
        for issuer in ("https://other.example.com", f"http://{URL}", URL, f"https://{URL.upper()}"):
            members = carrying(role, WebIdentityToken=identity_token(iss=issuer))
            assert anyone.refused("AssumeRoleWithWebIdentity", **members) == Refused(
                "InvalidIdentityToken", f"No OpenIDConnect provider found in your account for {issuer}"
            )
        service.add_account()
        foreign = carrying(role.arn.replace(ACCOUNT, OTHER_ACCOUNT))
        assert anyone.refused("AssumeRoleWithWebIdentity", **foreign).code == "InvalidIdentityToken"

    @pytest.mark.parametrize(
        ("changes", "code", "message"),
        [
            ({"aud": "other"}, "InvalidIdentityToken", "Incorrect token audience"),
            ({"exp": 1_700_000_000}, "ExpiredTokenException", "Token expired: current date/time"),
            ({"sub": None}, "InvalidIdentityToken", "Missing a required claim: sub"),
        ],
    )
    def test_it_is_verified(
        self, anyone: Caller, role: Role, changes: dict[str, object], code: str, message: str
    ) -> None:
        refused = anyone.refused(
            "AssumeRoleWithWebIdentity", **carrying(role, WebIdentityToken=identity_token(**changes))
        )
        assert refused.code == code
        assert refused.message.startswith(message)

    @pytest.mark.parametrize("changes", [{"sub": "s" * 256}, {"amr": ["m" * 200] * 10}])
    def test_what_it_says_has_to_fit_into_a_session(
        self, anyone: Caller, role: Role, changes: dict[str, object]
    ) -> None:
        members = carrying(role, WebIdentityToken=identity_token(**changes))
        assert anyone.refused("AssumeRoleWithWebIdentity", **members).code == "IDPRejectedClaim"

    def test_its_signature_is_verified(self, anyone: Caller, role: Role) -> None:
        head, body, signature = identity_token().split(".")
        _, other, _ = identity_token(sub="admin").split(".")
        forged = f"{head}.{other}.{signature}"
        assert body != other
        members = carrying(role, WebIdentityToken=forged)
        assert anyone.refused("AssumeRoleWithWebIdentity", **members).message == "Token signature is not valid"

    def test_keys_given_by_hand_that_cannot_be_read_verify_nothing(self, service: InProcess, anyone: Caller) -> None:
        new_provider(service, keys="{")
        refused = anyone.refused("AssumeRoleWithWebIdentity", **carrying(new_role(service, "App", workload())))
        assert refused.code == "InvalidIdentityToken"
        assert refused.message.startswith("Couldn't retrieve verification key from your identity provider")

    def test_a_provider_that_is_made_anew_in_the_meantime_has_to_be_asked_anew(
        self, service: InProcess, role: Role
    ) -> None:
        bearer = WebIdentityBearer()
        request = AssumeRoleWithWebIdentityRequest(
            role_arn=role.arn, role_session_name="pod", web_identity_token=identity_token()
        )
        fetched = bearer.fetch(service.store, no_issuer_keys, request)
        with service.store.read() as reader:
            caller = bearer.prove(reader, fetched, time.time(), request)
        assert caller.principal.identity_provider == PROVIDER_ARN
        new_provider(service, keys=jwks(jwk(rsa_key(), "two")).decode())
        with service.store.read() as reader, pytest.raises(IDPCommunicationError):
            bearer.prove(reader, fetched, time.time(), request)
        with service.store.change() as change:
            change.identities.delete(fetched.provider)
        with service.store.read() as reader, pytest.raises(InvalidIdentityToken, match="No OpenIDConnect provider"):
            bearer.prove(reader, fetched, time.time(), request)


class TestFetchedKeys:
    def asking_with(self, service: InProcess, *, fails: bool = False) -> list[TrustedIssuer]:
        """Serve from now on with keys that a provider publishes; gives the providers that were asked."""
        asked: list[TrustedIssuer] = []

        def issuer_keys(issuer: TrustedIssuer, _token: UnverifiedToken) -> JsonWebKeys:
            asked.append(issuer)
            if fails:
                raise IDPCommunicationError("on request")
            return parse_json_web_keys(KEYS.encode())

        authenticator = Authenticator(service.snapshots, service.sessions, SERVICES, REGIONS)
        service.pipeline = Pipeline(
            authenticator,
            service.snapshots,
            service.store,
            service.opened.store_keys,
            service.clock,
            issuer_keys=issuer_keys,
            key_stores=service.key_stores,
        )
        return asked

    def test_they_are_those_of_the_provider(self, service: InProcess, anyone: Caller) -> None:
        asked = self.asking_with(service)
        new_provider(service, keys=None, thumbprints=("a" * 40,))
        anyone("AssumeRoleWithWebIdentity", **carrying(new_role(service, "App", workload())))
        assert [(each.url, each.client_ids, each.thumbprints) for each in asked] == [(URL, (AUDIENCE,), ("a" * 40,))]

    def test_a_provider_that_cannot_be_reached_is_told(self, service: InProcess, anyone: Caller) -> None:
        self.asking_with(service, fails=True)
        new_provider(service, keys=None)
        role = new_role(service, "App", workload())
        assert anyone.refused("AssumeRoleWithWebIdentity", **carrying(role)) == Refused(
            "IDPCommunicationError", "on request"
        )

    def test_without_a_way_to_fetch_them_there_are_none(self, service: InProcess, anyone: Caller) -> None:
        new_provider(service, keys=None)
        refused = anyone.refused("AssumeRoleWithWebIdentity", **carrying(new_role(service, "App", workload())))
        assert refused.code == "IDPCommunicationError"

    def test_who_may_wait_for_a_provider_says_so(self, service: InProcess) -> None:
        service.snapshots.refresh()
        form = b"Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleSessionName=pod&WebIdentityToken=abcd"
        body = form + b"&RoleArn=arn:aws:iam::111122223333:role/App"
        signed = service.signed("", body, service="sts", content_type="application/x-www-form-urlencoded")
        plain = [header for header in signed.headers if header[0] not in {"authorization", "x-amz-target"}]
        outcome = service.pipeline.handle(msgspec.structs.replace(signed, headers=tuple(plain)))
        assert isinstance(outcome, Deferred)
        assert (outcome.asks_others, outcome.changes) == (True, False)


class TestSession:
    def test_later_requests_know_the_provider_and_the_registered_claims(
        self, service: InProcess, anyone: Caller, provider: OidcProvider
    ) -> None:
        known = {
            "StringEquals": {f"{provider.url}:sub": SUBJECT, f"{provider.url}:aud": AUDIENCE},
            "ArnEquals": {"aws:FederatedProvider": PROVIDER_ARN},
            "Null": {f"{provider.url}:environment": "true"},
        }
        role = new_role(
            service,
            "App",
            workload(),
            inline_policies={"p": document(allowing("kms:ListKeys", Condition=known))},
        )
        members = carrying(role, WebIdentityToken=identity_token(environment="prod"))
        kms(service, anyone("AssumeRoleWithWebIdentity", **members)["Credentials"])("ListKeys")

    def test_session_policies_narrow_it(self, service: InProcess, anyone: Caller, role: Role) -> None:
        members = carrying(role, Policy=document(allowing("kms:ListAliases")))
        answer = anyone("AssumeRoleWithWebIdentity", **members)
        assert answer["PackedPolicySize"] >= 1
        assert service.records[-1]["responseElements"]["packedPolicySize"] == answer["PackedPolicySize"]
        assert kms(service, answer["Credentials"]).refused("ListKeys").code == "AccessDeniedException"
        refused = anyone.refused("AssumeRoleWithWebIdentity", **carrying(role, Policy="{"))
        assert refused.code == "MalformedPolicyDocument"

    def test_it_lasts_as_long_as_the_role_allows(self, anyone: Caller, role: Role) -> None:
        refused = anyone.refused("AssumeRoleWithWebIdentity", **carrying(role, DurationSeconds=3601))
        assert refused.code == "ValidationError"

    @pytest.mark.parametrize(
        ("member", "value"), [("ProviderId", "www.amazon.com"), ("MinimumSessionTokenSize", 5), ("DurationSeconds", 1)]
    )
    def test_what_is_not_supported_is_refused(self, anyone: Caller, role: Role, member: str, value: object) -> None:
        refused = anyone.refused("AssumeRoleWithWebIdentity", **carrying(role, **{member: value}))
        assert refused.code == "ValidationError"


class TestTagsAndSourceIdentity:
    @pytest.mark.usefixtures("provider")
    def test_the_token_passes_them(self, service: InProcess, anyone: Caller) -> None:
        guarded = {
            "StringEquals": {"aws:RequestTag/Team": "red", "sts:SourceIdentity": "alice"},
            "ForAnyValue:StringEquals": {"sts:TransitiveTagKeys": ["Team"], "aws:TagKeys": ["Team"]},
        }
        policies = {
            "p": document(
                allowing("kms:ListKeys", Condition={"StringEquals": {"aws:PrincipalTag/Team": "red"}}),
                allowing("sts:*"),
            )
        }
        role = new_role(service, "App", workload(ACTIONS, Condition=guarded), inline_policies=policies)
        last = new_role(service, "Last", trusting(f"arn:aws:iam::{ACCOUNT}:root", "sts:*"), inline_policies=policies)
        tags = {"principal_tags": {"Team": ["red"]}, "transitive_tag_keys": ["Team"]}
        web_identity = identity_token(**{TAGS_CLAIM: tags, SOURCE_IDENTITY_CLAIM: "alice"})
        answer = anyone("AssumeRoleWithWebIdentity", **carrying(role, WebIdentityToken=web_identity))
        assert answer["SourceIdentity"] == "alice"
        assert service.records[-1]["responseElements"]["sourceIdentity"] == "alice"
        kms(service, answer["Credentials"])("ListKeys")
        second = sts(service, answer["Credentials"])
        assert second.refused("AssumeRole", **asking(last, SourceIdentity="bob")).code == "ValidationError"
        chained = assume(second, last)
        assert chained["SourceIdentity"] == "alice"
        kms(service, chained["Credentials"])("ListKeys")

    def test_they_take_permissions_of_their_own(self, anyone: Caller, role: Role) -> None:
        tagged = identity_token(**{TAGS_CLAIM: {"principal_tags": {"Team": "red"}}})
        assert anyone.refused("AssumeRoleWithWebIdentity", **carrying(role, WebIdentityToken=tagged)) == Refused(
            "AccessDenied", "Not authorized to perform sts:TagSession"
        )
        named = identity_token(**{SOURCE_IDENTITY_CLAIM: "alice"})
        assert anyone.refused("AssumeRoleWithWebIdentity", **carrying(role, WebIdentityToken=named)) == Refused(
            "AccessDenied", "Not authorized to perform sts:SetSourceIdentity"
        )

    @pytest.mark.parametrize(
        "tags",
        [
            {"principal_tags": {"Team": "red", "TEAM": "blue"}},
            {"principal_tags": {"aws:x": "1"}},
            {"principal_tags": {"": "1"}},
            {"principal_tags": {"k" * 129: "1"}},
            {"principal_tags": {"k": "v" * 257}},
            {"principal_tags": {f"k{number}": "" for number in range(51)}},
            {"principal_tags": {"Team": "red"}, "transitive_tag_keys": ["Cost"]},
        ],
    )
    def test_tags_have_rules(self, anyone: Caller, role: Role, tags: dict[str, object]) -> None:
        members = carrying(role, WebIdentityToken=identity_token(**{TAGS_CLAIM: tags}))
        assert anyone.refused("AssumeRoleWithWebIdentity", **members) == Refused(
            "InvalidIdentityToken", "The session tags in the token are not valid"
        )

    @pytest.mark.parametrize("name", ["a", "a b", "x" * 65])
    def test_a_source_identity_has_rules(self, anyone: Caller, role: Role, name: str) -> None:
        members = carrying(role, WebIdentityToken=identity_token(**{SOURCE_IDENTITY_CLAIM: name}))
        assert anyone.refused("AssumeRoleWithWebIdentity", **members) == Refused(
            "InvalidIdentityToken", "The source identity in the token is not valid"
        )
