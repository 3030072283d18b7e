"""« Campagnes »: prepared, read, tried on oneself, launched, suspended, stopped, taken away as a file."""

from uuid import UUID

from flask import flash, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from idp import clock
from idp.accounts.views.guards import Answer
from idp.extensions import ground
from idp.habilitations import agents
from idp.habilitations.agents import AgentVu
from idp.habilitations.caisses import caisses
from idp.habilitations.campagnes import conduite, message, policy, suivi
from idp.habilitations.campagnes.policy import EtatCampagne, Geste
from idp.habilitations.models import RoleAgent
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.caf.formulaires_de_campagne import NouvelleCampagne
from idp.habilitations.views.caf.guards import agent, superviseur, the_agent
from idp.habilitations.views.couteux import couteux
from idp.habilitations.views.partenaire.telechargement import format_demande, telecharger
from idp.services import services

CAMPAGNES = "/caf/campagnes"
CAMPAGNE = CAMPAGNES + "/<uuid:campagne_id>"
ACTUALISE = (EtatCampagne.PREPARATION, EtatCampagne.EN_COURS)
"""While the worker is at it, the page shows what is new by itself."""


@blueprint.get(CAMPAGNES)
@agent
def campagnes() -> Answer:
    """The newest first."""
    page = conduite.lister(the_agent(), request.args.get("apres", type=UUID))
    return render_template("caf/campagnes.html", page=page)


@blueprint.route(CAMPAGNES + "/nouvelle", methods=["GET", "POST"])
@agent
def nouvelle_campagne() -> Answer:
    """Whom to write to; the recipients are then counted, and nothing leaves."""
    noms = {code: service.nom for code, service in services().items()}
    form = NouvelleCampagne.pour(
        _caisses(the_agent()), noms, policy.editions(clock.today(clock.now()))
    )
    if form.validate_on_submit():
        if form.caisses.data or the_agent().national:
            campagne_id = conduite.preparer(the_agent(), form.cible(), clock.now())
            return redirect(f"{CAMPAGNES}/{campagne_id}", 303)
        form.caisses.errors = ["Cochez au moins une caisse."]
    exemple = message.exemple()
    return render_template(
        "caf/campagne_nouvelle.html", form=form, exemple=exemple, national=the_agent().national
    )


def _caisses(vu: AgentVu) -> dict[str, str]:
    connues = {code: caisse.libelle for code, caisse in caisses().items()}
    return connues if vu.national else {code: connues.get(code, code) for code in vu.caisses}


@blueprint.get(CAMPAGNE)
@agent
def campagne(campagne_id: UUID) -> Answer:
    """Where it is: counts by way, progress, an example, and what may be done."""
    lue = conduite.lire(the_agent(), campagne_id)
    peut = the_agent().peut(RoleAgent.SUPERVISEUR)
    en_pause = request.args.get("pause") == "oui"
    return render_template(
        "caf/campagne.html",
        campagne=lue,
        edition=policy.edition_fr(lue.edition),
        caisses=agents.libelles(lue.caisses),
        services=services(),
        gestes={geste.value for geste in policy.possibles(lue.etat)} if peut else set(),
        exemple=message.exemple(),
        par_minute=ground().settings.campaign_rate,
        actualise=lue.etat in ACTUALISE and not en_pause,
        en_pause=en_pause,
    )


@blueprint.post(CAMPAGNE + "/essai")
@agent
@couteux("POST")
def essayer_la_campagne(campagne_id: UUID) -> Answer:
    """The example leaves for the agent's own address."""
    conduite.lire(the_agent(), campagne_id)
    adresse = message.essayer(the_agent().account_id, clock.now())
    if adresse:
        flash(f"Un exemplaire d’essai part à {adresse}.", "succes")
    else:
        flash("Votre compte n’a pas d’adresse mail.", "erreur")
    return _retour(campagne_id)


@blueprint.route(CAMPAGNE + "/lancer", methods=["GET", "POST"])
@superviseur
def lancer_la_campagne(campagne_id: UUID) -> Answer:
    """Says how many are written to, and by which way; launched once confirmed."""
    return _confirmer(campagne_id, Geste.LANCER, "caf/campagne_lancer.html", "La campagne part.")


@blueprint.route(CAMPAGNE + "/arreter", methods=["GET", "POST"])
@superviseur
def arreter_la_campagne(campagne_id: UUID) -> Answer:
    """For good: what left has left."""
    return _confirmer(
        campagne_id, Geste.ARRETER, "caf/campagne_arreter.html", "La campagne est arrêtée."
    )


@blueprint.post(CAMPAGNE + "/suspendre")
@superviseur
def suspendre_la_campagne(campagne_id: UUID) -> Answer:
    """Nothing more leaves until it is resumed."""
    return _mener(campagne_id, Geste.SUSPENDRE, "La campagne est en pause.")


@blueprint.post(CAMPAGNE + "/reprendre")
@superviseur
def reprendre_la_campagne(campagne_id: UUID) -> Answer:
    """It goes on where it was."""
    return _mener(campagne_id, Geste.REPRENDRE, "La campagne reprend.")


@blueprint.get(CAMPAGNE + "/refus")
@agent
def refus_de_la_campagne(campagne_id: UUID) -> Answer:
    """Whose mail came back, and why."""
    lue = conduite.lire(the_agent(), campagne_id)
    lignes, suivante = suivi.refuses(campagne_id, request.args.get("apres", type=UUID))
    return render_template(
        "caf/campagne_refus.html", campagne=lue, lignes=lignes, suivante=suivante
    )


@blueprint.get(CAMPAGNE + "/export")
@agent
@couteux("GET")
def exporter_la_campagne(campagne_id: UUID) -> Answer:
    """Who got what."""
    kind = format_demande()
    conduite.noter_l_export(the_agent(), campagne_id, clock.now())
    return telecharger(f"campagne-{campagne_id}", kind, suivi.exporter(campagne_id, kind))


def _confirmer(campagne_id: UUID, geste: Geste, page: str, fait: str) -> Answer:
    if request.method == "POST":
        return _mener(campagne_id, geste, fait)
    lue = conduite.lire(the_agent(), campagne_id)
    if geste not in policy.possibles(lue.etat):
        return _trop_tard(campagne_id)
    return render_template(
        page,
        campagne=lue,
        edition=policy.edition_fr(lue.edition),
        par_minute=ground().settings.campaign_rate,
    )


def _mener(campagne_id: UUID, geste: Geste, fait: str) -> AnyResponse:
    if not conduite.mener(the_agent(), campagne_id, geste, clock.now()):
        return _trop_tard(campagne_id)
    flash(fait, "succes")
    return _retour(campagne_id)


def _trop_tard(campagne_id: UUID) -> AnyResponse:
    flash("La campagne n’en est plus là : voici où elle en est.", "info")
    return _retour(campagne_id)


def _retour(campagne_id: UUID) -> AnyResponse:
    return redirect(f"{CAMPAGNES}/{campagne_id}", 303)
