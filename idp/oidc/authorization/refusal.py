"""Why a person may not open a service, and who can help: what the refusal page says."""

from dataclasses import dataclass
from datetime import datetime

from idp import clock
from idp.habilitations.administration.administrateurs import administrateurs_ouverts
from idp.habilitations.explications import explication, revient_a_l_administrateur
from idp.habilitations.policy import Refus
from idp.oidc.authorization.interaction import SansOrganisme
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
    ouverts = administrateurs_ouverts(subject.droits.organisme.id, clock.today(now))
    return tuple(nom for account_id, nom in ouverts if account_id != subject.personne.account_id)
