"""The file that names the clusters of CloudHSM key stores."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from strongroom.app.data_folder import InstallationError
from strongroom.app.hsm_clusters import load_hsm_clusters
from strongroom.custody.hsm_key_store import HsmCluster
from tests.support.attestation import new_authority

if TYPE_CHECKING:
    from collections.abc import Mapping

SECOND = "cluster-abcdefghijkLMNOP"
MEMBERS = {
    "account_id": "111122223333",
    "region": "us-east-1",
    "pkcs11_module": "/usr/lib/softhsm/libsofthsm2.so",
    "token": "strongroom-keys",
    "trust_anchor": "customerCA.crt",
}


def table(cluster_id: str, changes: Mapping[str, str | int | None] | None = None) -> str:
    members = {name: value for name, value in {**MEMBERS, **(changes or {})}.items() if value is not None}
    lines = [
        f'{name} = "{value}"' if isinstance(value, str) else f"{name} = {value}" for name, value in members.items()
    ]
    return "\n".join((f'["{cluster_id}"]', *lines, ""))


@pytest.fixture
def pem(tmp_path: Path) -> str:
    text = new_authority(time.time()).root.public_bytes(Encoding.PEM).decode()
    (tmp_path / "customerCA.crt").write_text(text, encoding="utf-8")
    return text


def write(folder: Path, *tables: str) -> Path:
    file = folder / "clusters.toml"
    file.write_text("\n".join(tables), encoding="utf-8")
    return file


def refused(file: Path) -> str:
    with pytest.raises(InstallationError) as error:
        load_hsm_clusters(file)
    text = str(error.value)
    assert text.startswith(str(file))
    return text


def test_clusters_are_read(tmp_path: Path, pem: str) -> None:
    elsewhere = tmp_path / "elsewhere.pem"
    elsewhere.write_text(f"Subject: an example\n{pem}", encoding="utf-8")
    file = write(
        tmp_path,
        table("cluster-234567abcde"),
        table(
            SECOND,
            {"account_id": "444455556666", "token": "others", "user": "kmsuser", "trust_anchor": str(elsewhere)},
        ),
    )
    assert load_hsm_clusters(file) == {
        "cluster-234567abcde": HsmCluster(
            cluster_id="cluster-234567abcde",
            account_id="111122223333",
            region="us-east-1",
            module=Path("/usr/lib/softhsm/libsofthsm2.so"),
            token="strongroom-keys",  # noqa: S106 - a label
            trust_anchor=pem,
        ),
        SECOND: HsmCluster(
            cluster_id=SECOND,
            account_id="444455556666",
            region="us-east-1",
            module=Path("/usr/lib/softhsm/libsofthsm2.so"),
            token="others",  # noqa: S106 - a label
            user="kmsuser",
            trust_anchor=elsewhere.read_text(encoding="utf-8"),
        ),
    }


def test_there_are_none_without_a_file(tmp_path: Path) -> None:
    assert load_hsm_clusters(None) == {}
    assert load_hsm_clusters(write(tmp_path)) == {}


@pytest.mark.parametrize("content", [None, b"not = toml = at all", b"\xff"])
def test_files_that_cannot_be_read(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "clusters.toml"
    if content is not None:
        file.write_bytes(content)
    assert "cannot be read" in refused(file)


@pytest.mark.parametrize(
    "cluster_id",
    [
        "hsm-234567abcde",
        "cluster-234567abcd",
        "cluster-234567abcdefghijk",
        "cluster-034567abcde",
        "cluster-234567abcde\\n",
    ],
)
@pytest.mark.usefixtures("pem")
def test_names_that_are_no_clusters(tmp_path: Path, cluster_id: str) -> None:
    assert "is not the id of a cluster" in refused(write(tmp_path, table(cluster_id)))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"account_id": None}, "missing required field `account_id`"),
        ({"region": None}, "missing required field `region`"),
        ({"pkcs11_module": None}, "missing required field `pkcs11_module`"),
        ({"token": None}, "missing required field `token`"),
        ({"trust_anchor": None}, "missing required field `trust_anchor`"),
        ({"account_id": "11112222333"}, "`$.account_id`"),
        ({"account_id": "111122223333\\n"}, "`$.account_id`"),
        ({"account_id": 111122223333}, "Expected `str`, got `int` - at `$.account_id`"),
        ({"region": ""}, "`$.region`"),
        ({"pkcs11_module": ""}, "`$.pkcs11_module`"),
        ({"token": ""}, "`$.token`"),
        ({"user": ""}, "`$.user`"),
        ({"trust_anchor": ""}, "`$.trust_anchor`"),
        ({"password": "an example password"}, "unknown field `password`"),
    ],
)
@pytest.mark.usefixtures("pem")
def test_tables_that_are_not_as_they_should_be(tmp_path: Path, changes: dict[str, str | int | None], why: str) -> None:
    told = refused(write(tmp_path, table(SECOND, changes)))
    assert f"{SECOND} is not as it should be" in told
    assert why in told
    assert "an example password" not in told


def test_what_is_no_table(tmp_path: Path) -> None:
    assert "Expected `object`, got `int`" in refused(write(tmp_path, f"{SECOND} = 1"))


def test_trust_anchors_that_cannot_be_used(tmp_path: Path, pem: str) -> None:
    file, anchor = write(tmp_path, table(SECOND)), tmp_path / "customerCA.crt"
    anchor.write_text("not a certificate", encoding="utf-8")
    assert f"{anchor} cannot be used as the trust anchor of {SECOND}" in refused(file)
    anchor.write_text(pem * 2, encoding="utf-8")
    assert f"{anchor} has 2 certificates; the trust anchor is one" in refused(file)
    anchor.unlink()
    assert f"{anchor} cannot be used as the trust anchor of {SECOND}" in refused(file)


@pytest.mark.usefixtures("pem")
def test_two_clusters_on_one_token_are_refused(tmp_path: Path) -> None:
    module = tmp_path / "module.so"
    module.touch()
    alias = tmp_path / "alias.so"
    alias.symlink_to(module)
    first = table("cluster-234567abcde", {"pkcs11_module": str(module)})
    told = refused(write(tmp_path, first, table(SECOND, {"pkcs11_module": str(alias)})))
    assert f"cluster-234567abcde and {SECOND} are both token 'strongroom-keys'" in told
    assert len(load_hsm_clusters(write(tmp_path, first, table(SECOND)))) == 2
    assert len(load_hsm_clusters(write(tmp_path, first, table(SECOND, {"token": "others"})))) == 2
