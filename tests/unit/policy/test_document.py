import contextlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.policy.document import (
    Document,
    parse_identity_policy,
    parse_key_policy,
    parse_stored_key_policy,
    parse_stored_trust_policy,
    parse_trust_policy,
)
from strongroom.policy.statements import Effect
from strongroom.policy.syntax import PolicySyntaxError

ROOT = "arn:aws:iam::111122223333:root"
STATEMENT = {"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "kms:*", "Resource": "*"}
INVALID_JSON = "This policy contains invalid Json"
SYNTAX = "Syntax errors in policy."
NO_PRINCIPAL = "Policy contains a statement with no principal."
INVALID_PRINCIPALS = "Policy contains a statement with one or more invalid principals."
NO_SID_TWICE = "Statement IDs (SID) in a single policy must be unique."


def policy(*statements: object, **members: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements), **members})


def statement(**members: object) -> dict[str, object]:
    return {name: value for name, value in {**STATEMENT, **members}.items() if value is not None}


def reason(text: str, parse: Callable[[str], Document] = parse_key_policy) -> str:
    with pytest.raises(PolicySyntaxError) as caught:
        parse(text)
    assert str(caught.value) == caught.value.reason
    return caught.value.reason


def test_a_document() -> None:
    document = parse_key_policy(
        policy(statement(Sid="Enable IAM User Permissions"), statement(Effect="Deny"), Id="key-default-1")
    )

    assert document.id == "key-default-1"
    first, second = document.statements
    assert (first.index, first.sid, first.effect) == (0, "Enable IAM User Permissions", Effect.ALLOW)
    assert (second.index, second.sid, second.effect) == (1, None, Effect.DENY)
    assert first.actions is not None
    assert first.actions.texts == ("kms:*",)
    assert first.conditions == ()


def test_a_statement_may_stand_without_its_list() -> None:
    assert len(parse_key_policy(json.dumps({"Statement": STATEMENT})).statements) == 1


@pytest.mark.parametrize("version", ["2012-10-17", "2008-10-17"])
def test_versions(version: str) -> None:
    assert parse_key_policy(policy(STATEMENT, Version=version)).id is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "\ufeff{}",
        '{"Statement": NaN}',
        '{"Statement": "\\ud800"}',
        '{"Statement": ' + "1" * 5000 + "}",
        "[" * 100_000,
    ],
    ids=["empty", "cut", "byte order mark", "NaN", "surrogate", "huge number", "deep"],
)
def test_what_is_not_json(text: str) -> None:
    assert reason(text) == INVALID_JSON


@pytest.mark.parametrize("text", ["[]", "1", "null", '"*"', '{"Id": "a", "Id": "b"}'])
def test_what_is_not_an_object(text: str) -> None:
    assert reason(text) == SYNTAX


def test_a_member_twice_deep_inside() -> None:
    text = policy(STATEMENT).replace('"Effect": "Allow"', '"Effect": "Deny", "Effect": "Allow"')
    assert reason(text) == SYNTAX


@pytest.mark.parametrize("text", ["{}", '{"Statement": []}', '{"Statement": null}'])
def test_no_statement(text: str) -> None:
    assert reason(text) == "Missing required field Statement"


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"Version": "2012-10-18"}, SYNTAX),
        ({"Version": None}, SYNTAX),
        ({"Version": ["2012-10-17"]}, SYNTAX),
        ({"Id": 7}, SYNTAX),
        ({"Extra": 1}, "Unknown field Extra"),
        ({"statement": []}, "Unknown field statement"),
        ({"Statement": ["Allow"]}, SYNTAX),
        ({"Statement": "Allow"}, SYNTAX),
    ],
)
def test_bad_documents(members: dict[str, Any], expected: str) -> None:
    assert reason(policy(STATEMENT, **members)) == expected


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"Extra": 1}, "Unknown field Extra"),
        ({"Sid": 1}, SYNTAX),
        ({"Effect": None}, "Missing required field Effect"),
        ({"Effect": "allow"}, "Invalid effect: allow"),
        ({"Effect": ["Allow"]}, SYNTAX),
        ({"Principal": None}, NO_PRINCIPAL),
        ({"NotPrincipal": {"AWS": ROOT}}, SYNTAX),
        ({"NotAction": "kms:Encrypt"}, SYNTAX),
        ({"NotResource": "*"}, SYNTAX),
        ({"Action": 1}, SYNTAX),
        ({"Action": ["kms:Encrypt", 1]}, SYNTAX),
        ({"Action": {"kms": "Encrypt"}}, SYNTAX),
        ({"Resource": [["*"]]}, SYNTAX),
        ({"Action": None, "NotAction": []}, SYNTAX),
        ({"Resource": None, "NotResource": []}, SYNTAX),
        ({"Action": "Encrypt"}, "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."),
        ({"Action": ""}, "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."),
        ({"Action": "kms:a:b"}, "Actions/Condition can contain only one colon."),
        ({"Action": ":Encrypt"}, "Vendor  is not valid"),
        ({"Action": "k*:Encrypt"}, "Vendor k* is not valid"),
        ({"Action": "kms:"}, "Action kms: is not valid"),
        ({"Action": "kms:En crypt"}, "Action kms:En crypt is not valid"),
        (
            {"Action": None, "NotAction": "Encrypt"},
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        ),
    ],
)
def test_bad_statements(members: dict[str, Any], expected: str) -> None:
    assert reason(policy(statement(**members))) == expected


def test_sids_are_unique() -> None:
    assert reason(policy(statement(Sid="a"), statement(Sid="b"), statement(Sid="a"))) == NO_SID_TWICE


def test_empty_and_missing_sids_may_repeat() -> None:
    document = parse_key_policy(policy(statement(Sid=""), statement(Sid=""), STATEMENT, STATEMENT))
    assert [entry.sid for entry in document.statements] == ["", "", None, None]


@pytest.mark.parametrize(
    "principal",
    [
        "*",
        {"AWS": "*"},
        {"AWS": "111122223333"},
        {"AWS": ["111122223333", ROOT]},
        {"AWS": "arn:aws-cn:iam::111122223333:root"},
        {"AWS": "arn:aws-us-gov:iam::111122223333:user/Alice"},
        {"AWS": "arn:aws:iam::111122223333:user/team/blue/alice+x=,.@_-"},
        {"AWS": "arn:aws:iam::111122223333:role/aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS"},
        {"AWS": "arn:aws:sts::111122223333:assumed-role/App/session"},
        {"AWS": "arn:aws:sts::111122223333:federated-user/Frank"},
        {"Service": "sns.amazonaws.com"},
        {"Service": ["delivery.logs.amazonaws.com", "ec2.cn-north-1.amazonaws.com.cn"]},
        {"AWS": ROOT, "Service": "sns.amazonaws.com"},
        {"AWS": [], "Service": "sns.amazonaws.com"},
    ],
)
@pytest.mark.parametrize("element", ["Principal", "NotPrincipal"])
def test_principals(element: str, principal: object) -> None:
    members = {"Principal": None, element: principal}
    assert parse_key_policy(policy(statement(**members))).statements


@pytest.mark.parametrize("principal", [{}, {"AWS": []}, {"Service": []}, {"AWS": [], "Service": []}])
def test_nobody(principal: object) -> None:
    assert reason(policy(statement(Principal=principal))) == NO_PRINCIPAL


@pytest.mark.parametrize(
    "principal",
    [
        ROOT,
        "",
        7,
        ["*"],
        {"AWS": ""},
        {"AWS": "Alice"},
        {"AWS": "11112222333"},
        {"AWS": "1111222233334"},
        {"AWS": "١١١١٢٢٢٢٣٣٣٣"},
        {"AWS": "111122223333:root"},
        {"AWS": "arn:aws:iam::111122223333"},
        {"AWS": "arn:aws:iam::*:root"},
        {"AWS": "arn:aws:iam::111122223333:*"},
        {"AWS": "arn:aws:iam::111122223333:user/*"},
        {"AWS": "arn:aws:iam::111122223333:user/team/*/Alice"},
        {"AWS": "arn:aws:iam::111122223333:role/Ap?"},
        {"AWS": "arn:aws:iam::111122223333:user/"},
        {"AWS": "arn:aws:iam::111122223333:user/Alice\n"},
        {"AWS": "arn:aws:iam::111122223333:group/Developers"},
        {"AWS": "arn:aws:iam::111122223333:saml-provider/Corp"},
        {"AWS": "arn:aws:sts::111122223333:assumed-role/App"},
        {"AWS": "arn:aws:sts::111122223333:assumed-role/App/*"},
        {"AWS": "arn:aws:s3:::bucket"},
        {"AWS": "AIDAEXAMPLEEXAMPLE123"},
        {"AWS": "AROAEXAMPLEEXAMPLE123"},
        {"AWS": [ROOT, "arn:aws:iam::111122223333:group/Developers"]},
        {"Service": "*"},
        {"Service": "sns"},
        {"Service": "*.amazonaws.com"},
        {"Service": "sns.example.com"},
        {"Federated": "cognito-identity.amazonaws.com"},
        {"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"},
        {"AWS": ROOT, "Federated": "cognito-identity.amazonaws.com"},
        {"aws": ROOT},
    ],
)
@pytest.mark.parametrize("element", ["Principal", "NotPrincipal"])
def test_invalid_principals(element: str, principal: object) -> None:
    members = {"Principal": None, element: principal}
    assert reason(policy(statement(**members))) == INVALID_PRINCIPALS


@pytest.mark.parametrize("principal", [{"AWS": 1}, {"AWS": None}, {"AWS": [ROOT, 1]}, {"Service": {"a": "b"}}])
def test_principals_that_are_no_strings(principal: object) -> None:
    assert reason(policy(statement(Principal=principal))) == SYNTAX


def test_principal_arns_are_all_that_are_named() -> None:
    user, role = "arn:aws:iam::111122223333:user/Alice", "arn:aws:iam::111122223333:role/App"
    document = parse_key_policy(
        policy(
            statement(Principal={"AWS": [user, "444455556666", "*"], "Service": "sns.amazonaws.com"}),
            statement(Principal=None, NotPrincipal={"AWS": [role, user, ROOT]}),
            statement(Principal="*"),
        )
    )
    assert document.principal_arns() == (role, ROOT, user, "arn:aws:iam::444455556666:root")


@pytest.mark.parametrize(
    "condition",
    [
        {"Bool": {"kms:GrantIsForAWSResource": True}},
        {"StringEquals": {"kms:ViaService": ["a", "b"], "kms:CallerAccount": "111122223333"}},
        {"NumericLessThan": {"kms:RotationPeriodInDays": 90.5}},
        {"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["a"]}},
        {"ForAnyValue:StringEquals": {"kms:EncryptionContext:a": "b"}},
    ],
)
def test_conditions(condition: object) -> None:
    assert parse_key_policy(policy(statement(Condition=condition))).statements[0].conditions


@pytest.mark.parametrize(
    "condition",
    [
        None,
        [],
        "a",
        {"Bool": "a"},
        {"Bool": {"a": None}},
        {"Bool": {"a": {"b": "c"}}},
        {"Bool": {"a": ["b", None]}},
    ],
)
def test_bad_conditions(condition: object) -> None:
    assert reason(policy({**STATEMENT, "Condition": condition})) == SYNTAX


@pytest.mark.parametrize(
    ("key", "what"),
    [
        ("kms:EncryptionContext:Purpose", "encryption context"),
        ("KMS:encryptioncontext:Purpose", "encryption context"),
        ("aws:RequestTag/Project", "tag"),
    ],
)
def test_for_all_values_with_a_single_valued_key(key: str, what: str) -> None:
    assert reason(policy(statement(Condition={"ForAllValues:StringEquals": {key: "a"}}))) == (
        "OverlyPermissiveCondition: Using the ForAllValues set operator with a single-valued condition key matches "
        f"requests without the specified {what} or with an unspecified {what}. To fix, remove ForAllValues."
    )


UNIQUE_IDS = ["AIDAEXAMPLEEXAMPLE123", "AROAEXAMPLEEXAMPLE123", "AROAEXAMPLEEXAMPLE123:session"]
IDENTITY_STATEMENT = {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}
TRUST_STATEMENT = {"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "sts:AssumeRole"}
PROVIDER = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"


@pytest.mark.parametrize("name", UNIQUE_IDS)
def test_unique_ids_in_stored_policies_alone(name: str) -> None:
    key = policy(statement(Principal={"AWS": [name, ROOT]}))
    trust = policy({**TRUST_STATEMENT, "Principal": {"AWS": name}})
    assert parse_stored_key_policy(key).principal_arns() == (ROOT,)
    assert parse_stored_trust_policy(trust).statements
    assert reason(key) == INVALID_PRINCIPALS
    assert reason(trust, parse_trust_policy) == f'Invalid principal in policy: "AWS":"{name}"'


@pytest.mark.parametrize(
    "name", ["AGPAEXAMPLEEXAMPLE123", "AIDAexample", "AIDAEXAMPLE:session", "AROAEXAMPLE:", "AIDA"]
)
def test_other_ids_in_no_policy(name: str) -> None:
    assert reason(policy(statement(Principal={"AWS": name})), parse_stored_key_policy) == INVALID_PRINCIPALS


def test_an_identity_policy() -> None:
    document = parse_identity_policy(policy({**IDENTITY_STATEMENT, "Sid": "One"}))
    [parsed] = document.statements
    assert (parsed.principals, parsed.not_principals, parsed.sid) == (None, None, "One")
    assert document.principal_arns() == ()


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"Principal": "*"}, "Policy document should not specify a principal."),
        ({"NotPrincipal": {"AWS": ROOT}}, "Policy document should not specify a principal."),
        ({"Action": None}, "Policy statement must contain actions."),
        ({"Action": []}, "Policy statement must contain actions."),
        ({"Resource": None}, "Policy statement must contain resources."),
        ({"Resource": []}, "Policy statement must contain resources."),
        ({"Resource": "key/1"}, 'Resource key/1 must be in ARN format or "*".'),
        ({"Effect": None}, SYNTAX),
        ({"Effect": "Permit"}, SYNTAX),
        ({"Effect": "allow"}, "The policy failed legacy parsing"),
        ({"Extra": 1}, SYNTAX),
        ({"Sid": 1}, SYNTAX),
        (
            {"Sid": "With blanks"},
            (
                "Statement IDs (SID) must be alpha-numeric. "
                "Check that your input satisfies the regular expression [0-9A-Za-z]*"
            ),
        ),
        ({"Condition": {"StringEqual": {"aws:x": "y"}}}, SYNTAX),
    ],
)
def test_what_iam_refuses(members: dict[str, Any], expected: str) -> None:
    given_members = {**IDENTITY_STATEMENT, **members}
    text = policy({name: value for name, value in given_members.items() if value is not None})
    assert reason(text, parse_identity_policy) == expected


def test_iam_does_not_tell_what_is_wrong_with_a_document() -> None:
    assert reason("{}", parse_identity_policy) == SYNTAX
    assert reason(policy(IDENTITY_STATEMENT, Extra=1), parse_identity_policy) == SYNTAX


def test_variables_want_the_new_version() -> None:
    variable = {**IDENTITY_STATEMENT, "Resource": "arn:aws:iam::111122223333:user/${aws:username}"}
    old = policy(variable, Version="2008-10-17")
    assert reason(old, parse_identity_policy) == "Policy document must be version 2012-10-17 or greater."
    assert templates(parse_identity_policy(policy(variable))) == 1
    assert templates(parse_identity_policy(json.dumps({"Statement": [variable]}))) == 0
    assert templates(parse_key_policy(policy({**STATEMENT, **variable}, Version="2008-10-17"))) == 0
    assert parse_identity_policy(policy(IDENTITY_STATEMENT, Version="2008-10-17")).statements


def templates(document: Document) -> int:
    resources = document.statements[0].resources
    assert resources is not None
    return len(resources.templates)


@pytest.mark.parametrize(
    "principal",
    [
        {"Federated": PROVIDER},
        {"Federated": "arn:aws:iam::111122223333:saml-provider/Corp"},
        {"Federated": ["accounts.google.com", "cognito-identity.amazonaws.com"]},
        {"Service": "ec2.amazonaws.com", "AWS": ROOT},
        "*",
    ],
)
def test_principals_of_trust_policies(principal: object) -> None:
    document = parse_trust_policy(policy({**TRUST_STATEMENT, "Principal": principal}))
    assert document.statements[0].resources is not None


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"Resource": "*"}, "Has prohibited field Resource"),
        ({"NotResource": "*"}, "Has prohibited field NotResource"),
        ({"Principal": None}, "Missing required field Principal"),
        ({"Principal": {"AWS": []}}, "Missing required field Principal cannot be empty!"),
        (
            {"Principal": {"Federated": "arn:aws:iam::1:x"}},
            'Invalid principal in policy: "FEDERATED":"arn:aws:iam::1:x"',
        ),
        ({"Principal": {"Service": "ec2"}}, 'Invalid principal in policy: "SERVICE":"ec2"'),
        ({"Principal": {"CanonicalUser": "a"}}, INVALID_PRINCIPALS),
        ({"Action": None}, "Missing required field Action"),
        ({"Action": ["sts:AssumeRole", "kms:Encrypt"]}, "AssumeRole policy may only specify STS AssumeRole actions."),
        ({"Effect": "Permit"}, "Invalid effect: Permit"),
    ],
)
def test_what_a_trust_policy_may_not_hold(members: dict[str, Any], expected: str) -> None:
    given_members = {**TRUST_STATEMENT, **members}
    text = policy({name: value for name, value in given_members.items() if value is not None})
    assert reason(text, parse_trust_policy) == expected


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["Allow", "*", ROOT]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["Version", "Id", "Statement", "Sid", "Effect", "Principal", "AWS", "Action", "Resource", "Condition"]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=20,
)


@given(st.text() | JSON.map(json.dumps) | st.dictionaries(st.sampled_from(sorted(STATEMENT)), JSON).map(policy))
def test_any_text_is_a_policy_or_a_syntax_error(text: str) -> None:
    for parse in (parse_stored_key_policy, parse_identity_policy, parse_stored_trust_policy):
        with contextlib.suppress(PolicySyntaxError):
            assert parse(text).statements
