"""Identities and what belongs to them, as accounts keep them. Times are epoch seconds.

Source: IAM API Reference, data types; IAM User Guide, "IAM identifiers".
"""

import secrets
import string
from typing import ClassVar, Final, NamedTuple

import msgspec

from strongroom.model.arn import iam_arn

USER_PREFIX: Final = "AIDA"
GROUP_PREFIX: Final = "AGPA"
ROLE_PREFIX: Final = "AROA"
POLICY_PREFIX: Final = "ANPA"

_UNIQUE_ID_ALPHABET: Final = string.ascii_uppercase + "234567"
_UNIQUE_ID_RANDOM_LENGTH: Final = 17


def new_unique_id(prefix: str) -> str:
    """Make an id that never comes back: a prefix of four letters and 17 of A-Z and 2-7 (85 random bits)."""
    return prefix + "".join(secrets.choice(_UNIQUE_ID_ALPHABET) for _ in range(_UNIQUE_ID_RANDOM_LENGTH))


class Entity(msgspec.Struct, frozen=True, kw_only=True):
    """What an account keeps under a name that is unique in the account for its kind, without regard to case.

    Attributes:
        kind: the type in its ARN, where it has one.
        name_member: the member that holds the name.
        unique_id_member: the member that holds the id that never comes back; None for kinds without one.
    """

    kind: ClassVar[str]
    name_member: ClassVar[str]
    unique_id_member: ClassVar[str | None] = None

    account_id: str

    @property
    def name(self) -> str:
        """The name, as it was given."""
        name: str = getattr(self, self.name_member)
        return name

    @property
    def unique_id(self) -> str | None:
        """The id that never comes back, or None for kinds without one."""
        return None if self.unique_id_member is None else getattr(self, self.unique_id_member)


class PathedEntity(Entity, frozen=True, kw_only=True):
    """An entity with a path, which starts and ends with a slash."""

    path: str = "/"
    creation_date: float

    @property
    def arn(self) -> str:
        """Its ARN."""
        return iam_arn(self.account_id, self.kind, self.path, self.name)


class LoginProfile(msgspec.Struct, frozen=True, kw_only=True):
    """A user's password for the console.

    Attributes:
        password_hash: as `authn.passwords` makes it.
        reset_required: the user must set a new password at the next sign-in.
        creation_date: when the user was given a password first.
        password_date: when this password was set.
        previous_hashes: of the passwords before it, the latest first, as many as the account's password policy asks.
    """

    password_hash: str
    reset_required: bool
    creation_date: float
    password_date: float
    previous_hashes: tuple[str, ...] = ()


class User(PathedEntity, frozen=True, kw_only=True):
    """An IAM user.

    Attributes:
        user_id: `AIDA…`.
        inline_policies: texts by name.
        attached: ARNs of managed policies, the first attached first.
        permissions_boundary: ARN of a managed policy.
        group_ids: unique ids of the groups that the user is in.
        login: None for a user without a password.
    """

    kind: ClassVar[str] = "user"
    name_member: ClassVar[str] = "user_name"
    unique_id_member: ClassVar[str | None] = "user_id"

    user_name: str
    user_id: str
    tags: dict[str, str] = {}
    inline_policies: dict[str, str] = {}
    attached: tuple[str, ...] = ()
    permissions_boundary: str | None = None
    group_ids: tuple[str, ...] = ()
    login: LoginProfile | None = None
    password_last_used: float | None = None


class Group(PathedEntity, frozen=True, kw_only=True):
    """A group; its users name it by its id, `AGPA…`. What a user has too is as a user's."""

    kind: ClassVar[str] = "group"
    name_member: ClassVar[str] = "group_name"
    unique_id_member: ClassVar[str | None] = "group_id"

    group_name: str
    group_id: str
    inline_policies: dict[str, str] = {}
    attached: tuple[str, ...] = ()


class Role(PathedEntity, frozen=True, kw_only=True):
    """A role. What a user has too is as a user's.

    Attributes:
        role_id: `AROA…`.
        trust_policy: who may assume it, as stored: principals by unique id where they have one.
        max_session_duration: seconds.
        last_used_date: when a session of the role last made a request, in `last_used_region`.
    """

    kind: ClassVar[str] = "role"
    name_member: ClassVar[str] = "role_name"
    unique_id_member: ClassVar[str | None] = "role_id"

    role_name: str
    role_id: str
    trust_policy: str
    description: str | None = None
    max_session_duration: int = 3600
    tags: dict[str, str] = {}
    inline_policies: dict[str, str] = {}
    attached: tuple[str, ...] = ()
    permissions_boundary: str | None = None
    last_used_date: float | None = None
    last_used_region: str | None = None


class RoleUse(NamedTuple):
    """That a session of a role made a request: the role's unique id, epoch seconds and the Region."""

    role_id: str
    date: float
    region: str


class PolicyVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a managed policy; ids are `v1`, `v2` and so on."""

    version_id: str
    document: str
    creation_date: float


class ManagedPolicy(PathedEntity, frozen=True, kw_only=True):
    """A customer managed policy.

    Attributes:
        policy_id: `ANPA…`.
        versions: the oldest first; the default is among them.
        next_version: number of the version made next; numbers of deleted versions do not come back.
        update_date: when its latest version was made.
    """

    kind: ClassVar[str] = "policy"
    name_member: ClassVar[str] = "policy_name"
    unique_id_member: ClassVar[str | None] = "policy_id"

    policy_name: str
    policy_id: str
    description: str | None = None
    tags: dict[str, str] = {}
    versions: tuple[PolicyVersion, ...]
    default_version_id: str = "v1"
    next_version: int = 2
    update_date: float

    def version(self, version_id: str) -> PolicyVersion | None:
        """Give a version, or None."""
        return next((each for each in self.versions if each.version_id == version_id), None)

    @property
    def document(self) -> str:
        """The text in force: the default version's. Raises LookupError when there is no such version."""
        version = self.version(self.default_version_id)
        if version is None:
            raise LookupError(f"{self.arn} has no version {self.default_version_id}")
        return version.document


class OidcProvider(PathedEntity, frozen=True, kw_only=True):
    """An OpenID Connect provider whose tokens roles can trust.

    Attributes:
        url: of the issuer, without `https://`; providers have no path beside it.
        client_ids: audiences that are accepted.
        thumbprints: SHA-1 of certificates, in lower-case hexadecimal digits.
        jwks: the issuer's JSON Web Key Set, where it was given by hand; else it is fetched.
    """

    kind: ClassVar[str] = "oidc-provider"
    name_member: ClassVar[str] = "url"

    url: str
    client_ids: tuple[str, ...] = ()
    thumbprints: tuple[str, ...] = ()
    tags: dict[str, str] = {}
    jwks: str | None = None


class VirtualMfaDevice(PathedEntity, frozen=True, kw_only=True):
    """A virtual device for one-time codes; its ARN is its serial number.

    Attributes:
        store_key: version of the store key that wraps the seed.
        wrapped_seed: the seed, bound to the serial number.
        user_id: unique id of the user whose it is (the account id for the root user); None until it is enabled.
        last_step: time step of the latest code that was accepted; neither it nor an older one is accepted again.
    """

    kind: ClassVar[str] = "mfa"
    name_member: ClassVar[str] = "device_name"

    device_name: str
    store_key: int
    wrapped_seed: bytes
    user_id: str | None = None
    enable_date: float | None = None
    last_step: int = 0
    tags: dict[str, str] = {}
