"""Declaring operations: what each needs is data, which the pipeline, the tests and the docs read.

@operation(Needs("kms:Encrypt", key=KeyMember("key_id", by_alias=True), usage="ENCRYPT_DECRYPT", …), logs=("key_id",))
def encrypt(context: Context, request: EncryptRequest) -> EncryptResponse: ...
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, TypeVar, get_type_hints

import msgspec

from strongroom.api.context import ChangeContext, Context, ReadContext
from strongroom.api.key_states import ANY_STATE, StateRule
from strongroom.api.resolve import AliasTarget, CiphertextKey, KeyMember
from strongroom.protocol.json_rpc import decoder_for
from strongroom.protocol.structures import AwsStruct, check_declaration

C = TypeVar("C", bound=Context)
Req = TypeVar("Req", bound=AwsStruct)
Resp = TypeVar("Resp", bound=AwsStruct | None)

Elements = Callable[[Any, Any], dict[str, object]]
"""From context and response to the audit record's `responseElements`."""

_NO_DEFAULTS: Mapping[str, object] = MappingProxyType({})


class Needs(msgspec.Struct, frozen=True):
    """One permission that an operation needs, and the key that it needs it for.

    Attributes:
        action: the IAM action.
        key: where the request names the key; None for an action without a key.
        alias: member that names an alias of the caller's account, where the alias itself is the resource.
        usage: the key usage that the operation takes, or None for any.
        states: the key states that it refuses.
        cross_account: whether it may be used on another account's key.
    """

    action: str
    key: KeyMember | CiphertextKey | AliasTarget | None = None
    alias: str | None = None
    usage: str | None = None
    states: StateRule = ANY_STATE
    cross_account: bool = False

    def members(self) -> tuple[str, ...]:
        """Give the members of the request that this names."""
        named = () if self.alias is None else (self.alias,)
        if isinstance(self.key, CiphertextKey):
            return (*named, self.key.ciphertext, self.key.named_by)
        return named if self.key is None else (*named, self.key.member)


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """An operation of the API.

    Attributes:
        name: AWS's name, such as `ReEncrypt`.
        request: type of the request.
        decoder: reads the request.
        response: type of the response; NoneType where there is no output.
        context: the context type, which says whether it reads or changes the database.
        needs: the permissions, in the order in which they are checked.
        key_needs: those of them that are for a key.
        check: refuses parameters that break rules beyond the types, before any key is looked up.
        logs: audit name and member of each request parameter that the audit record shows.
        defaults: what counts as requested where the request leaves a member out.
        elements: what the audit record shows of the response.
        made: from the response to the ARN of the key that it made.
        run: the function.
    """

    name: str
    request: type[AwsStruct]
    decoder: msgspec.json.Decoder[AwsStruct]
    response: type[AwsStruct | None]
    context: type[Context]
    needs: tuple[Needs, ...]
    key_needs: tuple[Needs, ...]
    check: Callable[[Any], None] | None
    logs: tuple[tuple[str, str], ...]
    defaults: Mapping[str, object]
    elements: Elements | None
    made: Callable[[Any], str] | None
    run: Callable[[Any, Any], AwsStruct | None]

    @property
    def reads(self) -> bool:
        """Whether it reads the database."""
        return self.context is ReadContext

    @property
    def changes(self) -> bool:
        """Whether it changes the database."""
        return self.context is ChangeContext


def operation(
    *needs: Needs,
    logs: tuple[str, ...] = (),
    defaults: Mapping[str, object] = _NO_DEFAULTS,
    check: Callable[[Any], None] | None = None,
    elements: Elements | None = None,
    made: Callable[[Any], str] | None = None,
) -> Callable[[Callable[[C, Req], Resp]], Operation]:
    """Declare the function below as the operation of its name.

    `logs` names the members of the request that its audit record shows; what is not named is never recorded.
    """

    def declare(function: Callable[[C, Req], Resp]) -> Operation:
        hints = get_type_hints(function)
        response = hints.pop("return")
        context, request = hints.values()
        return Operation(
            name="".join(word.capitalize() for word in function.__name__.split("_")),
            request=request,
            decoder=decoder_for(request),
            response=response,
            context=context,
            needs=needs,
            key_needs=tuple(each for each in needs if each.key is not None),
            check=check,
            logs=tuple((audit_name(request, member), member) for member in logs),
            defaults=defaults,
            elements=elements,
            made=made,
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


def collect(operations: Iterable[Operation]) -> dict[str, Operation]:
    """Give operations by name.

    Raises ValueError for one that needs no permission, names a member that its request does not have, or comes twice.
    """
    collected: dict[str, Operation] = {}
    for each in operations:
        if not each.needs:
            raise ValueError(f"{each.name} needs no permission")
        if each.name in collected:
            raise ValueError(f"{each.name} is declared twice")
        named = {name for needs in each.needs for name in needs.members()} | each.defaults.keys()
        missing = named - set(each.request.__struct_fields__)
        if missing:
            raise ValueError(f"{each.name} has no member {', '.join(sorted(missing))}")
        if issubclass(each.response, AwsStruct):
            check_declaration(each.response)
        collected[each.name] = each
    return collected
