"""A file that an agent sends: judged as a whole at once, then kept sealed until the worker reads it."""

from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO
from uuid import UUID

from sqlalchemy import delete, select

from idp import outbox
from idp.bulk import insert_all
from idp.db import db
from idp.extensions import ground
from idp.habilitations.agents import AgentVu
from idp.habilitations.caisses import caisses
from idp.habilitations.import_organismes.models import (
    CaisseDImport,
    EtatDImport,
    ImportOrganismes,
    LigneDImport,
    MorceauDImport,
)
from idp.habilitations.organismes.fichier import lire_organismes
from idp.habilitations.organismes.lignes_nommees import extrait_de_nom

KIND = "import_organismes"
MORCEAU_BYTES = 512 * 1024


def deposer(agent: AgentVu, fichier: BinaryIO, *, nom: str, now: datetime) -> UUID:
    """Keep the file; returns the id of the import. Raises ``FichierRefuse`` for its encoding or its columns.

    It takes the place of those that the same agent had not validated.
    """
    # Lines are read by the worker; what is wrong with all of them is said at once.
    lire_organismes(fichier, {code: une.departements for code, une in caisses().items()})
    _oublier_les_precedents(agent)
    depose = ImportOrganismes(
        account_id=agent.account_id,
        national=agent.national,
        fichier=extrait_de_nom(nom),
        octets=fichier.seek(0, 2),
        created_at=now,
    )
    db.session.add(depose)
    db.session.flush()
    db.session.add_all(
        CaisseDImport(import_id=depose.id, caisse_code=code) for code in agent.caisses
    )
    for rang, morceau in enumerate(_morceaux(fichier)):
        sealed = ground().secret_box.seal(morceau)
        insert_all(MorceauDImport, [{"import_id": depose.id, "rang": rang, "contenu": sealed}])
    outbox.enqueue(KIND, {"import_id": str(depose.id)}, at=now)
    return depose.id


def _morceaux(fichier: BinaryIO) -> Iterator[bytes]:
    fichier.seek(0)
    while morceau := fichier.read(MORCEAU_BYTES):
        yield morceau


def recomposer(import_id: UUID, fichier: BinaryIO) -> None:
    """Write the file again, as it was sent; a part at a time is in memory."""
    rangs = db.session.scalars(
        select(MorceauDImport.rang)
        .where(MorceauDImport.import_id == import_id)
        .order_by(MorceauDImport.rang)
    ).all()
    for rang in rangs:
        contenu = select(MorceauDImport.contenu).where(
            MorceauDImport.import_id == import_id, MorceauDImport.rang == rang
        )
        fichier.write(ground().secret_box.unseal(db.session.scalars(contenu).one()))
    fichier.seek(0)


def _oublier_les_precedents(agent: AgentVu) -> None:
    precedents = select(ImportOrganismes.id).where(
        ImportOrganismes.account_id == agent.account_id,
        ImportOrganismes.etat.in_((EtatDImport.LECTURE, EtatDImport.ESSAI)),
    )
    supprimer(list(db.session.scalars(precedents)))


def supprimer(import_ids: list[UUID]) -> None:
    """Forget these files and their lines."""
    oublier_le_contenu(import_ids)
    db.session.execute(delete(CaisseDImport).where(CaisseDImport.import_id.in_(import_ids)))
    db.session.execute(delete(ImportOrganismes).where(ImportOrganismes.id.in_(import_ids)))


def oublier_le_contenu(import_ids: list[UUID]) -> None:
    """Forget what these files held."""
    for tenu in (LigneDImport, MorceauDImport):
        db.session.execute(delete(tenu).where(tenu.import_id.in_(import_ids)))
