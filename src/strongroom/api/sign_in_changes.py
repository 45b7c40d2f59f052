"""What a sign-in to the console changes, in its one transaction."""

from typing import Final

import msgspec

from strongroom.api.admission import admit
from strongroom.api.call import Call, success_record
from strongroom.api.context import ChangeContext
from strongroom.api.iam import OPERATIONS
from strongroom.api.iam.login_profiles import ChangePasswordRequest
from strongroom.api.iam.types import Password
from strongroom.api.key_snapshots import TransactionDirectory
from strongroom.api.resolve import Scope
from strongroom.api.sign_in_results import Visit
from strongroom.authn.passwords import hash_password, needs_rehash
from strongroom.authn.sessions import Session
from strongroom.authn.verify import Authenticated
from strongroom.custody.store_keys import StoreKeys
from strongroom.model.errors import AccessDenied
from strongroom.model.identity import LoginProfile, User
from strongroom.model.identity_errors import PasswordPolicyViolationError
from strongroom.model.sign_in_errors import NewPasswordRefusedError, PasswordChangeDeniedError
from strongroom.storage.store import Change

_CHANGE_PASSWORD: Final = OPERATIONS["ChangePassword"]


def change_password(
    change: Change, store_keys: StoreKeys, visit: Visit, session: Session, passwords: ChangePasswordRequest
) -> None:
    """Run ChangePassword for the user of a session, who must be allowed to: policies decide, as for any request.

    Raises:
        NewPasswordRefusedError: the account's password policy does not allow it.
        PasswordChangeDeniedError: the user's policies do not.
    """
    call = _call(visit, session, passwords)
    scope = Scope(session.principal.account_id, visit.region)
    try:
        msgspec.convert(passwords.new_password, Password)
        admit(call, _CHANGE_PASSWORD, scope, TransactionDirectory(change))
        _CHANGE_PASSWORD.run(_context(change, store_keys, call, scope), passwords)
    except msgspec.ValidationError:
        raise NewPasswordRefusedError("Password should have 1 to 128 characters, each of them in ISO 8859-1") from None
    except PasswordPolicyViolationError as error:
        raise NewPasswordRefusedError(error.message) from None
    except AccessDenied as error:
        raise PasswordChangeDeniedError(error.message) from None
    change.outbox.append(success_record(call, None))


def note_sign_in(change: Change, visit: Visit, password: str, step: int) -> None:
    """Write down that somebody signed in with a password, and use up the code of that time step, if one was shown.

    The password is hashed anew where its hash was made with parameters of former times.
    """
    if visit.device is not None:
        change.identities.put(msgspec.structs.replace(visit.device, last_step=step))
    owner = visit.candidate.owner
    assert owner is not None  # noqa: S101 - somebody has the password
    if isinstance(owner, User):
        # As it is now: its password may just have been changed.
        user = change.identities.by_id(User, owner.user_id) or owner
        login = _renewed(user.login, password)
        change.identities.put(msgspec.structs.replace(user, login=login, password_last_used=change.now))
    else:
        login = _renewed(owner.root_login, password)
        change.identities.put(msgspec.structs.replace(owner, root_login=login, root_password_last_used=change.now))


def _renewed(login: LoginProfile | None, password: str) -> LoginProfile | None:
    if login is None or not needs_rehash(login.password_hash):
        return login
    return msgspec.structs.replace(login, password_hash=hash_password(password))


def _call(visit: Visit, session: Session, passwords: ChangePasswordRequest) -> Call:
    return Call(
        request=visit.request,
        request_id=visit.request_id,
        time=visit.time,
        wall=visit.wall,
        name=_CHANGE_PASSWORD.name,
        operation=_CHANGE_PASSWORD,
        credentials=Authenticated(
            principal=session.principal,
            access_key_id=session.access_key_id,
            region=visit.region,
            service=_CHANGE_PASSWORD.service,
            session=session,
        ),
        message=passwords,
    )


def _context(change: Change, store_keys: StoreKeys, call: Call, scope: Scope) -> ChangeContext:
    return ChangeContext(
        caller=call.caller,
        credentials=call.credentials,
        scope=scope,
        now=change.now,
        wall=call.wall,
        keys=(),
        by_grants=(),
        store_keys=store_keys,
        change=change,
    )
