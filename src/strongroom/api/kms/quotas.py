"""Resource quotas.

Source: AWS KMS Developer Guide, "Resource quotas".
"""

KEYS_PER_REGION = 100_000
ALIASES_PER_KEY = 50
TAGS_PER_KEY = 50
GRANTS_PER_KEY = 50_000
GRANTS_PER_GRANTEE = 1_000
POLICY_BYTES = 32_768
# AWS documents no limit; 8 KiB is what clients are known to count on.
CONTEXT_BYTES = 8_192
CONTEXT_PAIRS = 128
