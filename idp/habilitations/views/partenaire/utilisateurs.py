"""« Mes utilisateurs »: the list, and « Créer un utilisateur » (guide, page 3)."""

from typing import Any

from flask import redirect, render_template, request

from idp import clock
from idp.accounts.views.guards import Answer
from idp.habilitations.delegation import Acteur
from idp.habilitations.groupes import cochables
from idp.habilitations.personnes import liste, mots, utilisateurs
from idp.habilitations.personnes.utilisateurs import Cree
from idp.habilitations.rattachements import Selection
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.guards import gestionnaire, the_acteur, the_selection
from idp.habilitations.views.partenaire import demande
from idp.habilitations.views.partenaire.demande import Liens
from idp.habilitations.views.partenaire.formulaires import CreerUtilisateur
from idp.services import services

LISTE = "/habilitations/utilisateurs"


@blueprint.get("/habilitations/")
@gestionnaire
def gestion_des_habilitations() -> Answer:
    """The menu's own address leads to its first page."""
    return redirect(LISTE, 303)


@blueprint.get(LISTE)
@gestionnaire
def mes_utilisateurs() -> Answer:
    """Users with state, groups and dates, as the query string asks for them (``demande.py``)."""
    return render_template(
        "habilitations/utilisateurs.html", **montres(the_selection(), the_acteur())
    )


def montres(selection: Selection, acteur: Acteur) -> dict[str, Any]:
    """What the page says to this reader."""
    demandee = demande.lire(request.args)
    return {
        "selection": selection,
        "peut_creer": acteur.peut_creer,
        "page": liste.lister(acteur, demandee, clock.now()),
        "demandee": demandee,
        "liens": Liens(demandee),
        "mots": mots,
        "tris": demande.TRIS,
        "tri": demande.tri_dit(demandee),
        "services": services(),
    }


@blueprint.route("/habilitations/utilisateurs/creer", methods=["GET", "POST"])
@gestionnaire
def creer_utilisateur() -> Answer:
    """The form of the guide; once valid, the mail leaves at once."""
    acteur = the_acteur()
    groupes = cochables(acteur)
    form = CreerUtilisateur.pour(groupes, clock.today(clock.now()))
    if form.validate_on_submit():
        resultat = utilisateurs.creer(acteur, form.saisie(), clock.now())
        if isinstance(resultat, Cree):
            return redirect(f"{LISTE}/{resultat.rattachement_id}/cree", 303)
        form.refuser(resultat)
    return render_template(
        "habilitations/creer_utilisateur.html",
        selection=the_selection(),
        form=form,
        peut_creer=acteur.peut_creer,
    )
