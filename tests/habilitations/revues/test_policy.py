"""What a review decides: reasons, risk, dates, as tables of values; and the database says the same."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.habilitations.delegation import Role
from idp.habilitations.revues.policy import (
    POIDS,
    Motif,
    PersonneVue,
    anciennete,
    echeance,
    motifs,
    rappel_du,
    risque,
)

JOUR = date(2026, 11, 25)
TRANQUILLE: dict[str, Any] = {
    "role": Role.UTILISATEUR,
    "cree_le": date(2025, 1, 1),
    "derniere_connexion": date(2026, 11, 20),
    "groupes": 2,
}


@pytest.mark.parametrize(
    ("vu", "attendus"),
    [
        ({}, ()),
        ({"derniere_connexion": date(2025, 11, 25)}, (Motif.INACTIF_12_MOIS,)),
        ({"derniere_connexion": date(2025, 11, 26)}, (Motif.INACTIF_6_MOIS,)),
        ({"derniere_connexion": date(2026, 5, 25)}, (Motif.INACTIF_6_MOIS,)),
        ({"derniere_connexion": date(2026, 5, 26)}, ()),
        (
            {"derniere_connexion": None, "cree_le": date(2026, 10, 26)},
            (Motif.JAMAIS_CONNECTE,),
        ),
        ({"derniere_connexion": None, "cree_le": date(2026, 10, 27)}, ()),
        ({"sans_donneur": 1}, (Motif.SANS_DONNEUR,)),
        ({"delegues": 1}, (Motif.DELEGUE,)),
        ({"role": Role.ADMINISTRATEUR}, (Motif.ADMINISTRE,)),
        ({"role": Role.RESPONSABLE_HABILITATION}, (Motif.PEUT_DONNER,)),
        ({"groupes": 8}, (Motif.BEAUCOUP,)),
        ({"groupes": 7}, ()),
        ({"mail_refuse": True}, (Motif.MAIL_REFUSE,)),
        ({"suspendu": True}, (Motif.SUSPENDU,)),
        ({"cloture": date(2026, 12, 25)}, (Motif.FINIT_BIENTOT,)),
        ({"cloture": date(2026, 12, 26)}, ()),
        (
            {"derniere_connexion": date(2025, 1, 1), "delegues": 1, "mail_refuse": True},
            (Motif.INACTIF_12_MOIS, Motif.DELEGUE, Motif.MAIL_REFUSE),
        ),
    ],
    ids=str,
)
def test_reasons_of_a_person(vu: dict[str, Any], attendus: tuple[Motif, ...]) -> None:
    assert motifs(PersonneVue(**{**TRANQUILLE, **vu}), JOUR) == attendus


def test_what_ends_by_itself_is_said_and_is_no_risk() -> None:
    assert risque(PersonneVue(**{**TRANQUILLE, "cloture": JOUR}), JOUR) == 0


def test_every_other_reason_counts() -> None:
    assert [motif for motif in Motif if not POIDS[motif]] == [Motif.FINIT_BIENTOT]


PERSONNES = st.builds(
    PersonneVue,
    role=st.sampled_from(Role),
    cree_le=st.dates(JOUR - timedelta(days=900), JOUR),
    derniere_connexion=st.none() | st.dates(JOUR - timedelta(days=900), JOUR),
    cloture=st.none() | st.dates(JOUR, JOUR + timedelta(days=90)),
    suspendu=st.booleans(),
    mail_refuse=st.booleans(),
    groupes=st.integers(0, 12),
    delegues=st.integers(0, 3),
    sans_donneur=st.integers(0, 3),
)


@given(PERSONNES)
def test_whoever_gives_access_is_never_without_risk(personne: PersonneVue) -> None:
    donne = personne.role is not Role.UTILISATEUR
    assert not donne or risque(personne, JOUR) > 0


@given(PERSONNES)
def test_a_person_is_dormant_for_one_reason_at_most(personne: PersonneVue) -> None:
    dormants = {Motif.INACTIF_12_MOIS, Motif.INACTIF_6_MOIS, Motif.JAMAIS_CONNECTE}

    assert len(dormants & set(motifs(personne, JOUR))) <= 1


@given(PERSONNES)
def test_waiting_never_makes_a_dormant_person_safer(personne: PersonneVue) -> None:
    dormir = {Motif.INACTIF_12_MOIS, Motif.INACTIF_6_MOIS, Motif.JAMAIS_CONNECTE}

    def endormi(jour: date) -> int:
        return sum(POIDS[motif] for motif in motifs(personne, jour) if motif in dormir)

    assert endormi(JOUR + timedelta(days=100)) >= endormi(JOUR)


@pytest.mark.parametrize(
    ("reste", "dernier", "attendu"),
    [
        (60, None, None),
        (31, None, None),
        (30, None, 30),
        (29, 30, None),
        (7, 30, 7),
        (7, None, 7),
        (6, 7, None),
        (1, 7, 1),
        (1, None, 1),
        (1, 1, None),
        (0, 7, None),
        (-3, None, None),
    ],
)
def test_reminders_are_due_once_each(reste: int, dernier: int | None, attendu: int | None) -> None:
    assert rappel_du(JOUR, JOUR + timedelta(days=reste), dernier) == attendu


def test_administrateurs_have_sixty_days() -> None:
    assert echeance(date(2027, 5, 3)) == date(2027, 7, 2)


@pytest.mark.parametrize(
    ("jour", "revue", "premiere"),
    [
        (date(2026, 11, 25), date(2025, 11, 25), None),
        (date(2027, 4, 30), date(2026, 4, 30), None),
        (date(2027, 5, 1), date(2026, 11, 1), date(2026, 11, 1)),
        (date(2027, 6, 30), date(2026, 12, 31), date(2026, 12, 31)),
        (date(2027, 7, 1), date(2026, 7, 1), None),
    ],
)
def test_a_review_opens_by_itself_every_year_rather_before_july(
    jour: date, revue: date, premiere: date | None
) -> None:
    depuis = anciennete(jour)

    assert depuis.derniere_revue == revue
    assert depuis.premiere_revue == premiere


@given(st.dates(date(2026, 1, 1), date(2030, 12, 31)))
def test_no_organisme_waits_longer_than_a_year_for_its_next_review(ouverte: date) -> None:
    jour = ouverte
    while anciennete(jour).derniere_revue < ouverte:
        jour += timedelta(days=1)

    assert (jour - ouverte).days <= 366
    assert (jour - ouverte).days > 150
