"""AWS services, which an operator registers so that they may act for the users of all accounts."""

from strongroom.app.installation import Credentials, new_access_key
from strongroom.app.operator_records import record_operator
from strongroom.custody.store_keys import StoreKeys
from strongroom.model.account import Service
from strongroom.model.arn import ALIAS_PREFIX
from strongroom.policy.managed_key_policies import default_alias
from strongroom.storage.store import Change


class RegistrationError(Exception):
    """A service cannot be registered, or is not registered."""


def register_service(change: Change, store_keys: StoreKeys, name: str, managed_alias: str | None = None) -> Credentials:
    """Register a service; gives its access key.

    Args:
        change: the transaction.
        store_keys: wraps the secret.
        name: the service principal, such as `ec2.amazonaws.com`.
        managed_alias: what the AWS managed keys that it uses are called, such as `aws/ebs` or `alias/aws/ebs`; None for
            what AWS calls them, if AWS has any for it.

    Raises:
        RegistrationError: it is registered already, or another service uses keys of that alias.
    """
    alias = default_alias(name) if managed_alias is None else managed_alias.removeprefix(ALIAS_PREFIX)
    for each in change.identities.services():
        if each.service == name:
            raise RegistrationError(f"{name} is registered already; for another access key: service rotate-credentials")
        if alias is not None and each.managed_alias == alias:
            raise RegistrationError(f"{alias} is what the AWS managed keys of {each.service} are called")
    change.identities.put_service(Service(service=name, managed_alias=alias))
    record_operator(change, "RegisterService", "", {"service": name, "managedAlias": alias}, source="sts")
    return new_access_key(change, store_keys, None, name)


def rotate_service_credentials(change: Change, store_keys: StoreKeys, name: str, *, keep_old: bool) -> Credentials:
    """Give a service another access key; those that it had, and all its sessions, end unless they are kept.

    Raises:
        RegistrationError: it is not registered.
    """
    _require(change, name)
    if not keep_old:
        _delete_access_keys(change, name)
    return new_access_key(change, store_keys, None, name)


def remove_service(change: Change, name: str) -> None:
    """Remove a service with its access keys, which ends its sessions. AWS managed keys stay, unused.

    Raises:
        RegistrationError: it is not registered.
    """
    _require(change, name)
    _delete_access_keys(change, name)
    change.identities.delete_service(name)
    record_operator(change, "RemoveService", "", {"service": name}, source="sts")


def _require(change: Change, name: str) -> None:
    registered = [each.service for each in change.identities.services()]
    if name not in registered:
        raise RegistrationError(f"{name} is not registered; there are: {', '.join(registered) or 'none'}")


def _delete_access_keys(change: Change, name: str) -> None:
    for key in change.accounts.access_keys_of(name):
        change.accounts.delete_access_key(key.access_key_id)
        record_operator(change, "DeleteAccessKey", "", {"accessKeyId": key.access_key_id, "owner": name})
