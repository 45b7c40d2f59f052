"""The clusters of CloudHSM key stores: tokens of PKCS#11 modules, which the operator names in a file.

The file is TOML, with one table for each cluster, named by the cluster's id:

    ["cluster-1234567890a"]
    account_id = "111122223333"
    region = "us-east-1"
    pkcs11_module = "/usr/lib/softhsm/libsofthsm2.so"
    token = "strongroom-keys"
    user = "kmsuser"
    trust_anchor = "customerCA.crt"
"""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

import msgspec
from cryptography.x509 import load_pem_x509_certificates

from strongroom.app.data_folder import InstallationError
from strongroom.custody.hsm_key_store import HsmCluster

# AWS KMS API Reference, CloudHsmClusterId.
_CLUSTER_ID: Final = re.compile(r"cluster-[2-7a-zA-Z]{11,16}")

_Text = Annotated[str, msgspec.Meta(min_length=1)]


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the file says of a cluster.

    Attributes:
        account_id: whose it is: only that account's key stores use it, in its Region.
        token: label of the token.
        user: what the module wants before the password.
        trust_anchor: PEM file of the cluster's certificate, relative to the folder of this file.
    """

    account_id: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{12}\Z")]
    region: _Text
    pkcs11_module: _Text
    token: _Text
    user: _Text | None = None
    trust_anchor: _Text


def load_hsm_clusters(path: Path | None) -> Mapping[str, HsmCluster]:
    """Read the clusters of a file, by their ids; there are none without one.

    Raises InstallationError when the file, or one that it names, cannot be used.
    """
    if path is None:
        return {}
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InstallationError(f"{path} cannot be read: {error}") from None
    clusters = {cluster_id: _cluster(path, cluster_id, table) for cluster_id, table in tables.items()}
    _require_own_tokens(path, clusters)
    return clusters


def _cluster(path: Path, cluster_id: str, table: object) -> HsmCluster:
    if not _CLUSTER_ID.fullmatch(cluster_id):
        raise InstallationError(
            f"{path}: {cluster_id!r} is not the id of a cluster: cluster- and 11 to 16 letters or digits from 2 to 7"
        )
    try:
        read = msgspec.convert(table, _Table)
    except msgspec.ValidationError as error:
        raise InstallationError(f"{path}: {cluster_id} is not as it should be: {error}") from None
    return HsmCluster(
        cluster_id=cluster_id,
        account_id=read.account_id,
        region=read.region,
        module=Path(read.pkcs11_module),
        token=read.token,
        user=read.user,
        trust_anchor=_trust_anchor(path, cluster_id, read.trust_anchor),
    )


def _trust_anchor(path: Path, cluster_id: str, file: str) -> str:
    certificate = path.parent / file
    try:
        pem = certificate.read_text(encoding="utf-8")
        found = len(load_pem_x509_certificates(pem.encode()))
    except (OSError, ValueError) as error:
        raise InstallationError(
            f"{path}: {certificate} cannot be used as the trust anchor of {cluster_id}: {error}"
        ) from None
    if found != 1:
        raise InstallationError(f"{path}: {certificate} has {found} certificates; the trust anchor is one")
    return pem


def _require_own_tokens(path: Path, clusters: Mapping[str, HsmCluster]) -> None:
    owners: dict[tuple[Path, str], str] = {}
    for cluster in clusters.values():
        owner = owners.setdefault((cluster.module.resolve(), cluster.token), cluster.cluster_id)
        if owner != cluster.cluster_id:
            raise InstallationError(
                f"{path}: {owner} and {cluster.cluster_id} are both token {cluster.token!r} of {cluster.module}; "
                "give each a token of its own"
            )
