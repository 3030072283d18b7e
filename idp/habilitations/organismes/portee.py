"""For which caisses an agent declares organismes: by a file, or by hand."""

from idp.habilitations.agents import AgentVu
from idp.habilitations.organismes.plan import PARTOUT, Portee


def portee_de(agent: AgentVu) -> Portee:
    """The caisses of the organismes that they may declare."""
    return PARTOUT if agent.national else Portee(frozenset(agent.caisses))
