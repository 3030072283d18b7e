"""The groups endpoint: read and searched, and their members changed.

RFC 7644 §3.4, §3.5. Groups are made by the Caf with the contract, and named by it: nobody creates, renames nor
deletes one here (§3.12, 501).
"""

from http import HTTPStatus
from typing import Any

from flask import Response, request
from scim2_models import Context, NotImplementedException, PatchOp, ResponseParameters

from idp.habilitations.tenue import tenir
from idp.scim import addresses, answers, documents, group_changes, group_rows, outcomes, searching
from idp.scim.blueprint import blueprint
from idp.scim.caller import Caller, program, the_caller
from idp.scim.documents import Document
from idp.scim.group_rows import GroupRow
from idp.scim.outcomes import Operations, Outcome
from idp.scim.resources import Group
from idp.scim.searching import Collection, Window
from idp.scim.service_provider import TOLERANT

MAX_WITH_MEMBERS = 10
"""Groups of one page when their members are told: an organisme may have ten thousand users."""


@blueprint.get(addresses.GROUPS)
@program
def groups() -> Response:
    """§3.4.2."""
    said = searching.parameters(request)
    return answers.answer(searching.search(the_caller(), COLLECTION, said))


@blueprint.post(addresses.GROUPS + addresses.SEARCH)
@program
def search_groups() -> Response:
    """§3.4.3."""
    said = documents.body(request)
    return answers.answer(searching.search(the_caller(), COLLECTION, said))


@blueprint.post(addresses.GROUPS)
@program
def create_group() -> Response:
    """501."""
    raise _made_by_the_caf()


@blueprint.get(addresses.GROUP)
@program
def group(identifier: str) -> Response:
    """§3.4.1."""
    caller = the_caller()
    row = group_rows.read(caller, identifier)
    return outcomes.read(_outcome(caller, row))


@blueprint.put(addresses.GROUP)
@program
def replace_group(identifier: str) -> Response:
    """§3.5.1."""
    document = documents.body(request)
    done = replace(the_caller(), identifier, document, outcomes.if_match(request))
    return outcomes.tell(done, Context.RESOURCE_REPLACEMENT_RESPONSE)


@blueprint.patch(addresses.GROUP)
@program
def modify_group(identifier: str) -> Response:
    """§3.5.2."""
    document = documents.body(request)
    done = modify(the_caller(), identifier, document, outcomes.if_match(request))
    return outcomes.tell(done, Context.RESOURCE_PATCH_RESPONSE)


@blueprint.delete(addresses.GROUP)
@program
def delete_group(identifier: str) -> Response:
    """501."""
    return outcomes.tell(delete(the_caller(), identifier, None), Context.DEFAULT)


def create(_caller: Caller, _document: Document) -> Outcome:
    """Refused."""
    raise _made_by_the_caf()


def replace(caller: Caller, identifier: str, document: Document, version: str | None) -> Outcome:
    """The group with these members and no other."""
    row = _held(caller, identifier, version)
    asked = Group.model_validate(
        document, scim_ctx=Context.RESOURCE_REPLACEMENT_REQUEST, scim_policy=TOLERANT
    )
    group_changes.apply(caller, row, group_changes.replaced(caller, row, asked))
    return _changed(caller, identifier)


def modify(caller: Caller, identifier: str, document: Document, version: str | None) -> Outcome:
    """The group with these operations applied to its members, all or none."""
    row = _held(caller, identifier, version)
    patch = documents.patch(document, PatchOp[Group])
    group_changes.apply(caller, row, group_changes.patched(caller, row, patch))
    return _changed(caller, identifier)


def delete(caller: Caller, identifier: str, _version: str | None) -> Outcome:
    """Refused, once the group is known to exist."""
    group_rows.read(caller, identifier)
    raise _made_by_the_caf()


OPERATIONS = Operations(create, replace, modify, delete)


def _made_by_the_caf() -> NotImplementedException:
    return NotImplementedException(
        detail="Groups are made by the Caf, or in the console: only their members change here."
    )


def _held(caller: Caller, identifier: str, version: str | None) -> GroupRow:
    tenir(caller.acteur.organisme_id)
    row = group_rows.read(caller, identifier)
    documents.check_version(version, row.version)
    return row


def _changed(caller: Caller, identifier: str) -> Outcome:
    return _outcome(caller, group_rows.read(caller, identifier))


def _outcome(caller: Caller, row: GroupRow) -> Outcome:
    def told(context: Context) -> Document:
        asked = outcomes.selection(Group)
        holders = group_rows.members(caller, [row.id]) if _tells_members(asked) else {}
        return group_rows.document(row, caller, holders.get(row.id, []), context, asked)

    return Outcome(HTTPStatus.OK, f"{caller.groups}/{row.id}", row.version, told)


def _tells_members(asked: ResponseParameters[Any]) -> bool:
    if asked.attributes:
        return any(path.parts[:1] == ("members",) for path in asked.attributes)
    return not any(str(path.attr).lower() == "members" for path in asked.excluded_attributes or ())


def _tell(caller: Caller, window: Window) -> list[Document]:
    with_members = _tells_members(window.asked)
    limit = min(window.limit, MAX_WITH_MEMBERS) if with_members else window.limit
    rows = group_rows.page(caller, window.condition, window.order, skip=window.skip, limit=limit)
    holders = group_rows.members(caller, [row.id for row in rows]) if with_members else {}
    return [
        group_rows.document(
            row, caller, holders.get(row.id, []), Context.SEARCH_RESPONSE, window.asked
        )
        for row in rows
    ]


COLLECTION = Collection(Group, group_rows.attributes, group_rows.count, _tell)
