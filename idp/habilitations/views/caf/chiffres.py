"""« Chiffres »: what happens day by day at the caisses of the agent, as charts, as a table and as a file."""

from collections.abc import Sequence
from datetime import date

from flask import render_template, request

from idp import clock
from idp.accounts.views.guards import Answer
from idp.habilitations.caisses import caisses
from idp.habilitations.chiffres import lecture
from idp.habilitations.chiffres.lecture import Periode
from idp.habilitations.chiffres.mesures import LIBELLES, Mesure
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.caf.guards import agent, the_agent
from idp.habilitations.views.couteux import couteux
from idp.habilitations.views.partenaire.telechargement import format_demande, telecharger
from idp.services import services
from idp.spreadsheets.sheet import Sheet
from idp.spreadsheets.writing import written

CHIFFRES = "/caf/chiffres"
JOURS = 30
PERIODES = {7: "7 jours", 30: "30 jours", 90: "3 mois", 365: "un an"}
COLONNES = ("Jour", "Caisse", "Nom de la caisse", "Mesure", "Service", "Nombre")


@blueprint.get(CHIFFRES)
@agent
def chiffres() -> Answer:
    """One chart per figure, over a period."""
    vu, demandee, caisse = the_agent(), _periode(), _caisse()
    connues = caisses()
    return render_template(
        "caf/chiffres.html",
        chiffres=lecture.lire(vu, demandee, caisse),
        libelles=LIBELLES,
        services=services(),
        caisse=caisse,
        caisses={code: une for code, une in connues.items() if vu.supervise(code)},
        periodes=PERIODES,
        jours=request.args.get("jours", JOURS, type=int),
    )


@blueprint.get(CHIFFRES + "/export")
@agent
@couteux("GET")
def exporter_les_chiffres() -> Answer:
    """The same by day and caisse, in a spreadsheet."""
    vu, demandee, format_ = the_agent(), _periode(), format_demande()
    sheet = Sheet("Chiffres", COLONNES, map(_dite, lecture.lignes(vu, demandee, _caisse())))
    nom = f"chiffres-{demandee.debut}-{demandee.fin}"
    return telecharger(nom, format_, written(format_, sheet))


def _dite(ligne: Sequence[str]) -> Sequence[str]:
    jour, code, mesure, client_id, nombre = ligne
    caisse, service = caisses().get(code), services().get(client_id)
    return (
        jour,
        code,
        caisse.libelle if caisse else "",
        LIBELLES[Mesure(mesure)],
        service.nom if service else client_id,
        nombre,
    )


def _periode() -> Periode:
    jours = request.args.get("jours", JOURS, type=int)
    return lecture.periode(
        request.args.get("du", type=date.fromisoformat),
        request.args.get("au", type=date.fromisoformat),
        clock.today(clock.now()),
        min(max(jours, 1), lecture.JOURS_AU_PLUS),
    )


def _caisse() -> str | None:
    return request.args.get("caisse") or None
