"""The installation, its accounts and their access keys as they are kept. Times are epoch seconds."""

from typing import Literal

import msgspec

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
    """A long-term access key of an account's root user; its secret is wrapped."""

    access_key_id: str
    account_id: str
    status: AccessKeyStatus
    store_key: int
    wrapped_secret: bytes
    creation_date: float
