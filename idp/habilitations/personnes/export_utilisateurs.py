"""« Mes utilisateurs » as a file: the columns that the import reads, then some for the eye.

One statement for the people, read as they come, and one for the groups of each some hundreds: memory stays flat.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import islice
from uuid import UUID

import phonenumbers
from sqlalchemy import Select, func, select

from idp import audit, clock
from idp.accounts.models import Account
from idp.contact import ContactInvalide, parse_phone
from idp.db import db
from idp.habilitations.acteurs import actor_of
from idp.habilitations.delegation import Acteur
from idp.habilitations.en_cours import personne
from idp.habilitations.etats import etat
from idp.habilitations.events import UtilisateursExportes
from idp.habilitations.groupes import GroupeACocher, cochables
from idp.habilitations.models import Habilitation, Rattachement
from idp.habilitations.personnes.colonnes import (
    LUES,
    POSTES,
    POUR_L_OEIL,
    SEPARATEUR,
)
from idp.habilitations.personnes.filtres import utilisateurs_filtres
from idp.habilitations.personnes.liste import Demande, cle_de_tri
from idp.habilitations.personnes.mots import ETATS, ROLES
from idp.printable import format_identifiant
from idp.spreadsheets.sheet import Sheet
from idp.spreadsheets.writing import Format, written

A_LA_FOIS = 500
EN_TETE = (*LUES, *POUR_L_OEIL)


def exporter(acteur: Acteur, kind: Format, demande: Demande, now: datetime) -> Iterator[bytes]:
    """The bytes of a file of the users that a list shows; the journal keeps who took it, of how many."""
    offerts = cochables(acteur)
    trouves = utilisateurs_filtres(acteur, demande.filtres, now, offerts=offerts)
    nombre = db.session.scalar(
        select(func.count()).select_from(trouves.with_only_columns(Rattachement.id).subquery())
    )
    audit.record(
        UtilisateursExportes(nombre=nombre or 0, format=kind),
        at=now,
        actor=actor_of(acteur),
        organisme_id=acteur.organisme_id,
    )
    cle = cle_de_tri(demande.tri)
    ranges = trouves.order_by(*(part.desc() if demande.descendant else part for part in cle))
    lignes = _lignes(ranges, {groupe.id: groupe for groupe in offerts}, clock.today(now))
    return written(kind, Sheet("Utilisateurs", EN_TETE, lignes))


def _lignes(
    ranges: Select[Rattachement, Account], groupes: Mapping[UUID, GroupeACocher], jour: date
) -> Iterator[list[str]]:
    personnes = db.session.execute(ranges.execution_options(yield_per=A_LA_FOIS))
    while lot := list(islice(personnes, A_LA_FOIS)):
        tenus = _tenus([place.id for place, _account in lot])
        for place, account in lot:
            siens = [groupes[un] for un in tenus.get(place.id, ()) if un in groupes]
            siens.sort(key=lambda groupe: groupe.libelle)
            yield _ligne(place, account, siens, jour)


def _tenus(rattachements: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    tenus: dict[UUID, list[UUID]] = {}
    rows = db.session.execute(
        select(Habilitation.rattachement_id, Habilitation.groupe_id).where(
            Habilitation.rattachement_id.in_(rattachements)
        )
    )
    for rattachement_id, groupe_id in rows:
        tenus.setdefault(rattachement_id, []).append(groupe_id)
    return tenus


def _ligne(
    place: Rattachement, account: Account, siens: list[GroupeACocher], jour: date
) -> list[str]:
    vue_le = account.last_login_at
    return [
        account.family_name or "",
        account.given_name or "",
        account.email or "",
        _telephone(account.phone),
        _jour(place.ouverture),
        _jour(place.cloture),
        POSTES[place.mobilite],
        SEPARATEUR.join(groupe.code for groupe in siens),
        format_identifiant(account.identifiant),
        ROLES[place.role],
        ETATS[etat(personne(place, account), jour)],
        _jour(clock.today(vue_le)) if vue_le else "",
        SEPARATEUR.join(groupe.libelle for groupe in siens),
    ]


def _telephone(phone: str | None) -> str:
    """As people write it, when it is read back as the same number: no sign at its head to neutralise."""
    if not phone:
        return ""
    ecrit = phonenumbers.format_number(
        phonenumbers.parse(phone), phonenumbers.PhoneNumberFormat.NATIONAL
    )
    try:
        return ecrit if parse_phone(ecrit) == phone else phone
    except ContactInvalide:
        return phone


def _jour(jour: date | None) -> str:
    return jour.strftime("%d/%m/%Y") if jour else ""
