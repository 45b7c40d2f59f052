"""Whether a request may run: who is asked for what, and in which order."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pytest

from strongroom.api.admission import admit
from strongroom.api.call import Call
from strongroom.api.callers import Caller
from strongroom.api.context import Context, ReadContext  # noqa: TC001 - `operation` reads the annotations
from strongroom.api.declare import Needs, Operation, collect, operation
from strongroom.api.key_snapshots import TransactionDirectory
from strongroom.api.kms import OPERATIONS
from strongroom.api.resolve import Scope
from strongroom.api.resources import Resource
from strongroom.authn.sessions import ServiceCall, Terms
from strongroom.model.account import Service
from strongroom.model.errors import (
    AccessDenied,
    Disabled,
    InternalError,
    InvalidKeyUsage,
    InvalidState,
    UnrecognizedClient,
)
from strongroom.model.grant import Grant, GrantConstraints
from strongroom.model.principal import service_principal, user_principal, web_identity_principal
from strongroom.model.request import Request
from strongroom.policy.callers import NO_POLICIES, Source
from strongroom.policy.document import parse_stored_trust_policy
from strongroom.protocol.structures import AwsStruct
from tests.support.in_process import ACCOUNT, OTHER_ACCOUNT, REGION, SOURCE_IP, InProcess, allow, deny, place_of, policy
from tests.support.refusals import HIDDEN, denied
from tests.unit.api.support import ALICE, CLERK, ROOT, put, role, signed_by, user

if TYPE_CHECKING:
    from collections.abc import Iterator

    from strongroom.api.key_snapshots import Directory, KeySnapshot
    from strongroom.authn.verify import Authenticated
    from strongroom.model.key import KeyPlace
    from strongroom.model.principal import Principal
    from strongroom.storage.store import Change, Reader
    from tests.support import in_process

EC2: Final = "ec2.amazonaws.com"
ROOT_ARN: Final = f"arn:aws:iam::{ACCOUNT}:root"
NOBODY: Final = allow(principal=f"arn:aws:iam::{ACCOUNT}:user/Nobody")
ENCRYPT: Final = OPERATIONS["Encrypt"]


class Remembering:
    """A directory that keeps keys as a worker does, and notes whose grants are looked up."""

    def __init__(self, reader: Reader | Change) -> None:
        self._inner = TransactionDirectory(reader)
        self._keys: dict[KeyPlace, KeySnapshot | None] = {}
        self._callers: dict[str, Caller] = {}
        self.grantees: list[str] = []

    def key(self, place: KeyPlace) -> KeySnapshot | None:
        return self._keys.setdefault(place, self._inner.key(place))

    def alias_target(self, account_id: str, region: str, name: str) -> str | None:
        return self._inner.alias_target(account_id, region, name)

    def predefines(self, alias_name: str) -> bool:
        return self._inner.predefines(alias_name)

    def grants(self, place: KeyPlace, grantee: str) -> tuple[Grant, ...]:
        self.grantees.append(grantee)
        return self._inner.grants(place, grantee)

    def caller(self, authenticated: Authenticated) -> Caller:
        return self._callers.setdefault(authenticated.access_key_id, self._inner.caller(authenticated))


@pytest.fixture
def directory(service: InProcess) -> Iterator[Remembering]:
    """Alice, Clerk and EC2 are there when it is asked; what is changed later it sees as a new transaction would."""
    put(service, user(), role())
    with service.store.change() as change:
        change.identities.put_service(Service(service=EC2))
    with service.store.read() as reader:
        yield Remembering(reader)


def call(asked: Operation, principal: Principal = ALICE, terms: Terms | None = None, **members: object) -> Call:
    """Make a call as the pipeline has it after it was authenticated and parsed."""
    return Call(
        request=Request(method="POST", path="/", query="", headers=(), body=b"", source_ip=SOURCE_IP),
        request_id="",
        time=0.0,
        wall=0.0,
        name=asked.name,
        operation=asked,
        credentials=signed_by(principal, terms),
        message=asked.decoder.decode(msgspec.json.encode(members)),
    )


def run(made: Call, directory: Directory) -> tuple[KeySnapshot, ...]:
    assert made.operation is not None
    account_id = made.account_id or ""
    return admit(made, made.operation, Scope(account_id, REGION), directory)


def encrypting(key: str, principal: Principal = ALICE, **context: str) -> Call:
    return call(ENCRYPT, principal, KeyId=key, Plaintext="eA==", EncryptionContext=context)


def grant(service: InProcess, key: str, grantee: str, number: int = 1, **members: Any) -> Grant:  # noqa: ANN401
    given: dict[str, Any] = {"operations": ("Encrypt",), "constraints": None}
    made = Grant(
        place=place_of(key),
        grant_id=f"{number:064x}",
        name="",
        grantee=grantee,
        retiring=None,
        issuing_account=ACCOUNT,
        creation_date=0.0,
        **{**given, **members},
    )
    with service.store.change() as change:
        change.grants.create(made)
    return made


class TestGrants:
    """The directory reads in one transaction, so a fixture's key is changed before it is made."""

    def test_they_are_for_what_policies_leave_open(self, service: InProcess, root: in_process.Caller) -> None:
        key = root.key(Policy=policy(allow()))
        put(service, user(inline_policies={"p": policy({"Effect": "Allow", "Action": "kms:*", "Resource": "*"})}))
        grant(service, key, "AIDAALICE")
        with service.store.read() as reader:
            directory = Remembering(reader)
            made = encrypting(key)
            run(made, directory)
        assert (directory.grantees, made.by_grants) == ([], ())

    @pytest.mark.parametrize(
        ("principal", "grantees"),
        [
            (ALICE, ["AIDAALICE", ROOT_ARN]),
            (CLERK, ["AROACLERK:morning", "AROACLERK", ROOT_ARN]),
            (ROOT, [ACCOUNT, ROOT_ARN]),
            (service_principal(EC2), [EC2]),
        ],
        ids=["user", "session", "root", "service"],
    )
    def test_whose_are_asked_for(
        self, service: InProcess, root: in_process.Caller, principal: Principal, grantees: list[str]
    ) -> None:
        key = root.key()
        service.write_policy(key, NOBODY)
        put(service, user(), role())
        with service.store.change() as change:
            change.identities.put_service(Service(service=EC2))
        with service.store.read() as reader:
            directory = Remembering(reader)
            with pytest.raises(AccessDenied):
                run(encrypting(key, principal), directory)
        assert directory.grantees == grantees

    @pytest.mark.parametrize(
        ("principal", "grantee"),
        [(ALICE, "AIDAALICE"), (CLERK, "AROACLERK"), (CLERK, "AROACLERK:morning"), (service_principal(EC2), EC2)],
    )
    def test_what_they_allow_is_known_to_the_operation(
        self, service: InProcess, root: in_process.Caller, principal: Principal, grantee: str
    ) -> None:
        key = root.key()
        service.write_policy(key, NOBODY)
        put(service, user(), role())
        with service.store.change() as change:
            change.identities.put_service(Service(service=EC2))
        covering = [grant(service, key, grantee, number) for number in (1, 2)]
        grant(service, key, grantee, 3, operations=("Decrypt",))
        grant(service, key, "AIDASOMEBODY", 4)
        with service.store.read() as reader:
            directory = Remembering(reader)
            for _ in range(2):  # The second is decided from memory.
                made = encrypting(key, principal)
                (found,) = run(made, directory)
                assert made.by_grants == tuple(covering)
                assert found.arn == key
        # Only the first of them asked for grants.
        assert len(directory.grantees) == len(set(directory.grantees))

    def test_they_never_beat_a_deny(self, service: InProcess, root: in_process.Caller) -> None:
        key = root.key()
        service.write_policy(key, NOBODY, deny())
        put(service, user())
        grant(service, key, "AIDAALICE")
        with service.store.read() as reader, pytest.raises(AccessDenied, match="explicit deny in a resource-based"):
            run(encrypting(key), Remembering(reader))

    def test_they_are_not_for_other_operations(self, service: InProcess, root: in_process.Caller) -> None:
        key = root.key()
        service.write_policy(key, NOBODY)
        put(service, user())
        grant(service, key, "AIDAALICE", operations=("Encrypt", "DisableKey", "EnableKey"))
        for name in ("DisableKey", "EnableKey", "GetKeyPolicy"):
            with service.store.read() as reader:
                directory = Remembering(reader)
                with pytest.raises(AccessDenied):
                    run(call(OPERATIONS[name], KeyId=key), directory)
            assert directory.grantees == []

    def test_their_constraints_are_asked_at_each_request(self, service: InProcess, root: in_process.Caller) -> None:
        key = root.key()
        service.write_policy(key, NOBODY)
        put(service, user())
        grant(service, key, "AIDAALICE", constraints=GrantConstraints(encryption_context_equals={"app": "demo"}))
        with service.store.read() as reader:
            directory = Remembering(reader)
            assert run(encrypting(key, app="demo"), directory)
            with pytest.raises(AccessDenied):
                run(encrypting(key, app="other"), directory)
            with pytest.raises(AccessDenied):
                run(encrypting(key), directory)
            assert run(encrypting(key, app="demo"), directory)

    def test_only_those_of_the_last_decision_count(self, service: InProcess, root: in_process.Caller) -> None:
        key = root.key()
        service.write_policy(key, NOBODY)
        put(service, user())
        made, allowed = encrypting(key), grant(service, key, "AIDAALICE")
        with service.store.read() as reader:
            run(made, TransactionDirectory(reader))
        assert list(made.by_grants) == [allowed]
        # As when the policy changes between the decision from memory and that in the transaction.
        service.write_policy(key, allow("AIDAALICE"))
        with service.store.read() as reader:
            run(made, TransactionDirectory(reader))
        assert list(made.by_grants) == []


class TestKeys:
    def test_the_own_account_is_told_what_is_missing(self, directory: Remembering) -> None:
        gone = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/00000000-0000-4000-8000-000000000000"
        with pytest.raises(AccessDenied) as caught:
            run(encrypting(gone.replace(ACCOUNT, OTHER_ACCOUNT)), directory)
        assert caught.value.message == denied(ALICE.arn, "kms:Encrypt", f"on this resource {HIDDEN}").message

    def test_a_ciphertext_tells_no_more_than_that_it_is_refused(
        self, service: InProcess, root: in_process.Caller, key: str
    ) -> None:
        blob = root("Encrypt", KeyId=key, Plaintext=b"x")["CiphertextBlob"]
        alice = service.user("Alice")
        rest = f"on the resource associated with this ciphertext because no identity-based policy allows the {DECRYPT}"
        arn = f"arn:aws:iam::{ACCOUNT}:user/Alice"
        assert alice.refused("Decrypt", CiphertextBlob=blob) == denied(arn, "kms:Decrypt", rest)
        service.write_policy(key, NOBODY)
        rest = f"on the resource associated with this ciphertext {HIDDEN}"
        assert alice.refused("Decrypt", CiphertextBlob=blob) == denied(arn, "kms:Decrypt", rest)

    def test_states_come_before_usages_for_all_keys(self, service: InProcess, root: in_process.Caller) -> None:
        source, destination = root.key(), root.key()
        blob = root("Encrypt", KeyId=source, Plaintext=b"x")["CiphertextBlob"]
        service.write(source, key_usage="SIGN_VERIFY")
        service.write(destination, state="Disabled")
        asked = OPERATIONS["ReEncrypt"]

        def admitted() -> tuple[KeySnapshot, ...]:
            members = {"CiphertextBlob": blob, "SourceKeyId": source, "DestinationKeyId": destination}
            with service.store.read() as reader:
                return run(call(asked, ROOT, **members), TransactionDirectory(reader))

        with pytest.raises(Disabled, match=destination):
            admitted()
        service.write(source, state="PendingDeletion")
        with pytest.raises(InvalidState, match=source):
            admitted()
        for each in (source, destination):
            service.write(each, state="Enabled")
        with pytest.raises(InvalidKeyUsage) as caught:
            admitted()
        text = f"{source} key usage is SIGN_VERIFY which is not valid for ReEncrypt."
        assert caught.value.message == text
        service.write(source, key_usage="ENCRYPT_DECRYPT")
        assert [each.arn for each in admitted()] == [source, destination]

    def test_each_key_of_a_request_is_authorised(self, service: InProcess, root: in_process.Caller) -> None:
        source, destination = root.key(), root.key()
        blob = root("Encrypt", KeyId=source, Plaintext=b"x")["CiphertextBlob"]
        made = call(OPERATIONS["ReEncrypt"], ROOT, CiphertextBlob=blob, DestinationKeyId=destination)
        for refused, action in ((source, "kms:ReEncryptFrom"), (destination, "kms:ReEncryptTo")):
            service.write_policy(refused, allow(), deny(action=action))
            with service.store.read() as reader, pytest.raises(AccessDenied, match=action):
                run(made, TransactionDirectory(reader))
            assert [each.arn for each in made.resolved] == [source, destination]
            service.write_policy(refused, allow())

    def test_an_alias_is_a_resource_of_its_own(self, service: InProcess, root: in_process.Caller, key: str) -> None:
        root("CreateAlias", AliasName="alias/a", TargetKeyId=key)
        arn = f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/a"
        on_key = {"Effect": "Allow", "Action": "kms:*", "Resource": key}
        alice = service.user("Alice", json.loads(policy(on_key)))
        refused = denied(
            f"arn:aws:iam::{ACCOUNT}:user/Alice",
            "kms:DeleteAlias",
            f"on resource: {arn} because no identity-based policy allows the kms:DeleteAlias action",
        )
        assert alice.refused("DeleteAlias", AliasName="alias/a") == refused
        assert service.records[-1]["resources"][0]["ARN"] == arn
        on_both = {**on_key, "Resource": [key, arn]}
        service.user("Bob", json.loads(policy(on_both)))("DeleteAlias", AliasName="alias/a")


DECRYPT: Final = "kms:Decrypt action"


class TestCallers:
    def test_who_is_gone_asks_for_nothing(self, directory: Remembering, key: str) -> None:
        bob = user_principal(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/Bob", "AIDABOB", "Bob")
        with pytest.raises(UnrecognizedClient):
            run(encrypting(key, bob), directory)

    def test_who_asks_is_known_as_of_now(self, service: InProcess, directory: Remembering) -> None:
        with service.store.change() as change:
            change.identities.rename(user(user_name="Alicia"), "Alice")
            made = call(OPERATIONS["ListKeys"])
            text = f"User: arn:aws:iam::{ACCOUNT}:user/Alicia is not authorized"
            with pytest.raises(AccessDenied, match=text):
                run(made, TransactionDirectory(change))
        assert made.account_id == ACCOUNT
        assert made.asking.principal.user_name == "Alicia"
        assert directory.grantees == []

    def test_nobody_asks_before_that_is_known(self) -> None:
        made = call(OPERATIONS["ListKeys"])
        assert made.principal == ALICE
        with pytest.raises(InternalError):
            _ = made.asking
        unsigned = msgspec.structs.replace(made, credentials=None)
        assert (unsigned.principal, unsigned.account_id, unsigned.region) == (None, None, "")
        with pytest.raises(InternalError):
            _ = unsigned.authenticated


class TestTagsOfNewKeys:
    """CreateKey with tags needs the permission for tags too."""

    TAGS: Final = [{"TagKey": "Team", "TagValue": "red"}]

    def may(self, action: object, condition: dict[str, Any] | None = None) -> dict[str, Any]:
        said = {"Effect": "Allow", "Action": action, "Resource": "*"}
        return {"Version": "2012-10-17", "Statement": said if condition is None else {**said, "Condition": condition}}

    def test_without_it_only_keys_without_tags_are_made(self, service: InProcess) -> None:
        alice = service.user("Alice", self.may("kms:CreateKey"))
        rest = "on resource: * because no identity-based policy allows the kms:TagResource action"
        refused = denied(f"arn:aws:iam::{ACCOUNT}:user/Alice", "kms:TagResource", rest)
        assert alice.refused("CreateKey", Tags=self.TAGS) == refused
        assert alice.key()
        assert alice.key(Tags=[])

    def test_with_both_tagged_keys_are_made(self, service: InProcess) -> None:
        alice = service.user("Alice", self.may(["kms:CreateKey", "kms:TagResource"]))
        assert alice.key(Tags=self.TAGS)

    def test_it_alone_makes_no_key(self, service: InProcess) -> None:
        alice = service.user("Alice", self.may("kms:TagResource"))
        assert "kms:CreateKey" in alice.refused("CreateKey", Tags=self.TAGS).message

    def test_it_may_be_for_some_tags_only(self, service: InProcess) -> None:
        only_red = {"StringEquals": {"aws:RequestTag/Team": "red"}}
        alice = service.user("Alice", self.may("kms:CreateKey"), self.may("kms:TagResource", only_red))
        assert alice.key(Tags=self.TAGS)
        blue = [{"TagKey": "Team", "TagValue": "blue"}]
        assert alice.refused("CreateKey", Tags=blue).code == "AccessDeniedException"


class FindRequest(AwsStruct, frozen=True, kw_only=True):
    name: str | None = None


CLERK_ARN: Final = role().arn


def find_role(_reader: Reader | Change, caller: Principal, request: FindRequest) -> Resource:
    """Give a role that trusts EC2 and what is named, of the account that the name starts with."""
    account_id = request.name or caller.account_id
    trusted = {"Effect": "Allow", "Principal": {"AWS": "AIDAALICE"}, "Action": "sts:Find"}
    return Resource(
        arn=CLERK_ARN.replace(ACCOUNT, account_id),
        account_id=account_id,
        tags={"Team": "red"},
        conditions={"iam:kind": ("role",)},
        policy=parse_stored_trust_policy(policy(trusted)) if request.name else None,
    )


@operation(Needs("sts:Find", resource=find_role))
def find(_context: ReadContext, _request: FindRequest) -> None:
    """Give nothing."""


@operation(Needs("sts:Find", resource=find_role, cross_account=True))
def find_anywhere(_context: ReadContext, _request: FindRequest) -> None:
    """Give nothing."""


FINDING: Final = collect("sts", [find, find_anywhere])


class TestResources:
    """What operations of IAM and STS are done to is found in the database."""

    def asked(
        self,
        service: InProcess,
        name: str = "Find",
        statement: dict[str, Any] | None = None,
        **members: Any,  # noqa: ANN401
    ) -> Call:
        """Let Alice, with a policy of one statement, ask; gives the call if it is allowed."""
        policies = {} if statement is None else {"p": policy(statement)}
        put(service, user(inline_policies=policies))
        made = call(FINDING[name], **members)
        with service.store.read() as reader:
            assert run(made, TransactionDirectory(reader)) == ()
        return made

    def may(self, **members: object) -> dict[str, Any]:
        return {"Effect": "Allow", "Action": "sts:Find", "Resource": CLERK_ARN, **members}

    def test_it_is_what_the_policy_of_the_caller_is_held_against(self, service: InProcess) -> None:
        made = self.asked(service, statement=self.may())
        assert made.resource is not None
        assert made.resource.arn == CLERK_ARN
        assert (made.conditions.get("iam:kind"), made.conditions.get("aws:resourcetag/team")) == (("role",), ("red",))
        with pytest.raises(AccessDenied) as caught:
            self.asked(service, statement=self.may(Resource=f"{CLERK_ARN}2"))
        text = f"on resource: {CLERK_ARN} because no identity-based policy allows the sts:Find action"
        assert caught.value.message == denied(ALICE.arn, "sts:Find", text).message

    @pytest.mark.parametrize("key", ["iam:kind", "aws:ResourceTag/Team", "iam:ResourceTag/team"])
    def test_its_tags_and_conditions_decide(self, service: InProcess, key: str) -> None:
        value = "role" if key == "iam:kind" else "red"
        self.asked(service, statement=self.may(Condition={"StringEquals": {key: value}}))
        with pytest.raises(AccessDenied):
            self.asked(service, statement=self.may(Condition={"StringNotEquals": {key: value}}))

    def test_its_own_policy_decides(self, service: InProcess) -> None:
        self.asked(service, Name=ACCOUNT)
        refusing = {"Effect": "Deny", "Action": "sts:Find", "Resource": "*"}
        with pytest.raises(AccessDenied, match="explicit deny in an identity-based policy"):
            self.asked(service, statement=refusing, Name=ACCOUNT)

    def test_that_of_another_account_takes_both_sides(self, service: InProcess) -> None:
        everywhere = self.may(Resource="*")
        with pytest.raises(AccessDenied):
            self.asked(service, "FindAnywhere", Name=OTHER_ACCOUNT)
        self.asked(service, "FindAnywhere", everywhere, Name=OTHER_ACCOUNT)
        with pytest.raises(AccessDenied):
            self.asked(service, "Find", everywhere, Name=OTHER_ACCOUNT)

    @pytest.mark.parametrize(
        ("source", "text"),
        [
            (Source.TRUST_POLICY, "because no role trust policy allows the sts:Find action"),
            (
                Source.KEY_POLICY,
                f"on resource: {CLERK_ARN} because no resource-based policy allows the sts:Find action",
            ),
        ],
    )
    def test_its_policy_is_named_as_what_it_is(self, service: InProcess, source: Source, text: str) -> None:
        def named(reader: Reader | Change, caller: Principal, request: FindRequest) -> Resource:
            return msgspec.structs.replace(find_role(reader, caller, request), source=source)

        needs = (msgspec.structs.replace(find.needs[0], resource=named),)
        asked = msgspec.structs.replace(FINDING["Find"], needs=needs)
        put(service, role())
        with service.store.read() as reader, pytest.raises(AccessDenied) as caught:
            run(call(asked, CLERK, Name=ACCOUNT), TransactionDirectory(reader))
        assert caught.value.message == denied(CLERK.arn, "sts:Find", text).message

    def test_it_is_not_looked_for_in_memory(self, service: InProcess) -> None:
        put(service, user())
        with pytest.raises(InternalError, match="is in the database"):
            run(call(FINDING["Find"]), service.snapshots)


class NoBearer:
    """Proves nobody: the tests say who asks."""

    def fetch(self, *_: object) -> None:
        raise LookupError

    def prove(self, *_: object) -> Caller:
        raise LookupError


@operation(Needs("sts:Find", resource=find_role), bearer=NoBearer())
def find_unsigned(_context: Context, _request: FindRequest) -> None:
    """Give nothing."""


class TestUnsigned:
    """Who asks is proven before, by what the request carries."""

    PROVIDER: Final = f"arn:aws:iam::{ACCOUNT}:oidc-provider/id.example.com"

    def test_a_web_identity_is_told_only_that_it_may_not(self, directory: Remembering) -> None:
        (asked,) = collect("sts", [find_unsigned]).values()
        made = msgspec.structs.replace(call(asked), credentials=None)
        principal = web_identity_principal(ACCOUNT, self.PROVIDER, "app", "me")
        made.caller = Caller(principal=principal, policies=NO_POLICIES, tags={})
        with pytest.raises(AccessDenied) as caught:
            admit(made, asked, Scope(ACCOUNT, ""), directory._inner)  # noqa: SLF001 - it looks up in the database
        assert caught.value.message == "Not authorized to perform sts:Find"
        assert made.caller.principal == principal

    def test_nobody_is_never_admitted(self, directory: Remembering) -> None:
        (asked,) = collect("sts", [find_unsigned]).values()
        made = msgspec.structs.replace(call(asked), credentials=None)
        with pytest.raises(InternalError, match="Nobody was authenticated"):
            run(made, directory)


class TestSessions:
    """What may not be called in some sessions is refused before policies are asked."""

    def refused(self, service: InProcess, name: str, api: str, **terms: Any) -> tuple[str, str | None] | None:  # noqa: ANN401
        (asked,) = collect(api, [msgspec.structs.replace(find, name=name)]).values()
        put(service, user(inline_policies={"p": policy({"Effect": "Allow", "Action": "*", "Resource": "*"})}))
        with service.store.read() as reader:
            try:
                run(call(asked, terms=Terms(**terms)), TransactionDirectory(reader))
            except (AccessDenied, UnrecognizedClient) as error:
                return error.code, error.message
        return None

    def test_those_of_get_session_token(self, service: InProcess) -> None:
        by_token = {"by_get_session_token": True}
        invalid = ("UnrecognizedClientException", "The security token included in the request is invalid")
        assert self.refused(service, "GetUser", "iam", **by_token) == invalid
        assert self.refused(service, "GetUser", "iam", mfa_at=1.0, **by_token) is None
        assert self.refused(service, "GetUser", "iam") is None
        for name in ("AssumeRole", "GetCallerIdentity"):
            assert self.refused(service, name, "sts", **by_token) is None
        for terms in (by_token, {"mfa_at": 1.0, **by_token}):
            assert self.refused(service, "GetFederationToken", "sts", **terms) == (
                "AccessDeniedException",
                "Cannot call GetFederationToken with session credentials",
            )
        assert self.refused(service, "GetFederationToken", "sts") is None
        assert self.refused(service, "Encrypt", "kms", **by_token) is None

    def test_those_of_services_are_for_keys_only(self, service: InProcess) -> None:
        with service.store.change() as change:
            change.identities.put_service(Service(service=EC2))
        lent = {"service_call": ServiceCall(service=EC2)}
        for api, name in (("iam", "GetUser"), ("sts", "GetCallerIdentity"), ("sts", "AssumeRole")):
            assert self.refused(service, name, api, **lent) == (
                "AccessDeniedException",
                f"Cannot call {name} with the session of a service",
            )
        assert self.refused(service, "Encrypt", "kms", **lent) is None
