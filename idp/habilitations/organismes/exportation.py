"""The organismes that an agent found, as a file to take away; that it was taken is in the journal."""

from collections.abc import Iterator
from datetime import datetime

from idp import audit
from idp.habilitations.agents import AgentVu
from idp.habilitations.events import OrganismesExportes
from idp.habilitations.models import TypeOrganisme
from idp.habilitations.numeros import format_numero_utilisateur, format_siret
from idp.habilitations.organismes import recherche
from idp.habilitations.organismes.recherche import Choix, OrganismeTrouve
from idp.habilitations.organismes.saisie import Saisie
from idp.spreadsheets.sheet import Sheet
from idp.spreadsheets.writing import Format, written

COLONNES = (
    "Raison sociale",
    "Type",
    "N° utilisateur",
    "SIRET",
    "Caisse",
    "Adresse",
    "Adresse mail",
    "État",
)
_TYPES = {
    TypeOrganisme.PERSONNE_MORALE: "Personne morale",
    TypeOrganisme.PERSONNE_PHYSIQUE: "Personne physique",
}


def exporter(
    agent: AgentVu,
    saisie: Saisie | None,
    choix: Choix,
    format_: Format,
    *,
    now: datetime,
) -> Iterator[bytes]:
    """What was found, in the order of the page."""
    lignes = map(_cellules, recherche.trouves(agent, saisie, choix))
    yield from written(format_, Sheet("Organismes", COLONNES, lignes))
    audit.record(OrganismesExportes(format=format_), at=now, actor=agent.actor)


def _cellules(un: OrganismeTrouve) -> tuple[str, ...]:
    return (
        un.raison_sociale,
        _TYPES[un.type],
        ", ".join(map(format_numero_utilisateur, un.numeros)),
        format_siret(un.siret) if un.siret else "",
        un.caisse,
        ", ".join(un.adresse),
        un.email,
        "Réuni à un autre" if un.reuni else "Suspendu" if un.suspendu else "Ouvert",
    )
