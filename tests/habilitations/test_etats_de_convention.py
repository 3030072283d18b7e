"""The states of a convention are one table: each step of DOMAIN.md §5.2, and no other."""

from datetime import date
from itertools import pairwise, product

import pytest

from idp.habilitations.etats_de_convention import (
    TRANSITIONS,
    ConventionVue,
    EtatConvention,
    Qui,
    RefusDePassage,
    echeance,
    passages,
    refus_d_annuler_la_resiliation,
    refus_de_passer,
)

E = EtatConvention
HIER, JOUR, DEMAIN = date(2026, 11, 24), date(2026, 11, 25), date(2026, 11, 26)
DEBUT = date(2026, 1, 1)
DIAGRAM = """
    brouillon -> a_signer -> validee        brouillon -> abandonnee
    a_signer -> refusee                     a_signer -> abandonnee
    validee -> suspendue -> validee
    validee -> resiliee                     suspendue -> resiliee
    validee -> echue
    validee -> validee                      suspendue -> suspendue
"""


def drawn() -> set[tuple[EtatConvention, EtatConvention]]:
    """The arrows of the diagram."""
    chains = [part.split(" -> ") for line in DIAGRAM.splitlines() for part in line.split("    ")]
    return {(E(de.strip()), E(vers.strip())) for chain in chains for de, vers in pairwise(chain)}


def test_the_table_is_the_diagram() -> None:
    assert set(TRANSITIONS) == drawn()


@pytest.mark.parametrize(("de", "vers"), list(product(E, E)))
def test_what_is_not_in_the_table_is_impossible(de: E, vers: E) -> None:
    refus = refus_de_passer(ConventionVue(de, DEBUT), vers, JOUR)

    # To the same state is to cancel a résiliation, which is asked for apart.
    permis = de is not vers and TRANSITIONS.get((de, vers), Qui.LE_TEMPS) is not Qui.LE_TEMPS
    assert refus is (None if permis else RefusDePassage.IMPOSSIBLE)


def test_who_may_do_which_step() -> None:
    assert passages(E.A_SIGNER, Qui.GESTIONNAIRE) == [E.VALIDEE, E.REFUSEE, E.ABANDONNEE]
    assert passages(E.VALIDEE, Qui.SUPERVISEUR) == [E.SUSPENDUE]
    assert passages(E.RESILIEE, Qui.GESTIONNAIRE) == []


@pytest.mark.parametrize(
    ("convention", "attendu"),
    [
        (ConventionVue(E.VALIDEE, DEBUT, fin=JOUR), None),
        (ConventionVue(E.VALIDEE, DEBUT, fin=HIER), E.ECHUE),
        (ConventionVue(E.VALIDEE, DEBUT, fin=HIER, resiliation=HIER), E.RESILIEE),
        (ConventionVue(E.SUSPENDUE, DEBUT, fin=HIER, resiliation=HIER), E.RESILIEE),
        (ConventionVue(E.SUSPENDUE, DEBUT, fin=HIER), None),
        (ConventionVue(E.VALIDEE, DEBUT, fin=DEMAIN, resiliation=DEMAIN), None),
        (ConventionVue(E.BROUILLON, DEBUT, fin=HIER), None),
    ],
)
def test_dates_act_by_themselves(convention: ConventionVue, attendu: E | None) -> None:
    assert echeance(convention, JOUR) is attendu


@pytest.mark.parametrize(
    ("dernier_jour", "attendu"),
    [
        (HIER, RefusDePassage.DATE_PASSEE),
        (JOUR, None),
        (date(2026, 12, 31), None),
        (date(2027, 1, 1), RefusDePassage.APRES_LA_FIN),
    ],
)
def test_a_resiliation_to_come_has_a_last_day(
    dernier_jour: date, attendu: RefusDePassage | None
) -> None:
    convention = ConventionVue(E.VALIDEE, DEBUT, fin=date(2026, 12, 31))

    assert refus_de_passer(convention, E.RESILIEE, JOUR, dernier_jour=dernier_jour) is attendu


def test_a_resiliation_is_not_before_the_convention_begins() -> None:
    convention = ConventionVue(E.VALIDEE, date(2027, 1, 1))

    refus = refus_de_passer(convention, E.RESILIEE, JOUR, dernier_jour=DEMAIN)

    assert refus is RefusDePassage.AVANT_LE_DEBUT


@pytest.mark.parametrize("etat", E)
def test_a_resiliation_to_come_is_cancelled_until_its_last_day_is_over(etat: E) -> None:
    annoncee = ConventionVue(etat, DEBUT, fin=JOUR, resiliation=JOUR)
    passee = ConventionVue(etat, DEBUT, fin=HIER, resiliation=HIER)

    vivante = etat in (E.VALIDEE, E.SUSPENDUE)
    refus = None if vivante else RefusDePassage.IMPOSSIBLE
    assert refus_d_annuler_la_resiliation(annoncee, JOUR) is refus
    assert refus_d_annuler_la_resiliation(passee, JOUR) is RefusDePassage.IMPOSSIBLE


def test_an_end_that_nobody_announced_is_not_cancelled() -> None:
    refus = refus_d_annuler_la_resiliation(ConventionVue(E.VALIDEE, DEBUT, fin=DEMAIN), JOUR)

    assert refus is RefusDePassage.PAS_ANNONCEE


def test_what_is_over_is_not_validated() -> None:
    refus = refus_de_passer(ConventionVue(E.A_SIGNER, DEBUT, fin=HIER), E.VALIDEE, JOUR)

    assert refus is RefusDePassage.DEJA_TERMINEE
    echue = ConventionVue(E.VALIDEE, DEBUT, fin=HIER)
    assert refus_de_passer(echue, E.SUSPENDUE, JOUR) is RefusDePassage.IMPOSSIBLE
