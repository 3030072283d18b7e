"""The figures of a period, as an agent reads them: day by day, and by service, of their caisses alone."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, func, select

from idp.db import db
from idp.errors import NotHere
from idp.habilitations.agents import AgentVu
from idp.habilitations.chiffres.mesures import DES_SERVICES, Mesure
from idp.habilitations.chiffres.models import PAYS, Chiffre

JOURS_AU_PLUS = 366
JOUR_PAR_JOUR = 93
"""From so many days on, a period is told week by week."""


@dataclass(frozen=True, slots=True)
class Periode:
    """Both days are included; at most a year."""

    debut: date
    fin: date

    @property
    def par_semaine(self) -> bool:
        """Whether it is told week by week: past three months, nobody reads a bar a day."""
        return self.fin - self.debut >= timedelta(days=JOUR_PAR_JOUR)

    @property
    def pas(self) -> list[date]:
        """Each day of it, or the first day of each week of it, the first one first."""
        jours = (self.debut + timedelta(days=n) for n in range((self.fin - self.debut).days + 1))
        return list(dict.fromkeys(map(self.pas_de, jours)))

    def pas_de(self, jour: date) -> date:
        """The step in which a day is told; a week begins on Monday, the first one when the period does."""
        if not self.par_semaine:
            return jour
        return max(jour - timedelta(days=jour.weekday()), self.debut)


@dataclass(frozen=True, slots=True)
class Serie:
    """One figure, step by step."""

    mesure: Mesure
    valeurs: tuple[int, ...]

    @property
    def total(self) -> int:
        """Over the period."""
        return sum(self.valeurs)

    @property
    def maximum(self) -> int:
        """Of a step."""
        return max(self.valeurs, default=0)


@dataclass(frozen=True, slots=True)
class Chiffres:
    """What the page shows."""

    periode: Periode
    series: tuple[Serie, ...]
    par_service: tuple[tuple[str, int], ...]
    """How many times each client was opened, the most opened first."""


def periode(debut: date | None, fin: date | None, aujourd_hui: date, jours: int) -> Periode:
    """What was asked, kept within what can be read: the last ``jours`` days when nothing was."""
    # No calendar has a year before its first day.
    fin = max(min(fin or aujourd_hui, aujourd_hui), date.min + timedelta(days=JOURS_AU_PLUS))
    debut = min(debut or fin - timedelta(days=jours - 1), fin)
    return Periode(max(debut, fin - timedelta(days=JOURS_AU_PLUS - 1)), fin)


def lire(agent: AgentVu, periode: Periode, caisse: str | None = None) -> Chiffres:
    """Those of one caisse, or of every caisse of the agent; raises ``NotHere`` for a caisse of others. One
    statement."""
    rows = db.session.execute(
        select(Chiffre.jour, Chiffre.mesure, Chiffre.service, func.sum(Chiffre.nombre))
        .where(_de(agent, caisse), Chiffre.jour.between(periode.debut, periode.fin))
        .group_by(Chiffre.jour, Chiffre.mesure, Chiffre.service)
    ).all()
    par_pas: Counter[tuple[str, date]] = Counter()
    par_service: Counter[str] = Counter()
    for jour, mesure, service, nombre in rows:
        par_pas[mesure, periode.pas_de(jour)] += nombre
        if mesure == Mesure.OUVERTURES:
            par_service[service] += nombre
    pas = periode.pas
    series = (Serie(une, tuple(par_pas[une, jour] for jour in pas)) for une in Mesure)
    return Chiffres(periode, tuple(series), tuple(par_service.most_common()))


def des_services(agent: AgentVu, periode: Periode) -> dict[tuple[str, Mesure], int]:
    """What is counted service by service, by client: one statement."""
    rows = db.session.execute(
        select(Chiffre.service, Chiffre.mesure, func.sum(Chiffre.nombre))
        .where(
            Chiffre.jour.between(periode.debut, periode.fin),
            Chiffre.mesure.in_(DES_SERVICES),
            _de(agent, None),
        )
        .group_by(Chiffre.service, Chiffre.mesure)
    )
    return {(service, Mesure(mesure)): nombre for service, mesure, nombre in rows}


def lignes(agent: AgentVu, periode: Periode, caisse: str | None = None) -> Iterator[Sequence[str]]:
    """Each figure of the period by day and caisse, in that order: one statement; raises ``NotHere``."""
    rows = db.session.execute(
        select(
            Chiffre.jour,
            Chiffre.caisse_code,
            Chiffre.mesure,
            Chiffre.service,
            Chiffre.nombre,
        )
        .where(_de(agent, caisse, detail=True), Chiffre.jour.between(periode.debut, periode.fin))
        .order_by(Chiffre.jour, Chiffre.caisse_code, Chiffre.mesure, Chiffre.service)
    )
    # Asked for before a file is begun: what is refused leaves none half made.
    return (
        (row.jour.isoformat(), row.caisse_code, row.mesure, row.service, str(row.nombre))
        for row in rows
    )


def _de(agent: AgentVu, caisse: str | None, *, detail: bool = False) -> ColumnElement[bool]:
    # The country is read at once; caisse by caisse when it is told in detail.
    if caisse is None and agent.national:
        return Chiffre.caisse_code != PAYS if detail else Chiffre.caisse_code == PAYS
    if caisse is None:
        return Chiffre.caisse_code.in_(agent.caisses)
    if not agent.supervise(caisse):
        raise NotHere("Cette caisse n’existe pas, ou n’est pas de celles que vous supervisez.")
    return Chiffre.caisse_code == caisse
