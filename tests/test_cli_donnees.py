"""``idp organismes import``, ``idp courriers export`` and ``idp outbox list``, as an operator types them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from idp import outbox
from idp.cli import main
from idp.config import Settings
from idp.db import db
from idp.outbox import Delivery

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
EXEMPLE = Path(__file__).parents[1] / "examples" / "organismes.csv"


@pytest.fixture
def idp(app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run a command on the database of the tests."""
    environ = {
        "IDP_SECRET_KEY": settings.secret_key,
        "IDP_DATABASE_URL": settings.database_url,
        "IDP_KEYS_DIR": str(settings.keys_dir),
        "IDP_MAIL_URL": settings.mail_url.geturl(),
        "IDP_RELYING_PARTIES": str(settings.relying_parties),
    }
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    return lambda *words: CliRunner().invoke(main, [str(word) for word in words])


def test_a_whole_file_goes_in_and_its_letters_come_out(
    idp: Callable[..., Result], tmp_path: Path
) -> None:
    imported = idp("organismes", "import", EXEMPLE)
    again = idp("organismes", "import", EXEMPLE)
    exported = idp("courriers", "export", tmp_path)

    assert (imported.exit_code, again.exit_code, exported.exit_code) == (0, 0, 0)
    assert "41 créés" in imported.output
    assert "41 inchangés" in again.output
    assert len(list(tmp_path.glob("*/*.pdf"))) == 2


def test_a_bad_line_is_told_with_number_column_and_reason_and_the_status_says_so(
    idp: Callable[..., Result], tmp_path: Path
) -> None:
    lines = EXEMPLE.read_text(encoding="utf-8").splitlines()
    lines[2] = lines[2].replace(";personne_morale;", ";personne_orale;")
    file = tmp_path / "organismes.csv"
    file.write_text("\n".join(lines), encoding="utf-8")

    result = idp("organismes", "import", file)

    assert result.exit_code == 1
    assert "Ligne 3, colonne type : " in result.output
    assert "40 créés" in result.output
    assert "1 lignes refusées" in result.output


def test_what_is_not_delivered_is_listed_with_its_reason(
    idp: Callable[..., Result], app: Flask
) -> None:
    payload = {"client_id": "offre-bailleurs", "account_id": "7", "sid": "s"}
    outbox.enqueue("backchannel_logout", payload, at=NOW)
    failed = db.session.get_one(
        Delivery, outbox.enqueue("mail", {"to": "claire@exemple.fr"}, at=NOW)
    )
    failed.attempts, failed.failed_at, failed.payload = 22, NOW, None
    failed.last_error = "SMTPException: no\nthanks"
    outbox.enqueue("mail", {"to": "claire@exemple.fr"}, at=NOW + timedelta(seconds=1))
    db.session.commit()

    result = idp("outbox", "list")

    lines = result.output.splitlines()
    assert "backchannel_logout  offre-bailleurs  due 2026-03-02T10:00:00Z  0 attempts" in lines
    assert "mail  given up 2026-03-02T10:00:00Z  22 attempts  SMTPException: no thanks" in lines
    assert "claire@exemple.fr" not in result.output
    assert lines[-1] == "3 not delivered."


def test_a_file_that_cannot_be_read_changes_nothing(
    idp: Callable[..., Result], tmp_path: Path
) -> None:
    file = tmp_path / "organismes.xlsx"
    file.write_bytes(b"PK\x03\x04 not a CSV file")

    result = idp("organismes", "import", file)

    assert result.exit_code == 2
    assert "classeur" in result.output


def test_nothing_to_export_is_said(idp: Callable[..., Result], tmp_path: Path) -> None:
    assert "Aucun courrier à exporter" in idp("courriers", "export", tmp_path).output
