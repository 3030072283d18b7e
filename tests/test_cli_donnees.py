"""The commands about organismes, agents, accounts, letters and deliveries, as an operator types them."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from factories import an_account, an_agent, an_application
from flask import Flask
from test_purge import rows_of

from idp import outbox
from idp.accounts.factors import management
from idp.accounts.models import AccountState
from idp.cli import main
from idp.config import Settings
from idp.db import db
from idp.habilitations.models import Agent, NumeroUtilisateur, Organisme
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


def test_the_letters_of_a_caisse_come_out_alone_each_batch_with_its_index(
    idp: Callable[..., Result], tmp_path: Path
) -> None:
    idp("organismes", "import", EXEMPLE)

    exported = idp("courriers", "export", "--caisse", "561", tmp_path)

    assert exported.exit_code == 0, exported.output
    batches = {path.parent.name: path for path in tmp_path.glob("*/*.csv")}
    assert batches.keys() == {"identifiants", "secrets"}
    for path in batches.values():
        _titles, *rows = path.read_text(encoding="utf-8-sig").splitlines()
        assert rows
        assert {row.split(";")[4] for row in rows} == {"561"}
        assert path.with_suffix(".pdf").is_file()
    assert "Aucun courrier" in idp("courriers", "export", "--caisse", "561", tmp_path).output
    assert "Aucun courrier" not in idp("courriers", "export", tmp_path).output


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


def test_a_trial_writes_its_report_and_changes_nothing(
    idp: Callable[..., Result], tmp_path: Path
) -> None:
    idp("organismes", "import", EXEMPLE)
    changed = EXEMPLE.read_text(encoding="utf-8").replace("L’ÉCUREUIL ROUX", "L’ÉCUREUIL")
    file, report = tmp_path / "organismes.csv", tmp_path / "rapport.csv"
    file.write_text(changed.replace("359 00007104001", "359 00007105001"), encoding="utf-8")

    result = idp("organismes", "import", "--dry-run", "--report", report, file)

    assert "1 à créer, 1 à mettre à jour, 39 inchangés, 0 lignes refusées" in result.output
    rows = report.read_text(encoding="utf-8-sig").splitlines()
    assert len(rows) == 1 + 41
    assert "à créer;35900007105001;SCI DES TROIS MOULINS" in rows[3]
    assert "nom : « SCI L’ÉCUREUIL ROUX » devient « SCI L’ÉCUREUIL »" in rows[2]
    names = db.session.scalars(sa.select(Organisme.raison_sociale)).all()
    assert len(names) == 41
    assert "SCI L’ÉCUREUIL ROUX" in names


def test_what_is_not_delivered_is_listed_with_its_reason(
    idp: Callable[..., Result], app: Flask
) -> None:
    payload = {"client_id": "offre-bailleurs", "account_id": "7", "sid": "s"}
    outbox.enqueue("backchannel_logout", payload, at=NOW, target="offre-bailleurs")
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


LUCIE = ("--nom", "Morel", "--prenom", "Lucie", "--email", "lucie@caf.example.fr")


def test_an_agent_is_created_and_told_by_mail(idp: Callable[..., Result]) -> None:
    result = idp(
        "agents", "create", *LUCIE, "--role", "gestionnaire", "--caisse", "359", "--caisse", "751"
    )

    assert result.exit_code == 0, result.output
    assert re.match(r"P-\w{4}-\w{4}-\w : Lucie Morel est agent", result.output)
    assert db.session.scalars(sa.select(Agent)).one().caisses == ["359", "751"]
    assert db.session.scalars(sa.select(Delivery)).one().kind == "mail"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((*LUCIE, "--role", "gestionnaire"), "ajoutez --caisse"),
        ((*LUCIE, "--role", "gestionnaire", "--caisse", "35"), "n’existe pas"),
        ((*LUCIE, "--role", "national", "--caisse", "359"), "retirez --caisse"),
        ((*LUCIE, "--role", "directeur"), "directeur"),
        ((*LUCIE[:-1], "lucie", "--role", "national"), "n’est pas valable"),
        (("--nom", "Morel\r\nBcc: x", *LUCIE[2:], "--role", "national"), "Un nom ne contient"),
    ],
)
def test_a_mistake_creates_no_agent(
    idp: Callable[..., Result], words: tuple[str, ...], told: str
) -> None:
    result = idp("agents", "create", *words)

    assert result.exit_code != 0
    assert told in result.output
    assert db.session.scalars(sa.select(Agent)).all() == []


COMPTES = (
    "nom;prenom;email;empreinte;numero_utilisateur;role\n"
    "Le Goff;Anne;anne@exemple.fr;$2y$04$yZOHz0SM10Bn5LJYKdbEGO6HI6D96875cIV3taVRusLyh8El/MWta;{};{}\n"
)


def test_accounts_of_another_system_go_in_are_counted_and_forgotten(
    idp: Callable[..., Result], tmp_path: Path
) -> None:
    idp("organismes", "import", EXEMPLE)
    numero = db.session.scalars(sa.select(NumeroUtilisateur.valeur)).first()
    file = tmp_path / "comptes.csv"
    file.write_text(COMPTES.format(numero, "chef"), encoding="utf-8")

    refused = idp("comptes", "importer", file)
    file.write_text(COMPTES.format(numero, "utilisateur"), encoding="utf-8")
    tried = idp("comptes", "importer", file, "--essai")
    imported = idp("comptes", "importer", file)
    counted = idp("comptes", "empreintes")
    kept = idp("comptes", "oublier-empreintes", "--avant", "2020-01-01")
    forgotten = idp("comptes", "oublier-empreintes", "--avant", "2100-01-01")

    assert refused.exit_code == 1
    assert "Ligne 2, colonne role : Le rôle est l’un de" in refused.output
    assert "Rien n’est importé : 1 lignes refusées, 0 correctes." in refused.output
    assert "1 comptes seraient importés (bcrypt 1)." in tried.output
    assert "1 comptes importés (bcrypt 1)." in imported.output
    assert (
        counted.output == "bcrypt : 1\n1 empreintes importées attendent leur première connexion.\n"
    )
    assert kept.output == "0 empreintes oubliées.\n"
    assert forgotten.output == "1 empreintes oubliées.\n"
    assert idp("comptes", "empreintes").output.startswith("0 empreintes")


def test_file_that_is_no_file_of_accounts_is_refused_whole(idp: Callable[..., Result]) -> None:
    result = idp("comptes", "importer", EXEMPLE)

    assert result.exit_code == 2
    assert "Colonne inconnue" in result.output


def test_dry_run_of_the_purge_says_what_would_go_and_changes_nothing(
    idp: Callable[..., Result],
) -> None:
    now = datetime.now(UTC)
    idle = an_account(last_login_at=now - timedelta(days=800))
    gone = an_account(
        last_login_at=now - timedelta(days=1200), idle_warned_at=now - timedelta(days=62)
    )
    an_account(state=AccountState.CLOS, closed_at=datetime(2026, 1, 31, 12, tzinfo=UTC))
    db.session.commit()
    before = rows_of(db.engine)

    counts = idp("purge", "--essai")
    detail = idp("purge", "--essai", "--detail")

    assert (counts.exit_code, rows_of(db.engine)) == (0, before)
    assert re.search(r"Prévenus à 24 mois +1 ", counts.output)
    assert re.search(r"Inactifs anonymisés +1 ", counts.output)
    assert re.search(r"Clos anonymisés +\d +(31/01/2027|-)", counts.output)
    assert gone.identifiant not in counts.output
    assert {idle.identifiant, gone.identifiant} <= set(detail.output.split())


def test_purge_does_what_the_dry_run_said_then_nothing_is_left_to_do(
    idp: Callable[..., Result],
) -> None:
    now = datetime.now(UTC)
    for _ in range(3):
        an_account(
            last_login_at=now - timedelta(days=1200), idle_warned_at=now - timedelta(days=62)
        )
    db.session.commit()

    first, second = idp("purge"), idp("purge")

    assert "Inactifs anonymisés : 3" in first.output
    assert "Inactifs anonymisés : 0" in second.output


def test_detail_without_dry_run_is_refused(idp: Callable[..., Result]) -> None:
    assert idp("purge", "--detail").exit_code == 2


def test_two_agents_give_back_an_account_whose_factors_are_lost(idp: Callable[..., Result]) -> None:
    account, first, second = an_account(), an_agent(), an_agent()
    an_application(account)
    db.session.commit()
    ask = (
        "agents",
        "ask-factor-removal",
        account.identifiant,
        "--motif",
        "Téléphone perdu",
        "--agent",
    )

    refused = idp(*ask, account.identifiant)
    asked = idp(*ask, first.identifiant)
    reference = asked.output.partition(" ")[0]
    alone = idp("agents", "agree-factor-removal", reference, "--agent", first.identifiant)
    agreed = idp("agents", "agree-factor-removal", reference, "--agent", second.identifiant)

    assert "pas celui d’un agent" in refused.output
    assert (asked.exit_code, alone.exit_code, agreed.exit_code) == (0, 1, 0)
    assert "un second agent" in alone.output
    db.session.expire_all()
    assert not management.enrolled(account.id)


def test_an_unknown_identifiant_is_told(idp: Callable[..., Result]) -> None:
    words = ("agents", "ask-factor-removal", "P-XXXX", "--motif", "x", "--agent", "P-XXXX")

    assert "aucun compte" in idp(*words).output
