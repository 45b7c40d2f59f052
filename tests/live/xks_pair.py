"""Two installations: the external keys of one are keys of the other, through its XKS proxy."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final, NamedTuple

from tests.live.conftest import Launcher
from tests.support.live_key_stores import connect, create_external, create_external_key
from tests.support.xks_proxy_process import XksProxyProcess

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.live import Server
    from tests.support.xks_proxy_client import Credential

XKS_KEY: Final = "payroll"


class Installation(NamedTuple):
    """A server, its root key file outside of the data folder, and the ARN of its key."""

    server: Server
    root_key: Path
    arn: str


class Pair(NamedTuple):
    """Both, what is between them, and the credential of the user's key store at the owner's proxy."""

    owner: Installation
    proxy: XksProxyProcess
    user: Installation
    credential: Credential

    def new_path(self, path_prefix: str) -> Credential:
        """Serve the owner's key at another path, too."""
        self.proxy.add_key(path_prefix, XKS_KEY, self.owner.arn)
        return self.proxy.add_credential(path_prefix)


@contextmanager
def serving_pair(folder: Path) -> Iterator[Pair]:
    """Serve both, with a connected key store and a key in it."""
    launcher = Launcher(folder)
    owners, users = folder / "owner.key", folder / "user.key"
    with ExitStack() as stack:
        stack.callback(launcher.finish)
        owner = launcher("--root-key-file", owners, "--log-level", "DEBUG")
        owned = owner.boto3().create_key()["KeyMetadata"]["Arn"]
        proxy = XksProxyProcess(owner, folder, "--root-key-file", owners)
        proxy.add_key("/team-a", XKS_KEY, owned)
        stack.callback(proxy.stop)
        proxy.start()
        private = ("--xks-ca-file", proxy.ca_file, "--allow-private-xks-proxies", "--xks-timeout", "1")
        user = launcher("--root-key-file", users, "--log-level", "DEBUG", *private)
        credential = proxy.add_credential("/team-a")
        kms = user.boto3()
        store = create_external(kms, proxy.endpoint, credential)
        connect(kms, store)
        arn = create_external_key(kms, store, XKS_KEY)
        yield Pair(Installation(owner, owners, owned), proxy, Installation(user, users, arn), credential)
