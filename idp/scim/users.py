"""The users endpoint: read, created, replaced, modified and deleted one by one, and searched.

RFC 7644 §3.3 to §3.6. Whoever writes takes the organisme first, so that the version which ``If-Match`` names is
that of the row which is changed.
"""

from http import HTTPStatus

from flask import Response, request
from scim2_models import Context, PatchOp

from idp.habilitations.tenue import tenir
from idp.scim import addresses, answers, documents, outcomes, searching, user_changes, user_rows
from idp.scim.blueprint import blueprint
from idp.scim.caller import Caller, program, the_caller
from idp.scim.documents import Document
from idp.scim.outcomes import Operations, Outcome
from idp.scim.resources import MANAGED, Managed, ManagedUser
from idp.scim.searching import Collection, Window
from idp.scim.service_provider import OF_PATCH, TOLERANT
from idp.scim.user_rows import UserRow


@blueprint.get(addresses.USERS)
@program
def users() -> Response:
    """§3.4.2."""
    said = searching.parameters(request)
    return answers.answer(searching.search(the_caller(), COLLECTION, said))


@blueprint.post(addresses.USERS + addresses.SEARCH)
@program
def search_users() -> Response:
    """§3.4.3."""
    said = documents.body(request)
    return answers.answer(searching.search(the_caller(), COLLECTION, said))


@blueprint.post(addresses.USERS)
@program
def create_user() -> Response:
    """§3.3."""
    made = create(the_caller(), documents.body(request))
    return outcomes.tell(made, Context.RESOURCE_CREATION_RESPONSE)


@blueprint.get(addresses.USER)
@program
def user(identifier: str) -> Response:
    """§3.4.1."""
    caller = the_caller()
    return outcomes.read(_outcome(caller, user_rows.read(caller, identifier)))


@blueprint.put(addresses.USER)
@program
def replace_user(identifier: str) -> Response:
    """§3.5.1."""
    document = documents.body(request)
    done = replace(the_caller(), identifier, document, outcomes.if_match(request))
    return outcomes.tell(done, Context.RESOURCE_REPLACEMENT_RESPONSE)


@blueprint.patch(addresses.USER)
@program
def modify_user(identifier: str) -> Response:
    """§3.5.2."""
    document = documents.body(request)
    done = modify(the_caller(), identifier, document, outcomes.if_match(request))
    return outcomes.tell(done, Context.RESOURCE_PATCH_RESPONSE)


@blueprint.delete(addresses.USER)
@program
def delete_user(identifier: str) -> Response:
    """§3.6."""
    done = delete(the_caller(), identifier, outcomes.if_match(request))
    return outcomes.tell(done, Context.DEFAULT)


def create(caller: Caller, document: Document) -> Outcome:
    """A user; what the document leaves out is open today, sédentaire and active."""
    said = _completed(
        document,
        active=True,
        ouverture=caller.today.isoformat(),
        mobilite="sedentaire",
    )
    asked = ManagedUser.model_validate(
        said, scim_ctx=Context.RESOURCE_CREATION_REQUEST, scim_policy=TOLERANT
    )
    row = user_changes.create(caller, user_changes.wanted(asked))
    return _outcome(caller, row, HTTPStatus.CREATED)


def replace(caller: Caller, identifier: str, document: Document, version: str | None) -> Outcome:
    """The user as the document says; what must be said and is not stays as it is."""
    row = _held(caller, identifier, version)
    now = user_rows.resource(row, caller)
    managed: Managed = now[Managed]
    said = _completed(
        document, active=now.active, ouverture=managed.ouverture, mobilite=row.mobilite.value
    )
    asked = ManagedUser.model_validate(
        said, scim_ctx=Context.RESOURCE_REPLACEMENT_REQUEST, scim_policy=TOLERANT
    )
    asked.replace(now)
    return _outcome(
        caller, user_changes.change(caller, row, user_changes.wanted(asked, row), whole=True)
    )


def modify(caller: Caller, identifier: str, document: Document, version: str | None) -> Outcome:
    """The user with these operations applied, all or none."""
    row = _held(caller, identifier, version)
    patch = documents.patch(document, PatchOp[ManagedUser])
    changed = user_rows.resource(row, caller)
    patch.patch(changed, scim_policy=OF_PATCH)
    return _outcome(
        caller, user_changes.change(caller, row, user_changes.wanted(changed, row), whole=False)
    )


def delete(caller: Caller, identifier: str, version: str | None) -> Outcome:
    """The user's place is closed; the resource is found no more."""
    row = _held(caller, identifier, version)
    user_changes.delete(caller, row)
    return Outcome(HTTPStatus.NO_CONTENT, f"{caller.users}/{identifier}")


OPERATIONS = Operations(create, replace, modify, delete)


def _held(caller: Caller, identifier: str, version: str | None) -> UserRow:
    tenir(caller.acteur.organisme_id)
    row = user_rows.read(caller, identifier)
    documents.check_version(version, row.version)
    return row


def _completed(document: Document, *, active: object, **managed: object) -> Document:
    """The document, with these values where it says none: a directory does not know our extension."""
    said = documents.value_of(document, MANAGED)
    kept = {name: value for name, value in document.items() if name.lower() != MANAGED.lower()}
    extension = dict(said) if isinstance(said, dict) else {}
    for name, value in managed.items():
        if documents.value_of(extension, name) is None:
            extension[name] = value
    if documents.value_of(kept, "active") is None:
        kept["active"] = active
    return {**kept, MANAGED: extension if said is None or isinstance(said, dict) else said}


def _outcome(caller: Caller, row: UserRow, status: HTTPStatus = HTTPStatus.OK) -> Outcome:
    def told(context: Context) -> Document:
        document: Document = user_rows.resource(row, caller).model_dump(
            scim_ctx=context, response_parameters=outcomes.selection(ManagedUser)
        )
        return document

    return Outcome(status, f"{caller.users}/{row.rattachement_id}", row.version, told)


def _tell(caller: Caller, window: Window) -> list[Document]:
    rows = user_rows.page(
        caller, window.condition, window.order, skip=window.skip, limit=window.limit
    )
    if not (window.asked.attributes or window.asked.excluded_attributes):
        return [user_rows.document(row, caller) for row in rows]
    return [
        user_rows.resource(row, caller).model_dump(
            scim_ctx=Context.SEARCH_RESPONSE, response_parameters=window.asked
        )
        for row in rows
    ]


COLLECTION = Collection(ManagedUser, user_rows.attributes, user_rows.count, _tell)
