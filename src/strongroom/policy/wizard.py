"""The key policy that the console's create-key wizard writes from its choices, and the choices read back from it.

Source: AWS KMS Developer Guide, "Default key policy" and "Create a symmetric encryption KMS key".
"""

import json
import re
from collections.abc import Collection, Iterable
from typing import Literal

import msgspec

from strongroom.model.arn import PARTITION
from strongroom.policy.defaults import render
from strongroom.policy.syntax import PolicySyntaxError, read_object

_VERSION = "2012-10-17"
_ID = "key-consolepolicy-3"
# The policy of a key made through the API without one is what the wizard writes when nobody is chosen, but for its Id.
_IDS = (_ID, "key-default-1")
_ACCOUNT_SID = "Enable IAM User Permissions"
_ADMINISTRATORS_SID = "Allow access for Key Administrators"
_USERS_SID = "Allow use of the key"
_ATTACHMENT_SID = "Allow attachment of persistent resources"

_ADMINISTRATION = tuple(
    f"kms:{verb}*"
    for verb in ("Create", "Describe", "Enable", "List", "Put", "Update", "Revoke", "Disable", "Get", "Delete")
)
_IMPORT = ("kms:ImportKeyMaterial",)
_TAGGING = ("kms:TagResource", "kms:UntagResource")
_DELETION = ("kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion")
_REPLICATION = ("kms:ReplicateKey", "kms:UpdatePrimaryRegion")
_ROTATION = ("kms:RotateKeyOnDemand",)
_ATTACHMENT = ("kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant")
_FOR_SERVICES = {"Bool": {"kms:GrantIsForAWSResource": "true"}}

_SYMMETRIC_USE = ("kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey")
_USE = {
    "ENCRYPT_DECRYPT": ("kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:DescribeKey", "kms:GetPublicKey"),
    "SIGN_VERIFY": ("kms:DescribeKey", "kms:GetPublicKey", "kms:Sign", "kms:Verify"),
    "GENERATE_VERIFY_MAC": ("kms:DescribeKey", "kms:GenerateMac", "kms:VerifyMac"),
    "KEY_AGREEMENT": ("kms:DescribeKey", "kms:GetPublicKey", "kms:DeriveSharedSecret"),
    "ENCAPSULATE_DECAPSULATE": ("kms:DescribeKey", "kms:GetPublicKey", "kms:Encapsulate", "kms:Decapsulate"),
}

_ACCOUNT_ID = re.compile(r"[0-9]{12}", re.ASCII)
_ACCOUNT_ARN = re.compile(rf"arn:{PARTITION}:iam::([0-9]{{12}}):root", re.ASCII)
_IDENTITY = re.compile(
    rf"arn:{PARTITION}:iam::(?P<account>[0-9]{{12}}):(?:user|role)/(?:[!-.0-~]+/)*[\w+=,.@-]{{1,64}}"
    r"|(?:AIDA|AROA)[A-Z0-9]+",
    re.ASCII,
)

Usage = Literal["ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT", "ENCAPSULATE_DECAPSULATE"]


class WizardKey(msgspec.Struct, frozen=True, kw_only=True):
    """What the wizard's policy depends on of a key; the members are KeyMetadata's."""

    key_spec: str = "SYMMETRIC_DEFAULT"
    key_usage: Usage = "ENCRYPT_DECRYPT"
    origin: str = "AWS_KMS"
    multi_region: bool = False

    @property
    def symmetric_encryption(self) -> bool:
        """Whether it is the kind of key that is made when nothing else is asked for."""
        return self.key_spec == "SYMMETRIC_DEFAULT"


class WizardChoices(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody chose in the wizard.

    Equal choices give equal policies, and the other way round: without administrators the box that lets them delete
    the key says nothing, and is held to be ticked.

    Attributes:
        account_id: 12 digits; owns the key.
        key: the key that is to be made.
        administrators: ARNs of users and roles of the account; of deleted ones, the bare unique ids (`AIDA…`, `AROA…`).
        administrators_may_delete: the box "Allow key administrators to delete this key".
        users: in the same form, who may use the key.
        other_accounts: 12 digits each; whose principals may use the key as far as their own policies let them.

    Raises:
        ValueError: the wizard offers no such choice.
    """

    account_id: str
    key: WizardKey = WizardKey()
    administrators: tuple[str, ...] = ()
    administrators_may_delete: bool = True
    users: tuple[str, ...] = ()
    other_accounts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check the choices."""
        for account_id in (self.account_id, *self.other_accounts):
            _check(_ACCOUNT_ID.fullmatch(account_id) is not None, account_id)
        _check_distinct((self.account_id, *self.other_accounts))
        for identities in (self.administrators, self.users):
            _check_distinct(identities)
            for identity in identities:
                _check(_belongs(identity, self.account_id), identity)
        if not self.administrators:
            msgspec.structs.force_setattr(self, "administrators_may_delete", True)  # noqa: FBT003 - the value that is set


def wizard_policy(choices: WizardChoices) -> str:
    """Give the policy that the wizard writes, printed as GetKeyPolicy prints it."""
    statements = [_statement(_ACCOUNT_SID, [_account_arn(choices.account_id)], "kms:*")]
    if choices.administrators:
        statements.append(
            _statement(_ADMINISTRATORS_SID, choices.administrators, list(_administrator_actions(choices)))
        )
    if users := (*choices.users, *map(_account_arn, choices.other_accounts)):
        statements.append(_statement(_USERS_SID, users, list(_user_actions(choices.key))))
        if choices.key.key_usage != "GENERATE_VERIFY_MAC":
            attachment = _statement(_ATTACHMENT_SID, users, list(_ATTACHMENT))
            statements.append({**attachment, "Condition": _FOR_SERVICES})
    return render(json.dumps({"Version": _VERSION, "Id": _ID, "Statement": statements}))


def read_wizard_policy(text: str, account_id: str, key: WizardKey) -> WizardChoices | None:
    """Find the choices for which the wizard writes a policy.

    The default policy of the API counts as the wizard's for no choices. Principals and actions may stand in any order.

    Returns:
        None when the wizard would never write such a policy for a key of this kind; it can then only be shown as text.
    """
    try:
        found = _read(text)
        choices = WizardChoices(
            account_id=account_id,
            key=key,
            administrators=found.named(_ADMINISTRATORS_SID),
            administrators_may_delete=found.gives(_ADMINISTRATORS_SID, _DELETION),
            users=tuple(text for text in found.named(_USERS_SID) if not _ACCOUNT_ARN.fullmatch(text)),
            other_accounts=tuple(
                match[1] for text in found.named(_USERS_SID) if (match := _ACCOUNT_ARN.fullmatch(text))
            ),
        )
    except (PolicySyntaxError, ValueError):
        return None
    same = found.id in _IDS and found.meaning() == _read(wizard_policy(choices)).meaning()
    return choices if same else None


class _Principal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    aws: str | list[str] = msgspec.field(name="AWS")


class _Statement(msgspec.Struct, frozen=True, rename="pascal", forbid_unknown_fields=True):
    sid: str
    effect: str
    principal: _Principal
    action: str | list[str]
    resource: str
    condition: dict[str, dict[str, str]] | None = None

    def meaning(self) -> tuple[object, ...]:
        principals, actions = set(_listed(self.principal.aws)), set(_listed(self.action))
        return self.sid, self.effect, principals, actions, self.resource, self.condition


class _Policy(msgspec.Struct, frozen=True, rename="pascal", forbid_unknown_fields=True):
    version: str
    id: str
    statement: list[_Statement]

    def meaning(self) -> tuple[object, ...]:
        return self.version, [statement.meaning() for statement in self.statement]

    def named(self, sid: str) -> tuple[str, ...]:
        principals = (name for each in self.statement if each.sid == sid for name in _listed(each.principal.aws))
        return tuple(dict.fromkeys(principals))

    def gives(self, sid: str, actions: Collection[str]) -> bool:
        return any(each.sid == sid and set(actions) <= set(_listed(each.action)) for each in self.statement)


def _read(text: str) -> _Policy:
    # A ValidationError of msgspec is a ValueError.
    return msgspec.convert(read_object(text), _Policy)


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _statement(sid: str, principals: Collection[str], actions: str | list[str]) -> dict[str, object]:
    named = list(principals)
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"AWS": named if len(named) > 1 else named[0]},
        "Action": actions,
        "Resource": "*",
    }


def _administrator_actions(choices: WizardChoices) -> Iterable[str]:
    yield from _ADMINISTRATION
    if choices.key.origin == "EXTERNAL":
        yield from _IMPORT
    yield from _TAGGING
    if choices.administrators_may_delete:
        yield from _DELETION
    if choices.key.multi_region:
        yield from _REPLICATION
    if choices.key.symmetric_encryption:
        yield from _ROTATION


def _user_actions(key: WizardKey) -> tuple[str, ...]:
    return _SYMMETRIC_USE if key.symmetric_encryption else _USE[key.key_usage]


def _account_arn(account_id: str) -> str:
    return f"arn:{PARTITION}:iam::{account_id}:root"


def _belongs(identity: str, account_id: str) -> bool:
    match = _IDENTITY.fullmatch(identity)
    return match is not None and match["account"] in {None, account_id}


def _check_distinct(names: Collection[str]) -> None:
    _check(len(set(names)) == len(names), "the same twice")


def _check(holds: bool, choice: str) -> None:  # noqa: FBT001 - what is checked
    if not holds:
        raise ValueError(f"the wizard offers no such choice: {choice}")
