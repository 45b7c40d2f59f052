"""Resource quotas.

Source: AWS KMS Developer Guide, "Resource quotas".
"""

from strongroom.model.errors import LimitExceeded
from strongroom.storage.store import Change

KEYS_PER_REGION = 100_000
ALIASES_PER_KEY = 50
TAGS_PER_KEY = 50
GRANTS_PER_KEY = 50_000
GRANTS_PER_GRANTEE = 1_000
CUSTOM_KEY_STORES = 10
POLICY_BYTES = 32_768
# AWS documents no limit; 8 KiB is what clients are known to count on.
CONTEXT_BYTES = 8_192
CONTEXT_PAIRS = 128


def check_key_quota(change: Change, account_id: str, region: str) -> None:
    """Raise LimitExceeded when an account has all the keys of its own that it may have in a Region."""
    if change.keys.count(account_id, region, "CUSTOMER") >= KEYS_PER_REGION:
        raise LimitExceeded(f"You cannot create more than {KEYS_PER_REGION} KMS keys in this account and Region.")


def check_key_store_quota(change: Change, account_id: str, region: str) -> None:
    """Raise LimitExceeded when an account has all the custom key stores that it may have in a Region."""
    if change.key_stores.count(account_id, region) >= CUSTOM_KEY_STORES:
        raise LimitExceeded(
            f"You cannot create more than {CUSTOM_KEY_STORES} custom key stores in this account and Region."
        )
