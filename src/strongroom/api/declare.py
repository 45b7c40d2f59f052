"""Declaring operations: what each needs is data, which the pipeline, the tests and the docs read.

@operation(Needs("kms:Encrypt", key=KeyMember("key_id", by_alias=True), usage="ENCRYPT_DECRYPT", …), logs=("key_id",))
def encrypt(context: Context, request: EncryptRequest) -> EncryptResponse: ...
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, TypeVar, get_type_hints

import msgspec

from strongroom.api.bearers import Bearer
from strongroom.api.callers import Caller
from strongroom.api.context import ChangeContext, Context, Prepared, ReadContext
from strongroom.api.key_states import ANY_STATE, StateRule
from strongroom.api.resolve import AliasTarget, CiphertextKey, KeyMember, RelatedKeyMember
from strongroom.api.resources import ResourceFinder
from strongroom.api.second_factors import SecondFactor
from strongroom.api.store_requests import StoreRequests
from strongroom.api.supplies import ContextParameter, Parameter, Supply, TagsParameter
from strongroom.protocol.json_rpc import decoder_for
from strongroom.protocol.structures import AwsStruct, check_declaration

C = TypeVar("C", bound=Context)
Req = TypeVar("Req", bound=AwsStruct)
Resp = TypeVar("Resp", bound=AwsStruct | None)

Elements = Callable[[Any, Any], dict[str, object]]
"""From context and response to the audit record's `responseElements`."""

Prepare = Callable[[StoreRequests, Any], Prepared]
"""From the custom key stores and a request to what was done before the write lock is taken."""

When = Callable[[Caller, Any], bool]
"""From who asks and its request to whether a permission is needed."""

KeyFinder = KeyMember | CiphertextKey | AliasTarget | RelatedKeyMember
"""Where a request names a key."""

_NO_DEFAULTS: Mapping[str, object] = MappingProxyType({})
_NO_SUPPLIES: Mapping[str, Supply] = MappingProxyType({})


class Needs(msgspec.Struct, frozen=True):
    """One permission that an operation needs, and the resource that it needs it for.

    Attributes:
        action: the IAM action.
        key: where the request names the key; None for an action without a key.
        alias: member that names an alias of the caller's account, where the alias itself is the resource.
        resource: finds the resource of an action of IAM or STS; None where it is `*`.
        usage: the key usage that the operation takes, or None for any.
        states: the key states that it refuses.
        cross_account: whether it may be used on another account's resource.
        grantable: whether a grant may allow it.
        supplies: condition keys that the request supplies, by their lower-case names.
        encryption_context: the encryption context that the request supplies, or None where it can have none.
        tags: the tags, or keys of tags, that the request supplies.
        like_key: whether what it is needed for is made with the properties of the first key of the request.
        when: the permission is needed only if the request has this member, or this holds.
    """

    action: str
    key: KeyFinder | None = None
    alias: str | None = None
    resource: ResourceFinder | None = None
    usage: str | None = None
    states: StateRule = ANY_STATE
    cross_account: bool = False
    grantable: bool = False
    supplies: Mapping[str, Supply] = _NO_SUPPLIES
    encryption_context: ContextParameter | None = None
    tags: TagsParameter | None = None
    like_key: bool = False
    when: str | When | None = None

    def applies(self, caller: Caller, request: Any) -> bool:  # noqa: ANN401 - any request type
        """Tell whether the permission is needed for a request."""
        if callable(self.when):
            return self.when(caller, request)
        return self.when is None or bool(getattr(request, self.when))

    def members(self) -> tuple[str, ...]:
        """Give the members of the request that this names."""
        supplied = (each.member for each in self.supplies.values() if isinstance(each, Parameter))
        others = (each.member for each in (self.encryption_context, self.tags) if each is not None)
        optional = (each for each in (self.alias, self.when) if isinstance(each, str))
        return (*self._key_members(), *supplied, *others, *optional)

    def _key_members(self) -> tuple[str, ...]:
        if isinstance(self.key, CiphertextKey):
            return (self.key.ciphertext, self.key.named_by, self.key.algorithm)
        if isinstance(self.key, RelatedKeyMember):
            return (self.key.member, self.key.region)
        return () if self.key is None else (self.key.member,)


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """An operation of the API.

    Attributes:
        service: whose operation it is, as in credential scopes: `kms`, `iam`, `sts`.
        name: AWS's name, such as `ReEncrypt`.
        request: type of the request.
        decoder: reads the request.
        response: type of the response; NoneType where there is no output.
        context: the context type, which says whether it reads or changes the database.
        needs: the permissions, in the order in which they are checked; none for what AWS lets everybody do.
        key_needs: those of them that are for a key.
        key_finders: where the request names these keys.
        aliases: members that name an alias which is itself a resource.
        check: refuses parameters that break rules beyond the types, before any key is looked up.
        logs: audit name and member of each request parameter that the audit record shows.
        defaults: what counts as requested where the request leaves a member out.
        elements: what the audit record shows of the response.
        made: from the response to the ARN of the key that it made.
        bearer: proves who asks by what the request carries; None where that is signed.
        second_factor: the one-time code that the request may show.
        read_only: whether the audit record calls it that although it changes the database.
        uses_keys: whether the last use of its keys is kept.
        off_loop: tells of a request whether it takes so long that other requests must not wait for it.
        prepare: works out of a request what must not be done under the write lock; after it is authorised.
        additional: what the audit record shows beside parameters and response.
        run: the function.
    """

    service: str = "kms"
    name: str
    request: type[AwsStruct]
    decoder: msgspec.json.Decoder[AwsStruct]
    response: type[AwsStruct | None]
    context: type[Context]
    needs: tuple[Needs, ...]
    key_needs: tuple[Needs, ...]
    key_finders: tuple[KeyFinder, ...]
    aliases: tuple[str, ...]
    check: Callable[[Any], None] | None
    logs: tuple[tuple[str, str], ...]
    defaults: Mapping[str, object]
    elements: Elements | None
    made: Callable[[Any], str] | None
    bearer: Bearer | None
    second_factor: SecondFactor | None
    read_only: bool
    uses_keys: bool
    off_loop: Callable[[Any], bool] | None
    prepare: Prepare | None
    additional: Elements | None
    run: Callable[[Any, Any], AwsStruct | None]

    @property
    def unsigned(self) -> bool:
        """Whether it is proven by what it carries and not by a signature."""
        return self.bearer is not None

    @property
    def found_in_store(self) -> bool:
        """Whether what it needs permission for is looked up in the database, and so only off the event loop."""
        return any(needs.resource is not None for needs in self.needs)

    @property
    def reads(self) -> bool:
        """Whether it reads the database."""
        return self.context is ReadContext

    @property
    def changes(self) -> bool:
        """Whether it changes the database."""
        return self.context is ChangeContext


def operation(  # noqa: PLR0913 - a declaration has as many parts
    *needs: Needs,
    logs: tuple[str, ...] = (),
    defaults: Mapping[str, object] = _NO_DEFAULTS,
    check: Callable[[Any], None] | None = None,
    elements: Elements | None = None,
    made: Callable[[Any], str] | None = None,
    name: str | None = None,
    anybody: bool = False,
    bearer: Bearer | None = None,
    second_factor: SecondFactor | None = None,
    read_only: bool = False,
    uses_keys: bool = False,
    off_loop: Callable[[Any], bool] | None = None,
    prepare: Prepare | None = None,
    additional: Elements | None = None,
) -> Callable[[Callable[[C, Req], Resp]], Operation]:
    """Declare the function below as the operation of its name.

    `logs` names the members of the request that its audit record shows; what is not named is never recorded. `name`
    is given where AWS does not write it in plain words. `anybody` says that AWS asks for no permission. Raises
    ValueError for an operation without permissions that does not say so.
    """
    if bool(needs) is anybody:
        raise ValueError("an operation needs permissions, or is for anybody")

    def declare(function: Callable[[C, Req], Resp]) -> Operation:
        hints = get_type_hints(function)
        response = hints.pop("return")
        context, request = hints.values()
        return Operation(
            name=name or "".join(word.capitalize() for word in function.__name__.split("_")),
            request=request,
            decoder=decoder_for(request),
            response=response,
            context=context,
            needs=needs,
            key_needs=tuple(each for each in needs if each.key is not None),
            key_finders=tuple(each.key for each in needs if each.key is not None),
            aliases=tuple(each.alias for each in needs if each.alias is not None),
            check=check,
            logs=tuple((audit_name(request, member), member) for member in logs),
            defaults=defaults,
            elements=elements,
            made=made,
            bearer=bearer,
            second_factor=second_factor,
            read_only=read_only,
            uses_keys=uses_keys,
            off_loop=off_loop,
            prepare=prepare,
            additional=additional,
            run=function,
        )

    return declare


@cache
def audit_name(request: type[AwsStruct], member: str) -> str:
    """Give a member's name as CloudTrail writes it: the wire name with a small first letter. Raises ValueError."""
    for field in msgspec.structs.fields(request):
        if field.name == member:
            return field.encode_name[0].lower() + field.encode_name[1:]
    raise ValueError(f"{request.__name__} has no member {member}")


def key_id_element(context: Context, _response: object) -> dict[str, object]:
    """Show the key's ARN as `responseElements`, as CloudTrail does for changes that return nothing."""
    return {"keyId": context.key.arn}


def collect(service: str, operations: Iterable[Operation]) -> dict[str, Operation]:
    """Give the operations of a service by name.

    Raises ValueError for one that names a member that its request does not have, or comes twice.
    """
    collected: dict[str, Operation] = {}
    for each in operations:
        if each.name in collected:
            raise ValueError(f"{each.name} is declared twice")
        if any(needs.key is not None and needs.when is not None for needs in each.needs):
            raise ValueError(f"{each.name} needs a key only sometimes")
        named = {name for needs in each.needs for name in needs.members()} | each.defaults.keys()
        if each.second_factor is not None:
            named |= {each.second_factor.serial_number, each.second_factor.token_code}
        missing = named - set(each.request.__struct_fields__)
        if missing:
            raise ValueError(f"{each.name} has no member {', '.join(sorted(missing))}")
        if issubclass(each.response, AwsStruct):
            check_declaration(each.response)
        collected[each.name] = msgspec.structs.replace(each, service=service)
    return collected
