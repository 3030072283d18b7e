"""A campaign goes on by deliveries of the outbox, each of which does a little and asks for the next one.

What is done and the row that says so are of one transaction, and the row of the campaign is held meanwhile: a
worker that dies loses nothing and writes to nobody twice. ``docs/decisions/0025-campaigns.md``.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, func, insert, or_, select, text, update

from idp import audit, clock, outbox
from idp.accounts.models import Account, AccountState
from idp.db import db
from idp.extensions import ground
from idp.habilitations import rappel_des_numeros
from idp.habilitations.campagnes import inscription, message, policy
from idp.habilitations.campagnes.models import Campagne, DestinataireCampagne
from idp.habilitations.campagnes.policy import Destinataire, EtatCampagne, EtatEnvoi, Voie
from idp.habilitations.events import CampagneMenee
from idp.habilitations.models import Courrier, Organisme, TypeCourrier
from idp.habilitations.rappel_des_numeros import Rappel

KIND = "campagne"
LETTRES = 500
"""Letters prepared at a time: they wait for the printing, nothing has to be spared."""
FINIE = "terminee"
A_ENVOYER: ColumnElement[bool] = text(f"campagne_destinataire.etat = '{EtatEnvoi.A_ENVOYER}'")  # type: ignore[assignment]
"""In SQL, word for word as the partial index says it: a bound value would not let the database choose it."""


def continuer(campagne: Campagne, at: datetime) -> None:
    """Ask for what follows, by the chain of deliveries that is now the only one."""
    outbox.enqueue(KIND, {"campagne_id": str(campagne.id), "tour": campagne.tour}, at=at)


def poursuivre(payload: outbox.Payload) -> None:
    """List the next recipients, or write to them; the handler of the outbox."""
    now = clock.now()
    campagne = _prise(UUID(payload["campagne_id"]), payload["tour"])
    if campagne is None:
        return
    if campagne.etat is EtatCampagne.PREPARATION:
        _inscrire(campagne, now)
    elif campagne.etat is EtatCampagne.EN_COURS:
        _envoyer(campagne, now)
    db.session.flush()


def _prise(campagne_id: UUID, tour: int) -> Campagne | None:
    # Those that send take turns: of two that hold the same person, the second sees what the first did.
    en_cours = select(Campagne.id).where(Campagne.etat == EtatCampagne.EN_COURS)
    db.session.execute(en_cours.order_by(Campagne.id).with_for_update())
    # Written to, not only read: one delivery at a time, and none while an agent stops it, on both databases.
    return db.session.scalars(
        update(Campagne)
        .where(Campagne.id == campagne_id, Campagne.tour == tour)
        .values(tour=Campagne.tour)
        .returning(Campagne)
        .execution_options(populate_existing=True)
    ).one_or_none()


def _inscrire(campagne: Campagne, now: datetime) -> None:
    if inscription.inscrire(campagne, now):
        continuer(campagne, now)
    else:
        campagne.etat = EtatCampagne.PRETE


def _envoyer(campagne: Campagne, now: datetime) -> None:
    rythme = policy.rythme(ground().settings.campaign_rate)
    courriels = _suivants(campagne, Voie.COURRIEL, rythme.lot)
    courriers = _suivants(campagne, Voie.COURRIER, LETTRES)
    if not courriels and not courriers:
        campagne.etat, campagne.ended_at = EtatCampagne.TERMINEE, now
        event = CampagneMenee(campagne_id=campagne.id, titre=campagne.titre, geste=FINIE)
        audit.record(event, at=now, actor=audit.WORKER)
        return
    campagne.envoyes += _par_courriel(campagne, courriels, now)
    campagne.prepares += _par_courrier(campagne, courriers, now)
    continuer(campagne, now + rythme.pause)


def _suivants(campagne: Campagne, voie: Voie, combien: int) -> Sequence[Row[Account, Organisme]]:
    # Cut before anything is joined: from the index of those who are still to be written to, and no further.
    lot = (
        select(DestinataireCampagne.account_id, DestinataireCampagne.organisme_id)
        .where(
            DestinataireCampagne.campagne_id == campagne.id,
            DestinataireCampagne.voie == voie,
            A_ENVOYER,
        )
        .order_by(DestinataireCampagne.account_id)
        .limit(combien)
        .subquery()
    )
    return db.session.execute(
        select(Account, Organisme)
        .select_from(lot)
        .join(Account, Account.id == lot.c.account_id)
        .join(Organisme, Organisme.id == lot.c.organisme_id)
        .order_by(lot.c.account_id)
    ).all()


def _par_courriel(campagne: Campagne, lot: Sequence[Row[Account, Organisme]], now: datetime) -> int:
    ecrits = _decider(campagne, Voie.COURRIEL, [*lot, *_memes_adresses(campagne, lot)], now)
    # One mail at an address, whatever the number of people it is of: it tells the numbers of all.
    adresses = {_adresse(account): account.email or "" for account, _organisme in ecrits}
    rappels = rappel_des_numeros.des_adresses(adresses, clock.today(now))
    for adresse, telle_quelle in adresses.items():
        message.ecrire(telle_quelle, rappels.get(adresse, Rappel()), now)
    return len(ecrits)


def _adresse(account: Account) -> str:
    return (account.email or "").lower()


def _memes_adresses(
    campagne: Campagne, lot: Sequence[Row[Account, Organisme]]
) -> Sequence[Row[Account, Organisme]]:
    """Recipients of the campaign who are still to be written to, at the address of one of these."""
    return db.session.execute(
        select(Account, Organisme)
        .join(DestinataireCampagne, DestinataireCampagne.account_id == Account.id)
        .join(Organisme, Organisme.id == DestinataireCampagne.organisme_id)
        .where(
            func.lower(Account.email).in_({_adresse(account) for account, _organisme in lot}),
            Account.id.not_in([account.id for account, _organisme in lot]),
            DestinataireCampagne.campagne_id == campagne.id,
            DestinataireCampagne.voie == Voie.COURRIEL,
            A_ENVOYER,
        )
        .order_by(Account.id)
    ).all()


def _par_courrier(campagne: Campagne, lot: Sequence[Row[Account, Organisme]], now: datetime) -> int:
    ecrits = _decider(campagne, Voie.COURRIER, lot, now)
    if ecrits:
        db.session.execute(
            insert(Courrier),
            [
                {
                    "type": TypeCourrier.RAPPEL,
                    "account_id": account.id,
                    "organisme_id": organisme.id,
                    "created_at": now,
                }
                for account, organisme in ecrits
            ],
        )
    return len(ecrits)


def _decider(
    campagne: Campagne, voie: Voie, lot: Sequence[Row[Account, Organisme]], now: datetime
) -> list[tuple[Account, Organisme]]:
    """Those who are written to; the others are set aside, and both are said to be."""
    decides: dict[EtatEnvoi, list[tuple[Account, Organisme]]] = {
        EtatEnvoi.ENVOYE: [],
        EtatEnvoi.ECARTE: [],
    }
    deja_ecrits = _deja_ecrits(campagne, voie, [account for account, _of in lot], now)
    for account, organisme in lot:
        vu = _vu(account, organisme, deja_ecrit=account.id in deja_ecrits)
        decides[policy.envoi(voie, vu)].append((account, organisme))
    for etat, rows in decides.items():
        if rows:
            db.session.execute(
                update(DestinataireCampagne)
                .where(
                    DestinataireCampagne.campagne_id == campagne.id,
                    DestinataireCampagne.account_id.in_([account.id for account, _of in rows]),
                )
                .values(etat=etat, at=now)
                .execution_options(synchronize_session=False)
            )
    campagne.ecartes += len(decides[EtatEnvoi.ECARTE])
    return decides[EtatEnvoi.ENVOYE]


def _deja_ecrits(
    campagne: Campagne, voie: Voie, comptes: Sequence[Account], now: datetime
) -> set[UUID]:
    """Who has got this reminder from another campaign, or any lately: themselves, or at their mail address."""
    ids = {account.id for account in comptes}
    deja = set(db.session.scalars(_par_une_autre(campagne, now).where(Account.id.in_(ids))))
    if voie is not Voie.COURRIEL:
        return deja
    adresses = {_adresse(account) for account in comptes}
    lues = set(
        db.session.scalars(
            _par_une_autre(campagne, now)
            .where(
                func.lower(Account.email).in_(adresses), DestinataireCampagne.voie == Voie.COURRIEL
            )
            .with_only_columns(func.lower(Account.email))
        )
    )
    return deja | {account.id for account in comptes if _adresse(account) in lues}


def _par_une_autre(campagne: Campagne, now: datetime) -> Select[UUID]:
    return (
        select(Account.id)
        .join(DestinataireCampagne, DestinataireCampagne.account_id == Account.id)
        .join(Campagne, Campagne.id == DestinataireCampagne.campagne_id)
        .where(
            Campagne.id != campagne.id,
            DestinataireCampagne.etat.in_((EtatEnvoi.ENVOYE, EtatEnvoi.REFUSE)),
            or_(
                Campagne.edition == campagne.edition,
                DestinataireCampagne.at > now - policy.ENTRE_DEUX,
            ),
        )
    )


def _vu(account: Account, organisme: Organisme, *, deja_ecrit: bool) -> Destinataire:
    return Destinataire(
        ouvert=account.state not in (AccountState.SUSPENDU, AccountState.CLOS)
        and account.anonymised_at is None
        and organisme.suspendu_at is None,
        courriel=account.email is not None and account.mail_refused_at is None,
        adresse_postale=bool(organisme.adresse),
        deja_ecrit=deja_ecrit,
    )
