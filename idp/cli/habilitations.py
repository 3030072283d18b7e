"""``idp habilitations``: whether every row obeys the rules of delegation, and who asked the Caf to administer."""

import sys
from uuid import UUID

import click

from idp import clock
from idp.cli.agents import account_named
from idp.cli.application import application
from idp.db import transaction
from idp.habilitations import agents
from idp.habilitations.administration import candidatures, successions, verification
from idp.habilitations.administration.successions import RefusDeSuccession
from idp.habilitations.delegation import RefusDAgir

_REFUS: dict[RefusDAgir | RefusDeSuccession, str] = {
    RefusDAgir.AUTRE_ORGANISME: "cet organisme n’est pas d’une caisse de cet agent.",
    RefusDeSuccession.PERIMEE: "cette demande n’existe pas, ou a déjà reçu une réponse.",
    RefusDeSuccession.PAS_ENCORE_ACTIF: "cette personne n’a pas terminé sa première connexion.",
}


@click.group()
def habilitations() -> None:
    """Rights of the partners: checks, and requests to the Caf."""


@habilitations.command()
def verify() -> None:
    """Check the whole database against the rules of delegation; exit 1 when a row breaks one."""
    with application():
        regles = verification.regles()
        with click.progressbar(length=len(regles), label="Règles") as bar:
            trouvees = verification.anomalies(lambda _nom: bar.update(1))
        for anomalie in trouvees:
            click.echo(f"{anomalie.regle} : non, {anomalie.id}", err=True)
        for _id, raison_sociale in verification.sans_administrateur(clock.today(clock.now())):
            click.echo(f"À voir : aucun administrateur de {raison_sociale} ne peut agir.")
        if trouvees:
            sys.exit(1)
        click.echo(f"{len(regles)} règles, aucune anomalie.")


@habilitations.command()
def demandes() -> None:
    """Who asks the Caf to become administrateur of their organisme."""
    with application():
        attente = candidatures.adressees_a_la_caf(clock.now())
        for raison_sociale, demande in attente:
            click.echo(f"{demande.id}  {raison_sociale}  {demande.nom} : {demande.motif}")
        if not attente:
            click.echo("Aucune demande.")


@habilitations.command()
@click.argument("demande", type=click.UUID)
@click.option("--agent", required=True, help="Identifiant of the agent of the Caf who answers.")
@click.option("--accepter/--refuser", "accepte", required=True, help="The answer.")
def repondre(demande: UUID, agent: str, accepte: bool) -> None:
    """Answer a request: accept, or refuse; the person is told by mail."""
    with application(), transaction():
        par = agents.agent_of(account_named(agent))
        if par is None:
            raise click.ClickException("cette personne n’est pas agent de la Caf.")
        refus = successions.decider_par_la_caf(demande, accepte=accepte, agent=par, now=clock.now())
        if refus:
            raise click.ClickException(_REFUS.get(refus, refus.value))
        click.echo("La réponse est enregistrée, et envoyée.")
