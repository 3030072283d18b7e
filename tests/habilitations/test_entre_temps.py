"""Whoever lost, since their request began, what they act by does nothing: whatever the page."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from factories import (
    a_contrat,
    a_groupe,
    a_rattachement,
    a_sous_groupe,
    an_account,
    an_acteur,
    an_organisme,
)
from flask import Flask
from sqlalchemy import select

from idp.db import db
from idp.errors import Refusal
from idp.habilitations.composition import mes_groupes, mouvements, sous_groupes
from idp.habilitations.composition.mouvements import Sens
from idp.habilitations.composition.sous_groupes import Voulu
from idp.habilitations.delegation import Acteur
from idp.habilitations.models import Groupe, Habilitation, Qualite, Rattachement, Role
from idp.habilitations.personnes import identite, retraits
from idp.habilitations.personnes.identite import Identite
from idp.habilitations.revues import cloture, ouverture

NOW = datetime.now(UTC)
Geste = Callable[[Acteur, Rattachement, Groupe], object]


def _corriger(acteur: Acteur, place: Rattachement, _groupe: Groupe) -> object:
    return identite.corriger(acteur, place.id, Identite("X", "Y", None), version="", now=NOW)


def _remplacer_l_adresse(acteur: Acteur, place: Rattachement, _groupe: Groupe) -> object:
    return identite.remplacer_l_adresse(acteur, place.id, "x@exemple.fr", version="", now=NOW)


def _faire_entrer(acteur: Acteur, place: Rattachement, groupe: Groupe) -> object:
    _contrat, vu = mes_groupes.lire(acteur, groupe.id, NOW)
    version = mouvements.prevoir(acteur, vu, Sens.ENTREE, [place.id], NOW).version
    return mouvements.appliquer(
        acteur, groupe.id, Sens.ENTREE, [place.id], version=version, now=NOW
    )


def _nommer_un_sous_groupe(acteur: Acteur, _place: Rattachement, groupe: Groupe) -> object:
    contrat, vu = mes_groupes.lire(acteur, groupe.id, NOW)
    return sous_groupes.creer(acteur, contrat, Voulu("Agence", vu.bases), NOW)


def _changer_un_sous_groupe(acteur: Acteur, _place: Rattachement, _groupe: Groupe) -> object:
    sous_groupe = db.session.scalars(select(Groupe.id).where(Groupe.sous_groupe)).one()
    voulu = Voulu("Autre nom", frozenset())
    return sous_groupes.appliquer(acteur, sous_groupe, voulu, version="", now=NOW)


def _supprimer_un_sous_groupe(acteur: Acteur, _place: Rattachement, _groupe: Groupe) -> object:
    sous_groupe = db.session.scalars(select(Groupe.id).where(Groupe.sous_groupe)).one()
    return sous_groupes.supprimer(acteur, sous_groupe, version="", now=NOW)


def _reprendre(acteur: Acteur, place: Rattachement, _groupe: Groupe) -> object:
    place.suspendu_at, place.suspendu_par = NOW, Qualite.ADMINISTRATEUR
    db.session.flush()
    return retraits.reprendre(place.id, par=acteur, now=NOW)


def _terminer_la_revue(acteur: Acteur, _place: Rattachement, _groupe: Groupe) -> object:
    revue_id = ouverture.commencer(acteur, NOW)
    assert revue_id
    return cloture.terminer(acteur, revue_id, version="", now=NOW)


@pytest.mark.parametrize(
    "geste",
    [
        _corriger,
        _remplacer_l_adresse,
        _faire_entrer,
        _nommer_un_sous_groupe,
        _changer_un_sous_groupe,
        _supprimer_un_sous_groupe,
        _reprendre,
        _terminer_la_revue,
    ],
)
def test_who_no_longer_administers_does_nothing(app: Flask, geste: Geste) -> None:
    organisme = an_organisme()
    contrat = a_contrat(organisme)
    groupe = a_groupe(contrat)
    a_sous_groupe(contrat, [groupe, a_groupe(contrat, code="s:prive:359")])
    demis = a_rattachement(an_account(email="a@exemple.fr"), organisme)
    a_rattachement(an_account(email="b@exemple.fr"), organisme, role=Role.ADMINISTRATEUR)
    place = a_rattachement(an_account(email="u@exemple.fr"), organisme)
    comme_avant = an_acteur(demis.account_id, organisme, role=Role.ADMINISTRATEUR)

    with pytest.raises(Refusal, match="lost their role"):
        geste(comme_avant, place, groupe)

    assert db.session.scalars(select(Habilitation.id)).all() == []
