from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from strongroom.api.key_snapshots import Decisions, KeySnapshot
from strongroom.api.resolve import (
    AliasTarget,
    CiphertextKey,
    KeyMember,
    ManagedKeyMissingError,
    Resolved,
    Scope,
    named_key,
)
from strongroom.crypto.ciphertext import HEADER_SIZE, BlobHeader, encode_header
from strongroom.model.errors import InvalidArn, InvalidCiphertext, NotFound
from strongroom.model.key import Key, KeyPlace
from strongroom.policy.defaults import default_key_policy
from strongroom.policy.document import parse_key_policy
from strongroom.protocol.structures import AwsStruct
from tests.support.in_process import ACCOUNT, OTHER_ACCOUNT, OTHER_REGION, REGION, Caller, InProcess, place_of

if TYPE_CHECKING:
    from strongroom.api import callers
    from strongroom.authn.verify import Authenticated
    from strongroom.model.errors import ServiceError
    from strongroom.model.grant import Grant

SCOPE = Scope(ACCOUNT, REGION)
OWN = KeyPlace(ACCOUNT, REGION, "1234abcd-12ab-34cd-56ef-1234567890ab")
FOREIGN = KeyPlace(OTHER_ACCOUNT, REGION, "0987dcba-09fe-87dc-65ba-ab0987654321")
MULTI_REGION = KeyPlace(ACCOUNT, REGION, "mrk-1234abcd12ab34cd56ef1234567890ab")
GONE = OWN._replace(key_id="00000000-0000-4000-8000-000000000000")
ALIASES = f"arn:aws:kms:{REGION}:{ACCOUNT}:alias"
FOREIGN_ALIASES = f"arn:aws:kms:{REGION}:{OTHER_ACCOUNT}:alias"
MATERIAL = "ab" * 32


class Request(AwsStruct, frozen=True, kw_only=True):
    key_id: str | None = None
    alias_name: str | None = None
    ciphertext_blob: bytes | None = None


def snapshot(place: KeyPlace) -> KeySnapshot:
    policy = default_key_policy(place.account_id)
    key = Key(
        place=place,
        description="",
        key_spec="SYMMETRIC_DEFAULT",
        key_usage="ENCRYPT_DECRYPT",
        origin="AWS_KMS",
        manager="CUSTOMER",
        state="Enabled",
        creation_date=0.0,
        policy=policy,
        current_material_id=MATERIAL,
    )
    return KeySnapshot(
        key=key, arn=place.arn, policy=parse_key_policy(policy), materials={}, tags={}, decisions=Decisions()
    )


class Directory:
    """Three keys, and an alias of the first two."""

    def __init__(self) -> None:
        self.keys = {place: snapshot(place) for place in (OWN, FOREIGN, MULTI_REGION)}

    def key(self, place: KeyPlace) -> KeySnapshot | None:
        return self.keys.get(place)

    def alias_target(self, account_id: str, region: str, name: str) -> str | None:
        places = {ACCOUNT: OWN, OTHER_ACCOUNT: FOREIGN}
        return places[account_id].key_id if (region, name) == (REGION, "alias/a") else None

    def predefines(self, alias_name: str) -> bool:
        return alias_name == "alias/aws/ebs"

    def grants(self, place: KeyPlace, grantee: str) -> tuple[Grant, ...]:
        raise LookupError(place, grantee)

    def caller(self, authenticated: Authenticated) -> callers.Caller:
        raise LookupError(authenticated)


DIRECTORY = Directory()


@pytest.mark.parametrize(
    ("name", "place"),
    [
        (OWN.key_id, OWN),
        (OWN.arn, OWN),
        (MULTI_REGION.key_id, MULTI_REGION),
        (MULTI_REGION.arn, MULTI_REGION),
        ("alias/a", OWN),
        (f"{ALIASES}/a", OWN),
        (FOREIGN.arn, FOREIGN),
        (f"{FOREIGN_ALIASES}/a", FOREIGN),
    ],
)
def test_names_of_keys(name: str, place: KeyPlace) -> None:
    resolved = named_key(DIRECTORY, SCOPE, name, by_alias=True)
    assert resolved == Resolved(place.account_id, place.arn, DIRECTORY.keys[place])
    if "alias" not in name:
        assert named_key(DIRECTORY, SCOPE, name, by_alias=False) == resolved


@pytest.mark.parametrize(
    ("name", "refused", "text"),
    [
        (GONE.key_id, NotFound, f"Key '{GONE.arn}' does not exist"),
        (GONE.arn, NotFound, f"Key '{GONE.arn}' does not exist"),
        (FOREIGN.key_id, NotFound, f"Key '{FOREIGN.arn.replace(OTHER_ACCOUNT, ACCOUNT)}' does not exist"),
        (OWN._replace(key_id="rubbish").arn, NotFound, f"Key '{OWN._replace(key_id='rubbish').arn}' does not exist"),
        ("fake-key-id", NotFound, "Invalid keyId 'fake-key-id'"),
        (OWN.key_id + "\n", NotFound, f"Invalid keyId '{OWN.key_id}\n'"),
        (OWN.key_id.upper(), NotFound, f"Invalid keyId '{OWN.key_id.upper()}'"),
        (f"key/{OWN.key_id}", NotFound, f"Invalid keyId 'key/{OWN.key_id}'"),
        ("Alias/a", NotFound, "Invalid keyId 'Alias/a'"),
        ("alias/b", NotFound, f"Alias {ALIASES}/b is not found."),
        ("alias/", NotFound, f"Alias {ALIASES}/ is not found."),
        (f"{ALIASES}/b", NotFound, f"Alias {ALIASES}/b is not found."),
        (OWN._replace(region=OTHER_REGION).arn, NotFound, f"Invalid arn {OTHER_REGION}"),
        (FOREIGN._replace(region=OTHER_REGION).arn, NotFound, f"Invalid arn {OTHER_REGION}"),
        (OWN._replace(region="").arn, NotFound, "Invalid arn "),
        ("arn:aws:kms", InvalidArn, "Invalid arn arn:aws:kms"),
        ("arn:aws:iam::111122223333:root", InvalidArn, "Invalid arn arn:aws:iam::111122223333:root"),
        (OWN.arn.replace("arn:aws:", "arn:aws-cn:"), InvalidArn, None),
        (OWN._replace(account_id="12345").arn, InvalidArn, None),
        (OWN.arn.replace("key/", "grant/"), InvalidArn, None),
        (OWN._replace(key_id="").arn, InvalidArn, None),
        (f"{ALIASES}/", InvalidArn, None),
    ],
)
def test_names_of_nothing(name: str, refused: type[ServiceError], text: str | None) -> None:
    with pytest.raises(refused) as caught:
        named_key(DIRECTORY, SCOPE, name, by_alias=True)
    assert caught.value.message == (text or f"Invalid arn {name}")


@pytest.mark.parametrize("name", ["alias/aws/ebs", f"{ALIASES}/aws/ebs"])
def test_aliases_of_managed_keys_that_are_not_made_yet(name: str) -> None:
    with pytest.raises(ManagedKeyMissingError) as caught:
        named_key(DIRECTORY, SCOPE, name, by_alias=True)
    missing = caught.value
    assert missing.message == f"Alias {ALIASES}/aws/ebs is not found."
    assert (missing.account_id, missing.region, missing.alias_name) == (ACCOUNT, REGION, "alias/aws/ebs")
    with pytest.raises(NotFound, match="not found"):
        named_key(DIRECTORY, SCOPE, "alias/aws/rds", by_alias=True)


@pytest.mark.parametrize("name", ["alias/a", f"{ALIASES}/a", f"{FOREIGN_ALIASES}/a"])
def test_aliases_where_only_keys_are_taken(name: str) -> None:
    with pytest.raises(InvalidArn if name.startswith("arn") else NotFound) as caught:
        named_key(DIRECTORY, SCOPE, name, by_alias=False)
    assert caught.value.message == (f"Invalid arn {name}" if name.startswith("arn") else f"Invalid keyId '{name}'")


@pytest.mark.parametrize("name", [GONE._replace(account_id=OTHER_ACCOUNT).arn, f"{FOREIGN_ALIASES}/b"])
def test_whether_another_account_has_a_key_is_for_the_policy_to_tell(name: str) -> None:
    assert named_key(DIRECTORY, SCOPE, name, by_alias=True) == Resolved(OTHER_ACCOUNT, name, None)


def test_a_key_of_a_member() -> None:
    own = Resolved(ACCOUNT, OWN.arn, DIRECTORY.keys[OWN])
    assert KeyMember("key_id").resolve(DIRECTORY, SCOPE, Request(key_id=OWN.key_id)) == own
    assert KeyMember("key_id", by_alias=True).resolve(DIRECTORY, SCOPE, Request(key_id="alias/a")) == own
    with pytest.raises(NotFound):
        KeyMember("key_id").resolve(DIRECTORY, SCOPE, Request(key_id="alias/a"))


def test_the_target_of_an_alias() -> None:
    own = Resolved(ACCOUNT, OWN.arn, DIRECTORY.keys[OWN])
    assert AliasTarget("alias_name").resolve(DIRECTORY, SCOPE, Request(alias_name="alias/a")) == own
    with pytest.raises(NotFound, match="is not found"):
        AliasTarget("alias_name").resolve(DIRECTORY, SCOPE, Request(alias_name="alias/b"))


def blob(place: KeyPlace) -> bytes:
    return encode_header(BlobHeader(place.account_id, place.key_id, MATERIAL)) + bytes(50)


BY_BLOB = CiphertextKey("ciphertext_blob", "key_id", "encryption_algorithm")


@pytest.mark.parametrize("place", [OWN, FOREIGN, MULTI_REGION])
def test_the_key_that_made_a_ciphertext(place: KeyPlace) -> None:
    resolved = BY_BLOB.resolve(DIRECTORY, SCOPE, Request(ciphertext_blob=blob(place)))
    assert resolved == Resolved(place.account_id, place.arn, DIRECTORY.keys[place], by_ciphertext="key_id")


def test_a_ciphertext_of_a_key_that_is_gone() -> None:
    resolved = BY_BLOB.resolve(DIRECTORY, SCOPE, Request(ciphertext_blob=blob(GONE)))
    assert resolved == Resolved(ACCOUNT, GONE.arn, None, by_ciphertext="key_id")


def test_a_ciphertext_is_looked_for_in_the_region_of_the_request() -> None:
    elsewhere = OWN._replace(region=OTHER_REGION)
    resolved = BY_BLOB.resolve(DIRECTORY, Scope(ACCOUNT, OTHER_REGION), Request(ciphertext_blob=blob(OWN)))
    assert resolved == Resolved(ACCOUNT, elsewhere.arn, None, by_ciphertext="key_id")


@pytest.mark.parametrize("content", [None, b"", b"x", bytes(200), blob(OWN)[: HEADER_SIZE + 39]])
def test_what_is_no_ciphertext(content: bytes | None) -> None:
    with pytest.raises(InvalidCiphertext) as caught:
        BY_BLOB.resolve(DIRECTORY, SCOPE, Request(ciphertext_blob=content))
    assert caught.value.message is None


def test_a_key_that_is_named_counts_before_the_ciphertext() -> None:
    resolved = BY_BLOB.resolve(DIRECTORY, SCOPE, Request(ciphertext_blob=blob(FOREIGN), key_id="alias/a"))
    assert resolved == Resolved(ACCOUNT, OWN.arn, DIRECTORY.keys[OWN])


@pytest.mark.parametrize("operation", ["DescribeKey", "GetKeyPolicy", "DisableKey"])
def test_keys_of_another_region_are_out_of_reach(service: InProcess, root: Caller, key: str, operation: str) -> None:
    elsewhere = service.root(OTHER_REGION)
    moved = key.replace(REGION, OTHER_REGION)
    assert elsewhere.refused(operation, KeyId=key) == ("NotFoundException", f"Invalid arn {REGION}")
    no_key = ("NotFoundException", f"Key '{moved}' does not exist")
    assert elsewhere.refused(operation, KeyId=place_of(key).key_id) == no_key
    assert elsewhere.refused(operation, KeyId=moved) == no_key
    root(operation, KeyId=key)
