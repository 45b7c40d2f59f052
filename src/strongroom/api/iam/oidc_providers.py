"""CreateOpenIDConnectProvider, GetOpenIDConnectProvider, ListOpenIDConnectProviders, DeleteOpenIDConnectProvider.

Source: IAM API Reference, the operations' own pages. Where AWS fetches the thumbprint that a new provider is made
without, here there is none: a certificate of a public CA needs none.
"""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from strongroom.api.context import ChangeContext, ReadContext
from strongroom.api.declare import Needs, operation
from strongroom.api.iam.arns import check_provider_arn
from strongroom.api.iam.entities import quota_exceeded
from strongroom.api.iam.finders import oidc_provider_resource
from strongroom.api.iam.oidc_provider_rules import (
    PROVIDERS_PER_ACCOUNT,
    checked_client_ids,
    checked_thumbprints,
    find_oidc_provider,
    kept_url,
    known_oidc_provider,
)
from strongroom.api.iam.tag_rules import checked_tags, tag_list
from strongroom.api.iam.types import Arn, Tag, Tags
from strongroom.api.resources import Resource
from strongroom.api.supplies import TagsParameter
from strongroom.model.arn import iam_arn
from strongroom.model.identity import OidcProvider
from strongroom.model.identity_errors import EntityAlreadyExistsError, NoSuchEntityError
from strongroom.model.principal import Principal
from strongroom.protocol.structures import AwsStruct, Timestamp, timestamp
from strongroom.storage.store import Change, Reader

Url = Annotated[str, Meta(min_length=1, max_length=255)]
ClientId = Annotated[str, Meta(min_length=1, max_length=255)]
Thumbprint = Annotated[str, Meta(min_length=40, max_length=40)]


class CreateOpenIDConnectProviderRequest(AwsStruct, frozen=True, kw_only=True):
    """CreateOpenIDConnectProvider."""

    url: Url
    client_id_list: list[ClientId] | None = msgspec.field(default=None, name="ClientIDList")
    thumbprint_list: list[Thumbprint] | None = None
    tags: Tags | None = None


class CreateOpenIDConnectProviderResponse(AwsStruct, frozen=True, kw_only=True):
    """CreateOpenIDConnectProvider."""

    open_id_connect_provider_arn: Arn = msgspec.field(name="OpenIDConnectProviderArn")
    tags: list[Tag] | None = None


class GetOpenIDConnectProviderRequest(AwsStruct, frozen=True, kw_only=True):
    """GetOpenIDConnectProvider."""

    open_id_connect_provider_arn: Arn = msgspec.field(name="OpenIDConnectProviderArn")


class GetOpenIDConnectProviderResponse(AwsStruct, frozen=True, kw_only=True):
    """GetOpenIDConnectProvider; the URL is without its scheme."""

    url: str
    client_id_list: list[str] = msgspec.field(name="ClientIDList")
    thumbprint_list: list[str]
    create_date: Timestamp
    tags: list[Tag]


class ListOpenIDConnectProvidersRequest(AwsStruct, frozen=True, kw_only=True):
    """ListOpenIDConnectProviders."""


class OpenIDConnectProviderListEntry(AwsStruct, frozen=True, kw_only=True):
    """A provider in a list."""

    arn: Arn


class ListOpenIDConnectProvidersResponse(AwsStruct, frozen=True, kw_only=True):
    """ListOpenIDConnectProviders."""

    open_id_connect_provider_list: list[OpenIDConnectProviderListEntry] = msgspec.field(
        name="OpenIDConnectProviderList"
    )


class DeleteOpenIDConnectProviderRequest(AwsStruct, frozen=True, kw_only=True):
    """DeleteOpenIDConnectProvider."""

    open_id_connect_provider_arn: Arn = msgspec.field(name="OpenIDConnectProviderArn")


def _new_provider(_reader: Reader | Change, caller: Principal, request: Any) -> Resource:  # noqa: ANN401 - any request type
    arn = iam_arn(caller.account_id, OidcProvider.kind, "/", request.url.removeprefix("https://"))
    return Resource(arn=arn, account_id=caller.account_id)


@operation(
    Needs("iam:CreateOpenIDConnectProvider", resource=_new_provider, tags=TagsParameter("tags")),
    Needs("iam:TagOpenIDConnectProvider", resource=_new_provider, tags=TagsParameter("tags"), when="tags"),
    logs=("url", "client_id_list", "thumbprint_list", "tags"),
    elements=lambda _context, response: {"openIDConnectProviderArn": response.open_id_connect_provider_arn},
    name="CreateOpenIDConnectProvider",
)
def create_open_id_connect_provider(
    context: ChangeContext, request: CreateOpenIDConnectProviderRequest
) -> CreateOpenIDConnectProviderResponse:
    """Make a provider known, so that trust policies of roles can name it."""
    account_id = context.scope.account_id
    url, tags = kept_url(request.url), checked_tags(request.tags)
    provider = OidcProvider(
        account_id=account_id,
        creation_date=context.now,
        url=url,
        client_ids=checked_client_ids(request.client_id_list or ()),
        thumbprints=checked_thumbprints(request.thumbprint_list or ()),
        tags=tags,
    )
    if context.change.identities.find(OidcProvider, account_id, url) is not None:
        raise EntityAlreadyExistsError(f"Provider with url {request.url} already exists.")
    if len(context.change.identities.all(OidcProvider, account_id)) >= PROVIDERS_PER_ACCOUNT:
        raise quota_exceeded("OpenIdConnectProvidersPerAccount", PROVIDERS_PER_ACCOUNT)
    context.change.identities.put(provider)
    return CreateOpenIDConnectProviderResponse(open_id_connect_provider_arn=provider.arn, tags=tag_list(tags))


@operation(
    Needs("iam:GetOpenIDConnectProvider", resource=oidc_provider_resource()),
    check=check_provider_arn,
    logs=("open_id_connect_provider_arn",),
    name="GetOpenIDConnectProvider",
)
def get_open_id_connect_provider(
    context: ReadContext, request: GetOpenIDConnectProviderRequest
) -> GetOpenIDConnectProviderResponse:
    """Tell of a provider."""
    provider = find_oidc_provider(context.reader, context.scope.account_id, request.open_id_connect_provider_arn)
    return GetOpenIDConnectProviderResponse(
        url=provider.url,
        client_id_list=list(provider.client_ids),
        thumbprint_list=list(provider.thumbprints),
        create_date=timestamp(provider.creation_date),
        tags=tag_list(provider.tags) or [],
    )


@operation(Needs("iam:ListOpenIDConnectProviders"), name="ListOpenIDConnectProviders")
def list_open_id_connect_providers(
    context: ReadContext, _request: ListOpenIDConnectProvidersRequest
) -> ListOpenIDConnectProvidersResponse:
    """List the providers that the account knows."""
    providers = context.reader.identities.all(OidcProvider, context.scope.account_id)
    entries = [OpenIDConnectProviderListEntry(arn=provider.arn) for provider in providers]
    return ListOpenIDConnectProvidersResponse(open_id_connect_provider_list=entries)


@operation(
    Needs("iam:DeleteOpenIDConnectProvider", resource=oidc_provider_resource()),
    check=check_provider_arn,
    logs=("open_id_connect_provider_arn",),
    name="DeleteOpenIDConnectProvider",
)
def delete_open_id_connect_provider(context: ChangeContext, request: DeleteOpenIDConnectProviderRequest) -> None:
    """Delete a provider; trust policies that name it stay, and trust nobody by it."""
    arn = request.open_id_connect_provider_arn
    provider = known_oidc_provider(context.change, context.scope.account_id, arn)
    if provider is None:
        raise NoSuchEntityError(f"OpenId connect Provider {arn} cannot be found.")
    context.change.identities.delete(provider)


OPERATIONS = (
    create_open_id_connect_provider,
    get_open_id_connect_provider,
    list_open_id_connect_providers,
    delete_open_id_connect_provider,
)
