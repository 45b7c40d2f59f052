"""Policies of the wizard, for those that the console makes in the browser to be held against.

Run `python -m tests.unit.policy.wizard_cases` to write the console's copy anew.
"""

import json
from pathlib import Path

import msgspec

from strongroom.policy.wizard import WizardChoices, WizardKey, wizard_policy

_ACCOUNT = "111122223333"
_KEYS = (
    WizardKey(),
    WizardKey(origin="EXTERNAL"),
    WizardKey(multi_region=True),
    WizardKey(key_spec="RSA_2048", key_usage="ENCRYPT_DECRYPT"),
    WizardKey(key_spec="ECC_NIST_P256", key_usage="SIGN_VERIFY", multi_region=True),
    WizardKey(key_spec="HMAC_256", key_usage="GENERATE_VERIFY_MAC"),
    WizardKey(key_spec="ECC_NIST_P384", key_usage="KEY_AGREEMENT"),
    WizardKey(key_spec="ML_KEM_768", key_usage="ENCAPSULATE_DECAPSULATE"),
)
_USER = f"arn:aws:iam::{_ACCOUNT}:user/CloudAcademy"
_ROLE = f"arn:aws:iam::{_ACCOUNT}:role/service/DemoApplication"
_OTHER = "444455556666"
# Administrators, whether they may delete the key, users, other accounts.
_PERMISSIONS = (
    ((), True, (), ()),
    ((_USER,), True, (_USER,), ()),
    ((_USER, _ROLE), False, (_ROLE, _USER), (_OTHER,)),
    ((_ROLE,), False, (), (_OTHER,)),
)
CONSOLE_COPY = Path(__file__).parents[3] / "console" / "src" / "policy" / "wizard-cases.json"


def console_cases() -> str:
    """Give choices and the policies that they make, as JSON with the console's names of members."""
    cases = [
        WizardChoices(
            account_id=_ACCOUNT,
            key=key,
            administrators=administrators,
            administrators_may_delete=may_delete,
            users=users,
            other_accounts=accounts,
        )
        for key in _KEYS
        for administrators, may_delete, users, accounts in _PERMISSIONS
    ]
    named = [{"choices": _camel(msgspec.to_builtins(each)), "policy": wizard_policy(each)} for each in cases]
    return json.dumps(named, indent=1) + "\n"


def _camel(value: object) -> object:
    """Rename the members as the console names them."""
    if isinstance(value, dict):
        return {_camel_name(name): _camel(member) for name, member in value.items()}
    return [_camel(entry) for entry in value] if isinstance(value, list | tuple) else value


def _camel_name(name: str) -> str:
    first, *more = name.split("_")
    return first + "".join(word.capitalize() for word in more)


if __name__ == "__main__":
    CONSOLE_COPY.write_text(console_cases())
