"""What one has of two places: the higher role that still counts, the dates of what is open, no suspension less."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from idp.habilitations.delegation import Qualite, Role
from idp.habilitations.fusion.policy import Mandats, Place, reunir

JOUR = date(2026, 11, 25)
OUVERTE = Place(Role.UTILISATEUR, JOUR - timedelta(days=30), None, False, None)
CHEF = replace(OUVERTE, role=Role.ADMINISTRATEUR)
RESPONSABLE = replace(OUVERTE, role=Role.RESPONSABLE_HABILITATION, mandat=True)
CLOSE = replace(CHEF, cloture=JOUR - timedelta(days=1))
SUSPENDUE = replace(OUVERTE, suspendue=True, suspendue_par=Qualite.CAF)
MISE_EN_PAUSE = replace(OUVERTE, suspendue=True, suspendue_par=Qualite.ADMINISTRATEUR)


@pytest.mark.parametrize(
    ("gardee", "absorbee", "role"),
    [
        (OUVERTE, CHEF, Role.ADMINISTRATEUR),
        (CHEF, OUVERTE, Role.ADMINISTRATEUR),
        (OUVERTE, RESPONSABLE, Role.RESPONSABLE_HABILITATION),
        (RESPONSABLE, CHEF, Role.ADMINISTRATEUR),
        (OUVERTE, CLOSE, Role.UTILISATEUR),
        (CLOSE, OUVERTE, Role.UTILISATEUR),
        (CLOSE, CLOSE, Role.UTILISATEUR),
    ],
)
def test_the_higher_role_of_the_places_that_are_open(
    gardee: Place, absorbee: Place, role: Role
) -> None:
    assert reunir(gardee, absorbee, JOUR).place.role is role


def test_dates_are_those_of_what_is_open() -> None:
    courte = replace(OUVERTE, ouverture=JOUR, cloture=JOUR + timedelta(days=9))
    plus_courte = replace(OUVERTE, cloture=JOUR + timedelta(days=3))

    assert reunir(courte, OUVERTE, JOUR).place.cloture is None
    assert reunir(courte, plus_courte, JOUR).place.cloture == courte.cloture
    assert reunir(courte, plus_courte, JOUR).place.ouverture == plus_courte.ouverture
    assert reunir(CLOSE, courte, JOUR).place.cloture == courte.cloture
    assert reunir(courte, CLOSE, JOUR).place.cloture == courte.cloture


@pytest.mark.parametrize("suspendue", [SUSPENDUE, MISE_EN_PAUSE], ids=["caf", "administrateur"])
def test_a_suspension_of_either_stays(suspendue: Place) -> None:
    for deux in ((suspendue, OUVERTE), (OUVERTE, suspendue)):
        place = reunir(*deux, JOUR).place
        assert (place.suspendue, place.suspendue_par) == (True, suspendue.suspendue_par)


def test_what_the_caf_suspended_wins_over_what_an_administrateur_did() -> None:
    assert reunir(MISE_EN_PAUSE, SUSPENDUE, JOUR).place.suspendue_par is Qualite.CAF


def test_a_place_that_the_caf_suspended_and_is_over_still_counts() -> None:
    close = replace(SUSPENDUE, cloture=JOUR - timedelta(days=1))

    assert reunir(OUVERTE, close, JOUR).place.suspendue_par is Qualite.CAF


@pytest.mark.parametrize(
    ("gardee", "absorbee", "mandat", "perd"),
    [
        (OUVERTE, OUVERTE, Mandats.AUCUN, False),
        (OUVERTE, RESPONSABLE, Mandats.SUIT, False),
        (RESPONSABLE, RESPONSABLE, Mandats.FINIT, False),
        (RESPONSABLE, OUVERTE, Mandats.AUCUN, False),
        (RESPONSABLE, CHEF, Mandats.AUCUN, True),
        (CHEF, RESPONSABLE, Mandats.FINIT, False),
        (OUVERTE, replace(RESPONSABLE, cloture=JOUR - timedelta(days=1)), Mandats.FINIT, False),
    ],
)
def test_one_mandate_at_most_is_kept(
    gardee: Place, absorbee: Place, mandat: Mandats, perd: bool
) -> None:
    double = reunir(gardee, absorbee, JOUR)

    assert (double.mandat, double.perd_le_sien) == (mandat, perd)
