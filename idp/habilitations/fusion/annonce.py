"""The administrateurs of both organismes are told by mail that these were put together, or taken apart.

The mail leaves with what it tells: it is a row of the same transaction. The journal of both tells it too.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from idp import mail
from idp.habilitations import coordonnees
from idp.habilitations.models import Organisme


class Annonce(StrEnum):
    """What is told, by the name of its mail."""

    REUNIS = "organismes_reunis"
    SEPARES = "organismes_separes"


def envoyer(
    annonce: Annonce,
    a: Iterable[str],
    *,
    garde: Organisme,
    absorbe: Organisme,
    motif: str,
    now: datetime,
) -> None:
    """One mail to each of these addresses."""
    dit = {
        "garde": garde.raison_sociale,
        "absorbe": absorbe.raison_sociale,
        "motif": motif,
        "le": now,
        "ma_caf": coordonnees.de_l_organisme(garde.id).phrase,
    }
    mail.send_all(annonce, [(adresse, dit) for adresse in a], at=now)
