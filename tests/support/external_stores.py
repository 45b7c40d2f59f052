"""A service in this process with external key stores, on a proxy on loopback, and with a cluster on SoftHSM."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from strongroom.custody.hsm_key_store import HsmCluster
from strongroom.custody.key_stores import KeyStoreSettings
from strongroom.custody.xks_connections import proxy_tls
from strongroom.model.key_store import KeyStorePlace
from tests.support.fake_xks_proxy import ACCESS_KEY_ID, HEALTH, KEY_ID, REGION, SECRET_ACCESS_KEY, URI_PATH, reply
from tests.support.key_stores import ACCOUNT, CLOUD_HSM_STORE, CLUSTER_ID, CLUSTERS, TRUST_ANCHOR
from tests.support.root_keys import BOX, PIN
from tests.unit.authn.oidc_support import issue

if TYPE_CHECKING:
    import ssl
    from pathlib import Path

    from strongroom.model.key_store import ConnectionState, CustomKeyStore
    from tests.support.fake_xks_proxy import FakeXksProxy
    from tests.support.in_process import Caller, InProcess
    from tests.support.root_keys import SoftHsm

AUTHORITY: Final = issue("root")
LEAF: Final = issue("leaf", AUTHORITY, ("localhost",))
CREDENTIAL: Final = {"AccessKeyId": ACCESS_KEY_ID, "RawSecretAccessKey": SECRET_ACCESS_KEY}
# Seconds for a proxy: of 250 ms a machine that does something else may take more than the proxy has left.
PATIENCE: Final = 10.0
OTHER_KEY_ID: Final = "external-key_2.b"


def trusting_tls(folder: Path) -> ssl.SSLContext:
    """Trust the proxies of tests."""
    ca_file = folder / "proxy-ca.pem"
    ca_file.write_bytes(AUTHORITY.pem)
    return proxy_tls(str(ca_file))


def proxy_settings(folder: Path) -> KeyStoreSettings:
    """Let key stores have their proxy on loopback."""
    return KeyStoreSettings(
        clusters=CLUSTERS, allow_private_proxies=True, proxy_tls=trusting_tls(folder), proxy_timeout=PATIENCE
    )


def hsm_settings(softhsm: SoftHsm, region: str = REGION, token: str = BOX) -> KeyStoreSettings:
    """Let a token of SoftHSM be a cluster."""
    return KeyStoreSettings(
        clusters={
            CLUSTER_ID: HsmCluster(
                cluster_id=CLUSTER_ID,
                account_id=ACCOUNT,
                region=region,
                module=softhsm.module,
                token=token,
                trust_anchor=TRUST_ANCHOR,
            )
        }
    )


def hurry_proxies(service: InProcess) -> None:
    """Give proxies a moment only from now on."""
    service.key_stores.settings = replace(service.key_stores.settings, proxy_timeout=0.1)
    service.key_stores.close()


def external_store(proxy: FakeXksProxy, **members: object) -> dict[str, Any]:
    """Say what CreateCustomKeyStore needs for an external key store; members that are None are left out."""
    given = {
        "CustomKeyStoreName": "external",
        "CustomKeyStoreType": "EXTERNAL_KEY_STORE",
        "XksProxyConnectivity": "PUBLIC_ENDPOINT",
        "XksProxyUriEndpoint": proxy.endpoint,
        "XksProxyUriPath": URI_PATH,
        "XksProxyAuthenticationCredential": CREDENTIAL,
        **members,
    }
    return {name: value for name, value in given.items() if value is not None}


def stores_at_other_paths(owner: Caller, proxy: FakeXksProxy, count: int) -> list[str]:
    """Make external key stores that differ in their URI path, at which the proxy serves nothing else; gives their ids.

    They are called `store 0`, `store 1`, and so on, and have the paths `/0/kms/xks/v1` and so on.
    """
    proxy.script.extend([reply(200, json.dumps(HEALTH).encode())] * count)
    return [
        new_store(
            owner,
            external_store(proxy, CustomKeyStoreName=f"store {number}", XksProxyUriPath=f"/{number}/kms/xks/v1"),
        )
        for number in range(count)
    ]


def new_store(owner: Caller, members: dict[str, Any]) -> str:
    """Make a custom key store; gives its id."""
    made: str = owner("CreateCustomKeyStore", **members)["CustomKeyStoreId"]
    return made


def connected_store(owner: Caller, members: dict[str, Any]) -> str:
    """Make a custom key store and connect it; gives its id."""
    made = new_store(owner, members)
    connect(owner, made)
    return made


def external_key(owner: Caller, store: str, xks_key_id: str = KEY_ID, **members: object) -> str:
    """Make a key in an external key store; gives its ARN."""
    return owner.key(Origin="EXTERNAL_KEY_STORE", CustomKeyStoreId=store, XksKeyId=xks_key_id, **members)


def hsm_store(owner: Caller) -> str:
    """Make a key store on a token and connect it; gives its id."""
    return connected_store(owner, {**CLOUD_HSM_STORE, "KeyStorePassword": PIN})


def described(owner: Caller, store: str) -> dict[str, Any]:
    """Give what DescribeCustomKeyStores says of a store."""
    found: dict[str, Any]
    (found,) = owner("DescribeCustomKeyStores", CustomKeyStoreId=store)["CustomKeyStores"]
    return found


def connect(owner: Caller, store: str, state: str = "CONNECTED") -> None:
    """Connect a store, and let the job do its part."""
    owner("ConnectCustomKeyStore", CustomKeyStoreId=store)
    owner.settle()
    assert described(owner, store)["ConnectionState"] == state


def disconnect(owner: Caller, store: str) -> None:
    """Disconnect a store, and let the job do its part."""
    owner("DisconnectCustomKeyStore", CustomKeyStoreId=store)
    owner.settle()
    assert described(owner, store)["ConnectionState"] == "DISCONNECTED"


def write_state(service: InProcess, store: str, state: ConnectionState, region: str = REGION) -> None:
    """Bring a store into a state, past all rules."""
    code = "INTERNAL_ERROR" if state == "FAILED" else None
    with service.store.change() as change:
        kept = change.key_stores.find(KeyStorePlace(ACCOUNT, region, store))
        assert kept is not None
        change.key_stores.update(replace(kept, connection_state=state, connection_error_code=code))


def kept_store(service: InProcess, store: str, region: str = REGION) -> CustomKeyStore:
    """Give a store as the database has it."""
    with service.store.read() as reader:
        kept = reader.key_stores.find(KeyStorePlace(ACCOUNT, region, store))
    assert kept is not None
    return kept
