"""The records of sign-ins to the console.

Source: AWS CloudTrail User Guide, "AWS Management Console sign-in events". What was typed as the name of a user that
is not there is not recorded: people type passwords into the wrong field.
"""

from typing import Final

import msgspec

from strongroom.audit.record import LONGEST_TEXT, Record, UserIdentity, encode_record, time_text
from strongroom.model.ids import new_uuid
from strongroom.model.principal import Principal

HIDDEN: Final = "HIDDEN_DUE_TO_SECURITY_REASONS"

_SOURCE: Final = "signin.amazonaws.com"
_TRUTH: Final = {True: "Yes", False: "No"}


class SignInEvent(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to record of a sign-in.

    Attributes:
        name: `ConsoleLogin`, or `CheckMfa` where a code was asked for.
        time: service time in epoch seconds.
        region: the installation's.
        principal: whose sign-in it was, or None when there is nobody of that name.
        account_id: of the account that was named; None when there is none.
        error_message: None when it succeeded.
        mfa_identifier: ARN of the MFA device whose code was shown, or None.
        mfa_used: whether any code was shown.
    """

    name: str = "ConsoleLogin"
    time: float
    request_id: str
    region: str
    source_ip: str
    user_agent: str
    principal: Principal | None = None
    account_id: str | None = None
    error_message: str | None = None
    mfa_identifier: str | None = None
    mfa_used: bool = False


def encode_sign_in(event: SignInEvent) -> bytes:
    """Write the record of a sign-in as one line of JSON, without its line feed."""
    additional: dict[str, object] = {"MobileVersion": "No", "MFAUsed": _TRUTH[event.mfa_used]}
    if event.mfa_identifier is not None:
        additional["MFAIdentifier"] = event.mfa_identifier
    return encode_record(
        Record(
            event_version="1.11",
            user_identity=_user_identity(event),
            event_time=time_text(int(event.time)),
            event_source=_SOURCE,
            event_name=event.name,
            aws_region=event.region,
            source_ip_address=event.source_ip,
            user_agent=event.user_agent[:LONGEST_TEXT],
            error_message=event.error_message,
            request_parameters=None,
            response_elements={event.name: "Success" if event.error_message is None else "Failure"},
            additional_event_data=additional,
            request_id=event.request_id,
            event_id=new_uuid(),
            read_only=False,
            resources=(),
            event_type="AwsConsoleSignIn",
            management_event=True,
            recipient_account_id=event.account_id or "",
            event_category="Management",
        )
    )


def _user_identity(event: SignInEvent) -> UserIdentity:
    principal = event.principal
    if principal is None:
        return UserIdentity(type="IAMUser", account_id=event.account_id, user_name=HIDDEN)
    return UserIdentity(
        type=principal.type,
        principal_id=principal.principal_id,
        arn=principal.arn,
        account_id=principal.account_id,
        user_name=principal.user_name,
    )
