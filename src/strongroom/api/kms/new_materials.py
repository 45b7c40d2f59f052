"""What a new key encrypts with: material made here, or a key in a custom key store.

Source: AWS KMS Developer Guide, "Creating KMS keys in custom key stores".
"""

import logging

import msgspec

from strongroom.api.kms.new_keys import CreateKeyRequest, spec_name
from strongroom.api.store_requests import StoreRequests
from strongroom.crypto.material import generate_material, material_id
from strongroom.crypto.secret_keys import public_key_of
from strongroom.crypto.specs import KEY_SPECS
from strongroom.custody.hsm_key_store import HsmKeyStore
from strongroom.custody.pkcs11_errors import TokenError
from strongroom.model.errors import CustomKeyStoreInvalidState, ValidationError, XksKeyAlreadyInUse
from strongroom.model.key_store import CustomKeyStore

logger = logging.getLogger(__name__)


class NewMaterial(msgspec.Struct, frozen=True, kw_only=True):
    """What was made for a new key.

    Attributes:
        secret: material that is kept here; None where it will be imported, or is in an HSM.
        public_key: of an asymmetric key, as DER.
        backing_key_id: names the key behind it in a custom key store.
        hsm: where that was just made.
    """

    secret: bytes | None = None
    public_key: bytes | None = None
    store: CustomKeyStore | None = None
    backing_key_id: str | None = None
    hsm: HsmKeyStore | None = None

    def current_material_id(self, key_id: str) -> str | None:
        """Give the id of the material that the key begins with, or None where it has none yet."""
        if self.secret is not None:
            return material_id(key_id, self.secret)
        # The bytes of a key in an HSM are known to nobody, but ciphertexts must name it.
        return None if self.backing_key_id is None else material_id(key_id, self.backing_key_id.encode())

    def abandon(self) -> None:
        """Take from the HSM what was made there for a key that does not come to be."""
        if self.hsm is None or self.store is None or self.backing_key_id is None:
            return
        label = self.store.place.custom_key_store_id
        try:
            self.hsm.destroy_key(label, self.backing_key_id)
        except TokenError as error:
            logger.warning("Key %s %s is left in its HSM, without use: %s", label, self.backing_key_id, error)


def new_material(stores: StoreRequests, request: CreateKeyRequest) -> NewMaterial:
    """Make the key's material, which takes up to seconds for RSA, and as long as a custom key store takes.

    Raises CustomKeyStoreNotFound, CustomKeyStoreInvalidState, and what the store has against it.
    """
    if request.custom_key_store_id is not None:
        store = usable_store(stores.found(request.custom_key_store_id), request)
        return _external(stores, store, request.xks_key_id) if request.xks_key_id else _in_hsm(stores, store)
    if request.origin == "EXTERNAL":
        return NewMaterial()
    spec = KEY_SPECS[spec_name(request)]
    secret = generate_material(spec)
    return NewMaterial(secret=secret, public_key=public_key_of(spec, secret))


def usable_store(store: CustomKeyStore, request: CreateKeyRequest) -> CustomKeyStore:
    """Give the store that a key is to be made in. Raises ValidationError and CustomKeyStoreInvalidState."""
    if request.origin != store.type:
        raise ValidationError(f"Origin {request.origin} is not valid for a custom key store of type {store.type}.")
    if not store.connected:
        raise CustomKeyStoreInvalidState(
            f"The custom key store {store.place.custom_key_store_id} is {store.connection_state}; "
            "KMS keys can be created in it only when it is CONNECTED."
        )
    return store


def _external(stores: StoreRequests, store: CustomKeyStore, xks_key_id: str) -> NewMaterial:
    require_unused(xks_key_id, in_use=stores.holds(store.place, xks_key_id))
    stores.external(store).require_key(xks_key_id, stores.metadata())
    secret = generate_material(KEY_SPECS["SYMMETRIC_DEFAULT"])
    return NewMaterial(secret=secret, store=store, backing_key_id=xks_key_id)


def _in_hsm(stores: StoreRequests, store: CustomKeyStore) -> NewMaterial:
    hsm = stores.hsm(store)
    return NewMaterial(store=store, backing_key_id=hsm.create_key(store.place.custom_key_store_id), hsm=hsm)


def require_unused(xks_key_id: str, *, in_use: bool) -> None:
    """Raise XksKeyAlreadyInUse where another key of the store stands for the external key."""
    if in_use:
        raise XksKeyAlreadyInUse(f"The external key {xks_key_id} is already associated with a KMS key in this store.")
