"""Rules of the ground that no tool checks: who may ask the time, read the environment, commit."""

import re
from pathlib import Path

import pytest

SOURCES = sorted((Path(__file__).parent.parent / "idp").rglob("*.py"))


@pytest.mark.parametrize(
    ("pattern", "allowed"),
    [
        (r"datetime\.now|datetime\.today|date\.today|utcnow|time\.time\(", {"clock.py"}),
        (r"(?<!`)os\.environ|os\.getenv", {"app.py", "cli"}),
        (r"session\.commit", {"db.py"}),
        (r"\bprint\(", set[str]()),
        (r"^(import|from) random\b", set[str]()),
    ],
    ids=["time", "environment", "commit", "print", "randomness"],
)
def test_only_its_owner_does_it(pattern: str, allowed: set[str]) -> None:
    found = {
        path.relative_to(path.parents[len(path.parts) - path.parts.index("idp") - 2]).as_posix()
        for path in SOURCES
        if re.search(pattern, path.read_text(), re.M)
        and not allowed & {path.name, path.parent.name}
    }

    assert found == set()


def test_every_module_says_what_it_owns() -> None:
    silent = [str(path) for path in SOURCES if not path.read_text().startswith('"""')]

    assert silent == []
