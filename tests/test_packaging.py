"""The wheel: what is installed elsewhere is what is in the tree."""

import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path
from zipfile import ZipFile

import pytest

TREE = Path(__file__).parent.parent
NOT_SHIPPED = {"__pycache__"}


def _in_tree(top: str) -> set[str]:
    files = (TREE / top).rglob("*")
    return {
        path.relative_to(TREE).as_posix()
        for path in files
        if path.is_file() and not NOT_SHIPPED & set(path.parts)
    }


@pytest.fixture(scope="module")
def wheel_names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The files of a wheel built from a copy of the tree: a build leaves traces beside its sources."""
    folder = tmp_path_factory.mktemp("wheel")
    sources = folder / "sources"
    for name in ("idp", "templates", "requirements"):
        shutil.copytree(TREE / name, sources / name)
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(TREE / name, sources / name)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    done = subprocess.run([*command, str(sources)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = folder.glob("*.whl")
    return {name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name}


def test_the_wheel_carries_the_whole_tree_and_nothing_else(wheel_names: set[str]) -> None:
    assert wheel_names == _in_tree("idp") | {f"idp/{name}" for name in _in_tree("templates")}


def test_the_listed_packages_are_the_real_ones() -> None:
    config = ConfigParser()
    config.read(TREE / "setup.cfg")

    listed = set(config["options"]["packages"].split())

    real = {
        path.parent.relative_to(TREE).as_posix().replace("/", ".")
        for path in (TREE / "idp").rglob("__init__.py")
    }
    assert listed == real | {"idp.templates"}, "[options] packages of setup.cfg"
