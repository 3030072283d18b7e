"""« Mes groupes »: the list, and one group with the people in it."""

from typing import Any
from uuid import UUID

from flask import render_template, request

from idp import clock
from idp.accounts.views.forms import ConfirmationForm
from idp.accounts.views.guards import Answer
from idp.habilitations.composition import membres, mes_groupes
from idp.habilitations.delegation import Acteur
from idp.habilitations.explications import explication
from idp.habilitations.personnes import mots
from idp.habilitations.rattachements import Selection
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.guards import gestionnaire, the_acteur, the_selection
from idp.services import services

GROUPES = "/habilitations/groupes"
GROUPE = GROUPES + "/<uuid:groupe_id>"
RECHERCHE_MAX_CHARS = 100


def la_recherche() -> str:
    """What was typed in the search box of a list."""
    return request.args.get("q", "").strip()[:RECHERCHE_MAX_CHARS]


@blueprint.get(GROUPES)
@gestionnaire
def mes_groupes_d_habilitation() -> Answer:
    """Groups by service and contract, searched by ``q``."""
    return render_template("habilitations/groupes.html", **montres(the_selection(), the_acteur()))


def montres(selection: Selection, acteur: Acteur) -> dict[str, Any]:
    """What the list says to this reader."""
    return {
        "selection": selection,
        "contrats": mes_groupes.lister(acteur, clock.now(), recherche=la_recherche()),
        "recherche": la_recherche(),
        "services": services(),
        "mots": mots,
        "explication": explication,
        "administre": acteur.administre,
    }


@blueprint.get(GROUPE)
@gestionnaire
def groupe(groupe_id: UUID) -> Answer:
    """What the group opens, and its members, searched by ``q``, a page after ``apres``."""
    montre = un_montre(the_selection(), the_acteur(), groupe_id)
    return render_template("habilitations/groupe.html", **montre)


def un_montre(selection: Selection, acteur: Acteur, groupe_id: UUID) -> dict[str, Any]:
    """What the page of one group says to this reader."""
    now = clock.now()
    contrat, lu = mes_groupes.lire(acteur, groupe_id, now)
    apres = request.args.get("apres", type=UUID)
    return {
        "selection": selection,
        "contrat": contrat,
        "groupe": lu,
        "contenu_dans": [un for un in contrat.sous_groupes if lu.id in un.bases],
        "page": membres.lister(acteur, lu, now, recherche=la_recherche(), apres=apres),
        "recherche": la_recherche(),
        "services": services(),
        "mots": mots,
        "explication": explication,
        "administre": acteur.administre,
        "jour": clock.today(now),
        "form": ConfirmationForm(formdata=None),
    }
