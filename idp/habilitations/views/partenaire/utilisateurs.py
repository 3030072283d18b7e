"""« Mes utilisateurs »: the list, and « Créer un utilisateur » (guide, page 3)."""

from uuid import UUID

from flask import flash, redirect, render_template, request

from idp import clock
from idp.accounts.views.guards import Answer
from idp.habilitations import utilisateurs
from idp.habilitations.groupes import cochables
from idp.habilitations.utilisateurs import Cree
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.guards import gestionnaire, the_acteur, the_selection
from idp.habilitations.views.partenaire.formulaires import CreerUtilisateur

LISTE = "/habilitations/utilisateurs"


@blueprint.get("/habilitations/")
@gestionnaire
def gestion_des_habilitations() -> Answer:
    """The menu's own address leads to its first page."""
    return redirect(LISTE, 303)


@blueprint.get(LISTE)
@gestionnaire
def mes_utilisateurs() -> Answer:
    """Users with state, groups and dates; search by ``q``, page by ``apres``."""
    selection = the_selection()
    recherche = request.args.get("q", "").strip()[:100]
    page = utilisateurs.lister(
        the_acteur(),
        recherche=recherche,
        apres=request.args.get("apres", type=UUID),
    )
    return render_template(
        "habilitations/utilisateurs.html",
        selection=selection,
        page=page,
        recherche=recherche,
        jour=clock.today(clock.now()),
    )


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
            flash(
                f"{form.prenom.data} {form.nom.data} est créé. Son identifiant et son mot de passe provisoire"
                f" partent immédiatement à {form.email.data}.",
                "succes",
            )
            return redirect(LISTE, 303)
        form.refuser(resultat)
    return render_template(
        "habilitations/creer_utilisateur.html",
        selection=the_selection(),
        form=form,
        peut_creer=acteur.peut_creer,
    )
