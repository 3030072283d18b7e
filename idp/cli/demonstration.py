"""``idp demo``: the whole story on one machine, from a clone: identity provider, worker and two services."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import click

from idp.cli.demonstration_place import (
    AGENT,
    CLIENTS,
    USUAL_PORT,
    Place,
    forget,
    post_letters,
    prepare,
)
from idp.crypto import new_token

TREE = Path(__file__).parents[2]
START_WITHIN_S = 60
STOP_WITHIN_S = 15
LOG_LINES_SHOWN = 15


NAMES = {"offre-bailleurs": "Offre Bailleurs", "cdap": "Cdap"}

INSTRUCTIONS = """
  Mon Compte Partenaire        {idp}
  Courriers et courriels       {idp}/demo/
  Offre Bailleurs              {offre_bailleurs}
  Cdap                         {cdap}

Pour jouer le guide depuis la première page :

  1. Ouvrez {idp}/demo/ et lisez les deux courriers de LES OLIVIERS :
     l’un porte l’identifiant, l’autre le mot de passe provisoire.
  2. Allez sur {idp}, « Première connexion », et tapez les deux.
  3. Suivez les cinq étapes ; le code reçu par courriel se lit dans {idp}/demo/.
  4. Ouvrez {offre_bailleurs} (Offre Bailleurs) et connectez-vous.
  5. Revenez sur {idp}, « Gestion des habilitations », « Créer un utilisateur ».
  6. {cdap} (Cdap) vous est refusé, et la page dit pourquoi.

Pour jouer la Caf (Lucie Morel, agent national), dans un autre navigateur ou une fenêtre privée :

  1. Ouvrez {idp}/demo/ et lisez le courriel de {agent} :
     il porte son identifiant et son mot de passe provisoire.
  2. Allez sur {idp}, « Première connexion », et suivez les étapes.
  3. Ajoutez un second facteur : un agent de la Caf en a toujours un.
  4. « Espace Caf », « Organismes » : cherchez LES OLIVIERS.

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
@click.option(
    "--port",
    type=click.IntRange(1024, 65533),
    default=USUAL_PORT,
    show_default=True,
    help="Its first port; the services take the two that follow.",
)
def demo(fresh: bool, folder: Path, port: int) -> None:
    """Play the demonstration: identity provider, worker, Offre Bailleurs and Cdap."""
    if not (TREE / "examples").is_dir():
        raise click.ClickException("the demonstration is played from a clone of the repository")
    place = Place(folder.absolute(), TREE, port)
    for rank, name in enumerate(("Mon Compte Partenaire", *NAMES.values())):
        refuse_taken(port + rank, name)
    if fresh:
        forget(place)
    app = prepare(place)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    children: list[_Child] = []
    try:
        _start(place, children)
        _wait_until_all_answer(place, children, stop)
        if not stop.is_set():
            offre_bailleurs, cdap = map(place.address_of, CLIENTS)
            click.echo(
                INSTRUCTIONS.format(
                    idp=place.issuer,
                    offre_bailleurs=offre_bailleurs,
                    cdap=cdap,
                    agent=AGENT.email,
                )
            )
        while not stop.wait(0.5):
            _refuse_ended(children)
            post_letters(app, place)
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

    server = ["granian", "--interface", "wsgi", "--factory", "--blocking-threads", "8"]
    environ = place.environ()
    start("idp", ["idp", "run", "--workers", "2", "--port", str(place.port)], environ)
    start("worker", ["idp", "worker"], environ)
    for rank, client_id in enumerate(CLIENTS, start=1):
        at = ["--port", str(place.port + rank)]
        application = "examples.offre_bailleurs.app:create_app"
        start(client_id, [*server, *at, application], _environ_of(client_id, place))


def _environ_of(client_id: str, place: Place) -> dict[str, str]:
    return {
        "RP_NAME": NAMES[client_id],
        "RP_BASE_URL": place.address_of(client_id),
        "RP_ISSUER": place.issuer,
        "RP_CLIENT_ID": client_id,
        "RP_CLIENT_SECRET_FILE": str(place.secret_file(client_id)),
        "RP_SECRET_KEY": place.kept_secret(f"{client_id}.session", new_token()),
    }


def _wait_until_all_answer(place: Place, children: list[_Child], stop: threading.Event) -> None:
    addresses = [f"{place.issuer}/readyz", *(f"{place.address_of(name)}/" for name in CLIENTS)]
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
