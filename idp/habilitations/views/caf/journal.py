"""The journal of an organisme as its Caf reads it: what the organisme reads, with the names of the agents."""

from urllib.parse import urlencode
from uuid import UUID

from flask import render_template, request

from idp.accounts.history import parse_key
from idp.accounts.views.guards import Answer
from idp.habilitations import acteurs
from idp.habilitations.journal import lecture
from idp.habilitations.journal.faits import FAMILLES
from idp.habilitations.perimetre import organisme_de
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.caf.guards import agent, the_agent
from idp.habilitations.views.caf.onglets import DOSSIER, en_tete
from idp.habilitations.views.partenaire.journal import ORIGINES, filtre_demande, parametres

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
