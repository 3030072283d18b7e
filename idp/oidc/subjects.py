"""Of whom a token speaks: the person, and their rights to the client's service for the chosen organisme."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from idp import clock
from idp.accounts.models import Account, AccountState
from idp.db import db
from idp.extensions import ground
from idp.habilitations.claims import Droits, Personne, droits
from idp.oidc.clients.client_metadata import RelyingParty, SubjectType


@dataclass(frozen=True, slots=True)
class Subject:
    """A person; ``droits`` is None for who works for no organisme."""

    personne: Personne
    droits: Droits | None
    sub: str
    """What this client is told the person is."""

    @property
    def active(self) -> bool:
        """Only an active account reaches a service."""
        return self.personne.state is AccountState.ACTIF

    def until(self, expiry: datetime) -> datetime:
        """That instant, or the end of the first of their rights, if it comes before."""
        jour = self.droits.jusqu_au if self.droits else None
        return min(expiry, clock.end_of_day(jour)) if jour else expiry

    @property
    def habilite(self) -> bool:
        """Whether one habilitation to the service is effective."""
        return self.droits is not None and self.droits.refus is None


def identifier(client: RelyingParty, account_sub: UUID) -> str:
    """The ``sub`` for that client: the same for all, or one for each sector (Core §8)."""
    if client.subject_type is SubjectType.PUBLIC:
        return str(account_sub)
    return ground().secret_box.pairwise(client.sector, str(account_sub))


def read(
    account_id: UUID, rattachement_id: UUID | None, client: RelyingParty, now: datetime
) -> Subject | None:
    """One statement. None when the account, or the rattachement that was chosen, no longer exists."""
    if rattachement_id is not None:
        found = droits(rattachement_id, client.service_code, now)
        return of(found, client) if found else None
    row = db.session.execute(
        select(
            Account.id.label("account_id"),
            Account.sub,
            Account.state,
            Account.given_name,
            Account.family_name,
            Account.email,
            Account.email_verified_at.is_not(None).label("email_verified"),
            Account.phone,
        ).where(Account.id == account_id)
    ).one_or_none()
    return _subject(Personne(**row._mapping), None, client) if row else None


def of(found: Droits, client: RelyingParty) -> Subject:
    """The same, of rights that were read."""
    return _subject(found.personne, found, client)


def allowed(
    account_id: UUID, rattachement_id: UUID | None, client: RelyingParty, now: datetime
) -> Subject | None:
    """The same; None too for who may not reach the service of the client, now. One statement."""
    subject = read(account_id, rattachement_id, client, now)
    if subject is None or not subject.active:
        return None
    return subject if subject.habilite or not client.habilitation_required else None


def _subject(personne: Personne, found: Droits | None, client: RelyingParty) -> Subject:
    return Subject(personne, found, identifier(client, personne.sub))
