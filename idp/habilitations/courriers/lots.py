"""The two letters of who has no proven address, exported for the printing shop in two batches, never together; and
the reminder of a campaign.

On the terminal, a batch goes straight to its file. A file gets its name once the database has committed; should
the machine stop between the two, the batch is there under a name ending in ``.part``. The console keeps its
batches sealed (``preparation.py``) until they are taken (``retrait.py``).
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy import func, or_, select

from idp.audit import Actor
from idp.db import db, transaction
from idp.habilitations.courriers import index
from idp.habilitations.courriers.models import LotDeCourriers
from idp.habilitations.courriers.redaction import Redaction, en_attente, rediger
from idp.habilitations.models import Courrier, Organisme, TypeCourrier


@dataclass(frozen=True, slots=True)
class Lot:
    """A batch written: one PDF of letters of one type."""

    type: TypeCourrier
    fichier: Path
    lettres: int


def nom_de_lot(lot_id: UUID, type_courrier: TypeCourrier, caisse: str | None, now: datetime) -> str:
    """``secret-359-20261125T101500Z-4f1c``: what a batch is called, its files too; not that of another one of the
    same second, whose file it would replace."""
    instant, propre = f"{now:%Y%m%dT%H%M%SZ}", lot_id.hex[:4]
    return "-".join(filter(None, (type_courrier.value, caisse, instant, propre)))


def a_exporter(caisse: str | None = None) -> int:
    """How many letters wait for their batch."""
    waiting = (
        select(func.count())
        .select_from(Courrier)
        .join(Organisme, Organisme.id == Courrier.organisme_id)
        .where(or_(*(en_attente(kind, caisse) for kind in TypeCourrier)))
    )
    return db.session.scalar(waiting) or 0


def exporter(
    dossier: Path,
    *,
    actor: Actor,
    now: datetime,
    avance: Callable[[int], None],
    caisse: str | None = None,
) -> list[Lot]:
    """Write every waiting letter (of a caisse), one batch per type, each in its own folder and transaction.

    ``avance`` is told of each letter written. Raises ``OSError`` when the folder cannot be written: the letters
    of that batch still wait.
    """
    lots = [
        _exporter_lot(
            dossier,
            LotDeCourriers(
                id=(lot_id := uuid4()),
                nom=nom_de_lot(lot_id, kind, caisse, now),
                type=kind,
                caisse_code=caisse,
                created_at=now,
                created_by=actor.account_id,
                retire_at=now,
                retire_par=actor.account_id,
            ),
            actor=actor,
            avance=avance,
        )
        for kind in TypeCourrier
    ]
    return [lot for lot in lots if lot is not None]


def _exporter_lot(
    dossier: Path, lot: LotDeCourriers, *, actor: Actor, avance: Callable[[int], None]
) -> Lot | None:
    fichier = dossier / f"{lot.type}s" / f"{lot.nom}.pdf"
    brouillon = fichier.with_suffix(".pdf.part")
    with transaction():
        if not _attendent(lot):
            return None
        db.session.add(lot)
        db.session.flush()
        fichier.parent.mkdir(parents=True, exist_ok=True)
        # Readable by its owner alone: this file is the only place where the secrets are in clear.
        mode = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        with os.fdopen(os.open(brouillon, mode, 0o600), "wb") as sortie:
            lettres = rediger(Redaction(lot, actor, lot.created_at, avance), sortie)
            sortie.flush()
            os.fsync(sortie.fileno())
        if not lettres:
            # Another has just taken them.
            db.session.rollback()
            brouillon.unlink()
            return None
        fichier.with_suffix(".csv").write_bytes(b"".join(index.fichier(lot.id)))
    brouillon.rename(fichier)
    return Lot(lot.type, fichier, lettres)


def _attendent(lot: LotDeCourriers) -> bool:
    une = (
        select(Courrier.id)
        .join(Organisme, Organisme.id == Courrier.organisme_id)
        .where(en_attente(lot.type, lot.caisse_code))
        .limit(1)
    )
    return db.session.scalar(une) is not None
