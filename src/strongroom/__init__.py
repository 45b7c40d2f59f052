"""Strongroom: a key management service that speaks the AWS KMS API."""

from importlib.metadata import version

__version__ = version("strongroom")
