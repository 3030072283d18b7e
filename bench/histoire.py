"""The journal of the population: three years of events in the order of time, each sealed after the one before."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tirage import Lieu, Tirage

from idp import clock
from idp.accounts.events import SignInRefused, SignInSucceeded
from idp.audit import SALT_BYTES, Event, JournalEntry, JournalHead, is_chained
from idp.habilitations.events import (
    HabilitationDonnee,
    HabilitationRetiree,
    RattachementModifie,
    UtilisateurCree,
)
from idp.habilitations.models import Mobilite
from idp.journal_chain import FIRST_HASH, Content, Link, content_hash, row_hash
from idp.oidc.events import AuthorizationGranted, TokenIssued

YEARS = timedelta(days=3 * 365 - 30)
RECENT = timedelta(days=330)
"""Who signed in is told for a year, who gave which right for three (idp/audit.py)."""
PART_OF_GRAND = 0.1
PREMIER = Link(1, FIRST_HASH)


@dataclass(frozen=True, slots=True)
class Temoin:
    """Somebody to whom things happen, in their organisme."""

    organisme_id: UUID
    administrateur_id: UUID
    account_id: UUID
    rattachement_id: UUID
    groupes: tuple[str, ...]


@dataclass(slots=True)
class Ligne:
    """An event, before it is sealed."""

    at: datetime
    event: str
    actor_kind: str
    actor_id: UUID | None
    account_id: UUID | None
    organisme_id: UUID | None
    data: dict[str, Any]
    salt: str


def fields_of(event: Event) -> dict[str, Any]:
    """What the journal keeps of an event, as ``audit.record`` does."""
    values = ((name, getattr(event, name)) for name in event.__slots__)
    return {
        name: value if isinstance(value, int | str | list) else str(value)
        for name, value in values
        if value is not None
    }


class Histoire:
    """Remembers some people while the population is made, then tells what happened to them."""

    def __init__(self, tirage: Tirage) -> None:
        self._hasard = tirage.hasard
        self._bulk = tirage.bulk
        self._now = tirage.now
        self._grand: list[Temoin] = []
        self._autres: list[Temoin] = []
        self._liens: dict[UUID, Link] = {}

    def se_souvenir(self, lieu: Lieu, *, grand: bool = False) -> None:
        """Everybody of the big organisme, and a few people of each other one."""
        groupes = tuple(groupe.code for groupe in lieu.groupes)
        personnes = lieu.personnes[1:] if grand else lieu.personnes[1:4]
        (self._grand if grand else self._autres).extend(
            Temoin(
                lieu.id,
                lieu.administrateur.account_id,
                personne.account_id,
                personne.rattachement_id,
                groupes,
            )
            for personne in personnes
        )

    def lignes(self, combien: int) -> Iterator[None]:
        """Write that many, evenly over three years."""
        precedent = FIRST_HASH
        for rang in range(1, combien + 1):
            il_y_a = YEARS * (1 - rang / combien)
            ligne = self._une_ligne(self._now - il_y_a, recente=il_y_a < RECENT)
            chainee = ligne.organisme_id is not None and is_chained(ligne.event, ligne.organisme_id)
            lien = self._liens.get(ligne.organisme_id, PREMIER) if chainee else None
            ids = (ligne.actor_id, ligne.account_id, ligne.organisme_id)
            contenu = content_hash(
                Content(ligne.salt, tuple(str(one or "") for one in ids), ligne.data, lien)
            )
            scelle = row_hash(
                precedent, ligne.at.isoformat(), ligne.event, ligne.actor_kind, contenu
            )
            if lien and ligne.organisme_id:
                self._liens[ligne.organisme_id] = Link(lien.rank + 1, scelle)
            self._bulk.add(
                JournalEntry,
                at=ligne.at,
                event=ligne.event,
                actor_kind=ligne.actor_kind,
                actor_id=ligne.actor_id,
                account_id=ligne.account_id,
                organisme_id=ligne.organisme_id,
                data=ligne.data,
                rank=rang,
                salt=ligne.salt,
                content_hash=contenu,
                previous_hash=precedent,
                hash=scelle,
                organisme_rank=lien.rank if lien else None,
                organisme_previous=lien.previous_hash if lien else None,
            )
            precedent = scelle
            yield
        for organisme_id, lien in self._liens.items():
            self._bulk.add(
                JournalHead, organisme_id=organisme_id, rank=lien.rank - 1, hash=lien.previous_hash
            )

    def _une_ligne(self, at: datetime, *, recente: bool) -> Ligne:
        hasard = self._hasard
        grand = hasard.random() < PART_OF_GRAND
        temoin = hasard.choice(self._grand if grand else self._autres)
        if recente and hasard.random() < 0.3:
            return self._une_ouverture(temoin, at)
        if grand:
            return self._un_acte(temoin, at)
        if recente and hasard.random() < 0.8:
            return self._une_connexion(temoin, at)
        return self._un_acte(temoin, at)

    def _une_connexion(self, temoin: Temoin, at: datetime) -> Ligne:
        if self._hasard.random() < 0.1:
            refus = SignInRefused(reason="wrong_password")
            return self._ligne(
                at, refus.name, "anonymous", None, temoin.account_id, None, fields_of(refus)
            )
        entree = SignInSucceeded(credential="password", device="Firefox sur Windows")
        return self._ligne(
            at, entree.name, "person", temoin.account_id, temoin.account_id, None, fields_of(entree)
        )

    def _une_ouverture(self, temoin: Temoin, at: datetime) -> Ligne:
        kind = self._hasard.choice((AuthorizationGranted, TokenIssued))
        ouverture = kind(client_id="offre-bailleurs", scope="openid habilitations")
        qui = temoin.account_id
        return self._ligne(
            at, kind.name, "person", qui, qui, temoin.organisme_id, fields_of(ouverture)
        )

    def _un_acte(self, temoin: Temoin, at: datetime) -> Ligne:
        hasard, place = self._hasard, temoin.rattachement_id
        groupe = hasard.choice(temoin.groupes)
        event = hasard.choices(
            (
                HabilitationDonnee(rattachement_id=place, groupe=groupe),
                HabilitationRetiree(rattachement_id=place, groupe=groupe),
                UtilisateurCree(rattachement_id=place, groupes=[groupe]),
                RattachementModifie(
                    rattachement_id=place,
                    ouverture=clock.today(at).isoformat(),
                    cloture=None,
                    mobilite=Mobilite.SEDENTAIRE,
                ),
            ),
            (6, 3, 1, 1),
        )[0]
        return self._ligne(
            at,
            event.name,
            "person",
            temoin.administrateur_id,
            temoin.account_id,
            temoin.organisme_id,
            fields_of(event),
        )

    def _ligne(self, at: datetime, *valeurs: Any) -> Ligne:
        return Ligne(at, *valeurs, f"{self._hasard.getrandbits(8 * SALT_BYTES):0{2 * SALT_BYTES}x}")
