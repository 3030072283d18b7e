"""The two texts that people accept: who accepted which version (those in force are in ``published_texts.py``)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from idp.accounts import published_texts
from idp.accounts.models import AcceptationTexte, Texte
from idp.db import db


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
    return published_texts.current(acceptation.texte).number == acceptation.version


def accept(account_id: UUID, texte: Texte, now: datetime) -> None:
    """Keep that the person accepts the version in force; the caller knows that they had not."""
    version = published_texts.current(texte).number
    db.session.add(
        AcceptationTexte(account_id=account_id, texte=texte, version=version, accepted_at=now)
    )
    db.session.flush()


def outdated(account_id: UUID) -> list[Texte]:
    """The texts of which the person accepted a former major version only, in the order of the first connection."""
    accepted = accepted_by(account_id)
    return [
        texte
        for texte in Texte
        if published_texts.is_outdated(
            texte, [found.version for found in accepted if found.texte is texte]
        )
    ]
