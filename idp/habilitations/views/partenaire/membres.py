"""The people of a group: taken out of it, or put into it, several in one go, once what would change was shown."""

from uuid import UUID

from flask import flash, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from idp import clock
from idp.accounts.views.forms import ConfirmationForm
from idp.accounts.views.guards import Answer
from idp.errors import NotHere
from idp.habilitations.composition import membres, mes_groupes, mouvements
from idp.habilitations.composition.mes_groupes import ContratAffiche, GroupeVu
from idp.habilitations.composition.mouvements import Prevision, Sens
from idp.habilitations.personnes import mots
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.guards import gestionnaire, the_acteur, the_selection
from idp.habilitations.views.partenaire.groupes import GROUPE, GROUPES, la_recherche
from idp.services import services


@blueprint.route(GROUPE + "/retirer", methods=["GET", "POST"])
@gestionnaire
def retirer_du_groupe(groupe_id: UUID) -> Answer:
    """Take the ticked members out, once confirmed."""
    contrat, groupe = mes_groupes.lire(the_acteur(), groupe_id, clock.now())
    if not ConfirmationForm().validate_on_submit():
        return _retour(groupe)
    return _mouvement(contrat, groupe, Sens.SORTIE)


@blueprint.route(GROUPE + "/ajouter", methods=["GET", "POST"])
@gestionnaire
def ajouter_au_groupe(groupe_id: UUID) -> Answer:
    """Search people of the organisme, tick them, and put them in, once confirmed."""
    acteur, now = the_acteur(), clock.now()
    contrat, groupe = mes_groupes.lire(acteur, groupe_id, now)
    if ConfirmationForm().validate_on_submit():
        return _mouvement(contrat, groupe, Sens.ENTREE)
    return render_template(
        "habilitations/groupe_ajouter.html",
        selection=the_selection(),
        contrat=contrat,
        groupe=groupe,
        page=membres.candidats(
            acteur,
            groupe,
            now,
            recherche=la_recherche(),
            apres=request.args.get("apres", type=UUID),
        ),
        recherche=la_recherche(),
        services=services(),
        mots=mots,
        jour=clock.today(now),
        form=ConfirmationForm(formdata=None),
    )


def _mouvement(contrat: ContratAffiche, groupe: GroupeVu, sens: Sens) -> Answer:
    choisis = _choisis()
    if not choisis:
        flash("Cochez au moins une personne.", "erreur")
        return _retour(groupe) if sens is Sens.SORTIE else redirect(request.url, 303)
    acteur, now = the_acteur(), clock.now()
    version = request.form.get("version")
    if version:
        fait = mouvements.appliquer(acteur, groupe.id, sens, choisis, version=version, now=now)
        if fait:
            return _fait(groupe, fait)
    return render_template(
        "habilitations/groupe_mouvement.html",
        selection=the_selection(),
        contrat=contrat,
        groupe=groupe,
        prevue=mouvements.prevoir(acteur, groupe, sens, choisis, now),
        entre_temps=bool(version),
        services=services(),
        mots=mots,
        jour=clock.today(now),
        form=ConfirmationForm(formdata=None),
    )


def _choisis() -> list[UUID]:
    try:
        return [UUID(one) for one in dict.fromkeys(request.form.getlist("personnes"))]
    except ValueError as error:
        raise NotHere("L’une de ces personnes n’existe pas.") from error


def _fait(groupe: GroupeVu, fait: Prevision) -> AnyResponse:
    nombre = len(fait.retenus)
    qui = "1 personne" if nombre == 1 else f"{nombre} personnes"
    if fait.sens is Sens.ENTREE:
        flash(f"{qui} {_accorde(nombre, 'entre', 'entrent')} dans {groupe.libelle}.", "succes")
    else:
        flash(f"{qui} {_accorde(nombre, 'quitte', 'quittent')} {groupe.libelle}.", "succes")
    return _retour(groupe)


def _accorde(nombre: int, seul: str, plusieurs: str) -> str:
    return seul if nombre == 1 else plusieurs


def _retour(groupe: GroupeVu) -> AnyResponse:
    return redirect(f"{GROUPES}/{groupe.id}", 303)
