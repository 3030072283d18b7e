"""What a line of a file of users does: a table of values, every outcome reached."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from idp.habilitations.delegation import Acteur, Bases, Cible, Role
from idp.habilitations.import_utilisateurs.motifs import PHRASES
from idp.habilitations.import_utilisateurs.plan import (
    Connu,
    Demande,
    Motif,
    Plan,
    Verdict,
    decider,
)

JOUR = date(2026, 6, 3)
ORGANISME, MOI, AUTRE, PRIVE, CONV = (uuid4() for _ in range(5))
OUVRE = {PRIVE: Bases([PRIVE]), CONV: Bases([CONV])}
CHEF = Acteur(MOI, ORGANISME, "LES OLIVIERS", Role.ADMINISTRATEUR)
RESPONSABLE = Acteur(
    MOI, ORGANISME, "LES OLIVIERS", Role.RESPONSABLE_HABILITATION, uuid4(), Bases([PRIVE])
)
NOUVEAU = Demande(nommee=False, ouverture=JOUR, cloture=None, groupes=frozenset([PRIVE]))
CIBLE = Cible(AUTRE, ORGANISME, Role.UTILISATEUR, None, (Bases([CONV]),))
CONNU = Connu(uuid4(), CIBLE, frozenset([CONV]), clos=False)


def planned(
    acteur: Acteur = CHEF, demande: Demande = NOUVEAU, connu: Connu | None = None, **ouvre: Any
) -> Plan:
    return decider(acteur, demande, connu, ouvre=ouvre.get("ouvre", OUVRE), jour=JOUR)


def test_nobody_known_is_created_with_the_groups_of_the_line() -> None:
    assert planned() == Plan(Verdict.CREATION, frozenset([PRIVE]))


def test_a_user_who_exists_gets_what_they_lack_and_loses_nothing() -> None:
    both = replace(NOUVEAU, groupes=frozenset([PRIVE, CONV]))

    assert planned(demande=both, connu=CONNU) == Plan(Verdict.AJOUT, frozenset([PRIVE]))


@pytest.mark.parametrize("groupes", [frozenset(), frozenset([CONV])], ids=["none", "had"])
def test_a_user_who_has_all_of_it_is_unchanged(groupes: frozenset[Any]) -> None:
    past = replace(NOUVEAU, groupes=groupes, ouverture=date(2020, 1, 1))

    assert planned(demande=past, connu=CONNU) == Plan(Verdict.INCHANGE)


@pytest.mark.parametrize(
    ("changes", "motif"),
    [
        ({"acteur": replace(CHEF, peut_creer=False)}, Motif.CREATION_NON_DELEGUEE),
        ({"demande": replace(NOUVEAU, nommee=True)}, Motif.IDENTIFIANT_INCONNU),
        ({"demande": replace(NOUVEAU, ouverture=date(2026, 6, 2))}, Motif.OUVERTURE_PASSEE),
        (
            {"demande": replace(NOUVEAU, ouverture=date(2026, 7, 1), cloture=JOUR)},
            Motif.CLOTURE_AVANT_OUVERTURE,
        ),
        ({"ouvre": {}}, Motif.HORS_PERIMETRE),
        ({"acteur": RESPONSABLE, "connu": CONNU}, Motif.DEJA_UTILISATEUR),
        (
            {"acteur": RESPONSABLE, "connu": CONNU, "demande": replace(NOUVEAU, nommee=True)},
            Motif.IDENTIFIANT_INCONNU,
        ),
        ({"connu": replace(CONNU, clos=True)}, Motif.CLOS),
        ({"connu": replace(CONNU, cible=replace(CIBLE, account_id=MOI))}, Motif.SOI_MEME),
        (
            {
                "acteur": replace(RESPONSABLE, perimetre=Bases([PRIVE, CONV])),
                "connu": replace(CONNU, cible=replace(CIBLE, role=Role.ADMINISTRATEUR)),
            },
            Motif.ROLE_PROTEGE,
        ),
        (
            {"connu": replace(CONNU, cible=replace(CIBLE, organisme_id=uuid4()))},
            Motif.DEJA_UTILISATEUR,
        ),
        (
            # An administrateur gives everything: only a perimeter that is narrower than what is offered is.
            {
                "acteur": replace(RESPONSABLE, perimetre=Bases([CONV])),
                "connu": CONNU,
            },
            Motif.HORS_PERIMETRE,
        ),
    ],
    ids=lambda value: str(value) if isinstance(value, Motif) else "",
)
def test_what_could_not_be_done_by_hand_is_refused(changes: dict[str, Any], motif: Motif) -> None:
    assert planned(**changes) == Plan(Verdict.REFUS, motif=motif)


def test_every_reason_has_its_words() -> None:
    assert PHRASES.keys() == set(Motif)
