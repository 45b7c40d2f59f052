"""Identity providers are reached as the settings say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from strongroom.app.data_folder import InstallationError
from strongroom.app.issuers import DEFAULT_ISSUERS, IssuerSettings
from strongroom.authn.issuer_keys import JwksFetcher
from strongroom.authn.web_identity import TrustedIssuer, UnverifiedToken
from strongroom.model.errors import InvalidIdentityToken
from tests.unit.authn.oidc_support import issue, jwk, jwks, rsa_key, serving

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = UnverifiedToken(issuer="https://oidc.example.com", algorithm="RS256", key_id="one")


def test_a_private_provider_with_a_ca_of_its_own_is_reached_where_both_are_allowed(tmp_path: Path) -> None:
    authority = issue("Example CA")
    ca_file = tmp_path / "ca.pem"
    ca_file.write_bytes(authority.pem)
    with serving(tmp_path, issue("localhost", authority, ("localhost",))) as provider:
        provider.publish(jwks(jwk(rsa_key())))
        issuer = TrustedIssuer(url=provider.url, client_ids=())
        allowed = IssuerSettings(ca_file=ca_file, allow_private=True)
        assert JwksFetcher(allowed.client()).keys(issuer, TOKEN).find("RS256", "one") is not None
        with pytest.raises(InvalidIdentityToken):
            JwksFetcher(IssuerSettings(ca_file=ca_file).client()).keys(issuer, TOKEN)


def test_nothing_needs_to_be_set() -> None:
    assert DEFAULT_ISSUERS.client() is not None


def test_a_file_of_cas_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    with pytest.raises(InstallationError, match=r"ca\.pem cannot be used as the CAs of identity providers"):
        IssuerSettings(ca_file=tmp_path / "ca.pem").client()
