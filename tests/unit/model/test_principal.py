"""Who makes requests, by what CloudTrail and policies know them."""

from strongroom.model.principal import (
    Principal,
    role_session_principal,
    root_principal,
    user_principal,
    web_identity_principal,
)

ACCOUNT = "111122223333"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/oidc.example.com/id/EXAMPLE"


def test_a_web_identity_is_known_by_its_provider() -> None:
    principal = web_identity_principal(ACCOUNT, PROVIDER, "sts.amazonaws.com", "system:serviceaccount:default:app")
    assert principal.identity_provider == principal.arn == PROVIDER
    assert principal.principal_id == f"{PROVIDER}:sts.amazonaws.com:system:serviceaccount:default:app"
    assert principal.user_name == "system:serviceaccount:default:app"


def test_others_are_vouched_for_by_nobody() -> None:
    others = (
        root_principal(ACCOUNT),
        user_principal(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/Alice", "AIDAEXAMPLE", "Alice"),
        role_session_principal(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:role/Clerk", "AROAEXAMPLE", "morning"),
        Principal(
            type="FederatedUser",
            account_id=ACCOUNT,
            arn=f"arn:aws:sts::{ACCOUNT}:federated-user/Eve",
            principal_id=f"{ACCOUNT}:Eve",
        ),
    )
    assert [each.identity_provider for each in others] == [None] * len(others)
