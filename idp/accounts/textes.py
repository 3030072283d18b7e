"""The two texts of the first connection: their current versions, and who accepted them.

What they say is ``templates/textes/<texte>-<version>.md``, which is never edited once a person accepted it:
a change is a new file and a new version here.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from idp.accounts.models import AcceptationTexte, Texte
from idp.db import db

CURRENT = {Texte.REGLES_USAGE: "1.0", Texte.CONDITIONS_UTILISATION: "1.0"}


@dataclass(frozen=True, slots=True)
class Acceptation:
    """A version of a text that a person accepted."""

    texte: Texte
    version: str
    accepted_at: datetime


def accepted_by(account_id: UUID) -> list[Acceptation]:
    """Every text that this person accepted, in the order of time."""
    rows = db.session.execute(
        select(AcceptationTexte.texte, AcceptationTexte.version, AcceptationTexte.accepted_at)
        .where(AcceptationTexte.account_id == account_id)
        .order_by(AcceptationTexte.accepted_at)
    )
    return [Acceptation(*row) for row in rows]


def is_current(acceptation: Acceptation) -> bool:
    """Whether it is of the version in force."""
    return CURRENT[acceptation.texte] == acceptation.version


def accept(account_id: UUID, texte: Texte, now: datetime) -> None:
    """Keep that the person accepts the version in force; the caller knows that they had not."""
    version = CURRENT[texte]
    db.session.add(
        AcceptationTexte(account_id=account_id, texte=texte, version=version, accepted_at=now)
    )
    db.session.flush()


def outdated(account_id: UUID) -> list[Texte]:
    """The texts of which the person accepted a former major version only, in the order of the first connection."""
    accepted = accepted_by(account_id)
    current = {
        text
        for text, version in CURRENT.items()
        if any(
            found.texte is text and _major(found.version) == _major(version) for found in accepted
        )
    }
    return [
        text for text in CURRENT if text not in current and any(a.texte is text for a in accepted)
    ]


def _major(version: str) -> str:
    return version.partition(".")[0]
