"""Users from a file: the model, the trial line by line, then what the worker does of it, until it is done."""

from uuid import UUID

from flask import flash, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from idp import clock
from idp.accounts.views.forms import ConfirmationForm
from idp.accounts.views.guards import Answer
from idp.habilitations.groupes import cochables
from idp.habilitations.import_utilisateurs import essai, execution, modele, suivi
from idp.habilitations.import_utilisateurs.essai import LIGNES_LUES_MAX
from idp.habilitations.import_utilisateurs.models import EtatImport
from idp.habilitations.import_utilisateurs.plan import Verdict
from idp.habilitations.import_utilisateurs.suivi import ImportVu
from idp.habilitations.personnes.colonnes import LUES, REFUS, TITRES
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.couteux import couteux
from idp.habilitations.views.guards import gestionnaire, the_acteur, the_selection
from idp.habilitations.views.partenaire.formulaires import EnvoyerFichier
from idp.habilitations.views.partenaire.telechargement import format_demande, telecharger
from idp.habilitations.views.partenaire.utilisateurs import LISTE
from idp.spreadsheets.bounds import FichierRefuse
from idp.spreadsheets.sheet import Sheet
from idp.spreadsheets.writing import Format, written
from idp.web import accepts

IMPORT = LISTE + "/import"
UN_IMPORT = IMPORT + "/<uuid:import_id>"
FICHIER_MAX_BYTES = 5 * 1024 * 1024
ACTUALISER_S = 3


@blueprint.route(IMPORT, methods=["GET", "POST"])
@gestionnaire
@accepts(FICHIER_MAX_BYTES)
@couteux("POST")
def importer_utilisateurs() -> Answer:
    """The model to download, the file to send, and the imports of before."""
    acteur = the_acteur()
    form = EnvoyerFichier()
    if form.validate_on_submit():
        envoye = form.fichier.data
        try:
            depose = essai.deposer(
                acteur,
                the_selection().rattachement_id,
                envoye.stream,
                nom=envoye.filename or "",
                now=clock.now(),
            )
            return redirect(f"{IMPORT}/{depose}", 303)
        except FichierRefuse as refus:
            form.fichier.errors = [str(refus)]
    return render_template(
        "habilitations/importer_utilisateurs.html",
        selection=the_selection(),
        form=form,
        groupes=cochables(acteur),
        peut_creer=acteur.peut_creer,
        formats=list(Format),
        imports=suivi.derniers(acteur),
        lignes_max=essai.LIGNES_MAX,
    )


@blueprint.get(IMPORT + "/modele")
@gestionnaire
def modele_d_import() -> Answer:
    """The file to fill in."""
    kind = format_demande()
    return telecharger("modele-utilisateurs", kind, modele.modele(kind, cochables(the_acteur())))


@blueprint.get(UN_IMPORT)
@gestionnaire
def import_d_utilisateurs(import_id: UUID) -> Answer:
    """What each line will do, does or did; the page of an import that runs comes back by itself."""
    vu = suivi.lire(the_acteur(), import_id)
    en_cours = vu.etat is EtatImport.EN_COURS
    verdict = _verdict()
    response = make_response(
        render_template(
            "habilitations/import_utilisateurs.html",
            selection=the_selection(),
            vu=vu,
            comptes=suivi.compter(import_id) if en_cours else None,
            page=suivi.page(import_id, verdict=verdict, apres=_apres()),
            verdict=verdict,
            verdicts=list(Verdict),
            titres=TITRES,
            formats=list(Format),
            en_pause="pause" in request.args,
            confirmation=ConfirmationForm(formdata=None),
        )
    )
    if en_cours and "pause" not in request.args:
        # By a header: it works without JavaScript, and « Ne plus actualiser » stops it (WCAG 2.2.2).
        response.headers["Refresh"] = str(ACTUALISER_S)
    return response


def _apres() -> int:
    # Whatever the address says, a number that a line may have.
    return min(max(request.args.get("apres", 0, int), 0), LIGNES_LUES_MAX)


def _verdict() -> Verdict | None:
    voulu = request.args.get("montrer", "")
    return Verdict(voulu) if voulu in set(Verdict) else None


@blueprint.get(UN_IMPORT + "/refus")
@gestionnaire
def lignes_refusees(import_id: UUID) -> Answer:
    """The refused lines, each with its reason, in a file that may be corrected and sent again."""
    vu: ImportVu = suivi.lire(the_acteur(), import_id)
    kind = format_demande()
    sheet = Sheet("Lignes refusées", (*LUES, *REFUS), suivi.refusees(vu.id))
    return telecharger("lignes-refusees", kind, written(kind, sheet))


@blueprint.post(UN_IMPORT + "/valider")
@gestionnaire
def valider_import(import_id: UUID) -> Answer:
    """Have it done; pressed twice, it is done once."""
    suivi.lire(the_acteur(), import_id)
    if ConfirmationForm().validate_on_submit():
        execution.lancer(the_acteur(), import_id, clock.now())
    return _retour(import_id)


@blueprint.post(UN_IMPORT + "/annuler")
@gestionnaire
def annuler_import(import_id: UUID) -> Answer:
    """Forget a trial, or stop what is being done."""
    if not ConfirmationForm().validate_on_submit():
        return _retour(import_id)
    etat = execution.annuler(the_acteur(), import_id, clock.now())
    if etat is EtatImport.ESSAI:
        flash("Ce fichier est oublié : rien n’a été créé.", "info")
        return redirect(IMPORT, 303)
    if etat is EtatImport.EN_COURS:
        flash("L’import est arrêté. Ce qui était déjà fait le reste.", "info")
    return _retour(import_id)


def _retour(import_id: UUID) -> AnyResponse:
    return redirect(f"{IMPORT}/{import_id}", 303)
