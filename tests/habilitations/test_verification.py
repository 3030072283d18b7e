"""`idp habilitations verify`: each rule sees the row that breaks it, and a sound database passes."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from factories import (
    a_contrat,
    a_groupe,
    a_mandat,
    a_rattachement,
    a_sous_groupe,
    an_account,
    an_habilitation,
    an_organisme,
)
from flask import Flask
from sqlalchemy import delete

from idp import clock
from idp.db import db
from idp.habilitations.administration import verification
from idp.habilitations.delegation import Qualite, Role
from idp.habilitations.models import Composante, PerimetreResponsable, Rattachement

NOW = datetime.now(UTC)


class Bureau:
    """LES OLIVIERS, where everything is as it must be."""

    def __init__(self) -> None:
        self.organisme = an_organisme()
        self.contrat = a_contrat(self.organisme)
        self.prive = a_groupe(self.contrat)
        self.conventionne = a_groupe(self.contrat, code="ob:conventionne:359")
        self.agence = a_sous_groupe(self.contrat, [self.prive])
        self.chef = an_account(email="chef@exemple.fr")
        a_rattachement(self.chef, self.organisme, role=Role.ADMINISTRATEUR)
        self.titulaire = an_account(email="nadia@exemple.fr")
        self.responsable = a_rattachement(self.titulaire, self.organisme)
        self.mandat = a_mandat(self.responsable, [self.agence], self.chef)
        self.user = a_rattachement(an_account(email="user@exemple.fr"), self.organisme)
        self.habilitation = an_habilitation(
            self.user,
            self.prive,
            granted_at=datetime.now(UTC),
            granted_by=self.titulaire.id,
            granted_as=Qualite.RESPONSABLE_HABILITATION,
            mandat_id=self.mandat.id,
        )


def _groupe_d_ailleurs(bureau: Bureau) -> None:
    an_habilitation(bureau.user, a_groupe(a_contrat(an_organisme(raison_sociale="PINS"))))


def _a_soi_meme(bureau: Bureau) -> None:
    an_habilitation(
        bureau.responsable,
        bureau.prive,
        granted_by=bureau.titulaire.id,
        granted_as=Qualite.ADMINISTRATEUR,
    )


def _sans_auteur(bureau: Bureau) -> None:
    an_habilitation(bureau.user, bureau.conventionne, granted_as=Qualite.ADMINISTRATEUR)


def _par_un_autre(bureau: Bureau) -> None:
    bureau.habilitation.granted_by = bureau.chef.id


def _apres_le_mandat(bureau: Bureau) -> None:
    bureau.mandat.ended_at = NOW - timedelta(days=1)
    bureau.mandat.granted_at = NOW - timedelta(days=2)
    bureau.responsable.role = Role.UTILISATEUR


def _hors_perimetre(bureau: Bureau) -> None:
    bureau.habilitation.groupe_id = bureau.conventionne.id


def _role_sans_mandat(bureau: Bureau) -> None:
    bureau.user.role = Role.RESPONSABLE_HABILITATION


def _mandat_sans_role(bureau: Bureau) -> None:
    bureau.responsable.role = Role.UTILISATEUR


def _mandat_a_soi_meme(bureau: Bureau) -> None:
    bureau.mandat.granted_by = bureau.titulaire.id


def _mandat_vide(bureau: Bureau) -> None:
    db.session.execute(delete(PerimetreResponsable))
    bureau.habilitation.mandat_id = None
    bureau.habilitation.granted_as = Qualite.CAF


def _mandat_d_ailleurs(bureau: Bureau) -> None:
    ailleurs = a_groupe(a_contrat(an_organisme(raison_sociale="PINS")))
    db.session.add(PerimetreResponsable(mandat_id=bureau.mandat.id, groupe_id=ailleurs.id))


def _sous_groupe_de_tout(bureau: Bureau) -> None:
    db.session.add(Composante(sous_groupe_id=bureau.agence.id, base_id=bureau.conventionne.id))


def _sous_groupe_vide(bureau: Bureau) -> None:
    a_sous_groupe(bureau.contrat, [], libelle="Vide")


def _sous_groupe_d_un_autre_contrat(bureau: Bureau) -> None:
    cdap = a_groupe(a_contrat(bureau.organisme, "cdap"), code="cdap:t1")
    db.session.add(Composante(sous_groupe_id=bureau.agence.id, base_id=cdap.id))


@pytest.mark.parametrize(
    "casser",
    [
        _groupe_d_ailleurs,
        _a_soi_meme,
        _sans_auteur,
        _par_un_autre,
        _apres_le_mandat,
        _hors_perimetre,
        _role_sans_mandat,
        _mandat_sans_role,
        _mandat_a_soi_meme,
        _mandat_vide,
        _mandat_d_ailleurs,
        _sous_groupe_de_tout,
        _sous_groupe_vide,
        _sous_groupe_d_un_autre_contrat,
    ],
    ids=lambda casser: casser.__name__.strip("_"),
)
def test_a_row_that_breaks_a_rule_is_found(app: Flask, casser: Callable[[Bureau], None]) -> None:
    bureau = Bureau()
    assert verification.anomalies() == []

    casser(bureau)
    db.session.flush()

    trouvees = verification.anomalies()
    assert len({anomalie.regle for anomalie in trouvees}) == 1, trouvees


def test_sous_groupes_that_open_everything_together_break_no_rule(app: Flask) -> None:
    bureau = Bureau()
    a_sous_groupe(bureau.contrat, [bureau.conventionne], libelle="Agence de Vitré")

    assert verification.anomalies() == []


def test_every_rule_is_broken_by_a_test(app: Flask) -> None:
    casseurs = test_a_row_that_breaks_a_rule_is_found.pytestmark[0].args[1]  # type: ignore[attr-defined]
    vues = set()
    for casser in casseurs:
        bureau = Bureau()
        casser(bureau)
        db.session.flush()
        vues |= {anomalie.regle for anomalie in verification.anomalies()}
        db.session.rollback()

    assert vues == set(verification.regles())


def test_organismes_that_nobody_administers_are_listed_for_the_caf(app: Flask) -> None:
    bureau = Bureau()
    jour = clock.today(NOW)
    assert verification.sans_administrateur(jour) == []

    for place in db.session.query(Rattachement).filter_by(account_id=bureau.chef.id):
        place.suspendu_at = NOW
    db.session.flush()

    assert verification.sans_administrateur(jour) == [(bureau.organisme.id, "LES OLIVIERS")]
