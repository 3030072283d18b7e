"""The services and their clients, with who uses them: what the agents' pages tell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from idp import clock, outbox
from idp.db import db
from idp.errors import NotHere
from idp.extensions import ground
from idp.habilitations.agents import AgentVu
from idp.habilitations.chiffres import lecture
from idp.habilitations.chiffres.mesures import Mesure
from idp.habilitations.en_cours import contrat_en_cours
from idp.habilitations.models import ContratDeService, Convention, Organisme
from idp.habilitations.perimetre import supervises
from idp.oidc.clients import client_errors
from idp.oidc.clients.client_metadata import RelyingParty
from idp.oidc.clients.client_secrets import ClientSecrets
from idp.oidc.clients.relying_parties import registry
from idp.oidc.models import ClientError
from idp.outbox import Waiting
from idp.services import Service

DAYS = 30
DELIVERIES_SHOWN = 50
"""Of a client that is away, the oldest: what waits after them waits for the same reason."""


@dataclass(frozen=True, slots=True)
class ClientSeen:
    """A client, with the counts of the last ``DAYS`` days, of the caisses of the agent."""

    client: RelyingParty
    openings: int
    logouts: int
    logouts_refused: int


@dataclass(frozen=True, slots=True)
class ServiceSeen:
    """A service, its clients, and how many organismes have a contract in force for it."""

    service: Service
    clients: tuple[ClientSeen, ...]
    organismes: int


@dataclass(frozen=True, slots=True)
class ClientTold:
    """What its page says of a client."""

    seen: ClientSeen
    has_secret: bool
    errors: Sequence[ClientError]
    waiting: Sequence[Waiting]


def services_seen(agent: AgentVu, now: datetime) -> list[ServiceSeen]:
    """Every service, in the order of the file: two statements."""
    known = registry()
    counts = _counts(agent, now)
    organismes = _organismes(agent, now)
    return [
        ServiceSeen(
            service,
            tuple(
                _seen(client, counts)
                for client in known.clients.values()
                if client.service_code == code
            ),
            organismes.get(code, 0),
        )
        for code, service in known.services.items()
    ]


def service_told(
    agent: AgentVu, code: str, now: datetime
) -> tuple[ServiceSeen, tuple[ClientTold, ...]]:
    """One service and its clients; raises ``NotHere``. Two statements, and two per client."""
    found = [seen for seen in services_seen(agent, now) if seen.service.code == code]
    if not found:
        raise NotHere("Ce service n’existe pas.")
    return found[0], tuple(map(_told, found[0].clients))


def _told(seen: ClientSeen) -> ClientTold:
    client_id = seen.client.client_id
    return ClientTold(
        seen,
        ClientSecrets(ground().settings.keys_dir).has(client_id),
        client_errors.last(client_id),
        outbox.undelivered(client_id, limit=DELIVERIES_SHOWN),
    )


def _counts(agent: AgentVu, now: datetime) -> Mapping[tuple[str, Mesure], int]:
    today = clock.today(now)
    return lecture.des_services(agent, lecture.periode(None, today, today, DAYS))


def _seen(client: RelyingParty, counts: Mapping[tuple[str, Mesure], int]) -> ClientSeen:
    def count(mesure: Mesure) -> int:
        return counts.get((client.client_id, mesure), 0)

    return ClientSeen(
        client,
        count(Mesure.OUVERTURES),
        count(Mesure.DECONNEXIONS),
        count(Mesure.DECONNEXIONS_REFUSEES),
    )


def _organismes(agent: AgentVu, now: datetime) -> dict[str, int]:
    """How many organismes of the agent may use each service today: one statement."""
    rows = db.session.execute(
        select(ContratDeService.service, func.count(func.distinct(Convention.organisme_id)))
        .join(Convention, Convention.id == ContratDeService.convention_id)
        .join(Organisme, Organisme.id == Convention.organisme_id)
        .where(
            contrat_en_cours(clock.today(now)),
            Organisme.suspendu_at.is_(None),
            supervises(agent),
        )
        .group_by(ContratDeService.service)
    )
    return {row[0]: row[1] for row in rows}
