"""Services told that what they hold of a person is over: kept when it is decided, followed in the outbox.

What is taken back, and when, is decided by the callers; how services are told is ``idp/oidc``'s, behind the port
``Acces``. Pages read it through ``suivi_des_avis.py``.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from sqlalchemy import CompoundSelect, and_, delete, select

from idp.accounts import sessions
from idp.accounts.models import BrowserSession
from idp.audit import Actor
from idp.db import db
from idp.habilitations.acteurs import auteur
from idp.habilitations.delegation import Acteur
from idp.habilitations.models import AvisDeRetrait, MotifDAvis, Rattachement
from idp.habilitations.ports import Annonce, ports

GARDES = timedelta(days=90)
"""Long enough to look into a complaint; the journal tells of the decision itself for three years."""
A_LA_FOIS = 1000


def retirer(
    rattachements: Collection[UUID],
    service: str | None,
    *,
    motif: MotifDAvis,
    par: Acteur | Actor,
    now: datetime,
) -> int:
    """End what these places gave to a service (to all when None) and tell it; returns how many are told."""
    reste = iter(rattachements)
    dits = 0
    while lot := list(islice(reste, A_LA_FOIS)):
        annonces = ports().acces.retirer(lot, service, now)
        garder(annonces, motif=motif, par=par, now=now)
        dits += len(annonces)
    return dits


def retirer_parmi(
    finis: CompoundSelect[UUID, str | None],
    *,
    motif: MotifDAvis,
    par: Acteur | Actor,
    now: datetime,
) -> int:
    """The same of all these pairs of a place and a service (all when null), however many: some at a time."""
    dits = 0
    reste = True
    while reste:
        annonces, reste = ports().acces.retirer_parmi(finis, None, now, limit=A_LA_FOIS)
        garder(annonces, motif=motif, par=par, now=now)
        dits += len(annonces)
    return dits


def fermer(
    rattachement: Rattachement, *, motif: MotifDAvis, par: Acteur | Actor, now: datetime
) -> int:
    """End the sessions that work for this place with all that came from them, and what it gave in others.

    Those in which the person works for another organisme go on.
    """
    siennes = and_(
        BrowserSession.account_id == rattachement.account_id,
        BrowserSession.rattachement_id == rattachement.id,
    )
    fermees = sessions.close_where(siennes, now)
    annonces = ports().acces.fermer(rattachement.id, fermees, now)
    garder(annonces, motif=motif, par=par, now=now)
    return len(annonces)


def fermer_tous(
    organisme_id: UUID, finis: CompoundSelect[UUID, str | None], *, par: Actor, now: datetime
) -> None:
    """End the sessions that work for this organisme, with all that came from them, and what all its places
    (``finis``) gave in others."""
    siennes = select(Rattachement.id).where(Rattachement.organisme_id == organisme_id)
    fermees = sessions.close_where(BrowserSession.rattachement_id.in_(siennes), now)
    retirer_parmi(finis, motif=MotifDAvis.SUSPENSION, par=par, now=now)
    reste = iter(fermees)
    while lot := list(islice(reste, A_LA_FOIS)):
        ports().acces.fermer_ailleurs(lot, now)


def fermer_les_places(
    places: Collection[UUID], *, motif: MotifDAvis, par: Actor, now: datetime
) -> int:
    """End the sessions that work for these places with all that came from them, and what they gave in others;
    returns how many services are told."""
    reste = iter(places)
    dits = 0
    while lot := list(islice(reste, A_LA_FOIS)):
        fermees = sessions.close_where(BrowserSession.rattachement_id.in_(lot), now)
        dits += retirer(lot, None, motif=motif, par=par, now=now)
        ports().acces.fermer_ailleurs(fermees, now)
    return dits


def garder(
    annonces: Sequence[Annonce], *, motif: MotifDAvis, par: Acteur | Actor, now: datetime
) -> None:
    """Keep what was announced, to be followed."""
    if not annonces:
        return
    concernes = {annonce.rattachement_id for annonce in annonces}
    rows = db.session.execute(
        select(Rattachement.id, Rattachement.organisme_id).where(Rattachement.id.in_(concernes))
    )
    organismes = {row.id: row.organisme_id for row in rows}
    db.session.add_all(
        AvisDeRetrait(
            rattachement_id=annonce.rattachement_id,
            organisme_id=organismes[annonce.rattachement_id],
            nom=annonce.nom[:120],
            service=annonce.service,
            motif=motif,
            decided_at=now,
            decided_by=auteur(par) if isinstance(par, Acteur) and not par.pour_la_caf else None,
            livraison_id=annonce.livraison_id,
            expire_at=annonce.expire_at,
        )
        for annonce in annonces
    )
    db.session.flush()


def oublier(now: datetime) -> int:
    """Delete the oldest, some at a time; returns how many."""
    anciens = (
        select(AvisDeRetrait.id).where(AvisDeRetrait.decided_at < now - GARDES).limit(A_LA_FOIS)
    )
    oublies = db.session.execute(
        delete(AvisDeRetrait)
        .where(AvisDeRetrait.id.in_(anciens))
        .returning(AvisDeRetrait.id)
        .execution_options(synchronize_session=False)
    ).all()
    return len(oublies)
