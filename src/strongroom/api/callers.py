"""Who asks, with all that its own account says about it.

Source: IAM User Guide, "Policy evaluation logic".
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Final

import msgspec

from strongroom.authn.credentials import Credential
from strongroom.authn.sessions import INVALID_TOKEN, NO_TERMS, Session, Terms
from strongroom.authn.verify import Authenticated
from strongroom.custody.secrets import unwrap_secret_access_key
from strongroom.custody.store_keys import StoreKeys
from strongroom.model.account import AccessKey, AccountSettings
from strongroom.model.errors import UnrecognizedClient
from strongroom.model.identity import Group, ManagedPolicy, Role, User
from strongroom.model.principal import Principal, root_principal, service_principal, user_principal
from strongroom.policy.aws_managed import MANAGED_POLICIES
from strongroom.policy.callers import CallerPolicies, NamedPolicy, Source
from strongroom.policy.document import Document, parse_identity_policy
from strongroom.storage.store import Change, Reader

_SERVICE_SUFFIX: Final = ".amazonaws.com"
_SESSION_POLICY: Final = "session policy"


class Caller(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Who asks, as of one moment. Two are never equal, so that what is remembered of one holds for no other.

    Attributes:
        principal: who, under its present name.
        policies: what its own account says.
        tags: those of its session first, then those of the principal that no session tag takes the place of.
        session: the session in which it asks, or None.
        vouched: what an identity provider vouches for, of who asks for a session with its token.
    """

    principal: Principal
    policies: CallerPolicies
    tags: Mapping[str, str]
    session: Session | None = None
    vouched: Terms = NO_TERMS

    @property
    def service(self) -> str | None:
        """The AWS service that makes the requests, for the principal or as the principal; or None."""
        call = self.terms.service_call
        if call is not None:
            return call.service
        return self.principal.arn if self.principal.type == "AWSService" else None

    @property
    def via(self) -> str | None:
        """The AWS service that makes the requests in the principal's name, or None."""
        return None if self.principal.type == "AWSService" else self.service

    def via_in(self, region: str) -> str | None:
        """Give that service as kms:ViaService compares it, such as `ec2.us-east-1.amazonaws.com`; or None."""
        return None if self.via is None else f"{self.via.removesuffix(_SERVICE_SUFFIX)}.{region}{_SERVICE_SUFFIX}"

    @property
    def vouching_keys(self) -> tuple[str, ...]:
        """The long-term access keys, other than that of the request, with any of which its session ends."""
        call = self.terms.service_call
        return () if call is None else call.access_key_ids

    @property
    def token_issued_at(self) -> float | None:
        """When its own temporary credentials were issued, whichever service asks for it; None where it has none."""
        call = self.terms.service_call
        if call is not None:
            return call.token_issued_at
        return None if self.session is None else self.session.issued_at

    @property
    def terms(self) -> Terms:
        """What its session was opened with, or is asked to be opened with by an identity provider."""
        return self.vouched if self.session is None else self.session.terms


def load_credential(reader: Reader, store_keys: StoreKeys, access_key_id: str) -> Credential | None:
    """Give a long-term credential from the database, or None. Raises ValueError when its secret does not open."""
    found = reader.accounts.find_access_key(access_key_id)
    principal = None if found is None else owner_of(reader, found)
    if found is None or principal is None:
        return None
    return Credential(
        access_key_id=found.access_key_id,
        secret=unwrap_secret_access_key(store_keys, found),
        principal=principal,
        active=found.status == "Active",
    )


def owner_of(reader: Reader | Change, access_key: AccessKey) -> Principal | None:
    """Give whose access key it is, or None when its owner is gone."""
    account_id, owner_id = access_key.account_id, access_key.owner_id
    if account_id is None:
        return service_principal(owner_id)
    if owner_id == account_id:
        return root_principal(account_id)
    user = reader.identities.by_id(User, owner_id)
    return None if user is None else user_principal(user.account_id, user.arn, user.user_id, user.user_name)


def load_caller(reader: Reader | Change, authenticated: Authenticated) -> Caller:
    """Give who asks, from the database. Raises UnrecognizedClient for one that is not there any more."""
    principal, session = authenticated.principal, authenticated.session
    terms = NO_TERMS if session is None else session.terms
    _check_service(reader, principal, terms)
    if principal.type == "AWSService":
        return Caller(principal=principal, policies=CallerPolicies(), tags={}, session=session)
    control = service_control(reader, principal.account_id)
    if principal.type == "Root":
        policies = CallerPolicies(service_control=control, unrestricted=True, session=_session_policies(reader, terms))
        return Caller(principal=principal, policies=policies, tags=terms.tags, session=session)
    entity = _entity(reader, principal)
    return Caller(
        principal=_renamed(principal, entity),
        policies=CallerPolicies(
            # One that is attached to several of its groups says it once.
            identity=tuple({policy.name: policy for policy in identity_policies(reader, entity)}.values()),
            boundary=boundary(reader, entity),
            session=_session_policies(reader, terms),
            service_control=control,
        ),
        tags=_overlaid(entity.tags, terms.tags),
        session=session,
    )


def identity_policies(reader: Reader | Change, entity: User | Role) -> Iterator[NamedPolicy]:
    """Give the identity-based policies of a user, with those of its groups, or of a role."""
    yield from _policies_of(reader, entity)
    for group_id in entity.group_ids if isinstance(entity, User) else ():
        group = reader.identities.by_id(Group, group_id)
        if group is not None:
            yield from _policies_of(reader, group)


def boundary(reader: Reader | Change, entity: User | Role) -> NamedPolicy | None:
    """Give the permissions boundary of a user or role, or None."""
    arn = entity.permissions_boundary
    return None if arn is None else next(_managed(reader, (arn,), Source.PERMISSIONS_BOUNDARY))


def service_control(reader: Reader | Change, account_id: str) -> tuple[NamedPolicy, ...] | None:
    """Give the service control policies of an account, None where there are none, which limits nothing."""
    settings = reader.identities.find(AccountSettings, account_id, "")
    if settings is None or not settings.service_control_policies:
        return None
    return tuple(
        _named(Source.SERVICE_CONTROL_POLICY, name, text) for name, text in settings.service_control_policies.items()
    )


def session_policies(
    reader: Reader | Change, policy: str | None, policy_arns: Iterable[str]
) -> tuple[NamedPolicy, ...] | None:
    """Give session policies, None where there are none, which limits nothing. Raises LookupError for an unknown ARN."""
    managed = tuple(_managed(reader, policy_arns, Source.SESSION_POLICY))
    inline = () if policy is None else (_named(Source.SESSION_POLICY, _SESSION_POLICY, policy),)
    return (*inline, *managed) or None


def managed_policy_text(reader: Reader | Change, arn: str) -> str | None:
    """Give the text of a managed policy that is in force, AWS's or a customer's, or None."""
    if arn in MANAGED_POLICIES:
        return MANAGED_POLICIES[arn].document
    policy = reader.identities.by_arn(ManagedPolicy, arn)
    return None if policy is None else policy.document


@lru_cache(maxsize=4096)
def compiled(text: str) -> Document:
    """Compile an identity-based policy, or give what it was compiled to before. Raises PolicySyntaxError."""
    return parse_identity_policy(text)


def _check_service(reader: Reader | Change, principal: Principal, terms: Terms) -> None:
    service = principal.arn if principal.type == "AWSService" else None
    if terms.service_call is not None:
        service = terms.service_call.service
    if service is not None and reader.identities.service(service) is None:
        raise UnrecognizedClient(INVALID_TOKEN)
    vouching = () if terms.service_call is None else terms.service_call.access_key_ids
    if not all(_is_active(reader, access_key_id) for access_key_id in vouching):
        raise UnrecognizedClient(INVALID_TOKEN)


def _is_active(reader: Reader | Change, access_key_id: str) -> bool:
    access_key = reader.accounts.find_access_key(access_key_id)
    return access_key is not None and access_key.status == "Active"


def _entity(reader: Reader | Change, principal: Principal) -> User | Role:
    kind: type[User | Role] = User if principal.type == "IAMUser" else Role
    entity = reader.identities.by_id(kind, principal.entity_id)
    if entity is None:
        raise UnrecognizedClient(INVALID_TOKEN)
    return entity


def _renamed(principal: Principal, entity: User | Role) -> Principal:
    if isinstance(entity, User):
        return msgspec.structs.replace(principal, arn=entity.arn, user_name=entity.user_name)
    return msgspec.structs.replace(principal, role_arn=entity.arn)


def _overlaid(tags: Mapping[str, str], session_tags: Mapping[str, str]) -> dict[str, str]:
    """Give session tags, and tags of other keys; keys are compared without regard to case."""
    taken = {key.lower() for key in session_tags}
    return {**session_tags, **{key: value for key, value in tags.items() if key.lower() not in taken}}


def _session_policies(reader: Reader | Change, terms: Terms) -> tuple[NamedPolicy, ...] | None:
    try:
        return session_policies(reader, terms.policy, terms.policy_arns)
    except LookupError:
        # A limit that is gone must not turn into no limit.
        raise UnrecognizedClient(INVALID_TOKEN) from None


def _policies_of(reader: Reader | Change, entity: User | Role | Group) -> Iterator[NamedPolicy]:
    for name, text in entity.inline_policies.items():
        yield _named(Source.IDENTITY_POLICY, f"{entity.arn} {name}", text)
    yield from _managed(reader, entity.attached, Source.IDENTITY_POLICY)


def _managed(reader: Reader | Change, arns: Iterable[str], source: Source) -> Iterator[NamedPolicy]:
    for arn in arns:
        text = managed_policy_text(reader, arn)
        if text is None:
            raise LookupError(arn)
        yield _named(source, arn, text)


def _named(source: Source, name: str, text: str) -> NamedPolicy:
    return NamedPolicy(source=source, name=name, document=compiled(text))
