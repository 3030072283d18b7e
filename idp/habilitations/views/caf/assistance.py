"""« Assistance »: why somebody cannot sign in, what to tell them, and what the agent may do at once."""

from uuid import UUID

from flask import flash, redirect, render_template, request

from idp import clock
from idp.accounts.views.doors import CONNEXION
from idp.accounts.views.guards import Answer
from idp.habilitations.assistance import dossier, gestes, moyen_perdu, paroles, recherche
from idp.habilitations.assistance.gestes import Envoi
from idp.habilitations.assistance.recherche import Trouves
from idp.habilitations.models import RoleAgent
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.caf.guards import agent, the_agent
from idp.services import services

ASSISTANCE = "/caf/assistance"
PERSONNE = ASSISTANCE + "/<uuid:rattachement_id>"
SAISI_MAX_CHARS = 254


@blueprint.get(ASSISTANCE)
@agent
def assistance() -> Answer:
    """From an identifiant, an address or a N° utilisateur (``q``), the people that it may be."""
    saisi = request.args.get("q", "").strip()[:SAISI_MAX_CHARS]
    nom = request.args.get("nom", "").strip()[:SAISI_MAX_CHARS]
    trouves = recherche.chercher(the_agent(), saisi, nom) if saisi else Trouves(compris=True)
    return render_template(
        "caf/assistance.html",
        saisi=saisi,
        nom=nom,
        trouves=trouves,
        moyens_perdus=moyen_perdu.en_attente(the_agent(), clock.now()),
    )


@blueprint.get(PERSONNE)
@agent
def assister(rattachement_id: UUID) -> Answer:
    """Every reason, and for each the next thing to tell the person."""
    lu = dossier.ouvrir(the_agent(), rattachement_id, clock.now(), porte=CONNEXION)
    noms = {code: service.nom for code, service in services().items()}
    return render_template(
        "caf/assistance_personne.html",
        dossier=lu,
        constats=[paroles.parole(un) for un in lu.constats],
        refus=[paroles.parole_du_refus(un, "") for un in lu.refus],
        par_service=[
            (
                noms.get(code, code),
                [paroles.parole_du_refus(un, noms.get(code, code)) for un in refus],
            )
            for code, refus in lu.par_service.items()
        ],
        rien=paroles.RIEN,
        peut_voir=the_agent().peut(RoleAgent.SUPERVISEUR),
        gestes={geste.value for geste in lu.gestes},
    )


@blueprint.post(PERSONNE + "/courriel")
@agent
def assister_par_courriel(rattachement_id: UUID) -> Answer:
    """The identifiant and a provisional password leave again by mail."""
    envoi = gestes.envoyer_par_courriel(the_agent(), rattachement_id, clock.now())
    flash(*_COURRIEL[envoi])
    return redirect(f"{ASSISTANCE}/{rattachement_id}", 303)


@blueprint.post(PERSONNE + "/courrier")
@agent
def assister_par_courrier(rattachement_id: UUID) -> Answer:
    """Two letters are prepared again."""
    envoi = gestes.envoyer_par_courrier(the_agent(), rattachement_id, clock.now())
    flash(*_COURRIER[envoi])
    return redirect(f"{ASSISTANCE}/{rattachement_id}", 303)


@blueprint.post(PERSONNE + "/lever-l-attente")
@agent
def assister_sans_attendre(rattachement_id: UUID) -> Answer:
    """The person may try again at once."""
    levee = gestes.lever_l_attente(the_agent(), rattachement_id, clock.now())
    if levee:
        flash("L’attente est levée : elle peut recommencer tout de suite.", "succes")
    else:
        flash("Elle n’attendait plus : elle peut déjà recommencer.", "info")
    return redirect(f"{ASSISTANCE}/{rattachement_id}", 303)


_COURRIEL = {
    Envoi.PARTI: ("Un mot de passe provisoire part à son adresse mail.", "succes"),
    Envoi.DEJA: (
        "Un courriel vient déjà de lui être envoyé : dites-lui de regarder ses courriers indésirables.",
        "info",
    ),
    Envoi.IMPOSSIBLE: ("Aucune adresse mail ne permet de lui écrire.", "erreur"),
}
_COURRIER = {
    Envoi.PARTI: (
        "Deux courriers sont préparés : ils partiront avec la prochaine impression.",
        "succes",
    ),
    Envoi.DEJA: (
        "Trois envois postaux ont déjà été préparés pour cet organisme en trente jours : attendez qu’ils"
        " arrivent.",
        "info",
    ),
    Envoi.IMPOSSIBLE: (
        "Elle a déjà choisi un mot de passe : un courrier n’ouvrirait rien. « Mot de passe oublié ».",
        "erreur",
    ),
}
