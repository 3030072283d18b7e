"""What a recipient of a campaign will read, before anything leaves: the mail, or the letter as it is printed.

Looking at somebody's is looking at their file: it is in the journal.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from idp import audit, clock
from idp.accounts.models import Account
from idp.db import db
from idp.errors import NotHere
from idp.habilitations import rappel_des_numeros
from idp.habilitations.agents import AgentVu
from idp.habilitations.campagnes import conduite, message
from idp.habilitations.campagnes.message import Exemple
from idp.habilitations.campagnes.models import Campagne, DestinataireCampagne
from idp.habilitations.campagnes.policy import Voie
from idp.habilitations.courriers.lettre import bloc_destinataire
from idp.habilitations.courriers.redaction import rappel_d_essai
from idp.habilitations.events import DossierConsulte
from idp.habilitations.models import Caisse, Organisme, Rattachement
from idp.habilitations.rappel_des_numeros import Rappel

AILLEURS = "Cette personne n’est pas parmi les destinataires de cette campagne."
SANS_ADRESSE = ("Exemple d’organisme", "1 rue Imaginaire", "00000 EXEMPLE")


def lire(agent: AgentVu, campagne_id: UUID, account_id: UUID, now: datetime) -> Exemple | bytes:
    """The mail of this recipient, or their letter as PDF. Raises ``NotHere`` for who gets neither."""
    voie, account, organisme = _destinataire(agent, campagne_id, account_id, now)
    if voie is Voie.COURRIEL:
        adresse = (account.email or "").lower()
        rappels = rappel_des_numeros.des_adresses([adresse], clock.today(now))
        return message.rediger(rappels.get(adresse, Rappel()))
    lettre = (account.id, organisme.id)
    rappels_par_lettre = rappel_des_numeros.des_lettres([lettre], clock.today(now))
    bloc = bloc_destinataire(organisme.raison_sociale, tuple(organisme.adresse))
    caisse = db.session.get_one(Caisse, organisme.caisse_code)
    return rappel_d_essai(caisse, bloc, rappels_par_lettre[lettre], now)


def courrier_d_essai(agent: AgentVu, campagne_id: UUID, now: datetime) -> bytes:
    """A letter to nobody, with the number of the guide, from a caisse of the campaign."""
    campagne = conduite.lire(agent, campagne_id)
    return rappel_d_essai(_une_caisse(campagne), SANS_ADRESSE, Rappel(message.EXEMPLE), now)


def _une_caisse(campagne: Campagne) -> Caisse:
    rangees = select(Caisse).order_by(Caisse.code).limit(1)
    if campagne.caisses:
        rangees = rangees.where(Caisse.code.in_(campagne.caisses))
    return db.session.scalars(rangees).one()


def _destinataire(
    agent: AgentVu, campagne_id: UUID, account_id: UUID, now: datetime
) -> tuple[Voie, Account, Organisme]:
    campagne = conduite.lire(agent, campagne_id)
    lu = db.session.get(DestinataireCampagne, (campagne.id, account_id))
    if lu is None or lu.voie is Voie.AUCUNE:
        raise NotHere(AILLEURS)
    place = db.session.scalar(
        select(Rattachement.id).where(
            Rattachement.account_id == account_id, Rattachement.organisme_id == lu.organisme_id
        )
    )
    if place is None:
        raise NotHere(AILLEURS)
    audit.record(
        DossierConsulte(rattachement_id=place),
        at=now,
        actor=agent.actor,
        account_id=account_id,
        organisme_id=lu.organisme_id,
    )
    account = db.session.get_one(Account, account_id)
    return lu.voie, account, db.session.get_one(Organisme, lu.organisme_id)
