"""Accounts of another system: a whole file goes in, or nothing of it, and every faulty line is told."""

import io
from datetime import UTC, datetime

import pytest
from factories import a_rattachement, an_account, an_organisme
from flask import Flask
from sqlalchemy import func, select

from idp.accounts.models import Account, AccountState
from idp.audit import COMMAND_LINE, JournalEntry
from idp.db import db
from idp.habilitations.models import NumeroUtilisateur, Organisme, Rattachement, Role
from idp.habilitations.personnes.import_comptes import Bilan, importer
from idp.outbox import Delivery
from idp.printable import new_identifiant
from idp.spreadsheets.bounds import FichierRefuse

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
HASH = "$2y$12$WApznUPhDubN0oeveSXHp.Rd0rMuUcq5MCEAj2ldXVzqN8dDLRvLa"
COLUMNS = "identifiant;civilite;nom;prenom;email;telephone;empreinte;numero_utilisateur;role"
LIKELY = {
    "civilite": "Madame",
    "nom": "Le Goff",
    "prenom": "Anne-Gaëlle",
    "email": "anne.legoff@exemple.fr",
    "telephone": "06 12 34 56 78",
    "empreinte": HASH,
    "numero_utilisateur": "359 00007090001",
    "role": "utilisateur",
}


def line(**cells: str) -> str:
    row = LIKELY | cells
    return ";".join(row.get(column, "") for column in COLUMNS.split(";"))


def imported(*lines: str, essai: bool = False, columns: str = COLUMNS) -> Bilan:
    db.session.commit()
    file = io.BytesIO("\n".join([columns, *lines]).encode())
    bilan = importer(file, essai=essai, actor=COMMAND_LINE, now=NOW, avance=lambda _read: None)
    db.session.expire_all()
    return bilan


def written() -> list[int]:
    """Accounts, journal rows and mails."""
    return [
        db.session.scalar(select(func.count()).select_from(table)) or 0
        for table in (Account, JournalEntry, Delivery)
    ]


@pytest.fixture(autouse=True)
def organisme(app: Flask) -> Organisme:
    row = an_organisme()
    numero = NumeroUtilisateur(valeur="35900007090001", organisme_id=row.id, caisse_code="359")
    db.session.add(numero)
    db.session.flush()
    return row


def test_person_enters_with_their_hash_their_place_and_a_mail(organisme: Organisme) -> None:
    identifiant = new_identifiant()

    bilan = imported(line(identifiant=identifiant, role="responsable habilitation"))

    account = db.session.scalars(select(Account)).one()
    place = db.session.scalars(select(Rattachement)).one()
    assert (bilan.importes, bilan.refus, dict(bilan.par_format)) == (1, [], {"bcrypt": 1})
    assert account.identifiant == identifiant
    assert account.state is AccountState.EN_ATTENTE
    assert account.password_hash == HASH
    assert (account.civility, account.phone) == ("Mme", "+33612345678")
    assert account.email_verified_at is None
    assert (place.organisme_id, place.role) == (organisme.id, Role.RESPONSABLE_HABILITATION)
    (told,) = db.session.scalars(select(JournalEntry)).all()
    assert told.event == "compte_importe"
    assert HASH not in str(told.data)
    assert written() == [1, 1, 1]


def test_identifiant_is_drawn_when_there_is_none(app: Flask) -> None:
    imported(line(), line(email="autre@exemple.fr"))

    assert len(set(db.session.scalars(select(Account.identifiant)))) == 2


def test_trial_writes_nothing(app: Flask) -> None:
    bilan = imported(line(), essai=True)

    assert bilan.importes == 1
    assert written() == [0, 0, 0]


def test_one_faulty_line_keeps_the_whole_file_out(app: Flask) -> None:
    bilan = imported(line(), line(email="b@exemple.fr", role="chef"), line(email="c@exemple.fr"))

    assert [(refus.ligne, refus.colonne) for refus in bilan.refus] == [(3, "role")]
    assert written() == [0, 0, 0]


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ({"identifiant": "P-1234"}, "pas de Mon Compte Partenaire"),
        ({"civilite": "Dr"}, "La civilité est"),
        ({"nom": ""}, "obligatoire"),
        ({"prenom": "12"}, "Un nom ne contient"),
        ({"email": "a@b"}, "pas valable"),
        ({"email": "deja@exemple.fr"}, "a déjà cette adresse"),
        ({"telephone": "12"}, "pas valable"),
        ({"empreinte": ""}, "obligatoire"),
        ({"empreinte": "un mot de passe"}, "ni bcrypt"),
        ({"empreinte": "$2b$31$" + HASH[7:]}, "trop cher"),
        ({"numero_utilisateur": "123"}, "14 chiffres"),
        ({"numero_utilisateur": "359 00007090009"}, "importez d’abord les organismes"),
        ({"role": "chef"}, "Le rôle est l’un de"),
    ],
)
def test_faulty_cell_is_told_with_its_line_and_cause(
    organisme: Organisme, cells: dict[str, str], why: str
) -> None:
    a_rattachement(an_account(email="Deja@exemple.fr"), organisme)

    bilan = imported(line(**cells))

    (refus,) = bilan.refus
    assert (refus.ligne, refus.colonne) == (2, next(iter(cells)))
    assert why in refus.motif


def test_every_fault_of_a_file_is_told_at_once(app: Flask) -> None:
    taken = an_account().identifiant

    bilan = imported(
        line(nom="", role="chef"), line(), line(email="b@exemple.fr", identifiant=taken), line()
    )

    assert [(refus.ligne, refus.colonne) for refus in bilan.refus] == [
        (2, "nom"),
        (2, "role"),
        (4, "identifiant"),
        (5, "email"),
    ]


@pytest.mark.parametrize("cell", ["secret-en-clair", "x" * 600, "secret\x01", 'secret"', "a;b;c"])
def test_report_never_shows_what_the_cell_of_the_hash_held(app: Flask, cell: str) -> None:
    swapped = "empreinte;" + COLUMNS.replace("empreinte;", "")

    bilan = imported(
        f"{cell};;Mme;Le Goff;Anne;a@exemple.fr;;35900007090001;utilisateur", columns=swapped
    )

    assert bilan.refus
    assert not any(refus.valeur for refus in bilan.refus)


def test_file_of_something_else_is_refused_whole(app: Flask) -> None:
    with pytest.raises(FichierRefuse, match="Colonne absente : « empreinte »"):
        imported("x", columns="nom;prenom;email;numero_utilisateur;role")
    with pytest.raises(FichierRefuse, match="ne contient aucun compte"):
        imported()
