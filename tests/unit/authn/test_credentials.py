"""What a credential shows."""

from tests.unit.authn.support import ACCESS_KEY_ID, CREDENTIAL


def test_repr_leaves_out_the_secret() -> None:
    assert CREDENTIAL.secret not in repr(CREDENTIAL)
    assert CREDENTIAL.secret not in f"{CREDENTIAL} {[CREDENTIAL]}"
    assert ACCESS_KEY_ID in repr(CREDENTIAL)
