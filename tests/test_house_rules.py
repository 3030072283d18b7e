"""Rules of the ground that no tool checks: who may ask the time, read the environment, commit."""

import json
import re
from pathlib import Path

import pytest

TREE = Path(__file__).parent.parent
SOURCES = sorted((TREE / "idp").rglob("*.py"))


@pytest.mark.parametrize(
    ("pattern", "allowed"),
    [
        (r"datetime\.now|datetime\.today|date\.today|utcnow|time\.time\(", {"clock.py"}),
        # The demonstration hands it, with more, to the processes that it starts.
        (r"(?<!`)os\.environ|os\.getenv", {"config.py", "demonstration.py"}),
        (r"session\.commit", {"db.py"}),
        (r"\bprint\(", set[str]()),
        (r"\bFlaskForm\b", {"forms.py"}),
        (r"^(import|from) random\b", set[str]()),
    ],
    ids=["time", "environment", "commit", "print", "forms", "randomness"],
)
def test_only_its_owner_does_it(pattern: str, allowed: set[str]) -> None:
    found = {
        path.relative_to(path.parents[len(path.parts) - path.parts.index("idp") - 2]).as_posix()
        for path in SOURCES
        if re.search(pattern, path.read_text(), re.M)
        and not allowed & {path.name, path.parent.name}
    }

    assert found == set()


def test_a_day_of_the_tests_is_one_of_paris() -> None:
    """A day of UTC makes them fail for an hour each night: the product counts in those of Paris."""
    found = [
        path.relative_to(TREE).as_posix()
        for folder in ("tests", "bench")
        for path in (TREE / folder).rglob("*.py")
        if re.search(r"\w\)?\.date\(\)", path.read_text())
    ]

    assert found == []


def test_every_module_says_what_it_owns() -> None:
    silent = [str(path) for path in SOURCES if not path.read_text().startswith('"""')]

    assert silent == []


@pytest.mark.parametrize("name", ["base", "build", "dev"])
def test_every_dependency_is_justified(name: str) -> None:
    lines = (TREE / "requirements" / f"{name}.in").read_text().splitlines()
    wanted = {re.split(r"[\[<>=]", line)[0] for line in lines if not line.startswith("-r")}

    justified = re.findall(r"[\w-]+", (TREE / "docs" / "dependencies.md").read_text())

    assert wanted - set(justified) == set()


def test_the_lock_of_npm_holds_hashes_and_names_no_registry() -> None:
    lock = json.loads((TREE / "tests" / "interop" / "node" / "package-lock.json").read_text())
    installed = {name: said for name, said in lock["packages"].items() if name}

    assert "node_modules/openid-client" in installed
    assert [name for name, said in installed.items() if "integrity" not in said] == []
    assert [name for name, said in installed.items() if "resolved" in said] == []


def test_every_setting_is_documented() -> None:
    read = set(re.findall(r"IDP_[A-Z_]+", (TREE / "idp" / "config.py").read_text()))

    documented = set(re.findall(r"IDP_[A-Z_]+", (TREE / "docs" / "configuration.md").read_text()))

    assert read - {"IDP_"} == documented - {"IDP_"}
