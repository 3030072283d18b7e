"""From when and until when a box is ticked: what is asked becomes a period, or is refused."""

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest

from idp.habilitations.dates_de_groupe import (
    Coche,
    Dates,
    RefusDeDates,
    ouvert_le,
    perdu_a_la_fin,
    periode_voulue,
    refus_de_dates,
)
from idp.habilitations.delegation import Bases
from idp.habilitations.policy import Periode

JOUR = date(2026, 11, 25)
HIER, DEMAIN = JOUR - timedelta(days=1), JOUR + timedelta(days=1)
PLUS_TARD = JOUR + timedelta(days=30)


@pytest.mark.parametrize(
    ("avant", "asked", "ouverture", "told"),
    [
        (None, None, (HIER, HIER), Periode(JOUR)),
        (None, None, (DEMAIN, DEMAIN), Periode(DEMAIN)),
        (None, Dates(fin=DEMAIN), (HIER, HIER), Periode(JOUR, DEMAIN)),
        (None, Dates(debut=DEMAIN), (HIER, HIER), Periode(DEMAIN)),
        (Periode(HIER, DEMAIN), None, (HIER, HIER), Periode(HIER, DEMAIN)),
        (Periode(HIER, DEMAIN), Dates(debut=HIER), (HIER, HIER), Periode(HIER)),
        (Periode(HIER), Dates(), (HIER, HIER), Periode(HIER)),
        (Periode(DEMAIN), Dates(debut=PLUS_TARD), (HIER, HIER), Periode(PLUS_TARD)),
        (Periode(PLUS_TARD), None, (PLUS_TARD, DEMAIN), Periode(DEMAIN)),
        (Periode(PLUS_TARD), Dates(debut=PLUS_TARD), (PLUS_TARD, JOUR), Periode(JOUR)),
        (Periode(PLUS_TARD), None, (HIER, HIER), Periode(PLUS_TARD)),
    ],
    ids=[
        "new: from today",
        "new: with the place",
        "new: until a day",
        "new: from a day",
        "held, nothing said: as it was",
        "held: no end any more",
        "held, empty boxes: the start stays",
        "held, to come: later",
        "held, to start with the place: follows it",
        "the same, its box filled in by the page",
        "held, to come by itself: stays",
    ],
)
def test_what_is_asked_becomes_a_period(
    avant: Periode | None, asked: Dates | None, ouverture: tuple[date, date], told: Periode
) -> None:
    assert periode_voulue(avant, asked, ouverture=ouverture, jour=JOUR) == told


@pytest.mark.parametrize(
    ("avant", "apres", "refus"),
    [
        (None, Periode(JOUR), None),
        (None, Periode(JOUR, JOUR), None),
        (None, Periode(HIER), RefusDeDates.DEBUT_PASSE),
        (None, Periode(DEMAIN, JOUR), RefusDeDates.INVERSEES),
        (None, Periode(JOUR, HIER), RefusDeDates.FIN_PASSEE),
        (Periode(HIER), Periode(DEMAIN), RefusDeDates.DEBUT_PASSE),
        (Periode(DEMAIN), Periode(HIER), RefusDeDates.DEBUT_PASSE),
        (Periode(DEMAIN), Periode(PLUS_TARD), None),
        (Periode(DEMAIN), Periode(JOUR), None),
        (Periode(HIER), Periode(HIER, HIER), RefusDeDates.FIN_PASSEE),
        (Periode(HIER), Periode(HIER, JOUR), None),
        (Periode(HIER, HIER), Periode(HIER, HIER), None),
        (Periode(HIER, HIER), Periode(HIER, DEMAIN), None),
        (Periode(PLUS_TARD), Periode(PLUS_TARD, DEMAIN), RefusDeDates.INVERSEES),
    ],
)
def test_nothing_opens_nor_closes_in_the_past(
    avant: Periode | None, apres: Periode, refus: RefusDeDates | None
) -> None:
    assert refus_de_dates(avant, apres, JOUR) == refus


def test_boxes_open_on_their_days_alone() -> None:
    a, b, c = uuid4(), uuid4(), uuid4()
    coches = [
        Coche(Bases([a]), Periode(HIER, JOUR)),
        Coche(Bases([b]), Periode(DEMAIN)),
        Coche(Bases([c]), Periode(HIER, HIER)),
    ]

    assert ouvert_le(JOUR, coches) == {a}
    assert ouvert_le(DEMAIN, coches) == {b}


@pytest.mark.parametrize(
    ("autre", "perdu"),
    [(Periode(HIER), False), (Periode(HIER, DEMAIN), True), (Periode(DEMAIN), False)],
    ids=["without end", "ends the same day", "starts in time"],
)
def test_end_loses_what_nothing_else_opens(autre: Periode, perdu: bool) -> None:
    base, un, deux = uuid4(), uuid4(), uuid4()
    coches: dict[UUID, Coche] = {
        un: Coche(Bases([base]), Periode(HIER, DEMAIN)),
        deux: Coche(Bases([base]), autre),
    }

    assert bool(perdu_a_la_fin(un, coches)) is perdu
