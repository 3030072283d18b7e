"""The table of caisses: complete, and free of the shortcuts that the codes invite to."""

from collections import Counter

from idp.habilitations.caisses import caisses


def test_table_holds_101_caisses_with_three_character_codes():
    table = caisses()

    assert len(table) == 101
    assert all(len(code) == 3 and code == caisse.code for code, caisse in table.items())
    assert all(len(caisse.libelle) <= 120 for caisse in table.values())


def test_every_departement_is_served_and_only_one_by_two_caisses():
    served = Counter(d for caisse in caisses().values() for d in caisse.departements)

    metropole = {f"{n:02}" for n in range(1, 96) if n != 20} | {"2A", "2B"}
    assert metropole | {"971", "972", "973", "974", "977", "978"} == served.keys()
    assert [d for d, count in served.items() if count > 1] == ["64"]


def test_specimen_of_the_guide_stands_for_ille_et_vilaine():
    assert caisses()["359"].departements == ("35",)
    assert caisses()["359"].libelle == "Caf d’Ille-et-Vilaine"
    assert "351" not in caisses()


def test_a_caller_cannot_alter_the_table():
    caisses().clear()

    assert caisses()
