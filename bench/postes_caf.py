"""Who reads the pages of the agents under measure: they look at a small organisme, then at a big one."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from affaires_caf import d_un_organisme, d_un_pays
from factories import an_agent
from flask import Flask
from population import GRAND, PETIT
from postes import NOMS, Poste, gerer, organisme_nomme
from sqlalchemy import Select, select

from idp import clock
from idp.accounts import sessions
from idp.accounts.levels import TWO_FACTORS
from idp.accounts.models import Account
from idp.accounts.sessions import NO_BROWSER
from idp.db import db, transaction
from idp.habilitations.assistance.models import VuePartenaire
from idp.habilitations.models import Convention, Organisme, Rattachement, Role, RoleAgent

ESPACE = "/caf/"


def _lui_meme(organisme_id: UUID) -> Select[UUID]:
    return select(Organisme.id).where(Organisme.id == organisme_id)


def _conventions(organisme_id: UUID) -> Select[UUID]:
    return select(Convention.id).where(Convention.organisme_id == organisme_id)


NOMS_CAF: dict[str, Callable[[UUID], Select[Any]]] = {
    **NOMS,
    "organisme_id": _lui_meme,
    "convention_id": _conventions,
}
"""For each argument of the routes of the agents, rows of an organisme that it may name."""


def postes_caf(app: Flask) -> list[Poste]:
    """A national agent before each of the two organismes, then a superviseur of the caisse of the big one; the Caf
    manages both in their place, so that every page of it opens."""
    with app.app_context(), transaction():
        d_un_pays(clock.now())
    with app.app_context(), transaction():
        grand, petit = organisme_nomme(GRAND), organisme_nomme(PETIT)
        gerer([grand, petit], par_la_caf=True)
        national = an_agent(email="national@caf.example.fr")
        caisse = db.session.get_one(Organisme, grand).caisse_code
        superviseur = an_agent(RoleAgent.SUPERVISEUR, [caisse], email="local@caf.example.fr")
        return [
            _poste("national, petit", national, petit, compare=True),
            _poste("national, grand", national, grand, compare=True),
            _poste("superviseur, grand", superviseur, grand, compare=False),
        ]


def _une_vue(agent: Account, organisme_id: UUID) -> VuePartenaire:
    """What the administrateur of the organisme sees."""
    now = clock.now()
    chef = db.session.scalars(
        select(Rattachement.id).where(
            Rattachement.organisme_id == organisme_id, Rattachement.role == Role.ADMINISTRATEUR
        )
    ).first()
    vue = VuePartenaire(
        agent_id=agent.id,
        rattachement_id=chef,
        motif="Mesure",
        opened_at=now,
        expires_at=now + timedelta(hours=1),
    )
    db.session.add(vue)
    db.session.flush()
    return vue


def _poste(nom: str, agent: Account, organisme_id: UUID, *, compare: bool) -> Poste:
    opened = sessions.open_session(
        agent.id,
        rattachement_id=None,
        browser=NO_BROWSER,
        now=clock.now(),
        proof=TWO_FACTORS,
    )
    noms = {name: list(db.session.scalars(query(organisme_id))) for name, query in NOMS_CAF.items()}
    noms |= d_un_organisme(organisme_id, noms["rattachement_id"][0], clock.now())
    noms["vue_id"] = [_une_vue(agent, organisme_id).id]
    return Poste(nom, opened.token, administre=compare, noms=noms, espace=ESPACE)
