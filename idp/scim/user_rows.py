"""Users as the rows hold them: which ones a program sees, what SCIM calls their columns, and how one is told.

RFC 7643 §4.1, RFC 7644 §3.4. The same people as in « Mes utilisateurs » of a responsable with that mandate
(``cibles.visibles``), but those whom the program deleted: RFC 7644 §3.6 wants them to be found no more, until
somebody opens their place again. Changes are in ``user_changes.py``.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from scim2_models import Context, NotFoundException
from sqlalchemy import (
    ColumnElement,
    String,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import aliased

from idp.accounts.models import Account, AccountState
from idp.db import db
from idp.habilitations import cibles
from idp.habilitations.models import Groupe, Habilitation, Mobilite, Rattachement, Role
from idp.scim.caller import Caller
from idp.scim.documents import Document
from idp.scim.filters import Attributes, Condition, Kind, Many, One, Rows, identifier
from idp.scim.groups_seen import groups_seen
from idp.scim.models import ScimResource
from idp.scim.resources import MANAGED, ManagedUser, User

UNABLE = (AccountState.SUSPENDU, AccountState.CLOS)
_WORK = "work"


@dataclass(frozen=True, slots=True)
class UserRow:
    """A user as they are now."""

    rattachement_id: UUID
    account_id: UUID
    identifiant: str
    family_name: str | None
    given_name: str | None
    email: str | None
    phone: str | None
    state: AccountState
    role: Role
    ouverture: date
    cloture: date | None
    mobilite: Mobilite
    suspendu_at: datetime | None
    created_at: datetime
    external_id: str | None
    groups: tuple[tuple[UUID, str], ...] = ()

    def active(self, today: date) -> bool:
        """Whether their place is open, or will be by itself."""
        closed = self.cloture is not None and self.cloture < today
        return self.suspendu_at is None and not closed and self.state not in UNABLE

    @property
    def version(self) -> str:
        """A digest of what is told of them; weak, since a part of it may be asked for (RFC 7643 §3.1)."""
        told = [str(getattr(self, field.name)) for field in fields(self)]
        return 'W/"{}"'.format(hashlib.sha256("\0".join(told).encode()).hexdigest()[:20])


_COLUMNS = (
    Rattachement.id,
    Account.id,
    Account.identifiant,
    Account.family_name,
    Account.given_name,
    Account.email,
    Account.phone,
    Account.state,
    Rattachement.role,
    Rattachement.ouverture,
    Rattachement.cloture,
    Rattachement.mobilite,
    Rattachement.suspendu_at,
    Rattachement.created_at,
    ScimResource.external_id,
)


def read(caller: Caller, text: str) -> UserRow:
    """The user of that id, two statements; raises ``NotFoundException`` for whoever the program does not see."""
    found = identifier(text)
    rows = _with_groups(caller, _chosen(caller, Rattachement.id == found)) if found else []
    if not rows:
        raise NotFoundException(detail="This user does not exist, or is not within the mandate.")
    return rows[0]


def count(caller: Caller, condition: Condition) -> int:
    """How many the program sees: one statement."""
    counted = joined(select(func.count()), caller).where(seen(caller), condition)
    return db.session.scalar(counted) or 0


def page(
    caller: Caller,
    condition: Condition,
    order: Sequence[ColumnElement[Any]],
    *,
    skip: int,
    limit: int,
) -> list[UserRow]:
    """Those of one page, in the order asked, then that of their creation: two statements."""
    chosen = _chosen(caller, condition).order_by(*order, Rattachement.created_at, Rattachement.id)
    return _with_groups(caller, chosen.offset(skip).limit(limit))


def joined(query: Rows, caller: Caller) -> Rows:
    """From users, with the person and what the program says of them."""
    return (
        query.select_from(Rattachement)
        .join(Account, Account.id == Rattachement.account_id)
        .outerjoin(
            ScimResource,
            and_(
                ScimResource.rattachement_id == Rattachement.id,
                ScimResource.mandat_id == caller.mandat_id,
            ),
        )
    )


def seen(caller: Caller) -> Condition:
    """Of ``joined``: those that exist for the program."""
    return and_(cibles.visibles(caller.acteur), Account.anonymised_at.is_(None), not_deleted())


def not_deleted() -> Condition:
    """Of ``joined``: those whom the program did not delete, or whose place was opened again since."""
    return or_(
        ScimResource.deleted_at.is_(None),
        Rattachement.suspendu_at.is_(None),
        Rattachement.suspendu_at != ScimResource.deleted_at,
    )


def _chosen(caller: Caller, condition: Condition) -> Rows:
    return joined(select(*_COLUMNS), caller).where(seen(caller), condition)


def _with_groups(caller: Caller, chosen: Rows) -> list[UserRow]:
    rows = [UserRow(*row) for row in db.session.execute(chosen)]
    held: defaultdict[UUID, list[tuple[UUID, str]]] = defaultdict(list)
    groups = db.session.execute(
        select(Habilitation.rattachement_id, Groupe.id, Groupe.libelle)
        .join(Groupe, Groupe.id == Habilitation.groupe_id)
        .where(
            Habilitation.rattachement_id.in_([row.rattachement_id for row in rows]),
            groups_seen(caller.acteur),
        )
        .order_by(Groupe.libelle, Groupe.id)
    )
    for rattachement_id, groupe_id, libelle in groups:
        held[rattachement_id].append((groupe_id, libelle))
    return [replace(row, groups=tuple(held[row.rattachement_id])) for row in rows]


def document(row: UserRow, caller: Caller) -> Document:
    """The user as SCIM tells them, all of it: a page of two hundred is written so, without the library."""
    identifier = str(row.rattachement_id)
    full_name = " ".join(filter(None, (row.given_name, row.family_name))) or row.identifiant
    said = {
        "schemas": [str(User.__schema__), str(MANAGED)],
        "id": identifier,
        "externalId": row.external_id,
        "userName": row.identifiant,
        "name": _present({"familyName": row.family_name, "givenName": row.given_name}),
        "displayName": full_name,
        "userType": row.role.value,
        "active": row.active(caller.today),
        "emails": _only(row.email),
        "phoneNumbers": _only(row.phone),
        "groups": [
            {"value": str(one), "$ref": f"{caller.groups}/{one}", "display": name, "type": "direct"}
            for one, name in row.groups
        ],
        "meta": {
            "resourceType": "User",
            "created": row.created_at.isoformat().replace("+00:00", "Z"),
            "location": f"{caller.users}/{identifier}",
            "version": row.version,
        },
        str(MANAGED): _present(
            {
                "ouverture": row.ouverture.isoformat(),
                "cloture": row.cloture.isoformat() if row.cloture else None,
                "mobilite": row.mobilite.value,
            }
        ),
    }
    return _present(said)


def _only(value: str | None) -> list[Document]:
    return [{"value": value, "type": _WORK, "primary": True}] if value else []


def _present(said: Document) -> Document:
    # RFC 7643 §2.5: what has no value is left out.
    return {name: value for name, value in said.items() if value not in (None, [], {})}


def resource(row: UserRow, caller: Caller) -> ManagedUser:
    """The same as the library holds it, to be changed or cut."""
    return ManagedUser.model_validate(document(row, caller), scim_ctx=Context.DEFAULT)


def attributes(caller: Caller) -> Attributes:
    """What filters and orders of users may name."""
    return {
        "id": One(Rattachement.id.expression, Kind.IDENTIFIER),
        "externalid": One(ScimResource.external_id.expression, Kind.EXACT),
        "username": One(Account.identifiant.expression),
        "name.familyname": One(Account.family_name.expression),
        "name.givenname": One(Account.given_name.expression),
        "displayname": One(names()),
        "usertype": One(type_coerce(Rattachement.role, String)),
        "active": One(_is_active(caller.today), Kind.BOOLEAN),
        "emails": _single(Account.email.expression),
        "phonenumbers": _single(Account.phone.expression),
        "groups": Many(
            _in_a_group(caller),
            {
                "value": One(Groupe.id.expression, Kind.IDENTIFIER),
                "display": One(Groupe.libelle.expression),
                "type": One(literal("direct")),
            },
        ),
        "meta.created": One(Rattachement.created_at.expression, Kind.INSTANT),
        "meta.resourcetype": One(literal("User"), Kind.EXACT),
        "ouverture": One(Rattachement.ouverture.expression, Kind.DAY),
        "cloture": One(Rattachement.cloture.expression, Kind.DAY),
        "mobilite": One(type_coerce(Rattachement.mobilite, String)),
    }


def names() -> ColumnElement[Any]:
    """Given name then family name; the identifiant of who has given neither."""
    both = func.trim(
        func.coalesce(Account.given_name, "") + " " + func.coalesce(Account.family_name, "")
    )
    return func.coalesce(func.nullif(both, ""), Account.identifiant)


def _is_active(today: date) -> Condition:
    # As ``UserRow.active``.
    return and_(
        Rattachement.suspendu_at.is_(None),
        or_(Rattachement.cloture.is_(None), Rattachement.cloture >= today),
        Account.state.not_in(UNABLE),
    )


def _single(column: ColumnElement[Any]) -> Many:
    # At most one value: those of its sub-attributes are of the same row.
    return Many(
        lambda condition: and_(column.is_not(None), condition),
        {
            "value": One(column),
            "type": One(case((column.is_not(None), _WORK))),
            "primary": One(column.is_not(None), Kind.BOOLEAN),
        },
    )


def _in_a_group(caller: Caller) -> Callable[[Condition], Condition]:
    held = aliased(Habilitation)

    def some(condition: Condition) -> Condition:
        return (
            select(held.id)
            .join(Groupe, Groupe.id == held.groupe_id)
            .where(held.rattachement_id == Rattachement.id, groups_seen(caller.acteur), condition)
            .correlate(Rattachement)
            .exists()
        )

    return some
