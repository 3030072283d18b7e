"""The two processes of production: ``idp run`` answers, ``idp worker`` delivers and seals."""

import os

import click
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server import Server

from idp import logs
from idp import worker as worker_process
from idp.app import create_app
from idp.cli.checking import refuse_to_start_with_problems
from idp.db import THREADS

STOP_WITHIN_S = 30
PORT = click.IntRange(1, 65535)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, type=PORT, show_default=True, help="Port to listen on.")
@click.option(
    "--workers",
    default=os.cpu_count,
    type=click.IntRange(min=1),
    help="Processes that answer.  [default: one per processor]",
)
@click.option("--access-log", is_flag=True, help="Write a line per request.")
def run(host: str, port: int, workers: int, access_log: bool) -> None:
    """Serve the identity provider, behind a proxy that speaks TLS."""
    refuse_to_start_with_problems()
    Server(
        "idp.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=workers,
        blocking_threads=THREADS,
        log_access=access_log,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_WITHIN_S,
    ).serve()


@click.command()
def worker() -> None:
    """Deliver the outbox and seal the journal, until stopped."""
    refuse_to_start_with_problems()
    app = create_app()
    logs.configure_for(app)
    worker_process.run(app)
