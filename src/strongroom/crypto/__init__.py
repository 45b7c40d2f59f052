"""Cryptography by published constructions on `cryptography` (OpenSSL); knows nothing of HTTP, storage or policy."""
