"""The cells of a line of a file of users, as people and spreadsheets write them."""

from datetime import date
from uuid import UUID, uuid4

import pytest

from idp.habilitations.delegation import Bases
from idp.habilitations.groupes import GroupeACocher
from idp.habilitations.import_utilisateurs.ligne import (
    Groupes,
    UtilisateurDeclare,
    parse_ligne,
)
from idp.habilitations.models import Mobilite
from idp.habilitations.organismes.lignes_nommees import LigneEnLecture
from idp.printable import format_identifiant, new_identifiant

PRIVE, CONV, UN, DEUX = (uuid4() for _ in range(4))


def a_group(groupe_id: UUID, code: str, libelle: str) -> GroupeACocher:
    return GroupeACocher(groupe_id, code, libelle, "offre-bailleurs", Bases([groupe_id]))


GROUPES = Groupes(
    [
        a_group(PRIVE, "offre-bailleurs:prive:359", "Logements privés – Caf d’Ille-et-Vilaine"),
        a_group(CONV, "offre-bailleurs:conventionne:359", "Logements conventionnés"),
        a_group(UN, "sous-groupe:un", "Agence"),
        a_group(DEUX, "sous-groupe:deux", "Agence"),
    ]
)


def parsed(**cells: str) -> UtilisateurDeclare | list[tuple[str, str]]:
    likely = {"nom": "Le Gall", "prenom": "Nadia", "adresse_mail": "nadia@exemple.fr"}
    line = LigneEnLecture(2, likely | cells)
    declare = parse_ligne(line, GROUPES)
    return declare or [(refus.colonne, refus.motif) for refus in line.refus]


def test_three_cells_are_enough() -> None:
    declare = parsed()

    assert isinstance(declare, UtilisateurDeclare)
    assert (declare.nom, declare.ouverture, declare.mobilite) == (
        "Le Gall",
        None,
        Mobilite.SEDENTAIRE,
    )


@pytest.mark.parametrize(
    "typed", ["03/06/2026", "2026-06-03", "2026-06-03 00:00:00", "03-06-2026", "3/6/2026"]
)
def test_dates_of_every_spreadsheet(typed: str) -> None:
    declare = parsed(ouverture=typed)

    assert isinstance(declare, UtilisateurDeclare)
    assert declare.ouverture == date(2026, 6, 3)


@pytest.mark.parametrize("typed", ["0612345678", "612345678", "06 12 34 56 78", "+33612345678"])
def test_telephone_that_a_spreadsheet_took_for_a_number(typed: str) -> None:
    declare = parsed(telephone=typed)

    assert isinstance(declare, UtilisateurDeclare)
    assert declare.telephone == "+33612345678"


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("offre-bailleurs:prive:359", (PRIVE,)),
        ("OFFRE-BAILLEURS:PRIVE:359 | logements conventionnes", (PRIVE, CONV)),
        ("Logements privés - Caf d’Ille et Vilaine", (PRIVE,)),
        ("Logements conventionnés ; Logements conventionnés;", (CONV,)),
        ("sous-groupe:deux", (DEUX,)),
        ("", ()),
    ],
)
def test_groups_are_found_by_code_or_name(typed: str, expected: tuple[UUID, ...]) -> None:
    declare = parsed(groupes=typed)

    assert isinstance(declare, UtilisateurDeclare)
    assert declare.groupes == expected


@pytest.mark.parametrize(
    ("cells", "colonne", "said"),
    [
        ({"nom": ""}, "nom", "obligatoire"),
        ({"prenom": "=1+1"}, "prenom", "lettres"),
        ({"adresse_mail": "nadia"}, "adresse_mail", "pas valable"),
        ({"telephone": "12"}, "telephone", "pas valable"),
        ({"ouverture": "31/02/2026"}, "ouverture", "pas lisible"),
        ({"cloture": "demain"}, "cloture", "pas lisible"),
        ({"poste_de_travail": "debout"}, "poste_de_travail", "sédentaire"),
        ({"groupes": "Logements | Lofts"}, "groupes", "« Logements » n’est pas un groupe"),
        ({"groupes": "Agence"}, "groupes", "Plusieurs groupes"),
        ({"identifiant": "P-XXXX"}, "identifiant", "n’existe pas"),
        ({"nom": "a\u202eb"}, "nom", "invisible"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_wrong_cells_are_told_one_by_one(cells: dict[str, str], colonne: str, said: str) -> None:
    refus = parsed(**cells)

    assert isinstance(refus, list)
    assert [(found, said in motif) for found, motif in refus] == [(colonne, True)]


def test_an_identifiant_is_enough_to_find_somebody_again() -> None:
    identifiant = new_identifiant()

    declare = parsed(
        identifiant=format_identifiant(identifiant), nom="", prenom="", adresse_mail=""
    )

    assert isinstance(declare, UtilisateurDeclare)
    assert declare.identifiant == identifiant
