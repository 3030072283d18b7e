"""What a partner sees, looked at by an agent: the pages of the console, read only, under a banner.

Nothing here answers but GET. The guards of the partner are not used: an ``Acteur`` is made for the person of the
view, asked for what it shows, and forgotten.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from flask import flash, g, redirect, render_template
from werkzeug.wrappers import Response as AnyResponse

from idp import clock, elision
from idp.accounts.views.guards import Answer
from idp.errors import Refusal
from idp.habilitations.assistance import dossier, vue
from idp.habilitations.assistance.vue import Finie, Vue
from idp.habilitations.delegation import Acteur
from idp.habilitations.explications import explication
from idp.habilitations.personnes import dossier as personne
from idp.habilitations.personnes import fiche
from idp.habilitations.revues import lecture as revues
from idp.habilitations.views import accueil as accueil_partenaire
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.caf.assistance import ASSISTANCE, PERSONNE
from idp.habilitations.views.caf.formulaires_d_assistance import OuvrirVue
from idp.habilitations.views.caf.guards import superviseur, the_agent
from idp.habilitations.views.caf.lecture_seule import en_lecture_seule
from idp.habilitations.views.menu import entrees
from idp.habilitations.views.navigation import Navigation
from idp.habilitations.views.partenaire import fiche as fiche_partenaire
from idp.habilitations.views.partenaire import groupes as groupes_partenaire
from idp.habilitations.views.partenaire import journal as journal_partenaire
from idp.habilitations.views.partenaire import utilisateurs as utilisateurs_partenaire
from idp.habilitations.views.partenaire.formulaires import ModifierUtilisateur

VUE = "/caf/vue/<uuid:vue_id>"
FERMER = ASSISTANCE + "/vues/<uuid:vue_id>/fermer"


@blueprint.route(PERSONNE + "/vue", methods=["GET", "POST"])
@superviseur
def ouvrir_vue(rattachement_id: UUID) -> Answer:
    """Says what a view is and who will be told; opens it once a motive is given."""
    form = OuvrirVue()
    qui = dossier.nommer(the_agent(), rattachement_id)
    if form.validate_on_submit():
        vue_id = vue.ouvrir(the_agent(), rattachement_id, str(form.motif.data), clock.now())
        return redirect(f"/caf/vue/{vue_id}/accueil", 303)
    personne.noter_la_page(the_agent(), rattachement_id, clock.now())
    minutes = int(vue.DUREE.total_seconds() // 60)
    return render_template("caf/vue_ouvrir.html", form=form, qui=qui, minutes=minutes)


@blueprint.post(FERMER)
@superviseur
def fermer_vue(vue_id: UUID) -> Answer:
    """The view ends before its time."""
    rattachement_id = vue.fermer(the_agent(), vue_id, clock.now())
    flash("La vue est fermée.", "succes")
    return redirect(f"{ASSISTANCE}/{rattachement_id}", 303)


P = ParamSpec("P")


def _pendant_la_vue(view: Callable[Concatenate[Vue, P], Answer]) -> Callable[..., Answer]:
    """The page of a view that still runs; of one that is over, where another is opened."""

    @wraps(view)
    def shown(vue_id: UUID, *args: P.args, **kwargs: P.kwargs) -> Answer:
        lue = vue.lire(the_agent(), vue_id, clock.now())
        if isinstance(lue, Finie):
            return _finie(lue)
        # The page of a refusal bears the banner too (``errors/erreur.html``).
        g.vue_partenaire = lue
        return view(lue, *args, **kwargs)

    return shown


@blueprint.get(VUE + "/accueil")
@superviseur
@_pendant_la_vue
def vue_accueil(lue: Vue) -> Answer:
    """The accueil of the person: their tiles."""
    contenu = accueil_partenaire.montre(lue.selection, lue.acteur)
    contenu["second_facteur_avant"] = accueil_partenaire.second_facteur_avant(
        lue.account.factor_asked_at
    )
    contenu["mail_refuse_le"] = lue.account.mail_refused_at
    return _montrer(lue, "accueil", "Accueil", contenu)


@blueprint.get(VUE + "/utilisateurs")
@superviseur
@_pendant_la_vue
def vue_utilisateurs(lue: Vue) -> Answer:
    """« Mes utilisateurs »."""
    contenu = utilisateurs_partenaire.montres(lue.selection, _gestionnaire(lue))
    return _montrer(lue, "utilisateurs", "Mes utilisateurs", contenu)


@blueprint.get(VUE + "/utilisateurs/<uuid:rattachement_id>")
@superviseur
@_pendant_la_vue
def vue_utilisateur(lue: Vue, rattachement_id: UUID) -> Answer:
    """The file of a user."""
    acteur, jour = _gestionnaire(lue), clock.today(clock.now())
    vu = fiche.lire(acteur, rattachement_id)
    contenu = fiche_partenaire.montree(lue.selection, acteur, vu, ModifierUtilisateur.de(vu, jour))
    return _montrer(lue, "utilisateur", f"Fiche {elision.de(vu.nom)}", contenu, de=rattachement_id)


@blueprint.get(VUE + "/groupes")
@superviseur
@_pendant_la_vue
def vue_groupes(lue: Vue) -> Answer:
    """« Mes groupes »."""
    contenu = groupes_partenaire.montres(lue.selection, _gestionnaire(lue))
    return _montrer(lue, "groupes", "Mes groupes", contenu)


@blueprint.get(VUE + "/groupes/<uuid:groupe_id>")
@superviseur
@_pendant_la_vue
def vue_groupe(lue: Vue, groupe_id: UUID) -> Answer:
    """One group and its members."""
    contenu = groupes_partenaire.un_montre(lue.selection, _gestionnaire(lue), groupe_id)
    return _montrer(lue, "groupe", contenu["groupe"].libelle, contenu)


@blueprint.get(VUE + "/journal")
@superviseur
@_pendant_la_vue
def vue_journal(lue: Vue) -> Answer:
    """The journal of the organisme."""
    acteur = _gestionnaire(lue)
    if not acteur.administre:
        raise Refusal("Cette personne n’administre pas l’organisme : elle ne voit pas son journal.")
    return _montrer(lue, "journal", "Journal", journal_partenaire.montre(lue.selection, acteur))


def _gestionnaire(lue: Vue) -> Acteur:
    if lue.acteur is None:
        pourquoi = lue.selection.refus
        raise Refusal(
            "Cette personne ne voit pas « Gestion des habilitations ».",
            conseil=explication(pourquoi) if pourquoi else "Elle n’y gère rien.",
        )
    return lue.acteur


def _montrer(
    lue: Vue, modele: str, titre: str, contenu: dict[str, Any], *, de: UUID | None = None
) -> Answer:
    vue.noter(the_agent(), lue, titre, clock.now(), de=de)
    selection = lue.selection
    page = render_template(
        "caf/vue.html",
        modele=f"habilitations/{modele}.html",
        entre_temps=False,
        avis_de_revue=lambda: (
            revues.avis(selection.organisme_id, selection.account_id)
            if selection.peut_administrer
            else None
        ),
        navigation=Navigation(
            nom=lue.account.display_name,
            organisme=selection.raison_sociale,
            convention=selection.convention,
            gestion=entrees(selection),
        ),
        **contenu,
    )
    bandeau = render_template("caf/_vue_bandeau.html", vue=lue)
    return en_lecture_seule(page, f"/caf/vue/{lue.id}", bandeau)


def _finie(finie: Finie) -> AnyResponse:
    flash("Cette vue est terminée, ou ouverte par un autre agent. Ouvrez-en une nouvelle.", "info")
    return redirect(f"{ASSISTANCE}/{finie.rattachement_id}/vue", 303)
