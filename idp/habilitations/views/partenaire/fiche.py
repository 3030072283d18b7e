"""The file of one user: read, changed once the change was shown, closed, opened again, written to again."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request

from idp import clock
from idp.accounts.views.forms import ConfirmationForm
from idp.accounts.views.guards import Answer
from idp.elision import de
from idp.habilitations.delegation import Acteur, RefusDAgir
from idp.habilitations.effets import suivi_des_avis
from idp.habilitations.personnes import fiche, mots, renvoi, retraits
from idp.habilitations.personnes.fiche import Fiche
from idp.habilitations.personnes.modification import Changements
from idp.habilitations.rattachements import Selection
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.guards import gestionnaire, the_acteur, the_selection
from idp.habilitations.views.partenaire import demande, modification
from idp.habilitations.views.partenaire.formulaires import ModifierUtilisateur
from idp.habilitations.views.partenaire.modification import Etape
from idp.habilitations.views.partenaire.utilisateurs import LISTE
from idp.services import services

FICHE = LISTE + "/<uuid:rattachement_id>"


@blueprint.route(FICHE, methods=["GET", "POST"])
@gestionnaire
def utilisateur(rattachement_id: UUID) -> Answer:
    """What the user has; a change is shown before it is done."""
    acteur, now = the_acteur(), clock.now()
    lue = fiche.lire(acteur, rattachement_id)
    form = ModifierUtilisateur.de(lue, clock.today(now))
    issue = modification.demander(acteur, lue, form, now)
    if issue.etape is Etape.APERCU:
        return _apercu(lue, form, issue.changements)
    if issue.etape in (Etape.RIEN, Etape.FAIT):
        flash(*modification.dite(issue, lue))
        return redirect(adresse_de(rattachement_id), 303)
    return render_template(
        "habilitations/utilisateur.html",
        entre_temps=issue.etape is Etape.ENTRE_TEMPS,
        **montree(the_selection(), acteur, lue, form),
    )


def montree(
    selection: Selection, acteur: Acteur, lue: Fiche, form: ModifierUtilisateur
) -> dict[str, Any]:
    """What the page says to this reader."""
    return {
        "selection": selection,
        "fiche": lue,
        "form": form,
        "etat": lue.etat(clock.today(clock.now())),
        "mots": mots,
        "place": place(),
        "avis": suivi_des_avis.de(acteur, lue.rattachement_id),
        "services": services(),
        "soi_meme": lue.account_id == acteur.account_id,
        "confirmation": ConfirmationForm(formdata=None),
    }


def place() -> str:
    """The query string of the list that the reader comes from: only what the list itself understands."""
    return demande.ecrire(demande.lire(request.args))


def adresse_de(rattachement_id: UUID) -> str:
    """The file of this user, from which one comes back to the list as it was."""
    return f"{LISTE}/{rattachement_id}{place()}"


def _apercu(lue: Fiche, form: ModifierUtilisateur, prevu: Changements) -> Answer:
    return render_template(
        "habilitations/utilisateur_apercu.html",
        selection=the_selection(),
        fiche=lue,
        form=form,
        prevu=prevu,
        place=place(),
        services=services(),
    )


@blueprint.get(FICHE + "/cree")
@gestionnaire
def utilisateur_cree(rattachement_id: UUID) -> Answer:
    """Where « Créer un utilisateur » leads: what left, and what to do next."""
    return render_template(
        "habilitations/utilisateur_cree.html",
        selection=the_selection(),
        peut_creer=the_acteur().peut_creer,
        fiche=fiche.lire(the_acteur(), rattachement_id),
        jour=clock.today(clock.now()),
    )


@blueprint.route(FICHE + "/clore", methods=["GET", "POST"])
@gestionnaire
def clore_utilisateur(rattachement_id: UUID) -> Answer:
    """End the user's place in the organisme at once, once confirmed."""
    lue = fiche.lire(the_acteur(), rattachement_id)
    form = ConfirmationForm()
    if form.validate_on_submit():
        refus = retraits.clore(rattachement_id, par=the_acteur(), now=clock.now())
        flash(*(_DEPARTS[refus] if refus else (f"L’accès {de(lue.nom)} est clos.", "succes")))
        return redirect(adresse_de(rattachement_id), 303)
    return render_template(
        "habilitations/utilisateur_clore.html",
        selection=the_selection(),
        fiche=lue,
        form=form,
        place=place(),
    )


_DEPARTS = {
    RefusDAgir.DERNIER_ADMINISTRATEUR: (
        "C’est le dernier administrateur de votre organisme : contactez la Caf pour le remplacer.",
        "erreur",
    ),
    RefusDAgir.SOI_MEME: (
        "Vous ne pouvez pas clore votre propre accès : demandez-le à un autre administrateur.",
        "erreur",
    ),
    RefusDAgir.ROLE_PROTEGE: (
        "Seul un administrateur peut clore l’accès d’une personne qui gère des habilitations.",
        "erreur",
    ),
    RefusDAgir.PARTAGE: (
        "Cette personne a aussi des groupes que vous ne gérez pas : un administrateur peut clore son accès.",
        "erreur",
    ),
}


@blueprint.post(FICHE + "/rouvrir")
@gestionnaire
def rouvrir_utilisateur(rattachement_id: UUID) -> Answer:
    """Open a closed place again."""
    lue = fiche.lire(the_acteur(), rattachement_id)
    if ConfirmationForm().validate_on_submit():
        rouvert = retraits.rouvrir(rattachement_id, par=the_acteur(), now=clock.now())
        flash(*_rouvert(lue, rouvert))
    return redirect(adresse_de(rattachement_id), 303)


def _rouvert(lue: Fiche, rouvert: bool) -> tuple[str, str]:
    if not rouvert:
        return "Cet accès était déjà ouvert.", "info"
    if lue.suspendu_par_la_caf:
        return (
            f"L’accès {de(lue.nom)} n’est plus clos, mais la Caf l’a suspendu : elle seule peut le rendre.",
            "info",
        )
    return f"L’accès {de(lue.nom)} est rouvert.", "succes"


@blueprint.post(FICHE + "/renvoyer")
@gestionnaire
def renvoyer_identifiants(rattachement_id: UUID) -> Answer:
    """Mail the identifiers again to who never connected."""
    acteur = the_acteur()
    lue = fiche.lire(acteur, rattachement_id)
    if ConfirmationForm().validate_on_submit():
        if renvoi.renvoyer(acteur, rattachement_id, clock.now()):
            flash(
                f"L’identifiant et un nouveau mot de passe provisoire partent à {lue.email}.",
                "succes",
            )
        else:
            flash(
                "Un message vient déjà de partir, ou cette personne s’est connectée entre-temps.",
                "info",
            )
    return redirect(adresse_de(rattachement_id), 303)
