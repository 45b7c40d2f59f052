"""Key policies: parsing, matching, evaluation, and the decision that they lead to.

The package knows nothing of HTTP, of storage, or of the API's operations.
"""

from strongroom.policy.decide import (
    Cause,
    Deciding,
    Decision,
    IdentitySide,
    IdentityVerdict,
    Source,
    absent_key,
    decide,
)
from strongroom.policy.defaults import default_key_policy, render
from strongroom.policy.denial import denial_message
from strongroom.policy.document import Document, Effect, Statement, parse_key_policy
from strongroom.policy.evaluate import Evaluation, Unmatched, evaluate
from strongroom.policy.lockout import locks_out
from strongroom.policy.match import Because
from strongroom.policy.query import Query
from strongroom.policy.syntax import PolicySyntaxError

__all__ = [
    "Because",
    "Cause",
    "Deciding",
    "Decision",
    "Document",
    "Effect",
    "Evaluation",
    "IdentitySide",
    "IdentityVerdict",
    "PolicySyntaxError",
    "Query",
    "Source",
    "Statement",
    "Unmatched",
    "absent_key",
    "decide",
    "default_key_policy",
    "denial_message",
    "evaluate",
    "locks_out",
    "parse_key_policy",
    "render",
]
