"""``idp demo``: the whole story on one machine, from a clone: identity provider, worker and two services."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import click

from idp.cli.demonstration_place import ISSUER, Place, forget, prepare
from idp.crypto import new_token

TREE = Path(__file__).parents[2]
START_WITHIN_S = 60
STOP_WITHIN_S = 15
LOG_LINES_SHOWN = 15


@dataclass(frozen=True, slots=True)
class Service:
    """A relying party of ``examples/``."""

    client_id: str
    name: str
    port: int

    @property
    def base_url(self) -> str:
        """Its address."""
        return f"http://localhost:{self.port}"


SERVICES = (Service("offre-bailleurs", "Offre Bailleurs", 8001), Service("cdap", "Cdap", 8002))
PORTS = {8000: "Mon Compte Partenaire", **{service.port: service.name for service in SERVICES}}

INSTRUCTIONS = """
  Mon Compte Partenaire        http://localhost:8000
  Courriers et courriels       http://localhost:8000/demo/
  Offre Bailleurs              http://localhost:8001
  Cdap                         http://localhost:8002

Pour jouer le guide depuis la première page :

  1. Ouvrez http://localhost:8000/demo/ et lisez les deux courriers de LES OLIVIERS :
     l’un porte l’identifiant, l’autre le mot de passe provisoire.
  2. Allez sur http://localhost:8000, « Première connexion », et tapez les deux.
  3. Suivez les cinq étapes ; le code reçu par courriel se lit dans http://localhost:8000/demo/.
  4. Ouvrez http://localhost:8001 (Offre Bailleurs) et connectez-vous.
  5. Revenez sur http://localhost:8000, « Gestion des habilitations », « Créer un utilisateur ».
  6. http://localhost:8002 (Cdap) vous est refusé, et la page dit pourquoi.

Ctrl-C arrête tout. `make run` reprend où vous en étiez, `make run-fresh` recommence.
"""


class _Child:
    """A process of the demonstration, whose output goes to a file."""

    def __init__(
        self, name: str, command: list[str], environ: Mapping[str, str], log: Path
    ) -> None:
        self.name = name
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as output:
            self._process = subprocess.Popen(  # noqa: S603 - our own commands
                [sys.executable, "-m", *command],
                env={**os.environ, **environ},
                cwd=TREE,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # Ctrl-C reaches this process alone, which stops the others in order.
                start_new_session=True,
            )

    def ended(self) -> bool:
        return self._process.poll() is not None

    def ask_to_stop(self) -> None:
        if not self.ended():
            self._process.terminate()

    def wait_for_its_end(self) -> None:
        try:
            self._process.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


@click.command()
@click.option("--fresh", is_flag=True, help="Forget what was done before.")
@click.option(
    "--dir",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=TREE / "var" / "demo",
    help="Where it keeps its data (var/demo).",
)
def demo(fresh: bool, folder: Path) -> None:
    """Play the demonstration: identity provider, worker, Offre Bailleurs and Cdap."""
    if not (TREE / "examples").is_dir():
        raise click.ClickException("the demonstration is played from a clone of the repository")
    for port, name in PORTS.items():
        refuse_taken(port, name)
    place = Place(folder.absolute(), TREE)
    if fresh:
        forget(place)
    prepare(place, [service.client_id for service in SERVICES])
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    children: list[_Child] = []
    try:
        _start(place, children)
        _wait_until_all_answer(children, stop)
        if not stop.is_set():
            click.echo(INSTRUCTIONS)
        while not stop.wait(0.5):
            _refuse_ended(children)
    finally:
        click.echo("Arrêt…")
        for child in children:
            child.ask_to_stop()
        for child in children:
            child.wait_for_its_end()


def refuse_taken(port: int, name: str) -> None:
    """Raise when somebody else listens on that port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise click.ClickException(
                f"le port {port}, celui de {name}, est déjà pris ({error.strerror})"
            ) from error


def _start(place: Place, children: list[_Child]) -> None:
    logs = place.folder / "journaux"

    def start(name: str, command: list[str], environ: Mapping[str, str]) -> None:
        children.append(_Child(name, command, environ, logs / f"{name}.log"))

    environ = place.environ()
    start("idp", ["idp", "run", "--workers", "2"], environ)
    start("worker", ["idp", "worker"], environ)
    for service in SERVICES:
        server = ["granian", "--interface", "wsgi", "--factory", "--port", str(service.port)]
        start(
            service.client_id,
            [*server, "examples.offre_bailleurs.app:create_app"],
            _environ_of(service, place),
        )


def _environ_of(service: Service, place: Place) -> dict[str, str]:
    return {
        "RP_NAME": service.name,
        "RP_BASE_URL": service.base_url,
        "RP_ISSUER": ISSUER,
        "RP_CLIENT_ID": service.client_id,
        "RP_CLIENT_SECRET_FILE": str(place.secret_file(service.client_id)),
        "RP_SECRET_KEY": place.kept_secret(f"{service.client_id}.session", new_token()),
    }


def _wait_until_all_answer(children: list[_Child], stop: threading.Event) -> None:
    addresses = [f"{ISSUER}/readyz", *(f"{service.base_url}/" for service in SERVICES)]
    deadline = time.monotonic() + START_WITHIN_S
    with click.progressbar(addresses, label="Démarrage") as waiting:
        for address in waiting:
            _wait_for(partial(_answers, address), children, stop, deadline)


def _wait_for(
    done: Callable[[], bool], children: list[_Child], stop: threading.Event, deadline: float
) -> None:
    while not done() and not stop.wait(0.2):
        _refuse_ended(children)
        if time.monotonic() > deadline:
            raise click.ClickException(f"rien ne répond après {START_WITHIN_S} secondes")


def _answers(address: str) -> bool:
    try:
        with urlopen(address, timeout=2) as response:  # noqa: S310 - our own addresses
            return bool(response.status < 400)
    except (URLError, OSError):
        return False


def _refuse_ended(children: list[_Child]) -> None:
    for child in children:
        if child.ended():
            last = child.log.read_text(errors="replace").splitlines()[-LOG_LINES_SHOWN:]
            click.echo("\n".join(last), err=True)
            raise click.ClickException(f"{child.name} s’est arrêté ; voir {child.log}")
