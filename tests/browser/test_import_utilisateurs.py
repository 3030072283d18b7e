"""An administrateur imports users: from the model to « terminé »; on a phone without JavaScript, then judged."""

from collections.abc import Callable
from pathlib import Path

import pytest
from factories import PASSWORD, a_contrat, a_groupe, a_rattachement, an_account, an_organisme
from gestes import judge, type_identifiers
from playwright.sync_api import Page, expect
from users_files import a_file, somebody
from visitor import Provider

from idp import worker
from idp.db import transaction
from idp.habilitations.models import Role
from idp.spreadsheets.bounds import Bounds
from idp.spreadsheets.reading import read_rows
from idp.spreadsheets.rows import Row
from idp.spreadsheets.writing import Format

pytestmark = pytest.mark.browser

PRIVES = "Logements privés – Caf d’Ille-et-Vilaine"


def an_administrateur(provider: Provider) -> str:
    """Of LES OLIVIERS, who has one group and one user; their identifiant."""
    with provider.app.app_context(), transaction():
        organisme = an_organisme()
        a_groupe(a_contrat(organisme), libelle=PRIVES)
        chef = an_account(email="chef@exemple.fr")
        a_rattachement(chef, organisme, role=Role.ADMINISTRATEUR)
        a_rattachement(an_account(email="deja@exemple.fr"), organisme)
        return str(chef.identifiant)


def downloaded(page: Page, link: str) -> Path:
    with page.expect_download() as download:
        page.get_by_role("link", name=link).first.click()
    return Path(download.value.path())


def header_of(file: Path) -> tuple[str, ...]:
    with file.open("rb") as stream:
        row = next(iter(read_rows(stream, Bounds(rows=100))))
    assert isinstance(row, Row)
    return row.cells


def send(page: Page, provider: Provider, file: Path, data: bytes) -> None:
    """An administrateur signs in and has this file verified."""
    page.goto(f"{provider.issuer}/habilitations/utilisateurs/import")
    type_identifiers(page, an_administrateur(provider), PASSWORD)
    file.write_bytes(data)
    page.get_by_label("Fichier à importer").set_input_files(file)
    page.get_by_role("button", name="Vérifier le fichier").click()


def walk(page: Page, provider: Provider, folder: Path, look: Callable[[Page], None]) -> None:
    """The model, filled in with a mistake, sent; what will happen; validated, done; the list taken away."""
    page.goto(f"{provider.issuer}/habilitations/utilisateurs")
    type_identifiers(page, an_administrateur(provider), PASSWORD)
    page.get_by_role("link", name="Importer des utilisateurs").click()
    look(page)
    header = header_of(downloaded(page, "Modèle Excel"))
    lines = [
        *(somebody(number, Groupes=PRIVES) for number in range(3)),
        somebody(3, **{"Adresse mail": "deja@exemple.fr", "Groupes": PRIVES}),
        somebody(4, **{"Adresse mail": "sans arobase"}),
    ]
    file = folder / "liste.xlsx"
    file.write_bytes(a_file(lines, Format.XLSX, header))
    page.get_by_label("Fichier à importer").set_input_files(file)
    page.get_by_role("button", name="Vérifier le fichier").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Ce qui va se passer")
    expect(page.locator("#bilan")).to_contain_text("3 utilisateurs à créer")
    look(page)
    page.get_by_role("link", name="Refusés (1)").click()
    expect(page.locator("tbody")).to_contain_text("Lu : « sans arobase »")
    expect(page.get_by_role("row")).to_have_count(2)
    refused = header_of(downloaded(page, "Excel (.xlsx)"))
    assert refused[-1] == "Motif du refus"

    page.get_by_role("button", name="Valider").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    look(page)
    page.get_by_role("link", name="Ne plus actualiser").click()
    with provider.app.app_context():
        worker.drain()
    page.get_by_role("link", name="Actualiser de nouveau").click()

    expect(page.get_by_role("status")).to_contain_text("3 créés, 1 complété")
    look(page)
    page.get_by_role("link", name="Voir mes utilisateurs").click()
    expect(page.locator("tbody")).to_contain_text("nadia0@exemple.fr")
    look(page)
    exported = header_of(downloaded(page, "LibreOffice (.ods)"))
    assert "Identifiant" in exported
    page.get_by_role("link", name="Importer des utilisateurs").click()
    expect(page.locator("tbody")).to_contain_text("Terminé")
    look(page)


def test_users_are_imported_on_a_phone_without_javascript(
    phone: Page, provider: Provider, tmp_path: Path
) -> None:
    walk(phone, provider, tmp_path, lambda page: None)


def test_pages_of_an_import_are_accessible(page: Page, provider: Provider, tmp_path: Path) -> None:
    walk(page, provider, tmp_path, judge)


def test_page_of_a_running_import_comes_back_by_itself(
    phone: Page, provider: Provider, tmp_path: Path
) -> None:
    send(phone, provider, tmp_path / "liste.csv", a_file([somebody()]))
    phone.get_by_role("button", name="Valider").click()
    expect(phone.get_by_role("progressbar")).to_be_visible()

    with provider.app.app_context():
        worker.drain()

    expect(phone.get_by_role("status")).to_contain_text("1 créé")


def test_file_that_is_refused_is_said_beside_the_field(
    phone: Page, provider: Provider, tmp_path: Path
) -> None:
    send(phone, provider, tmp_path / "liste.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")

    expect(phone.get_by_role("alert")).to_contain_text("ancien format d’Excel")
