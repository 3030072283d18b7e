"""An agent imports the organismes of a caisse: told, then done; on a phone without JavaScript, then judged."""

from collections.abc import Callable
from pathlib import Path

import pytest
from dossiers import CAISSE
from gestes import judge, sign_in_as_agent
from organismes_files import COLUMNS, a_file
from playwright.sync_api import Page, expect
from visitor import Provider

from idp import worker
from idp.habilitations.models import RoleAgent

pytestmark = pytest.mark.browser


def send(page: Page, file: Path, data: bytes) -> None:
    file.write_bytes(data)
    page.get_by_label("Fichier à importer").set_input_files(file)
    page.get_by_role("button", name="Vérifier le fichier").click()


def let_the_worker_go_on(page: Page, provider: Provider) -> None:
    page.get_by_role("link", name="Ne plus actualiser").click()
    with provider.app.app_context():
        worker.drain()
    page.get_by_role("link", name="Actualiser de nouveau").click()


def walk(page: Page, provider: Provider, folder: Path, look: Callable[[Page], None]) -> None:
    """A file with a line of another caisse: read, told, validated, done, downloaded."""
    sign_in_as_agent(page, provider, RoleAgent.GESTIONNAIRE, [CAISSE])
    page.locator("main").get_by_role("link", name="Imports").click()
    expect(page.locator("main")).to_contain_text("Les lignes des autres caisses sont refusées")
    look(page)
    other = a_file(1, caisse="561").decode().splitlines()[1]
    send(page, folder / "caisse.csv", a_file(60) + other.encode() + b"\r\n")

    expect(page.get_by_role("progressbar")).to_be_visible()
    look(page)
    let_the_worker_go_on(page, provider)
    expect(page.get_by_role("heading", level=1)).to_have_text("Ce qui va se passer")
    expect(page.locator("#bilan")).to_contain_text("60 organismes à créer")
    look(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Ce que ferait chaque ligne").click()
    told = Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert len(told) == 1 + 61
    page.get_by_role("link", name="Refusées (1)").click()
    expect(page.locator("tbody")).to_contain_text("Vous ne supervisez pas cette caisse")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV (.csv)").click()
    refused = Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert len(refused) == 2
    assert set(COLUMNS) < set(refused[0].split(";"))

    page.get_by_role("button", name="Valider").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    look(page)
    let_the_worker_go_on(page, provider)
    expect(page.get_by_role("status")).to_contain_text("60 créés, 0 mis à jour")
    look(page)
    page.get_by_role("link", name="Page suivante").click()
    expect(page.locator("caption")).to_contain_text("52 à 62")
    page.get_by_role("link", name="Envoyer un autre fichier").click()
    expect(page.locator("tbody")).to_contain_text("Terminé")
    look(page)


def test_a_caisse_is_imported_on_a_phone_without_javascript(
    phone: Page, provider: Provider, tmp_path: Path
) -> None:
    walk(phone, provider, tmp_path, lambda page: None)


def test_pages_of_an_import_are_accessible(page: Page, provider: Provider, tmp_path: Path) -> None:
    walk(page, provider, tmp_path, judge)


def test_a_file_that_is_refused_is_said_beside_the_field_or_on_its_page(
    phone: Page, provider: Provider, tmp_path: Path
) -> None:
    sign_in_as_agent(phone, provider, RoleAgent.NATIONAL)
    phone.goto(f"{provider.issuer}/caf/imports")
    send(phone, tmp_path / "caisse.csv", b"kaisse;nom\n1;2\n")
    expect(phone.get_by_role("alert")).to_contain_text("Colonne inconnue")

    send(phone, tmp_path / "vide.csv", ";".join(COLUMNS).encode() + b"\n")
    let_the_worker_go_on(phone, provider)
    expect(phone.get_by_role("status")).to_contain_text("aucun organisme")
