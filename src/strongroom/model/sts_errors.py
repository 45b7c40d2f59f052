"""Every error that is STS's own, each with its AWS code and HTTP status; those of identity providers are in `errors`.

Source: STS API Reference, the errors of each operation.
"""

from strongroom.model.errors import ServiceError


class PackedPolicyTooLargeError(ServiceError):
    """Session policies and session tags together take more room than a session token has for them."""

    code = "PackedPolicyTooLarge"


class InvalidParameterValueError(ServiceError):
    """A parameter contradicts another, or what the session of the caller holds."""

    code = "InvalidParameterValue"


class InvalidAuthorizationMessageError(ServiceError):
    """The message is not one that was encoded here."""

    code = "InvalidAuthorizationMessageException"
