"""« Imports »: the file of a caisse, told line by line, then done by the worker, with its report."""

from uuid import UUID

from flask import flash, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from idp import clock
from idp.accounts.views.forms import ConfirmationForm
from idp.accounts.views.guards import Answer
from idp.habilitations import agents
from idp.habilitations.import_organismes import depot, execution, modele, suivi
from idp.habilitations.import_organismes.models import EtatDImport
from idp.habilitations.organismes import rapport
from idp.habilitations.organismes.plan import Effet
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.caf.guards import agent, the_agent
from idp.habilitations.views.couteux import couteux
from idp.habilitations.views.partenaire.formulaires import EnvoyerFichier
from idp.habilitations.views.partenaire.telechargement import format_demande, telecharger
from idp.spreadsheets.bounds import FichierRefuse
from idp.spreadsheets.sheet import Sheet
from idp.spreadsheets.writing import Format, written
from idp.web import accepts

IMPORTS = "/caf/imports"
UN_IMPORT = IMPORTS + "/<uuid:import_id>"
FICHIER_MAX_BYTES = 64 * 1024 * 1024
ACTUALISER_S = 3
NUMERO_MAX = 2**31 - 1
_EN_MOUVEMENT = (EtatDImport.LECTURE, EtatDImport.EN_COURS)


@blueprint.route(IMPORTS, methods=["GET", "POST"])
@agent
@accepts(FICHIER_MAX_BYTES)
@couteux("POST")
def imports_d_organismes() -> Answer:
    """The file to send, and those of before."""
    vu = the_agent()
    form = EnvoyerFichier()
    if form.validate_on_submit():
        envoye = form.fichier.data
        try:
            depose = depot.deposer(vu, envoye.stream, nom=envoye.filename or "", now=clock.now())
            return redirect(f"{IMPORTS}/{depose}", 303)
        except FichierRefuse as refus:
            form.fichier.errors = [str(refus)]
    return render_template(
        "caf/imports.html",
        form=form,
        caisses=agents.libelles(vu.caisses),
        page=suivi.derniers(vu, request.args.get("apres", type=UUID)),
    )


@blueprint.get(UN_IMPORT)
@agent
def import_d_organismes(import_id: UUID) -> Answer:
    """What each line will do, does or did; the page of an import that moves comes back by itself."""
    vu = suivi.lire(the_agent(), import_id)
    effet = _effet()
    bouge = vu.etat in _EN_MOUVEMENT
    response = make_response(
        render_template(
            "caf/import.html",
            vu=vu,
            page=suivi.page(import_id, effet=effet, apres=_apres()) if not bouge else None,
            effet=effet,
            effets=list(Effet),
            formats=list(Format),
            en_pause="pause" in request.args,
            confirmation=ConfirmationForm(formdata=None),
        )
    )
    if bouge and "pause" not in request.args:
        # By a header: it works without JavaScript, and « Ne plus actualiser » stops it (WCAG 2.2.2).
        response.headers["Refresh"] = str(ACTUALISER_S)
    return response


def _apres() -> int:
    # Whatever the address says, a number that a line may have.
    return min(max(request.args.get("apres", 0, int), 0), NUMERO_MAX)


def _effet() -> Effet | None:
    voulu = request.args.get("montrer", "")
    return Effet(voulu) if voulu in set(Effet) else None


@blueprint.get(IMPORTS + "/modele")
@agent
def modele_d_organismes() -> Answer:
    """The file to fill in."""
    return telecharger("modele-organismes", Format.CSV, modele.modele())


@blueprint.get(UN_IMPORT + "/rapport")
@agent
@couteux("GET")
def rapport_d_import(import_id: UUID) -> Answer:
    """What becomes of each line, with what it changes."""
    vu = suivi.lire(the_agent(), import_id)
    sheet = Sheet("Rapport", rapport.TITRES, suivi.de_rapport(vu))
    return telecharger("rapport-d-import", Format.CSV, written(Format.CSV, sheet))


@blueprint.get(UN_IMPORT + "/refus")
@agent
@couteux("GET")
def organismes_refuses(import_id: UUID) -> Answer:
    """The refused lines, each with its reason, in a file that may be corrected and sent again."""
    vu = suivi.lire(the_agent(), import_id)
    kind = format_demande()
    sheet = Sheet("Lignes refusées", suivi.TITRES_DE_REFUS, suivi.refusees(vu.id))
    return telecharger("lignes-refusees", kind, written(kind, sheet))


@blueprint.post(UN_IMPORT + "/valider")
@agent
def valider_organismes(import_id: UUID) -> Answer:
    """Have it done; pressed twice, it is done once."""
    suivi.lire(the_agent(), import_id)
    if ConfirmationForm().validate_on_submit():
        execution.lancer(the_agent(), import_id, clock.now())
    return _retour(import_id)


@blueprint.post(UN_IMPORT + "/annuler")
@agent
def annuler_organismes(import_id: UUID) -> Answer:
    """Forget a trial, or stop what is being done."""
    suivi.lire(the_agent(), import_id)
    if not ConfirmationForm().validate_on_submit():
        return _retour(import_id)
    etat = execution.annuler(the_agent(), import_id, clock.now())
    if etat in (EtatDImport.LECTURE, EtatDImport.ESSAI):
        flash("Ce fichier est oublié : rien n’a été importé.", "info")
        return redirect(IMPORTS, 303)
    if etat is EtatDImport.EN_COURS:
        flash("L’import est arrêté. Ce qui était déjà fait le reste.", "info")
    return _retour(import_id)


def _retour(import_id: UUID) -> AnyResponse:
    return redirect(f"{IMPORTS}/{import_id}", 303)
