"""Policies: parsing, matching, evaluation, and the decision that they lead to.

The package knows nothing of HTTP, of storage, or of the API's operations.
"""
