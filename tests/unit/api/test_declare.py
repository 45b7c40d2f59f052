import pytest

from strongroom.api.context import ChangeContext, Context, ReadContext
from strongroom.api.declare import Needs, Operation, audit_name, collect, key_id_element, operation
from strongroom.api.kms import OPERATIONS
from strongroom.api.resolve import AliasTarget, CiphertextKey, KeyMember
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
    assert collect([turn_key, turn_key_back]) == {"TurnKey": turn_key, "TurnKeyBack": turn_key_back}


def test_an_operation_that_needs_nothing_is_refused() -> None:
    @operation()
    def free_for_all(_context: Context, _request: TurnKeyRequest) -> None:
        """Need nothing."""

    with pytest.raises(ValueError, match="FreeForAll needs no permission"):
        collect([free_for_all])


def test_an_operation_declared_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="TurnKey is declared twice"):
        collect([turn_key, turn_key])


@pytest.mark.parametrize(
    ("needs", "missing"),
    [
        (Needs("kms:X", key=KeyMember("key")), "key"),
        (Needs("kms:X", key=AliasTarget("alias")), "alias"),
        (Needs("kms:X", key=CiphertextKey("blob", "key")), "key"),
        (Needs("kms:X", key=CiphertextKey("ciphertext", "key")), "ciphertext, key"),
        (Needs("kms:X", alias="alias"), "alias"),
    ],
)
def test_a_need_of_a_member_that_is_not_there_is_refused(needs: Needs, missing: str) -> None:
    @operation(NEEDS, needs)
    def misspelt(_context: Context, _request: TurnKeyRequest) -> None:
        """Do nothing."""

    with pytest.raises(ValueError, match=f"Misspelt has no member {missing}$"):
        collect([misspelt])


def test_a_default_of_a_member_that_is_not_there_is_refused() -> None:
    @operation(NEEDS, defaults={"algorithm": "x"})
    def misspelt(_context: Context, _request: TurnKeyRequest) -> None:
        """Do nothing."""

    with pytest.raises(ValueError, match="Misspelt has no member algorithm"):
        collect([misspelt])


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
        collect([bad])


def test_members_that_needs_name() -> None:
    assert Needs("kms:X").members() == ()
    assert Needs("kms:X", alias="a").members() == ("a",)
    assert Needs("kms:X", alias="a", key=KeyMember("k")).members() == ("a", "k")
    assert Needs("kms:X", key=AliasTarget("a")).members() == ("a",)
    assert Needs("kms:X", key=CiphertextKey("c", "k")).members() == ("c", "k")


def test_audit_names() -> None:
    assert audit_name(OPERATIONS["CreateKey"].request, "xks_key_id") == "xksKeyId"
    assert audit_name(OPERATIONS["CreateKey"].request, "bypass_policy_lockout_safety_check") == (
        "bypassPolicyLockoutSafetyCheck"
    )
    with pytest.raises(ValueError, match="CreateKeyRequest has no member x"):
        audit_name(OPERATIONS["CreateKey"].request, "x")
