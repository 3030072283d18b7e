"""What a document of SCIM changes of a user: told apart field by field, then done by the services of the console.

A PUT, a PATCH and a creation all come to one ``Wanted``; what is refused is refused whole, since whoever calls
undoes the transaction. Closing comes before everything: of a closed place nothing else is changed but the names.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from scim2_models import (
    ForbiddenException,
    InvalidValueException,
    UniquenessException,
)
from sqlalchemy import exists, select

from idp.contact import ContactInvalide, parse_email, parse_name, parse_phone
from idp.db import db, inserting
from idp.habilitations.delegation import RefusDAgir
from idp.habilitations.models import Mobilite
from idp.habilitations.personnes import application, fiche, identite, retraits, utilisateurs
from idp.habilitations.personnes.identite import Identite, RefusDIdentite
from idp.habilitations.personnes.modification import Changements, Modification, RefusDeModification
from idp.habilitations.personnes.utilisateurs import Cree, NouvelUtilisateur
from idp.scim import user_rows
from idp.scim.caller import Caller
from idp.scim.models import EXTERNAL_ID_MAX_CHARS, ScimResource
from idp.scim.refusals import refused
from idp.scim.resources import Managed, ManagedUser, day
from idp.scim.user_rows import UserRow


@dataclass(frozen=True, slots=True)
class Contact:
    """Names, address and telephone; parsed."""

    nom: str
    prenom: str
    email: str
    telephone: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A user as the document says that they are to be; parsed."""

    contact: Contact | None
    """None when it is what is held already, however it came here."""
    active: bool
    ouverture: date
    cloture: date | None
    mobilite: Mobilite
    external_id: str | None


def wanted(user: ManagedUser, row: UserRow | None = None) -> Wanted:
    """What the document says of a new user, or of that one.

    Raises ``InvalidValueException`` for a value that no field takes; SCIM's own rules were checked before.
    """
    managed: Managed = user[Managed]
    if managed.mobilite is None:
        raise InvalidValueException(detail="mobilite is required")
    ouverture = _day("ouverture", managed.ouverture)
    cloture = _day("cloture", managed.cloture) if managed.cloture else None
    if cloture is not None and cloture < ouverture:
        raise InvalidValueException(detail="cloture is before ouverture")
    if user.external_id is not None and len(user.external_id) > EXTERNAL_ID_MAX_CHARS:
        raise InvalidValueException(
            detail=f"externalId: {EXTERNAL_ID_MAX_CHARS} characters at most"
        )
    return Wanted(
        contact=_contact(user, row),
        active=bool(user.active),
        ouverture=ouverture,
        cloture=cloture,
        mobilite=managed.mobilite,
        external_id=user.external_id or None,
    )


def _contact(user: ManagedUser, row: UserRow | None) -> Contact | None:
    said = (
        user.name.family_name if user.name else None,
        user.name.given_name if user.name else None,
        _only("emails", [one.value for one in user.emails or ()]),
        _only("phoneNumbers", [one.value for one in user.phone_numbers or ()]) or None,
    )
    held = (row.family_name, row.given_name, row.email, row.phone) if row else ()
    if said == held:
        return None
    family_name, given_name, email, phone = said
    return Contact(
        nom=_parsed("name.familyName", family_name, parse_name, held),
        prenom=_parsed("name.givenName", given_name, parse_name, held),
        email=_parsed("emails", email, parse_email, held),
        telephone=_parsed("phoneNumbers", phone, parse_phone, held) if phone else None,
    )


def _day(name: str, text: str | None) -> date:
    found = day(text or "")
    if found is None:
        raise InvalidValueException(detail=f"{name}: a day is written YYYY-MM-DD")
    return found


def _only(name: str, values: list[str | None]) -> str | None:
    if len(values) > 1:
        raise InvalidValueException(detail=f"{name}: one value is kept here, not {len(values)}")
    return values[0] if values else None


def _parsed(
    name: str, text: str | None, parse: Callable[[str], str], held: Collection[str | None]
) -> str:
    if text and text in held:
        # It came here by another way, whose rules were others.
        return text
    try:
        return parse(text or "")
    except ContactInvalide as error:
        raise InvalidValueException(detail=f"{name}: {error}") from error


def create(caller: Caller, asked: Wanted) -> UserRow:
    """A new user, to whom identifiers are mailed; raises an error of SCIM when it is refused."""
    if asked.contact is None:
        raise InvalidValueException(detail="name and emails are required")
    if not asked.active:
        raise InvalidValueException(
            detail="active: a user is created to enter; give an ouverture to come instead"
        )
    if asked.ouverture < caller.today:
        raise InvalidValueException(detail="ouverture: a right is not opened in the past")
    new = NouvelUtilisateur(
        nom=asked.contact.nom,
        prenom=asked.contact.prenom,
        email=asked.contact.email,
        telephone=asked.contact.telephone,
        ouverture=asked.ouverture,
        cloture=asked.cloture,
        mobilite=asked.mobilite,
        groupes=(),
    )
    made = utilisateurs.creer(caller.acteur, new, caller.now)
    if not isinstance(made, Cree):
        raise refused(made)
    _name(caller, str(made.rattachement_id), asked.external_id)
    return user_rows.read(caller, str(made.rattachement_id))


def change(caller: Caller, row: UserRow, asked: Wanted, *, whole: bool) -> UserRow:
    """The user as asked; raises an error of SCIM when a part is refused.

    ``whole`` says that the document is all that a directory holds of them, not what it wants to change: of
    somebody who is inactive and stays so, nothing else is looked at.
    """
    was_active = row.active(caller.today)
    if asked.active and not was_active:
        _reopen(caller, row)
    if asked.active or was_active:
        _settle(caller, row, asked, reopened=not was_active)
    elif not whole and (asked.contact is not None or _moves(row, asked)):
        raise refused(RefusDeModification.CLOS)
    if asked.external_id != row.external_id:
        _name(caller, str(row.rattachement_id), asked.external_id)
    return user_rows.read(caller, str(row.rattachement_id))


def _settle(caller: Caller, row: UserRow, asked: Wanted, *, reopened: bool) -> None:
    if asked.contact is not None:
        _correct(caller, row, asked.contact)
    if asked.active:
        _change_place(caller, row, asked, reopened=reopened)
    else:
        close(caller, row)


def _correct(caller: Caller, row: UserRow, contact: Contact) -> None:
    whom, now = row.rattachement_id, caller.now
    names = Identite(contact.nom, contact.prenom, contact.telephone)
    if (row.family_name, row.given_name, row.phone) != (names.nom, names.prenom, names.telephone):
        shown = fiche.lire(caller.acteur, whom)
        done = identite.corriger(caller.acteur, whom, names, version=shown.version, now=now)
        if isinstance(done, RefusDIdentite):
            raise refused(done)
    if contact.email != row.email:
        shown = fiche.lire(caller.acteur, whom)
        done = identite.remplacer_l_adresse(
            caller.acteur, whom, contact.email, version=shown.version, now=now
        )
        if isinstance(done, RefusDIdentite):
            raise refused(done)


def _moves(row: UserRow, asked: Wanted) -> bool:
    now = (row.ouverture, row.cloture, row.mobilite)
    return now != (asked.ouverture, asked.cloture, asked.mobilite)


def _change_place(caller: Caller, row: UserRow, asked: Wanted, *, reopened: bool) -> None:
    # The day on which a place was closed ended when it was opened again.
    cloture = None if reopened and asked.cloture == row.cloture else asked.cloture
    shown = fiche.lire(caller.acteur, row.rattachement_id)
    to_be = Modification(asked.ouverture, cloture, asked.mobilite, frozenset(shown.groupes))
    if (shown.ouverture, shown.cloture, shown.mobilite) == (
        to_be.ouverture,
        cloture,
        to_be.mobilite,
    ):
        return
    done = application.appliquer(
        caller.acteur, row.rattachement_id, to_be, version=shown.version, now=caller.now
    )
    if not isinstance(done, Changements):
        raise refused(done)


def _reopen(caller: Caller, row: UserRow) -> None:
    again = retraits.rouvrir(row.rattachement_id, par=caller.acteur, now=caller.now)
    if not again:
        again = retraits.reprendre(row.rattachement_id, par=caller.acteur, now=caller.now)
    if not again and row.state not in user_rows.UNABLE:
        raise refused(RefusDAgir.PARTAGE)
    if not user_rows.read(caller, str(row.rattachement_id)).active(caller.today):
        raise ForbiddenException(detail="active: the Caf alone opens this again.")


def close(caller: Caller, row: UserRow) -> None:
    """End the place of the user at once."""
    refus = retraits.clore(row.rattachement_id, par=caller.acteur, now=caller.now)
    if refus:
        raise refused(refus)


def delete(caller: Caller, row: UserRow) -> None:
    """End it, and see the user no more (RFC 7644 §3.6) until somebody opens it again in the console."""
    if row.suspendu_at is None:
        close(caller, row)
    elif fiche.lire(caller.acteur, row.rattachement_id).refus_de_regler:
        raise refused(RefusDAgir.PARTAGE)
    suspended_at = row.suspendu_at or caller.now
    _keep(caller, row.rattachement_id, external_id=None, deleted_at=suspended_at)


def _name(caller: Caller, identifier: str, external_id: str | None) -> None:
    taken = exists().where(
        ScimResource.mandat_id == caller.mandat_id,
        ScimResource.external_id == external_id,
        ScimResource.rattachement_id != UUID(identifier),
    )
    if external_id is not None and db.session.scalar(select(taken)):
        raise UniquenessException(detail="externalId: this is already that of another user.")
    _keep(caller, UUID(identifier), external_id=external_id, deleted_at=None)


def _keep(
    caller: Caller, rattachement_id: UUID, *, external_id: str | None, deleted_at: datetime | None
) -> None:
    said = {"external_id": external_id, "deleted_at": deleted_at}
    row = {"mandat_id": caller.mandat_id, "rattachement_id": rattachement_id, **said}
    db.session.execute(
        inserting(ScimResource)
        .values(row)
        .on_conflict_do_update(
            index_elements=[ScimResource.mandat_id, ScimResource.rattachement_id], set_=said
        )
    )
