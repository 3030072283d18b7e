"""The file of an organisme, as its Caf keeps it."""

from uuid import UUID

from flask import flash, redirect, render_template
from werkzeug.wrappers import Response as AnyResponse

from idp import clock
from idp.accounts.views.guards import Answer
from idp.habilitations import perimetre
from idp.habilitations.caisses import caisses
from idp.habilitations.fusion import separation
from idp.habilitations.models import RoleAgent
from idp.habilitations.organismes import caisse_qui_ecrit, changements, dossier
from idp.habilitations.organismes.attribution import DejaConnu
from idp.habilitations.organismes.changements import Issue
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.caf.formulaires_d_organismes import ChangerDeCaisse, ModifierOrganisme
from idp.habilitations.views.caf.guards import agent, the_agent
from idp.habilitations.views.caf.onglets import DOSSIER, LISTE, adresse, en_tete
from idp.services import services


@blueprint.get(DOSSIER)
@agent
def caf_organisme(organisme_id: UUID) -> Answer:
    """Its numbers, addresses, conventions with their contrats and groupes, how many people, its last letters."""
    tete = en_tete(organisme_id)
    return render_template(
        "caf/organisme.html",
        **tete,
        dossier=dossier.lire(the_agent(), organisme_id, clock.now()),
        changements=changements.historique(the_agent(), organisme_id),
        fusions=separation.de_l_organisme(the_agent(), organisme_id),
        peut_reunir=the_agent().peut(RoleAgent.SUPERVISEUR),
        autres_caisses=caisse_qui_ecrit.possibles(the_agent(), tete["entete"].caisse_code),
        services=services(),
    )


@blueprint.route(DOSSIER + "/caisse", methods=["GET", "POST"])
@agent
def caf_organisme_caisse(organisme_id: UUID) -> Answer:
    """Have another caisse write to it, once one has read what follows and said why."""
    tete, depart = en_tete(organisme_id), caisse_qui_ecrit.depart(the_agent(), organisme_id)
    if not depart.possibles:
        flash(DES_DEUX, "info")
        return redirect(adresse(organisme_id), 303)
    form = ChangerDeCaisse.parmi(depart.possibles)
    if form.validate_on_submit():
        code, motif = str(form.caisse.data), str(form.motif.data)
        caisse_qui_ecrit.changer(the_agent(), organisme_id, code, motif=motif, now=clock.now())
        flash(f"La {caisses()[code].libelle} écrit désormais à cet organisme.", "succes")
        return redirect(adresse(organisme_id), 303)
    return render_template("caf/organisme_caisse.html", **tete, form=form, depart=depart)


@blueprint.route(DOSSIER + "/modifier", methods=["GET", "POST"])
@agent
def caf_organisme_modifier(organisme_id: UUID) -> Answer:
    """Name, type, SIRET, addresses and numbers, with a motif; two agents do not undo each other."""
    actuelle = changements.lire(the_agent(), organisme_id)
    form = ModifierOrganisme.de(actuelle)
    maintenant = deja = None
    if form.validate_on_submit():
        issue = changements.changer(
            the_agent(),
            organisme_id,
            form.voulue(),
            version=form.version.data or "",
            motif=str(form.motif.data),
            now=clock.now(),
        )
        if issue is Issue.ENTRE_TEMPS:
            maintenant = changements.lire(the_agent(), organisme_id)
            form.reprendre(maintenant)
        elif isinstance(issue, Issue):
            return _fait(
                organisme_id, issue, changements.change_de_destinataire(actuelle, form.voulue())
            )
        else:
            form.refuser(issue)
            deja = issue if isinstance(issue, DejaConnu) else None
    return render_template(
        "caf/organisme_modifier.html",
        **en_tete(organisme_id),
        form=form,
        actuelle=maintenant,
        deja=deja,
    )


def _fait(organisme_id: UUID, issue: Issue, ailleurs: bool) -> AnyResponse:
    flash(*_ISSUES[issue])
    if issue is Issue.FAIT and ailleurs:
        flash(SECOND_AGENT, "info")
    # The number that was withdrawn may have been all that they had of it.
    reste = perimetre.voit(the_agent(), organisme_id)
    return redirect(adresse(organisme_id) if reste else LISTE, 303)


DES_DEUX = (
    "Seul un agent de la Caf qui écrit à cet organisme et de celle qui lui écrirait peut changer l’une pour"
    " l’autre, ou un agent national."
)
SECOND_AGENT = (
    "L’identifiant et le mot de passe ne partiront sous ce nom et à cette adresse"
    " qu’une fois la modification confirmée par un second agent."
)
_ISSUES = {
    Issue.FAIT: ("Le dossier est à jour.", "succes"),
    Issue.RIEN: ("Vous n’avez rien changé.", "info"),
}
