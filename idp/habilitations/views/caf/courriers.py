"""« Courriers »: what waits for each caisse, batches and their letters, second issues.

Those that come back are in ``retours.py``.
"""

from io import BytesIO
from urllib.parse import urlencode
from uuid import UUID

from flask import flash, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from idp import clock
from idp.accounts.views.forms import ConfirmationForm
from idp.accounts.views.guards import Answer
from idp.habilitations.courriers import (
    adresses,
    espacement,
    etats,
    index,
    perimetre,
    preparation,
    reemission,
    retrait,
    suivi,
)
from idp.habilitations.courriers.models import EtatDeLot
from idp.habilitations.courriers.suivi import ChoixDeLots
from idp.habilitations.models import RoleAgent, TypeCourrier
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.caf.formulaires_de_courriers import EmettreANouveau
from idp.habilitations.views.caf.guards import agent, superviseur, the_agent
from idp.habilitations.views.caf.onglets import DOSSIER, en_tete
from idp.habilitations.views.caf.organismes import siennes
from idp.habilitations.views.couteux import couteux
from idp.habilitations.views.partenaire.telechargement import partir, telecharger
from idp.spreadsheets.writing import Format

COURRIERS = "/caf/courriers"
PREPARER = COURRIERS + "/preparer/<caisse>"
UN_LOT = COURRIERS + "/lots/<uuid:lot_id>"
UN_COURRIER = COURRIERS + "/<uuid:courrier_id>"
ONGLET = "/courriers"
ACTUALISER_S = 3
FEUILLE_MAX = 2**31 - 1
CODE_MAX_CHARS = 3
PDF = "application/pdf"


@blueprint.get(COURRIERS)
@agent
def courriers() -> Answer:
    """Letters that wait, and the last batches; comes back by itself while one is made."""
    choix = _choix()
    page = suivi.lots(the_agent(), clock.now(), choix, _apres())
    en_cours = any(lot.etat is EtatDeLot.PREPARATION and not lot.tarde for lot in page.lignes)
    response = make_response(
        render_template(
            "caf/courriers.html",
            attentes=suivi.attentes(the_agent()),
            page=page,
            choix=choix,
            demande=_demande(choix),
            siennes=siennes(the_agent()),
            adresses_a_confirmer=adresses.combien(the_agent()),
            lettres_max=preparation.LETTRES_MAX,
            en_cours=en_cours,
            superviseur=the_agent().peut(RoleAgent.SUPERVISEUR),
            en_pause="pause" in request.args,
            confirmation=ConfirmationForm(formdata=None),
        )
    )
    if en_cours and "pause" not in request.args:
        # By a header: it works without JavaScript, and « Ne plus actualiser » stops it (WCAG 2.2.2).
        response.headers["Refresh"] = str(ACTUALISER_S)
    return response


def _apres() -> UUID | None:
    return request.args.get("apres", type=UUID)


def _choix() -> ChoixDeLots:
    return ChoixDeLots(
        type=request.args.get("type", type=TypeCourrier),
        etat=request.args.get("etat", type=EtatDeLot),
        caisse=request.args.get("caisse", "")[:CODE_MAX_CHARS],
    )


def _demande(choix: ChoixDeLots) -> str:
    dits = {"type": choix.type, "etat": choix.etat, "caisse": choix.caisse}
    return urlencode({nom: str(valeur) for nom, valeur in dits.items() if valeur})


@blueprint.post(PREPARER)
@agent
def preparer_courriers(caisse: str) -> Answer:
    """Two batches, made by the worker."""
    if ConfirmationForm().validate_on_submit():
        if preparation.preparer(the_agent(), caisse, clock.now()):
            flash(
                "Les lots se préparent : l’identifiant et le mot de passe restent séparés.", "info"
            )
        else:
            flash("Il n’y a rien de plus à préparer pour cette caisse.", "info")
    return redirect(COURRIERS, 303)


@blueprint.get(UN_LOT)
@agent
def lot_de_courriers(lot_id: UUID) -> Answer:
    """A batch: what to do next, and its letters."""
    apres = min(max(request.args.get("apres", 0, int), 0), FEUILLE_MAX)
    lettres = suivi.lettres_du_lot(the_agent(), lot_id, apres)
    encore = len(lettres) > suivi.PAR_PAGE
    page = lettres[: suivi.PAR_PAGE]
    depart = espacement.depart(perimetre.lot_de(the_agent(), lot_id))
    return render_template(
        "caf/courriers_lot.html",
        lot=suivi.lot(the_agent(), lot_id, clock.now()),
        lettres=page,
        depart=depart,
        permis=depart.permis(clock.now()),
        suivante=page[-1].feuille if encore else None,
        retire_les_secrets=the_agent().peut(RoleAgent.SUPERVISEUR),
        confirmation=ConfirmationForm(formdata=None),
    )


@blueprint.get(UN_LOT + "/index")
@agent
@couteux("GET")
def index_de_lot(lot_id: UUID) -> Answer:
    """For the printing shop."""
    lot = suivi.lot(the_agent(), lot_id, clock.now())
    return telecharger(f"{lot.nom}-index", Format.CSV, index.fichier(lot.id))


@blueprint.post(UN_LOT + "/lettres")
@agent
@couteux("POST")
def retirer_les_lettres(lot_id: UUID) -> Answer:
    """Letters without any secret."""
    return _retirer(lot_id, secrets=False)


@blueprint.route(UN_LOT + "/secrets", methods=["GET", "POST"])
@superviseur
def retirer_les_secrets(lot_id: UUID) -> Answer:
    """What taking them does, then the letters of the secrets, once."""
    if request.method == "POST":
        return _retirer(lot_id, secrets=True)
    return render_template(
        "caf/courriers_secrets.html",
        lot=suivi.lot(the_agent(), lot_id, clock.now()),
        confirmation=ConfirmationForm(formdata=None),
    )


def _retirer(lot_id: UUID, *, secrets: bool) -> Answer:
    # The file itself is the answer: a page that led to it would have to keep the secrets a second time.
    suivi.lot(the_agent(), lot_id, clock.now())
    if not ConfirmationForm().validate_on_submit():
        return _au_lot(lot_id)
    retire = retrait.retirer(the_agent(), lot_id, clock.now(), secrets=secrets)
    file = BytesIO()
    file.write(retire.pdf)
    return partir(file, retire.nom, PDF)


@blueprint.post(UN_LOT + "/imprime")
@agent
def lot_imprime(lot_id: UUID) -> Answer:
    """The printing shop has done it."""
    return _marquer(lot_id, EtatDeLot.IMPRIME)


@blueprint.post(UN_LOT + "/envoye")
@agent
def lot_envoye(lot_id: UUID) -> Answer:
    """It is in the post."""
    return _marquer(lot_id, EtatDeLot.ENVOYE)


def _marquer(lot_id: UUID, etat: EtatDeLot) -> AnyResponse:
    suivi.lot(the_agent(), lot_id, clock.now())
    if ConfirmationForm().validate_on_submit():
        etats.marquer(the_agent(), lot_id, etat, clock.now())
    return _au_lot(lot_id)


@blueprint.route(UN_LOT + "/reemettre", methods=["GET", "POST"])
@superviseur
def reemettre_lot(lot_id: UUID) -> Answer:
    """Issue again every letter of a batch that was lost or spoilt."""
    lot = suivi.lot(the_agent(), lot_id, clock.now())
    form = EmettreANouveau()
    if form.validate_on_submit():
        refaits = reemission.reemettre_le_lot(
            the_agent(), lot_id, str(form.motif.data), clock.now()
        )
        s = "s" if refaits > 1 else ""
        flash(f"{refaits} courrier{s} à refaire attend{'ent' if s else ''} un nouveau lot.", "info")
        return redirect(COURRIERS, 303)
    return render_template("caf/courriers_reemettre_lot.html", lot=lot, form=form)


@blueprint.route(UN_COURRIER + "/reemettre", methods=["GET", "POST"])
@agent
def reemettre_courrier(courrier_id: UUID) -> Answer:
    """Issue one letter again."""
    lettre = suivi.lettre(the_agent(), courrier_id)
    form = EmettreANouveau()
    if form.validate_on_submit():
        reemission.reemettre(the_agent(), courrier_id, str(form.motif.data), clock.now())
        flash("Le courrier est à refaire : il attend le prochain lot de sa caisse.", "info")
        return redirect(f"/caf/organismes/{lettre.organisme_id}{ONGLET}", 303)
    return render_template("caf/courriers_reemettre.html", lettre=lettre, form=form)


@blueprint.get(DOSSIER + ONGLET)
@agent
def courriers_de_l_organisme(organisme_id: UUID) -> Answer:
    """Every letter to an organisme, and where it is."""
    return render_template(
        "caf/organisme_courriers.html",
        page=suivi.lettres_de(the_agent(), organisme_id, _apres()),
        **en_tete(organisme_id, ONGLET),
    )


def _au_lot(lot_id: UUID) -> AnyResponse:
    return redirect(f"{COURRIERS}/lots/{lot_id}", 303)
