"""A proof of the journal of an organisme: its sealed rows, word for word, under our signature.

Anyone checks it again with ``idp preuve verifier`` (``idp/journal_proof.py``); what it proves: ``docs/preuve.md``.
Rows are written as they are read, so that memory stays flat.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import IO, Any

from sqlalchemy import RowMapping, func, select

from idp import audit, clock
from idp.audit import JournalEntry, JournalHead
from idp.db import db
from idp.habilitations.acteurs import actor_of
from idp.habilitations.delegation import Acteur
from idp.habilitations.events import PreuveTelechargee
from idp.habilitations.journal import lecture
from idp.habilitations.journal.noms import Lu
from idp.journal_chain import Digest
from idp.journal_proof import ALGORITHM, FORMAT, TYP
from idp.keys import KeyRing
from idp.signing import sign

_LOT = 1000


@dataclass(frozen=True, slots=True)
class _Etendue:
    """The rows of a proof, and where the chain of the organisme stands."""

    premiere: int
    derniere: int
    tete: JournalHead


def ecrire(
    acteur: Acteur,
    debut: date,
    fin: date,
    file: IO[str],
    *,
    now: datetime,
    issuer: str,
    key_ring: KeyRing,
) -> int:
    """Write the proof of these days, both included; returns how many rows it holds, and writes nothing when none.

    The lines told between those of these days are there too, so that none is missing in between.
    """
    etendue = _etendue(acteur, debut, fin)
    if etendue is None:
        return 0
    entete = {"format": FORMAT, "cle": key_ring.signing_key(ALGORITHM).key.as_dict(private=False)}
    file.write(json.dumps(entete, ensure_ascii=False)[:-1] + ', "lignes": [')
    empreintes, lectures, lignes = Digest(), Digest(), 0
    for ligne in _lignes(acteur, etendue):
        file.write(",\n" if lignes else "\n")
        json.dump(ligne, file, ensure_ascii=False)
        empreintes.add(ligne["hash"])
        lectures.add(ligne["lecture"])
        lignes += 1
    dit = {
        "iss": issuer,
        "organisme": str(acteur.organisme_id),
        "raison_sociale": acteur.raison_sociale,
        "debut": str(debut),
        "fin": str(fin),
        "fait_le": now.isoformat(timespec="seconds"),
        "lignes": lignes,
        "premiere": etendue.premiere,
        "derniere": etendue.derniere,
        "empreinte": str(empreintes),
        "lectures": str(lectures),
        "tete": {"rang": etendue.tete.rank, "empreinte": etendue.tete.hash},
    }
    attestation = sign(dit, typ=TYP, algorithm=ALGORITHM, key_ring=key_ring)
    file.write(f'\n], "attestation": "{attestation}"}}\n')
    _journaliser(acteur, dit, key_ring.signing_key(ALGORITHM).kid, now)
    return lignes


def _journaliser(acteur: Acteur, dit: dict[str, Any], cle: str, now: datetime) -> None:
    # The next proof holds this line: it vouches for the key of this one once that key is no longer published.
    event = PreuveTelechargee(
        debut=dit["debut"],
        fin=dit["fin"],
        lignes=dit["lignes"],
        empreinte=dit["empreinte"],
        cle=cle,
    )
    audit.record(event, at=now, actor=actor_of(acteur), organisme_id=acteur.organisme_id)


def _etendue(acteur: Acteur, debut: date, fin: date) -> _Etendue | None:
    # The head first: what is sealed meanwhile is for another time.
    tete = db.session.get(JournalHead, acteur.organisme_id)
    if tete is None:
        return None
    premiere, derniere = db.session.execute(
        select(func.min(JournalEntry.organisme_rank), func.max(JournalEntry.organisme_rank)).where(
            JournalEntry.organisme_id == acteur.organisme_id,
            JournalEntry.at >= clock.start_of_day(debut),
            JournalEntry.at < clock.end_of_day(fin),
            JournalEntry.organisme_rank <= tete.rank,
        )
    ).one()
    return _Etendue(premiere, derniere, tete) if premiere and derniere else None


def _lignes(acteur: Acteur, etendue: _Etendue) -> Iterator[dict[str, Any]]:
    # Told to whoever will read the file: by their names, never « vous ».
    lecteur = replace(acteur, account_id=None)
    for premiere in range(etendue.premiere, etendue.derniere + 1, _LOT):
        derniere = min(premiere + _LOT - 1, etendue.derniere)
        rows = db.session.execute(
            select(*_SCELLE)
            .where(
                JournalEntry.organisme_id == acteur.organisme_id,
                JournalEntry.organisme_rank.between(premiere, derniere),
            )
            .order_by(JournalEntry.organisme_rank)
        ).all()
        lus = [Lu(**{nom: getattr(row, nom) for nom in Lu.__slots__}) for row in rows]
        for row, lue in zip(rows, lecture.lues(lecteur, lus), strict=True):
            yield _ligne(row._mapping, lue.phrase)


_SCELLE = (
    JournalEntry.id,
    JournalEntry.at,
    JournalEntry.event,
    JournalEntry.actor_kind,
    JournalEntry.actor_id,
    JournalEntry.account_id,
    JournalEntry.organisme_id,
    JournalEntry.data,
    JournalEntry.rank,
    JournalEntry.salt,
    JournalEntry.content_hash,
    JournalEntry.previous_hash,
    JournalEntry.hash,
    JournalEntry.organisme_rank,
    JournalEntry.organisme_previous,
)


def _ligne(row: RowMapping, lecture: str) -> dict[str, Any]:
    # The id of the row is of this database alone.
    ligne = {nom: row[nom] for nom in row if nom != "id"}
    ids = {nom: str(row[nom]) for nom in ("actor_id", "account_id", "organisme_id") if row[nom]}
    return {**ligne, **ids, "at": row["at"].isoformat(), "lecture": lecture}
