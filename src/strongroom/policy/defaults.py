"""The policy that AWS writes for a key, and the form in which it gives a stored policy back."""

import json

from strongroom.policy.printing import print_json, read_exactly


def default_key_policy(account_id: str, partition: str = "aws") -> str:
    """Give the policy of a key that is created without one.

    Source: AWS KMS Developer Guide, "Default key policy".
    """
    statement = {
        "Sid": "Enable IAM User Permissions",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:{partition}:iam::{account_id}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    return render(json.dumps({"Version": "2012-10-17", "Id": "key-default-1", "Statement": [statement]}))


def render(text: str) -> str:
    """Print a JSON text as GetKeyPolicy does.

    Raises:
        ValueError: the text is not JSON.
    """
    return print_json(read_exactly(text))
