"""The formula of an effective habilitation, as a table of values."""

from datetime import date

import pytest

from idp.habilitations.etats_de_convention import EtatConvention
from idp.habilitations.explications import explication, explication_d_autrui, remede
from idp.habilitations.policy import (
    ContratVu,
    Periode,
    PlaceVue,
    RattachementVu,
    Refus,
    le_plus_proche,
    obstacles_d_habilitation,
    refus_d_habilitation,
)

JOUR = date(2026, 7, 1)
EN_COURS = Periode(date(2026, 1, 1), date(2026, 12, 31))
PASSEE = Periode(date(2025, 1, 1), date(2026, 6, 30))
A_VENIR = Periode(date(2026, 7, 2))

RATTACHE = RattachementVu(compte_actif=True, periode=EN_COURS)
VALIDEE = EtatConvention.VALIDEE
SOUS_CONTRAT = ContratVu(VALIDEE, convention=EN_COURS, contrat=EN_COURS)
EN_PLACE = PlaceVue(EN_COURS)

TABLE: list[tuple[Refus | None, RattachementVu, ContratVu | None, PlaceVue | None]] = [
    (None, RATTACHE, SOUS_CONTRAT, EN_PLACE),
    (Refus.COMPTE_INACTIF, RattachementVu(False, EN_COURS), SOUS_CONTRAT, EN_PLACE),
    (
        Refus.RATTACHEMENT_SUSPENDU,
        RattachementVu(True, EN_COURS, suspendu=True),
        SOUS_CONTRAT,
        EN_PLACE,
    ),
    (
        Refus.ORGANISME_SUSPENDU,
        RattachementVu(True, EN_COURS, organisme_suspendu=True),
        SOUS_CONTRAT,
        EN_PLACE,
    ),
    (Refus.RATTACHEMENT_A_VENIR, RattachementVu(True, A_VENIR), SOUS_CONTRAT, EN_PLACE),
    (Refus.RATTACHEMENT_CLOS, RattachementVu(True, PASSEE), SOUS_CONTRAT, EN_PLACE),
    (Refus.SANS_CONTRAT, RATTACHE, None, None),
    (
        Refus.CONVENTION_NON_VALIDEE,
        RATTACHE,
        ContratVu(EtatConvention.BROUILLON, EN_COURS, EN_COURS),
        EN_PLACE,
    ),
    (Refus.CONVENTION_HORS_DATES, RATTACHE, ContratVu(VALIDEE, PASSEE, EN_COURS), EN_PLACE),
    (Refus.CONTRAT_SUSPENDU, RATTACHE, ContratVu(VALIDEE, EN_COURS, EN_COURS, True), EN_PLACE),
    (
        Refus.CONVENTION_SUSPENDUE,
        RATTACHE,
        ContratVu(EtatConvention.SUSPENDUE, EN_COURS, EN_COURS),
        EN_PLACE,
    ),
    (
        Refus.CONVENTION_HORS_DATES,
        RATTACHE,
        ContratVu(EtatConvention.RESILIEE, EN_COURS, EN_COURS),
        EN_PLACE,
    ),
    (
        Refus.SERVICE_SUSPENDU,
        RATTACHE,
        ContratVu(VALIDEE, EN_COURS, EN_COURS, service_suspendu=True),
        EN_PLACE,
    ),
    (
        Refus.CONTRAT_HORS_DATES,
        RATTACHE,
        ContratVu(VALIDEE, EN_COURS, EN_COURS, clos=True),
        EN_PLACE,
    ),
    (Refus.CONTRAT_HORS_DATES, RATTACHE, ContratVu(VALIDEE, EN_COURS, A_VENIR), EN_PLACE),
    (Refus.SANS_GROUPE, RATTACHE, SOUS_CONTRAT, None),
    (Refus.GROUPE_SUSPENDU, RATTACHE, SOUS_CONTRAT, PlaceVue(EN_COURS, groupe_ouvert=False)),
    (Refus.HABILITATION_A_VENIR, RATTACHE, SOUS_CONTRAT, PlaceVue(A_VENIR)),
    (Refus.HABILITATION_TERMINEE, RATTACHE, SOUS_CONTRAT, PlaceVue(PASSEE)),
]


@pytest.mark.parametrize(
    ("attendu", "rattachement", "contrat", "place"), TABLE, ids=[str(row[0]) for row in TABLE]
)
def test_each_missing_condition_gives_its_own_reason(
    attendu: Refus | None,
    rattachement: RattachementVu,
    contrat: ContratVu | None,
    place: PlaceVue | None,
) -> None:
    assert refus_d_habilitation(rattachement, contrat, place, JOUR) == attendu


def test_every_reason_is_reached() -> None:
    assert {row[0] for row in TABLE} == {None, *Refus}


@pytest.mark.parametrize(
    ("jour", "dedans"),
    [
        (date(2025, 12, 31), False),
        (date(2026, 1, 1), True),
        (date(2026, 12, 31), True),
        (date(2027, 1, 1), False),
    ],
)
def test_both_ends_of_a_period_belong_to_it(jour: date, dedans: bool) -> None:
    assert EN_COURS.contient(jour) is dedans


def test_the_reason_told_is_the_one_nearest_to_a_right() -> None:
    reasons = [Refus.SANS_CONTRAT, Refus.HABILITATION_TERMINEE, Refus.SANS_GROUPE]

    assert le_plus_proche(reasons) is Refus.HABILITATION_TERMINEE


def test_every_reason_is_told_and_refusals_are_the_first() -> None:
    parti = RattachementVu(False, PASSEE, suspendu=True, organisme_suspendu=True)
    ferme = ContratVu(EtatConvention.BROUILLON, PASSEE, A_VENIR, True, service_suspendu=True)
    sorti = PlaceVue(PASSEE, groupe_ouvert=False)

    assert list(obstacles_d_habilitation(parti, ferme, sorti, JOUR)) == [
        Refus.COMPTE_INACTIF,
        Refus.ORGANISME_SUSPENDU,
        Refus.RATTACHEMENT_SUSPENDU,
        Refus.RATTACHEMENT_CLOS,
        Refus.SERVICE_SUSPENDU,
        Refus.CONVENTION_NON_VALIDEE,
        Refus.CONVENTION_HORS_DATES,
        Refus.CONTRAT_SUSPENDU,
        Refus.CONTRAT_HORS_DATES,
        Refus.GROUPE_SUSPENDU,
        Refus.HABILITATION_TERMINEE,
    ]
    assert refus_d_habilitation(parti, ferme, sorti, JOUR) is Refus.COMPTE_INACTIF


def test_without_contract_no_group_is_missed() -> None:
    """A group belongs to a contract: there is none to be ticked."""
    assert list(obstacles_d_habilitation(RATTACHE, None, None, JOUR)) == [Refus.SANS_CONTRAT]


@pytest.mark.parametrize("refus", Refus)
def test_every_reason_has_its_sentences(refus: Refus) -> None:
    a_la_personne, d_autrui = (dire(refus, "Cdap") for dire in (explication, explication_d_autrui))

    assert "Vous " not in d_autrui
    assert "Votre accès" not in d_autrui
    assert ("Cdap" in a_la_personne) == ("Cdap" in d_autrui)
    assert remede(refus)
