"""The desk at which an administrateur works in the console: what the tests of its pages share.

Each file adds to it the groupes and the people that it tells of.
"""

import re
from dataclasses import dataclass

from factories import a_contrat, a_mandat, a_rattachement, an_account, an_organisme, signed_in
from flask.testing import FlaskClient

from idp.accounts.models import Account
from idp.db import db
from idp.habilitations.models import (
    ContratDeService,
    Groupe,
    Mandat,
    Organisme,
    Rattachement,
    Role,
)


@dataclass
class Desk:
    """Paul Roux, signed in, administers LES OLIVIERS, which has a contract for Offre Bailleurs."""

    client: FlaskClient
    organisme: Organisme
    contrat: ContratDeService
    chef: Rattachement

    def account(self, place: Rattachement) -> Account:
        """Whose place it is."""
        return db.session.get_one(Account, place.account_id)

    def user(self, given_name: str = "Nadia", family_name: str = "Le Gall") -> Rattachement:
        """A user of this organisme, in no groupe."""
        account = an_account(given_name=given_name, family_name=family_name)
        return a_rattachement(account, self.organisme)

    def responsable(self, *groupes: Groupe) -> tuple[Rattachement, Mandat]:
        """Rémi Blanc, mandated by Paul Roux for these groupes."""
        account = an_account(given_name="Rémi", family_name="Blanc", email="remi@exemple.fr")
        place = a_rattachement(account, self.organisme)
        return place, a_mandat(place, groupes, self.account(self.chef))

    def sit(self, place: Rattachement) -> None:
        """Somebody else sits down at this browser."""
        signed_in(self.client, self.account(place), place)


def a_desk(client: FlaskClient) -> Desk:
    """Made anew for each test."""
    organisme = an_organisme()
    chef = an_account(given_name="Paul", family_name="Roux", email="chef@exemple.fr")
    place = a_rattachement(chef, organisme, role=Role.ADMINISTRATEUR)
    desk = Desk(client, organisme, a_contrat(organisme), place)
    desk.sit(place)
    return desk


def version_of(page: str) -> str:
    """What a form says that was shown."""
    found = re.search(r'name="version"(?: type="hidden")? value="([^"]*)"', page)
    assert found, "the page has no version"
    return found[1]
