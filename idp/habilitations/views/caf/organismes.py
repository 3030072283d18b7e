"""« Organismes »: the search of the agents, and an organisme entered by hand."""

from urllib.parse import urlencode
from uuid import UUID

from flask import flash, redirect, render_template, request

from idp import clock
from idp.accounts.views.guards import Answer
from idp.habilitations.agents import AgentVu
from idp.habilitations.caisses import caisses
from idp.habilitations.models import TypeOrganisme
from idp.habilitations.organismes import creation, exportation, recherche, saisie
from idp.habilitations.organismes.attribution import DejaConnu
from idp.habilitations.organismes.declaration import OrganismeDeclare
from idp.habilitations.organismes.plan import PHRASES, Motif
from idp.habilitations.organismes.recherche import Choix, Depuis, EtatDOrganisme, Resultat
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.caf.formulaires_d_organismes import CreerOrganisme, deja_connu
from idp.habilitations.views.caf.guards import agent, the_agent
from idp.habilitations.views.caf.onglets import LISTE, adresse
from idp.habilitations.views.couteux import couteux
from idp.habilitations.views.partenaire.telechargement import format_demande, telecharger
from idp.services import services

CHERCHE_MAX_CHARS = 100
CODE_MAX_CHARS = 40
CREE = "L’organisme est créé. Ses identifiants partent par courriel, ou attendent dans les courriers à imprimer."


@blueprint.get(LISTE)
@agent
def caf_organismes() -> Answer:
    """What the text ``q`` finds; without any, every organisme by name."""
    texte, choix = _texte(), _choix()
    return render_template(
        "caf/organismes.html",
        q=texte,
        resultat=_trouve(texte, choix),
        choix=choix,
        demande=_demande(texte, choix),
        siennes=siennes(the_agent()),
        services={code: service.nom for code, service in services().items()},
    )


@blueprint.get(LISTE + "/export")
@agent
@couteux("GET")
def caf_organismes_export() -> Answer:
    """What the page found, every page of it."""
    texte, now = _texte(), clock.now()
    pieces = exportation.exporter(
        the_agent(),
        saisie.lire(texte) if texte else None,
        _choix(),
        format_demande(),
        now=now,
    )
    return telecharger("organismes", format_demande(), pieces)


def siennes(vu: AgentVu) -> dict[str, str]:
    """The caisses of this agent, by code; all of them when national."""
    connues = caisses()
    codes = connues if vu.national else vu.caisses
    return {code: connues[code].libelle for code in codes if code in connues}


def _texte() -> str:
    return request.args.get("q", "").strip()[:CHERCHE_MAX_CHARS]


def _choix() -> Choix:
    return Choix(
        type=request.args.get("type", type=TypeOrganisme),
        caisse=request.args.get("caisse", "")[:CODE_MAX_CHARS],
        etat=request.args.get("etat", type=EtatDOrganisme),
        service=request.args.get("service", "")[:CODE_MAX_CHARS],
        au=clock.today(clock.now()),
    )


def _demande(texte: str, choix: Choix) -> str:
    dits = {
        "q": texte,
        "type": choix.type,
        "caisse": choix.caisse,
        "etat": choix.etat,
        "service": choix.service,
    }
    return urlencode({nom: str(valeur) for nom, valeur in dits.items() if valeur})


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


def _trouve(texte: str, choix: Choix) -> Resultat:
    depuis = Depuis(_id("apres"), _id("avant"))
    if not texte:
        return Resultat(organismes=recherche.tous(the_agent(), depuis, choix))
    return recherche.chercher(
        the_agent(),
        saisie.lire(texte),
        organismes=depuis,
        personnes=Depuis(_id("personne_apres"), _id("personne_avant")),
        choix=choix,
    )


def _id(nom: str) -> UUID | None:
    return request.args.get(nom, type=UUID)
