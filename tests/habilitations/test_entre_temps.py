"""Whoever lost, since their request began, what they act by does nothing: whatever the page."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

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
from idp.habilitations.personnes import identite, renvoi, retraits
from idp.habilitations.personnes.identite import Identite
from idp.habilitations.revues import cloture, ouverture, reponses
from idp.habilitations.revues.policy import Decision
from idp.habilitations.revues.reponses import Reponse

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


def _une_revue(acteur: Acteur) -> UUID:
    # Opened by somebody who still administers, before the other one was demoted.
    reste = db.session.scalars(
        select(Rattachement).where(
            Rattachement.organisme_id == acteur.organisme_id,
            Rattachement.role == Role.ADMINISTRATEUR,
        )
    ).one()
    revue_id = ouverture.commencer(replace(acteur, account_id=reste.account_id), NOW)
    assert revue_id
    return revue_id


def _commencer_la_revue(acteur: Acteur, _place: Rattachement, _groupe: Groupe) -> object:
    return ouverture.commencer(acteur, NOW)


def _retrouver_la_revue(acteur: Acteur, _place: Rattachement, _groupe: Groupe) -> object:
    _une_revue(acteur)
    return ouverture.commencer(acteur, NOW)


def _repondre(acteur: Acteur, place: Rattachement, _groupe: Groupe) -> object:
    reponse = Reponse(place.id, Decision.RETIRER, vu=None)
    return reponses.repondre(acteur, _une_revue(acteur), reponse, NOW)


def _garder_sans_risque(acteur: Acteur, _place: Rattachement, _groupe: Groupe) -> object:
    return reponses.garder_sans_risque(acteur, _une_revue(acteur), NOW)


def _terminer_la_revue(acteur: Acteur, _place: Rattachement, _groupe: Groupe) -> object:
    return cloture.terminer(acteur, _une_revue(acteur), version="", now=NOW)


def _renvoyer_le_secret(acteur: Acteur, place: Rattachement, _groupe: Groupe) -> object:
    return renvoi.renvoyer(acteur, place.id, NOW)


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
        _commencer_la_revue,
        _retrouver_la_revue,
        _repondre,
        _garder_sans_risque,
        _terminer_la_revue,
        _renvoyer_le_secret,
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
