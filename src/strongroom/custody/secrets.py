"""What is kept wrapped in the database, each bound to what it belongs to."""

import msgspec

from strongroom.custody.store_keys import Purpose, StoreKeys, Wrapped
from strongroom.model.account import AccessKey
from strongroom.model.identity import VirtualMfaDevice
from strongroom.model.key import Key, KeyMaterial
from strongroom.model.key_store import CustomKeyStore, KeyStorePlace

# Access keys of services belong to none.
_NO_ACCOUNT = ""


def material_identity(key: Key, material_id: str) -> tuple[str, ...]:
    """Name what wrapped key material is bound to; spec and usage keep the bytes from other algorithms."""
    return (*key.place, material_id, key.key_spec, key.key_usage)


def access_key_identity(account_id: str | None, owner_id: str, access_key_id: str) -> tuple[str, ...]:
    """Name what the wrapped secret of an access key is bound to; the owner keeps it from other users of the account."""
    return (account_id or _NO_ACCOUNT, owner_id, access_key_id)


def wrap_material(store_keys: StoreKeys, key: Key, material_id: str, secret: bytes, now: float) -> KeyMaterial:
    """Wrap material of a key, to be its current one."""
    identity = material_identity(key, material_id)
    wrapped = store_keys.wrap(Purpose.KEY_MATERIAL, identity, secret)
    return KeyMaterial(
        place=key.place,
        material_id=material_id,
        store_key=wrapped.store_key,
        wrapped=wrapped.sealed,
        creation_date=now,
    )


def rewrap_material(store_keys: StoreKeys, key: Key, material: KeyMaterial, related: Key, now: float) -> KeyMaterial:
    """Wrap a material of a multi-Region key for a related key; imported bytes are not passed on, only their names.

    Raises ValueError when the material is not the key's.
    """
    if key.origin == "EXTERNAL":
        return msgspec.structs.replace(
            material,
            place=related.place,
            store_key=None,
            wrapped=None,
            creation_date=now,
            valid_to=None,
            expiration_model=None,
        )
    secret = unwrap_material(store_keys, key, material)
    wrapped = store_keys.wrap(Purpose.KEY_MATERIAL, material_identity(related, material.material_id), secret)
    return msgspec.structs.replace(
        material, place=related.place, store_key=wrapped.store_key, wrapped=wrapped.sealed, creation_date=now
    )


def unwrap_material(store_keys: StoreKeys, key: Key, material: KeyMaterial) -> bytes:
    """Unwrap a material of a key. Raises ValueError when it is not this key's."""
    if material.wrapped is None or material.store_key is None:
        raise ValueError("the material is not here")
    wrapped = Wrapped(material.store_key, material.wrapped)
    return store_keys.unwrap(Purpose.KEY_MATERIAL, material_identity(key, material.material_id), wrapped)


def wrap_secret_access_key(
    store_keys: StoreKeys, account_id: str | None, owner_id: str, access_key_id: str, secret: str
) -> Wrapped:
    """Wrap the secret of an access key; the account is None for a service's."""
    identity = access_key_identity(account_id, owner_id, access_key_id)
    return store_keys.wrap(Purpose.ACCESS_KEY, identity, secret.encode())


def unwrap_secret_access_key(store_keys: StoreKeys, access_key: AccessKey) -> str:
    """Unwrap the secret of an access key. Raises ValueError when it is not this access key's."""
    wrapped = Wrapped(access_key.store_key, access_key.wrapped_secret)
    identity = access_key_identity(access_key.account_id, access_key.owner_id, access_key.access_key_id)
    return store_keys.unwrap(Purpose.ACCESS_KEY, identity, wrapped).decode()


def wrap_mfa_seed(store_keys: StoreKeys, serial_number: str, seed: bytes) -> Wrapped:
    """Wrap the seed of a virtual MFA device, bound to its serial number (its ARN)."""
    return store_keys.wrap(Purpose.MFA_SEED, (serial_number,), seed)


def unwrap_mfa_seed(store_keys: StoreKeys, device: VirtualMfaDevice) -> bytes:
    """Unwrap the seed of a virtual MFA device. Raises ValueError when it is not this device's."""
    wrapped = Wrapped(device.store_key, device.wrapped_seed)
    return store_keys.unwrap(Purpose.MFA_SEED, (device.arn,), wrapped)


def wrap_key_store_secret(store_keys: StoreKeys, place: KeyStorePlace, secret: str) -> Wrapped:
    """Wrap the password or secret access key of a custom key store."""
    return store_keys.wrap(Purpose.KEY_STORE_SECRET, place, secret.encode())


def unwrap_key_store_secret(store_keys: StoreKeys, store: CustomKeyStore) -> str:
    """Unwrap the secret of a custom key store. Raises ValueError when it is not this store's."""
    wrapped = Wrapped(store.store_key, store.wrapped_secret)
    return store_keys.unwrap(Purpose.KEY_STORE_SECRET, store.place, wrapped).decode()
