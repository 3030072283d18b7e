"""``docs/conformance.md`` says what these tests prove, neither less nor more."""

import re
from pathlib import Path

HERE = Path(__file__).parent
PAGE = (HERE.parents[1] / "docs" / "conformance.md").read_text()
TESTS = {path.name: path.read_text() for path in HERE.glob("test_*.py")}


def test_every_file_of_these_tests_is_named() -> None:
    assert [name for name in sorted(TESTS) if f"`{name}`" not in PAGE] == []


def test_every_test_that_is_named_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", PAGE))

    existing = set(re.findall(r"^def (test_\w+)", "\n".join(TESTS.values()), re.M))
    assert named
    assert named - existing == set()


def test_every_module_that_a_test_speaks_of_has_its_line() -> None:
    modules = set(re.findall(r'    """(oidcc-[\w-]+)', "\n".join(TESTS.values())))

    assert sorted(module for module in modules if f"`{module}`" not in PAGE) == []
