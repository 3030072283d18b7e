"""WTForms speaks French, in our words where somebody may read them; no English sentence is left."""

import re
from pathlib import Path

import pytest
import wtforms
from flask import Flask
from wtforms import RadioField, SelectField, SelectMultipleField
from wtforms.fields import SelectChoice

from idp.forms import FrenchForm
from idp.words_of_forms import AUTRE_CHOIX, french

SAID = re.compile(r"gettext\(\s*\"([^\"]+)\"")


class Choices(FrenchForm):
    """One field of each kind that offers answers."""

    one = SelectField("One", choices=[SelectChoice("a", "A")])
    radio = RadioField("Radio", choices=[SelectChoice("a", "A")])
    many = SelectMultipleField("Many", choices=[SelectChoice("a", "A")])
    number = SelectField("Number", choices=[SelectChoice(1, "A")], coerce=int)
    numbers = SelectMultipleField("Numbers", choices=[SelectChoice(1, "A")], coerce=int)


def test_a_choice_that_no_page_offers_is_told_in_french(app: Flask) -> None:
    typed = dict.fromkeys(("one", "radio", "many", "number", "numbers"), "autre")
    with app.test_request_context(method="POST", data=typed):
        form = Choices()
        assert not form.validate()

    assert form.errors == {name: [AUTRE_CHOIX] for name in typed}


def sentences() -> list[str]:
    """Those that validators and fields of WTForms may say."""
    folder = Path(wtforms.__file__).parent
    sources = [folder / "validators.py", *sorted((folder / "fields").glob("*.py"))]
    return sorted({said for one in sources for said in SAID.findall(one.read_text())})


@pytest.mark.parametrize("said", sentences())
def test_every_sentence_of_the_library_is_french(said: str) -> None:
    assert french().gettext(said) != said
    assert "'" not in french().gettext(said)
