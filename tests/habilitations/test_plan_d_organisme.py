"""What a line of a caisse's file does: decided from values, the same when it is told and when it is done."""

from dataclasses import replace
from uuid import uuid4

import pytest

from idp.habilitations.models import TypeLogement, TypeOrganisme
from idp.habilitations.organismes.declaration import OrganismeDeclare
from idp.habilitations.organismes.plan import (
    PARTOUT,
    PHRASES,
    Changement,
    Connu,
    Effet,
    Motif,
    Portee,
    Quoi,
    apres,
    decider,
)

DECLARE = OrganismeDeclare(
    caisse="359",
    numeros_utilisateur=("35900007090001",),
    type=TypeOrganisme.PERSONNE_MORALE,
    designation="LES OLIVIERS",
    civilite=None,
    nom=None,
    prenom=None,
    siret=None,
    adresse=("12 rue Gina Pane", "35000 RENNES"),
    courriel="contact@exemple.fr",
    zones=("359",),
    types_logement=(TypeLogement.PRIVE,),
)
CONNU = Connu(
    id=uuid4(),
    caisse="359",
    nom="LES OLIVIERS",
    adresse=("12 rue Gina Pane", "35000 RENNES"),
    siret="00000123000010",
    courriel="contact@exemple.fr",
    numeros=frozenset({"35900007090001"}),
    caisses_des_numeros=frozenset({"359"}),
    contrat=uuid4(),
    groupes=frozenset({"offre-bailleurs:prive:359"}),
)
DE_359 = Portee(frozenset({"359"}))


def test_unknown_number_is_an_organisme_to_create() -> None:
    plan = decider(DECLARE, [], DE_359)

    assert (plan.effet, plan.numeros) == (Effet.CREE, DECLARE.numeros_utilisateur)
    assert [groupe.code for groupe in plan.groupes] == ["offre-bailleurs:prive:359"]


def test_the_same_again_changes_nothing_and_what_is_left_empty_is_not_withdrawn() -> None:
    assert decider(DECLARE, [CONNU], DE_359).effet is Effet.INCHANGE
    assert decider(replace(DECLARE, courriel=None), [CONNU], DE_359).effet is Effet.INCHANGE
    without = replace(DECLARE, types_logement=())
    assert decider(without, [CONNU], DE_359).effet is Effet.INCHANGE


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ({"designation": "OLIVIERS"}, Changement(Quoi.NOM, "LES OLIVIERS", "OLIVIERS")),
        (
            {"adresse": ("1 rue du Lac", "35000 RENNES")},
            Changement(
                Quoi.ADRESSE,
                "12 rue Gina Pane / 35000 RENNES",
                "1 rue du Lac / 35000 RENNES",
            ),
        ),
        (
            {"siret": "00000136200011"},
            Changement(Quoi.SIRET, "00000123000010", "00000136200011"),
        ),
        (
            {"courriel": "autre@exemple.fr"},
            Changement(Quoi.COURRIEL, "contact@exemple.fr", "autre@exemple.fr"),
        ),
        (
            {"numeros_utilisateur": ("35900007090001", "A123456")},
            Changement(Quoi.NUMEROS, "", "A123456"),
        ),
        (
            {"types_logement": (TypeLogement.CONVENTIONNE, TypeLogement.PRIVE)},
            Changement(Quoi.GROUPES, "", "offre-bailleurs:conventionne:359"),
        ),
    ],
    ids=["name", "address", "siret", "mail", "numbers", "groups"],
)
def test_each_difference_is_told_with_before_and_after(declared, expected) -> None:
    plan = decider(replace(DECLARE, **declared), [CONNU], DE_359)

    assert (plan.effet, plan.changements) == (Effet.MIS_A_JOUR, (expected,))


@pytest.mark.parametrize(
    ("declared", "known", "motif"),
    [
        ({"caisse": "561"}, None, Motif.CAISSE_HORS_PERIMETRE),
        ({"numeros_utilisateur": ("56100004127001",)}, None, Motif.NUMERO_HORS_PERIMETRE),
        ({"zones": ("359", "561")}, None, Motif.ZONE_HORS_PERIMETRE),
        ({"zones": ("359", "561")}, {}, Motif.ZONE_HORS_PERIMETRE),
        (
            {"designation": "DÉTOURNÉ"},
            {"caisse": "561", "caisses_des_numeros": frozenset({"561"})},
            Motif.ORGANISME_HORS_PERIMETRE,
        ),
        (
            {"numeros_utilisateur": ("35900007090001", "56100004127001")},
            {},
            Motif.NUMERO_HORS_PERIMETRE,
        ),
    ],
    ids=[
        "line of another caisse",
        "number of another caisse",
        "zone of another caisse",
        "new zone of a known organisme",
        "organisme of another caisse",
        "new number of a known organisme",
    ],
)
def test_an_agent_changes_and_opens_nothing_outside_their_caisses(declared, known, motif) -> None:
    connus = [] if known is None else [replace(CONNU, **known)]
    declare = replace(DECLARE, **declared)

    plan = decider(declare, connus, DE_359)

    assert (plan.effet, plan.motif) == (Effet.REFUSE, motif)
    assert plan.motif in PHRASES
    assert decider(declare, connus, PARTOUT).effet is not Effet.REFUSE


@pytest.mark.parametrize("mine", [(), ("35900007090001",)], ids=["alone", "beside one of mine"])
def test_nobody_learns_whether_a_number_of_another_caisse_is_taken(mine: tuple[str, ...]) -> None:
    """The attack: a file of made-up lines, each with a number of a neighbour."""
    declare = replace(DECLARE, numeros_utilisateur=(*mine, "56100004127001"))
    taken = replace(
        CONNU,
        id=uuid4(),
        caisse="561",
        numeros=frozenset({"56100004127001"}),
        caisses_des_numeros=frozenset({"561"}),
    )
    known = [CONNU] if mine else []

    told = [decider(declare, [*known, *others], DE_359) for others in ([], [taken])]

    assert told[0] == told[1]
    assert told[0].motif is Motif.NUMERO_HORS_PERIMETRE


def test_what_another_caisse_gave_before_is_no_reason_to_refuse() -> None:
    shared = replace(
        CONNU,
        caisse="561",
        numeros=CONNU.numeros | {"56100004127001"},
        groupes=CONNU.groupes | {"offre-bailleurs:prive:561"},
    )
    declare = replace(
        DECLARE,
        numeros_utilisateur=("35900007090001", "56100004127001"),
        zones=("359", "561"),
    )

    assert decider(declare, [shared], DE_359).effet is Effet.INCHANGE


def test_numbers_of_two_organismes_are_refused() -> None:
    plan = decider(DECLARE, [CONNU, replace(CONNU, id=uuid4())], PARTOUT)

    assert (plan.effet, plan.motif) == (Effet.REFUSE, Motif.NUMEROS_DE_PLUSIEURS)


def test_once_done_the_same_line_changes_nothing() -> None:
    declare = replace(
        DECLARE,
        designation="OLIVIERS",
        numeros_utilisateur=("35900007090001", "A123456"),
        types_logement=(TypeLogement.CONVENTIONNE,),
    )
    plan = decider(declare, [CONNU], DE_359)

    done = apres(plan, declare, CONNU.contrat)

    assert done is not None
    assert decider(declare, [done], DE_359).effet is Effet.INCHANGE
