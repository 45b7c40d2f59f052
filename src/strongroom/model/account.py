"""The installation, its accounts, services and access keys as they are kept. Times are epoch seconds."""

from typing import ClassVar, Literal, NamedTuple

import msgspec

from strongroom.model.arn import ALIAS_PREFIX
from strongroom.model.identity import Entity, LoginProfile

Mode = Literal["production", "dev"]
AccessKeyStatus = Literal["Active", "Inactive"]


class Installation(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for all accounts.

    Attributes:
        id: UUID that wrapped store keys are bound to.
        mode: only in `dev` can the clock be moved.
        default_region: the Region that `init` prints.
        clock_offset: seconds that service time runs ahead; 0 outside dev mode.
    """

    id: str
    mode: Mode
    default_region: str
    creation_date: float
    clock_offset: float = 0.0


class AccessKey(msgspec.Struct, frozen=True, kw_only=True):
    """A long-term access key; its secret is wrapped.

    Attributes:
        owner_id: unique id of the user (`AIDA…`), the account id for a root user, the name of a service.
        account_id: of the owner; None for a service, which belongs to no account.
        last_used_date: when a request last was signed with it, in `last_used_region` and to `last_used_service`.
    """

    access_key_id: str
    owner_id: str
    account_id: str | None
    status: AccessKeyStatus
    store_key: int
    wrapped_secret: bytes
    creation_date: float
    last_used_date: float | None = None
    last_used_region: str | None = None
    last_used_service: str | None = None


class AccessKeyUse(NamedTuple):
    """That a request was signed with an access key."""

    access_key_id: str
    date: float
    region: str
    service: str


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """An AWS service that may call with access keys of its own; it belongs to no account.

    Attributes:
        service: its service principal, such as `ec2.amazonaws.com`.
        managed_alias: what the AWS managed keys that it uses are called, such as `aws/ebs`; None where it uses none.
    """

    service: str
    managed_alias: str | None = None

    @property
    def alias_name(self) -> str | None:
        """The full name of that alias, such as `alias/aws/ebs`; None where it uses none."""
        return None if self.managed_alias is None else f"{ALIAS_PREFIX}{self.managed_alias}"


class PasswordPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """What an account asks of its users' passwords; the defaults are those of UpdateAccountPasswordPolicy.

    Attributes:
        max_password_age: days; None where passwords do not expire.
        password_reuse_prevention: how many passwords back none may come again; None where any may.
        hard_expiry: a user whose password expired cannot set a new one.
    """

    minimum_password_length: int = 6
    require_symbols: bool = False
    require_numbers: bool = False
    require_uppercase_characters: bool = False
    require_lowercase_characters: bool = False
    allow_users_to_change_password: bool = False
    max_password_age: int | None = None
    password_reuse_prevention: int | None = None
    hard_expiry: bool = False


class AccountSettings(Entity, frozen=True, kw_only=True):
    """What holds for a whole account; an account has at most one of them, of an empty name.

    Attributes:
        alias: a name for the account, unique in the installation.
        password_policy: None where the account has none of its own.
        service_control_policies: texts by name; where there are none, none limits the account.
        root_login: the root user's password for the console, or None.
        root_password_last_used: when the root user last signed in with it.
    """

    kind: ClassVar[str] = "settings"
    name_member: ClassVar[str] = "settings_name"

    settings_name: ClassVar[str] = ""
    alias: str | None = None
    password_policy: PasswordPolicy | None = None
    service_control_policies: dict[str, str] = msgspec.field(default_factory=dict)
    root_login: LoginProfile | None = None
    root_password_last_used: float | None = None
