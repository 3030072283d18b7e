"""Answers of SCIM: JSON of its own type, and errors as RFC 7644 §3.12 writes them."""

from http import HTTPStatus
from typing import Any, cast

import structlog
from flask import Response, json
from pydantic import ValidationError
from scim2_models import Error, SCIMException
from werkzeug.exceptions import HTTPException

from idp.errors import Refusal
from idp.oidc.tokens import bearer
from idp.oidc.tokens.bearer import BearerRefused

TYPE = "application/scim+json"

log = structlog.get_logger("idp.scim")


def answer(
    body: dict[str, Any] | None, status: HTTPStatus = HTTPStatus.OK, **headers: str | None
) -> Response:
    """The document; ``headers`` are named with underscores, and None is left out."""
    response = Response(json.dumps(body) if body is not None else None, status, content_type=TYPE)
    for name, value in headers.items():
        if value is not None:
            response.headers[name.replace("_", "-")] = value
    return response


def error_of(error: Exception) -> Error:
    """What is told of an error that is the client's; whoever calls undoes what was written."""
    if isinstance(error, SCIMException):
        return error.to_error()
    if isinstance(error, ValidationError):
        return Error.from_validation_errors(error)[0]
    if isinstance(error, Refusal):
        log.info("refused", detail=str(error))
        return Error(status=error.status, detail=error.message)
    if isinstance(error, HTTPException):
        return Error(status=error.code, detail=error.description)
    raise TypeError("not an error of the client") from error


def refusal(error: Exception) -> Response:
    """The same as an answer; a token that opens nothing is challenged (RFC 6750 §3)."""
    if isinstance(error, BearerRefused):
        told = Error(status=error.status, detail=error.description or "A token is required.")
        return _error(told, WWW_Authenticate=bearer.challenge(error))
    return _error(error_of(error))


def failure(status: HTTPStatus, detail: str, **headers: str) -> Response:
    """An error that no exception tells."""
    return _error(Error(status=status, detail=detail), **headers)


def _error(told: Error, **headers: str) -> Response:
    return answer(told.model_dump(), HTTPStatus(cast(int, told.status)), **headers)
