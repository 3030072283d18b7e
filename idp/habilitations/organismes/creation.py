"""An organisme entered by hand: what a line of the file of a caisse would create, by the same rules.

A N° utilisateur that is known already belongs to an organisme: that one is to be changed (``changements.py``), or
put together with another (``fusion``).
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from idp.habilitations.agents import AgentVu
from idp.habilitations.caisses import caisses
from idp.habilitations.organismes import attribution
from idp.habilitations.organismes.attribution import DejaConnu
from idp.habilitations.organismes.declaration import OrganismeDeclare, parse_organisme
from idp.habilitations.organismes.enregistrement import Ecriture
from idp.habilitations.organismes.lignes_nommees import LigneEnLecture, LigneRefusee
from idp.habilitations.organismes.plan import Motif, decider
from idp.habilitations.organismes.portee import portee_de
from idp.habilitations.organismes.table_des_caisses import enregistrer_caisses


def lire(cellules: Mapping[str, str]) -> OrganismeDeclare | list[LigneRefusee]:
    """What was typed, under the names of the columns of the file; or every reason why it is not right."""
    ligne = LigneEnLecture(0, cellules)
    zones = {une.code: une.departements for une in caisses().values()}
    return parse_organisme(ligne, zones) or ligne.refus


def creer(
    agent: AgentVu, declare: OrganismeDeclare, *, motif: str, now: datetime
) -> UUID | DejaConnu | Motif:
    """Create it whole, with its first account, whose letters or mail are prepared; its id, or why not."""
    # First what is theirs to enter: whether a number of another caisse is taken is none of theirs.
    interdits = attribution.a_donner_par_un_autre(
        agent.account_id, declare.numeros_utilisateur, now
    )
    plan = decider(declare, (), replace(portee_de(agent), retires=interdits))
    if plan.motif:
        return plan.motif
    attribution.un_seul()
    deja = attribution.a_un_autre(agent, declare.numeros_utilisateur)
    if deja:
        return deja
    des_numeros = {attribution.caisse_du_numero(un, declare.caisse) for un in plan.numeros}
    enregistrer_caisses({declare.caisse, *declare.zones, *des_numeros})
    ecriture = Ecriture(agent.actor, now, motif)
    ecriture.noter(declare, plan)
    ecriture.ecrire()
    return ecriture.faits[-1][1]
