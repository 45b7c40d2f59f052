from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from strongroom.model import errors, sts_errors
from strongroom.model.errors import InternalError, InvalidCiphertext, NotFound, ServerFault, ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterator


def descendants(of: type[ServiceError]) -> Iterator[type[ServiceError]]:
    for child in of.__subclasses__():
        yield child
        yield from descendants(child)


# STS has errors of its own, with codes that the Query protocol spells without a suffix.
OF_STS = {
    errors.InvalidIdentityToken,
    errors.ExpiredIdentityToken,
    errors.IDPCommunicationError,
    errors.IDPRejectedClaim,
}
ALL = [
    each
    for each in descendants(ServiceError)
    if each is not ServerFault and each.__module__ == errors.__name__ and each not in OF_STS
]


def test_each_error_has_a_code_of_its_own() -> None:
    codes = [each.code for each in ALL]
    assert len(set(codes)) == len(codes)
    assert ServiceError.code not in codes


@pytest.mark.parametrize("error", ALL)
def test_the_status_says_whose_fault_it_is(error: type[ServiceError]) -> None:
    assert (error.status >= 500) == issubclass(error, ServerFault)
    assert error.message_member in {"message", "Message"}
    assert error.code.endswith("Exception")


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        (errors.InvalidIdentityToken, "InvalidIdentityToken", 400),
        (errors.ExpiredIdentityToken, "ExpiredTokenException", 400),
        (errors.IDPCommunicationError, "IDPCommunicationError", 400),
        (errors.IDPRejectedClaim, "IDPRejectedClaim", 403),
        (sts_errors.PackedPolicyTooLargeError, "PackedPolicyTooLarge", 400),
        (sts_errors.InvalidParameterValueError, "InvalidParameterValue", 400),
        (sts_errors.InvalidAuthorizationMessageError, "InvalidAuthorizationMessageException", 400),
    ],
)
def test_errors_of_sts(error: type[ServiceError], code: str, status: int) -> None:
    assert (error.code, error.status, error.told_to_caller_only) == (code, status, False)


def test_every_error_of_sts_is_known_here() -> None:
    own = {each for each in descendants(ServiceError) if each.__module__ == sts_errors.__name__}
    assert {each.__name__ for each in own} == {
        "PackedPolicyTooLargeError",
        "InvalidParameterValueError",
        "InvalidAuthorizationMessageError",
    }


def test_a_message() -> None:
    error = NotFound("Key 'arn' does not exist")
    assert (error.message, str(error)) == ("Key 'arn' does not exist", "Key 'arn' does not exist")


def test_no_message() -> None:
    error = InvalidCiphertext()
    assert error.message is None
    assert str(error) == "InvalidCiphertextException"


def test_codes_and_statuses() -> None:
    assert (NotFound.code, NotFound.status) == ("NotFoundException", 400)
    assert (InternalError.code, InternalError.status) == ("KMSInternalException", 500)
