"""Groups as the rows hold them: those of the mandate, their members, and how one is told.

RFC 7643 §4.2. Whoever holds a group of the mandate is seen by the program, so that members need no other
condition. Which groups exist for a program is in ``groups_seen.py``; who comes and goes in ``group_changes.py``.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from scim2_models import Context, Meta, NotFoundException, ResponseParameters
from sqlalchemy import ColumnElement, func, literal, select
from sqlalchemy.orm import aliased

from idp.accounts.models import Account
from idp.db import db
from idp.habilitations.models import Groupe, Habilitation, Rattachement
from idp.scim import user_rows
from idp.scim.caller import Caller
from idp.scim.documents import Document
from idp.scim.filters import Attributes, Condition, Kind, Many, One, Rows, identifier
from idp.scim.groups_seen import groups_seen
from idp.scim.resources import Group, Member


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group, how many hold it, and since when the last of them does."""

    id: UUID
    libelle: str
    members: int
    last_at: datetime | None

    @property
    def version(self) -> str:
        """Changes with the members: one who comes is later than all, one who leaves makes them fewer."""
        told = f"{self.libelle}\0{self.members}\0{self.last_at}"
        return f'W/"{hashlib.sha256(told.encode()).hexdigest()[:20]}"'


def read(caller: Caller, text: str) -> GroupRow:
    """The group of that id, two statements; raises ``NotFoundException`` for any out of the mandate."""
    found = identifier(text)
    rows = _counted(caller, _chosen(caller, Groupe.id == found)) if found else []
    if not rows:
        raise NotFoundException(detail="This group does not exist, or is not within the mandate.")
    return rows[0]


def count(caller: Caller, condition: Condition) -> int:
    """How many the program sees: one statement."""
    counted = select(func.count()).select_from(Groupe).where(groups_seen(caller.acteur), condition)
    return db.session.scalar(counted) or 0


def page(
    caller: Caller,
    condition: Condition,
    order: Sequence[ColumnElement[Any]],
    *,
    skip: int,
    limit: int,
) -> list[GroupRow]:
    """Those of one page, in the order asked, then that of their names: two statements."""
    chosen = _chosen(caller, condition).order_by(*order, Groupe.libelle, Groupe.id)
    return _counted(caller, chosen.offset(skip).limit(limit))


def members(caller: Caller, groups: Collection[UUID]) -> dict[UUID, list[UUID]]:
    """Who holds each of these groups, the first who did first: one statement."""
    found: defaultdict[UUID, list[UUID]] = defaultdict(list)
    rows = db.session.execute(
        _holding(
            caller,
            select(Habilitation.groupe_id, Rattachement.id),
            groups,
        ).order_by(Habilitation.granted_at, Habilitation.id)
    )
    for groupe_id, rattachement_id in rows:
        found[groupe_id].append(rattachement_id)
    return dict(found)


def members_among(caller: Caller, group: UUID, among: Collection[UUID] | None) -> list[UUID]:
    """Of these users, those who hold the group; of all when None. One statement."""
    chosen = _holding(caller, select(Rattachement.id), [group])
    if among is not None:
        chosen = chosen.where(Rattachement.id.in_(among))
    return list(db.session.scalars(chosen.order_by(Habilitation.granted_at, Habilitation.id)))


def _chosen(caller: Caller, condition: Condition) -> Rows:
    return select(Groupe.id, Groupe.libelle).where(groups_seen(caller.acteur), condition)


def _counted(caller: Caller, chosen: Rows) -> list[GroupRow]:
    rows = db.session.execute(chosen).all()
    counted = db.session.execute(
        _holding(
            caller,
            select(Habilitation.groupe_id, func.count(), func.max(Habilitation.granted_at)),
            [row.id for row in rows],
        ).group_by(Habilitation.groupe_id)
    )
    told = {groupe_id: (number, last_at) for groupe_id, number, last_at in counted}
    return [GroupRow(row.id, row.libelle, *told.get(row.id, (0, None))) for row in rows]


def _holding(caller: Caller, query: Rows, groups: Collection[UUID]) -> Rows:
    return (
        user_rows.joined(query, caller)
        .join(Habilitation, Habilitation.rattachement_id == Rattachement.id)
        .where(
            Habilitation.groupe_id.in_(groups),
            Account.anonymised_at.is_(None),
            user_rows.not_deleted(),
        )
    )


def document(
    row: GroupRow,
    caller: Caller,
    holders: Sequence[UUID],
    context: Context,
    asked: ResponseParameters[Any],
) -> Document:
    """The group as SCIM tells it, cut to what is asked for.

    The library tells one member, and thereby which of their attributes; ten thousand are written alike.
    """
    told = _resource(row, caller, holders[:1]).model_dump(
        scim_ctx=context, response_parameters=asked
    )
    if told.get("members"):
        names = told["members"][0].keys()
        told["members"] = [
            {name: value for name, value in _member(one, caller).items() if name in names}
            for one in holders
        ]
    return told


def _member(one: UUID, caller: Caller) -> Document:
    return {"value": str(one), "$ref": f"{caller.users}/{one}", "type": "User"}


def _resource(row: GroupRow, caller: Caller, holders: Sequence[UUID]) -> Group:
    return Group(
        id=str(row.id),
        display_name=row.libelle,
        members=[Member.model_validate(_member(one, caller)) for one in holders] or None,
        meta=Meta(resource_type="Group", location=f"{caller.groups}/{row.id}", version=row.version),
    )


def attributes(caller: Caller) -> Attributes:
    """What filters and orders of groups may name."""
    return {
        "id": One(Groupe.id.expression, Kind.IDENTIFIER),
        "displayname": One(Groupe.libelle.expression),
        "members": Many(
            _with_a_member(caller),
            {
                "value": One(Rattachement.id.expression, Kind.IDENTIFIER),
                "type": One(literal("User")),
            },
        ),
        "meta.resourcetype": One(literal("Group"), Kind.EXACT),
    }


def _with_a_member(caller: Caller) -> Callable[[Condition], Condition]:
    held = aliased(Habilitation)

    def some(condition: Condition) -> Condition:
        return (
            user_rows.joined(select(held.id), caller)
            .join(held, held.rattachement_id == Rattachement.id)
            .where(
                held.groupe_id == Groupe.id,
                Account.anonymised_at.is_(None),
                user_rows.not_deleted(),
                condition,
            )
            .correlate(Groupe)
            .exists()
        )

    return some
