"""The form « Pour quel organisme ? »: what it shows, what it answers. Its pages are of here and of ``idp/oidc``.

A page that shows it includes ``components/organismes.html``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import request

from idp.habilitations.rattachements import Choix, evident, nommes

SANS_RECHERCHE = 8
"""Up to that many are seen at a glance."""
RECHERCHE_MAX_CHARS = 100


@dataclass(frozen=True, slots=True)
class Proposition:
    """The organismes shown, of ``total``; ``coche`` is ticked beforehand, ``actuel`` is the session's."""

    choix: list[Choix]
    total: int
    actuel: UUID | None
    coche: UUID | None
    recherche: str = ""
    erreur: bool = False

    @property
    def se_recherche(self) -> bool:
        """Whether a search box helps."""
        return self.total > SANS_RECHERCHE


def propose(
    ouverts: Sequence[Choix],
    actuel: UUID | None,
    *,
    recherche: str = "",
    erreur: bool = False,
) -> Proposition:
    """The form for these organismes."""
    retenu = evident(ouverts)
    return Proposition(
        choix=nommes(ouverts, recherche),
        total=len(ouverts),
        actuel=actuel,
        coche=actuel or (retenu.rattachement_id if retenu else None),
        recherche=recherche,
        erreur=erreur,
    )


def reponse(ouverts: Sequence[Choix], actuel: UUID | None) -> Choix | Proposition:
    """The organisme that this request chooses, else the form again: searched, or with its mistake."""
    recherche = request.form.get("recherche", "").strip()[:RECHERCHE_MAX_CHARS]
    if "chercher" in request.form:
        return propose(ouverts, actuel, recherche=recherche)
    typed = request.form.get("organisme", "")
    for choix in ouverts:
        if str(choix.rattachement_id) == typed:
            return choix
    return propose(ouverts, actuel, recherche=recherche, erreur=True)
