"""« Organismes »: the search of the agents, and an organisme entered by hand."""

from uuid import UUID

from flask import flash, redirect, render_template, request

from idp import clock
from idp.accounts.views.guards import Answer
from idp.habilitations.organismes import creation, recherche, saisie
from idp.habilitations.organismes.attribution import DejaConnu
from idp.habilitations.organismes.declaration import OrganismeDeclare
from idp.habilitations.organismes.plan import PHRASES, Motif
from idp.habilitations.organismes.recherche import Depuis, Resultat
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.caf.formulaires_d_organismes import CreerOrganisme, deja_connu
from idp.habilitations.views.caf.guards import agent, the_agent
from idp.habilitations.views.caf.onglets import LISTE, adresse

CHERCHE_MAX_CHARS = 100
CREE = "L’organisme est créé. Ses identifiants partent par courriel, ou attendent dans les courriers à imprimer."


@blueprint.get(LISTE)
@agent
def caf_organismes() -> Answer:
    """What the text ``q`` finds; without any, every organisme by name."""
    texte = request.args.get("q", "").strip()[:CHERCHE_MAX_CHARS]
    return render_template("caf/organismes.html", q=texte, resultat=_trouve(texte))


@blueprint.route(LISTE + "/creer", methods=["GET", "POST"])
@agent
def caf_organisme_creer() -> Answer:
    """What a line of the file of a caisse would create, with the same rules; then its file."""
    form, deja = CreerOrganisme.pour(the_agent()), None
    if form.validate_on_submit():
        fait = _creer(form)
        if isinstance(fait, UUID):
            flash(CREE, "succes")
            return redirect(adresse(fait), 303)
        deja = fait
    return render_template("caf/organisme_creer.html", form=form, deja=deja)


def _creer(form: CreerOrganisme) -> UUID | DejaConnu | None:
    declare = creation.lire(form.cellules())
    if not isinstance(declare, OrganismeDeclare):
        for refus in declare:
            form.refuser(refus.colonne, refus.motif)
        return None
    fait = creation.creer(the_agent(), declare, motif=str(form.motif.data), now=clock.now())
    if isinstance(fait, Motif):
        form.refuser(*PHRASES[fait])
        return None
    if isinstance(fait, DejaConnu):
        form.refuser("numeros_utilisateur", deja_connu(fait))
    return fait


def _trouve(texte: str) -> Resultat:
    depuis = Depuis(_id("apres"), _id("avant"))
    if not texte:
        return Resultat(organismes=recherche.tous(the_agent(), depuis))
    return recherche.chercher(
        the_agent(),
        saisie.lire(texte),
        organismes=depuis,
        personnes=Depuis(_id("personne_apres"), _id("personne_avant")),
    )


def _id(nom: str) -> UUID | None:
    return request.args.get(nom, type=UUID)
