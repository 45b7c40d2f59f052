"""Refusing what is no ARN of the kind that a request has to name, before anything is looked up.

Source: answers of IAM as recorded by its users.
"""

import re
from typing import Final, Protocol

from strongroom.model.identity_errors import InvalidInputError

_POLICY: Final = re.compile(r"arn:aws:iam::(aws|[0-9]{12}):policy/[!-~]+", re.ASCII)
_PROVIDER: Final = re.compile(r"arn:aws:iam::[0-9]{12}:oidc-provider/[!-~]+", re.ASCII)


class NamesPolicy(Protocol):
    """A request that names a managed policy."""

    @property
    def policy_arn(self) -> str:
        """The policy's ARN."""


class NamesProvider(Protocol):
    """A request that names an OpenID Connect provider."""

    @property
    def open_id_connect_provider_arn(self) -> str:
        """The provider's ARN."""


def check_policy_arn(request: NamesPolicy) -> None:
    """Raise InvalidInputError where a request names no managed policy."""
    _check(_POLICY, request.policy_arn)


def check_provider_arn(request: NamesProvider) -> None:
    """Raise InvalidInputError where a request names no OpenID Connect provider."""
    _check(_PROVIDER, request.open_id_connect_provider_arn)


def _check(pattern: re.Pattern[str], arn: str) -> None:
    if not pattern.fullmatch(arn):
        raise InvalidInputError(f"ARN {arn} is not valid.")
