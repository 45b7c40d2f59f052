"""Resource quotas.

Source: AWS KMS Developer Guide, "Resource quotas".
"""

KEYS_PER_REGION = 100_000
ALIASES_PER_KEY = 50
TAGS_PER_KEY = 50
POLICY_BYTES = 32_768
