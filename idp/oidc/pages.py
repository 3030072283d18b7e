"""The page of a request that cannot be answered to its client: French for the person, a code for its support."""

from http import HTTPStatus

from flask import g, render_template

SHOWN_CHARS = 300


def error_page(error: str, detail: str, received: str | None = None) -> tuple[str, int]:
    """Never a redirect: the address to answer to is what could not be trusted.

    What was received is shown, what is registered is not: strangers come here too.
    """
    page = render_template(
        "oidc/erreur.html",
        error=error,
        detail=detail,
        received=received[:SHOWN_CHARS] if received else None,
        reference=g.get("request_id", ""),
    )
    return page, HTTPStatus.BAD_REQUEST
