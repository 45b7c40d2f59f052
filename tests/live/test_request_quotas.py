"""Request quotas over all workers of a served installation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.live.conftest import Launch


def test_who_asks_too_fast_is_told_so(launch: Launch, tmp_path: Path) -> None:
    rates = tmp_path / "rates.toml"
    rates.write_text("ListAliases = 3\n")
    server = launch("--request-quotas", rates)
    clients = [server.boto3(attempts=1) for _ in range(4)]

    def hurry() -> None:
        for _ in range(100):
            for client in clients:
                client.list_aliases()

    with pytest.raises(ClientError) as refused:
        hurry()
    assert refused.value.response["Error"] == {
        "Code": "ThrottlingException",
        "Message": "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.",
    }
    clients[0].list_keys()
