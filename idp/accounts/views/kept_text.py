"""No typed text is lost: a form whose session or whose token has ended comes back filled, after signing in again.

A form is posted without session: its fields are kept (``drafts.py``), the person signs in, and is led to the page
of the form with ``?brouillon=…``, where every ``KeptForm`` (``idp/forms.py``) fills itself. The same when the
anti-forgery token is the one that has ended. Never passwords nor codes, never files; only for who the cookie of
the ended session names, and only from a page of ours.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit
from uuid import UUID

from flask import current_app, flash, g, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from idp import clock
from idp.accounts import drafts
from idp.accounts.drafts import Fields
from idp.extensions import ground

KEY = "brouillon"
KEPT = frozenset({"signed_in", "gestionnaire", "administrateur"})
"""The guards whose forms are kept; those of passwords and of factors are not among them."""
_NEVER = re.compile("csrf_token|mot_de_passe|password|secret|code", re.IGNORECASE)
SENTENCE = "Votre session s’était terminée. Voici ce que vous aviez saisi : vérifiez puis validez."


@dataclass(frozen=True, slots=True)
class Kept:
    """What was typed on this page, found again."""

    token: str
    fields: Fields

    def value(self, name: str) -> str | None:
        """That of a field."""
        return dict(self.fields).get(name)

    def use(self) -> MultiDict[str, str]:
        """Give it back, once: the person is told, and it is deleted."""
        if "kept_text_used" not in g:
            g.kept_text_used = True
            drafts.used(self.token)
            flash(SENTENCE, "info")
        return MultiDict(self.fields)


def ended_cookie_name() -> str:
    """Names, for an hour after a sign-out, the session that ended; it opens nothing."""
    return "__Host-mcp_finie" if ground().settings.secure_cookies else "mcp_finie"


def name_ended(response: AnyResponse, token: str) -> None:
    """The browser is signed out: forms left open in its other tabs still have an owner."""
    response.set_cookie(
        ended_cookie_name(),
        token,
        max_age=drafts.LIFETIME,
        httponly=True,
        samesite="Lax",
        secure=ground().settings.secure_cookies,
        path="/",
    )


def bring_back(account_id: UUID) -> None:
    """Find what the address names, for the forms of this page."""
    token = request.args.get(KEY, "")
    if request.method != "GET" or not token:
        return
    found = drafts.read(token, account_id, request.path, clock.now(), ground().secret_box)
    if found is not None:
        g.kept_text = Kept(token, found)


def keep_typed(*cookies: str) -> str | None:
    """Keep what this request sends, for who one of these cookies names; the address of the page that shows it."""
    page = form_page()
    if page != request.path or not _from_here():
        return None
    now = clock.now()
    fields = [
        (name, value) for name, value in request.form.items(multi=True) if not _NEVER.search(name)
    ]
    for cookie in cookies:
        account_id = drafts.whose(cookie, now) if cookie else None
        if account_id:
            token = drafts.keep(account_id, page, fields, now, ground().secret_box)
            return f"{page}?{KEY}={quote(token)}" if token else None
    return None


def form_page() -> str | None:
    """The page of the form that this request sends: its own address, or the nearest above it that is a page."""
    adapter = current_app.create_url_adapter(request)
    path = request.path
    while adapter is not None and path.count("/") > 1:
        try:
            adapter.match(path, method="GET")
        except HTTPException:
            path = path.rsplit("/", 1)[0]
        else:
            return path
    return None


def _from_here() -> bool:
    # Cookies of ours are Lax: another site does not send them with a form. Said twice, where browsers tell.
    origin = request.headers.get("Origin", "")
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    return site in ("same-origin", "none") and urlsplit(origin).netloc in ("", request.host)
