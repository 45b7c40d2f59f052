"""A grant: permission for one principal to use one key."""

import msgspec

from strongroom.model.key import KeyPlace


class GrantConstraints(msgspec.Struct, frozen=True, kw_only=True):
    """What a grant asks of requests; at least one member is given, and at most one of the two contexts.

    Attributes:
        encryption_context_subset: pairs that the request's context must hold.
        encryption_context_equals: pairs that the request's context must be.
        source_arn: pattern of the ARN for which an AWS service makes the request.
    """

    encryption_context_subset: dict[str, str] | None = None
    encryption_context_equals: dict[str, str] | None = None
    source_arn: str | None = None

    @property
    def encryption_context(self) -> dict[str, str]:
        """The pairs of either context."""
        return self.encryption_context_equals or self.encryption_context_subset or {}


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """A grant. Principals are kept as key policies keep them: see `policy.binding`.

    Attributes:
        grant_id: 64 lower-case hexadecimal digits.
        name: the caller's name for it, empty where it gave none.
        grantee: unique id of a user (`AIDA…`) or role (`AROA…`), `AROA…:SESSION`, the ARN of an account's root, or the
            name of a service.
        retiring: who may retire it, in the same forms, or None.
        operations: names without the prefix `kms:`, such as `Decrypt`.
        issuing_account: id of the account whose principal made it.
        creation_date: epoch seconds.
    """

    place: KeyPlace
    grant_id: str
    name: str
    grantee: str
    retiring: str | None
    operations: tuple[str, ...]
    constraints: GrantConstraints | None
    issuing_account: str
    creation_date: float
