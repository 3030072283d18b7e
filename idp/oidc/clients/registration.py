"""Dynamic registration: a client tells its metadata, and later reads, changes or deletes them.

RFC 7591: https://www.rfc-editor.org/rfc/rfc7591 ; RFC 7592: https://www.rfc-editor.org/rfc/rfc7592 ; OpenID
Connect Dynamic Client Registration 1.0. ``IDP_REGISTRATION`` says who may: nobody, who holds an initial access
token, anybody. The metadata are read in ``registration_request.py``, the rows kept in ``registered_clients.py``.
"""

from http import HTTPStatus
from typing import Any

from flask import Response, abort, jsonify, request
from werkzeug.exceptions import BadRequest

from idp import audit, clock
from idp.config import Registration
from idp.extensions import ground
from idp.oidc import addresses
from idp.oidc.blueprint import blueprint
from idp.oidc.clients import registered_clients
from idp.oidc.clients.client_metadata import RelyingParty, as_metadata
from idp.oidc.clients.client_secrets import accepts_registration
from idp.oidc.clients.registration_request import MetadataRefused, check_sector, client_of
from idp.oidc.clients.relying_parties import registry
from idp.oidc.events import ClientChanged, ClientRegistered, ClientRemoved
from idp.oidc.models import RegisteredClient
from idp.oidc.tokens import bearer
from idp.oidc.tokens.bearer import BearerRefused
from idp.web import public

MAX_BYTES = 64 * 1024


@blueprint.post(addresses.REGISTER)
@public
def register() -> Response:
    """RFC 7591 §3."""
    settings = ground().settings
    if settings.registration is Registration.OFF:
        abort(HTTPStatus.NOT_FOUND)
    try:
        if settings.registration is Registration.TOKEN:
            _check_initial_access_token()
        client = _described(registered_clients.new_client_id())
    except BearerRefused as refused:
        return bearer.refusal(refused)
    except MetadataRefused as refused:
        return _refused(refused)
    now = clock.now()
    new = registered_clients.register(client, now)
    audit.record(
        ClientRegistered(client_id=client.client_id, client_name=client.client_name),
        at=now,
        actor=audit.ANONYMOUS,
    )
    told = {
        "client_id_issued_at": int(now.timestamp()),
        "registration_access_token": new.registration_token,
        **_secret(new.secret),
    }
    return _answer(client, told, HTTPStatus.CREATED)


@blueprint.route(addresses.REGISTERED, methods=["GET", "PUT", "DELETE"])
@public
def registered(client_id: str) -> Response:
    """RFC 7592 §2: the client, with the token of its registration."""
    if ground().settings.registration is Registration.OFF:
        abort(HTTPStatus.NOT_FOUND)
    try:
        token = bearer.presented_token(request)
        row = registered_clients.authenticated(client_id, token)
        if row is None:
            raise bearer.invalid_token()
        return _MANAGED[request.method](row, token)
    except BearerRefused as refused:
        return bearer.refusal(refused)
    except MetadataRefused as refused:
        return _refused(refused)


def _read(row: RegisteredClient, token: str) -> Response:
    client = client_of(row.metadata_, row.client_id)
    return _answer(client, {"registration_access_token": token}, HTTPStatus.OK)


def _change(row: RegisteredClient, token: str) -> Response:
    client, now = _described(row.client_id), clock.now()
    drawn = registered_clients.change(row, client, now)
    registry().forget(client.client_id)
    audit.record(ClientChanged(client_id=client.client_id), at=now, actor=audit.ANONYMOUS)
    told = {"registration_access_token": token, **_secret(drawn)}
    return _answer(client, told, HTTPStatus.OK)


def _remove(row: RegisteredClient, _token: str) -> Response:
    now, client_id = clock.now(), row.client_id
    registered_clients.remove(row, now)
    registry().forget(client_id)
    audit.record(ClientRemoved(client_id=client_id), at=now, actor=audit.ANONYMOUS)
    return Response(status=HTTPStatus.NO_CONTENT)


_MANAGED = {"GET": _read, "HEAD": _read, "PUT": _change, "DELETE": _remove}


def _check_initial_access_token() -> None:
    if not accepts_registration(ground().settings.keys_dir, bearer.presented_token(request)):
        raise bearer.invalid_token()


def _described(client_id: str) -> RelyingParty:
    document = _document()
    # RFC 7592 §2.2: a change names the client that it changes.
    if document.get("client_id", client_id) != client_id:
        raise MetadataRefused(["client_id: must be that of the client"])
    client = client_of(document, client_id)
    check_sector(client)
    return client


def _document() -> dict[str, Any]:
    if (request.content_length or 0) > MAX_BYTES:
        raise MetadataRefused([f"metadata: {MAX_BYTES} bytes at most"])
    if request.mimetype != "application/json":
        raise MetadataRefused(["metadata: the content type is application/json"])
    try:
        document = request.get_json()
    except (BadRequest, RecursionError, ValueError) as error:
        raise MetadataRefused(["metadata: not valid JSON"]) from error
    if not isinstance(document, dict):
        raise MetadataRefused(["metadata: a JSON object is expected"])
    return document


def _secret(secret: str | None) -> dict[str, Any]:
    # RFC 7591 §3.2.1: 0 says that it does not expire.
    return {"client_secret": secret, "client_secret_expires_at": 0} if secret else {}


def _answer(client: RelyingParty, told: dict[str, Any], status: HTTPStatus) -> Response:
    place = ground().settings.issuer + addresses.REGISTER
    response = jsonify(
        {
            "client_id": client.client_id,
            **told,
            "registration_client_uri": f"{place}/{client.client_id}",
            **as_metadata(client),
        }
    )
    response.status_code = status
    return response


def _refused(refused: MetadataRefused) -> Response:
    response = jsonify({"error": refused.error, "error_description": str(refused)})
    response.status_code = HTTPStatus.BAD_REQUEST
    return response
