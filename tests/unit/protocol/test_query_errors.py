import pytest

from strongroom.model import errors
from strongroom.model.errors import ServiceError
from strongroom.protocol.query_errors import (
    IAM_NAMESPACE,
    STS_NAMESPACE,
    MalformedHttpRequestError,
    MalformedQueryStringError,
    MissingActionError,
    query_error,
)


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        (errors.UnrecognizedClient, "InvalidClientTokenId", 403),
        (errors.InvalidSignature, "SignatureDoesNotMatch", 403),
        (errors.MissingAuthenticationToken, "MissingAuthenticationToken", 403),
        (errors.IncompleteSignature, "IncompleteSignature", 400),
        (errors.ExpiredToken, "ExpiredToken", 403),
        (errors.ExpiredIdentityToken, "ExpiredTokenException", 400),
        (errors.AccessDenied, "AccessDenied", 403),
        (errors.ValidationError, "ValidationError", 400),
        (errors.SerializationError, "MalformedInput", 400),
        (errors.UnknownOperation, "InvalidAction", 400),
        (errors.Throttling, "Throttling", 400),
        (errors.DependencyTimeout, "ServiceUnavailable", 503),
        (errors.TagError, "TagException", 400),
        (ServiceError, "InternalFailure", 400),
        (MalformedHttpRequestError, "MalformedHttpRequestException", 400),
        (MalformedQueryStringError, "MalformedQueryString", 404),
        (MissingActionError, "MissingAction", 400),
    ],
)
@pytest.mark.parametrize("namespace", [IAM_NAMESPACE, STS_NAMESPACE])
def test_codes(error: type[ServiceError], code: str, status: int, namespace: str) -> None:
    assert query_error(error(), namespace) == (code, status)


def test_internal_failures_are_named_by_the_service() -> None:
    assert query_error(errors.InternalError(), IAM_NAMESPACE) == ("ServiceFailure", 500)
    assert query_error(errors.InternalError(), STS_NAMESPACE) == ("InternalFailure", 500)
    assert query_error(errors.InternalError()) == ("InternalFailure", 500)


def test_an_error_may_be_of_this_protocol_already() -> None:
    class NoSuchEntityError(ServiceError):
        code = "NoSuchEntity"
        status = 404

    assert query_error(NoSuchEntityError()) == ("NoSuchEntity", 404)
