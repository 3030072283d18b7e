"""Effective rights, read from rows: what a service is told, or why it is told nothing."""

from datetime import UTC, date, datetime, timedelta

import pytest
from factories import (
    a_caisse,
    a_contrat,
    a_groupe,
    a_rattachement,
    an_account,
    an_habilitation,
    an_organisme,
)
from flask import Flask
from sql_budget import counted

from idp import clock
from idp.accounts.models import AccountState
from idp.db import db
from idp.habilitations.claims import droits, droits_par_service
from idp.habilitations.models import (
    EtatConvention,
    NumeroUtilisateur,
    Rattachement,
    TypeLogement,
)
from idp.habilitations.policy import Refus

NOW = datetime.now(UTC)
HIER = clock.today(NOW) - timedelta(days=2)


def _bailleur() -> Rattachement:
    organisme = an_organisme(siret="12345678200002")
    db.session.add_all(
        [
            NumeroUtilisateur(
                valeur="35900007090001", organisme_id=organisme.id, caisse_code=a_caisse().code
            ),
            NumeroUtilisateur(
                valeur="56100004127001",
                organisme_id=organisme.id,
                caisse_code=a_caisse("561", ("56",)).code,
            ),
        ]
    )
    contrat = a_contrat(organisme)
    rattachement = a_rattachement(an_account(), organisme)
    an_habilitation(rattachement, a_groupe(contrat))
    a_groupe(contrat, code="offre-bailleurs:conventionne:359", libelle="Non cochée")
    return rattachement


def test_an_effective_right_tells_group_zone_and_organisme(app: Flask) -> None:
    rattachement = _bailleur()

    vus = droits(rattachement.id, "offre-bailleurs", NOW)

    assert vus is not None
    assert vus.refus is None
    assert [(vue.code, vue.type_logement, vue.departements) for vue in vus.habilitations] == [
        ("offre-bailleurs:prive:359", TypeLogement.PRIVE, ("35",))
    ]
    assert vus.organisme.raison_sociale == "LES OLIVIERS"
    assert vus.organisme.caisses == ("359", "561")
    assert vus.numeros_utilisateur == ("35900007090001", "56100004127001")


def test_rights_cost_one_statement_whatever_their_number(app: Flask) -> None:
    rattachement = _bailleur()
    contrat = a_contrat(an_organisme(), "cdap")
    for rank in range(30):
        an_habilitation(rattachement, a_groupe(contrat, code=f"cdap:t{rank}:359"))
    db.session.commit()
    db.session.expunge_all()

    with counted() as statements:
        droits(rattachement.id, "offre-bailleurs", NOW)

    assert len(statements) == 1


def test_another_service_s_groups_are_not_told(app: Flask) -> None:
    rattachement = _bailleur()

    vus = droits(rattachement.id, "cdap", NOW)

    assert vus is not None
    assert vus.habilitations == ()
    assert vus.refus is Refus.SANS_CONTRAT


def test_another_organisme_s_groups_are_not_told(app: Flask) -> None:
    rattachement = _bailleur()
    other = a_rattachement(an_account(), an_organisme(raison_sociale="LES CHÊNES"))

    vus = droits(other.id, "offre-bailleurs", NOW)

    assert vus is not None
    assert vus.habilitations == ()
    assert vus.organisme.raison_sociale == "LES CHÊNES"
    assert rattachement.organisme_id != other.organisme_id


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"cloture": HIER, "ouverture": HIER}, Refus.RATTACHEMENT_CLOS),
        ({"ouverture": clock.today(NOW) + timedelta(days=2)}, Refus.RATTACHEMENT_A_VENIR),
        ({"suspendu_at": NOW}, Refus.RATTACHEMENT_SUSPENDU),
    ],
)
def test_a_place_that_is_not_open_gives_no_right(
    app: Flask, change: dict[str, date], reason: Refus
) -> None:
    rattachement = _bailleur()
    for name, value in change.items():
        setattr(rattachement, name, value)
    db.session.flush()

    vus = droits(rattachement.id, "offre-bailleurs", NOW)

    assert vus is not None
    assert (vus.habilitations, vus.refus) == ((), reason)


def test_a_suspended_account_gives_no_right(app: Flask) -> None:
    organisme = an_organisme()
    rattachement = a_rattachement(an_account(state=AccountState.SUSPENDU), organisme)
    an_habilitation(rattachement, a_groupe(a_contrat(organisme)))

    vus = droits(rattachement.id, "offre-bailleurs", NOW)

    assert vus is not None
    assert vus.refus is Refus.COMPTE_INACTIF


def test_only_a_convention_validee_gives_rights(app: Flask) -> None:
    organisme = an_organisme()
    rattachement = a_rattachement(an_account(), organisme)
    an_habilitation(rattachement, a_groupe(a_contrat(organisme, etat=EtatConvention.RESILIEE)))

    vus = droits(rattachement.id, "offre-bailleurs", NOW)

    assert vus is not None
    assert vus.refus is Refus.CONVENTION_HORS_DATES


def test_the_end_told_is_the_earliest_of_all(app: Flask) -> None:
    organisme = an_organisme()
    fin = clock.today(NOW) + timedelta(days=5)
    rattachement = a_rattachement(an_account(), organisme, cloture=fin + timedelta(days=9))
    an_habilitation(rattachement, a_groupe(a_contrat(organisme)), fin=fin)

    vus = droits(rattachement.id, "offre-bailleurs", NOW)

    assert vus is not None
    assert vus.habilitations[0].fin == fin


def test_rights_of_every_service_are_kept_apart(app: Flask) -> None:
    rattachement = _bailleur()

    par_service = droits_par_service(rattachement.id, NOW)

    assert list(par_service) == ["offre-bailleurs"]
    assert par_service["offre-bailleurs"].refus is None


def test_an_unknown_rattachement_has_no_rights(app: Flask) -> None:
    organisme = an_organisme()

    assert droits(organisme.id, "offre-bailleurs", NOW) is None
