"""The accueil of a signed-in person: their organisme, its convention, a tile for each service they may open."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import redirect, render_template

from idp import clock
from idp.accounts.views.destination import ACCUEIL
from idp.accounts.views.guards import Answer, signed_in, the_session
from idp.extensions import ground
from idp.habilitations import rattachements
from idp.habilitations.administration import candidatures
from idp.habilitations.administration.candidatures import SuccessionVue
from idp.habilitations.claims import Droits, droits_par_service
from idp.habilitations.delegation import Acteur
from idp.habilitations.explications import explication
from idp.habilitations.models import Role, Voie
from idp.habilitations.personnes import echeances
from idp.habilitations.rattachements import Selection
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.caf.accueil import CAF
from idp.habilitations.views.caf.guards import current_agent
from idp.habilitations.views.guards import current_selection, the_acteur
from idp.habilitations.views.organisme import choice_url
from idp.services import Service, services


@dataclass(frozen=True, slots=True)
class Tuile:
    """A service of the organisme: openable, or closed with the reason."""

    nom: str
    description: str
    url: str
    raison: str | None


@blueprint.get(ACCUEIL)
@signed_in
def accueil() -> Answer:
    """Tiles of the services for which the organisme has a contract."""
    selection = current_selection()
    if selection is None:
        return _sans_organisme(the_session().account_id)
    session = the_session()
    acteur = the_acteur() if selection.peut_gerer else None
    return render_template(
        "habilitations/accueil.html",
        **montre(selection, acteur),
        second_facteur_avant=second_facteur_avant(session.factor_asked_at),
        mail_refuse_le=session.mail_refused_at,
    )


def montre(selection: Selection, acteur: Acteur | None) -> dict[str, Any]:
    """What the page says to this person of their organisme; ``acteur`` is what they manage it as."""
    now = clock.now()
    droits = droits_par_service(selection.rattachement_id, now)
    connus = services()
    return {
        "selection": selection,
        "tuiles": [_tuile(connus[code], droits[code]) for code in sorted(droits) if code in connus],
        "proposition": _proposition(selection, now),
        "candidatures": _candidatures(selection, now),
        # What ends within thirty days, for who manages it.
        "se_terminent": echeances.compter(acteur, clock.today(now)) if acteur else 0,
    }


def _proposition(selection: Selection, now: datetime) -> SuccessionVue | None:
    """Who proposes to this person to administer."""
    if selection.role is Role.ADMINISTRATEUR:
        return None
    attente = candidatures.de_la_personne(selection.rattachement_id, now)
    return attente if attente and attente.voie is Voie.PROPOSITION else None


def _candidatures(selection: Selection, now: datetime) -> list[SuccessionVue]:
    """Who asks this administrateur to be one too."""
    if not selection.peut_administrer:
        return []
    en_cours = candidatures.en_cours(selection.organisme_id, now)
    return [une for une in en_cours if une.voie is Voie.COOPTATION]


def second_facteur_avant(asked_at: datetime | None) -> datetime | None:
    """When the time of grace ends, for a role that requires a second factor and has none yet."""
    return asked_at + ground().settings.second_factor_grace if asked_at else None


def _sans_organisme(account_id: UUID) -> Answer:
    if rattachements.ouverts(account_id, clock.now()):
        return redirect(choice_url(ACCUEIL), 303)
    if current_agent():
        return redirect(CAF, 303)
    return render_template("habilitations/sans_organisme.html")


def _tuile(service: Service, droits: Droits) -> Tuile:
    raison = explication(droits.refus, service.nom) if droits.refus else None
    return Tuile(service.nom, service.description, service.url, raison)
