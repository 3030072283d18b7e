"""« Ce qui se termine », and « Prolonger » once confirmed."""

from uuid import UUID

from flask import flash, redirect, render_template, request

from idp import clock
from idp.accounts.views.guards import Answer
from idp.elision import de
from idp.habilitations.personnes import echeances, fiche, prolongation
from idp.habilitations.personnes.echeances import BIENTOT, Curseur
from idp.habilitations.personnes.modification import Changements
from idp.habilitations.personnes.prolongation import Duree
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.guards import gestionnaire, the_acteur, the_selection
from idp.habilitations.views.partenaire.fiche import FICHE
from idp.habilitations.views.partenaire.formulaires import REFUS_DE_MODIFICATION, Prolonger
from idp.services import services

ECHEANCES = "/habilitations/echeances"
PLUS_LOIN = 90


@blueprint.get(ECHEANCES)
@gestionnaire
def ce_qui_se_termine() -> Answer:
    """Within thirty days, or ninety (``jours``); page by ``apres``."""
    jours = PLUS_LOIN if request.args.get("jours") == str(PLUS_LOIN) else BIENTOT
    page = echeances.lister(
        the_acteur(),
        clock.today(clock.now()),
        jours=jours,
        apres=Curseur.lu(request.args.get("apres", "")),
    )
    return render_template(
        "habilitations/echeances.html",
        selection=the_selection(),
        page=page,
        jours=jours,
        services=services(),
    )


@blueprint.route(FICHE + "/prolonger", methods=["GET", "POST"])
@gestionnaire
def prolonger_utilisateur(rattachement_id: UUID) -> Answer:
    """The account itself, or the group that ``groupe`` names, goes on after its date."""
    acteur, now = the_acteur(), clock.now()
    groupe_id = request.args.get("groupe", type=UUID)
    lue = fiche.lire(acteur, rattachement_id)
    fin = prolongation.fin_de(lue, groupe_id)
    if fin is None:
        flash("Rien à prolonger : il n’y a pas de date de fin.", "info")
        return redirect(ECHEANCES, 303)
    form = Prolonger.de(lue, prolongation.un_an_de_plus(fin, clock.today(now)))
    if form.validate_on_submit():
        fait = prolongation.prolonger(
            acteur,
            lue,
            groupe_id,
            Duree(form.duree.data),
            version=form.version.data or "",
            now=now,
        )
        if isinstance(fait, Changements):
            flash(f"L’accès {de(lue.nom)} est prolongé.", "succes")
            return redirect(ECHEANCES, 303)
        form.form_errors.append(REFUS_DE_MODIFICATION[fait])
        form.version.data = lue.version
    return render_template(
        "habilitations/prolonger.html",
        selection=the_selection(),
        fiche=lue,
        fin=fin,
        groupe=next((groupe for groupe in lue.offerts if groupe.id == groupe_id), None),
        form=form,
    )
