"""``idp keys``: the signing keys of ``IDP_KEYS_DIR``."""

from collections.abc import Iterable
from pathlib import Path

import click

from idp import clock
from idp.config import settings_of_this_process
from idp.key_rotation import PUBLISHED_BEFORE_USE, Manner, rotate
from idp.keys import Algorithm, StoredKey, ensure_active_keys, read_keys


@click.group("keys")
def signing_keys() -> None:
    """Signing keys."""


def _folder() -> Path:
    return settings_of_this_process().keys_dir


def _show(keys: Iterable[StoredKey]) -> None:
    for key in keys:
        since = key.since.astimezone(clock.PARIS)
        click.echo(f"{key.state:8} {key.algorithm:6} {key.kid}  since {since:%Y-%m-%d %H:%M}")


@signing_keys.command("list")
def list_() -> None:
    """Every key: its state, its algorithm, its identifier, since when."""
    _show(read_keys(_folder()))


@signing_keys.command()
def init() -> None:
    """Draw an active key for each algorithm that has none."""
    folder = _folder()
    drawn = ensure_active_keys(folder)
    _show(drawn)
    if not drawn:
        click.echo(f"{folder} has an active key for each algorithm already.")


@signing_keys.command("rotate")
@click.option(
    "--algorithm",
    "algorithms",
    type=click.Choice([algorithm.value for algorithm in Algorithm]),
    multiple=True,
    help="Only this algorithm (may be repeated); all by default.",
)
@click.option("--now", "at_once", is_flag=True, help="Sign with a new key without waiting.")
@click.option(
    "--emergency",
    is_flag=True,
    help="The active key has leaked: replace it and withdraw it, and what it signed, at once.",
)
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
def rotate_(algorithms: tuple[str, ...], at_once: bool, emergency: bool, yes: bool) -> None:
    """Move the keys one step on: next becomes active, active is retired, another next is published.

    A next key signs once it has been published for ten minutes; retired keys are removed after a day. Running
    servers follow without a restart.
    """
    if emergency and not yes:
        click.confirm(
            "Every token signed so far will be refused, and people will sign in again. Go on?",
            abort=True,
        )
    manner = Manner.EMERGENCY if emergency else Manner.AT_ONCE if at_once else Manner.USUAL
    chosen = [Algorithm(name) for name in algorithms] or list(Algorithm)
    steps = rotate(_folder(), now=clock.now(), manner=manner, algorithms=chosen)
    for step in steps:
        kid = step.key.kid if step.key else ""
        click.echo(f"{step.action:8} {step.algorithm:6} {kid}")
    if not steps:
        minutes = int(PUBLISHED_BEFORE_USE.total_seconds() // 60)
        click.echo(f"Nothing to do yet: a next key signs {minutes} minutes after it was published.")
