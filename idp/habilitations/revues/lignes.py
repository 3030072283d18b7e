"""The people of a review, a page at a time: what they held, why to look at them, what was answered.

A constant number of statements, whatever the number of people: the order was written at the opening.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import aliased

from idp import clock
from idp.accounts.models import Account
from idp.db import db
from idp.habilitations.delegation import Acteur, Qualite
from idp.habilitations.models import Rattachement, Role
from idp.habilitations.revues.lecture import RevueVue
from idp.habilitations.revues.models import DroitRevu, LigneDeRevue
from idp.habilitations.revues.policy import Decision, Issue, Motif, PersonneVue, motifs

PAR_PAGE = 25


class Vue(StrEnum):
    """Which lines of a review are shown."""

    A_REVOIR = "a-revoir"
    GARDES = "gardes"
    RETIRES = "retires"
    TOUS = "tous"


@dataclass(frozen=True, slots=True)
class DroitVu:
    """A groupe as it was held at the opening."""

    libelle: str
    service: str
    depuis: date
    fin: date | None
    qualite: Qualite
    donneur: str | None


@dataclass(frozen=True, slots=True)
class LigneVue:
    """A person to review."""

    rattachement_id: UUID
    account_id: UUID
    rang: int
    nom: str
    identifiant: str
    email: str | None
    role: Role
    cloture: date | None
    derniere_connexion_at: datetime | None
    mail_refuse: bool
    motifs: tuple[Motif, ...]
    risque: int
    partie: bool
    """Whether their access was closed since the opening."""
    decision: Decision | None
    decided_at: datetime | None
    decideur: str | None
    issue: Issue | None
    applied_at: datetime | None
    restored_at: datetime | None
    groupes: int
    delegues: int
    sans_donneur: int
    cree_at: datetime
    droits: tuple[DroitVu, ...]


@dataclass(frozen=True, slots=True)
class PageDeRevue:
    """Some lines; ``suivante`` is the rank after which the next page starts."""

    lignes: tuple[LigneVue, ...]
    suivante: int | None


def page(
    revue: RevueVue, acteur: Acteur, vue: Vue = Vue.A_REVOIR, *, apres: int = 0
) -> PageDeRevue:
    """The lines after that rank: two statements."""
    return _page(revue, [*_de(vue, acteur), LigneDeRevue.rang > apres], PAR_PAGE)


def ligne(revue: RevueVue, rattachement_id: UUID) -> LigneVue | None:
    """One line: two statements."""
    lues = _page(revue, [LigneDeRevue.rattachement_id == rattachement_id], 1).lignes
    return lues[0] if lues else None


def selon_l_issue(
    revue: RevueVue, issue: Issue, *, apres: int = 0, limit: int = PAR_PAGE
) -> PageDeRevue:
    """The lines of which that became, after that rank: two statements."""
    return _page(revue, [LigneDeRevue.issue == issue, LigneDeRevue.rang > apres], limit)


def prochaine(revue_id: UUID, acteur: Acteur, apres: int) -> UUID | None:
    """Whom to answer of next: the first without an answer after that rank, else the first of all."""
    sans_reponse = select(LigneDeRevue.rattachement_id).where(
        LigneDeRevue.revue_id == revue_id, *_de(Vue.A_REVOIR, acteur)
    )
    return db.session.scalar(
        sans_reponse.order_by(
            case((LigneDeRevue.rang > apres, 0), else_=1), LigneDeRevue.rang
        ).limit(1)
    )


@dataclass(frozen=True, slots=True)
class SansRisque:
    """People whom one press would keep: how many, and the names of the first ones."""

    combien: int
    noms: tuple[str, ...]


def sans_risque(revue_id: UUID, acteur: Acteur, rangs: tuple[int, int] | None) -> SansRisque:
    """Who has no answer and nothing against them, between these ranks or in all: two statements."""
    dans = [
        LigneDeRevue.revue_id == revue_id,
        LigneDeRevue.risque == 0,
        *_de(Vue.A_REVOIR, acteur),
    ]
    if rangs is not None:
        dans.append(LigneDeRevue.rang.between(*rangs))
    combien = db.session.scalar(select(func.count()).select_from(LigneDeRevue).where(*dans))
    premiers = db.session.scalars(
        select(Account)
        .join(LigneDeRevue, LigneDeRevue.account_id == Account.id)
        .where(*dans)
        .order_by(LigneDeRevue.rang)
        .limit(PAR_PAGE)
    )
    return SansRisque(combien or 0, tuple(account.display_name for account in premiers))


def _de(vue: Vue, acteur: Acteur) -> list[ColumnElement[bool]]:
    if vue is Vue.A_REVOIR:
        return [
            LigneDeRevue.decision.is_(None),
            LigneDeRevue.account_id != acteur.account_id,
        ]
    decision = {Vue.GARDES: Decision.GARDER, Vue.RETIRES: Decision.RETIRER}.get(vue)
    return [LigneDeRevue.decision == decision] if decision else []


def _page(revue: RevueVue, dans: Sequence[ColumnElement[bool]], limit: int) -> PageDeRevue:
    decideur = aliased(Account)
    rows = db.session.execute(
        select(LigneDeRevue, Account, Rattachement, decideur)
        .join(Rattachement, Rattachement.id == LigneDeRevue.rattachement_id)
        .join(Account, Account.id == Rattachement.account_id)
        .outerjoin(decideur, decideur.id == LigneDeRevue.decided_by)
        .where(LigneDeRevue.revue_id == revue.id, *dans)
        .order_by(LigneDeRevue.rang)
        .limit(limit + 1)
        .execution_options(populate_existing=True)
    ).all()
    montrees = rows[:limit]
    droits = _droits_de(revue.id, [row[0].rattachement_id for row in montrees])
    jour = clock.today(revue.opened_at)
    return PageDeRevue(
        lignes=tuple(
            _ligne(une, account, place, par, tuple(droits[une.rattachement_id]), jour)
            for une, account, place, par in montrees
        ),
        suivante=montrees[-1][0].rang if len(rows) > limit else None,
    )


def _droits_de(revue_id: UUID, rattachements: list[UUID]) -> defaultdict[UUID, list[DroitVu]]:
    donneur = aliased(Account)
    rows = db.session.execute(
        select(DroitRevu, donneur)
        .outerjoin(donneur, donneur.id == DroitRevu.granted_by)
        .where(DroitRevu.revue_id == revue_id, DroitRevu.rattachement_id.in_(rattachements))
        .order_by(DroitRevu.libelle)
    )
    droits: defaultdict[UUID, list[DroitVu]] = defaultdict(list)
    for droit, account in rows:
        droits[droit.rattachement_id].append(
            DroitVu(
                libelle=droit.libelle,
                service=droit.service,
                depuis=droit.debut,
                fin=droit.fin,
                qualite=droit.granted_as,
                donneur=account.display_name if account else None,
            )
        )
    return droits


def _ligne(
    une: LigneDeRevue,
    account: Account,
    place: Rattachement,
    decideur: Account | None,
    droits: tuple[DroitVu, ...],
    jour: date,
) -> LigneVue:
    return LigneVue(
        rattachement_id=une.rattachement_id,
        account_id=une.account_id,
        rang=une.rang,
        nom=account.display_name,
        identifiant=account.identifiant,
        email=account.email,
        role=une.role,
        cloture=une.cloture,
        derniere_connexion_at=une.derniere_connexion_at,
        mail_refuse=une.mail_refuse,
        motifs=motifs(_vue_comme(une), jour),
        risque=une.risque,
        partie=place.suspendu_at is not None and place.cloture is not None and not une.suspendu,
        decision=une.decision,
        decided_at=une.decided_at,
        decideur=decideur.display_name if decideur else None,
        issue=une.issue,
        applied_at=une.applied_at,
        restored_at=une.restored_at,
        groupes=une.groupes,
        delegues=une.delegues,
        sans_donneur=une.sans_donneur,
        cree_at=une.cree_at,
        droits=droits,
    )


def _vue_comme(une: LigneDeRevue) -> PersonneVue:
    connexion = une.derniere_connexion_at
    return PersonneVue(
        role=une.role,
        cree_le=clock.today(une.cree_at),
        derniere_connexion=clock.today(connexion) if connexion else None,
        cloture=une.cloture,
        suspendu=une.suspendu,
        mail_refuse=une.mail_refuse,
        groupes=une.groupes,
        delegues=une.delegues,
        sans_donneur=une.sans_donneur,
    )
