"""``idp agents``: the people of the Caf who supervise organismes."""

from collections.abc import Callable

import click

from idp import audit, clock
from idp.cli.application import application
from idp.contact import ContactInvalide, parse_email, parse_name
from idp.db import transaction
from idp.habilitations.agents import NouvelAgent, RefusAgent, creer
from idp.habilitations.models import RoleAgent
from idp.printable import format_identifiant

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
