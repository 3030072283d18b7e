"""Who must choose another password because the Caf wants it is told by mail: when, why, and what to do.

Of an organisme, or of everybody (``operations.py``), the worker writes to some people at a time, one mail to each
account, and no faster than a campaign: codes and provisional passwords, which these people will ask for, leave
meanwhile.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, select

from idp import clock, mail, outbox
from idp.accounts.models import Account, AccountState
from idp.db import db
from idp.extensions import ground
from idp.habilitations import coordonnees
from idp.habilitations.en_cours import place_close
from idp.habilitations.models import Rattachement

KIND = "mot_de_passe_impose"
LOT = 500
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Avis:
    """Why, since when, and how to reach the Caf of the person where it is one only."""

    motif: str
    le: datetime
    ma_caf: str = ""


def ceux_de(organisme_id: UUID, jour: date) -> Select[UUID]:
    """The accounts of an organisme, but those who left it."""
    return select(Rattachement.account_id).where(
        Rattachement.organisme_id == organisme_id, ~place_close(Rattachement, jour)
    )


def annoncer(organisme_id: UUID, motif: str, now: datetime) -> None:
    """Have the worker write to those of an organisme who must choose another one."""
    payload = {"organisme_id": str(organisme_id), "motif": motif, "le": now.isoformat()}
    outbox.enqueue(KIND, payload, at=now)


def poursuivre(payload: outbox.Payload) -> None:
    """Write to the next people, and ask to be called again while some may be left."""
    now, apres = clock.now(), payload.get("apres")
    siens = ceux_de(UUID(payload["organisme_id"]), clock.today(now))
    lot = min(LOT, ground().settings.campaign_rate)
    suivants = select(Account).where(
        Account.id.in_(siens),
        Account.state == AccountState.ACTIF,
        Account.password_change_required,
    )
    if apres:
        suivants = suivants.where(Account.id > UUID(apres))
    gens = db.session.scalars(suivants.order_by(Account.id).limit(lot)).all()
    ma_caf = coordonnees.de_l_organisme(UUID(payload["organisme_id"])).phrase
    avis = Avis(payload["motif"], datetime.fromisoformat(payload["le"]), ma_caf)
    ecrire(gens, avis, at=now)
    if len(gens) == lot:
        outbox.enqueue(KIND, {**payload, "apres": str(gens[-1].id)}, at=now + ecart(lot))


def ecart(mails: int) -> timedelta:
    """How long so many mails take to leave."""
    return MINUTE * mails / ground().settings.campaign_rate


def ecrire(gens: Iterable[Account], avis: Avis, *, at: datetime) -> None:
    """One mail to each who has an address, from that instant on."""
    letters = [
        (un.email, {"nom": un.display_name, "identifiant": un.identifiant, **asdict(avis)})
        for un in gens
        if un.email
    ]
    mail.send_all("mot_de_passe_impose", letters, at=at)
