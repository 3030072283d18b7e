"""Random sequences of what people try in the console: the invariants of delegation hold after each of them.

In memory, tens of thousands of operations at each run, millions by `make delegation-proof`; and fewer through the
services, on the database, where every outcome and every row must be what the decisions alone say.
"""

import os
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from delegation_on_rows import Lignes
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from monde import Case, Mandat, Monde, deborde, verifier

from idp.db import db
from idp.habilitations.administration import verification
from idp.habilitations.delegation import Bases, Qualite, Role

STEPS = 50
EXAMPLES = int(os.environ.get("DELEGATION_OPERATIONS", "20000")) // STEPS
EXAMPLES_ON_ROWS = 12

RANG = st.integers(0, 10)
PAR = st.one_of(st.integers(0, 3), RANG)
"""Most often who manages something at the start."""
BOXES = st.frozensets(st.integers(0, 7), max_size=4)


class Essais(RuleBasedStateMachine):
    """Anybody tries anything upon anybody."""

    def __init__(self) -> None:
        super().__init__()
        self.contrats = (Bases(uuid4() for _ in range(3)), Bases(uuid4() for _ in range(2)))
        self.monde = Monde.nouveau(self.contrats)
        self.lignes: Lignes | None = None

    def essayer(self, operation: str, par: int, *args: Any, **kwargs: Any) -> None:
        """Try it in memory, and on the rows when there are some."""
        par = self._qui(par)
        avant = self.monde.copie()
        refus = getattr(self.monde, operation)(par, *args, **kwargs)
        if refus is not None:
            assert self.monde == avant, f"{operation} was refused ({refus}), and changed something"
        assert deborde(avant, self.monde, par) == []
        if self.lignes is not None:
            said = getattr(self.lignes, operation)(par, *args, **kwargs)
            assert said == (str(refus) if refus else None), operation
            assert self.lignes.etat() == etat_de(self.monde)

    def _qui(self, rang: int) -> int:
        return rang % len(self.monde.gens)

    def _groupes(self, boxes: frozenset[int]) -> frozenset[int]:
        return frozenset(box % len(self.monde.groupes) for box in boxes)

    @rule(par=PAR, boxes=BOXES)
    def creer(self, par: int, boxes: frozenset[int]) -> None:
        if len(self.monde.gens) < 11:
            self.essayer("creer", par, self._groupes(boxes))

    @rule(qui=RANG)
    def se_connecter(self, qui: int) -> None:
        self.monde.se_connecter(self._qui(qui))
        if self.lignes is not None:
            self.lignes.se_connecter(self._qui(qui))

    @rule(par=PAR, sur=RANG, boxes=BOXES)
    def cocher(self, par: int, sur: int, boxes: frozenset[int]) -> None:
        self.essayer("cocher", par, self._qui(sur), self._groupes(boxes))

    @rule(par=PAR, sur=RANG)
    def clore(self, par: int, sur: int) -> None:
        self.essayer("clore", par, self._qui(sur))

    @rule(par=PAR, sur=RANG)
    def rouvrir(self, par: int, sur: int) -> None:
        if self.monde.gens[self._qui(sur)].clos:
            self.essayer("rouvrir", par, self._qui(sur))

    @rule(par=PAR, sur=RANG)
    def fixer_cloture(self, par: int, sur: int) -> None:
        if not self.monde.gens[self._qui(sur)].fin:
            self.essayer("fixer_cloture", par, self._qui(sur))

    @rule()
    def laisser_passer_le_temps(self) -> None:
        if self.lignes is None:
            self.monde.laisser_passer_le_temps()

    @rule(par=PAR, sur=RANG, boxes=BOXES, peut_creer=st.booleans())
    def mandater(self, par: int, sur: int, boxes: frozenset[int], peut_creer: bool) -> None:
        self.essayer("mandater", par, self._qui(sur), self._groupes(boxes), peut_creer=peut_creer)

    @rule(par=PAR, sur=RANG)
    def retirer_mandat(self, par: int, sur: int) -> None:
        self.essayer("retirer_mandat", par, self._qui(sur))

    @rule(par=PAR, sur=RANG)
    def promouvoir(self, par: int, sur: int) -> None:
        self.essayer("promouvoir", par, self._qui(sur))

    @rule(par=PAR, sur=RANG)
    def retrograder(self, par: int, sur: int) -> None:
        self.essayer("retrograder", par, self._qui(sur))

    @rule(par=PAR, contrat=st.integers(0, 1), boxes=BOXES)
    def composer(self, par: int, contrat: int, boxes: frozenset[int]) -> None:
        # Base groupes of any contrat: mixing them must be refused.
        base = sum(map(len, self.contrats))
        bases = Bases().union(*(self.monde.groupes[box % base] for box in boxes))
        if len(self.monde.groupes) < 8:
            self.essayer("composer", par, contrat, bases)

    @invariant()
    def every_invariant_holds(self) -> None:
        assert verifier(self.monde) == []


def etat_de(monde: Monde) -> list[tuple[Any, ...]]:
    """What the rows must say of each person."""
    return [
        (
            qui.role.value,
            qui.clos,
            qui.clos or qui.fin,
            sorted(qui.cases),
            sorted(case.qualite.value for case in qui.cases.values()),
            len(qui.mandat.bases) if qui.mandat else None,
        )
        for qui in monde.gens
    ]


def test_no_sequence_of_operations_breaks_delegation() -> None:
    run_state_machine_as_test(
        Essais,
        settings=settings(
            max_examples=max(1, EXAMPLES),
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_services_do_on_rows_what_the_decisions_say(app: Flask) -> None:
    class EssaisSurLignes(Essais):
        """The same, through the services and on the database."""

        def __init__(self) -> None:
            super().__init__()
            self.lignes = Lignes(self.monde, self.contrats)

        def teardown(self) -> None:
            assert verification.anomalies() == []
            db.session.rollback()

    run_state_machine_as_test(
        EssaisSurLignes,
        settings=settings(
            max_examples=EXAMPLES_ON_ROWS,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def _a_widening_sous_groupe(monde: Monde) -> None:
    monde.groupes.append(monde.contrats[0])


def _nobody_left(monde: Monde) -> None:
    monde.gens[0].clos = True


def _a_role_alone(monde: Monde) -> None:
    monde.gens[4].role = Role.RESPONSABLE_HABILITATION


def _a_mandate_to_oneself(monde: Monde) -> None:
    monde.gens[2].mandat = Mandat(monde.groupes[0], False, monde.gens[2].id)


def _a_mandate_for_more(monde: Monde) -> None:
    monde.gens[2].mandat = Mandat(Bases([uuid4()]), False, monde.gens[0].id)


def _a_box_for_oneself(monde: Monde) -> None:
    monde.gens[2].cases[0] = Case(monde.gens[2].id, Qualite.ADMINISTRATEUR, None)


def _a_box_beyond_the_mandate(monde: Monde) -> None:
    given = Case(monde.gens[0].id, Qualite.RESPONSABLE_HABILITATION, monde.groupes[1])
    monde.gens[2].cases[0] = given


@pytest.mark.parametrize(
    "breaking",
    [
        _a_widening_sous_groupe,
        _nobody_left,
        _a_role_alone,
        _a_mandate_to_oneself,
        _a_mandate_for_more,
        _a_box_for_oneself,
        _a_box_beyond_the_mandate,
    ],
    ids=lambda breaking: breaking.__name__.strip("_"),
)
def test_an_invariant_that_breaks_is_seen(breaking: Callable[[Monde], None]) -> None:
    monde = Monde.nouveau((Bases([uuid4(), uuid4()]), Bases([uuid4()])))
    assert verifier(monde) == []

    breaking(monde)

    assert len(verifier(monde)) == 1
