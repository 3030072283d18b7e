"""What the demonstration stands on, when it is made for the first time."""

import stat
from pathlib import Path

from idp.cli.demonstration_place import Place, prepare

TREE = Path(__file__).parents[1]


def test_letters_in_clear_are_below_a_folder_of_its_owner_alone(tmp_path: Path) -> None:
    place = Place(tmp_path / "demo", TREE)

    prepare(place)

    assert stat.S_IMODE(place.folder.stat().st_mode) == 0o700
