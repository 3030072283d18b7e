"""Queries: what is asked of a collection, by the address or by ``/.search``, and the list that answers.

RFC 7644 §3.4.2 and §3.4.3. Two pages cost as many statements whatever the number of users; a page holds two
hundred resources at most. At the root every collection is asked in turn (§3.4.2.1).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Request
from scim2_models import (
    Context,
    InvalidFilterException,
    InvalidValueException,
    NotImplementedException,
    Resource,
    ScimFilter,
    SearchRequest,
)
from sqlalchemy import ColumnElement, true

from idp.scim import filters
from idp.scim.caller import Caller
from idp.scim.documents import Document
from idp.scim.filters import Attributes, Condition
from idp.scim.service_provider import MAX_RESULTS, TOLERANT

LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
PARAMETERS = (
    "filter",
    "sortBy",
    "sortOrder",
    "startIndex",
    "count",
    "attributes",
    "excludedAttributes",
)
Order = Sequence[ColumnElement[Any]]


@dataclass(frozen=True, slots=True)
class Window:
    """The part of a list that is told, and which attributes of it."""

    condition: Condition
    order: Order
    skip: int
    limit: int
    asked: SearchRequest[Any]


@dataclass(frozen=True, slots=True)
class Collection:
    """Resources of one type."""

    model: type[Resource[Any]]
    attributes: Callable[[Caller], Attributes]
    count: Callable[[Caller, Condition], int]
    tell: Callable[[Caller, Window], list[Document]]


def parameters(request: Request) -> Document:
    """Those of an address."""
    return {name: request.args[name] for name in PARAMETERS if name in request.args}


def search(caller: Caller, collection: Collection, said: Document) -> Document:
    """The list that answers, in three to five statements."""
    asked = _request(said, SearchRequest[collection.model])  # type: ignore[name-defined]
    attributes = collection.attributes(caller)
    condition = filters.where(asked.filter.ast, attributes) if asked.filter else true()
    order = _order(asked, attributes)
    total = collection.count(caller, condition)
    start, size = asked.start_index or 1, _size(asked)
    told: list[Document] = []
    if size and start <= total:
        told = collection.tell(caller, Window(condition, order, start - 1, size, asked))
    return listed(total, start, told)


def search_all(caller: Caller, collections: Sequence[Collection], said: Document) -> Document:
    """The same at the root: the collections one after the other."""
    union = collections[0].model
    for one in collections[1:]:
        union = union | one.model  # type: ignore[assignment]
    asked = _request(said, SearchRequest[union])  # type: ignore[valid-type]
    if asked.sort_by:
        raise NotImplementedException(detail="Several types of resources are not sorted together.")
    start, size = asked.start_index or 1, _size(asked)
    total, told = 0, list[Document]()
    for collection in collections:
        condition = _here(asked, collection, caller)
        found = collection.count(caller, condition)
        skip, room = max(0, start - 1 - total), size - len(told)
        if room and skip < found:
            told += collection.tell(caller, Window(condition, (), skip, room, asked))
        total += found
    return listed(total, start, told)


def _request(said: Document, model: type[SearchRequest[Any]]) -> SearchRequest[Any]:
    for value in said.values():
        if isinstance(value, str) and len(value) > filters.MAX_CHARS:
            raise InvalidFilterException(detail=f"{filters.MAX_CHARS} characters at most")
        if isinstance(value, list) and len(value) > MAX_RESULTS:
            raise InvalidValueException(detail=f"{MAX_RESULTS} attributes at most")
    return model.model_validate(said, scim_ctx=Context.SEARCH_REQUEST, scim_policy=TOLERANT)


def _order(asked: SearchRequest[Any], attributes: Attributes) -> Order:
    if not asked.sort_by:
        return ()
    descending = asked.sort_order is SearchRequest.SortOrder.descending
    return filters.order(str(asked.sort_by), attributes, descending=descending)


def _size(asked: SearchRequest[Any]) -> int:
    return MAX_RESULTS if asked.count is None else min(asked.count, MAX_RESULTS)


def _here(asked: SearchRequest[Any], collection: Collection, caller: Caller) -> Condition:
    if not asked.filter:
        return true()
    # §3.4.2.1: an attribute that this type does not have has no value.
    bound = ScimFilter[collection.model](str(asked.filter))  # type: ignore[name-defined]
    return filters.where(bound.ast, collection.attributes(caller), elsewhere=True)


def listed(total: int, start: int, told: list[Document]) -> Document:
    """A page of a list (RFC 7644 §3.4.2)."""
    page: Document = {"Resources": told} if told or total else {}
    return {
        "schemas": [LIST],
        "totalResults": total,
        "startIndex": start,
        "itemsPerPage": len(told),
        **page,
    }
