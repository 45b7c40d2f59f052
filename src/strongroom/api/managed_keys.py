"""AWS managed keys, which are made when they are first used.

Source: AWS KMS Developer Guide, "AWS managed keys"; AWS KMS API Reference, DescribeKey: "If you use DescribeKey with a
predefined AWS alias, that is, an AWS alias with no key ID, AWS KMS associates the alias with an AWS managed key".
"""

from typing import Final

from strongroom.api.callers import Caller
from strongroom.api.declare import Operation
from strongroom.api.key_snapshots import TransactionDirectory
from strongroom.api.resolve import ManagedKeyMissingError
from strongroom.audit.record import encode_service_event
from strongroom.crypto.material import generate_material, material_id
from strongroom.crypto.specs import KEY_SPECS
from strongroom.custody.secrets import wrap_material
from strongroom.custody.store_keys import StoreKeys
from strongroom.model.account import Service
from strongroom.model.ids import new_uuid
from strongroom.model.key import Alias, Key, KeyPlace
from strongroom.policy.managed_key_policies import managed_key
from strongroom.storage.store import Change

_MADE_BY_LOOKING: Final = "DescribeKey"
# AWS rotates them each year.
_ROTATION_DAYS: Final = 365
_DAY: Final = 86_400
_SPEC: Final = KEY_SPECS["SYMMETRIC_DEFAULT"]


def makes_managed_keys(operation: Operation, caller: Caller) -> bool:
    """Tell whether a request makes the AWS managed key that it names, if it may use it: of a service, or to look."""
    if caller.principal.type == "AWSService":
        # It has no account in which a key could be.
        return False
    return operation.name == _MADE_BY_LOOKING or caller.service is not None


def with_managed_key(change: Change, store_keys: StoreKeys, missing: ManagedKeyMissingError) -> TransactionDirectory:
    """Make the AWS managed key of an alias, and look up from there; a request that is refused leaves no key behind.

    It is not made when somebody else has made it, or its service is gone, since it was missed.
    """
    service = _service_of(change, missing.alias_name)
    if service is not None and change.aliases.find(missing.account_id, missing.region, missing.alias_name) is None:
        _create(change, store_keys, missing, service)
    return TransactionDirectory(change, store_keys)


def _create(change: Change, store_keys: StoreKeys, missing: ManagedKeyMissingError, service: Service) -> None:
    key, secret = _new_key(service, missing, change.now)
    change.keys.create(key, wrap_material(store_keys, key, key.current_material_id or "", secret, change.now))
    change.aliases.create(
        Alias(
            account_id=missing.account_id,
            region=missing.region,
            name=missing.alias_name,
            target_key_id=key.place.key_id,
            creation_date=change.now,
            last_updated_date=change.now,
        )
    )
    change.outbox.append(
        encode_service_event(
            "CreateKey",
            change.now,
            account_id=missing.account_id,
            region=missing.region,
            key_arn=key.place.arn,
            elements={"keyId": key.place.arn, "aliasName": missing.alias_name},
        )
    )


def _service_of(change: Change, alias_name: str) -> Service | None:
    return next((each for each in change.identities.services() if each.alias_name == alias_name), None)


def _new_key(service: Service, missing: ManagedKeyMissingError, now: float) -> tuple[Key, bytes]:
    place = KeyPlace(missing.account_id, missing.region, new_uuid())
    secret = generate_material(_SPEC)
    about = managed_key(service.managed_alias or "", service.service)
    key = Key(
        place=place,
        description=about.description,
        key_spec=_SPEC.name,
        key_usage=_SPEC.default_usage or "",
        origin="AWS_KMS",
        manager="AWS",
        state="Enabled",
        creation_date=now,
        policy=about.policy(place.account_id, place.region),
        current_material_id=material_id(place.key_id, secret),
        rotation_period_in_days=_ROTATION_DAYS,
        next_rotation_date=now + _ROTATION_DAYS * _DAY,
    )
    return key, secret
