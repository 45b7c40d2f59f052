"""What waiters wait for: that something can be found, or that its error says it is not there yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
from botocore.exceptions import WaiterError

from tests.support.in_process import ACCOUNT
from tests.unit.api.iam.makers import make_policy, make_role

if TYPE_CHECKING:
    from tests.support.in_process import Caller

ONCE: Final = {"Delay": 0, "MaxAttempts": 1}


def wait(iam: Caller, waiter: str, members: dict[str, str]) -> None:
    client: Any = iam.client
    client.get_waiter(waiter).wait(**members, WaiterConfig=ONCE)


@pytest.mark.parametrize(
    ("waiter", "members"),
    [
        ("user_exists", {"UserName": "Clerk"}),
        ("role_exists", {"RoleName": "Clerk"}),
        ("policy_exists", {"PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/Clerk"}),
    ],
)
def test_they_see_what_is_there_and_what_is_not(iam: Caller, waiter: str, members: dict[str, str]) -> None:
    with pytest.raises(WaiterError, match="Max attempts exceeded"):
        wait(iam, waiter, members)
    iam("CreateUser", UserName="Clerk")
    make_role(iam)
    make_policy(iam, "Clerk")
    wait(iam, waiter, members)


def test_an_instance_profile_never_comes(iam: Caller) -> None:
    make_role(iam)
    with pytest.raises(WaiterError, match="Max attempts exceeded"):
        wait(iam, "instance_profile_exists", {"InstanceProfileName": "Clerk"})
