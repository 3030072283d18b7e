"""The journal of an organisme as its Caf reads it: what the organisme reads, with the names of the agents."""

from tempfile import TemporaryFile
from urllib.parse import urlencode
from uuid import UUID

from flask import render_template, request

from idp import clock
from idp.accounts.history import parse_key
from idp.accounts.views.guards import Answer
from idp.habilitations import acteurs
from idp.habilitations.journal import export, lecture
from idp.habilitations.journal.faits import FAMILLES
from idp.habilitations.perimetre import organisme_de
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.caf.guards import agent, the_agent
from idp.habilitations.views.caf.onglets import DOSSIER, en_tete
from idp.habilitations.views.couteux import couteux
from idp.habilitations.views.partenaire.journal import ORIGINES, filtre_demande, parametres
from idp.habilitations.views.partenaire.telechargement import format_demande, partir

JOURNAL = "/journal"


@blueprint.get(DOSSIER + JOURNAL)
@agent
def caf_journal(organisme_id: UUID) -> Answer:
    """The newest first; ``apres`` and ``avant`` are where a page starts."""
    lecteur = acteurs.lecteur(the_agent(), organisme_de(the_agent(), organisme_id))
    filtre = filtre_demande()
    return render_template(
        "caf/journal.html",
        **en_tete(organisme_id, JOURNAL),
        page=lecture.page(
            lecteur,
            filtre,
            apres=parse_key(request.args.get("apres", "")),
            avant=parse_key(request.args.get("avant", "")),
            pour_la_caf=True,
        ),
        filtre=filtre,
        choix=urlencode(parametres(filtre)),
        familles=FAMILLES,
        origines=ORIGINES,
    )


@blueprint.get(DOSSIER + JOURNAL + "/export")
@agent
@couteux("GET")
def caf_journal_export(organisme_id: UUID) -> Answer:
    """The lines of the filter, as a spreadsheet; told in the journal itself."""
    lecteur = acteurs.lecteur(the_agent(), organisme_de(the_agent(), organisme_id))
    format_, now = format_demande(), clock.now()
    file = TemporaryFile()  # noqa: SIM115 - the response closes it
    export.ecrire(lecteur, filtre_demande(), format_, file, now=now, pour_la_caf=True)
    return partir(file, f"journal-{clock.today(now)}.{format_}", format_.media_type)
