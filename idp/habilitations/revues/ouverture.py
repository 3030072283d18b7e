"""The opening of a review: everybody of the organisme is written down with what they hold, in three statements.

Whatever the number of people: the rows are chosen, sorted and copied by the database. All of it or nothing: cut
short, an opening leaves no trace and is done again. Who is told is ``rappels.py``'s.
"""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    and_,
    case,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from idp import audit, clock
from idp.accounts.models import Account, AccountState
from idp.db import db
from idp.habilitations import acteurs
from idp.habilitations.acteurs import actor_of
from idp.habilitations.delegation import Acteur, Qualite
from idp.habilitations.en_cours import mandat_en_cours, place_ouverte
from idp.habilitations.models import (
    ContratDeService,
    Groupe,
    Habilitation,
    Mandat,
    Organisme,
    Rattachement,
    Role,
)
from idp.habilitations.revues import rappels
from idp.habilitations.revues.events import RevueOuverte
from idp.habilitations.revues.models import DroitRevu, EtatRevue, LigneDeRevue, Revue
from idp.habilitations.revues.policy import (
    BEAUCOUP_DE_GROUPES,
    POIDS,
    Motif,
    Seuils,
    anciennete,
    echeance,
)
from idp.habilitations.tenue import tenir

AT_ONCE = 20
_LIGNE = (
    "rattachement_id",
    "account_id",
    "risque",
    "role",
    "cree_at",
    "ouverture",
    "cloture",
    "suspendu",
    "derniere_connexion_at",
    "mail_refuse",
    "groupes",
    "delegues",
    "sans_donneur",
)


def commencer(acteur: Acteur, now: datetime) -> UUID | None:
    """Open the review of the actor's organisme, or find the one that runs; None when there is nobody to review."""
    if not acteur.administre:
        return None
    return _ouvrir(acteur.organisme_id, now, par=acteur)


def ouvrir_celles_qui_sont_dues(now: datetime, *, limit: int = AT_ONCE) -> int:
    """A chore: open the reviews whose time has come, where somebody can answer; returns how many."""
    dues = db.session.scalars(_dues(clock.today(now)).limit(limit)).all()
    return sum(_ouvrir(organisme_id, now, par=None) is not None for organisme_id in dues)


def _ouvrir(organisme_id: UUID, now: datetime, *, par: Acteur | None) -> UUID | None:
    tenir(organisme_id)
    if par:
        acteurs.confirmer(par, now)
    en_cours = db.session.scalar(
        select(Revue.id).where(Revue.organisme_id == organisme_id, Revue.etat != EtatRevue.CLOSE)
    )
    if en_cours:
        return en_cours
    jour = clock.today(now)
    if not db.session.scalar(select(_quelqu_un_d_autre(jour, literal(organisme_id)))):
        return None
    revue = Revue(
        id=uuid4(),
        organisme_id=organisme_id,
        opened_at=now,
        opened_by=par.account_id if par else None,
        echeance=echeance(jour),
    )
    db.session.add(revue)
    db.session.flush()
    personnes = _ecrire_les_lignes(revue.id, organisme_id, jour)
    _copier_les_droits(revue.id, jour)
    audit.record(
        RevueOuverte(revue_id=revue.id, personnes=personnes, echeance=str(revue.echeance)),
        at=now,
        actor=actor_of(par) if par else audit.WORKER,
        organisme_id=organisme_id,
    )
    rappels.annoncer_l_ouverture(revue, now)
    return revue.id


def _ecrire_les_lignes(revue_id: UUID, organisme_id: UUID, jour: date) -> int:
    vues = _personnes(organisme_id, jour)
    rang = func.row_number().over(
        order_by=(vues.c.risque.desc(), vues.c.nom, vues.c.prenom, vues.c.rattachement_id)
    )
    lues = select(literal(revue_id), rang, *(vues.c[name] for name in _LIGNE))
    db.session.execute(
        insert(LigneDeRevue).from_select(["revue_id", "rang", *_LIGNE], lues),
        execution_options={"synchronize_session": False},
    )
    return (
        db.session.scalar(
            select(func.count()).select_from(LigneDeRevue).where(LigneDeRevue.revue_id == revue_id)
        )
        or 0
    )


def _personnes(organisme_id: UUID, jour: date) -> Subquery:
    tenus = _tenus(organisme_id, jour)
    faits = (
        select(
            Rattachement.id.label("rattachement_id"),
            Rattachement.account_id,
            Rattachement.role,
            Rattachement.created_at.label("cree_at"),
            Rattachement.ouverture,
            Rattachement.cloture,
            Rattachement.suspendu_at.is_not(None).label("suspendu"),
            Account.last_login_at.label("derniere_connexion_at"),
            Account.mail_refused_at.is_not(None).label("mail_refuse"),
            func.coalesce(tenus.c.groupes, 0).label("groupes"),
            func.coalesce(tenus.c.delegues, 0).label("delegues"),
            func.coalesce(tenus.c.sans_donneur, 0).label("sans_donneur"),
            func.lower(func.coalesce(Account.family_name, "")).label("nom"),
            func.lower(func.coalesce(Account.given_name, "")).label("prenom"),
        )
        .join(Account, Account.id == Rattachement.account_id)
        .outerjoin(tenus, tenus.c.rattachement_id == Rattachement.id)
        .where(Rattachement.organisme_id == organisme_id, a_revoir(jour))
        .subquery()
    )
    return select(faits, _risque(faits, jour).label("risque")).subquery()


def a_revoir(jour: date) -> ColumnElement[bool]:
    """Whose place is, or may come back, open: of ``Rattachement`` and its ``Account``."""
    return and_(
        or_(Rattachement.cloture.is_(None), Rattachement.cloture >= jour),
        # Closed today: the suspension is what acts at once (``retraits.py``).
        or_(
            Rattachement.suspendu_at.is_(None),
            Rattachement.cloture.is_(None),
            Rattachement.cloture > jour,
        ),
        Account.anonymised_at.is_(None),
        Account.state != AccountState.CLOS,
    )


def _tenus(organisme_id: UUID, jour: date) -> Subquery:
    """What each person of the organisme holds, counted: in all, delegated, given by who is gone."""
    place, donneur = aliased(Rattachement), aliased(Rattachement)
    par_une_personne = Habilitation.granted_as.in_(
        [Qualite.ADMINISTRATEUR, Qualite.RESPONSABLE_HABILITATION]
    )
    donneur_parti = and_(
        par_une_personne, Habilitation.granted_by.is_not(None), donneur.id.is_(None)
    )
    programme_fini = and_(Habilitation.granted_as == Qualite.PROGRAMME, Mandat.id.is_(None))
    return (
        select(
            Habilitation.rattachement_id,
            func.count().label("groupes"),
            _compte(
                Habilitation.granted_as.in_([Qualite.RESPONSABLE_HABILITATION, Qualite.PROGRAMME])
            ).label("delegues"),
            _compte(or_(donneur_parti, programme_fini)).label("sans_donneur"),
        )
        .join(place, place.id == Habilitation.rattachement_id)
        .outerjoin(
            donneur,
            and_(
                donneur.account_id == Habilitation.granted_by,
                donneur.organisme_id == organisme_id,
                place_ouverte(donneur, jour),
            ),
        )
        .outerjoin(Mandat, and_(Mandat.id == Habilitation.mandat_id, mandat_en_cours(jour)))
        .where(place.organisme_id == organisme_id, _tenu(jour))
        .group_by(Habilitation.rattachement_id)
        .subquery()
    )


def _compte(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def _tenu(jour: date) -> ColumnElement[bool]:
    return or_(Habilitation.fin.is_(None), Habilitation.fin >= jour)


def _risque(vue: Subquery, jour: date) -> ColumnElement[int]:
    """``policy.risque``, as the database says it."""
    seuils = Seuils(jour)
    connexion = vue.c.derniere_connexion_at
    tres_vieille = connexion < clock.end_of_day(seuils.tres_longtemps)
    vus: dict[Motif, ColumnElement[bool]] = {
        Motif.INACTIF_12_MOIS: tres_vieille,
        Motif.INACTIF_6_MOIS: and_(
            connexion < clock.end_of_day(seuils.longtemps),
            connexion >= clock.end_of_day(seuils.tres_longtemps),
        ),
        Motif.JAMAIS_CONNECTE: and_(
            connexion.is_(None), vue.c.cree_at < clock.end_of_day(seuils.jamais)
        ),
        Motif.SANS_DONNEUR: vue.c.sans_donneur > 0,
        Motif.ADMINISTRE: vue.c.role == Role.ADMINISTRATEUR,
        Motif.DELEGUE: vue.c.delegues > 0,
        Motif.PEUT_DONNER: vue.c.role == Role.RESPONSABLE_HABILITATION,
        Motif.BEAUCOUP: vue.c.groupes >= BEAUCOUP_DE_GROUPES,
        Motif.MAIL_REFUSE: vue.c.mail_refuse,
        Motif.SUSPENDU: vue.c.suspendu,
    }
    total: ColumnElement[int] = literal(0)
    for motif, vrai in vus.items():
        total = total + case((vrai, POIDS[motif]), else_=0)
    return total


def _copier_les_droits(revue_id: UUID, jour: date) -> None:
    copies = (
        select(
            LigneDeRevue.revue_id,
            LigneDeRevue.rattachement_id,
            Habilitation.groupe_id,
            ContratDeService.service,
            Groupe.libelle,
            Habilitation.debut,
            Habilitation.fin,
            Habilitation.granted_at,
            Habilitation.granted_by,
            Habilitation.granted_as,
        )
        .join(Habilitation, Habilitation.rattachement_id == LigneDeRevue.rattachement_id)
        .join(Groupe, Groupe.id == Habilitation.groupe_id)
        .join(ContratDeService, ContratDeService.id == Groupe.contrat_id)
        .where(LigneDeRevue.revue_id == revue_id, _tenu(jour))
    )
    colonnes = list(copies.selected_columns.keys())
    db.session.execute(insert(DroitRevu).from_select(colonnes, copies))


def _dues(jour: date) -> Select[UUID]:
    """Organismes whose next review opens by itself: old enough, with people to review and somebody to answer."""
    depuis = anciennete(jour)
    recente = exists().where(
        Revue.organisme_id == Organisme.id,
        Revue.opened_at >= clock.end_of_day(depuis.derniere_revue),
    )
    en_cours = exists().where(Revue.organisme_id == Organisme.id, Revue.etat != EtatRevue.CLOSE)
    deja_une: ColumnElement[bool] = exists().where(Revue.organisme_id == Organisme.id)
    if depuis.premiere_revue is not None:
        deja_une = or_(deja_une, Organisme.created_at < clock.end_of_day(depuis.premiere_revue))
    return select(Organisme.id).where(
        Organisme.suspendu_at.is_(None),
        ~recente,
        ~en_cours,
        deja_une,
        quelqu_un_administre(jour),
        _quelqu_un_d_autre(jour, Organisme.id.expression),
    )


def quelqu_un_administre(jour: date) -> ColumnElement[bool]:
    """An administrateur of ``Organisme`` can answer that day: nobody lapses because nobody could."""
    chef, compte = aliased(Rattachement), aliased(Account)
    return (
        exists()
        .where(
            chef.organisme_id == Organisme.id,
            chef.role == Role.ADMINISTRATEUR,
            place_ouverte(chef, jour),
            compte.id == chef.account_id,
            compte.state == AccountState.ACTIF,
        )
        .correlate(Organisme)
    )


def _quelqu_un_d_autre(jour: date, organisme_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    # A review of oneself alone means nothing.
    deux = (
        select(Rattachement.id)
        .join(Account, Account.id == Rattachement.account_id)
        .where(Rattachement.organisme_id == organisme_id, a_revoir(jour))
        .limit(1)
        .offset(1)
    )
    return deux.exists()
