"""What a request asks of custom key stores, and what it says of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
import pytest

from strongroom.api.callers import load_caller
from strongroom.api.key_snapshots import load_key
from strongroom.api.store_requests import Errand, StoreRequests, find_store
from strongroom.authn.sessions import NO_TERMS, ServiceCall, Terms
from strongroom.custody.external_key_store import ExternalCipher
from strongroom.custody.hsm_key_store import TokenXaesKey
from strongroom.custody.secrets import wrap_key_store_secret
from strongroom.model.account import Service
from strongroom.model.errors import CustomKeyStoreInvalidState, CustomKeyStoreNotFound, InternalError, InvalidState
from strongroom.model.key_store import (
    CloudHsmConfiguration,
    CustomKeyStore,
    KeyStorePlace,
    XksProxyConfiguration,
)
from strongroom.model.request import VpcEndpoint
from strongroom.model.xks import RequestMetadata
from tests.support.fake_xks_proxy import ACCESS_KEY_ID, SECRET_ACCESS_KEY, URI_PATH
from tests.support.in_process import ACCOUNT, OTHER_ACCOUNT, OTHER_REGION, REGION, place_of
from tests.support.key_stores import CLUSTER_ID, TRUST_ANCHOR
from tests.unit.api.support import ALICE, put, signed_by, user

if TYPE_CHECKING:
    from strongroom.model.key import Key
    from tests.support.in_process import Caller, InProcess

ID: Final = "cks-1234567890abcdef0"
PLACE: Final = KeyStorePlace(ACCOUNT, REGION, ID)
ENDPOINT: Final = VpcEndpoint(endpoint_id="vpce-1234abcd", vpc_id="vpc-1234abcd")
BACKING_KEY_ID: Final = "00112233445566778899aabbccddeeff"
EXTERNAL: Final = XksProxyConfiguration(
    connectivity="PUBLIC_ENDPOINT",
    uri_endpoint="https://proxy.example.com",
    uri_path=URI_PATH,
    access_key_id=ACCESS_KEY_ID,
)
CLUSTER: Final = CloudHsmConfiguration(cluster_id=CLUSTER_ID, trust_anchor_certificate=TRUST_ANCHOR)


def new_store(service: InProcess, **members: Any) -> CustomKeyStore:  # noqa: ANN401 - of any member's type
    wrapped = wrap_key_store_secret(service.opened.store_keys, PLACE, SECRET_ACCESS_KEY)
    given = {"type": "EXTERNAL_KEY_STORE", "xks_proxy": EXTERNAL, **members}
    store = CustomKeyStore(
        place=PLACE,
        name="example",
        creation_date=1.0,
        connection_state="CONNECTED",
        store_key=wrapped.store_key,
        wrapped_secret=wrapped.sealed,
        **given,
    )
    with service.store.change() as change:
        change.key_stores.create(store)
    return store


def in_cluster(service: InProcess, configuration: CloudHsmConfiguration = CLUSTER) -> CustomKeyStore:
    return new_store(service, type="AWS_CLOUDHSM", xks_proxy=None, cloud_hsm=configuration)


def asking(service: InProcess, terms: Terms = NO_TERMS, **members: Any) -> StoreRequests:  # noqa: ANN401 - of any type
    put(service, user())
    with service.store.change() as change:
        change.identities.put_service(Service(service="ec2.amazonaws.com"))
    with service.store.read() as reader:
        caller = load_caller(reader, signed_by(ALICE, terms))
    given = {"operation": "Encrypt", "region": REGION, "vpc_endpoint": None, **members}
    return StoreRequests(service.key_stores, service.store, Errand(request_id="request-1", caller=caller, **given))


class TestFinding:
    def test_a_store_is_of_the_caller_and_the_region(self, service: InProcess) -> None:
        store = new_store(service)
        assert asking(service).found(ID) == store
        with pytest.raises(CustomKeyStoreNotFound, match=ID):
            asking(service, region=OTHER_REGION).found(ID)

    def test_one_of_another_account_is_not_there(self, service: InProcess) -> None:
        new_store(service)
        with service.store.read() as reader, pytest.raises(CustomKeyStoreNotFound, match=ID):
            find_store(reader.key_stores, PLACE._replace(account_id=OTHER_ACCOUNT))

    def test_keys_that_it_holds(self, service: InProcess, key: str) -> None:
        new_store(service)
        service.write(key, custom_key_store_id=ID, backing_key_id="external")
        assert asking(service).holds(PLACE, "external")
        assert not asking(service).holds(PLACE, "other")

    def test_connections_are_those_of_the_process(self, service: InProcess) -> None:
        store, stores = new_store(service), asking(service)
        assert stores.external(store) is service.key_stores.external(store)


class TestMetadata:
    def test_of_a_key_that_is_being_made(self, service: InProcess) -> None:
        assert asking(service, operation="CreateKey").metadata() == RequestMetadata(
            aws_principal_arn=ALICE.arn, kms_operation="CreateKey", kms_request_id="request-1"
        )

    def test_of_ones_own_key_through_a_vpc_endpoint(self, service: InProcess, key: str) -> None:
        assert asking(service, vpc_endpoint=ENDPOINT).metadata(service.kept(key)) == RequestMetadata(
            aws_principal_arn=ALICE.arn,
            aws_source_vpc="vpc-1234abcd",
            aws_source_vpce="vpce-1234abcd",
            kms_key_arn=key,
            kms_operation="Encrypt",
            kms_request_id="request-1",
        )

    def test_of_a_key_of_another_account_the_vpc_endpoint_is_not_told(self, service: InProcess, other: Caller) -> None:
        foreign = other.key()
        assert asking(service, vpc_endpoint=ENDPOINT).metadata(service.kept(foreign)) == RequestMetadata(
            aws_principal_arn=ALICE.arn, kms_key_arn=foreign, kms_operation="Encrypt", kms_request_id="request-1"
        )

    def test_of_a_service_that_acts_for_somebody(self, service: InProcess, key: str) -> None:
        call = ServiceCall(service="ec2.amazonaws.com", source_arn=None, source_account=None)
        told = asking(service, Terms(service_call=call)).metadata(service.kept(key))
        assert told.kms_via_service == f"ec2.{REGION}.amazonaws.com"


class TestCiphers:
    @pytest.fixture
    def kept(self, service: InProcess, key: str) -> Key:
        return msgspec.structs.replace(service.kept(key), custom_key_store_id=ID, backing_key_id=BACKING_KEY_ID)

    def test_each_material_of_an_external_key(self, service: InProcess, kept: Key) -> None:
        ciphers = asking(service).ciphers(kept, new_store(service), {"a": bytes(32), "b": bytes(32)})
        assert {name: type(cipher) for name, cipher in ciphers.items()} == {"a": ExternalCipher, "b": ExternalCipher}

    def test_the_one_key_in_a_cluster(self, service: InProcess, kept: Key) -> None:
        ciphers = asking(service).ciphers(kept, in_cluster(service), {})
        assert {name: type(cipher) for name, cipher in ciphers.items()} == {kept.current_material_id: TokenXaesKey}

    @pytest.mark.parametrize("missing", ["backing_key_id", "current_material_id"])
    def test_a_key_that_has_nothing_behind_it(self, service: InProcess, kept: Key, missing: str) -> None:
        broken = msgspec.structs.replace(kept, **{missing: None})
        with pytest.raises(InternalError, match="has no key behind it"):
            asking(service).ciphers(broken, new_store(service), {"a": bytes(32)})

    def test_a_cluster_that_is_configured_no_more(self, service: InProcess, kept: Key) -> None:
        absent = msgspec.structs.replace(CLUSTER, cluster_id="cluster-aaaaaaaaaaa")
        store, stores = in_cluster(service, absent), asking(service)
        with pytest.raises(InvalidState, match="cannot find the AWS CloudHSM cluster cluster-aaaaaaaaaaa"):
            stores.ciphers(kept, store, {})
        with pytest.raises(CustomKeyStoreInvalidState, match="cannot find the AWS CloudHSM cluster"):
            stores.hsm(store)


class TestLoadedKeys:
    @pytest.fixture
    def in_store(self, service: InProcess, key: str) -> str:
        """A key that was put into a store."""
        new_store(service)
        service.write(key, origin="EXTERNAL_KEY_STORE", custom_key_store_id=ID, backing_key_id="external")
        return key

    def test_they_come_with_their_store_and_without_asking_it(self, service: InProcess, in_store: str) -> None:
        with service.store.read() as reader:
            found = load_key(reader, place_of(in_store), service.opened.store_keys)
        assert found is not None
        assert found.custom_key_store is not None
        assert found.custom_key_store.place == PLACE
        assert (found.key.state, found.materials) == ("Enabled", {})

    def test_whoever_may_ask_the_store_has_its_ciphers(self, service: InProcess, in_store: str) -> None:
        with service.store.read() as reader:
            found = load_key(reader, place_of(in_store), service.opened.store_keys, asking(service))
        assert found is not None
        assert [type(cipher) for cipher in found.materials.values()] == [ExternalCipher]

    @pytest.mark.parametrize(
        ("state", "seen"),
        [
            ("Enabled", "Unavailable"),
            ("Disabled", "Unavailable"),
            ("PendingDeletion", "PendingDeletion"),
        ],
    )
    @pytest.mark.parametrize("connection", ["CONNECTING", "FAILED", "DISCONNECTED", "DISCONNECTING"])
    def test_while_it_is_not_connected(
        self, service: InProcess, in_store: str, connection: str, state: str, seen: str
    ) -> None:
        stores = asking(service)
        service.write(in_store, state=state)
        with service.store.change() as change:
            left = msgspec.structs.replace(stores.found(ID), connection_state=connection)
            change.key_stores.update(left)
            found = load_key(change, place_of(in_store), service.opened.store_keys, stores)
        assert found is not None
        assert (found.key.state, found.materials) == (seen, {})
