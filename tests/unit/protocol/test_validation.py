import json
from typing import Annotated, Literal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Meta

from strongroom.model.errors import SerializationError, ServiceError, ValidationError
from strongroom.protocol import json_rpc
from strongroom.protocol.structures import AwsStruct, Timestamp, whole
from strongroom.protocol.validation import broken_constraint, explain

Json = bool | int | float | str | list["Json"] | dict[str, "Json"] | None

KeyId = Annotated[str, Meta(min_length=1, max_length=2048)]
GrantToken = Annotated[str, Meta(min_length=1, max_length=8192)]
ContextName = Annotated[str, Meta(min_length=1, max_length=8, pattern="^[a-z]+$")]
ContextValue = Annotated[str, Meta(max_length=4)]
Password = Annotated[str, Meta(min_length=7, max_length=32, extra={"sensitive": True})]


class Tag(AwsStruct, frozen=True, kw_only=True):
    tag_key: Annotated[str, Meta(min_length=1, max_length=128)]
    tag_value: Annotated[str, Meta(max_length=256)]


class Constraints(AwsStruct, frozen=True, kw_only=True):
    encryption_context_subset: Annotated[dict[ContextName, ContextValue], Meta(max_length=2)] | None = None
    source_arn: Annotated[str, Meta(min_length=20)] | None = None


class EncryptRequest(AwsStruct, frozen=True, kw_only=True):
    key_id: KeyId
    plaintext: Annotated[bytes, Meta(min_length=1, max_length=4096)]
    encryption_context: dict[str, str] | None = None
    grant_tokens: Annotated[list[GrantToken], Meta(max_length=3)] | None = None
    encryption_algorithm: Literal["SYMMETRIC_DEFAULT", "RSAES_OAEP_SHA_256", "RSAES_OAEP_SHA_1"] | None = None
    dry_run: bool | None = None


class CreateKeyRequest(AwsStruct, frozen=True, kw_only=True):
    key_usage: Literal["ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC"] | None = None
    alias_name: Annotated[str, Meta(min_length=1, max_length=256, pattern=whole("^[a-zA-Z0-9:/_-]+$"))] | None = None
    number_of_bytes: Annotated[int, Meta(ge=1, le=1024)] | None = None
    tags: Annotated[list[Tag], Meta(min_length=1, max_length=50)] | None = None
    operations: list[Literal["Decrypt", "CreateGrant"]] | None = None
    constraints: Constraints | None = None
    valid_to: Timestamp | None = None
    key_store_password: Password | None = None
    passwords: list[Password] | None = None
    secrets: dict[str, Password] | None = None


class EverythingRequired(AwsStruct, frozen=True, kw_only=True):
    key_id: KeyId
    number_of_bytes: int
    tags: list[Tag]
    encryption_context: dict[str, str]
    constraints: Constraints
    dry_run: bool
    aws_account_id: str = msgspec.field(name="AWSAccountId")


def message_of(structure: type[AwsStruct], members: dict[str, Json]) -> str | None:
    """Decode and give the text of the refusal."""
    with pytest.raises(ServiceError) as raised:
        json_rpc.decode(json_rpc.decoder_for(structure), json.dumps(members).encode())
    return raised.value.message


ENCRYPT: dict[str, Json] = {"KeyId": "k", "Plaintext": "YQ=="}

ONE_FAULT: list[tuple[type[AwsStruct], dict[str, Json], str]] = [
    (
        CreateKeyRequest,
        {"AliasName": "alias/a b"},
        (
            "Value 'alias/a b' at 'aliasName' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$"
        ),
    ),
    (
        CreateKeyRequest,
        {"AliasName": "alias/a\n"},
        (
            "Value 'alias/a\n' at 'aliasName' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$"
        ),
    ),
    (
        CreateKeyRequest,
        {"Tags": [{"TagKey": "k", "TagValue": "v" * 257}]},
        (
            f"Value '{'v' * 257}' at 'tags.1.member.tagValue' failed to satisfy constraint: "
            "Member must have length less than or equal to 256"
        ),
    ),
    (
        CreateKeyRequest,
        {"Tags": [{"TagKey": "k", "TagValue": ""}, {"TagKey": "", "TagValue": "v"}]},
        (
            "Value '' at 'tags.2.member.tagKey' failed to satisfy constraint: "
            "Member must have length greater than or equal to 1"
        ),
    ),
    (
        CreateKeyRequest,
        {"Tags": [{"TagKey": "k"}]},
        "Value null at 'tags.1.member.tagValue' failed to satisfy constraint: Member must not be null",
    ),
    (
        CreateKeyRequest,
        {"Tags": [None]},
        "Value null at 'tags.1.member' failed to satisfy constraint: Member must not be null",
    ),
    (
        CreateKeyRequest,
        {"Tags": []},
        "Value at 'tags' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ),
    (
        CreateKeyRequest,
        {"NumberOfBytes": 0},
        "Value '0' at 'numberOfBytes' failed to satisfy constraint: Member must have value greater than or equal to 1",
    ),
    (
        CreateKeyRequest,
        {"NumberOfBytes": 1025},
        (
            "Value '1025' at 'numberOfBytes' failed to satisfy constraint: "
            "Member must have value less than or equal to 1024"
        ),
    ),
    (
        CreateKeyRequest,
        {"NumberOfBytes": 10**30},
        (
            f"Value '{10**30}' at 'numberOfBytes' failed to satisfy constraint: "
            "Member must have value less than or equal to 1024"
        ),
    ),
    (
        CreateKeyRequest,
        {"ValidTo": -1.5},
        "Value '-1.5' at 'validTo' failed to satisfy constraint: Member must have value greater than or equal to 0",
    ),
    (
        CreateKeyRequest,
        {"ValidTo": 1e300},
        (
            "Value '1e+300' at 'validTo' failed to satisfy constraint: "
            "Member must have value less than or equal to 253402300799"
        ),
    ),
    (
        EncryptRequest,
        {**ENCRYPT, "Plaintext": "A" * 5464},
        "Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4096",
    ),
    (
        EncryptRequest,
        {**ENCRYPT, "Plaintext": ""},
        "Value at 'plaintext' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ),
    (
        CreateKeyRequest,
        {"KeyUsage": "RANDOM"},
        (
            "Value 'RANDOM' at 'keyUsage' failed to satisfy constraint: "
            "Member must satisfy enum value set: [ENCRYPT_DECRYPT, SIGN_VERIFY, GENERATE_VERIFY_MAC]"
        ),
    ),
    (
        CreateKeyRequest,
        {"Operations": ["Decrypt", "Fly"]},
        (
            "Value '[Decrypt, Fly]' at 'operations' failed to satisfy constraint: "
            "Member must satisfy constraint: [Member must satisfy enum value set: [Decrypt, CreateGrant]]"
        ),
    ),
    (
        CreateKeyRequest,
        {"Operations": [None]},
        (
            "Value '[null]' at 'operations' failed to satisfy constraint: Member must satisfy constraint: "
            "[Member must satisfy enum value set: [Decrypt, CreateGrant], Member must not be null]"
        ),
    ),
    (
        EncryptRequest,
        {"Plaintext": "YQ=="},
        "Value null at 'keyId' failed to satisfy constraint: Member must not be null",
    ),
    (
        EncryptRequest,
        {**ENCRYPT, "KeyId": None},
        "Value null at 'keyId' failed to satisfy constraint: Member must not be null",
    ),
    (
        EncryptRequest,
        {**ENCRYPT, "EncryptionContext": {"a": "b", "c": None}},
        (
            "Value '{a=b, c=null}' at 'encryptionContext' failed to satisfy constraint: "
            "Map value must satisfy constraint: [Member must not be null]"
        ),
    ),
    (
        EncryptRequest,
        {**ENCRYPT, "GrantTokens": ["", "t"]},
        (
            "Value '[, t]' at 'grantTokens' failed to satisfy constraint: Member must satisfy constraint: "
            "[Member must have length less than or equal to 8192, Member must have length greater than or equal to 1]"
        ),
    ),
    (
        EncryptRequest,
        {**ENCRYPT, "GrantTokens": ["a", "b", "c", "d"]},
        (
            "Value '[a, b, c, d]' at 'grantTokens' failed to satisfy constraint: "
            "Member must have length less than or equal to 3"
        ),
    ),
    (
        CreateKeyRequest,
        {"Constraints": {"EncryptionContextSubset": {"a": "12345"}}},
        (
            "Value '{a=12345}' at 'constraints.encryptionContextSubset' failed to satisfy constraint: "
            "Map value must satisfy constraint: [Member must have length less than or equal to 4]"
        ),
    ),
    (
        CreateKeyRequest,
        {"Constraints": {"EncryptionContextSubset": {"A": "1"}}},
        (
            "Value '{A=1}' at 'constraints.encryptionContextSubset' failed to satisfy constraint: "
            "Map keys must satisfy constraint: [Member must have length less than or equal to 8, "
            "Member must have length greater than or equal to 1, "
            "Member must satisfy regular expression pattern: ^[a-z]+$]"
        ),
    ),
    (
        CreateKeyRequest,
        {"Constraints": {"EncryptionContextSubset": {"a": "", "b": "", "c": ""}}},
        (
            "Value '{a=, b=, c=}' at 'constraints.encryptionContextSubset' failed to satisfy constraint: "
            "Member must have length less than or equal to 2"
        ),
    ),
    (
        CreateKeyRequest,
        {"KeyStorePassword": "secret"},
        "Value at 'keyStorePassword' failed to satisfy constraint: Member must have length greater than or equal to 7",
    ),
    (
        CreateKeyRequest,
        {"Passwords": ["secret"]},
        (
            "Value at 'passwords' failed to satisfy constraint: Member must satisfy constraint: "
            "[Member must have length less than or equal to 32, Member must have length greater than or equal to 7]"
        ),
    ),
    (
        CreateKeyRequest,
        {"Secrets": {"name": "secret"}},
        (
            "Value at 'secrets' failed to satisfy constraint: Map value must satisfy constraint: "
            "[Member must have length less than or equal to 32, Member must have length greater than or equal to 7]"
        ),
    ),
]


@pytest.mark.parametrize(("structure", "members", "sentence"), ONE_FAULT)
def test_one_fault(structure: type[AwsStruct], members: dict[str, Json], sentence: str) -> None:
    assert message_of(structure, members) == f"1 validation error detected: {sentence}"


def test_all_faults_are_told_at_once_in_the_order_of_the_model() -> None:
    assert message_of(EncryptRequest, {"EncryptionAlgorithm": "ROT13", "KeyId": ""}) == (
        "3 validation errors detected: "
        "Value '' at 'keyId' failed to satisfy constraint: Member must have length greater than or equal to 1; "
        "Value null at 'plaintext' failed to satisfy constraint: Member must not be null; "
        "Value 'ROT13' at 'encryptionAlgorithm' failed to satisfy constraint: "
        "Member must satisfy enum value set: [SYMMETRIC_DEFAULT, RSAES_OAEP_SHA_256, RSAES_OAEP_SHA_1]"
    )


def test_a_value_may_break_several_constraints() -> None:
    assert message_of(CreateKeyRequest, {"AliasName": ""}) == (
        "2 validation errors detected: "
        "Value '' at 'aliasName' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$; "
        "Value '' at 'aliasName' failed to satisfy constraint: Member must have length greater than or equal to 1"
    )


def test_members_of_every_type_may_be_missing() -> None:
    message = message_of(EverythingRequired, {})
    assert message is not None
    assert message.startswith("7 validation errors detected: Value null at 'keyId' failed")
    assert message.endswith("Value null at 'aWSAccountId' failed to satisfy constraint: Member must not be null")


def test_no_more_than_ten_faults_are_told() -> None:
    message = message_of(CreateKeyRequest, {"Tags": [{} for _ in range(50)]})
    assert message is not None
    assert message.startswith("10 validation errors detected: Value null at 'tags.1.member.tagKey'")
    assert message.count("; ") == 9


WRONG_TYPES: list[tuple[type[AwsStruct], str, str]] = [
    (
        EncryptRequest,
        '{"KeyId":1}',
        "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an String",
    ),
    (EncryptRequest, '{"DryRun":[],"KeyId":1}', "Start of list found where not expected"),
    (EncryptRequest, '{"KeyId":"","Plaintext":true}', "class java.lang.Boolean can not be converted to a Blob"),
    (EncryptRequest, '{"EncryptionContext":{"a":{}}}', "Start of structure or map found where not expected."),
    (EncryptRequest, '{"EncryptionContext":"a"}', "Expected map or null"),
    (EncryptRequest, '{"GrantTokens":"a"}', "Expected list or null"),
    (EncryptRequest, '{"GrantTokens":[null,[]]}', "Start of list found where not expected"),
    (CreateKeyRequest, '{"Tags":["a"]}', "Expected null"),
    (CreateKeyRequest, '{"Tags":[{"TagKey":false}]}', "class java.lang.Boolean can not be converted to an String"),
    (CreateKeyRequest, '{"NumberOfBytes":"1"}', "class java.lang.String can not be converted to an Integer"),
    (CreateKeyRequest, '{"ValidTo":"now"}', "class java.lang.String can not be converted to milliseconds since epoch"),
    (CreateKeyRequest, '{"Constraints":[]}', "Start of list found where not expected"),
]


@pytest.mark.parametrize(("structure", "body", "text"), WRONG_TYPES)
def test_the_first_wrong_type_comes_before_all_constraints(structure: type[AwsStruct], body: str, text: str) -> None:
    error = explain(structure, body.encode())
    assert isinstance(error, SerializationError)
    assert error.message == text


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b'{"KeyId":"\xff"}', b"[" * 100_000, b'{"X":1e999}'])
def test_what_is_no_object_has_no_text(body: bytes) -> None:
    error = explain(EncryptRequest, body)
    assert isinstance(error, SerializationError)
    assert error.message is None


def test_when_nothing_wrong_is_found_there_is_no_text() -> None:
    error = explain(EncryptRequest, b'{"KeyId":"k","Plaintext":"YQ==","X":{"KeyId":1}}')
    assert isinstance(error, SerializationError)
    assert error.message is None


NAMES = st.sampled_from(
    [
        *("KeyId", "Plaintext", "EncryptionContext", "GrantTokens", "EncryptionAlgorithm", "DryRun", "Unknown"),
        *("KeyUsage", "AliasName", "NumberOfBytes", "Tags", "Operations", "Constraints", "ValidTo", "AWSAccountId"),
        *("KeyStorePassword", "Passwords", "Secrets", "TagKey", "TagValue", "EncryptionContextSubset", "SourceArn"),
    ]
)
WORDS = st.sampled_from(
    ["", "a", "YQ==", "YQ", "Y===", "_w==", "alias/x", "alias/x\n", "Decrypt", "SIGN_VERIFY", "SYMMETRIC_DEFAULT", "😀"]
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 1026)
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | WORDS
    | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES | WORDS, inner, max_size=4),
    max_leaves=12,
)
# Members that are mostly right, so that the walk gets beyond the first type.
LIKELY = st.fixed_dictionaries(
    {},
    optional={
        "KeyId": WORDS,
        "Plaintext": WORDS,
        "EncryptionContext": st.dictionaries(WORDS, WORDS | st.none(), max_size=3),
        "GrantTokens": st.lists(WORDS | st.none(), max_size=4),
        "EncryptionAlgorithm": WORDS,
        "DryRun": st.booleans() | st.none(),
        "KeyUsage": WORDS,
        "AliasName": WORDS,
        "NumberOfBytes": st.integers(-1, 1026) | st.just(1.0),
        "Tags": st.lists(
            st.none() | st.fixed_dictionaries({}, optional={"TagKey": WORDS, "TagValue": WORDS}), max_size=3
        ),
        "Operations": st.lists(WORDS, max_size=2),
        "Constraints": st.fixed_dictionaries(
            {}, optional={"EncryptionContextSubset": st.dictionaries(WORDS, WORDS, max_size=3)}
        ),
        "ValidTo": st.integers(-1, 2**40) | st.floats(-1, 1e12),
        "AWSAccountId": WORDS,
        "KeyStorePassword": WORDS,
        "Passwords": st.lists(WORDS, max_size=2),
        "Secrets": st.dictionaries(WORDS, WORDS, max_size=2),
    },
)
STRUCTURES = st.sampled_from([EncryptRequest, CreateKeyRequest, EverythingRequired, Tag])


def refusal(structure: type[AwsStruct], body: bytes) -> ServiceError | None:
    """Decode; every exception but a ServiceError fails the test."""
    try:
        json_rpc.decode(json_rpc.decoder_for(structure), body)
    except ServiceError as error:
        return error
    return None


@given(STRUCTURES, st.binary())
def test_any_bytes_are_read_or_refused_cleanly(structure: type[AwsStruct], body: bytes) -> None:
    error = refusal(structure, body)
    assert error is None or isinstance(error, SerializationError | ValidationError)


@settings(max_examples=300)
@given(STRUCTURES, LIKELY | JSON | st.dictionaries(NAMES, JSON))
def test_both_readings_agree(structure: type[AwsStruct], value: Json) -> None:
    body = json.dumps(value).encode()
    error = refusal(structure, body)
    explained = explain(structure, body)
    found_fault = not isinstance(value, dict) or explained.message is not None
    assert (error is not None) == found_fault


@given(STRUCTURES, LIKELY, st.data())
def test_a_damaged_body_is_refused_cleanly(structure: type[AwsStruct], value: Json, data: st.DataObject) -> None:
    body = bytearray(json.dumps(value).encode())
    position = data.draw(st.integers(0, len(body) - 1))
    body[position : position + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    refusal(structure, bytes(body))


@pytest.mark.parametrize(("value", "shown"), [(5, "'5'"), (None, "null")])
def test_a_constraint_beyond_the_model_reads_like_the_others(value: int | None, shown: str) -> None:
    assert str(broken_constraint(value, "limit", "Member must be even")) == (
        f"1 validation error detected: Value {shown} at 'limit' failed to satisfy constraint: Member must be even"
    )
