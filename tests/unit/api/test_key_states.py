"""Each operation on a key in each state.

Source: AWS KMS Developer Guide, "Key states of AWS KMS keys", the table and its footnotes.
"""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, get_args

import pytest

from strongroom.api.kms import OPERATIONS
from strongroom.model.key import KeyState
from tests.support.in_process import REGION, Caller, place_of
from tests.support.samples import WITHOUT_KEY, Sample, new_key_store, prepare

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.support.in_process import InProcess

STATES: Final = (
    "Enabled",
    "Disabled",
    "PendingDeletion",
    "PendingReplicaDeletion",
    "PendingImport",
    "Unavailable",
    "Creating",
    "Updating",
)

# A cell is `-` where the operation succeeds, or the number of the footnote. Footnotes 6 to 9 follow from a key's
# origin, and are with the operations' own tests; but only keys in custom key stores are ever unavailable.
TABLE: Final = """
                                    En  Di  PD  PR  PI  Un  Cr  Up
CancelKeyDeletion                   4   4   -   -   4   4   4   4
CreateAlias                         -   -   3   3   -   -   -   -
CreateGrant                         -   1   3   3   5   -   14  -
Decrypt                             -   1   3   3   5   11  14  -
DeleteAlias                         -   -   -   -   -   -   -   -
DescribeKey                         -   -   -   -   -   -   -   -
Decapsulate                         -   1   3   3   5   11  14  -
DeleteImportedKeyMaterial           -   -   -   -   -   9   14  15
DeriveSharedSecret                  -   1   3   3   5   11  14  -
DisableKeyRotation                  -   1   3   3   -   7   14  -
EnableKeyRotation                   -   1   3   3   -   7   14  -
Encapsulate                         -   1   3   3   5   11  14  -
GenerateDataKeyPair                 -   1   3   3   5   7   14  -
GenerateDataKeyPairWithoutPlaintext -   1   3   3   5   7   14  -
GenerateMac                         -   1   3   3   5   11  14  -
GetKeyLastUsage                     -   -   -   -   -   -   -   -
GetKeyRotationStatus                -   -   -   -   -   7   -   -
GetParametersForImport              -   -   3   3   -   9   14  15
GetPublicKey                        -   -   3   3   -   -   14  -
ImportKeyMaterial                   -   -   3   3   -   9   14  -
ListKeyRotations                    -   -   -   -   -   7   -   -
ReplicateKey                        -   1   3   3   5   11  14  15
RotateKeyOnDemand                   -   1   3   3   5   7   14  -
Sign                                -   1   3   3   5   11  14  -
UpdatePrimaryRegion.source          -   1   3   3   5   11  14  -
UpdatePrimaryRegion.destination     -   1   3   3   5   11  14  -
Verify                              -   1   3   3   5   11  14  -
VerifyMac                           -   1   3   3   5   11  14  -
DisableKey                          -   -   3   3   5   -   14  15
EnableKey                           -   -   3   3   5   -   14  15
Encrypt                             -   1   3   3   5   11  14  -
GenerateDataKey                     -   1   3   3   5   11  14  -
GenerateDataKeyWithoutPlaintext     -   1   3   3   5   11  14  -
GetKeyPolicy                        -   -   -   -   -   -   -   -
ListGrants                          -   -   -   -   -   -   -   -
ListKeyPolicies                     -   -   -   -   -   -   -   -
ListResourceTags                    -   -   -   -   -   -   -   -
PutKeyPolicy                        -   -   -   -   -   -   -   -
ReEncrypt.source                    -   1   3   3   5   11  14  -
ReEncrypt.destination               -   1   3   3   5   11  14  -
RevokeGrant                         -   -   -   -   -   -   -   -
ScheduleKeyDeletion                 -   -   3   3   -   -   -   15
TagResource                         -   -   3   3   -   -   -   -
UntagResource                       -   -   3   3   -   -   -   -
UpdateAlias.source                  -   -   -   -   -   -   -   -
UpdateAlias.destination             -   -   3   3   -   -   -   -
UpdateKeyDescription                -   -   3   3   -   -   -   -
"""

UNSUPPORTED: Final = {"7", "9"}
INVALID_STATE: Final = "KMSInvalidStateException"
FOOTNOTES: Final[Mapping[str, tuple[str, str]]] = {
    "1": ("DisabledException", "is disabled."),
    "3": (INVALID_STATE, "is pending deletion."),
    "3r": (INVALID_STATE, "is pending deletion (or pending replica deletion)."),
    "4": (INVALID_STATE, "is not pending deletion."),
    "5": (INVALID_STATE, "is pending import."),
    "11": (INVALID_STATE, "is unavailable."),
    "14": (INVALID_STATE, "is creating."),
    "15": (INVALID_STATE, "is updating."),
}


def cells() -> Iterator[tuple[str, str, str]]:
    for line in TABLE.strip().splitlines()[1:]:
        row, *notes = line.split()
        for state, note in zip(STATES, notes, strict=True):
            yield row, state, note


@contextmanager
def unavailable(service: InProcess, arn: str) -> Iterator[None]:
    """Put a key into a custom key store that is not connected, for a while."""
    if place_of(arn).region != REGION:
        # No key is in a store and of several Regions, but what is refused is the same.
        service.write(arn, state="Unavailable")
        yield
        return
    key = service.kept(arn)
    store_id = new_key_store(service.root())
    service.write(
        arn,
        state="Enabled",
        origin="AWS_CLOUDHSM",
        custom_key_store_id=store_id,
        backing_key_id=uuid.uuid4().hex,
    )
    yield
    service.write(arn, origin=key.origin, custom_key_store_id=None, backing_key_id=None)


def test_the_table_is_complete() -> None:
    rows = {row.partition(".")[0] for row, _, _ in cells()}
    # What is done to a grant, whatever the state of its key, needs no key.
    of_stores = {name for name in OPERATIONS if "CustomKeyStore" in name}
    assert rows == OPERATIONS.keys() - WITHOUT_KEY.keys() - {"RetireGrant", "ListRetirableGrants"} - of_stores
    assert set(STATES) == set(get_args(KeyState))


@pytest.mark.parametrize(("row", "state", "note"), list(cells()))
def test_each_operation_in_each_state(shared_service: InProcess, row: str, state: str, note: str) -> None:
    operation, _, which = row.partition(".")
    root = shared_service.root()
    sample = prepare(root, operation)
    arn = sample.keys[-1] if which == "destination" else sample.keys[0]
    if state == "Unavailable":
        with unavailable(shared_service, arn):
            check(root, operation, sample, arn, note)
        return
    shared_service.write(arn, state=state)
    check(root, operation, sample, arn, "3r" if (state, note) == ("PendingReplicaDeletion", "3") else note)
    if note != "-":
        assert shared_service.kept(arn).state == state


def check(root: Caller, operation: str, sample: Sample, arn: str, note: str) -> None:
    """Hold an answer against a cell."""
    if note == "-":
        root(operation, **sample.members)
    elif note in UNSUPPORTED:
        assert root.refused(operation, **sample.members).code == "UnsupportedOperationException"
    else:
        code, text = FOOTNOTES[note]
        assert root.refused(operation, **sample.members) == (code, f"{arn} {text}")
