"""CreateLoginProfile, GetLoginProfile, UpdateLoginProfile, DeleteLoginProfile, ChangePassword.

Source: IAM API Reference, the operations' own pages.
"""

from typing import Any

import msgspec

from strongroom.api.context import ChangeContext, ReadContext
from strongroom.api.declare import Needs, operation
from strongroom.api.iam.entities import find_user, own_user_name
from strongroom.api.iam.finders import user_resource
from strongroom.api.iam.password_rules import first_login, next_login, password_policy
from strongroom.api.iam.types import Password, UserName
from strongroom.api.iam.user_permissions import with_account_permissions
from strongroom.api.resources import Resource
from strongroom.authn.passwords import verify_password
from strongroom.model.errors import AccessDenied
from strongroom.model.identity import LoginProfile, User
from strongroom.model.identity_errors import (
    EntityAlreadyExistsError,
    InvalidUserTypeError,
    NoSuchEntityError,
)
from strongroom.model.principal import Principal
from strongroom.protocol.structures import AwsStruct, Timestamp, timestamp
from strongroom.protocol.validation import broken_constraint
from strongroom.storage.store import Change, Reader


class LoginProfileDescription(AwsStruct, frozen=True, kw_only=True):
    """That a user has a password."""

    user_name: str
    create_date: Timestamp
    password_reset_required: bool


class CreateLoginProfileRequest(AwsStruct, frozen=True, kw_only=True):
    """CreateLoginProfile."""

    user_name: UserName | None = None
    password: Password | None = None
    password_reset_required: bool | None = None


class CreateLoginProfileResponse(AwsStruct, frozen=True, kw_only=True):
    """CreateLoginProfile."""

    login_profile: LoginProfileDescription


class GetLoginProfileRequest(AwsStruct, frozen=True, kw_only=True):
    """GetLoginProfile."""

    user_name: UserName | None = None


class GetLoginProfileResponse(AwsStruct, frozen=True, kw_only=True):
    """GetLoginProfile."""

    login_profile: LoginProfileDescription


class UpdateLoginProfileRequest(AwsStruct, frozen=True, kw_only=True):
    """UpdateLoginProfile."""

    user_name: UserName
    password: Password | None = None
    password_reset_required: bool | None = None


class DeleteLoginProfileRequest(AwsStruct, frozen=True, kw_only=True):
    """DeleteLoginProfile."""

    user_name: UserName | None = None


class ChangePasswordRequest(AwsStruct, frozen=True, kw_only=True):
    """ChangePassword."""

    old_password: Password
    new_password: Password


@operation(
    Needs("iam:CreateLoginProfile", resource=user_resource()),
    logs=("user_name", "password_reset_required"),
    elements=lambda _context, response: {"loginProfile": response.login_profile},
)
def create_login_profile(context: ChangeContext, request: CreateLoginProfileRequest) -> CreateLoginProfileResponse:
    """Give a user a password, with which it can sign in to the console."""
    if request.password is None:
        raise broken_constraint(None, "password", "Member must not be null")
    user = _user(context.change, context.principal, request.user_name)
    if user.login is not None:
        raise EntityAlreadyExistsError(f"Login Profile for user {user.user_name} already exists.")
    policy = password_policy(context.change, user.account_id)
    login = first_login(policy, request.password, context.now, reset_required=bool(request.password_reset_required))
    context.change.identities.put(msgspec.structs.replace(user, login=login))
    return CreateLoginProfileResponse(login_profile=_described(user, login))


@operation(Needs("iam:GetLoginProfile", resource=user_resource()), logs=("user_name",))
def get_login_profile(context: ReadContext, request: GetLoginProfileRequest) -> GetLoginProfileResponse:
    """Tell whether a user has a password."""
    user = _user(context.reader, context.principal, request.user_name)
    return GetLoginProfileResponse(login_profile=_described(user, _login(user)))


@operation(Needs("iam:UpdateLoginProfile", resource=user_resource()), logs=("user_name", "password_reset_required"))
def update_login_profile(context: ChangeContext, request: UpdateLoginProfileRequest) -> None:
    """Set a user's password anew, or whether the user has to."""
    user = find_user(context.change, context.scope.account_id, request.user_name)
    login = _login(user)
    reset_required = login.reset_required
    if request.password_reset_required is not None:
        reset_required = request.password_reset_required
    if request.password is None:
        login = msgspec.structs.replace(login, reset_required=reset_required)
    else:
        policy = password_policy(context.change, user.account_id)
        login = next_login(policy, login, request.password, context.now, reset_required=reset_required)
    context.change.identities.put(msgspec.structs.replace(user, login=login))


@operation(Needs("iam:DeleteLoginProfile", resource=user_resource()), logs=("user_name",))
def delete_login_profile(context: ChangeContext, request: DeleteLoginProfileRequest) -> None:
    """Take a user's password away."""
    user = _user(context.change, context.principal, request.user_name)
    _login(user)
    context.change.identities.put(msgspec.structs.replace(user, login=None))


def _caller_as_resource(reader: Reader | Change, caller: Principal, _request: Any) -> Resource:  # noqa: ANN401 - any request type
    user = reader.identities.by_id(User, caller.entity_id)
    if user is None:
        return Resource(arn=caller.arn, account_id=caller.account_id)
    own = Resource(arn=user.arn, account_id=user.account_id, tags=user.tags)
    return with_account_permissions(reader, caller, own)


@operation(Needs("iam:ChangePassword", resource=_caller_as_resource))
def change_password(context: ChangeContext, request: ChangePasswordRequest) -> None:
    """Change the password of the user who asks."""
    if context.principal.type != "IAMUser":
        raise InvalidUserTypeError("Only IAM Users can change their own password")
    user = _user(context.change, context.principal, None)
    login = _login(user)
    if not verify_password(login.password_hash, request.old_password):
        raise AccessDenied("The old password was incorrect.")
    policy = password_policy(context.change, user.account_id)
    changed = next_login(policy, login, request.new_password, context.now, reset_required=False)
    context.change.identities.put(msgspec.structs.replace(user, login=changed))


def _user(reader: Reader | Change, principal: Principal, name: str | None) -> User:
    return find_user(reader, principal.account_id, name or own_user_name(principal))


def _login(user: User) -> LoginProfile:
    if user.login is None:
        raise NoSuchEntityError(f"Login Profile for User {user.user_name} cannot be found.")
    return user.login


def _described(user: User, login: LoginProfile) -> LoginProfileDescription:
    return LoginProfileDescription(
        user_name=user.user_name,
        create_date=timestamp(login.creation_date),
        password_reset_required=login.reset_required,
    )


OPERATIONS = (
    create_login_profile,
    get_login_profile,
    update_login_profile,
    delete_login_profile,
    change_password,
)
