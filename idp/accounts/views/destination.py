"""Where a person goes once signed in: the local path asked by ``next``, kept through the first connection.

A path that leaves this site is no destination: an open redirect would lend our name to a copy of our login
page (RFC 9700 §4.11).
"""

from flask import session

from idp.accounts.gates import LoginStep

ACCUEIL = "/accueil"
PREMIERE_CONNEXION = "/premiere-connexion"
SUITE = "/premiere-connexion/suite"
"""Leads to the step of the first connection that the person must do now."""
VERIFICATION = "/connexion/verification"
NOUVEAU_MOT_DE_PASSE = "/nouveau-mot-de-passe"
DOUBLE_AUTHENTIFICATION = "/profil/double-authentification"
TEXTES = "/textes-a-accepter"
STEPS = {
    LoginStep.FIRST_CONNECTION: SUITE,
    LoginStep.SECOND_FACTOR: VERIFICATION,
    LoginStep.CHANGE_PASSWORD: NOUVEAU_MOT_DE_PASSE,
    LoginStep.ENROLMENT: DOUBLE_AUTHENTIFICATION,
    LoginStep.TEXTES: TEXTES,
}
"""The page of each thing that may be left to do."""
_KEY = "next"
# Flask keeps it in a signed cookie, which browsers cut at 4096 bytes.
_KEPT_MAX_CHARS = 2000


def local_path(text: str | None) -> str | None:
    """``text`` when it is a path of ours; browsers read ``//`` and ``/\\`` as another host, and skip controls."""
    if not text or not text.startswith("/") or text.startswith("//"):
        return None
    if "\\" in text or not text.isprintable():
        return None
    return text


def keep(path: str | None) -> None:
    """Keep a destination until the first connection is done; one too long for a cookie is forgotten."""
    session.pop(_KEY, None)
    if path and len(path) <= _KEPT_MAX_CHARS:
        session[_KEY] = path


def after(step: LoginStep) -> str:
    """Where to go once a step is done: what is left to do, else the destination that was kept."""
    return take() if step is LoginStep.ENTER else STEPS[step]


def take(default: str = ACCUEIL) -> str:
    """The destination that was kept, once; ``default`` when there is none."""
    return local_path(session.pop(_KEY, None)) or default
