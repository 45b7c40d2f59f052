"""What may stand behind a flag; each raises ValueError with what is expected."""

import logging
import re
from typing import get_args

from strongroom.custody.root_key_providers import Provider
from strongroom.model.regions import REGIONS
from strongroom.model.request import VpcEndpoint
from strongroom.server.listen import ListenAddress

_PROVIDERS: dict[str, Provider] = {each: each for each in get_args(Provider)}
_SHORTEST_PROXY_WAIT = 0.05
_LONGEST_PROXY_WAIT = 10
_MOST_WORKERS = 256
_HIGHEST_PORT = 65535
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
# EC2 gives 17 digits, and gave 8 before.
_VPC_ENDPOINT = re.compile(r"(vpce-[0-9a-f]{8}(?:[0-9a-f]{9})?)(?:@(vpc-[0-9a-f]{8}(?:[0-9a-f]{9})?))?=(.+)")
_DURATION = re.compile(r"(\d{1,9})([smhd])", re.ASCII)


def account_id(text: str) -> str:
    """Read an account id."""
    if not re.fullmatch(r"[0-9]{12}", text, re.ASCII):
        raise ValueError(f"an account id has 12 digits, not {text!r}")
    return text


def region(text: str) -> str:
    """Read a Region."""
    if text not in REGIONS:
        raise ValueError(f"{text!r} is no Region; take one such as us-east-1")
    return text


def listen(text: str) -> tuple[str, int]:
    """Read HOST:PORT; an IPv6 address stands in brackets."""
    host, _, port = text.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or int(port) > _HIGHEST_PORT:
        raise ValueError(f"expected HOST:PORT, such as 127.0.0.1:4599, not {text!r}")
    return host.removeprefix("[").removesuffix("]"), int(port)


def vpc_endpoint(text: str) -> ListenAddress:
    """Read VPCE=HOST:PORT or VPCE@VPC=HOST:PORT, with the ids of a VPC endpoint and of its VPC."""
    match = _VPC_ENDPOINT.fullmatch(text)
    if match is None:
        raise ValueError(
            "expected VPCE=HOST:PORT or VPCE@VPC=HOST:PORT, such as vpce-1a2b3c4d@vpc-0a1b2c3d=10.0.0.5:4600, "
            f"not {text!r}"
        )
    endpoint_id, vpc_id, address = match.groups()
    host, port = listen(address)
    return ListenAddress(host=host, port=port, vpc_endpoint=VpcEndpoint(endpoint_id=endpoint_id, vpc_id=vpc_id))


def workers(text: str) -> int:
    """Read a number of workers."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= _MOST_WORKERS:
        raise ValueError(f"expected 1 to {_MOST_WORKERS} workers, not {text!r}")
    return int(text)


def proxy_seconds(text: str) -> float:
    """Read how long an external key store proxy is given, in seconds."""
    seconds = float(text)
    if not _SHORTEST_PROXY_WAIT <= seconds <= _LONGEST_PROXY_WAIT:
        raise ValueError(f"expected {_SHORTEST_PROXY_WAIT} to {_LONGEST_PROXY_WAIT} seconds, not {text!r}")
    return seconds


def provider(text: str) -> Provider:
    """Read who keeps a root key."""
    found = _PROVIDERS.get(text)
    if found is None:
        raise ValueError(f"expected file, passphrase or pkcs11, not {text!r}")
    return found


def duration(text: str) -> int:
    """Read a duration such as 90s, 15m, 12h or 30d, in seconds."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(f"expected a duration such as 15m, 12h or 30d, not {text!r}")
    return int(match[1]) * _UNITS[match[2]]


def flag(text: str) -> bool:
    """Read true or false, in any case."""
    if text.lower() not in {"true", "false"}:
        raise ValueError(f"expected true or false, not {text!r}")
    return text.lower() == "true"


def log_level(text: str) -> str:
    """Read the name of a log level."""
    if text.upper() not in logging.getLevelNamesMapping():
        raise ValueError(f"expected a level such as INFO or WARNING, not {text!r}")
    return text.upper()
