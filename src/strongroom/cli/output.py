"""What commands print."""

import sys
from collections.abc import Mapping

import msgspec


def print_json(value: object) -> None:
    """Print one JSON object, for programs."""
    print(msgspec.json.format(msgspec.json.encode(value), indent=2).decode(), flush=True)


def print_fields(fields: Mapping[str, object]) -> None:
    """Print names and values in two columns, for people."""
    width = max(len(name) for name in fields)
    for name, value in fields.items():
        print(f"  {name:<{width}}  {value}", flush=True)


def complain(message: str) -> None:
    """Print an error to stderr."""
    print(f"strongroom: {message}", file=sys.stderr, flush=True)
