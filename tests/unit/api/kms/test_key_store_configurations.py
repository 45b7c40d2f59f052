"""To what custom key stores may be connected, where the request was not checked before."""

from __future__ import annotations

import pytest

from strongroom.api.kms.key_store_configurations import new_proxy
from strongroom.api.kms.key_store_requests import CreateCustomKeyStoreRequest
from strongroom.model.errors import InternalError


def test_a_proxy_without_a_credential_is_none() -> None:
    with pytest.raises(InternalError, match="was not checked"):
        new_proxy(CreateCustomKeyStoreRequest(custom_key_store_name="external"))
