"""The command line: what an operator types, and what they are told when it cannot be done."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import click
import pytest
from click.testing import CliRunner, Result

from idp import audit, clock
from idp.app import create_app
from idp.cli import demonstration, main
from idp.cli.serving import STOP_WITHIN_S
from idp.config import settings_from
from idp.db import db, transaction
from idp.habilitations.events import CourrierExporte
from idp.keys import Algorithm

TREE = Path(__file__).parent.parent
START_WITHIN_S = 30


class Operator:
    """Somebody at a terminal, on a machine where nothing was done yet."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environ = {
            "IDP_SECRET_KEY": "0123456789abcdef0123456789abcdef",
            "IDP_DATABASE_URL": f"sqlite:///{folder / 'var' / 'idp.sqlite'}",
            "IDP_KEYS_DIR": str(folder / "keys"),
            "IDP_RELYING_PARTIES": str(TREE / "relying_parties.yaml"),
            "IDP_MAIL_URL": f"demo:{folder / 'demo'}",
        }

    def types(self, *words: str, **environ: str) -> Result:
        """Run a command."""
        return CliRunner().invoke(main, words, env={**self.environ, **environ})

    def installed(self) -> "Operator":
        """Once the machine is ready."""
        assert self.types("keys", "init").exit_code == 0
        assert self.types("db", "upgrade").exit_code == 0
        return self


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    """An operator, in a folder of their own."""
    return Operator(tmp_path)


def test_check_tells_every_problem_at_once_then_none(operator: Operator) -> None:
    before = operator.types("check")
    operator.installed()
    after = operator.types("check")

    assert before.exit_code == 2
    for told in ("no active RS256 key", "no active ES256 key"):
        assert told in before.stderr
    assert (after.exit_code, after.output) == (0, "Everything is in place.\n")


def test_wrong_settings_are_told_without_a_traceback(operator: Operator) -> None:
    typed = operator.types("check", IDP_ISSUER="http://idp.example", IDP_SECRET_KEY="short")

    assert typed.exit_code == 2
    assert "IDP_ISSUER" in typed.stderr
    assert "IDP_SECRET_KEY" in typed.stderr
    assert "Traceback" not in typed.output


@pytest.mark.parametrize("command", ["run", "worker"])
def test_nothing_starts_on_a_schema_of_another_version(operator: Operator, command: str) -> None:
    operator.types("keys", "init")

    typed = operator.types(command)

    assert typed.exit_code == 2
    assert "database:" in typed.stderr


def test_database_that_is_away_is_told_without_a_traceback(operator: Operator) -> None:
    operator.installed()

    typed = operator.types("audit", "verify", IDP_DATABASE_URL="sqlite:////nowhere/at/all.sqlite")

    assert typed.exit_code == 1
    assert typed.stderr.startswith("Error: database: unable to open")


def test_keys_are_drawn_once_and_listed(operator: Operator) -> None:
    drawn = operator.types("keys", "init")
    again = operator.types("keys", "init")
    listed = operator.types("keys", "list")

    assert drawn.output.count("active") == len(Algorithm)
    assert "already" in again.output
    assert sorted(listed.output.splitlines()) == sorted(drawn.output.splitlines())


def test_upgrade_can_be_repeated(operator: Operator) -> None:
    operator.installed()

    assert operator.types("db", "upgrade").exit_code == 0


def test_relying_parties_are_checked_and_receive_a_secret(operator: Operator) -> None:
    operator.installed()

    checked = operator.types("relying-parties", "check")
    drawn = operator.types("relying-parties", "secret", "cdap")
    unknown = operator.types("relying-parties", "secret", "nobody")

    assert "Offre Bailleurs" in checked.output
    assert len(drawn.output.strip()) == 43
    assert (operator.folder / "keys" / "clients" / "cdap.sha256").exists()
    assert unknown.exit_code == 1
    assert "nobody" in unknown.stderr


def test_journal_is_verified_and_a_change_is_found(operator: Operator) -> None:
    operator.installed()
    app = create_app(settings_from(operator.environ))
    with app.app_context(), transaction():
        event = CourrierExporte(type="secret", lot="lot")
        audit.record(event, at=clock.now(), actor=audit.COMMAND_LINE)
        audit.seal()
    sound = operator.types("audit", "verify")
    with app.app_context():
        with transaction():
            db.session.query(audit.JournalEntry).update({"event": "another"})
        db.session.remove()
        db.engine.dispose()
    altered = operator.types("audit", "verify")

    assert (sound.exit_code, altered.exit_code) == (0, 1)
    assert sound.output.startswith("1 lines in the chain")
    assert "broken at line 1" in altered.stderr


def test_demonstration_is_refused_when_a_port_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        with pytest.raises(click.ClickException, match=f"{port}.*déjà pris"):
            demonstration.refuse_taken(port, "Mon Compte Partenaire")


@pytest.fixture
def served(operator: Operator) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """The server, started as in production by two processes, and its address."""
    operator.installed()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "idp", "run", "--port", str(port), "--workers", "2"]
    with subprocess.Popen(command, env=_environ(operator.environ), cwd=TREE) as process:
        yield process, f"http://127.0.0.1:{port}"
        if process.poll() is None:
            process.kill()


def _environ(settings: Mapping[str, str]) -> dict[str, str]:
    return {**os.environ, **settings, "PYTHONPATH": str(TREE)}


def _get(address: str) -> str:
    deadline = time.monotonic() + START_WITHIN_S
    while True:
        try:
            with urlopen(address, timeout=5) as response:
                return str(response.read().decode())
        except URLError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def test_server_answers_by_several_processes_and_stops_when_asked(
    served: tuple[subprocess.Popen[bytes], str],
) -> None:
    process, address = served

    page = _get(f"{address}/")
    ready = _get(f"{address}/readyz")
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    process.send_signal(signal.SIGTERM)

    assert "Mon Compte Partenaire" in page
    assert "missing" not in ready
    assert len(children) >= 2
    assert process.wait(START_WITHIN_S + STOP_WITHIN_S) == 0
