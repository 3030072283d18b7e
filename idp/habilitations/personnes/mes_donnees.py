"""A copy of everything that is kept of a person, for themself: JSON for machines, PDF to read.

RGPD, articles 15 and 20. The fields are documented in ``docs/mes-donnees.md``; what ``idp/accounts`` keeps is told
by ``own_data.py``.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select

from idp import audit
from idp.accounts import own_data
from idp.accounts.events import PersonalDataTaken
from idp.accounts.models import Account
from idp.accounts.own_data import Record
from idp.audit import Actor
from idp.db import db
from idp.habilitations.models import Agent, AvisDeRetrait, Courrier, Rattachement
from idp.habilitations.personnes import mes_habilitations, releve
from idp.habilitations.ports import ports


class Format(StrEnum):
    """What the person may take."""

    JSON = "json"
    PDF = "pdf"


Sections = Mapping[str, Record | Sequence[Record]]


def copie(account: Account, format_: Format, now: datetime) -> bytes:
    """The file, in that format; the journal keeps that it was taken."""
    sections = de(account, now)
    event = PersonalDataTaken(format=format_)
    audit.record(event, at=now, actor=Actor.person(account.id), account_id=account.id)
    if format_ is Format.PDF:
        return releve.ecrire(account.display_name, sections, cree_le=now)
    return _json({"genere_le": now, **sections})


def de(account: Account, now: datetime) -> Sections:
    """Every section; a constant number of statements."""
    return {
        **own_data.of(account, now),
        "organismes": _organismes(account, now),
        "courriers": _courriers(account),
        "services_prevenus": _services_prevenus(account),
        "autorisations": [
            {"client": une.client, "portee": une.portee, "donnee_le": une.donnee_le}
            for une in ports().acces.autorisations(account.id)
        ],
        "agent_de_la_caf": _agent(account),
    }


def _organismes(account: Account, now: datetime) -> Sequence[Record]:
    return [
        {
            "raison_sociale": mien.raison_sociale,
            "role": mien.role,
            "etat_de_l_acces": mien.etat,
            "ouverture": mien.ouverture,
            "cloture": mien.cloture,
            "accorde_le": mien.rattache_le,
            "accorde_par": mien.rattache_par,
            "groupes": [
                {
                    "groupe": groupe.libelle,
                    "service": groupe.service,
                    "debut": groupe.debut,
                    "fin": groupe.fin,
                    "accorde_le": groupe.accorde_le,
                    "accorde_par": groupe.accorde_par,
                }
                for groupe in mien.groupes
            ],
        }
        for mien in mes_habilitations.de(account.id, now)
    ]


def _courriers(account: Account) -> Sequence[Record]:
    rows = db.session.execute(
        select(Courrier.type, Courrier.created_at, Courrier.exported_at, Courrier.etat)
        .where(Courrier.account_id == account.id)
        .order_by(Courrier.created_at)
    )
    return [
        {"courrier": type_, "demande_le": demande, "imprime_le": imprime, "etat": etat}
        for type_, demande, imprime, etat in rows
    ]


def _services_prevenus(account: Account) -> Sequence[Record]:
    rows = db.session.execute(
        select(AvisDeRetrait.nom, AvisDeRetrait.motif, AvisDeRetrait.decided_at)
        .join(Rattachement, Rattachement.id == AvisDeRetrait.rattachement_id)
        .where(Rattachement.account_id == account.id)
        .order_by(AvisDeRetrait.decided_at)
    )
    return [{"service": nom, "motif": motif, "prevenu_le": le} for nom, motif, le in rows]


def _agent(account: Account) -> Sequence[Record]:
    rows = db.session.execute(
        select(Agent.role, Agent.caisses, Agent.created_at, Agent.ended_at).where(
            Agent.account_id == account.id
        )
    )
    return [
        {"role": role, "caisses": ", ".join(caisses), "depuis_le": since, "jusqu_au": until}
        for role, caisses, since, until in rows
    ]


def _json(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=2, default=_plain).encode()


def _plain(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"not of a copy: {type(value).__name__}")
