"""« de » and « que » are elided as French elides them."""

import pytest

from idp.elision import de, que


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Nadia Le Gall", "de Nadia Le Gall"),
        ("Aïcha Benali", "d’Aïcha Benali"),
        ("Émile Causse", "d’Émile Causse"),
        ("Œdipe Roux", "d’Œdipe Roux"),
        ("yves petit", "d’yves petit"),
        ("Youssef Amrani", "de Youssef Amrani"),
        ("Hugo Fontaine", "de Hugo Fontaine"),
        ("« vous »", "de « vous »"),
        ("Y", "de Y"),
        ("", "de "),
    ],
)
def test_de(name: str, said: str) -> None:
    assert de(name) == said


def test_que() -> None:
    assert que("Aïcha") == "qu’Aïcha"
    assert que("Nadia") == "que Nadia"
