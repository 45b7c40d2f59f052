import pytest

from strongroom.api.callers import Caller
from strongroom.api.context import ChangeContext, Context, ReadContext
from strongroom.api.declare import Needs, Operation, audit_name, collect, key_id_element, operation
from strongroom.api.kms import OPERATIONS
from strongroom.api.resolve import AliasTarget, CiphertextKey, KeyMember
from strongroom.api.resources import Resource
from strongroom.api.second_factors import SecondFactor
from strongroom.api.supplies import ContextParameter, Parameter, TagsParameter
from strongroom.model.principal import root_principal
from strongroom.policy.callers import NO_POLICIES
from strongroom.protocol.structures import AwsStruct


class TurnKeyRequest(AwsStruct, frozen=True, kw_only=True):
    key_id: str
    alias_name: str | None = None
    blob: str | None = None


class TurnKeyResponse(AwsStruct, frozen=True, kw_only=True):
    turned: bool


class BadResponse(AwsStruct, frozen=True, kw_only=True):
    turned: bool = False


NEEDS = Needs("kms:TurnKey", key=KeyMember("key_id"))


def check(_request: TurnKeyRequest) -> None:
    """Accept everything."""


@operation(NEEDS, logs=("key_id",), check=check, elements=key_id_element, defaults={"alias_name": "alias/x"})
def turn_key(_context: Context, _request: TurnKeyRequest) -> TurnKeyResponse:
    return TurnKeyResponse(turned=True)


@operation(NEEDS)
def turn_key_back(_context: ChangeContext, _request: TurnKeyRequest) -> None:
    """Give nothing."""


@operation(NEEDS)
def list_turns(_context: ReadContext, _request: TurnKeyRequest) -> TurnKeyResponse:
    return TurnKeyResponse(turned=True)


def test_a_declaration_says_all_there_is_to_an_operation() -> None:
    assert isinstance(turn_key, Operation)
    assert (turn_key.name, turn_key.request, turn_key.response) == ("TurnKey", TurnKeyRequest, TurnKeyResponse)
    assert turn_key.needs == (NEEDS,)
    assert turn_key.logs == (("keyId", "key_id"),)
    assert turn_key.defaults == {"alias_name": "alias/x"}
    assert (turn_key.check, turn_key.elements) == (check, key_id_element)
    assert turn_key.decoder.decode(b'{"KeyId":"k"}') == TurnKeyRequest(key_id="k")
    assert (turn_key_back.name, turn_key_back.response) == ("TurnKeyBack", type(None))
    assert not turn_key_back.defaults


def test_the_type_of_the_context_says_what_an_operation_touches() -> None:
    assert [(each.reads, each.changes) for each in (turn_key, turn_key_back, list_turns)] == [
        (False, False),
        (False, True),
        (True, False),
    ]


def test_operations_are_collected_by_name() -> None:
    collected = collect("kms", [turn_key, turn_key_back])
    assert collected == {"TurnKey": turn_key, "TurnKeyBack": turn_key_back}
    assert {each.service for each in collect("sts", [turn_key]).values()} == {"sts"}


def test_an_operation_says_whether_it_is_for_anybody() -> None:
    with pytest.raises(ValueError, match="needs permissions, or is for anybody"):
        operation()
    with pytest.raises(ValueError, match="needs permissions, or is for anybody"):
        operation(NEEDS, anybody=True)
    assert operation(anybody=True)(turn_key.run).needs == ()


def test_an_operation_without_a_bearer_is_signed() -> None:
    class Anyone:
        def fetch(self, _store: object, _issuer_keys: object, _request: object, /) -> None:
            raise NotImplementedError

        def prove(self, _reader: object, _fetched: object, _now: float, _request: object, /) -> Caller:
            raise NotImplementedError

    assert not turn_key.unsigned
    assert operation(NEEDS, bearer=Anyone())(turn_key.run).unsigned


def test_a_permission_may_depend_on_who_asks_and_on_the_request() -> None:
    caller = Caller(principal=root_principal("111122223333"), policies=NO_POLICIES, tags={})
    request = TurnKeyRequest(key_id="k", alias_name="alias/x")
    assert NEEDS.applies(caller, request)
    assert Needs("kms:X", when="alias_name").applies(caller, request)
    assert not Needs("kms:X", when="blob").applies(caller, request)
    assert Needs("kms:X", when=lambda who, what: (who, what) == (caller, request)).applies(caller, request)
    assert not Needs("kms:X", when=lambda _who, _what: False).applies(caller, request)


def test_the_members_of_a_second_factor_are_of_the_request() -> None:
    named = operation(NEEDS, second_factor=SecondFactor("alias_name", "code"))(turn_key.run)
    with pytest.raises(ValueError, match=r"TurnKey has no member code$"):
        collect("sts", [named])


def test_aws_spells_some_names_in_its_own_way() -> None:
    assert operation(NEEDS, name="TurnKEY")(turn_key.run).name == "TurnKEY"


def test_resources_are_found_in_the_store() -> None:
    def find(_reader: object, _caller: object, _request: object) -> Resource:
        raise NotImplementedError

    assert not turn_key.found_in_store
    assert operation(Needs("iam:X", resource=find))(turn_key.run).found_in_store


def test_an_operation_declared_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="TurnKey is declared twice"):
        collect("kms", [turn_key, turn_key])


@pytest.mark.parametrize(
    ("needs", "missing"),
    [
        (Needs("kms:X", key=KeyMember("key")), "key"),
        (Needs("kms:X", key=AliasTarget("alias")), "alias"),
        (Needs("kms:X", key=CiphertextKey("blob", "key", "blob")), "key"),
        (Needs("kms:X", key=CiphertextKey("ciphertext", "key", "blob")), "ciphertext, key"),
        (Needs("kms:X", alias="alias"), "alias"),
    ],
)
def test_a_need_of_a_member_that_is_not_there_is_refused(needs: Needs, missing: str) -> None:
    @operation(NEEDS, needs)
    def misspelt(_context: Context, _request: TurnKeyRequest) -> None:
        """Do nothing."""

    with pytest.raises(ValueError, match=f"Misspelt has no member {missing}$"):
        collect("kms", [misspelt])


def test_a_key_that_is_needed_only_sometimes_is_refused() -> None:
    @operation(Needs("kms:X", key=KeyMember("key_id"), when="alias_name"))
    def sometimes(_context: Context, _request: TurnKeyRequest) -> None:
        """Do nothing."""

    with pytest.raises(ValueError, match="Sometimes needs a key only sometimes"):
        collect("kms", [sometimes])


def test_a_default_of_a_member_that_is_not_there_is_refused() -> None:
    @operation(NEEDS, defaults={"algorithm": "x"})
    def misspelt(_context: Context, _request: TurnKeyRequest) -> None:
        """Do nothing."""

    with pytest.raises(ValueError, match="Misspelt has no member algorithm"):
        collect("kms", [misspelt])


def test_a_logged_member_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="TurnKeyRequest has no member plaintext"):
        operation(NEEDS, logs=("plaintext",))(turn_key.run)


def test_a_request_that_cannot_be_explained_is_refused() -> None:
    class BadRequest(AwsStruct, frozen=True, kw_only=True):
        key_id: str | None

    def bad(_context: Context, _request: BadRequest) -> None:
        """Do nothing."""

    with pytest.raises(TypeError, match="key_id"):
        operation(NEEDS)(bad)


def test_a_response_with_a_default_that_is_never_written_is_refused() -> None:
    @operation(NEEDS)
    def bad(_context: Context, _request: TurnKeyRequest) -> BadResponse:
        return BadResponse()

    with pytest.raises(TypeError, match="turned"):
        collect("kms", [bad])


def test_members_that_needs_name() -> None:
    assert Needs("kms:X").members() == ()
    assert Needs("kms:X", alias="a").members() == ("a",)
    assert Needs("kms:X", alias="a", key=KeyMember("k")).members() == ("k", "a")
    assert Needs("kms:X", supplies={"kms:y": Parameter("y"), "kms:z": lambda _: None}).members() == ("y",)
    assert Needs("kms:X", encryption_context=ContextParameter("c"), tags=TagsParameter("t"), when="t").members() == (
        "c",
        "t",
        "t",
    )
    assert Needs("kms:X", key=AliasTarget("a")).members() == ("a",)
    assert Needs("kms:X", key=CiphertextKey("c", "k", "a")).members() == ("c", "k", "a")


def test_audit_names() -> None:
    assert audit_name(OPERATIONS["CreateKey"].request, "xks_key_id") == "xksKeyId"
    assert audit_name(OPERATIONS["CreateKey"].request, "bypass_policy_lockout_safety_check") == (
        "bypassPolicyLockoutSafetyCheck"
    )
    with pytest.raises(ValueError, match="CreateKeyRequest has no member x"):
        audit_name(OPERATIONS["CreateKey"].request, "x")
