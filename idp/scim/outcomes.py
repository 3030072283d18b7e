"""What an operation on one resource came to: the same for a request of its own and for one of a bulk."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Request, Response, request
from scim2_models import Context, Resource, ResponseParameters

from idp.scim import answers, documents
from idp.scim.caller import Caller
from idp.scim.documents import Document
from idp.scim.service_provider import TOLERANT


@dataclass(frozen=True, slots=True)
class Outcome:
    """The resource as it is now: how to tell it, as an answer of that kind; None when it was deleted."""

    status: HTTPStatus
    location: str
    version: str | None = None
    told: Callable[[Context], Document] | None = None


@dataclass(frozen=True, slots=True)
class Operations:
    """What may be asked of one type of resources; ``version`` is what the client holds, if it says so."""

    create: Callable[[Caller, Document], Outcome]
    replace: Callable[[Caller, str, Document, str | None], Outcome]
    modify: Callable[[Caller, str, Document, str | None], Outcome]
    delete: Callable[[Caller, str, str | None], Outcome]


def if_match(asked: Request) -> str | None:
    """The version that a request says it changes."""
    return asked.headers.get("If-Match")


def selection(model: type[Resource[Any]]) -> ResponseParameters[Any]:
    """Which attributes this request asks for (RFC 7644 §3.9)."""
    names = {
        one: request.args[one]
        for one in ("attributes", "excludedAttributes")
        if one in request.args
    }
    asked: ResponseParameters[Any] = ResponseParameters[model].model_validate(  # type: ignore[valid-type]
        names, scim_policy=TOLERANT
    )
    return asked


def tell(outcome: Outcome, context: Context) -> Response:
    """The answer, cut to what the request asks for."""
    if outcome.told is None:
        return answers.answer(None, outcome.status)
    document = outcome.told(context)
    location = outcome.location if outcome.status is HTTPStatus.CREATED else None
    return answers.answer(document, outcome.status, ETag=outcome.version, Location=location)


def read(outcome: Outcome) -> Response:
    """The answer to a GET: nothing but its version when the client holds it."""
    if outcome.version is not None and documents.not_modified(request, outcome.version):
        return answers.answer(None, HTTPStatus.NOT_MODIFIED, ETag=outcome.version)
    return tell(outcome, Context.RESOURCE_QUERY_RESPONSE)
