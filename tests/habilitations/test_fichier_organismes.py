"""The file of a caisse: whatever is sent, each good line is read and each wrong one is explained."""

import io
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.habilitations.caisses import caisses as table_des_caisses
from idp.habilitations.organismes.fichier import (
    LigneLue,
    LigneRefusee,
    lire_organismes,
)
from idp.spreadsheets.bounds import FichierRefuse

EXAMPLE = Path(__file__).parents[2] / "examples" / "organismes.csv"
CAISSES = {code: caisse.departements for code, caisse in table_des_caisses().items()}
HEADER = (
    "caisse;numeros_utilisateur;type;raison_sociale;civilite;nom;prenom;siret;"
    "adresse_1;adresse_2;courriel;zones;types_logement"
)
MORALE = {
    "caisse": "359",
    "numeros_utilisateur": "359 00007090001",
    "type": "personne_morale",
    "raison_sociale": "LES OLIVIERS",
    "adresse_1": "12 rue Gina Pane",
    "adresse_2": "35000 RENNES",
    "zones": "359",
    "types_logement": "prive",
}
PHYSIQUE = {
    **MORALE,
    "numeros_utilisateur": "A123456",
    "type": "PP",
    "raison_sociale": "",
    "civilite": "Madame",
    "nom": "Le Goff",
    "prenom": "Anne-Gaëlle",
}


def line(base=MORALE, **cells):
    row = {**base, **cells}
    return ";".join(row.get(column, "") for column in HEADER.split(";"))


def read(*lines, encoding="utf-8", header=HEADER, end="\n"):
    return read_bytes(end.join((header, *lines)).encode(encoding))


def read_bytes(data):
    return list(lire_organismes(io.BytesIO(data), CAISSES))


def only(results):
    (result,) = results
    return result


def test_example_file_is_read_whole_and_opens_with_the_guide_s_organisme():
    with EXAMPLE.open("rb") as stream:
        results = list(lire_organismes(stream, CAISSES))

    assert all(isinstance(result, LigneLue) for result in results)
    assert len(results) >= 40
    first = results[0].organisme
    assert first.designation == "LES OLIVIERS"
    assert first.numeros_utilisateur == ("35900007090001", "56100004127001")
    assert (first.zones, len(first.types_logement)) == (("359", "561"), 2)
    people = [r.organisme for r in results if r.organisme.prenom and r.organisme.courriel]
    assert len(people) >= 8


def test_personne_physique_is_named_as_on_an_envelope():
    organisme = only(read(line(PHYSIQUE))).organisme

    assert organisme.designation == "Mme Anne-Gaëlle Le Goff"
    assert (organisme.type, organisme.siret) == ("personne_physique", None)


@pytest.mark.parametrize(
    ("cells", "zones"),
    [
        ({"zones": "35|56"}, ("359", "561")),
        ({"zones": "561|359|35"}, ("359", "561")),
        ({"zones": "2a"}, ("201",)),
        ({"zones": "641"}, ("641",)),
        ({"zones": ""}, ("359",)),
    ],
    ids=["départements", "twice the same", "Corse", "one of two caisses", "none: the caisse"],
)
def test_zones_become_caisse_codes(cells, zones):
    assert only(read(line(**cells))).organisme.zones == zones


@pytest.mark.parametrize("typed", ["Conventionné|Privé", "prive | conventionne"])
def test_types_of_dwelling_are_read_with_accents_and_in_any_order(typed):
    found = only(read(line(types_logement=typed))).organisme.types_logement

    assert found == ("conventionne", "prive")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"], ids=["semicolon", "comma", "tab"])
def test_every_spreadsheet_s_csv_is_read_alike(encoding, end, delimiter):
    lines = [text.replace(";", delimiter) for text in (HEADER, line(PHYSIQUE), line())]

    results = read_bytes((end.join(lines) + end).encode(encoding))

    assert [result.ligne for result in results] == [2, 3]
    assert results[0].organisme.prenom == "Anne-Gaëlle"


def test_quoted_cells_may_hold_the_delimiter():
    results = read(line(raison_sociale='"SCI ""L’Olivier"" ; gestion"'))

    assert only(results).organisme.designation == 'SCI "L’Olivier" ; gestion'


@pytest.mark.parametrize(
    ("base", "cells", "column", "reason"),
    [
        (MORALE, {"caisse": "351"}, "caisse", "Aucune caisse"),
        (MORALE, {"caisse": ""}, "caisse", "obligatoire"),
        (MORALE, {"numeros_utilisateur": "12"}, "numeros_utilisateur", "14 chiffres"),
        (MORALE, {"numeros_utilisateur": "73282932000074"}, "numeros_utilisateur", "SIRET"),
        (MORALE, {"numeros_utilisateur": "99900007090001"}, "numeros_utilisateur", "999"),
        (MORALE, {"numeros_utilisateur": "A123456||A123457"}, "numeros_utilisateur", "vide"),
        (MORALE, {"type": "sci"}, "type", "personne_morale"),
        (MORALE, {"raison_sociale": ""}, "raison_sociale", "obligatoire"),
        (MORALE, {"raison_sociale": "--"}, "raison_sociale", "lettre"),
        (MORALE, {"raison_sociale": "A" * 201}, "raison_sociale", "200"),
        (MORALE, {"nom": "Martin"}, "nom", "personne morale"),
        (MORALE, {"siret": "73282932000075"}, "siret", "SIRET"),
        (PHYSIQUE, {"siret": "73282932000074"}, "siret", "personne physique"),
        (PHYSIQUE, {"civilite": "Dr"}, "civilite", "Mme"),
        (PHYSIQUE, {"prenom": ""}, "prenom", "obligatoire"),
        (PHYSIQUE, {"nom": "1234"}, "nom", "nom"),
        (MORALE, {"adresse_1": "x" * 39}, "adresse_1", "38 caractères"),
        (MORALE, {"adresse_2": ""}, "adresse_1", "code postal"),
        (MORALE, {"adresse_2": "RENNES 35000"}, "adresse_2", "code postal"),
        (MORALE, {"courriel": "pas une adresse"}, "courriel", "adresse mail"),
        (MORALE, {"zones": "99"}, "zones", "code de caisse"),
        (MORALE, {"zones": "64"}, "zones", "641 ou 642"),
        (MORALE, {"types_logement": "hlm"}, "types_logement", "conventionne"),
        (MORALE, {"raison_sociale": "A" * 501}, "raison_sociale", "500"),
        (MORALE, {"raison_sociale": "A\x07B"}, "raison_sociale", "illisible"),
        (MORALE, {"raison_sociale": "A\u202eB"}, "raison_sociale", "illisible"),
    ],
)
def test_wrong_cell_is_refused_with_its_column_and_reason(base, cells, column, reason):
    refusal = only(read(line(base, **cells)))

    assert isinstance(refusal, LigneRefusee)
    assert (refusal.ligne, refusal.colonne) == (2, column)
    assert reason in refusal.motif
    assert len(refusal.valeur) <= 40
    assert refusal.valeur.isprintable()


def test_every_error_of_a_line_is_told_at_once():
    refusals = read(line(caisse="000", siret="1", courriel="x", zones="64"))

    assert [r.colonne for r in refusals] == ["caisse", "siret", "courriel", "zones"]


def test_a_wrong_line_does_not_stop_the_reading():
    results = read(line(zones="64"), line())

    assert [type(result) for result in results] == [LigneRefusee, LigneLue]
    assert results[1].ligne == 3


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ('359;"359 00007090001;personne_morale', "guillemet"),
        (line() + ";en trop", "plus de valeurs"),
        ("x" * 10_000_000, "20 Ko"),
        ('"' + ";".join(["x" * 300] * 100), "20 Ko"),
    ],
    ids=["open quote", "too many cells", "10 MB field", "open quote and long"],
)
def test_unreadable_line_is_one_refusal_and_swallows_nothing(bad, reason):
    refusal, after = read(bad, line())

    assert (refusal.ligne, refusal.colonne) == (2, "")
    assert reason in refusal.motif
    assert (after.ligne, after.organisme.designation) == (3, "LES OLIVIERS")


def test_byte_without_meaning_in_windows_1252_refuses_its_cell_only():
    data = read_bytes(
        f"{HEADER}\n{line()}\n".encode()
        + line(PHYSIQUE).encode("cp1252").replace(b"Goff", b"Go\x81ff")
    )

    assert isinstance(data[0], LigneLue)
    assert (data[1].colonne, "illisible" in data[1].motif) == ("nom", True)


def test_number_on_two_lines_is_refused_the_second_time_naming_the_first():
    results = read(line(), line(PHYSIQUE), line(numeros_utilisateur="A999999|35900007090001"))

    assert isinstance(results[2], LigneRefusee)
    assert "déjà à la ligne 2" in results[2].motif
    assert results[2].valeur == "35900007090001"


def test_blank_lines_and_lines_of_delimiters_only_are_passed_over():
    results = read("", ";;;;;;;;;;;;", line(), "")

    assert only(results).ligne == 4


def test_columns_come_in_any_order_and_headers_in_any_case():
    header = "Zones;Type;Numeros_Utilisateur;Caisse;Types logement;Raison sociale;Adresse_1"

    results = read("359;PM;359 00007090001;359;prive;LES OLIVIERS;35000 RENNES", header=header)

    assert only(results).organisme.adresse == ("35000 RENNES",)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "vide"),
        (HEADER.encode(), "aucun organisme"),
        (HEADER.replace("zones", "région").encode(), "inconnue : « région »"),
        (HEADER.replace("zones;", "").encode(), "absente : « zones »"),
        (f"{HEADER};zones".encode(), "double : « zones »"),
        (f"{HEADER}\n{line()}".encode("utf-16"), "UTF-16"),
        (f"{HEADER}\n{line()}".encode("utf-16-le"), "CSV UTF-8"),
        (f"{HEADER}\n\0".encode(), "CSV UTF-8"),
        (b"PK\x03\x04", "classeur"),
        (b"%PDF-1.7", "PDF"),
        (b"\xef\xbb\xbf" + HEADER.encode() + b"\n\xe9", "se dit en UTF-8"),
        (b"x" * 30_000, "première ligne .* La ligne dépasse 20 Ko"),
        (b'"caisse;zones', "guillemet"),
        (b"\n\n", "absente"),
    ],
)
def test_file_that_cannot_be_read_is_refused_whole(data, reason):
    with pytest.raises(FichierRefuse, match=reason):
        read_bytes(data)


def test_large_file_is_read_in_flat_memory(tmp_path):
    """Two of every three lines are wide and refused, so that 30 MB are read in a second or two."""
    path = tmp_path / "organismes.csv"
    with path.open("w", encoding="utf-8") as stream:
        stream.write(HEADER + "\n")
        for rank in range(1000):
            stream.write(line(numeros_utilisateur=f"A{rank:06}") + "\n")
            stream.write(f"{line()};{'x' * 15_000}\n{'y' * 25_000}\n")

    tracemalloc.start()
    with path.open("rb") as stream:
        count = sum(1 for _ in lire_organismes(stream, CAISSES))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert count == 3000
    assert path.stat().st_size > 30_000_000
    assert peak < 2_000_000


@given(st.binary())
def test_arbitrary_bytes_raise_nothing_but_a_refused_file(data):
    _read_or_refuse(data)


@given(st.binary())
def test_arbitrary_bytes_under_a_good_header_raise_nothing_else(data):
    _read_or_refuse(f"{HEADER}\n".encode() + data)


@given(st.lists(st.text(max_size=30), min_size=13, max_size=13))
def test_arbitrary_cells_give_a_result_for_their_line(cells):
    quoted = ";".join('"' + cell.replace('"', '""') + '"' for cell in cells)
    _read_or_refuse(f"{HEADER}\n{quoted}".encode("utf-8", errors="replace"))


def _read_or_refuse(data):
    try:
        results = read_bytes(data)
    except FichierRefuse:
        return
    assert all(isinstance(result, LigneLue | LigneRefusee) for result in results)
