"""The states of a campaign, its pace, and what becomes of each recipient."""

from datetime import date, timedelta

import pytest

from idp.habilitations.campagnes import policy
from idp.habilitations.campagnes.policy import (
    Destinataire,
    EtatCampagne,
    EtatEnvoi,
    Geste,
    Voie,
)


@pytest.mark.parametrize(
    ("etat", "gestes"),
    [
        (EtatCampagne.PREPARATION, {Geste.ARRETER}),
        (EtatCampagne.PRETE, {Geste.LANCER, Geste.ARRETER}),
        (EtatCampagne.EN_COURS, {Geste.SUSPENDRE, Geste.ARRETER}),
        (EtatCampagne.EN_PAUSE, {Geste.REPRENDRE, Geste.ARRETER}),
        (EtatCampagne.TERMINEE, set()),
        (EtatCampagne.ARRETEE, set()),
    ],
)
def test_what_may_be_done_in_each_state(etat: EtatCampagne, gestes: set[Geste]) -> None:
    assert set(policy.possibles(etat)) == gestes


def test_where_each_act_leads() -> None:
    assert {geste: policy.apres(geste) for geste in Geste} == {
        Geste.LANCER: EtatCampagne.EN_COURS,
        Geste.SUSPENDRE: EtatCampagne.EN_PAUSE,
        Geste.REPRENDRE: EtatCampagne.EN_COURS,
        Geste.ARRETER: EtatCampagne.ARRETEE,
    }


@pytest.mark.parametrize("par_minute", [1, 5, 10, 59, 600, 601, 100_000])
def test_never_more_than_the_rate(par_minute: int) -> None:
    rythme = policy.rythme(par_minute)

    assert rythme.lot / (rythme.pause / timedelta(minutes=1)) == pytest.approx(par_minute)
    assert rythme.pause >= timedelta(seconds=5.9)


@pytest.mark.parametrize(
    ("voie", "qui", "etat"),
    [
        (Voie.COURRIEL, Destinataire(True, True, False), EtatEnvoi.ENVOYE),
        (Voie.COURRIEL, Destinataire(True, False, True), EtatEnvoi.ECARTE),
        (Voie.COURRIEL, Destinataire(False, True, True), EtatEnvoi.ECARTE),
        (Voie.COURRIER, Destinataire(True, True, True), EtatEnvoi.ENVOYE),
        (Voie.COURRIER, Destinataire(True, True, False), EtatEnvoi.ECARTE),
        (Voie.COURRIER, Destinataire(False, False, True), EtatEnvoi.ECARTE),
    ],
)
def test_what_becomes_of_a_recipient(voie: Voie, qui: Destinataire, etat: EtatEnvoi) -> None:
    assert policy.envoi(voie, qui) is etat


def test_the_months_to_choose_from_begin_with_that_of_the_day() -> None:
    proposed = policy.editions(date(2026, 1, 31))

    assert [policy.edition_fr(one) for one in proposed] == [
        "janvier 2026",
        "février 2026",
        "décembre 2025",
        "novembre 2025",
        "octobre 2025",
        "septembre 2025",
        "août 2025",
    ]
