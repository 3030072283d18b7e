"""Why a person may not open a service, and who can help: what the refusal page says."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select

from idp import clock
from idp.accounts.models import Account, AccountState
from idp.db import db
from idp.habilitations.explications import explication, revient_a_l_administrateur
from idp.habilitations.models import Rattachement, Role
from idp.habilitations.policy import Refus
from idp.oidc.interaction import SansOrganisme
from idp.oidc.subjects import Subject
from idp.services import Service


@dataclass(frozen=True, slots=True)
class Refusal:
    """The reason in one sentence, and the people to ask: nobody named means the Caf."""

    reason: str
    organisme: str | None
    administrateurs: tuple[str, ...]


def explain(
    why: Refus | SansOrganisme, subject: Subject | None, service: Service, now: datetime
) -> Refusal:
    """The sentences of the refusal page; one statement when an administrateur can help."""
    if isinstance(why, SansOrganisme) or subject is None or subject.droits is None:
        return Refusal("Votre compte n’est rattaché à aucun organisme partenaire.", None, ())
    return Refusal(
        reason=explication(why, service.nom),
        organisme=subject.droits.organisme.raison_sociale,
        administrateurs=_administrateurs(subject, now) if revient_a_l_administrateur(why) else (),
    )


def _administrateurs(subject: Subject, now: datetime) -> tuple[str, ...]:
    if subject.droits is None:
        return ()
    jour = clock.today(now)
    accounts = db.session.scalars(
        select(Account)
        .join(Rattachement, Rattachement.account_id == Account.id)
        .where(
            Rattachement.organisme_id == subject.droits.organisme.id,
            Rattachement.role == Role.ADMINISTRATEUR,
            Rattachement.suspendu_at.is_(None),
            Rattachement.ouverture <= jour,
            or_(Rattachement.cloture.is_(None), Rattachement.cloture >= jour),
            Account.state == AccountState.ACTIF,
            Account.id != subject.personne.account_id,
        )
        .order_by(Account.family_name, Account.given_name)
    )
    return tuple(account.display_name for account in accounts)
