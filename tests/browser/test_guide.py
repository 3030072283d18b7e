"""The pictures of the guide are those of the pages of today: `make guide-images` writes them in ``idp/static``."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from dossiers import CAISSE
from factories import (
    PASSWORD,
    a_caisse,
    a_contrat,
    a_groupe,
    a_mandat,
    a_rattachement,
    a_sous_groupe,
    an_account,
    an_habilitation,
    an_organisme,
)
from gestes import judge, type_identifiers
from playwright.sync_api import Page
from visitor import Provider

from idp.db import transaction
from idp.habilitations.delegation import Qualite
from idp.habilitations.models import Role, TypeLogement
from idp.habilitations.views.guide import CHAPITRES

pytestmark = pytest.mark.browser

# The browser of the tests speaks English; that of a partner writes dates in French.
EN_FRANCAIS = """
for (const date of document.querySelectorAll("input[type=date]")) {
  const jour = date.value.split("-").reverse().join("/");
  date.type = "text";
  date.value = jour || "jj/mm/aaaa";
}
document.querySelector(".mcp-aide-page")?.remove();
"""
PLUS_HAUT = 1300
MARGE = 24
LARGEUR = {"width": 1000, "height": 800}
GENS = [
    ("Nadia", "Le Gall"),
    ("Jean", "Petit"),
    ("Aïcha", "Benali"),
    ("Marc", "Dubois"),
    ("Solène", "Kervella"),
    ("Hugo", "Fontaine"),
]


@dataclass(frozen=True, slots=True)
class Exemple:
    """What the pictures show: LES OLIVIERS, its administrateur, Nadia, and a groupe."""

    chef: str
    nadia: UUID
    groupe: UUID


def exemple(provider: Provider) -> Exemple:
    now = datetime.now(UTC)
    with provider.app.app_context(), transaction():
        organisme = an_organisme()
        a_caisse("561", ("56",)).libelle = "Caf du Morbihan"
        a_caisse(CAISSE).libelle = "Caf d’Ille-et-Vilaine"
        contrat = a_contrat(organisme)
        groupes = [
            a_groupe(
                contrat,
                code=f"offre-bailleurs:{genre}:{zone}",
                libelle=f"{titre} – {lieu}",
                type_logement=genre,
                zone=zone,
            )
            for genre, titre in (
                (TypeLogement.PRIVE, "Logements privés"),
                (TypeLogement.CONVENTIONNE, "Logements conventionnés"),
            )
            for zone, lieu in (("359", "Ille-et-Vilaine"), ("561", "Morbihan"))
        ]
        a_sous_groupe(contrat, [groupes[0], groupes[2]], libelle="Agence de Rennes", created_at=now)
        chef = an_account(email="claire.martin@oliviers.exemple", last_login_at=now)
        a_rattachement(chef, organisme, role=Role.ADMINISTRATEUR)
        places = []
        for rang, (prenom, nom) in enumerate(GENS):
            account = an_account(
                given_name=prenom,
                family_name=nom,
                email=f"{prenom[0].lower()}.{nom.lower().replace(' ', '')}@oliviers.exemple",
                last_login_at=now - timedelta(days=80 * rang + 1),
                created_at=now - timedelta(days=700),
            )
            place = a_rattachement(account, organisme, created_by=chef.id)
            places.append(place)
            for groupe in groupes[rang % 2 : rang % 2 + 2]:
                an_habilitation(
                    place, groupe, granted_by=chef.id, granted_as=Qualite.ADMINISTRATEUR
                )
        a_mandat(places[4], [groupes[0]], chef)
        return Exemple(str(chef.identifiant), places[0].id, groupes[0].id)


def dessiner(page: Page, picture: Path, entre: tuple[str, str] | None = None) -> None:
    """What the page says (between two headings), without the menus nor the link to the guide that shows it."""
    page.evaluate(EN_FRANCAIS)
    box = page.locator("#contenu").bounding_box()
    assert box is not None
    if entre:
        haut, bas = (_haut(page, titre) for titre in entre)
        box["y"], box["height"] = haut, bas - haut
    # The top of a long page says enough.
    box["height"] = min(box["height"], PLUS_HAUT)
    page.screenshot(path=picture, full_page=True, clip=box)  # type: ignore[arg-type]


def _haut(page: Page, titre: str) -> float:
    box = page.get_by_role("heading", name=titre).first.bounding_box()
    assert box is not None
    return box["y"] - MARGE


def test_every_picture_of_the_guide_is_drawn_from_its_page(
    page: Page, provider: Provider, tmp_path: Path
) -> None:
    folder = Path(os.environ.get("GUIDE_IMAGES", tmp_path)).absolute()
    ici = exemple(provider)
    page.set_viewport_size(LARGEUR)
    page.goto(f"{provider.issuer}/habilitations/utilisateurs")
    type_identifiers(page, ici.chef, PASSWORD)

    def draw(name: str, path: str, before: Callable[[], None] = lambda: None) -> None:
        page.goto(f"{provider.issuer}/habilitations{path}")
        before()
        dessiner(page, folder / f"{name}.png")

    def change() -> None:
        page.get_by_role("checkbox", name="Logements privés – Ille-et-Vilaine").uncheck()
        page.get_by_role("button", name="Valider").click()

    def commencer() -> None:
        page.get_by_role("button", name="Commencer la revue").click()

    def retirer() -> None:
        page.goto(f"{provider.issuer}/habilitations/utilisateurs/{ici.nadia}")
        change()
        page.get_by_role("button", name="Confirmer").click()
        page.goto(f"{provider.issuer}/habilitations/journal")

    fiche = f"/utilisateurs/{ici.nadia}"
    draw("liste", "/utilisateurs")
    draw("creer", "/utilisateurs/creer")
    draw("apercu", fiche, change)
    draw("mandat", f"{fiche}/mandat")
    draw("administrateurs", "/administrateurs")
    draw("groupe", f"/groupes/{ici.groupe}")
    draw("pourquoi", f"{fiche}/pourquoi/offre-bailleurs")
    draw("revue", "/revue", commencer)
    draw("journal", "/journal", retirer)

    shown = Path(__file__).parents[2] / "idp" / "static" / "images" / "guide"
    assert {path.name for path in shown.glob("*.png")} <= {
        path.name for path in folder.glob("*.png")
    }, "a picture that no page draws any more"


def test_chapters_are_accessible(page: Page, provider: Provider) -> None:
    for address in ("/aide/guide", *(chapitre.adresse for chapitre in CHAPITRES)):
        page.goto(provider.issuer + address)
        judge(page)
