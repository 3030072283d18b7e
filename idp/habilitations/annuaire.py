"""In which order the people of an organisme are listed, where each stands in it, and a page of them.

Who is found by a search is ``personnes/filtres.py``'s.
"""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sqlalchemy import CTE, ColumnElement, func, literal, select, true, tuple_

from idp.accounts.models import Account
from idp.db import db
from idp.habilitations.cibles import visibles
from idp.habilitations.delegation import Acteur
from idp.habilitations.models import Rattachement

Cle = list[ColumnElement[Any]]
Position = Sequence[object]

LIGNES = SimpleNamespace(
    id=Rattachement.id.expression,
    ouverture=Rattachement.ouverture,
    cloture=Rattachement.cloture,
    family_name=Account.family_name,
    given_name=Account.given_name,
    last_login_at=Account.last_login_at,
)
"""The columns of ``Rattachement`` joined to ``Account``, under the names that an extract gives them."""


def noms(des: Any = LIGNES) -> Cle:
    """Family name, given name, then what tells two namesakes apart; ``des`` are the columns."""
    return [
        func.lower(func.coalesce(des.family_name, "")),
        func.lower(func.coalesce(des.given_name, "")),
        des.id,
    ]


def position(acteur: Acteur, cle: Cle, rattachement_id: UUID | None) -> Position | None:
    """Where somebody stands in the order of ``cle``, of the tables; None for whoever the actor may not see."""
    if rattachement_id is None:
        return None
    # Of whoever the actor may see: where another stands in the order would tell of them.
    return db.session.execute(
        select(*cle)
        .join(Account, Account.id == Rattachement.account_id)
        .where(Rattachement.id == rattachement_id, visibles(acteur))
    ).one_or_none()


def page(
    ici: CTE,
    cle: Cle,
    depuis: Position | None,
    *,
    taille: int,
    descend: bool = False,
    comptes: int | None = None,
) -> tuple[int, list[UUID]]:
    """How many there are in the extract (at most ``comptes`` + 1 are counted), and the first ones from there, one
    more than a page: one statement. ``cle`` is of the extract."""
    lus = select(ici.c.id, *(part.label(f"cle_{rang}") for rang, part in enumerate(cle)))
    if depuis is not None:
        la = tuple_(*(literal(value, part.type) for value, part in zip(depuis, cle, strict=True)))
        lus = lus.where(tuple_(*cle) < la if descend else tuple_(*cle) > la)
    ordre = [part.desc() if descend else part.asc() for part in cle]
    montres = lus.order_by(*ordre).limit(taille + 1).subquery("page")
    some = select(ici.c.id).limit(None if comptes is None else comptes + 1).subquery()
    compte = select(func.count().label("total")).select_from(some).subquery("compte")
    cles = [montres.c[f"cle_{rang}"] for rang in range(len(cle))]
    rows = db.session.execute(
        select(compte.c.total, montres.c.id)
        .select_from(compte.outerjoin(montres, true()))
        .order_by(*(part.desc() if descend else part.asc() for part in cles))
    ).all()
    return rows[0].total, [row.id for row in rows if row.id is not None]
