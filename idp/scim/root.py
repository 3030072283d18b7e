"""The root: everything searched at once (RFC 7644 §3.4.2.1), what is nowhere, and a program about itself."""

from http import HTTPStatus

from flask import Response, request
from scim2_models import NotImplementedException
from werkzeug.exceptions import MethodNotAllowed

from idp.scim import addresses, answers, documents, groups, searching, users
from idp.scim.blueprint import blueprint
from idp.scim.caller import program, the_caller

EVERYTHING = (users.COLLECTION, groups.COLLECTION)


@blueprint.get(addresses.BASE + "/")
@program
def everything() -> Response:
    """§3.4.2.1."""
    said = searching.parameters(request)
    return answers.answer(searching.search_all(the_caller(), EVERYTHING, said))


@blueprint.post(addresses.BASE + addresses.SEARCH)
@program
def search_everything() -> Response:
    """§3.4.3."""
    said = documents.body(request)
    return answers.answer(searching.search_all(the_caller(), EVERYTHING, said))


@blueprint.route(addresses.ME, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
@program
def me() -> Response:
    """§3.11: a program is no user."""
    raise NotImplementedException(detail="A program is no user: it has no /Me.")


def nowhere() -> Response | None:
    """An address of ours that leads nowhere, told as SCIM does; None for any other request."""
    wrong = request.routing_exception
    if wrong is None or not request.path.startswith(addresses.BASE + "/"):
        return None
    if isinstance(wrong, MethodNotAllowed):
        allowed = ", ".join(sorted(wrong.valid_methods or ()))
        return answers.failure(
            HTTPStatus.METHOD_NOT_ALLOWED, "This address does not take this method.", Allow=allowed
        )
    return answers.failure(HTTPStatus.NOT_FOUND, "This address leads nowhere.")
