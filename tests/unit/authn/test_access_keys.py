"""Shapes of new keys."""

import re

from strongroom.authn.access_keys import new_access_key_id, new_secret_access_key, new_temporary_access_key_id


def test_ids_and_secrets_have_the_shapes_of_aws() -> None:
    assert re.fullmatch(r"AKIA[A-Z2-7]{16}", new_access_key_id())
    assert re.fullmatch(r"ASIA[A-Z2-7]{16}", new_temporary_access_key_id())
    assert re.fullmatch(r"[A-Za-z0-9+/]{40}", new_secret_access_key())


def test_no_two_are_the_same() -> None:
    for make in (new_access_key_id, new_temporary_access_key_id, new_secret_access_key):
        assert len({make() for _ in range(50)}) == 50
