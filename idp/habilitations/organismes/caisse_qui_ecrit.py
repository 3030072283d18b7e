"""The caisse that writes to an organisme gives it to another one: by an agent of both, with a motive.

Its letters that wait leave with those of the other, and its mailbox and telephone are those that people are told
(``idp/habilitations/coordonnees.py``). Numbers stay with the caisses that gave them (``attribution.py``).
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, func, select

from idp import audit
from idp.db import db
from idp.errors import Refusal
from idp.habilitations.agents import AgentVu
from idp.habilitations.caisses import CaisseDecrite, caisses
from idp.habilitations.events import CaisseQuiEcritChangee
from idp.habilitations.models import Courrier, EtatCourrier, NumeroUtilisateur, Organisme
from idp.habilitations.organismes.models import Champ, ChangementDOrganisme
from idp.habilitations.organismes.table_des_caisses import enregistrer_caisses
from idp.habilitations.perimetre import organisme_de
from idp.habilitations.tenue import tenir_vivant


@dataclass(frozen=True, slots=True)
class Depart:
    """What is about to change: who writes today, who may instead, the letters that wait, whether its agents still
    see the organisme afterwards."""

    caisse: str
    possibles: tuple[CaisseDecrite, ...]
    courriers: int
    garde_un_numero: bool


def depart(agent: AgentVu, organisme_id: UUID) -> Depart:
    """As the page shows it; raises ``NotHere``. Three statements."""
    organisme = organisme_de(agent, organisme_id)
    attendent = select(func.count()).where(
        Courrier.organisme_id == organisme_id,
        Courrier.exported_at.is_(None),
        Courrier.etat == EtatCourrier.EN_ATTENTE,
    )
    numero = exists().where(
        NumeroUtilisateur.organisme_id == organisme_id,
        NumeroUtilisateur.caisse_code == organisme.caisse_code,
    )
    return Depart(
        caisse=organisme.caisse_code,
        possibles=possibles(agent, organisme.caisse_code),
        courriers=db.session.scalar(attendent) or 0,
        garde_un_numero=bool(db.session.scalar(select(numero))),
    )


def possibles(agent: AgentVu, actuelle: str) -> tuple[CaisseDecrite, ...]:
    """The caisses that may write instead, for this agent: none when they have not both."""
    if not agent.supervise(actuelle):
        return ()
    return tuple(
        une for une in caisses().values() if une.code != actuelle and agent.supervise(une.code)
    )


def changer(agent: AgentVu, organisme_id: UUID, code: str, *, motif: str, now: datetime) -> bool:
    """Have that caisse write to it from now on; False when it does already. Raises ``NotHere`` and ``Refusal``."""
    organisme_de(agent, organisme_id)
    tenir_vivant(organisme_id)
    organisme = db.session.get_one(Organisme, organisme_id, populate_existing=True)
    avant = organisme.caisse_code
    _exiger(agent, avant, code)
    if code == avant:
        return False
    enregistrer_caisses([code])
    organisme.caisse_code = code
    connues = caisses()
    libelles = [connues[une].libelle if une in connues else une for une in (avant, code)]
    db.session.add(
        ChangementDOrganisme(
            organisme_id=organisme_id,
            champ=Champ.CAISSE,
            avant=libelles[0],
            apres=libelles[1],
            at=now,
            par=agent.account_id,
            motif=motif,
        )
    )
    db.session.flush()
    event = CaisseQuiEcritChangee(avant=avant, apres=code, libelle=libelles[1], motif=motif)
    audit.record(event, at=now, actor=agent.actor, organisme_id=organisme_id)
    return True


def _exiger(agent: AgentVu, *codes: str) -> None:
    connues = caisses()
    if not all(agent.supervise(code) and code in connues for code in codes):
        raise Refusal(
            "La Caf qui écrit à cet organisme, et celle qui lui écrirait, doivent être toutes deux les vôtres.",
            conseil="Un agent des deux caisses peut le faire, ou un agent national.",
            detail="not an agent of both caisses",
        )
