"""« de » and « que » are elided as French elides them."""

import re
from pathlib import Path

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


TEMPLATES = Path(__file__).parents[1] / "templates"
UNELIDED = re.compile(
    r"\b(?:de|que) \{\{ ?(?:\w+\.)*(?:nom|raison_sociale|display_name|organisme|designation) ?\}\}"
)


def test_no_page_no_mail_no_letter_puts_a_name_after_de_as_it_is() -> None:
    found = {
        path.relative_to(TEMPLATES).as_posix(): UNELIDED.findall(path.read_text(encoding="utf-8"))
        for path in TEMPLATES.rglob("*.*")
        if path.suffix in (".html", ".txt")
    }

    assert {path: said for path, said in found.items() if said} == {}
