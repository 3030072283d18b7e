"""``idp agents``: the people of the Caf who supervise organismes."""

from collections.abc import Callable
from uuid import UUID

import click
from sqlalchemy import select

from idp import audit, clock
from idp.accounts.factors import removal
from idp.accounts.factors.removal import RemovalRefusal
from idp.accounts.models import Account
from idp.cli.application import application
from idp.contact import ContactInvalide, parse_email, parse_name
from idp.db import db, transaction
from idp.habilitations.agents import NouvelAgent, RefusAgent, creer
from idp.habilitations.models import RoleAgent
from idp.printable import format_identifiant, parse_identifiant

_REFUS = {
    RefusAgent.CAISSE_INCONNUE: "une de ces caisses n’existe pas : trois caractères, par exemple 751.",
    RefusAgent.SANS_CAISSE: "ce rôle supervise des caisses : ajoutez --caisse, autant de fois qu’il y en a.",
    RefusAgent.CAISSES_DE_TROP: "un agent national supervise toutes les caisses : retirez --caisse.",
    RefusAgent.DEJA_AGENT: "cette adresse est déjà celle d’un agent.",
}


def _parsed(parse: Callable[[str], str]) -> Callable[[click.Context, click.Parameter, str], str]:
    def callback(_ctx: click.Context, _parameter: click.Parameter, value: str) -> str:
        try:
            return parse(value)
        except ContactInvalide as error:
            raise click.BadParameter(str(error)) from error

    return callback


@click.group()
def agents() -> None:
    """Agents of the Caf."""


@agents.command()
@click.option("--nom", required=True, callback=_parsed(parse_name))
@click.option("--prenom", required=True, callback=_parsed(parse_name))
@click.option("--email", required=True, callback=_parsed(parse_email))
@click.option("--role", required=True, type=click.Choice([role.value for role in RoleAgent]))
@click.option("--caisse", "caisses", multiple=True, help="Code of a caisse; may be repeated.")
def create(nom: str, prenom: str, email: str, role: str, caisses: tuple[str, ...]) -> None:
    """Create an agent: the identifiant is assigned, and a provisional password is mailed.

    A gestionnaire or a superviseur supervises the caisses that are named; a national agent all of them. The first
    connection is as a user's; agents then always have a second factor.
    """
    saisie = NouvelAgent(nom, prenom, email, RoleAgent(role), caisses)
    with application(), transaction():
        account = creer(saisie, actor=audit.COMMAND_LINE, now=clock.now())
        if isinstance(account, RefusAgent):
            raise click.ClickException(_REFUS[account])
        identifiant = format_identifiant(account.identifiant)
    click.echo(f"{identifiant} : {prenom} {nom} est agent. Ses identifiants partent à {email}.")


_REMOVAL_REFUSALS = {
    RemovalRefusal.NOT_AN_AGENT: "--agent: ce compte n’est pas celui d’un agent.",
    RemovalRefusal.ONESELF: "un agent ne se retire pas ses propres moyens.",
    RemovalRefusal.SAME_AGENT: "un second agent doit donner son accord.",
    RemovalRefusal.GONE: "cette demande n’existe pas, a plus de sept jours, ou a déjà eu son accord.",
    RemovalRefusal.NO_REASON: "--motif: dites pourquoi.",
}


@agents.command("ask-factor-removal")
@click.argument("identifiant")
@click.option("--agent", required=True, help="Identifiant of the agent who asks.")
@click.option("--motif", required=True, help="What was verified of the person.")
def ask_factor_removal(identifiant: str, agent: str, motif: str) -> None:
    """Ask that a person who lost every second factor may enrol again: another agent has to agree."""
    with application(), transaction():
        outcome = removal.ask(
            account_named(identifiant), agent_id=account_named(agent), motif=motif, now=clock.now()
        )
        if isinstance(outcome, RemovalRefusal):
            raise click.ClickException(_REMOVAL_REFUSALS[outcome])
    click.echo(f"{outcome} : un autre agent a sept jours pour donner son accord.")


@agents.command("agree-factor-removal")
@click.argument("reference", type=click.UUID)
@click.option("--agent", required=True, help="Identifiant of the agent who agrees.")
def agree_factor_removal(reference: UUID, agent: str) -> None:
    """Agree to what another agent asked: factors and sessions end, and the person is told by mail."""
    with application(), transaction():
        refusal = removal.agree(reference, agent_id=account_named(agent), now=clock.now())
        if refusal:
            raise click.ClickException(_REMOVAL_REFUSALS[refusal])
    click.echo(
        "Les moyens sont retirés : la personne en ajoutera un autre à sa prochaine connexion."
    )


def account_named(typed: str) -> UUID:
    identifiant = parse_identifiant(typed)
    found = db.session.scalar(select(Account.id).where(Account.identifiant == identifiant))
    if found is None:
        raise click.ClickException(f"{typed} : aucun compte n’a cet identifiant.")
    return found
