"""Who may do what in the console: the decisions, as tables of values; every outcome is reached."""

from uuid import UUID, uuid4

import pytest

from idp.habilitations.delegation import (
    Acteur,
    Bases,
    Cible,
    Qualite,
    RefusDAgir,
    Role,
    ouvert_par,
    refus_de_cocher,
    refus_de_composer,
    refus_de_creer,
    refus_de_faire_partir,
    refus_de_mandater,
    refus_de_mandater_un_programme,
    refus_de_promouvoir,
    refus_de_regler,
    refus_de_retirer_un_mandat,
    refus_de_retrograder,
    voit,
)

ORGANISME, AILLEURS = uuid4(), uuid4()
PRIVE, CONVENTIONNE, CDAP = (Bases([uuid4()]) for _ in range(3))
MOI, ELLE = uuid4(), uuid4()
MANDAT = uuid4()

ADMINISTRATEUR = Acteur(MOI, ORGANISME, "LES OLIVIERS", Role.ADMINISTRATEUR)
RESPONSABLE = Acteur(
    MOI, ORGANISME, "LES OLIVIERS", Role.RESPONSABLE_HABILITATION, MANDAT, PRIVE, peut_creer=False
)
PROGRAMME = Acteur(
    None, ORGANISME, "LES OLIVIERS", Role.RESPONSABLE_HABILITATION, MANDAT, PRIVE | CDAP
)


def she(role: Role = Role.UTILISATEUR, *tenus: Bases, par: UUID | None = None) -> Cible:
    """Somebody of the organisme who holds that."""
    return Cible(ELLE, ORGANISME, role, par, tenus)


MYSELF = Cible(MOI, ORGANISME, Role.UTILISATEUR)
STRANGER = Cible(ELLE, AILLEURS, Role.UTILISATEUR)
CHEF = she(Role.ADMINISTRATEUR)


@pytest.mark.parametrize(
    ("acteur", "cible", "bases", "refus"),
    [
        (ADMINISTRATEUR, she(), PRIVE | CDAP, None),
        (ADMINISTRATEUR, CHEF, PRIVE, None),
        (ADMINISTRATEUR, MYSELF, PRIVE, RefusDAgir.SOI_MEME),
        (ADMINISTRATEUR, STRANGER, PRIVE, RefusDAgir.AUTRE_ORGANISME),
        (RESPONSABLE, she(), PRIVE, None),
        (RESPONSABLE, she(), CONVENTIONNE, RefusDAgir.HORS_PERIMETRE),
        (RESPONSABLE, she(), PRIVE | CONVENTIONNE, RefusDAgir.HORS_PERIMETRE),
        (RESPONSABLE, MYSELF, PRIVE, RefusDAgir.SOI_MEME),
        (RESPONSABLE, CHEF, PRIVE, RefusDAgir.ROLE_PROTEGE),
        (RESPONSABLE, she(Role.RESPONSABLE_HABILITATION), PRIVE, RefusDAgir.ROLE_PROTEGE),
        (PROGRAMME, she(), PRIVE | CDAP, None),
        (PROGRAMME, STRANGER, PRIVE, RefusDAgir.AUTRE_ORGANISME),
    ],
)
def test_a_box_is_ticked_within_the_perimeter_for_others(
    acteur: Acteur, cible: Cible, bases: Bases, refus: RefusDAgir | None
) -> None:
    assert refus_de_cocher(acteur, cible, bases) is refus


@pytest.mark.parametrize(
    ("acteur", "cible", "refus"),
    [
        (ADMINISTRATEUR, she(Role.UTILISATEUR, PRIVE, CDAP), None),
        (RESPONSABLE, she(Role.UTILISATEUR, PRIVE), None),
        (RESPONSABLE, she(), None),
        (RESPONSABLE, she(Role.UTILISATEUR, PRIVE, CDAP), RefusDAgir.PARTAGE),
        (RESPONSABLE, CHEF, RefusDAgir.ROLE_PROTEGE),
        (RESPONSABLE, MYSELF, RefusDAgir.SOI_MEME),
    ],
)
def test_what_bears_on_the_whole_person_is_for_who_covers_all_they_hold(
    acteur: Acteur, cible: Cible, refus: RefusDAgir | None
) -> None:
    assert refus_de_regler(acteur, cible) is refus


@pytest.mark.parametrize(
    ("acteur", "cible", "autres", "refus"),
    [
        (ADMINISTRATEUR, she(), False, None),
        (ADMINISTRATEUR, CHEF, True, None),
        (ADMINISTRATEUR, CHEF, False, RefusDAgir.DERNIER_ADMINISTRATEUR),
        (ADMINISTRATEUR, Cible(MOI, ORGANISME, Role.ADMINISTRATEUR), True, RefusDAgir.SOI_MEME),
        (RESPONSABLE, CHEF, True, RefusDAgir.ROLE_PROTEGE),
        (RESPONSABLE, she(Role.UTILISATEUR, CDAP), True, RefusDAgir.PARTAGE),
    ],
)
def test_the_last_administrateur_never_leaves(
    acteur: Acteur, cible: Cible, autres: bool, refus: RefusDAgir | None
) -> None:
    assert refus_de_faire_partir(acteur, cible, autres_administrateurs=autres) is refus


@pytest.mark.parametrize(
    ("acteur", "cible", "bases", "refus"),
    [
        (ADMINISTRATEUR, she(), PRIVE, None),
        (ADMINISTRATEUR, she(Role.RESPONSABLE_HABILITATION), PRIVE, None),
        (ADMINISTRATEUR, she(), Bases(), RefusDAgir.RIEN_A_DONNER),
        (ADMINISTRATEUR, CHEF, PRIVE, RefusDAgir.DEJA),
        (ADMINISTRATEUR, MYSELF, PRIVE, RefusDAgir.SOI_MEME),
        (RESPONSABLE, she(), PRIVE, RefusDAgir.RESERVE_A_L_ADMINISTRATEUR),
        (PROGRAMME, she(), PRIVE, RefusDAgir.RESERVE_A_L_ADMINISTRATEUR),
    ],
)
def test_an_administrateur_alone_delegates(
    acteur: Acteur, cible: Cible, bases: Bases, refus: RefusDAgir | None
) -> None:
    assert refus_de_mandater(acteur, cible, bases) is refus


def test_a_program_is_mandated_by_an_administrateur_for_something() -> None:
    assert refus_de_mandater_un_programme(ADMINISTRATEUR, PRIVE) is None
    nothing = refus_de_mandater_un_programme(ADMINISTRATEUR, Bases())
    assert nothing is RefusDAgir.RIEN_A_DONNER
    by_another = refus_de_mandater_un_programme(RESPONSABLE, PRIVE)
    assert by_another is RefusDAgir.RESERVE_A_L_ADMINISTRATEUR


@pytest.mark.parametrize("decision", [refus_de_retirer_un_mandat, refus_de_promouvoir])
def test_roles_are_given_and_taken_by_an_administrateur_of_the_same_organisme(
    decision: object,
) -> None:
    assert callable(decision)
    assert decision(ADMINISTRATEUR, she()) is None
    assert decision(ADMINISTRATEUR, MYSELF) is RefusDAgir.SOI_MEME
    assert decision(ADMINISTRATEUR, STRANGER) is RefusDAgir.AUTRE_ORGANISME
    assert decision(RESPONSABLE, she()) is RefusDAgir.RESERVE_A_L_ADMINISTRATEUR


def test_who_is_administrateur_is_not_promoted_again() -> None:
    assert refus_de_promouvoir(ADMINISTRATEUR, CHEF) is RefusDAgir.DEJA


@pytest.mark.parametrize(
    ("cible", "autres", "refus"),
    [
        (CHEF, True, None),
        (CHEF, False, RefusDAgir.DERNIER_ADMINISTRATEUR),
        (she(), True, RefusDAgir.DEJA),
        (MYSELF, True, RefusDAgir.SOI_MEME),
    ],
)
def test_an_administrateur_becomes_a_user_again_when_another_stays(
    cible: Cible, autres: bool, refus: RefusDAgir | None
) -> None:
    assert refus_de_retrograder(ADMINISTRATEUR, cible, autres_administrateurs=autres) is refus


@pytest.mark.parametrize(
    ("acteur", "bases", "refus"),
    [
        (ADMINISTRATEUR, PRIVE, None),
        (ADMINISTRATEUR, PRIVE | CONVENTIONNE, RefusDAgir.PAS_PLUS_ETROIT),
        (ADMINISTRATEUR, PRIVE | CDAP, RefusDAgir.PAS_PLUS_ETROIT),
        (ADMINISTRATEUR, Bases(), RefusDAgir.RIEN_A_DONNER),
        (RESPONSABLE, PRIVE, RefusDAgir.RESERVE_A_L_ADMINISTRATEUR),
    ],
)
def test_a_sous_groupe_only_narrows(acteur: Acteur, bases: Bases, refus: RefusDAgir | None) -> None:
    assert refus_de_composer(acteur, bases, PRIVE | CONVENTIONNE) is refus


@pytest.mark.parametrize(
    ("acteur", "cible", "seen"),
    [
        (ADMINISTRATEUR, she(), True),
        (ADMINISTRATEUR, STRANGER, False),
        (RESPONSABLE, she(Role.UTILISATEUR, PRIVE | CDAP), True),
        (RESPONSABLE, she(Role.UTILISATEUR, CDAP), False),
        (RESPONSABLE, she(), False),
        (RESPONSABLE, she(par=MOI), True),
        (RESPONSABLE, she(Role.UTILISATEUR, CDAP, par=MOI), False),
        (RESPONSABLE, MYSELF, True),
        (PROGRAMME, she(par=MANDAT), True),
        (PROGRAMME, she(par=None), False),
    ],
)
def test_a_responsable_knows_those_of_their_perimeter(
    acteur: Acteur, cible: Cible, seen: bool
) -> None:
    assert voit(acteur, cible) is seen


def test_creation_is_part_of_a_mandate_or_not() -> None:
    assert refus_de_creer(ADMINISTRATEUR) is None
    assert refus_de_creer(PROGRAMME) is None
    assert refus_de_creer(RESPONSABLE) is RefusDAgir.CREATION_NON_DELEGUEE


def test_in_what_capacity_somebody_gives() -> None:
    capacities = [acteur.qualite for acteur in (ADMINISTRATEUR, RESPONSABLE, PROGRAMME)]

    assert capacities == [
        Qualite.ADMINISTRATEUR,
        Qualite.RESPONSABLE_HABILITATION,
        Qualite.PROGRAMME,
    ]


def test_several_groups_open_what_each_opens() -> None:
    assert ouvert_par([]) == Bases()
    assert ouvert_par([PRIVE, CDAP, PRIVE]) == PRIVE | CDAP
