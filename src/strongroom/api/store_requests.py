"""What one request asks of custom key stores: off the event loop only, for it waits for them.

Source: AWS KMS External Key Store Proxy API Specification, "requestMetadata".
"""

from collections.abc import Mapping

import msgspec

from strongroom.api.callers import Caller
from strongroom.crypto.ciphertext import MessageCipher
from strongroom.crypto.xaes import XaesKey
from strongroom.custody.external_key_store import ExternalKeyStore
from strongroom.custody.hsm_key_store import HsmKeyStore
from strongroom.custody.key_stores import KeyStores
from strongroom.model.errors import (
    CloudHsmClusterNotFound,
    CustomKeyStoreInvalidState,
    CustomKeyStoreNotFound,
    InternalError,
    InvalidState,
)
from strongroom.model.key import Key
from strongroom.model.key_store import CustomKeyStore, KeyStorePlace
from strongroom.model.request import VpcEndpoint
from strongroom.model.xks import RequestMetadata
from strongroom.storage.key_stores import KeyStoreReader
from strongroom.storage.store import Store


class Errand(msgspec.Struct, frozen=True, kw_only=True):
    """The request for which stores are asked.

    Attributes:
        operation: its name.
        region: where its keys are.
        vpc_endpoint: the VPC endpoint through which it came, or None.
    """

    request_id: str
    operation: str
    caller: Caller
    region: str
    vpc_endpoint: VpcEndpoint | None


class StoreRequests:
    """The custom key stores, asked on behalf of one request."""

    def __init__(self, key_stores: KeyStores, store: Store, errand: Errand) -> None:
        """Ask for a request; nothing is asked yet."""
        self.connections = key_stores
        self.errand = errand
        self._store = store

    def found(self, custom_key_store_id: str) -> CustomKeyStore:
        """Give a store of the caller's account and Region. Raises CustomKeyStoreNotFound."""
        place = KeyStorePlace(self.errand.caller.principal.account_id, self.errand.region, custom_key_store_id)
        with self._store.read() as reader:
            return find_store(reader.key_stores, place)

    def holds(self, place: KeyStorePlace, backing_key_id: str) -> bool:
        """Tell whether a KMS key of a store stands for a key behind it already."""
        with self._store.read() as reader:
            return reader.key_stores.holds(place, backing_key_id)

    def external(self, store: CustomKeyStore) -> ExternalKeyStore:
        """Give the connection of an external key store."""
        return self.connections.external(store)

    def hsm(self, store: CustomKeyStore) -> HsmKeyStore:
        """Give the connection of a CloudHSM key store. Raises CustomKeyStoreInvalidState when its cluster is gone."""
        try:
            return self.connections.hsm(store)
        except CloudHsmClusterNotFound as error:
            raise CustomKeyStoreInvalidState(error.message) from None

    def metadata(self, key: Key | None = None) -> RequestMetadata:
        """Say to a proxy for whom and why it is asked; the key is None while it is being made."""
        errand = self.errand
        principal = errand.caller.principal
        # A VPC endpoint is told of only where the key is of the account that it belongs to.
        own = key is None or key.place.account_id == principal.account_id
        endpoint = errand.vpc_endpoint if own else None
        return RequestMetadata(
            aws_principal_arn=principal.arn,
            aws_source_vpc=None if endpoint is None else endpoint.vpc_id,
            aws_source_vpce=None if endpoint is None else endpoint.endpoint_id,
            kms_key_arn=None if key is None else key.place.arn,
            kms_operation=errand.operation,
            kms_request_id=errand.request_id,
            kms_via_service=errand.caller.via_in(errand.region),
        )

    def ciphers(self, key: Key, store: CustomKeyStore, materials: Mapping[str, bytes]) -> dict[str, MessageCipher]:
        """Give what encrypts and decrypts with a key of a connected store, by material id.

        Raises InvalidState when the store's cluster is gone.
        """
        if key.current_material_id is None or key.backing_key_id is None:
            raise InternalError("The key in the custom key store has no key behind it.")
        if store.type == "AWS_CLOUDHSM":
            return {key.current_material_id: self._hsm_cipher(store, key.backing_key_id)}
        connection, metadata = self.external(store), self.metadata(key)
        return {
            material_id: connection.cipher(XaesKey(secret), key.backing_key_id, metadata)
            for material_id, secret in materials.items()
        }

    def _hsm_cipher(self, store: CustomKeyStore, backing_key_id: str) -> MessageCipher:
        try:
            hsm = self.connections.hsm(store)
        except CloudHsmClusterNotFound as error:
            raise InvalidState(error.message) from None
        return hsm.cipher(store.place.custom_key_store_id, backing_key_id)


def find_store(key_stores: KeyStoreReader, place: KeyStorePlace) -> CustomKeyStore:
    """Give a store. Raises CustomKeyStoreNotFound."""
    found = key_stores.find(place)
    if found is None:
        raise CustomKeyStoreNotFound(f"There is no custom key store {place.custom_key_store_id}.")
    return found
