"""Who joins and leaves a group: worked out of a document of SCIM, then ticked and unticked by the services.

RFC 7644 §3.5.2. Operations are applied by the library to a group that holds the only members that they may
touch: all of them when they clear the list or choose in it otherwise than by id, else those that they name.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from uuid import UUID

from scim2_models import (
    ForbiddenException,
    InvalidValueException,
    NotFoundException,
    PatchOp,
    PatchOperation,
    PayloadTooLargeException,
    SCIMException,
)
from scim2_models.path import CompareOperator, Comparison, FilterNode, LogicalExpr, LogicalOperator

from idp.errors import NotHere
from idp.habilitations.personnes import application, fiche, retraits
from idp.habilitations.personnes.modification import Modification, RefusDeModification
from idp.scim import group_rows
from idp.scim.caller import Caller
from idp.scim.filters import identifier
from idp.scim.group_rows import GroupRow
from idp.scim.resources import Group, Member
from idp.scim.service_provider import OF_PATCH

MAX_CHANGED = 500
"""Members that come or go in one request: each is told to the services that they lose."""


@dataclass(frozen=True, slots=True)
class Comings:
    """Who joins, and who leaves."""

    joining: frozenset[UUID]
    leaving: frozenset[UUID]


def patched(caller: Caller, row: GroupRow, patch: PatchOp[Group]) -> Comings:
    """What the operations come to."""
    touched = _touched(patch)
    before = group_rows.members_among(caller, row.id, touched)
    group = Group(
        id=str(row.id),
        display_name=row.libelle,
        members=[Member(value=str(one), ref=None, type="User") for one in before] or None,
    )
    patch.patch(group, scim_policy=OF_PATCH)
    return _comings(before, group)


def replaced(caller: Caller, row: GroupRow, group: Group) -> Comings:
    """What a whole list of members comes to."""
    return _comings(group_rows.members_among(caller, row.id, None), group)


def _comings(before: Collection[UUID], group: Group) -> Comings:
    after = frozenset(_members(group))
    comings = Comings(after - frozenset(before), frozenset(before) - after)
    if len(comings.joining) + len(comings.leaving) > MAX_CHANGED:
        raise PayloadTooLargeException(detail=f"{MAX_CHANGED} members change at most")
    return comings


def _members(group: Group) -> Iterator[UUID]:
    for member in group.members or ():
        found = identifier(member.value or "")
        if found is None:
            raise InvalidValueException(detail="members: a value is the id of a user")
        yield found


def _touched(patch: PatchOp[Group]) -> frozenset[UUID] | None:
    touched: set[UUID] = set()
    for operation in patch.operations or ():
        named = _named(operation)
        if named is None:
            return None
        touched |= named
    return frozenset(touched)


def _named(operation: PatchOperation[Group]) -> set[UUID] | None:
    """The members whom an operation names; None when it may be any."""
    chosen = operation.path.value_filter if operation.path else None
    if chosen is not None:
        return _named_in(chosen)
    if operation.op is PatchOperation.Op.replace_ or not operation.value:
        return None
    return set(_identifiers(operation.value))


def _named_in(chosen: FilterNode) -> set[UUID] | None:
    if isinstance(chosen, LogicalExpr) and chosen.op is LogicalOperator.or_:
        found = [_named_in(term) for term in chosen.terms]
        return None if None in found else set().union(*(one for one in found if one))
    if not isinstance(chosen, Comparison) or chosen.op is not CompareOperator.eq:
        return None
    if chosen.attr_path.attr.lower() != "value" or chosen.attr_path.sub_attr:
        return None
    one = identifier(chosen.value) if isinstance(chosen.value, str) else None
    return {one} if one else set()


def _identifiers(value: object) -> Iterator[UUID]:
    # However deep: {"members": [{"value": …}]}, [{"value": …}] or {"value": …}.
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _identifiers(one)
    found = identifier(value) if isinstance(value, str) else None
    if found:
        yield found


def apply(caller: Caller, row: GroupRow, comings: Comings) -> None:
    """Tick and untick; raises an error of SCIM when one is refused."""
    for one in sorted(comings.leaving):
        if not retraits.retirer_habilitation(one, row.id, par=caller.acteur, now=caller.now):
            raise ForbiddenException(detail=f"members: {one} is not for a program to change")
    for one in sorted(comings.joining):
        _join(caller, row, one)


def _join(caller: Caller, row: GroupRow, one: UUID) -> None:
    try:
        shown = fiche.lire(caller.acteur, one)
    except NotHere as error:
        raise NotFoundException(detail=f"members: {one} does not exist") from error
    groups = frozenset((*shown.groupes, row.id))
    to_be = Modification(shown.ouverture, shown.cloture, shown.mobilite, groups)
    done = application.appliquer(caller.acteur, one, to_be, version=shown.version, now=caller.now)
    if isinstance(done, RefusDeModification):
        raise _refused(one, done)


def _refused(one: UUID, why: RefusDeModification) -> SCIMException:
    if why is RefusDeModification.CLOS:
        return InvalidValueException(detail=f"members: the place of {one} is closed")
    return ForbiddenException(detail=f"members: {one} is not for a program to change")
