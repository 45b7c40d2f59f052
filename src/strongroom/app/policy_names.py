"""The texts of policies and the names of principals, as people know them."""

from strongroom.api.callers import Caller, managed_policy_text
from strongroom.api.key_snapshots import KeySnapshot
from strongroom.api.principals import unbind, unbind_policy
from strongroom.model.account import AccountSettings
from strongroom.model.identity import Group, PathedEntity, Role, User
from strongroom.policy.callers import CallerPolicies, NamedPolicy, Source
from strongroom.policy.explain_words import Names
from strongroom.storage.store import Reader


def names_of(reader: Reader, key: KeySnapshot | None, caller: Caller) -> Names:
    """Give the names that an explanation uses, for the policies of a key and of who asks."""
    of_key = {} if key is None else {(Source.KEY_POLICY, ""): unbind_policy(reader, key.key.policy)}
    named = {(each.source, each.name): _text(reader, each, caller) for each in _policies(caller.policies)}
    texts = {**of_key, **{name: text for name, text in named.items() if text is not None}}
    return Names(texts=texts, principal=lambda kept: unbind(reader, kept))


def _policies(policies: CallerPolicies) -> tuple[NamedPolicy, ...]:
    boundary = () if policies.boundary is None else (policies.boundary,)
    return (*policies.identity, *boundary, *(policies.session or ()), *(policies.service_control or ()))


def _text(reader: Reader, policy: NamedPolicy, caller: Caller) -> str | None:
    if policy.source is Source.SERVICE_CONTROL_POLICY:
        settings = reader.identities.find(AccountSettings, caller.principal.account_id, AccountSettings.settings_name)
        return None if settings is None else settings.service_control_policies.get(policy.name)
    managed = managed_policy_text(reader, policy.name)
    if managed is not None:
        return managed
    return caller.terms.policy if policy.source is Source.SESSION_POLICY else _inline_text(reader, policy.name)


def _inline_text(reader: Reader, name: str) -> str | None:
    """Give the text of an inline policy, which is called by the ARN of its entity and its own name."""
    arn, _, policy_name = name.partition(" ")
    entity = reader.identities.by_arn(PathedEntity, arn)
    return entity.inline_policies.get(policy_name) if isinstance(entity, User | Group | Role) else None
