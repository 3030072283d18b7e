"""Which files an agent sees, and whose caisses a file is done for: those of its author, as they are that day."""

from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, false, select, true

from idp.accounts.models import Account, AccountState
from idp.db import db
from idp.habilitations import agents
from idp.habilitations.agents import AgentVu
from idp.habilitations.import_organismes.models import CaisseDImport, ImportOrganismes

ABSENT = "Cet import n’existe pas, ou n’est pas d’une caisse que vous supervisez."


def visibles(agent: AgentVu) -> ColumnElement[bool]:
    """Of ``ImportOrganismes``, those of caisses that are all theirs: a file shows every line that it holds."""
    if agent.national:
        return true()
    ailleurs = exists().where(
        CaisseDImport.import_id == ImportOrganismes.id,
        CaisseDImport.caisse_code.not_in(agent.caisses),
    )
    return and_(ImportOrganismes.national == false(), ~ailleurs)


def auteur(account_id: UUID) -> AgentVu | None:
    """Who sent a file, when they may still act."""
    etat = db.session.scalar(select(Account.state).where(Account.id == account_id))
    return agents.agent_of(account_id) if etat is AccountState.ACTIF else None
