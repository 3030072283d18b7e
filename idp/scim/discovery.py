"""What this server can do, told to whoever asks: no token is needed to read what every partner is told alike.

RFC 7644 §4. Filters are refused there, as the clause wants.
"""

from typing import Any

from flask import Response, request
from scim2_models import ForbiddenException, Meta, NotFoundException, Resource

from idp.scim import addresses, answers, caller
from idp.scim.blueprint import blueprint
from idp.scim.documents import Document
from idp.scim.searching import listed
from idp.scim.service_provider import CONFIG, RESOURCE_TYPES, SCHEMAS
from idp.web import public


@blueprint.get(addresses.SERVICE_PROVIDER_CONFIG)
@public
def service_provider_config() -> Response:
    """RFC 7643 §5."""
    return answers.answer(_told(CONFIG, "ServiceProviderConfig", ""))


@blueprint.get(addresses.RESOURCE_TYPES)
@public
def resource_types() -> Response:
    """RFC 7643 §6."""
    return _list([_told(one, "ResourceType", f"/{one.id}") for one in RESOURCE_TYPES])


@blueprint.get(addresses.RESOURCE_TYPES + "/<identifier>")
@public
def resource_type(identifier: str) -> Response:
    """One of them."""
    return _one(RESOURCE_TYPES, "ResourceType", identifier)


@blueprint.get(addresses.SCHEMAS)
@public
def schemas() -> Response:
    """RFC 7643 §7."""
    return _list([_told(one, "Schema", f"/{one.id}") for one in SCHEMAS])


@blueprint.get(addresses.SCHEMAS + "/<identifier>")
@public
def schema(identifier: str) -> Response:
    """One of them."""
    return _one(SCHEMAS, "Schema", identifier)


def _list(told: list[Document]) -> Response:
    if "filter" in request.args:
        return answers.refusal(ForbiddenException(detail="This is not filtered (RFC 7644, 4)."))
    return answers.answer(listed(len(told), 1, told))


def _one(among: tuple[Resource[Any], ...], kind: str, identifier: str) -> Response:
    for one in among:
        if str(one.id).lower() == identifier.lower():
            return answers.answer(_told(one, kind, f"/{one.id}"))
    return answers.refusal(NotFoundException(detail="This does not exist."))


def _told(resource: Resource[Any], kind: str, suffix: str) -> Document:
    place = f"{caller.base()}{_PLACES[kind].removeprefix(addresses.BASE)}{suffix}"
    located = resource.model_copy(update={"meta": Meta(resource_type=kind, location=place)})
    document: Document = located.model_dump()
    return document


_PLACES = {
    "ServiceProviderConfig": addresses.SERVICE_PROVIDER_CONFIG,
    "ResourceType": addresses.RESOURCE_TYPES,
    "Schema": addresses.SCHEMAS,
}
