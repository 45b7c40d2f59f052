"""Errors of the AWS Query protocol: those that only it has, and the codes and statuses that it gives to all others.

Sources: IAM API Reference and STS API Reference, "Common Errors"; answers of IAM, STS and other services of the same
front end as recorded by their users.
"""

from types import MappingProxyType
from typing import Final

from strongroom.model.errors import ExpiredIdentityToken, ServiceError

IAM_NAMESPACE: Final = "https://iam.amazonaws.com/doc/2010-05-08/"
STS_NAMESPACE: Final = "https://sts.amazonaws.com/doc/2011-06-15/"


class MalformedHttpRequestError(ServiceError):
    """The request is neither a GET nor a POST of a form."""

    code = "MalformedHttpRequestException"


class MalformedQueryStringError(ServiceError):
    """The parameters cannot be told apart or decoded."""

    code = "MalformedQueryString"
    status = 404


class MissingActionError(ServiceError):
    """The request names no operation."""

    code = "MissingAction"


_SERVICE_FAILURE: Final = ("ServiceFailure", 500)

_IN_QUERY: Final = MappingProxyType(
    {
        "AccessDeniedException": ("AccessDenied", 403),
        "DependencyTimeoutException": ("ServiceUnavailable", 503),
        "ExpiredTokenException": ("ExpiredToken", 403),
        "IncompleteSignatureException": ("IncompleteSignature", 400),
        "InvalidSignatureException": ("SignatureDoesNotMatch", 403),
        "KMSInternalException": ("InternalFailure", 500),
        "MissingAuthenticationTokenException": ("MissingAuthenticationToken", 403),
        "SerializationException": ("MalformedInput", 400),
        "ThrottlingException": ("Throttling", 400),
        "UnknownOperationException": ("InvalidAction", 400),
        "UnrecognizedClientException": ("InvalidClientTokenId", 403),
        "ValidationException": ("ValidationError", 400),
    }
)


def query_error(error: ServiceError, namespace: str = STS_NAMESPACE) -> tuple[str, int]:
    """Give the code and the HTTP status of an error in this protocol; those that it has no other for are kept.

    `namespace` is the service's: IAM alone calls an internal failure `ServiceFailure`.
    """
    if error.code == "KMSInternalException" and namespace == IAM_NAMESPACE:
        return _SERVICE_FAILURE
    # The token of an identity provider, not of the caller's session: that error is one of STS's model.
    if isinstance(error, ExpiredIdentityToken):
        return error.code, error.status
    return _IN_QUERY.get(error.code, (error.code, error.status))
