"""``idp relying-parties``: the services registered in ``IDP_RELYING_PARTIES``."""

import click

from idp.config import settings_of_this_process
from idp.keys import KeyRing
from idp.oidc.clients.client_secrets import draw_client_secret, draw_registration_token
from idp.oidc.clients.relying_parties import load


@click.group("relying-parties")
def relying_parties() -> None:
    """Registered services."""


@relying_parties.command()
def check() -> None:
    """Read the file of relying parties, and tell every mistake."""
    settings = settings_of_this_process()
    registry = load(settings.relying_parties, KeyRing(settings.keys_dir))
    for client_id, client in registry.clients.items():
        click.echo(f"{client_id:30} {client.client_name}")


@relying_parties.command()
@click.argument("client_id")
def secret(client_id: str) -> None:
    """Draw a new secret for CLIENT_ID and print it, this once; the previous one still works."""
    settings = settings_of_this_process()
    registry = load(settings.relying_parties, KeyRing(settings.keys_dir))
    if registry.client(client_id) is None:
        raise click.ClickException(f"no relying party has client_id {client_id}")
    click.echo(draw_client_secret(settings.keys_dir, client_id))


@relying_parties.command("registration-token")
def registration_token() -> None:
    """Draw a token with which clients may register themselves (IDP_REGISTRATION=token); printed this once."""
    click.echo(draw_registration_token(settings_of_this_process().keys_dir))
