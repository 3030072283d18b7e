"""More that the pictures of the Guide des agents show (``exemple_caf.py``): what waits, ends or was refused."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from dossiers import CAISSE
from factories import a_contrat, an_application, an_organisme
from sqlalchemy import select

from idp import audit, clock
from idp.accounts.models import Account
from idp.audit import Actor
from idp.db import db
from idp.habilitations.agents import AgentVu
from idp.habilitations.assistance import moyen_perdu
from idp.habilitations.etats_de_convention import EtatConvention
from idp.habilitations.events import AccesAgentRefuse
from idp.habilitations.models import Caisse, Convention, NumeroUtilisateur, Rattachement
from idp.outbox import Delivery

REFUS = (
    ("/caf/agents", "role"),
    ("/caf/organismes/<uuid:organisme_id>", "hors_perimetre"),
    ("/caf/supervision", "role"),
)
FINISSENT = (("SCI DU VIEUX PONT", 12, False), ("RÉSIDENCES DE LA VILAINE", 26, True))


def des_coordonnees() -> None:
    """Of one of the two caisses."""
    caisse = db.session.get_one(Caisse, CAISSE)
    caisse.adresse_postale = ["Cours des Alliés", "35028 RENNES CEDEX 9"]
    caisse.telephone = "02 99 00 00 00"
    caisse.email_support = "partenaires@caf359.exemple"


def des_conventions_qui_finissent() -> None:
    """One that nothing follows, one that another follows."""
    aujourdhui = clock.today(_now())
    for rang, (nom, jours, suivie) in enumerate(FINISSENT):
        un, fin = an_organisme(raison_sociale=nom), aujourdhui + timedelta(days=jours)
        valeur = f"35900100{rang:06d}"
        db.session.add(NumeroUtilisateur(valeur=valeur, organisme_id=un.id, caisse_code=CAISSE))
        convention_id = a_contrat(un, libelle="Offre Bailleurs 2026", fin=fin).convention_id
        if suivie:
            suite = Convention(
                organisme_id=un.id,
                libelle="Offre Bailleurs 2027",
                etat=EtatConvention.BROUILLON,
                debut=fin + timedelta(days=1),
                renouvelle_id=convention_id,
            )
            db.session.add(suite)


def un_moyen_perdu(paul: AgentVu, rattachement_id: UUID) -> None:
    """Paul asks that the telephone of this person be removed."""
    place = db.session.get_one(Rattachement, rattachement_id)
    an_application(db.session.get_one(Account, place.account_id))
    cible = moyen_perdu.de_la_personne(paul, rattachement_id, _now())
    fait = moyen_perdu.demander(
        paul, cible, motif="Téléphone volé ; rappelée au standard de l’organisme", now=_now()
    )
    assert isinstance(fait, UUID)


def des_refus(paul: AgentVu, visiteuse: UUID) -> None:
    """Pages refused to Paul, and one to somebody who is no agent."""
    refus = [(paul.account_id, *un) for un in REFUS]
    refus.append((visiteuse, "/caf/courriers", "pas_agent"))
    for account_id, page, raison in refus:
        audit.record(
            AccesAgentRefuse(page=page, raison=raison),
            at=_now(),
            actor=Actor.person(account_id),
            account_id=account_id,
        )


def des_deconnexions() -> None:
    """Two that Offre Bailleurs did not take."""
    for minutes, essais in ((3, 5), (50, 9)):
        db.session.add(
            Delivery(
                kind="backchannel_logout",
                target="offre-bailleurs",
                payload=b"",
                created_at=_now() - timedelta(hours=2),
                due_at=_now() + timedelta(minutes=minutes),
                attempts=essais,
                last_error="HTTP 503",
            )
        )


def account_de(rattachement_id: UUID) -> UUID:
    """Whose place it is."""
    return db.session.scalars(
        select(Rattachement.account_id).where(Rattachement.id == rattachement_id)
    ).one()


def _now() -> datetime:
    return datetime.now(UTC)
