"""Records of sign-ins have CloudTrail's form."""

from __future__ import annotations

import json
from typing import Any, Final

from strongroom.audit.sign_in import SignInEvent, encode_sign_in
from strongroom.model.principal import root_principal, user_principal

ACCOUNT: Final = "111122223333"
STUART: Final = user_principal(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/Stuart", "AIDASTUART", "Stuart")
DEVICE: Final = f"arn:aws:iam::{ACCOUNT}:mfa/phone"


def record(**members: Any) -> dict[str, Any]:  # noqa: ANN401 - of any member's type
    event = SignInEvent(
        time=1_764_000_000.5,
        request_id="11111111-2222-3333-4444-555555555555",
        region="us-east-1",
        source_ip="192.0.2.1",
        user_agent="browser/1" * 1000,
        **members,
    )
    parsed: dict[str, Any] = json.loads(encode_sign_in(event))
    return parsed


def test_a_success() -> None:
    made = record(principal=STUART, account_id=ACCOUNT, mfa_identifier=DEVICE, mfa_used=True)
    assert len(made.pop("eventID")) == 36
    assert len(made.pop("userAgent")) == 1024
    assert made == {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDASTUART",
            "arn": f"arn:aws:iam::{ACCOUNT}:user/Stuart",
            "accountId": ACCOUNT,
            "userName": "Stuart",
        },
        "eventTime": "2025-11-24T16:00:00Z",
        "eventSource": "signin.amazonaws.com",
        "eventName": "ConsoleLogin",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "192.0.2.1",
        "requestParameters": None,
        "responseElements": {"ConsoleLogin": "Success"},
        "additionalEventData": {"MobileVersion": "No", "MFAUsed": "Yes", "MFAIdentifier": DEVICE},
        "requestID": "11111111-2222-3333-4444-555555555555",
        "readOnly": False,
        "resources": [],
        "eventType": "AwsConsoleSignIn",
        "managementEvent": True,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
    }


def test_a_failure() -> None:
    made = record(principal=root_principal(ACCOUNT), account_id=ACCOUNT, error_message="Failed authentication")
    assert made["errorMessage"] == "Failed authentication"
    assert made["responseElements"] == {"ConsoleLogin": "Failure"}
    assert made["additionalEventData"] == {"MobileVersion": "No", "MFAUsed": "No"}
    assert made["userIdentity"]["type"] == "Root"


def test_who_is_not_there_is_not_named() -> None:
    made = record(account_id=ACCOUNT, error_message="Failed authentication")
    hidden = {"type": "IAMUser", "userName": "HIDDEN_DUE_TO_SECURITY_REASONS"}
    assert made["userIdentity"] == {**hidden, "accountId": ACCOUNT}
    assert made["recipientAccountId"] == ACCOUNT
    nowhere = record(error_message="Failed authentication")
    assert nowhere["userIdentity"] == hidden
    assert nowhere["recipientAccountId"] == ""


def test_that_a_code_was_asked_for() -> None:
    assert record(name="CheckMfa", principal=STUART, account_id=ACCOUNT)["responseElements"] == {"CheckMfa": "Success"}
