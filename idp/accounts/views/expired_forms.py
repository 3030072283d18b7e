"""A form whose anti-forgery token has ended: its page again, filled, rather than a page that only says so.

The token ends with a sign-out or a new sign-in in another tab. What is kept, and for whom: ``kept_text.py``.
"""

from flask import Flask, current_app, redirect, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError

from idp import web
from idp.accounts.views import kept_text
from idp.accounts.views.guards import session_tokens


def init_app(app: Flask) -> None:
    """In place of the handler of ``idp/web.py``."""
    app.register_error_handler(CSRFError, _on_csrf)


def _on_csrf(error: CSRFError) -> ResponseReturnValue:
    answer = web.on_csrf(error)
    view = current_app.view_functions.get(request.endpoint or "")
    if getattr(view, "access", None) not in kept_text.KEPT:
        return answer
    page = kept_text.keep_typed(*session_tokens())
    return redirect(page, 303) if page else answer
