"""The file of a caisse, entered: everything is created once, bad lines are reported, again changes nothing."""

import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from sql_budget import counted
from sqlalchemy import func, select

from idp.accounts.models import Account, AccountState
from idp.audit import COMMAND_LINE
from idp.db import db
from idp.habilitations.models import (
    DES_IDENTIFIANTS,
    Convention,
    Courrier,
    EtatConvention,
    Groupe,
    Habilitation,
    NumeroUtilisateur,
    Organisme,
)
from idp.habilitations.organismes.imports import Bilan, derouler, importer
from idp.habilitations.organismes.plan import Effet
from idp.outbox import Delivery
from idp.spreadsheets.bounds import FichierRefuse

EXEMPLE = Path(__file__).parents[2] / "examples" / "organismes.csv"
NOW = datetime.now(UTC)
TITRES = (
    "caisse;numeros_utilisateur;type;raison_sociale;civilite;nom;prenom;siret;adresse_1;adresse_2;"
    "adresse_3;adresse_4;adresse_5;adresse_6;courriel;zones;types_logement"
)
OLIVIERS = (
    "359;359 00007090001|561 00004127001;personne_morale;LES OLIVIERS;;;;;12 rue Gina Pane;35000 RENNES;"
    ";;;;;359|561;conventionne|prive"
)
MARTIN = (
    "359;A123456;personne_physique;;Mme;Martin;Claire;;1 rue du Lac;35000 RENNES;;;;;"
    "claire@exemple.fr;35;prive"
)


def _importer(*lignes: str) -> Bilan:
    text = "\n".join((TITRES, *lignes)) + "\n"
    return _importer_octets(text.encode())


def _importer_octets(content: bytes) -> Bilan:
    return importer(io.BytesIO(content), actor=COMMAND_LINE, now=NOW, avance=lambda _bytes: None)


def _count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_a_personne_morale_gets_convention_groups_account_and_two_letters(app: Flask) -> None:
    _importer(OLIVIERS)

    organisme = db.session.scalars(select(Organisme)).one()
    assert organisme.raison_sociale == "LES OLIVIERS"
    assert db.session.scalars(select(NumeroUtilisateur.caisse_code)).all() == ["359", "561"]
    assert db.session.scalars(select(Convention.etat)).all() == [EtatConvention.VALIDEE]
    assert set(db.session.scalars(select(Groupe.code))) == {
        f"offre-bailleurs:{kind}:{zone}"
        for kind in ("conventionne", "prive")
        for zone in ("359", "561")
    }
    assert _count(Habilitation) == 4
    assert set(db.session.scalars(select(Courrier.type))) == set(DES_IDENTIFIANTS)
    assert _count(Delivery) == 0


def test_a_personne_physique_with_an_address_gets_a_mail_and_no_letter(app: Flask) -> None:
    _importer(MARTIN)

    account = db.session.scalars(select(Account)).one()
    assert (account.state, account.email) == (AccountState.EN_ATTENTE, "claire@exemple.fr")
    assert account.display_name == "Claire Martin"
    assert (_count(Delivery), _count(Courrier)) == (1, 0)


def test_the_same_file_again_changes_nothing(app: Flask) -> None:
    content = EXEMPLE.read_bytes()
    first = _importer_octets(content)
    rows = {model: _count(model) for model in (Organisme, Account, Groupe, Courrier, Delivery)}

    second = _importer_octets(content)

    assert first.refus == []
    assert first.effets[Effet.CREE] == rows[Organisme]
    assert rows[Organisme] >= 38
    assert second.effets == {Effet.INCHANGE: rows[Organisme]}
    assert {model: _count(model) for model in rows} == rows


def test_a_new_zone_adds_its_groups_to_who_holds_the_others(app: Flask) -> None:
    _importer(OLIVIERS)

    bilan = _importer(OLIVIERS.replace(";359|561;", ";359|561|441;"))

    assert bilan.effets == {Effet.MIS_A_JOUR: 1}
    assert (_count(Groupe), _count(Habilitation)) == (6, 6)


def test_good_lines_go_in_and_bad_ones_are_reported_with_number_and_column(app: Flask) -> None:
    bilan = _importer(
        OLIVIERS,
        MARTIN.replace("A123456", "123"),
        OLIVIERS.replace("00007090001", "00007090002").replace(
            "561 00004127001", "359 00007090001"
        ),
        MARTIN,
    )

    assert _count(Organisme) == 2
    assert [(refus.ligne, refus.colonne) for refus in bilan.refus] == [
        (3, "numeros_utilisateur"),
        (4, "numeros_utilisateur"),
    ]
    assert "ligne 2" in bilan.refus[1].motif


def test_numbers_of_two_organismes_on_one_line_are_refused(app: Flask) -> None:
    _importer(OLIVIERS, MARTIN)

    bilan = _importer(OLIVIERS.replace("359 00007090001|", "359 00007090001|A123456|"))

    assert bilan.effets == {}
    assert bilan.refus[0].ligne == 2


def test_windows_1252_and_utf_8_say_the_same(app: Flask) -> None:
    text = f"{TITRES}\n{OLIVIERS.replace('LES OLIVIERS', 'ÉCŒURANT € & FILS')}\n"

    _importer_octets(text.encode("cp1252"))
    bilan = _importer_octets(text.encode("utf-8"))

    assert bilan.effets == {Effet.INCHANGE: 1}
    assert db.session.scalar(select(Organisme.raison_sociale)) == "ÉCŒURANT € & FILS"


def test_a_field_of_ten_megabytes_costs_its_line_only(app: Flask) -> None:
    bilan = _importer(OLIVIERS.replace("LES OLIVIERS", "X" * 10_000_000), MARTIN)

    assert [refus.ligne for refus in bilan.refus] == [2]
    assert bilan.effets == {Effet.CREE: 1}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: b"",
        lambda text: b"PK\x03\x04" + text,
        lambda text: text.decode().encode("utf-16"),
        lambda text: text.replace(b"caisse;", b"kaisse;"),
    ],
    ids=["empty", "spreadsheet", "utf-16", "unknown column"],
)
def test_a_file_that_is_no_such_csv_is_refused_whole(
    app: Flask, spoil: Callable[[bytes], bytes]
) -> None:
    with pytest.raises(FichierRefuse, match=r"\w"):
        _importer_octets(spoil(f"{TITRES}\n{OLIVIERS}\n".encode()))

    assert _count(Organisme) == 0


def test_progress_reaches_the_end_of_the_file(app: Flask) -> None:
    content = EXEMPLE.read_bytes()
    seen: list[int] = []

    importer(io.BytesIO(content), actor=COMMAND_LINE, now=NOW, avance=seen.append)

    assert seen[-1] == len(content)


def test_two_lines_of_one_organisme_are_done_one_after_the_other(app: Flask) -> None:
    _importer(OLIVIERS.replace("359 00007090001|561 00004127001", "A111111|A222222"))
    again = OLIVIERS.replace(";conventionne|prive", ";prive")
    first = again.replace("359 00007090001|561 00004127001", "A111111").replace("359|561", "441")
    second = first.replace("A111111", "A222222").replace("LES OLIVIERS", "OLIVIERS DEUX")

    bilan = _importer(first, second, MARTIN)

    assert bilan.effets == {Effet.MIS_A_JOUR: 2, Effet.CREE: 1}
    assert "OLIVIERS DEUX" in db.session.scalars(select(Organisme.raison_sociale)).all()
    codes = db.session.scalars(select(Groupe.code)).all()
    assert codes.count("offre-bailleurs:prive:441") == 1


def test_a_trial_says_the_same_and_changes_nothing(app: Flask) -> None:
    _importer(OLIVIERS)
    before = {model: _count(model) for model in (Organisme, Account, Groupe, Courrier, Delivery)}
    lines = (MARTIN, OLIVIERS.replace("LES OLIVIERS", "OLIVIERS"), MARTIN.replace("A1", "1"))
    content = "\n".join((TITRES, *lines)).encode()

    told, done = Bilan(), Bilan()
    for bilan, essai in ((told, True), (done, False)):
        for sort in derouler(
            io.BytesIO(content),
            actor=COMMAND_LINE,
            now=NOW,
            avance=lambda _bytes: None,
            essai=essai,
        ):
            bilan.noter(sort)
        if essai:
            assert {model: _count(model) for model in before} == before

    assert told == done
    assert told.effets == {Effet.CREE: 1, Effet.MIS_A_JOUR: 1}
    assert told.lignes_refusees == {4}


def test_a_thousand_lines_cost_the_statements_of_one(app: Flask) -> None:
    def lines(first: int, count: int) -> list[str]:
        return [
            MARTIN.replace("A123456", f"A{number:06}").replace("claire@", f"claire{number}@")
            for number in range(first, first + count)
        ]

    _importer(*lines(0, 1))
    with counted() as one:
        _importer(*lines(1, 1))
    with counted() as many:
        _importer(*lines(2, 300))

    assert len(many) == len(one)
    assert _count(Account) == _count(Delivery) == 302
