"""What a campaign says: the guide's own mail of July; by letter, ``templates/courriers/rappel.txt``."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from idp import mail, plain_text
from idp.accounts.models import Account
from idp.db import db
from idp.extensions import ground
from idp.habilitations.models import NumeroUtilisateur
from idp.habilitations.numeros import format_numero_utilisateur

MODELE = "campagne_juillet"
NUMEROS_CITES = 5
EXEMPLE = ("A123456",)
"""The number of the guide's own example."""


@dataclass(frozen=True, slots=True)
class Exemple:
    """A mail as it would be read."""

    objet: str
    texte: str


def exemple() -> Exemple:
    """The mail, with the number of the guide."""
    issuer = ground().settings.issuer
    texte = plain_text.render(
        f"mail/{MODELE}.txt", issuer=issuer, numeros=EXEMPLE, autres=0, essai=False
    )
    objet, _, corps = texte.partition("\n")
    return Exemple(objet.strip(), corps.strip("\n"))


def ecrire(adresse: str, numeros: Sequence[str], now: datetime, *, essai: bool = False) -> None:
    """Have one mail leave."""
    mail.send(
        MODELE,
        adresse,
        at=now,
        numeros=[format_numero_utilisateur(un) for un in numeros[:NUMEROS_CITES]],
        autres=max(0, len(numeros) - NUMEROS_CITES),
        essai=essai,
    )


def essayer(account_id: UUID, now: datetime) -> str | None:
    """Send the example to this agent alone; to which address, None when none is known."""
    adresse = db.session.get_one(Account, account_id).email
    if adresse:
        ecrire(adresse, EXEMPLE, now, essai=True)
    return adresse


def numeros_des(organismes: Collection[UUID]) -> dict[UUID, list[str]]:
    """The N° utilisateur of each: one statement."""
    numeros: dict[UUID, list[str]] = {}
    for organisme_id, valeur in db.session.execute(
        select(NumeroUtilisateur.organisme_id, NumeroUtilisateur.valeur)
        .where(NumeroUtilisateur.organisme_id.in_(organismes))
        .order_by(NumeroUtilisateur.valeur)
    ):
        numeros.setdefault(organisme_id, []).append(valeur)
    return numeros
