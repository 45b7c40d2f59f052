"""Custody of keys: the root key that the operator holds, the store keys under it, and what they wrap."""
