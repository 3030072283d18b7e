"""``idp documents``: what bears our signature (``idp/signed_documents.py``)."""

from pathlib import Path

import click

from idp import clock, signed_documents
from idp.config import settings_of_this_process


@click.group("documents")
def documents() -> None:
    """Signed documents and the key that signs them."""


def _keys_dir() -> Path:
    return settings_of_this_process().keys_dir


@documents.command()
def certificates() -> None:
    """The fingerprints of the certificates that are published, the newest first."""
    for one in signed_documents.certificates(_keys_dir()):
        until = one.not_valid_after_utc.astimezone(clock.PARIS)
        click.echo(f"{signed_documents.fingerprint(one)}  until {until:%Y-%m-%d}")


@documents.command()
def rotate() -> None:
    """Sign with a new key from now on; the former one is deleted, its certificate is kept."""
    held = signed_documents.rotate(_keys_dir(), clock.now())
    click.echo(signed_documents.fingerprint(held.certificate))


@documents.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_context
def verify(ctx: click.Context, file: Path) -> None:
    """Say whether a PDF was signed here and did not change since; exit 1 when it was not."""
    found = signed_documents.verify(file.read_bytes(), _keys_dir())
    if not found.ours:
        click.echo("Not signed here, or changed since.", err=True)
        ctx.exit(1)
    click.echo(f"Signed here, unchanged. Certificate {found.fingerprint}")
