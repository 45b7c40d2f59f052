"""Whose sign-in it may be: what a sign-in names, as the database has it."""

import msgspec

from strongroom.api.iam.owners import ROOT_NAME
from strongroom.authn.sign_in import SignInRequest
from strongroom.model.account import AccountSettings, PasswordPolicy
from strongroom.model.identity import LoginProfile, User, VirtualMfaDevice
from strongroom.model.principal import Principal, root_principal, user_principal
from strongroom.storage.store import Change, Reader


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """Who may be signing in; nobody when there is no `owner`.

    Attributes:
        account_id: of the account that was named, or None when there is none.
        owner: whose password it is: a user, or the settings of an account for its root user.
        alias: of the account, or None.
        policy: what the account asks of passwords; None where it asks nothing, and for its root user.
    """

    account_id: str | None = None
    owner: User | AccountSettings | None = None
    alias: str | None = None
    policy: PasswordPolicy | None = None

    @property
    def principal(self) -> Principal | None:
        """The user or root user, or None."""
        if self.owner is None:
            return None
        if isinstance(self.owner, User):
            return user_principal(self.owner.account_id, self.owner.arn, self.owner.user_id, self.owner.user_name)
        return root_principal(self.owner.account_id)

    @property
    def proven(self) -> Principal:
        """The same once the password was right, so that it is somebody. Raises LookupError for nobody."""
        principal = self.principal
        if principal is None:
            raise LookupError("nobody has signed in")
        return principal

    @property
    def login(self) -> LoginProfile | None:
        """The password, or None for one without."""
        if self.owner is None:
            return None
        return self.owner.login if isinstance(self.owner, User) else self.owner.root_login


def find_candidate(reader: Reader | Change, asked: SignInRequest) -> Candidate:
    """Find whom a sign-in names. The root user is also called `root` where no user is called so."""
    account_id = _account(reader, asked.account)
    if account_id is None:
        return Candidate()
    settings = reader.identities.find(AccountSettings, account_id, AccountSettings.settings_name)
    settings = settings or AccountSettings(account_id=account_id)
    user = None if asked.user is None else reader.identities.find(User, account_id, asked.user)
    if user is not None:
        return Candidate(account_id=account_id, owner=user, alias=settings.alias, policy=settings.password_policy)
    if asked.user is not None and asked.user.lower() != ROOT_NAME:
        return Candidate(account_id=account_id)
    return Candidate(account_id=account_id, owner=settings, alias=settings.alias)


def find_devices(reader: Reader | Change, candidate: Candidate) -> list[VirtualMfaDevice]:
    """Find the MFA devices of a candidate; apart, so that what is wrong is not told by the time that it takes."""
    principal = candidate.proven
    devices = reader.identities.all(VirtualMfaDevice, principal.account_id)
    return [device for device in devices if device.user_id == principal.entity_id]


def _account(reader: Reader | Change, named: str) -> str | None:
    # An alias may be made of digits too: then the account of that id goes first.
    return named if reader.accounts.has_account(named) else reader.identities.account_of_alias(named.lower())
