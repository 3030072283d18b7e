"""``idp habilitations``: whether every row obeys the rules of delegation, and who asked the Caf to administer."""

import sys
from uuid import UUID

import click

from idp import clock
from idp.cli.agents import account_named
from idp.cli.application import application
from idp.db import transaction
from idp.errors import NotHere, Refusal
from idp.habilitations import agents
from idp.habilitations.administration import candidatures, verification
from idp.habilitations.administration.successions import RefusDeSuccession
from idp.habilitations.supervision import demandes as demandes_a_la_caf
from idp.habilitations.supervision.remplacements import RefusDeRemplacement

_REFUS: dict[RefusDeSuccession | RefusDeRemplacement, str] = {
    RefusDeSuccession.PERIMEE: "cette demande n’existe pas, ou a déjà reçu une réponse.",
    RefusDeRemplacement.PAS_ACTIF: "cette personne n’a pas terminé sa première connexion.",
    RefusDeRemplacement.DEJA_EN_COURS: "un second agent doit donner son accord, dans la console.",
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
@click.option("--motif", required=True, help="Why; the organisme reads it.")
def repondre(demande: UUID, agent: str, accepte: bool, motif: str) -> None:
    """Answer a request: refuse, and the person is told; or accept, and a second agent agrees in the console."""
    with application(), transaction():
        par = agents.agent_of(account_named(agent))
        if par is None:
            raise click.ClickException("cette personne n’est pas agent de la Caf.")
        answer = demandes_a_la_caf.accepter if accepte else demandes_a_la_caf.refuser
        try:
            fait = answer(par, demande, motif=motif, now=clock.now())
        except (NotHere, Refusal) as refusal:
            raise click.ClickException(str(refusal)) from refusal
        if isinstance(fait, RefusDeSuccession | RefusDeRemplacement):
            raise click.ClickException(_REFUS.get(fait, fait.value))
        click.echo(
            "Un second agent doit donner son accord, dans la console."
            if accepte
            else "La réponse est enregistrée, et envoyée."
        )
