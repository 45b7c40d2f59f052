"""Every error that is IAM's own, each with its AWS code and HTTP status.

Source: IAM API Reference, the errors of each operation.
"""

from strongroom.model.errors import ServiceError


class NoSuchEntityError(ServiceError):
    """What the request names does not exist."""

    code = "NoSuchEntity"
    status = 404


class EntityAlreadyExistsError(ServiceError):
    """The name is taken."""

    code = "EntityAlreadyExists"
    status = 409


class EntityTemporarilyUnmodifiableError(ServiceError):
    """The entity is in use in a way that does not allow the change now."""

    code = "EntityTemporarilyUnmodifiable"
    status = 409


class UnmodifiableEntityError(ServiceError):
    """Only the service that made the entity may change it."""

    code = "UnmodifiableEntity"


class DeleteConflictError(ServiceError):
    """Something still hangs on the entity."""

    code = "DeleteConflict"
    status = 409


class LimitExceededError(ServiceError):
    """A quota is used up."""

    code = "LimitExceeded"
    status = 409


class InvalidInputError(ServiceError):
    """A parameter breaks a rule that is not of its type."""

    code = "InvalidInput"


class MalformedPolicyDocumentError(ServiceError):
    """The policy is not valid."""

    code = "MalformedPolicyDocument"


class PolicyNotAttachableError(ServiceError):
    """The managed policy is for a service-linked role only."""

    code = "PolicyNotAttachable"


class PasswordPolicyViolationError(ServiceError):
    """The password is not one that the account's password policy allows."""

    code = "PasswordPolicyViolation"


class InvalidUserTypeError(ServiceError):
    """The operation is for IAM users only."""

    code = "InvalidUserType"


class InvalidAuthenticationCodeError(ServiceError):
    """The codes are not those of the MFA device."""

    code = "InvalidAuthenticationCode"
    status = 403


class CredentialReportNotPresentError(ServiceError):
    """No credential report was generated yet."""

    code = "ReportNotPresent"
    status = 410


class CredentialReportExpiredError(ServiceError):
    """The credential report is too old to be shown."""

    code = "ReportExpired"
    status = 410
