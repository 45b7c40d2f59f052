"""Client ids, thumbprints and tags of OpenID Connect providers.

Source: IAM API Reference, the operations' own pages.
"""

import msgspec

from strongroom.api.context import ChangeContext, ReadContext
from strongroom.api.declare import Needs, operation
from strongroom.api.iam.arns import check_provider_arn
from strongroom.api.iam.finders import oidc_provider_resource
from strongroom.api.iam.oidc_provider_rules import checked_client_ids, checked_thumbprints, find_oidc_provider
from strongroom.api.iam.oidc_providers import ClientId, Thumbprint
from strongroom.api.iam.tag_rules import checked_tags, tag_page, with_tags, without_tags
from strongroom.api.iam.types import Arn, Marker, MaxItems, NextMarker, Tag, TagKeys, Tags
from strongroom.api.supplies import TagsParameter
from strongroom.model.identity import OidcProvider
from strongroom.protocol.structures import AwsStruct


class UpdateOpenIDConnectProviderThumbprintRequest(AwsStruct, frozen=True, kw_only=True):
    """UpdateOpenIDConnectProviderThumbprint."""

    open_id_connect_provider_arn: Arn = msgspec.field(name="OpenIDConnectProviderArn")
    thumbprint_list: list[Thumbprint]


class AddClientIDToOpenIDConnectProviderRequest(AwsStruct, frozen=True, kw_only=True):
    """AddClientIDToOpenIDConnectProvider."""

    open_id_connect_provider_arn: Arn = msgspec.field(name="OpenIDConnectProviderArn")
    client_id: ClientId = msgspec.field(name="ClientID")


class RemoveClientIDFromOpenIDConnectProviderRequest(AwsStruct, frozen=True, kw_only=True):
    """RemoveClientIDFromOpenIDConnectProvider."""

    open_id_connect_provider_arn: Arn = msgspec.field(name="OpenIDConnectProviderArn")
    client_id: ClientId = msgspec.field(name="ClientID")


class TagOpenIDConnectProviderRequest(AwsStruct, frozen=True, kw_only=True):
    """TagOpenIDConnectProvider."""

    open_id_connect_provider_arn: Arn = msgspec.field(name="OpenIDConnectProviderArn")
    tags: Tags


class UntagOpenIDConnectProviderRequest(AwsStruct, frozen=True, kw_only=True):
    """UntagOpenIDConnectProvider."""

    open_id_connect_provider_arn: Arn = msgspec.field(name="OpenIDConnectProviderArn")
    tag_keys: TagKeys


class ListOpenIDConnectProviderTagsRequest(AwsStruct, frozen=True, kw_only=True):
    """ListOpenIDConnectProviderTags."""

    open_id_connect_provider_arn: Arn = msgspec.field(name="OpenIDConnectProviderArn")
    marker: Marker | None = None
    max_items: MaxItems | None = None


class ListOpenIDConnectProviderTagsResponse(AwsStruct, frozen=True, kw_only=True):
    """ListOpenIDConnectProviderTags."""

    tags: list[Tag]
    is_truncated: bool
    marker: NextMarker | None = None


@operation(
    Needs("iam:UpdateOpenIDConnectProviderThumbprint", resource=oidc_provider_resource()),
    check=check_provider_arn,
    logs=("open_id_connect_provider_arn", "thumbprint_list"),
    name="UpdateOpenIDConnectProviderThumbprint",
)
def update_open_id_connect_provider_thumbprint(
    context: ChangeContext, request: UpdateOpenIDConnectProviderThumbprintRequest
) -> None:
    """Replace the thumbprints of a provider's certificates."""
    thumbprints = checked_thumbprints(request.thumbprint_list)
    provider = _found(context, request.open_id_connect_provider_arn)
    context.change.identities.put(msgspec.structs.replace(provider, thumbprints=thumbprints))


@operation(
    Needs("iam:AddClientIDToOpenIDConnectProvider", resource=oidc_provider_resource()),
    check=check_provider_arn,
    logs=("open_id_connect_provider_arn", "client_id"),
    name="AddClientIDToOpenIDConnectProvider",
)
def add_client_id_to_open_id_connect_provider(
    context: ChangeContext, request: AddClientIDToOpenIDConnectProviderRequest
) -> None:
    """Accept tokens for one more client; one that is accepted already does not matter."""
    provider = _found(context, request.open_id_connect_provider_arn)
    client_ids = checked_client_ids((*provider.client_ids, request.client_id))
    context.change.identities.put(msgspec.structs.replace(provider, client_ids=client_ids))


@operation(
    Needs("iam:RemoveClientIDFromOpenIDConnectProvider", resource=oidc_provider_resource()),
    check=check_provider_arn,
    logs=("open_id_connect_provider_arn", "client_id"),
    name="RemoveClientIDFromOpenIDConnectProvider",
)
def remove_client_id_from_open_id_connect_provider(
    context: ChangeContext, request: RemoveClientIDFromOpenIDConnectProviderRequest
) -> None:
    """Accept tokens for a client no more; one that is not accepted does not matter."""
    provider = _found(context, request.open_id_connect_provider_arn)
    client_ids = tuple(each for each in provider.client_ids if each != request.client_id)
    context.change.identities.put(msgspec.structs.replace(provider, client_ids=client_ids))


@operation(
    Needs("iam:TagOpenIDConnectProvider", resource=oidc_provider_resource(), tags=TagsParameter("tags")),
    check=check_provider_arn,
    logs=("open_id_connect_provider_arn", "tags"),
    name="TagOpenIDConnectProvider",
)
def tag_open_id_connect_provider(context: ChangeContext, request: TagOpenIDConnectProviderRequest) -> None:
    """Add tags to a provider, or new values to tags that it has."""
    tags = checked_tags(request.tags)
    provider = _found(context, request.open_id_connect_provider_arn)
    context.change.identities.put(msgspec.structs.replace(provider, tags=with_tags(provider.tags, tags)))


@operation(
    Needs("iam:UntagOpenIDConnectProvider", resource=oidc_provider_resource(), tags=TagsParameter("tag_keys")),
    check=check_provider_arn,
    logs=("open_id_connect_provider_arn", "tag_keys"),
    name="UntagOpenIDConnectProvider",
)
def untag_open_id_connect_provider(context: ChangeContext, request: UntagOpenIDConnectProviderRequest) -> None:
    """Take tags from a provider."""
    provider = _found(context, request.open_id_connect_provider_arn)
    context.change.identities.put(msgspec.structs.replace(provider, tags=without_tags(provider.tags, request.tag_keys)))


@operation(
    Needs("iam:ListOpenIDConnectProviderTags", resource=oidc_provider_resource()),
    check=check_provider_arn,
    logs=("open_id_connect_provider_arn", "marker", "max_items"),
    name="ListOpenIDConnectProviderTags",
)
def list_open_id_connect_provider_tags(
    context: ReadContext, request: ListOpenIDConnectProviderTagsRequest
) -> ListOpenIDConnectProviderTagsResponse:
    """List a provider's tags."""
    provider = find_oidc_provider(context.reader, context.scope.account_id, request.open_id_connect_provider_arn)
    listing = f"ListOpenIDConnectProviderTags {provider.url}"
    tags, marker = tag_page(listing, provider.tags, request.marker, request.max_items)
    return ListOpenIDConnectProviderTagsResponse(tags=tags, is_truncated=marker is not None, marker=marker)


def _found(context: ChangeContext, arn: str) -> OidcProvider:
    return find_oidc_provider(context.change, context.scope.account_id, arn)


OPERATIONS = (
    update_open_id_connect_provider_thumbprint,
    add_client_id_to_open_id_connect_provider,
    remove_client_id_from_open_id_connect_provider,
    tag_open_id_connect_provider,
    untag_open_id_connect_provider,
    list_open_id_connect_provider_tags,
)
