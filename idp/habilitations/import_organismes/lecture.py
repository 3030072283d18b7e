"""What each line of a file would do, laid down by the worker a thousand lines at a time, and nothing done.

Each thousand is committed with how far it goes: a worker that dies loses nothing and doubles nothing. Whoever
takes up the delivery again reads the file from its start, and lays down what is not yet there.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import islice
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast
from uuid import UUID

from sqlalchemy import delete

from idp import clock
from idp.bulk import insert_all
from idp.db import db, transaction
from idp.habilitations.agents import AgentVu
from idp.habilitations.caisses import caisses
from idp.habilitations.import_organismes.contenu import Contenu, sceller, selon
from idp.habilitations.import_organismes.depot import recomposer
from idp.habilitations.import_organismes.models import (
    EtatDImport,
    ImportOrganismes,
    LigneDImport,
    MorceauDImport,
)
from idp.habilitations.import_organismes.portee import auteur
from idp.habilitations.import_organismes.pris import prendre
from idp.habilitations.organismes.enregistrement import prevoir
from idp.habilitations.organismes.fichier import Lue, lire_les_lignes
from idp.habilitations.organismes.plan import Effet
from idp.habilitations.organismes.portee import portee_de
from idp.spreadsheets.bounds import FichierRefuse

LOT = 1000
D_AFFILEE = timedelta(seconds=20)
"""How long a file is read before the worker looks at what else is due."""
IN_MEMORY_BYTES = 1024 * 1024


class Perdue(Exception):
    """Somebody else reads this file, or it is no longer to be read."""


def lire(import_id: UUID) -> bool:
    """Read the file on; True when some is left, False at its end, or when it is no longer to be read."""
    with SpooledTemporaryFile(IN_MEMORY_BYTES) as temporaire:
        fichier = cast(BinaryIO, temporaire)
        recomposer(import_id, fichier)
        with suppress(Perdue):
            try:
                return _lire(import_id, fichier)
            except FichierRefuse as refus:
                _finir(import_id, EtatDImport.REFUSE, str(refus))
    return False


def _lire(import_id: UUID, fichier: BinaryIO) -> bool:
    # Counted from the first new line: however long it takes to come back to it, the file goes on.
    jusque: datetime | None = None
    for lot in _lots(fichier):
        if not _noter(import_id, lot, fichier.tell()):
            continue
        jusque = jusque or clock.now() + D_AFFILEE
        if clock.now() >= jusque:
            return True
    _finir(import_id, EtatDImport.ESSAI)
    return False


def _lots(fichier: BinaryIO) -> Iterator[list[Lue]]:
    lignes = lire_les_lignes(fichier, {code: une.departements for code, une in caisses().items()})
    while lot := list(islice(lignes, LOT)):
        yield lot


def _noter(import_id: UUID, lot: list[Lue], lus: int) -> bool:
    """Whether something of it was not there yet."""
    with transaction():
        pris = _pris(import_id)
        nouvelles = [lue for lue in lot if lue.ligne > pris.curseur]
        if not nouvelles:
            return False
        agent = auteur(pris.account_id)
        if agent is None:
            _clore(pris, EtatDImport.ARRETE)
            return False
        prevues = _prevues(nouvelles, agent)
        insert_all(
            LigneDImport,
            [
                {
                    "import_id": import_id,
                    "numero": contenu.numero,
                    "effet": effet,
                    "contenu": sceller(contenu),
                }
                for effet, contenu in prevues
            ],
        )
        _compter(pris, Counter(effet for effet, _contenu in prevues))
        pris.curseur, pris.lus = nouvelles[-1].ligne, lus
    db.session.expunge_all()
    return True


def _pris(import_id: UUID) -> ImportOrganismes:
    pris = prendre(ImportOrganismes.id == import_id, ImportOrganismes.etat == EtatDImport.LECTURE)
    if pris is None:
        raise Perdue
    return pris


def _prevues(lot: list[Lue], agent: AgentVu) -> list[tuple[Effet, Contenu]]:
    declares = [lue.organisme for lue in lot if lue.organisme]
    now = clock.now()
    plans = iter(prevoir(declares, portee_de(agent), par=agent.account_id, now=now))
    prevues = []
    for lue in lot:
        if lue.organisme is None:
            refusee = Contenu(lue.ligne, None, lue.cells, refus=lue.refus)
            prevues.append((Effet.REFUSE, refusee))
            continue
        plan = next(plans)
        prevues.append((plan.effet, selon(plan, lue.ligne, lue.organisme, lue.cells)))
    return prevues


def _compter(pris: ImportOrganismes, comptes: Counter[Effet]) -> None:
    pris.lignes += comptes.total()
    pris.creations += comptes[Effet.CREE]
    pris.mises_a_jour += comptes[Effet.MIS_A_JOUR]
    pris.inchanges += comptes[Effet.INCHANGE]
    pris.refus += comptes[Effet.REFUSE]


def _finir(import_id: UUID, etat: EtatDImport, motif: str | None = None) -> None:
    with transaction():
        pris = _pris(import_id)
        pris.motif = motif
        _clore(pris, etat)


def _clore(pris: ImportOrganismes, etat: EtatDImport) -> None:
    """The file itself serves no more; its lines will be done from the first."""
    db.session.execute(delete(MorceauDImport).where(MorceauDImport.import_id == pris.id))
    pris.etat, pris.curseur, pris.lus = etat, 0, pris.octets
    if etat is not EtatDImport.ESSAI:
        pris.ended_at = clock.now()
