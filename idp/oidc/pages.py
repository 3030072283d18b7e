"""The page of a request that cannot be answered to its client: French for the person, a code for its support."""

from http import HTTPStatus

from flask import g, render_template


def error_page(
    error: str, detail: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST
) -> tuple[str, int]:
    """Never a redirect: the address to answer to is what could not be trusted."""
    page = render_template(
        "oidc/erreur.html", error=error, detail=detail, reference=g.get("request_id", "")
    )
    return page, status
