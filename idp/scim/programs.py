"""« Accès automatisé »: an administrateur gives a program its identifier and its keys, and withdraws it at once.

What it may do is a mandate (``habilitations/administration/mandats.py``); no secret is drawn, here nor anywhere:
the partner keeps the private keys, and gives the public ones, or the address where they are published.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import select

from idp import clock
from idp.crypto import new_token
from idp.db import db
from idp.errors import NotHere
from idp.habilitations.administration import mandats, programmes
from idp.habilitations.administration.mandats import MandatVoulu
from idp.habilitations.administration.programmes import ProgrammeVu
from idp.habilitations.delegation import Acteur, RefusDAgir
from idp.habilitations.tenue import tenir
from idp.scim.clients import PREFIX
from idp.scim.models import ScimClient

NAME_MAX_CHARS = 80
MAX_ACTING = 20
"""Programs of one organisme that are not withdrawn."""
JWKS_MAX_CHARS = 20_000


@dataclass(frozen=True, slots=True)
class NewProgram:
    """What the administrateur says; either ``jwks`` or ``jwks_uri``, which were checked."""

    name: str
    groupes: frozenset[UUID]
    peut_creer: bool
    fin: date | None
    jwks: dict[str, Any] | None
    jwks_uri: str | None


class RefusDeProgramme(StrEnum):
    """Why no program is registered, besides what ``delegation`` refuses."""

    FIN_PASSEE = "fin_passee"
    NOM_PRIS = "nom_pris"
    TROP = "trop"


@dataclass(frozen=True, slots=True)
class Program:
    """A program as its administrateur sees it; ``client_id`` is None for a mandate that has no keys."""

    vu: ProgrammeVu
    client_id: str | None
    jwks_uri: str | None
    last_used_at: datetime | None


def register(
    acteur: Acteur, asked: NewProgram, now: datetime
) -> UUID | RefusDeProgramme | RefusDAgir:
    """Mandate the program and keep its keys; returns the mandate."""
    tenir(acteur.organisme_id)
    refus = _refus(acteur, asked, now)
    if refus:
        return refus
    voulu = MandatVoulu(asked.groupes, asked.peut_creer, clock.today(now), asked.fin)
    mandat_id = mandats.donner_a_un_programme(acteur, asked.name, voulu, now)
    if isinstance(mandat_id, RefusDAgir):
        return mandat_id
    db.session.add(
        ScimClient(
            mandat_id=mandat_id,
            client_id=PREFIX + new_token()[:22],
            jwks=asked.jwks,
            jwks_uri=asked.jwks_uri,
        )
    )
    db.session.flush()
    return mandat_id


def _refus(acteur: Acteur, asked: NewProgram, now: datetime) -> RefusDeProgramme | None:
    if asked.fin is not None and asked.fin < clock.today(now):
        return RefusDeProgramme.FIN_PASSEE
    others = [one.nom for one in programmes.lister(acteur) if one.retire_le is None]
    if asked.name in others:
        return RefusDeProgramme.NOM_PRIS
    return RefusDeProgramme.TROP if len(others) >= MAX_ACTING else None


def of_organisme(acteur: Acteur) -> list[Program]:
    """Every one, withdrawn ones last: three statements."""
    seen = programmes.lister(acteur)
    rows = db.session.scalars(
        select(ScimClient).where(ScimClient.mandat_id.in_([one.mandat_id for one in seen]))
    )
    clients = {row.mandat_id: row for row in rows}
    return [_program(one, clients.get(one.mandat_id)) for one in seen]


def _program(seen: ProgrammeVu, client: ScimClient | None) -> Program:
    if client is None:
        return Program(seen, None, None, None)
    return Program(seen, client.client_id, client.jwks_uri, client.last_used_at)


def find(acteur: Acteur, mandat_id: UUID) -> Program:
    """One of this organisme; raises ``NotHere`` for any other."""
    for one in of_organisme(acteur):
        if one.vu.mandat_id == mandat_id:
            return one
    raise NotHere("Cet accès automatisé n’existe pas, ou n’est pas de votre organisme.")


def withdraw(acteur: Acteur, mandat_id: UUID, now: datetime) -> bool:
    """End it at once: its tokens open nothing any more. False when it was over; raises ``NotHere``."""
    find(acteur, mandat_id)
    return mandats.retirer_a_un_programme(acteur, mandat_id, now)
