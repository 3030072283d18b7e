"""``idp keys``: the signing keys of ``IDP_KEYS_DIR``."""

import os
from pathlib import Path

import click

from idp.config import settings_from
from idp.keys import StoredKey, ensure_active_keys, read_keys


@click.group("keys")
def signing_keys() -> None:
    """Signing keys."""


def _folder() -> Path:
    return settings_from(os.environ).keys_dir


def _show(keys: list[StoredKey] | tuple[StoredKey, ...]) -> None:
    for key in keys:
        click.echo(f"{key.state:8} {key.algorithm:6} {key.kid}")


@signing_keys.command("list")
def list_() -> None:
    """Every key: its state, its algorithm, its identifier."""
    _show(read_keys(_folder()))


@signing_keys.command()
def init() -> None:
    """Draw an active key for each algorithm that has none."""
    folder = _folder()
    drawn = ensure_active_keys(folder)
    _show(drawn)
    if not drawn:
        click.echo(f"{folder} has an active key for each algorithm already.")
