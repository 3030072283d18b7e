"""What a campaign says: the guide's own mail of July; by letter, ``templates/courriers/rappel.txt``."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from idp import mail, plain_text
from idp.accounts.models import Account
from idp.db import db
from idp.extensions import ground
from idp.habilitations.rappel_des_numeros import Rappel

MODELE = "campagne_juillet"
EXEMPLE = ("A123456",)
"""The number of the guide's own example."""


@dataclass(frozen=True, slots=True)
class Exemple:
    """A mail as it would be read."""

    objet: str
    texte: str


def exemple() -> Exemple:
    """The mail, with the number of the guide."""
    return rediger(Rappel(EXEMPLE))


def rediger(rappel: Rappel) -> Exemple:
    """The mail that tells these numbers."""
    issuer, numeros, autres = ground().settings.issuer, rappel.numeros, rappel.autres
    texte = plain_text.render(
        f"mail/{MODELE}.txt", issuer=issuer, numeros=numeros, autres=autres, essai=False
    )
    objet, _, corps = texte.partition("\n")
    return Exemple(objet.strip(), corps.strip("\n"))


def ecrire(adresse: str, rappel: Rappel, now: datetime, *, essai: bool = False) -> None:
    """Have one mail leave."""
    numeros, autres = rappel.numeros, rappel.autres
    mail.send(MODELE, adresse, at=now, numeros=numeros, autres=autres, essai=essai)


def essayer(account_id: UUID, now: datetime) -> str | None:
    """Send the example to this agent alone; to which address, None when none is known."""
    adresse = db.session.get_one(Account, account_id).email
    if adresse:
        ecrire(adresse, Rappel(EXEMPLE), now, essai=True)
    return adresse
