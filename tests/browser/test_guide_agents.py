"""The pictures of the Guide des agents are those of the pages of today: `make guide-images` writes them.

Its chapters are judged as every page is, for the agent who reads them.
"""

import os
from pathlib import Path

import pytest
from exemple_caf import agence
from gestes import judge
from playwright.sync_api import Page
from test_guide import LARGEUR, dessiner, exemple
from test_toutes_les_pages import enter
from visitor import Provider

from idp.db import db
from idp.habilitations.models import Rattachement
from idp.habilitations.views.caf.guide import CHAPITRES, GUIDE

pytestmark = pytest.mark.browser
# What a picture shows of a long page.
ENTRE = {
    "reessayer": (
        "Déconnexions qui ne sont pas encore arrivées",
        "Dernières erreurs de l’intégrateur",
    )
}
SHOWN = Path(__file__).parents[2] / "idp" / "static" / "images" / "guide" / "caf"


def test_every_picture_is_drawn_from_its_page_and_every_chapter_is_accessible(
    page: Page, provider: Provider, tmp_path: Path
) -> None:
    folder = Path(os.environ.get("GUIDE_IMAGES", tmp_path)).absolute() / "caf"
    folder.mkdir(exist_ok=True)
    nadia = exemple(provider).nadia
    with provider.app.app_context():
        organisme_id = db.session.get_one(Rattachement, nadia).organisme_id
    ici = agence(provider, organisme_id)
    enter(page, provider, ici.lucie)
    page.set_viewport_size(LARGEUR)
    dossier = f"/organismes/{organisme_id}"
    pages = {
        "accueil": "/",
        "finissent": "/conventions-qui-finissent",
        "dossier": dossier,
        "conventions": f"{dossier}/conventions",
        "reunir": f"/organismes/{ici.a_reunir[0]}/fusion/{ici.a_reunir[1]}",
        "supervision": f"{dossier}/supervision?q=nadia",
        "remplacement": f"{dossier}/supervision/remplacements/{ici.remplacement_id}",
        "gerer": f"/organismes/{ici.gere[0]}/utilisateurs/{ici.gere[1]}/acces",
        "import": f"/imports/{ici.import_id}",
        "courriers": "/courriers",
        "lot": f"/courriers/lots/{ici.lot_id}",
        "coordonnees": "/coordonnees",
        "assistance": f"/assistance/{ici.nouvelle}",
        "moyen-perdu": f"/assistance/{ici.perdu}/moyen-perdu",
        "campagne": f"/campagnes/{ici.campagne_id}",
        "service": "/services/cdap",
        "reessayer": "/services/offre-bailleurs",
        "chiffres": "/chiffres",
        "agents": "/agents",
        "actes": f"/agents/{ici.paul}/actes",
        "refus": "/agents/refus",
        "vue": f"/vue/{ici.vue_id}/utilisateurs",
    }

    for name, path in pages.items():
        page.goto(f"{provider.issuer}/caf{path}")
        dessiner(page, folder / f"{name}.png", ENTRE.get(name))

    assert {path.name for path in SHOWN.glob("*.png")} <= {f"{name}.png" for name in pages}, (
        "a picture that no page draws any more"
    )
    for address in (GUIDE, *(chapitre.adresse for chapitre in CHAPITRES)):
        page.goto(provider.issuer + address)
        judge(page)
