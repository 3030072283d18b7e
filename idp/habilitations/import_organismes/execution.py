"""A file that was validated is done by the worker, a thousand lines at a time, each time in one transaction.

Lines are claimed, done and said to be done in the same transaction: a worker that dies loses nothing and doubles
nothing, and the delivery that it held falls due again. They are done in the name of the agent who sent them, and
for the caisses that this agent has that day.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select, update

from idp import audit, clock, outbox
from idp.audit import Actor
from idp.db import db, transaction
from idp.errors import NotHere
from idp.habilitations.agents import AgentVu
from idp.habilitations.events import ImportDOrganismesFini, ImportDOrganismesLance
from idp.habilitations.import_organismes import lecture
from idp.habilitations.import_organismes.contenu import desceller, sceller, selon
from idp.habilitations.import_organismes.depot import KIND, supprimer
from idp.habilitations.import_organismes.models import (
    EtatDImport,
    ImportOrganismes,
    LigneDImport,
)
from idp.habilitations.import_organismes.portee import ABSENT, auteur, visibles
from idp.habilitations.import_organismes.pris import prendre
from idp.habilitations.organismes.enregistrement import enregistrer
from idp.habilitations.organismes.plan import Effet
from idp.habilitations.organismes.portee import portee_de
from idp.habilitations.organismes.table_des_caisses import enregistrer_caisses

LOT = 1000
D_AFFILEE = timedelta(seconds=5)
"""How long lines are done before the worker looks at what else is due: a code by mail does not wait for all."""


def lancer(agent: AgentVu, import_id: UUID, now: datetime) -> bool:
    """Have the worker do it; False when it was already, so that pressing twice starts it once.

    Only its author does: the lines are done in their name.
    """
    lance = prendre(
        ImportOrganismes.id == import_id,
        ImportOrganismes.account_id == agent.account_id,
        ImportOrganismes.etat == EtatDImport.ESSAI,
    )
    if lance is None:
        return False
    lance.etat, lance.started_at = EtatDImport.EN_COURS, now
    event = ImportDOrganismesLance(import_id=import_id, lignes=lance.lignes)
    audit.record(event, at=now, actor=agent.actor, account_id=agent.account_id)
    outbox.enqueue(KIND, {"import_id": str(import_id)}, at=now)
    return True


def annuler(agent: AgentVu, import_id: UUID, now: datetime) -> EtatDImport:
    """Stop it: what is done stays done. A trial is forgotten at once. Returns the state that it had.

    Raises ``NotHere`` for an import that the agent may not see.
    """
    row = prendre(ImportOrganismes.id == import_id, visibles(agent))
    if row is None:
        raise NotHere(ABSENT)
    etat = row.etat
    if etat in (EtatDImport.LECTURE, EtatDImport.ESSAI):
        supprimer([row.id])
    if etat is EtatDImport.EN_COURS:
        _finir(row, EtatDImport.ANNULE, agent.actor, now)
    return etat


def poursuivre(payload: outbox.Payload) -> None:
    """Read the file, or do its next lines, and ask to be called again while some are left."""
    import_id = UUID(payload["import_id"])
    etat, started_at = db.session.execute(
        select(ImportOrganismes.etat, ImportOrganismes.started_at).where(
            ImportOrganismes.id == import_id
        )
    ).one_or_none() or (None, None)
    if etat is EtatDImport.LECTURE and lecture.lire(import_id):
        outbox.enqueue(KIND, payload, at=clock.now())
    if etat is not EtatDImport.EN_COURS:
        return
    jusque = clock.now() + D_AFFILEE
    while _faire(import_id, clock.now()):
        if clock.now() >= jusque:
            # Due since it was started, hence before the mails of its own lines.
            outbox.enqueue(KIND, payload, at=started_at or clock.now())
            return


def _faire(import_id: UUID, now: datetime) -> bool:
    with transaction():
        encore = _les_suivantes(import_id, now)
    db.session.expunge_all()
    return encore


def _les_suivantes(import_id: UUID, now: datetime) -> bool:
    """The next lines; False when nothing is left to do."""
    en_cours = prendre(
        ImportOrganismes.id == import_id, ImportOrganismes.etat == EtatDImport.EN_COURS
    )
    if en_cours is None:
        return False
    agent = auteur(en_cours.account_id)
    if agent is None:
        _finir(en_cours, EtatDImport.ARRETE, audit.WORKER, now)
        return False
    lignes = db.session.scalars(
        select(LigneDImport).where(_a_faire(en_cours)).order_by(LigneDImport.numero).limit(LOT)
    ).all()
    if not lignes:
        _finir(en_cours, EtatDImport.TERMINE, agent.actor, now)
        return False
    _enregistrer(lignes, agent, now)
    en_cours.faites += len(lignes)
    en_cours.curseur = lignes[-1].numero
    return True


def _a_faire(en_cours: ImportOrganismes) -> ColumnElement[bool]:
    return and_(
        LigneDImport.import_id == en_cours.id,
        LigneDImport.numero > en_cours.curseur,
        LigneDImport.effet.in_((Effet.CREE, Effet.MIS_A_JOUR)),
    )


def _enregistrer(lignes: Sequence[LigneDImport], agent: AgentVu, now: datetime) -> None:
    enregistrer_caisses()
    contenus = [desceller(ligne.contenu) for ligne in lignes]
    declares = [contenu.declare for contenu in contenus if contenu.declare]
    plans = enregistrer(declares, portee=portee_de(agent), actor=agent.actor, now=now)
    autres = []
    for ligne, contenu, declare, plan in zip(lignes, contenus, declares, plans, strict=True):
        dit = selon(plan, contenu.numero, declare, contenu.cells)
        if (plan.effet, dit) != (ligne.effet, contenu):
            corrige = {"effet": plan.effet, "contenu": sceller(dit)}
            autres.append({"lequel": ligne.import_id, "no": ligne.numero, **corrige})
    if autres:
        # What was told is not what was done: the database changed in between.
        db.session.connection().execute(_CORRIGER, autres)


_LIGNES = LigneDImport.__table__
_CORRIGER = (
    update(LigneDImport.__table__)  # type: ignore[arg-type]
    .where(_LIGNES.c.import_id == bindparam("lequel"), _LIGNES.c.numero == bindparam("no"))
    .values(effet=bindparam("effet"), contenu=bindparam("contenu"))
)


def _finir(row: ImportOrganismes, etat: EtatDImport, par: Actor, now: datetime) -> None:
    """The counts become those of what was done."""
    db.session.flush()
    faits = _comptes(row)
    row.etat, row.ended_at = etat, now
    row.creations, row.mises_a_jour = faits[Effet.CREE], faits[Effet.MIS_A_JOUR]
    row.inchanges, row.refus = faits[Effet.INCHANGE], faits[Effet.REFUSE]
    event = ImportDOrganismesFini(
        import_id=row.id,
        etat=etat,
        creations=row.creations,
        mises_a_jour=row.mises_a_jour,
        refus=row.refus,
    )
    audit.record(event, at=now, actor=par, account_id=row.account_id)
    db.session.flush()


def _comptes(row: ImportOrganismes) -> Counter[Effet]:
    rows = db.session.execute(
        select(LigneDImport.effet, func.count().label("nombre"))
        .where(
            LigneDImport.import_id == row.id,
            or_(
                LigneDImport.numero <= row.curseur,
                LigneDImport.effet.in_((Effet.INCHANGE, Effet.REFUSE)),
            ),
        )
        .group_by(LigneDImport.effet)
    )
    return Counter({row.effet: row.nombre for row in rows})
