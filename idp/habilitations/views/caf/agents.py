"""« Agents »: created, given caisses and a role, closed, by a national agent."""

from typing import TypedDict
from urllib.parse import urlencode
from uuid import UUID

from flask import flash, redirect, render_template, request

from idp import clock, elision
from idp.accounts.models import Account
from idp.accounts.views.guards import Answer
from idp.habilitations import agents, effectif, export_d_agents
from idp.habilitations.assistance import moyen_perdu
from idp.habilitations.caisses import caisses
from idp.habilitations.models import RoleAgent
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.caf.formulaires_d_agents import (
    REFUS_DE_REGLER,
    CreerAgent,
    DitesPourquoi,
    ReglerAgent,
)
from idp.habilitations.views.caf.guards import national, national_over_agents, the_agent
from idp.habilitations.views.couteux import couteux
from idp.habilitations.views.partenaire.telechargement import format_demande, telecharger
from idp.printable import format_identifiant

AGENTS = "/caf/agents"
AGENT = AGENTS + "/<uuid:agent_id>"
CHERCHE_MAX_CHARS = 100
CODE_MAX_CHARS = 3


@blueprint.get(AGENTS)
@national
def caf_agents() -> Answer:
    """Those in post by name, those who left with ``partis=oui``."""
    choix = _choix()
    dits = {"q": choix["recherche"], "role": choix["role"], "caisse": choix["caisse"]}
    attendent = moyen_perdu.en_attente(the_agent(), clock.now())
    return render_template(
        "caf/agents.html",
        page=effectif.lister(**choix, apres=request.args.get("apres", type=UUID)),
        q=choix["recherche"],
        partis=choix["partis"],
        role=choix["role"],
        caisse=choix["caisse"],
        demande=urlencode({nom: str(valeur) for nom, valeur in dits.items() if valeur}),
        siennes={code: une.libelle for code, une in caisses().items()},
        caisses=caisses(),
        moyens_perdus=[une for une in attendent if une.rattachement_id is None],
    )


@blueprint.get(AGENTS + "/export")
@national
@couteux("GET")
def caf_agents_export() -> Answer:
    """What the page found, every page of it."""
    format_ = format_demande()
    trouves = effectif.tous(**_choix())
    pieces = export_d_agents.exporter(the_agent(), trouves, format_, now=clock.now())
    return telecharger("agents", format_, pieces)


class Choix(TypedDict):
    """What the address asks for: the words of ``effectif.lister``."""

    recherche: str
    partis: bool
    role: RoleAgent | None
    caisse: str


def _choix() -> Choix:
    return {
        "recherche": request.args.get("q", "").strip()[:CHERCHE_MAX_CHARS],
        "partis": request.args.get("partis") == "oui",
        "role": request.args.get("role", type=RoleAgent),
        "caisse": request.args.get("caisse", "")[:CODE_MAX_CHARS],
    }


@blueprint.route(AGENTS + "/creer", methods=["GET", "POST"])
@national_over_agents
def caf_agent_creer() -> Answer:
    """Identifiant and provisional password leave by mail at once."""
    form = CreerAgent.vide()
    if form.validate_on_submit():
        fait = effectif.creer(the_agent(), form.saisie(), clock.now())
        if isinstance(fait, Account):
            nom, identifiant = fait.display_name, format_identifiant(fait.identifiant)
            flash(
                f"{nom} est agent ({identifiant}) : ses identifiants partent par courriel.",
                "succes",
            )
            return redirect(f"{AGENTS}/{fait.id}", 303)
        form.refuser(fait)
    return render_template("caf/agent_creer.html", form=form)


@blueprint.route(AGENT, methods=["GET", "POST"])
@national_over_agents
def caf_agent(agent_id: UUID) -> Answer:
    """What an agent supervises; changed at once."""
    lu = effectif.lire(agent_id)
    form = ReglerAgent.de(lu)
    if form.validate_on_submit():
        refus = effectif.regler(
            the_agent(),
            agent_id,
            role=RoleAgent(form.role.data),
            caisses=form.caisses.data or (),
            motif=str(form.motif.data),
            now=clock.now(),
        )
        if refus is None:
            flash(f"Les droits {elision.de(lu.nom)} sont à jour.", "succes")
            return redirect(f"{AGENTS}/{agent_id}", 303)
        form.refuser(refus)
    return render_template(
        "caf/agent.html",
        form=form,
        lu=lu,
        soi_meme=agent_id == the_agent().account_id,
        libelles=agents.libelles(lu.caisses),
    )


@blueprint.route(AGENT + "/clore", methods=["GET", "POST"])
@national_over_agents
def caf_agent_clore(agent_id: UUID) -> Answer:
    """The agent and their account end, with every session."""
    lu = effectif.lire(agent_id)
    form = DitesPourquoi()
    if form.validate_on_submit():
        refus = effectif.clore(the_agent(), agent_id, motif=str(form.motif.data), now=clock.now())
        if refus is None:
            flash(f"{lu.nom} n’est plus agent : ses sessions sont terminées.", "succes")
            return redirect(AGENTS, 303)
        form.form_errors.append(REFUS_DE_REGLER[refus])
    return render_template("caf/agent_clore.html", form=form, lu=lu)
