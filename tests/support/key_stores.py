"""Custom key stores for tests: clusters that are configured, of which nobody asks anything."""

from pathlib import Path
from typing import Any, Final

from strongroom.custody.hsm_key_store import HsmCluster
from strongroom.custody.key_stores import KeyStoreSettings

ACCOUNT: Final = "111122223333"
REGION: Final = "us-east-1"
CLUSTER_ID: Final = "cluster-2345abcdefg"
RELATED_CLUSTER_ID: Final = "cluster-2345abcdefh"
OTHER_CLUSTER_ID: Final = "cluster-7654gfedcba"
TRUST_ANCHOR: Final = "-----BEGIN CERTIFICATE-----\nZXhhbXBsZQ==\n-----END CERTIFICATE-----\n"
OTHER_TRUST_ANCHOR: Final = "-----BEGIN CERTIFICATE-----\nb3RoZXI=\n-----END CERTIFICATE-----\n"
PASSWORD: Final = "example-password"  # noqa: S105 - it is no secret


def cluster(cluster_id: str, trust_anchor: str = TRUST_ANCHOR) -> HsmCluster:
    """Configure a cluster whose module is not there."""
    return HsmCluster(
        cluster_id=cluster_id,
        account_id=ACCOUNT,
        region=REGION,
        module=Path("/nowhere/module.so"),
        token=cluster_id,
        trust_anchor=trust_anchor,
    )


CLUSTERS: Final = {
    CLUSTER_ID: cluster(CLUSTER_ID),
    RELATED_CLUSTER_ID: cluster(RELATED_CLUSTER_ID),
    OTHER_CLUSTER_ID: cluster(OTHER_CLUSTER_ID, OTHER_TRUST_ANCHOR),
}
SETTINGS: Final = KeyStoreSettings(clusters=CLUSTERS)

CLOUD_HSM_STORE: Final[dict[str, Any]] = {
    "CustomKeyStoreName": "in a cluster",
    "CloudHsmClusterId": CLUSTER_ID,
    "TrustAnchorCertificate": TRUST_ANCHOR,
    "KeyStorePassword": PASSWORD,
}
"""What CreateCustomKeyStore needs for a store in a cluster."""
