"""What a decision costs: evaluated afresh, and remembered.

A key policy of ten statements, conditions among them, and an identity-based policy of three; the request is one that
the last of them allows, so that every statement is looked at.
"""

from __future__ import annotations

import json
import timeit
from typing import NamedTuple

from strongroom.api.admission import admit
from strongroom.api.call import Call
from strongroom.api.callers import Caller
from strongroom.api.key_snapshots import Decisions, KeySnapshot
from strongroom.api.kms import OPERATIONS
from strongroom.api.resolve import Scope
from strongroom.authn.verify import Authenticated
from strongroom.model.key import Key, KeyPlace
from strongroom.model.principal import user_principal
from strongroom.model.request import Request
from strongroom.policy.callers import CallerPolicies, NamedPolicy, Source
from strongroom.policy.document import parse_identity_policy, parse_key_policy

ACCOUNT = "111122223333"
PLACE = KeyPlace(ACCOUNT, "us-east-1", "1234abcd-12ab-34cd-56ef-1234567890ab")
ALICE = user_principal(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/Alice", "AIDAEXAMPLE", "Alice")
BOB = f"arn:aws:iam::{ACCOUNT}:user/Bob"
_REPEAT = 5
_NUMBER = 5_000


class Costs(NamedTuple):
    """Microseconds for admitting an Encrypt: by a remembered decision, and by one that is evaluated."""

    remembered: float
    evaluated: float


def measure() -> Costs:
    """Take the best of five runs each."""
    fixed = _admission(condition_on_request=False)
    varying = _admission(condition_on_request=True)
    return Costs(_microseconds(*fixed), _microseconds(*varying))


class Directory:
    """One key and one caller."""

    def __init__(self, key: KeySnapshot, caller: Caller) -> None:
        self._key = key
        self._caller = caller

    def key(self, _place: KeyPlace) -> KeySnapshot | None:
        """Give the key."""
        return self._key

    def alias_target(self, _account_id: str, _region: str, _name: str) -> str | None:
        """Give none."""

    def predefines(self, _name: str) -> bool:
        """Tell of no alias that it is one of AWS's."""
        return False

    def grants(self, _place: KeyPlace, _grantee: str) -> tuple[()]:
        """Give none."""
        return ()

    def caller(self, _authenticated: Authenticated) -> Caller:
        """Give the caller."""
        return self._caller


def _microseconds(call: Call, directory: Directory) -> float:
    operation, scope = OPERATIONS["Encrypt"], Scope(ACCOUNT, PLACE.region)
    runs = timeit.repeat(lambda: admit(call, operation, scope, directory), number=_NUMBER, repeat=_REPEAT)
    return min(runs) / _NUMBER * 1e6


def _admission(*, condition_on_request: bool) -> tuple[Call, Directory]:
    policy = _key_policy(condition_on_request=condition_on_request)
    key = Key(
        place=PLACE,
        description="",
        key_spec="SYMMETRIC_DEFAULT",
        key_usage="ENCRYPT_DECRYPT",
        origin="AWS_KMS",
        manager="CUSTOMER",
        state="Enabled",
        creation_date=0.0,
        policy=policy,
        current_material_id="0" * 64,
    )
    snapshot = KeySnapshot(
        key=key, arn=PLACE.arn, policy=parse_key_policy(policy), materials={}, tags={}, decisions=Decisions()
    )
    identity = NamedPolicy(
        source=Source.IDENTITY_POLICY, name="identity", document=parse_identity_policy(_identity_policy())
    )
    caller = Caller(principal=ALICE, policies=CallerPolicies(identity=(identity,)), tags={"team": "red"})
    request = Request(method="POST", path="/", query="", headers=(), body=b"", source_ip="192.0.2.7")
    body = {"KeyId": PLACE.key_id, "Plaintext": "eA==", "EncryptionContext": {"app": "demo", "stage": "test"}}
    call = Call(
        request=request,
        request_id="",
        time=1_764_000_000.0,
        wall=1_764_000_000.0,
        name="Encrypt",
        credentials=Authenticated(principal=ALICE, access_key_id="AKIAEXAMPLE", region=PLACE.region, service="kms"),
        message=OPERATIONS["Encrypt"].decoder.decode(json.dumps(body)),
    )
    return call, Directory(snapshot, caller)


def _key_policy(*, condition_on_request: bool) -> str:
    on_request = {"StringEquals": {"kms:EncryptionContext:app": "demo"}, "IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}
    on_caller = {"StringLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:user/*"}}
    condition = on_request if condition_on_request else on_caller
    others = [
        {"Effect": "Allow", "Principal": {"AWS": BOB}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"AWS": BOB}, "Action": ["kms:Encrypt", "kms:Decrypt"], "Resource": "*"},
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "kms:*",
            "Resource": "*",
            "Condition": {"StringNotEquals": {"aws:PrincipalAccount": ACCOUNT}},
        },
    ] * 3
    last = {
        "Effect": "Allow",
        "Principal": {"AWS": ACCOUNT},
        "Action": "kms:*",
        "Resource": "*",
        "Condition": condition,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [*others, last]})


def _identity_policy() -> str:
    statements = [
        {"Effect": "Allow", "Action": "kms:List*", "Resource": "*"},
        {
            "Effect": "Deny",
            "Action": "kms:*",
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:PrincipalTag/team": "blue"}},
        },
        {"Effect": "Allow", "Action": "kms:*", "Resource": f"arn:aws:kms:*:{ACCOUNT}:key/*"},
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
