"""Whom somebody acts upon, as the decisions of ``delegation.py`` see them, and whom they may see at all."""

from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, select, union_all
from sqlalchemy.orm import aliased

from idp.accounts.models import Account
from idp.db import db
from idp.errors import NotHere
from idp.habilitations import acteurs
from idp.habilitations.dates_de_groupe import Coche
from idp.habilitations.delegation import Acteur, Bases, Cible, voit
from idp.habilitations.models import Composante, Habilitation, Rattachement
from idp.habilitations.policy import Periode


def lire(acteur: Acteur, rattachement_id: UUID) -> Cible:
    """One person of this organisme: two statements; raises ``NotHere`` for whoever the actor may not see."""
    row = db.session.execute(
        select(
            Rattachement.account_id,
            Rattachement.organisme_id,
            Rattachement.role,
            Rattachement.created_by,
        )
        .join(Account, Account.id == Rattachement.account_id)
        .where(Rattachement.id == rattachement_id, Account.anonymised_at.is_(None))
    ).one_or_none()
    cible = Cible(*row, tuple(bases_tenues(rattachement_id).values())) if row else None
    if cible is None or not voit(acteur, cible):
        raise NotHere("Cet utilisateur n’existe pas, ou n’est pas de votre organisme.")
    return cible


def bases_tenues(rattachement_id: UUID) -> dict[UUID, Bases]:
    """What each groupe ticked for this person opens, whenever that is, by groupe: one statement."""
    return bases_de_chacun([rattachement_id]).get(rattachement_id, {})


def bases_de_chacun(
    rattachement_ids: Collection[UUID], *dont: ColumnElement[bool]
) -> dict[UUID, dict[UUID, Bases]]:
    """The same for several people, by person, of the ticks for which ``dont`` holds: one statement."""
    return {
        rattachement_id: {groupe_id: coche.bases for groupe_id, coche in siennes.items()}
        for rattachement_id, siennes in _coches(rattachement_ids, *dont).items()
    }


def coches(rattachement_id: UUID) -> dict[UUID, Coche]:
    """Each box ticked for this person: what it opens, from when and until when; one statement."""
    return _coches([rattachement_id]).get(rattachement_id, {})


def _coches(
    rattachement_ids: Collection[UUID], *dont: ColumnElement[bool]
) -> dict[UUID, dict[UUID, Coche]]:
    rows = db.session.execute(
        select(
            Habilitation.rattachement_id,
            Habilitation.groupe_id,
            func.coalesce(Composante.base_id, Habilitation.groupe_id),
            Habilitation.debut,
            Habilitation.fin,
        )
        .outerjoin(Composante, Composante.sous_groupe_id == Habilitation.groupe_id)
        .where(Habilitation.rattachement_id.in_(rattachement_ids), *dont)
    )
    tenues: defaultdict[UUID, dict[UUID, Coche]] = defaultdict(dict)
    for rattachement_id, groupe_id, base_id, debut, fin in rows:
        siennes = tenues[rattachement_id]
        deja = siennes[groupe_id].bases if groupe_id in siennes else Bases()
        siennes[groupe_id] = Coche(deja | {base_id}, Periode(debut, fin))
    return tenues


def visibles(acteur: Acteur) -> ColumnElement[bool]:
    """``delegation.voit`` as the database says it, of ``Rattachement``."""
    ici = Rattachement.organisme_id == acteur.organisme_id
    if acteur.perimetre is None:
        return ici
    place = aliased(Rattachement)
    la = place.organisme_id == acteur.organisme_id
    rien = ~exists().where(Habilitation.rattachement_id == place.id)
    # One set of people, read from what the mandate covers: asked of each user of the organisme in turn, whether
    # they hold something of it costs PostgreSQL seconds, for ten thousand users.
    return and_(
        ici,
        Rattachement.id.in_(
            union_all(
                select(Habilitation.rattachement_id).where(
                    Habilitation.groupe_id.in_(acteur.perimetre)
                ),
                select(Habilitation.rattachement_id).where(
                    Habilitation.groupe_id.in_(
                        select(Composante.sous_groupe_id).where(
                            Composante.base_id.in_(acteur.perimetre)
                        )
                    )
                ),
                select(place.id).where(la, place.created_by == acteurs.auteur(acteur), rien),
                select(place.id).where(la, place.account_id == acteur.account_id),
            )
        ),
    )
