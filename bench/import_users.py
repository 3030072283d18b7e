"""An import of 5,000 users: how long its trial and its lines take, and how large the worker becomes.

Run `python bench/import_users.py --help`. It makes an organisme of its own on the database that is named, with 200
groups, gives an .xlsx of new people to the trial, validates it, and starts `idp worker` until everything is done
and every mail has left for the demonstration mailbox.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from uuid import UUID

from sqlalchemy import func, select

TREE = Path(__file__).parents[1]
sys.path[:0] = [str(TREE), str(TREE / "tests"), str(TREE / "bench")]

from factories import (  # noqa: E402 - the tree must be on the path first
    a_contrat,
    a_groupe,
    a_rattachement,
    an_account,
    an_acteur,
    an_organisme,
)
from served import draw_keys, environ_of  # noqa: E402
from sql_budget import counted  # noqa: E402
from users_files import a_file, somebody  # noqa: E402

from idp import migrations, outbox  # noqa: E402
from idp.app import create_app  # noqa: E402
from idp.config import settings_from  # noqa: E402
from idp.db import db, transaction  # noqa: E402
from idp.habilitations.import_utilisateurs import essai, execution  # noqa: E402
from idp.habilitations.import_utilisateurs.models import (  # noqa: E402
    ImportUtilisateurs,
    LigneImport,
)
from idp.habilitations.models import Role  # noqa: E402
from idp.spreadsheets.writing import Format  # noqa: E402

GROUPS = 200
POLL_S = 0.5


def laid_down(lines: int) -> UUID:
    """The organisme, and the trial of its file, validated."""
    with transaction():
        organisme = an_organisme(raison_sociale="MESURE DES IMPORTS")
        contrat = a_contrat(organisme)
        codes = [f"offre-bailleurs:prive:{number:03}" for number in range(GROUPS)]
        for code in codes:
            a_groupe(contrat, code=code, libelle=f"Logements {code[-3:]}")
        chef = an_account(email="chef@exemple.fr")
        place = a_rattachement(chef, organisme, role=Role.ADMINISTRATEUR)
        acteur = an_acteur(chef.id, organisme)
    people = [
        somebody(number, Groupes=f"{codes[number % GROUPS]} | {codes[(number + 7) % GROUPS]}")
        for number in range(lines)
    ]
    data = a_file(people, Format.XLSX)
    started = time.perf_counter()
    with counted() as statements, transaction():
        import_id = essai.deposer(
            acteur, place.id, BytesIO(data), nom="mesure.xlsx", now=datetime.now(UTC)
        )
    seconds = time.perf_counter() - started
    print(f"trial: {len(data) / 1024:.0f} KiB, {seconds:.2f} s, {len(statements)} statements")
    with transaction():
        execution.lancer(acteur, import_id, datetime.now(UTC))
    return import_id


def watched(import_id: UUID, environ: dict[str, str]) -> None:
    """``idp worker`` until nothing is left to do."""
    worker = subprocess.Popen([sys.executable, "-m", "idp", "worker"], env=environ, cwd=TREE)
    started, lines_after, peak, cpu_s = time.perf_counter(), 0.0, 0, 0.0
    try:
        while True:
            time.sleep(POLL_S)
            peak, cpu_s = resident_kib(worker.pid), processor_s(worker.pid)
            if not lines_after and is_over(import_id):
                lines_after = time.perf_counter() - started
                print(f"lines: {lines_after:.1f} s from the start of the worker")
            if lines_after and not outbox.pending(datetime.now(UTC)):
                break
            db.session.rollback()
    finally:
        worker.terminate()
        worker.wait()
    print(f"mails: {time.perf_counter() - started:.1f} s from the start of the worker")
    print(f"worker: {cpu_s:.1f} s of processor, {peak / 1024:.0f} MiB at most")


def resident_kib(pid: int) -> int:
    """The most memory that the process ever had."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])


def processor_s(pid: int) -> float:
    """The time of processor that it took so far, whoever shares the machine."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def is_over(import_id: UUID) -> bool:
    """Whether every line is done; says how far it is."""
    ended = db.session.scalar(
        select(ImportUtilisateurs.ended_at).where(ImportUtilisateurs.id == import_id)
    )
    done = db.session.scalar(
        select(func.count())
        .select_from(LigneImport)
        .where(LigneImport.import_id == import_id, LigneImport.faite_at.is_not(None))
    )
    print(f"\r{done} lines", end="" if ended is None else "\n", flush=True)
    return ended is not None


def main() -> None:
    """Measure once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--database-url", default="", help="SQLite in a temporary folder by default"
    )
    parser.add_argument("--lines", type=int, default=essai.LIGNES_MAX)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        environ = {**environ_of(Path(name), options.database_url), "PYTHONPATH": str(TREE)}
        draw_keys(environ)
        app = create_app(settings_from(environ))
        with app.app_context():
            migrations.upgrade()
            watched(laid_down(options.lines), environ)


if __name__ == "__main__":
    main()
