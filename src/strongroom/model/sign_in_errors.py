"""Why somebody is not signed in to the console, as the sign-in answers it."""

from typing import ClassVar


class SignInError(Exception):
    """A sign-in that is refused; the browser is told `code` and `message`.

    Attributes:
        code: for programs; it does not change.
        status: HTTP status.
        recorded: what the audit record says of it; None where it is no failure.
        counts: whether it was a wrong guess.
    """

    code: ClassVar[str]
    status: ClassVar[int] = 401
    recorded: ClassVar[str | None] = "Failed authentication"
    counts: ClassVar[bool] = False
    text: ClassVar[str]

    def __init__(self, message: str | None = None) -> None:
        self.message = message or self.text
        super().__init__(self.message)


class InvalidSignInError(SignInError):
    """Account, user and password do not belong together; which of them is wrong is not told."""

    code = "InvalidSignIn"
    counts = True
    text = "Your authentication information is incorrect. Please try again."


class MfaRequiredError(SignInError):
    """The password is right, and the user has an MFA device."""

    code = "MfaRequired"
    recorded = None
    text = "Enter the code of your MFA device."


class InvalidMfaCodeError(SignInError):
    """The password is right, and the code is wrong or was used before."""

    code = "InvalidMfaCode"
    counts = True
    text = "The MFA code is incorrect or was used before. Please try again with the next one."


class PasswordChangeRequiredError(SignInError):
    """The password is right, but it may only be used to set another."""

    code = "PasswordChangeRequired"
    recorded = "Password change required"
    text = "You must change your password to continue."


class PasswordExpiredError(SignInError):
    """The password is right, but too old, and the account lets an administrator alone set another."""

    code = "PasswordExpired"
    recorded = "Password expired"
    text = "Your password has expired. Ask your administrator to set a new one."


class NewPasswordRefusedError(SignInError):
    """The password policy of the account does not allow the new password."""

    code = "PasswordPolicyViolation"
    status = 400
    recorded = "Password policy violation"
    text = "The password policy of the account does not allow this password."


class PasswordChangeDeniedError(SignInError):
    """The user may not change the password."""

    code = "AccessDenied"
    status = 403
    recorded = "Password change denied"
    text = "You are not allowed to change your password."


class TooManyAttemptsError(SignInError):
    """There were too many wrong guesses, or there are too many sign-ins at once."""

    code = "TooManyAttempts"
    status = 429
    recorded = "Too many attempts"
    text = "There were too many attempts to sign in. Please wait five minutes and try again."


class InvalidSignInRequestError(SignInError):
    """It is not the JSON that a sign-in is made of."""

    code = "InvalidRequest"
    status = 400
    recorded = "Invalid request"
    text = "The request is not a sign-in."


class ForeignOriginError(SignInError):
    """A page of somebody else's asks."""

    code = "ForeignOrigin"
    status = 403
    recorded = "Foreign origin"
    text = "Sign-in is for pages of this server."


class SignInFailedError(SignInError):
    """The fault is ours."""

    code = "InternalFailure"
    status = 500
    recorded = "Internal failure"
    text = "The request failed because of an internal error."
