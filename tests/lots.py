"""Letters that wait, made into batches by the worker, and read."""

import io
from datetime import UTC, datetime

from factories import a_caisse, a_rattachement, an_account, an_agent, an_organisme
from pypdf import PdfReader
from sqlalchemy import select

from idp import worker
from idp.accounts.models import Account, AccountState
from idp.db import db
from idp.habilitations.agents import AgentVu, agent_of
from idp.habilitations.courriers import etats, preparation, retrait
from idp.habilitations.courriers.models import EtatDeLot, LotDeCourriers
from idp.habilitations.models import Courrier, EtatCourrier, Rattachement, RoleAgent, TypeCourrier
from idp.habilitations.organismes.enregistrement import preparer_courriers

NOW = datetime.now(UTC)


def the_agent(
    role: RoleAgent = RoleAgent.SUPERVISEUR, caisses: tuple[str, ...] = ("359",)
) -> AgentVu:
    found = agent_of(an_agent(role, caisses).id)
    assert found is not None
    return found


def somebody_waits(name: str = "LES OLIVIERS", caisse: str = "359") -> Account:
    """An organisme whose two letters wait."""
    code = a_caisse(caisse).code
    organisme = an_organisme(
        raison_sociale=name, caisse_code=code, adresse=["2 rue de l’Été", "35000 RENNES"]
    )
    account = an_account(password=None, state=AccountState.PREPARE, email=None)
    a_rattachement(account, organisme)
    preparer_courriers(account, organisme, NOW)
    return account


def prepared(agent: AgentVu, caisse: str = "359") -> dict[TypeCourrier, LotDeCourriers]:
    """Both batches, made by the worker."""
    preparation.preparer(agent, caisse, datetime.now(UTC))
    db.session.commit()
    worker.drain()
    db.session.expire_all()
    rows = db.session.scalars(select(LotDeCourriers).order_by(LotDeCourriers.created_at))
    return {row.type: row for row in rows}


def text_of(pdf: bytes) -> str:
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]
    text = " ".join(" ".join(pages).split())
    assert ">>>" not in text, "a box that was not laid out"
    return text


def taken(agent: AgentVu, lot: LotDeCourriers) -> bytes:
    return retrait.retirer(agent, lot.id, NOW, secrets=lot.type is TypeCourrier.SECRET).pdf


def letters(kind: TypeCourrier) -> list[Courrier]:
    db.session.expire_all()
    rows = select(Courrier).where(Courrier.type == kind).order_by(Courrier.created_at)
    return list(db.session.scalars(rows))


def sent(agent: AgentVu, lot: LotDeCourriers, at: datetime = NOW) -> None:
    """Taken, printed and in the post."""
    taken(agent, lot)
    for etat in (EtatDeLot.IMPRIME, EtatDeLot.ENVOYE):
        etats.marquer(agent, lot.id, etat, at)


def a_letter(account: Account, kind: TypeCourrier, at: datetime = NOW) -> Courrier:
    """One more letter that waits, to the only organisme of this person."""
    organisme_id = db.session.scalars(
        select(Rattachement.organisme_id).where(Rattachement.account_id == account.id)
    ).first()
    courrier = Courrier(type=kind, account_id=account.id, organisme_id=organisme_id, created_at=at)
    db.session.add(courrier)
    db.session.flush()
    return courrier


def came_back(agent: AgentVu, courrier: Courrier, at: datetime = NOW) -> None:
    """It had left, and the post brought it back."""
    courrier.etat = EtatCourrier.ENVOYE
    db.session.flush()
    etats.retourner(agent, [courrier.reference], at)
