"""« Destinataires » of a campaign, and what each of them will read."""

from io import BytesIO
from uuid import UUID

from flask import render_template, request

from idp import clock
from idp.accounts.views.guards import Answer
from idp.habilitations.campagnes import apercu, conduite, suivi
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.caf.campagnes import CAMPAGNE
from idp.habilitations.views.caf.guards import agent, the_agent
from idp.habilitations.views.couteux import couteux
from idp.habilitations.views.partenaire.telechargement import partir

DESTINATAIRES = CAMPAGNE + "/destinataires"
DESTINATAIRE = DESTINATAIRES + "/<uuid:destinataire_id>"
PDF = "application/pdf"


@blueprint.get(DESTINATAIRES)
@agent
def destinataires_de_la_campagne(campagne_id: UUID) -> Answer:
    """Who they are, by which way, and where each is."""
    lue = conduite.lire(the_agent(), campagne_id)
    lignes, suivante = suivi.destinataires(campagne_id, request.args.get("apres", type=UUID))
    return render_template(
        "caf/campagne_destinataires.html",
        campagne=lue,
        lignes=lignes,
        suivante=suivante,
        etats=suivi.ETATS,
        voies=suivi.VOIES,
    )


@blueprint.get(DESTINATAIRE)
@agent
@couteux("GET")
def apercu_du_destinataire(campagne_id: UUID, destinataire_id: UUID) -> Answer:
    """What one recipient will read: a mail is a page, a letter the PDF that is printed."""
    lu = apercu.lire(the_agent(), campagne_id, destinataire_id, clock.now())
    if isinstance(lu, bytes):
        return _pdf(lu, "apercu")
    campagne = conduite.lire(the_agent(), campagne_id)
    return render_template("caf/campagne_apercu.html", campagne=campagne, exemple=lu)


@blueprint.get(CAMPAGNE + "/courrier-d-essai")
@agent
@couteux("GET")
def courrier_d_essai(campagne_id: UUID) -> Answer:
    """A letter to nobody, to try the printing and the envelope."""
    return _pdf(apercu.courrier_d_essai(the_agent(), campagne_id, clock.now()), "essai")


def _pdf(content: bytes, nom: str) -> Answer:
    file = BytesIO()
    file.write(content)
    return partir(file, f"rappel-{nom}.pdf", PDF)
