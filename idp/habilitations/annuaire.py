"""In which order the people of an organisme are listed, by their names, and where each stands in it.

Who is found by a search is ``filtres.py``'s.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, literal, select, tuple_

from idp.accounts.models import Account
from idp.db import db
from idp.habilitations.cibles import visibles
from idp.habilitations.delegation import Acteur
from idp.habilitations.models import Rattachement

Cle = list[ColumnElement[Any]]


def noms() -> Cle:
    """Family name, given name, then what tells two namesakes apart; of ``Rattachement`` joined to ``Account``."""
    return [
        func.lower(func.coalesce(Account.family_name, "")),
        func.lower(func.coalesce(Account.given_name, "")),
        Rattachement.id.expression,
    ]


def position(acteur: Acteur, cle: Cle, rattachement_id: UUID | None) -> ColumnElement[Any] | None:
    """Where somebody stands in that order, to compare with; None for whoever the actor may not see."""
    if rattachement_id is None:
        return None
    row = db.session.execute(
        select(*cle)
        .join(Account, Account.id == Rattachement.account_id)
        .where(Rattachement.id == rattachement_id, visibles(acteur))
    ).one_or_none()
    if row is None:
        return None
    return tuple_(*(literal(value, part.type) for value, part in zip(row, cle, strict=True)))
