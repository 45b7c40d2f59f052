"""Every operation on custom key stores, of both types, and keys in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.support.fake_xks_proxy import ACCESS_KEY_ID, KEY_ID, SECRET_ACCESS_KEY, URI_PATH, refuse
from tests.support.in_process import ACCOUNT, REGION
from tests.support.live import wait_until
from tests.support.root_keys import BOX, PIN
from tests.support.samples import PLAINTEXT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.fake_xks_proxy import FakeXksProxy
    from tests.support.in_process import Caller
    from tests.support.root_keys import SoftHsm

CLUSTER: Final = "cluster-abcdefghijk"
_TRUST_ANCHOR: Final = "customerCA.crt"


def write_clusters(folder: Path, hsm: SoftHsm, trust_anchor: str) -> Path:
    """Write what a server is to know of a token as of an AWS CloudHSM cluster; gives the file."""
    (folder / _TRUST_ANCHOR).write_text(trust_anchor, encoding="ascii")
    path = folder / "clusters.toml"
    path.write_text(
        f"""["{CLUSTER}"]
account_id = "{ACCOUNT}"
region = "{REGION}"
pkcs11_module = "{hsm.module}"
token = "{BOX}"
trust_anchor = "{_TRUST_ANCHOR}"
""",
        encoding="utf-8",
    )
    return path


def use_hsm_key_store(owner: Caller, trust_anchor: str) -> None:
    """Make a key store in the cluster, connect it, and use it and a key in it."""
    store: str = owner(
        "CreateCustomKeyStore",
        CustomKeyStoreName="example",
        CloudHsmClusterId=CLUSTER,
        KeyStorePassword=PIN,
        TrustAnchorCertificate=trust_anchor,
    )["CustomKeyStoreId"]
    _connect(owner, store, "CONNECTED")
    key = owner.key(Origin="AWS_CLOUDHSM", CustomKeyStoreId=store)
    owner("DescribeKey", KeyId=key)
    _seal_and_open(owner, key)
    owner("GenerateRandom", NumberOfBytes=32, CustomKeyStoreId=store)


def use_external_key_stores(owner: Caller, proxy: FakeXksProxy) -> None:
    """Make two external key stores, connect one at the second try, and use a key in it."""
    store = _create_external(owner, proxy.endpoint)
    other = _create_external(owner, proxy.endpoint.replace("localhost", "127.0.0.1"))
    owner("DescribeCustomKeyStores", Limit=1)
    proxy.script.append(refuse(401, "AuthenticationFailedException"))
    _connect(owner, store, "FAILED")
    owner("DisconnectCustomKeyStore", CustomKeyStoreId=store)
    _await_connection(owner, store, "DISCONNECTED")
    _connect(owner, store, "CONNECTED")
    key = owner.key(Origin="EXTERNAL_KEY_STORE", CustomKeyStoreId=store, XksKeyId=KEY_ID)
    owner("DescribeKey", KeyId=key)
    _seal_and_open(owner, key)
    owner("UpdateCustomKeyStore", CustomKeyStoreId=store, NewCustomKeyStoreName="renamed")
    owner("DeleteCustomKeyStore", CustomKeyStoreId=other)


def _create_external(owner: Caller, endpoint: str) -> str:
    store: str = owner(
        "CreateCustomKeyStore",
        CustomKeyStoreName=endpoint,
        CustomKeyStoreType="EXTERNAL_KEY_STORE",
        XksProxyConnectivity="PUBLIC_ENDPOINT",
        XksProxyUriEndpoint=endpoint,
        XksProxyUriPath=URI_PATH,
        XksProxyAuthenticationCredential={"AccessKeyId": ACCESS_KEY_ID, "RawSecretAccessKey": SECRET_ACCESS_KEY},
    )["CustomKeyStoreId"]
    return store


def _seal_and_open(owner: Caller, key: str) -> None:
    sealed = owner("Encrypt", KeyId=key, Plaintext=PLAINTEXT)["CiphertextBlob"]
    assert owner("Decrypt", CiphertextBlob=sealed)["Plaintext"] == PLAINTEXT


def _connect(owner: Caller, store: str, state: str) -> None:
    owner("ConnectCustomKeyStore", CustomKeyStoreId=store)
    _await_connection(owner, store, state)


def _await_connection(owner: Caller, store: str, state: str) -> None:
    def is_reached() -> bool:
        (found,) = owner("DescribeCustomKeyStores", CustomKeyStoreId=store)["CustomKeyStores"]
        return bool(found["ConnectionState"] == state)

    wait_until(is_reached, f"a custom key store that is {state}")
