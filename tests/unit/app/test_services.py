from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from strongroom.app.services import RegistrationError, register_service, remove_service, rotate_service_credentials
from strongroom.model.account import Service

if TYPE_CHECKING:
    from tests.support.in_process import InProcess

EC2 = "ec2.amazonaws.com"


@pytest.mark.parametrize("alias", [None, "aws/ebs", "alias/aws/ebs"])
def test_a_service_is_registered(service: InProcess, alias: str | None) -> None:
    with service.store.change() as change:
        made = register_service(change, service.opened.store_keys, EC2, alias)
        registered = Service(service=EC2, managed_alias="aws/ebs")
        assert change.identities.services() == [registered]
        assert registered.alias_name == "alias/aws/ebs"
        (kept,) = change.accounts.access_keys_of(EC2)
    assert (kept.access_key_id, kept.account_id) == (made.access_key_id, None)
    assert service.opened.secret_of(kept) == made.secret_access_key


def test_services_without_managed_keys_do_not_get_into_each_others_way(service: InProcess) -> None:
    with service.store.change() as change:
        for name in ("a.amazonaws.com", "b.amazonaws.com"):
            register_service(change, service.opened.store_keys, name)
        assert [each.alias_name for each in change.identities.services()] == [None, None]


def test_only_what_is_registered_is_rotated_or_removed(service: InProcess) -> None:
    with service.store.change() as change:
        for attempt in (
            lambda: rotate_service_credentials(change, service.opened.store_keys, EC2, keep_old=False),
            lambda: remove_service(change, EC2),
        ):
            with pytest.raises(RegistrationError, match="not registered"):
                attempt()
