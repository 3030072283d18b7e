"""Bodies and conditions of requests, read once and strictly: JSON that both databases can hold, and entity tags.

RFC 7644 §3.1 (media types), §3.14 (versions); RFC 9110 §13.1. What a document means is read by the models of
``resources.py``.
"""

import json
from typing import Any

from flask import Request
from scim2_models import (
    Context,
    InvalidPathException,
    InvalidSyntaxException,
    InvalidValueException,
    PatchOp,
    PreconditionFailedException,
)
from werkzeug.exceptions import UnsupportedMediaType

from idp.scim.filters import storable
from idp.scim.service_provider import MAX_OPERATIONS, OF_PATCH

ACCEPTED = ("application/scim+json", "application/json")
MAX_DEPTH = 20
PATH_MAX_CHARS = 1024

Document = dict[str, Any]


def body(request: Request) -> Document:
    """The JSON object of the body; raises ``InvalidSyntaxException``."""
    if request.mimetype not in ACCEPTED:
        raise UnsupportedMediaType(f"The content type is {ACCEPTED[0]}.")
    try:
        document = json.loads(request.get_data().decode())
    except (ValueError, RecursionError) as error:
        raise InvalidSyntaxException(detail="The body is not JSON in UTF-8.") from error
    if not isinstance(document, dict):
        raise InvalidSyntaxException(detail="A JSON object is expected.")
    _check(document)
    return document


def _check(document: Document) -> None:
    waiting: list[tuple[Any, int]] = [(document, 0)]
    while waiting:
        value, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise InvalidSyntaxException(detail="The document is nested too deep.")
        if isinstance(value, str) and not storable(value):
            raise InvalidSyntaxException(detail="A text holds a character that none may hold.")
        if isinstance(value, dict):
            waiting += [(one, depth + 1) for pair in value.items() for one in pair]
        if isinstance(value, list):
            waiting += [(one, depth + 1) for one in value]


def check_version(asked: str | None, version: str) -> None:
    """``If-Match``, or the ``version`` of a bulk operation; raises ``PreconditionFailedException``."""
    if asked is not None and not _names(asked, version):
        raise PreconditionFailedException(
            detail="The resource changed in the meantime: read it again."
        )


def not_modified(request: Request, version: str) -> bool:
    """Whether ``If-None-Match`` says that the client holds this version."""
    asked = request.headers.get("If-None-Match")
    return asked is not None and _names(asked, version)


def _names(asked: str, version: str) -> bool:
    # Ours are weak and RFC 7644 §3.14 compares them for If-Match too: the mark is not looked at.
    tags = [one.strip().removeprefix("W/") for one in asked.split(",")]
    return "*" in tags or version.removeprefix("W/") in tags


def value_of(document: Document, name: str) -> Any:
    """The member of that name, whatever its case (RFC 7643 §2.1); None when absent."""
    return next((value for key, value in document.items() if key.lower() == name.lower()), None)


def patch(document: Document, model: "type[PatchOp[Any]]") -> "PatchOp[Any]":
    """The operations of a PATCH, checked against their resource; raises an error of SCIM."""
    operations = value_of(document, "Operations")
    for one in operations if isinstance(operations, list) else ():
        path = value_of(one, "path") if isinstance(one, dict) else None
        if isinstance(path, str) and len(path) > PATH_MAX_CHARS:
            raise InvalidPathException(detail=f"{PATH_MAX_CHARS} characters at most")
    if isinstance(operations, list) and len(operations) > MAX_OPERATIONS:
        raise InvalidValueException(detail=f"{MAX_OPERATIONS} operations at most")
    return model.model_validate(
        document, scim_ctx=Context.RESOURCE_PATCH_REQUEST, scim_policy=OF_PATCH
    )
