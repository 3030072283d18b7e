"""What ``interaction.next_step`` decides upon, read from a request, a session and the rows that they need."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from idp.accounts.factors import management
from idp.accounts.levels import Acr, satisfied
from idp.accounts.sessions import SessionVue
from idp.extensions import ground
from idp.habilitations import rattachements
from idp.habilitations.rattachements import Choix
from idp.oidc import subjects
from idp.oidc.authorization import consents, notes
from idp.oidc.authorization.authorization_request import AuthorizationRequest
from idp.oidc.authorization.interaction import (
    DroitsFacts,
    Prompt,
    RequestFacts,
    SansOrganisme,
    SessionFacts,
)
from idp.oidc.authorization.notes import Note
from idp.oidc.subjects import Subject
from idp.oidc.tokens import id_token


@dataclass(frozen=True, slots=True)
class Present:
    """Who is there: their session, their rights when the service requires some, the organisme hinted at."""

    session: SessionVue
    subject: Subject | None
    hinted: Choix | None
    chosen: bool
    must_choose: bool
    consented: bool
    reachable: Acr
    """The strongest level that the person can show, with what they have enrolled."""
    sub: str
    """What this client is told the person is."""

    @property
    def organisme_id(self) -> UUID | None:
        """For whom they act, when it was read."""
        droits = self.subject.droits if self.subject else None
        return droits.organisme.id if droits else None

    @property
    def facts(self) -> SessionFacts:
        """For the decision."""
        session = self.session
        elsewhere = self.hinted and self.hinted.rattachement_id != session.rattachement_id
        return SessionFacts(
            sub=self.sub,
            auth_time=session.auth_time,
            active=session.active,
            acr=Acr(session.acr),
            reachable=self.reachable,
            hinted_elsewhere=bool(elsewhere),
            must_choose=self.must_choose,
            chosen=self.chosen,
            consented=self.consented,
        )


def present(asked: AuthorizationRequest, session: SessionVue, now: datetime) -> Present:
    """One statement when the service requires a habilitation, one more when an organisme is hinted at.

    A session that works for no organisme yet costs one too.
    """
    chosen = notes.noted_at(
        asked.parameters, Note.ORGANISME, ground().settings.secret_key, now, session=session.sid
    )
    hinted = None
    if asked.organisme_hint and not chosen:
        ouverts = rattachements.ouverts(session.account_id, now)
        hinted = rattachements.designe(ouverts, asked.organisme_hint)
    working, must_choose = _working(asked, session, now)
    return Present(
        working,
        _subject(asked, working, now),
        hinted,
        chosen is not None,
        must_choose,
        _consented(asked, session, now),
        _reachable(asked, session),
        subjects.identifier(asked.client, session.sub),
    )


def _working(
    asked: AuthorizationRequest, session: SessionVue, now: datetime
) -> tuple[SessionVue, bool]:
    """The session with the organisme of this request, and whether the person must first say which."""
    if session.rattachement_id is not None or not session.active:
        return session, False
    ouverts = rattachements.ouverts(session.account_id, now)
    choix = rattachements.evident(ouverts)
    if choix is None and Prompt.NONE in asked.prompt:
        # Nobody may be asked: this answer alone speaks of the oldest, and the person is asked all the same later.
        choix = next(iter(ouverts), None)
    if choix is None:
        return session, bool(ouverts)
    return replace(session, rattachement_id=choix.rattachement_id), False


def _subject(asked: AuthorizationRequest, session: SessionVue, now: datetime) -> Subject | None:
    if not asked.client.habilitation_required or not session.rattachement_id:
        return None
    return subjects.read(session.account_id, session.rattachement_id, asked.client, now)


def _reachable(asked: AuthorizationRequest, session: SessionVue) -> Acr:
    """Read only when a level is wished for that the session has not: one statement."""
    reached = session.proof.acr
    if not asked.voluntary_acr or satisfied(reached, asked.voluntary_acr):
        return reached
    return management.reachable(session.account_id)


def _consented(asked: AuthorizationRequest, session: SessionVue, now: datetime) -> bool:
    if asked.client.first_party:
        return True
    asked_now = notes.noted_at(
        asked.parameters, Note.CONSENT, ground().settings.secret_key, now, session=session.sid
    )
    if Prompt.CONSENT in asked.prompt and asked_now is None:
        return False
    return consents.given(session.account_id, asked.client.client_id).issuperset(asked.needed)


def of_request(asked: AuthorizationRequest, now: datetime) -> RequestFacts:
    """What is asked, hints and notes verified; an ID token that is not ours hints at nobody."""
    place = ground()
    hint = None
    if asked.id_token_hint:
        hint = id_token.read_hint(asked.id_token_hint, place.settings.issuer, place.key_ring)
    return RequestFacts(
        prompt=asked.prompt,
        max_age=asked.max_age,
        # Core §3.1.2.2 obliges us for a sub that is asked, and only advises for a hint.
        hinted_sub=frozenset(asked.claims.sub or ({hint["sub"]} if hint else ())),
        essential_acr=asked.claims.essential_acr,
        voluntary_acr=asked.voluntary_acr,
        habilitation_required=asked.client.habilitation_required,
        asked_again_at=notes.noted_at(
            asked.parameters, Note.SIGN_IN, place.settings.secret_key, now
        ),
    )


def of_droits(there: Present | None) -> DroitsFacts:
    """Why the person may not open the service."""
    if there is None or there.subject is None or there.subject.droits is None:
        return DroitsFacts(SansOrganisme.SANS_ORGANISME)
    return DroitsFacts(there.subject.droits.refus)
