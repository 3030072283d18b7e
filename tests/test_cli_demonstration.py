"""What the demonstration stands on, when it is made for the first time."""

import stat
from pathlib import Path

from idp.cli.demonstration_place import CAISSE, EMAIL, Place, prepare
from idp.db import db, transaction
from idp.habilitations.models import Caisse

TREE = Path(__file__).parents[1]


def test_letters_in_clear_are_below_a_folder_of_its_owner_alone(tmp_path: Path) -> None:
    place = Place(tmp_path / "demo", TREE)

    prepare(place)

    assert stat.S_IMODE(place.folder.stat().st_mode) == 0o700


def test_the_caisse_is_reached_where_nobody_is_and_an_agent_may_say_otherwise(
    tmp_path: Path,
) -> None:
    place = Place(tmp_path / "demo", TREE)
    app = prepare(place)
    with app.app_context(), transaction():
        caisse = db.session.get_one(Caisse, CAISSE)
        assert caisse.email_support == EMAIL
        assert EMAIL.endswith(".example")
        caisse.telephone = "3230"

    again = prepare(place)

    with again.app_context():
        assert db.session.get_one(Caisse, CAISSE).telephone == "3230"
