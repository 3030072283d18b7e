"""The file of a caisse of 100,000 organismes: how long it takes, how large the worker becomes, killed or not.

Run `python bench/import_organismes.py --help`; on a private PostgreSQL:
`tests/with_postgresql python bench/import_organismes.py`. An agent sends the file; `idp worker` reads it, then
does it once validated. With `--kills 3`, it is killed with -9 while it reads and twice while it does the lines;
what it had claimed is made due at once, and not in five minutes. In the end every row is counted: nothing lost,
nothing doubled.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from uuid import UUID

import sqlalchemy as sa

TREE = Path(__file__).parents[1]
sys.path[:0] = [str(TREE), str(TREE / "tests"), str(TREE / "bench")]

from factories import an_agent  # noqa: E402 - the tree must be on the path first
from killed_worker import fall_due  # noqa: E402
from organismes_files import a_file  # noqa: E402
from served import draw_keys, environ_of  # noqa: E402

from idp import migrations  # noqa: E402
from idp.accounts.models import Account  # noqa: E402
from idp.app import create_app  # noqa: E402
from idp.audit import JournalEntry  # noqa: E402
from idp.config import settings_from  # noqa: E402
from idp.db import db, transaction  # noqa: E402
from idp.habilitations.agents import AgentVu, agent_of  # noqa: E402
from idp.habilitations.import_organismes import depot, execution  # noqa: E402
from idp.habilitations.import_organismes.models import (  # noqa: E402
    EtatDImport,
    ImportOrganismes,
)
from idp.habilitations.models import (  # noqa: E402
    ContratDeService,
    Courrier,
    Groupe,
    Habilitation,
    NumeroUtilisateur,
    Organisme,
    Rattachement,
    RoleAgent,
)
from idp.outbox import Delivery  # noqa: E402

CAISSE = "359"
POLL_S = 0.2


@dataclass
class Measure:
    """The worker, started again each time that it is killed."""

    environ: dict[str, str]
    import_id: UUID
    kills_left: int
    peak_kib: int = 0
    cpu_s: float = 0.0
    seconds: dict[str, float] = field(default_factory=dict)

    def until(self, what: str, over: EtatDImport, kill_at: list[int]) -> None:
        """``idp worker`` until the import is in that state, killed when it has gone so far."""
        started = time.perf_counter()
        while row_of(self.import_id).etat is not over:
            stop_at = kill_at.pop(0) if kill_at and self.kills_left else None
            with self._worker() as worker:
                self._watch(worker, over, stop_at)
        self.seconds[what] = time.perf_counter() - started
        print(f"\n{what}: {self.seconds[what]:.1f} s", flush=True)

    def _watch(
        self, worker: "subprocess.Popen[bytes]", over: EtatDImport, stop_at: int | None
    ) -> None:
        while True:
            time.sleep(POLL_S)
            self.peak_kib = max(self.peak_kib, resident_kib(worker.pid))
            row = row_of(self.import_id)
            gone = row.lignes if row.etat is EtatDImport.LECTURE else row.faites
            print(f"\r{row.etat} {gone}   ", end="", flush=True)
            if row.etat is over:
                return
            if stop_at is not None and gone >= stop_at:
                self.cpu_s += processor_s(worker.pid)
                worker.send_signal(signal.SIGKILL)
                worker.wait()
                self.kills_left -= 1
                print(f"killed at {gone}", flush=True)
                fall_due()
                return

    @contextmanager
    def _worker(self) -> Iterator["subprocess.Popen[bytes]"]:
        command = [sys.executable, "-m", "idp", "worker"]
        worker = subprocess.Popen(
            command,
            env=self.environ,
            cwd=TREE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield worker
        finally:
            if worker.poll() is None:
                self.cpu_s += processor_s(worker.pid)
                worker.kill()
                worker.wait()


def row_of(import_id: UUID) -> ImportOrganismes:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(ImportOrganismes, import_id)


def resident_kib(pid: int) -> int:
    """The most memory that the process ever had."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])


def processor_s(pid: int) -> float:
    """The time of processor that it took so far, whoever shares the machine."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def laid_down(lines: int) -> tuple[AgentVu, UUID]:
    """The file, as an agent sends it."""
    with transaction():
        agent = agent_of(an_agent(RoleAgent.GESTIONNAIRE, [CAISSE]).id)
    if agent is None:
        raise LookupError("no agent")
    data = a_file(lines, caisse=CAISSE)
    started = time.perf_counter()
    with transaction():
        import_id = depot.deposer(agent, BytesIO(data), nom="mesure.csv", now=datetime.now(UTC))
    print(f"sent: {len(data) / 1e6:.1f} MB in {time.perf_counter() - started:.2f} s")
    return agent, import_id


def counted(lines: int) -> None:
    """Every row, once."""
    people = len(range(0, lines, 5))
    groups = sum(2 if number % 3 else 1 for number in range(lines))
    expected: list[tuple[type, int]] = [
        *(
            (model, lines)
            for model in (Organisme, NumeroUtilisateur, ContratDeService, Rattachement)
        ),
        (Account, lines + 1),
        (Courrier, 2 * (lines - people)),
        *((model, groups) for model in (Groupe, Habilitation)),
    ]
    for model, number in expected:
        found = db.session.scalar(sa.select(sa.func.count()).select_from(model))
        print(f"{model.__name__}: {found}, {'as expected' if found == number else 'WRONG'}")
    for what, query, number in (
        ("mails", sa.select(sa.func.count()).where(Delivery.kind == "mail"), people),
        (
            "events",
            sa.select(sa.func.count()).where(JournalEntry.event == "organisme_importe"),
            lines,
        ),
    ):
        found = db.session.scalar(query)
        print(f"{what}: {found}, {'as expected' if found == number else 'WRONG'}")


def database_of(options: argparse.Namespace) -> str:
    """The one that is named; else a new one on the server of the tests; else SQLite in a temporary folder."""
    server = os.environ.get("TEST_DATABASE_URL")
    if options.database_url or not server:
        return str(options.database_url)
    url = sa.make_url(server).set(drivername="postgresql+psycopg")
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text("CREATE DATABASE import_organismes"))
    engine.dispose()
    return url.set(database="import_organismes", drivername="postgresql").render_as_string(False)


def main(say: Callable[[str], None] = print) -> None:
    """Measure once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database-url", default="", help="where to write; see above")
    parser.add_argument("--lines", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=0, help="at most 3")
    options = parser.parse_args()
    lines = options.lines
    with tempfile.TemporaryDirectory() as name:
        environ = {**environ_of(Path(name), database_of(options)), "PYTHONPATH": str(TREE)}
        draw_keys(environ)
        app = create_app(settings_from(environ))
        with app.app_context():
            migrations.upgrade()
            agent, import_id = laid_down(lines)
            measure = Measure(environ, import_id, options.kills)
            measure.until("read", EtatDImport.ESSAI, [lines // 3])
            with transaction():
                execution.lancer(agent, import_id, datetime.now(UTC))
            measure.until("done", EtatDImport.TERMINE, [lines // 4, lines * 3 // 5])
            total = sum(measure.seconds.values())
            say(
                f"in all: {total:.1f} s, {measure.peak_kib / 1024:.0f} MiB at most,"
                f" {measure.cpu_s:.1f} s of processor for the worker,"
                f" {options.kills - measure.kills_left} kills"
            )
            counted(lines)
            db.session.remove()
            db.engine.dispose()


if __name__ == "__main__":
    main()
