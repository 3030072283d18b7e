"""An administrateur dates a group, prolongs it, closes an access, sees the service told; then all is judged."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from factories import (
    PASSWORD,
    a_contrat,
    a_groupe,
    a_rattachement,
    an_account,
    an_habilitation,
    an_organisme,
)
from gestes import judge, type_identifiers
from playwright.sync_api import Page, expect
from visitor import Provider

from idp import clock, outbox
from idp.db import db, transaction
from idp.habilitations.models import AvisDeRetrait, MotifDAvis, Rattachement, Role

pytestmark = pytest.mark.browser
TODAY = clock.today(datetime.now(UTC))
DANS_DIX_JOURS = TODAY + timedelta(days=10)


def an_administrateur(provider: Provider) -> str:
    """Of LES OLIVIERS, whose user Nadia Le Gall holds « Logements privés »; their identifiant."""
    with provider.app.app_context(), transaction():
        organisme = an_organisme()
        contrat = a_contrat(organisme)
        groupe = a_groupe(contrat, libelle="Logements privés – Caf d’Ille-et-Vilaine")
        a_groupe(
            contrat, code="offre-bailleurs:conventionne:359", libelle="Logements conventionnés"
        )
        chef = an_account(family_name="Kerviel", email="chef@exemple.fr")
        a_rattachement(chef, organisme, role=Role.ADMINISTRATEUR)
        user = an_account(given_name="Nadia", family_name="Le Gall", email="nadia@exemple.fr")
        an_habilitation(a_rattachement(user, organisme), groupe)
        return str(chef.identifiant)


def was_connected(provider: Provider) -> None:
    """Nadia was at three services when her access was closed: told, silent, and one that asks for nothing."""
    with provider.app.app_context(), transaction():
        place = db.session.query(Rattachement).filter_by(role=Role.UTILISATEUR).one()
        now = clock.now()
        for nom, told in (("Offre Bailleurs", True), ("Cdap", False), ("Afas", None)):
            delivery = None
            if told is not None:
                delivery = outbox.enqueue("backchannel_logout", {"client_id": "cdap"}, at=now)
                row = db.session.get_one(outbox.Delivery, delivery)
                row.attempts, row.done_at = 2, now if told else None
            db.session.add(
                AvisDeRetrait(
                    rattachement_id=place.id,
                    organisme_id=place.organisme_id,
                    nom=nom,
                    service=nom.lower(),
                    motif=MotifDAvis.CLOTURE,
                    decided_at=now,
                    livraison_id=delivery,
                    expire_at=now + timedelta(minutes=5),
                )
            )


def walk(page: Page, provider: Provider, look: Callable[[Page], None]) -> None:
    """From a date given to a group to « Services prévenus »."""
    page.goto(f"{provider.issuer}/habilitations/utilisateurs")
    type_identifiers(page, an_administrateur(provider), PASSWORD)
    page.get_by_role("link", name="Nadia Le Gall").first.click()
    page.get_by_text("Donner une date de début ou de fin à un groupe").click()
    page.get_by_label("Jusqu’au : Logements privés").fill(DANS_DIX_JOURS.isoformat())
    look(page)
    page.get_by_role("button", name="Valider").click()
    expect(page.locator("#changements")).to_contain_text(
        f"perdra l’accès à Offre Bailleurs – Logements privés – Caf d’Ille-et-Vilaine"
        f" à la fin du {DANS_DIX_JOURS:%d/%m/%Y}"
    )
    look(page)
    page.get_by_role("button", name="Confirmer").click()
    expect(page.get_by_label("Logements privés", exact=False).first).to_be_checked()
    page.goto(f"{provider.issuer}/accueil")
    look(page)
    page.get_by_role("link", name="1 échéance dans les 30 jours").click()
    look(page)
    page.get_by_role("link", name="Prolonger Logements privés").click()
    look(page)
    page.get_by_label("Sans date de fin").check()
    page.get_by_role("button", name="Prolonger").click()
    expect(page.get_by_text("Rien ne se termine dans les 30 jours")).to_be_visible()
    page.goto(f"{provider.issuer}/habilitations/utilisateurs")
    page.get_by_role("link", name="Nadia Le Gall").first.click()
    page.get_by_role("link", name="Clore l’accès de Nadia Le Gall").click()
    page.get_by_role("button", name="Clore l’accès").click()
    expect(page.get_by_text("connectée à aucun service")).to_be_visible()
    was_connected(provider)
    page.reload()
    look(page)
    page.get_by_role("link", name="Tous les services prévenus").click()
    expect(page.get_by_text("cette page se relit")).to_be_visible()
    page.get_by_role("link", name="Arrêter").click()
    look(page)
    page.get_by_role("link", name="Pas encore prévenus").click()
    expect(page.get_by_role("row", name="Nadia Le Gall")).to_have_count(1)


def test_dates_and_effects_on_a_phone_without_javascript(phone: Page, provider: Provider) -> None:
    walk(phone, provider, _seen("360"))


def test_pages_of_dates_and_effects_are_accessible(page: Page, provider: Provider) -> None:
    seen = _seen("1280")

    def look(shown: Page) -> None:
        judge(shown)
        seen(shown)

    walk(page, provider, look)


def _seen(name: str) -> Callable[[Page], None]:
    """Screenshots of each page, where somebody asks for them."""
    folder, rank = os.environ.get("SCREENSHOTS"), iter(range(100))

    def shoot(page: Page) -> None:
        if folder:
            page.screenshot(path=f"{folder}/{name}-{next(rank):02}.png", full_page=True)

    return shoot
