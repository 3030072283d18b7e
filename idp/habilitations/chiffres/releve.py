"""The journal counted as it is sealed: each row once, in the order of its rank, which leaves no hole.

The worker looks every minute; what was missed while it was stopped is counted when it is back. An event belongs to
the caisse that writes to its organisme; a sign-in, which works for none yet, to that of the first organisme of the
person.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update

from idp import clock
from idp.audit import JournalEntry
from idp.db import db, inserting
from idp.habilitations.chiffres.mesures import EVENEMENTS, Mesure, service_de
from idp.habilitations.chiffres.models import PAYS, SANS_CAISSE, Chiffre, ChiffresReleves
from idp.habilitations.models import Organisme, Rattachement

AU_PLUS = 5000
"""Rows of the journal that are counted in one look."""

Cle = tuple[str, date, str, str]


def relever(_now: datetime) -> int:
    """Count the rows sealed since the last look; returns how many were read. Seven statements at most."""
    depuis = _tenir()
    if depuis is None:
        return 0
    lus = db.session.execute(
        select(
            JournalEntry.rank,
            JournalEntry.at,
            JournalEntry.event,
            JournalEntry.account_id,
            JournalEntry.organisme_id,
            JournalEntry.data,
        )
        .where(JournalEntry.rank > depuis)
        .order_by(JournalEntry.rank)
        .limit(AU_PLUS)
    ).all()
    if not lus:
        return 0
    _ajouter(_comptes([lu for lu in lus if lu.event in EVENEMENTS]))
    db.session.execute(update(ChiffresReleves).values(rank=lus[-1].rank))
    return len(lus)


def _tenir() -> int | None:
    """The last rank counted, held until the transaction ends; None when another worker holds it."""
    db.session.execute(inserting(ChiffresReleves).values(id=1, rank=0).on_conflict_do_nothing())
    # SQLite has one writer, whom the INSERT waited for.
    return db.session.scalar(select(ChiffresReleves.rank).with_for_update(skip_locked=True))


def _comptes(lus: Sequence[Row[Any]]) -> Counter[Cle]:
    des_organismes = _caisses_des_organismes({lu.organisme_id for lu in lus})
    des_personnes = _caisses_des_personnes({lu.account_id for lu in lus if not lu.organisme_id})
    comptes: Counter[Cle] = Counter()
    for lu in lus:
        caisse = des_organismes.get(lu.organisme_id) or des_personnes.get(lu.account_id)
        mesure: Mesure = EVENEMENTS[lu.event]
        service = service_de(mesure, lu.data)
        for ou in (caisse or SANS_CAISSE, PAYS):
            comptes[ou, clock.today(lu.at), mesure, service] += 1
    return comptes


def _caisses_des_organismes(ids: set[UUID | None]) -> dict[UUID | None, str]:
    rows = db.session.execute(
        select(Organisme.id, Organisme.caisse_code).where(Organisme.id.in_(ids - {None}))
    )
    return {row.id: row.caisse_code for row in rows}


def _caisses_des_personnes(ids: set[UUID | None]) -> dict[UUID | None, str]:
    rows = db.session.execute(
        select(Rattachement.account_id, Organisme.caisse_code)
        .join(Organisme, Organisme.id == Rattachement.organisme_id)
        .where(Rattachement.account_id.in_(ids - {None}))
        .order_by(Rattachement.created_at.desc())
    )
    return {row.account_id: row.caisse_code for row in rows}


def _ajouter(comptes: Counter[Cle]) -> None:
    if not comptes:
        return
    rows = [
        {"caisse_code": caisse, "jour": jour, "mesure": mesure, "service": service, "nombre": one}
        for (caisse, jour, mesure, service), one in comptes.items()
    ]
    ajout = inserting(Chiffre).values(rows)
    db.session.execute(
        ajout.on_conflict_do_update(
            index_elements=["caisse_code", "jour", "mesure", "service"],
            set_={"nombre": Chiffre.nombre + ajout.excluded.nombre},
        )
    )
