"""« Mes utilisateurs » taken away as a file, with the filters and the order of the list."""

from flask import request

from idp import clock
from idp.accounts.views.guards import Answer
from idp.habilitations.personnes import export_utilisateurs
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.couteux import couteux
from idp.habilitations.views.guards import gestionnaire, the_acteur
from idp.habilitations.views.partenaire import demande
from idp.habilitations.views.partenaire.telechargement import format_demande, telecharger
from idp.habilitations.views.partenaire.utilisateurs import LISTE


@blueprint.get(LISTE + "/export")
@gestionnaire
@couteux("GET")
def exporter_utilisateurs() -> Answer:
    """The users that the list shows; the file may be corrected and imported."""
    kind, now = format_demande(), clock.now()
    pieces = export_utilisateurs.exporter(the_acteur(), kind, demande.lire(request.args), now)
    return telecharger(f"mes-utilisateurs-{clock.today(now)}", kind, pieces)
