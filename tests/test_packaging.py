"""The wheel: what is installed elsewhere is what is in the tree."""

import os
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
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a copy of the tree: a build leaves traces beside its sources."""
    folder = tmp_path_factory.mktemp("wheel")
    sources = folder / "sources"
    for name in ("idp", "templates", "requirements"):
        shutil.copytree(TREE / name, sources / name)
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(TREE / name, sources / name)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    done = subprocess.run([*command, str(sources)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = folder.glob("*.whl")
    return made


def test_the_wheel_carries_the_whole_tree_and_nothing_else(wheel: Path) -> None:
    names = {name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name}

    assert names == _in_tree("idp") | {f"idp/{name}" for name in _in_tree("templates")}


def test_the_listed_packages_are_the_real_ones() -> None:
    config = ConfigParser()
    config.read(TREE / "setup.cfg")

    listed = set(config["options"]["packages"].split())

    real = {
        path.parent.relative_to(TREE).as_posix().replace("/", ".")
        for path in (TREE / "idp").rglob("__init__.py")
    }
    assert listed == real | {"idp.templates"}, "[options] packages of setup.cfg"


SCRIPT = """
import os
from pathlib import Path
import idp
from idp import migrations
from idp.app import create_app
from idp.keys import ensure_active_keys
ensure_active_keys(Path("keys"))
app = create_app()
with app.app_context():
    migrations.upgrade()
browser = app.test_client()
for address in ("/", "/aide/", "/connexion", "/static/mcp.css", "/readyz"):
    with browser.get(address) as answer:
        assert answer.status_code == 200, (address, answer.status_code)
print(idp.__file__)
"""


def test_what_is_installed_elsewhere_serves_without_the_tree(wheel: Path, tmp_path: Path) -> None:
    installed = tmp_path / "site"
    with ZipFile(wheel) as archive:
        archive.extractall(installed)
    services = tmp_path / "relying_parties.yaml"
    shutil.copy(TREE / "relying_parties.yaml", services)
    environ = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(installed),
        "IDP_SECRET_KEY": "0123456789abcdef0123456789abcdef",
    }

    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(installed))
