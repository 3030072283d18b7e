"""What the pictures of the Guide des agents show: the days of an agent of the caisse 359, on the way."""

import io
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import exemple_decisions
from dossiers import CAISSE
from factories import (
    a_chiffre,
    a_contrat,
    a_groupe,
    a_new_account,
    a_rattachement,
    an_account,
    an_agent,
    an_application,
    an_organisme,
)
from organismes_files import a_file
from sqlalchemy import select
from visitor import Provider

from idp import clock, worker
from idp.accounts.models import Account, AccountState
from idp.db import db, transaction
from idp.habilitations.agents import AgentVu, agent_of
from idp.habilitations.assistance import vue
from idp.habilitations.campagnes import conduite
from idp.habilitations.campagnes.conduite import Cible
from idp.habilitations.chiffres.mesures import DES_SERVICES, Mesure
from idp.habilitations.courriers import preparation
from idp.habilitations.courriers.models import LotDeCourriers
from idp.habilitations.import_organismes import depot
from idp.habilitations.models import (
    CibleDeSuspension,
    NumeroUtilisateur,
    Organisme,
    Rattachement,
    Role,
    RoleAgent,
    TypeCourrier,
    TypeOrganisme,
)
from idp.habilitations.organismes.enregistrement import preparer_courriers
from idp.habilitations.supervision import delegation, remplacements, suspensions
from idp.habilitations.supervision.remplacements import Successeur

AUTRES = (
    "SCI DES TILLEULS",
    "SCI DES TILLEULS DE REDON",
    "SOCIÉTÉ IMMOBILIÈRE DES RÉSIDENCES DU PARC DE HAUTE-BRETAGNE",
)
APPEL = "Appel de ce matin : ne trouve pas le groupe des logements privés"
AGENTS = (
    ("Paul", "Durand", RoleAgent.SUPERVISEUR),
    ("Inès", "Le Goff", RoleAgent.GESTIONNAIRE),
    ("Marc", "Abgrall", RoleAgent.GESTIONNAIRE),
)


@dataclass(frozen=True, slots=True)
class Agence:
    """Lucie Morel, agent national, and what is on her desk."""

    lucie: Account
    organisme_id: UUID
    nadia: UUID
    nouvelle: UUID
    import_id: UUID
    lot_id: UUID
    campagne_id: UUID
    remplacement_id: UUID
    perdu: UUID
    """Aïcha, of LES OLIVIERS, who lost her telephone."""
    paul: UUID
    vue_id: UUID
    a_reunir: tuple[UUID, UUID]
    gere: tuple[UUID, UUID]
    """An organisme whose delegation is withdrawn, and somebody there."""


def agence(provider: Provider, organisme_id: UUID) -> Agence:
    """Beside LES OLIVIERS (``organisme_id``): letters, an import, a campaign, a replacement, figures."""
    with provider.app.app_context():
        with transaction():
            lucie, paul = _agents()
            nouvelle = _organismes(organisme_id)
            _chiffres()
        with transaction():
            preparation.preparer(lucie, CAISSE, _now())
            import_id = _un_import(lucie)
            campagne_id = conduite.preparer(
                lucie,
                Cible(titre="Rappel de juillet 2027", caisses=(CAISSE,), edition=date(2027, 7, 1)),
                _now(),
            )
        worker.drain()
        with transaction():
            _un_courrier_de_plus()
            perdu = _ce_qui_attend(paul, organisme_id)
            nadia = _rattachement(organisme_id, "Nadia")
            remplacement_id = _ce_qui_est_suspendu(paul, organisme_id, nadia)
            lot_id = db.session.scalars(
                select(LotDeCourriers.id).where(LotDeCourriers.type == TypeCourrier.SECRET)
            ).one()
            return Agence(
                lucie=db.session.get_one(Account, lucie.account_id),
                organisme_id=organisme_id,
                nadia=nadia,
                nouvelle=nouvelle,
                import_id=import_id,
                lot_id=lot_id,
                campagne_id=campagne_id,
                remplacement_id=remplacement_id,
                perdu=perdu,
                paul=paul.account_id,
                vue_id=vue.ouvrir(lucie, _rattachement(organisme_id, "Claire"), APPEL, _now()),
                a_reunir=_deux(),
                gere=_repris(lucie),
            )


def _ce_qui_attend(paul: AgentVu, organisme_id: UUID) -> UUID:
    """A second agent, a renewal, a service that is down; whose telephone is lost."""
    perdu = _rattachement(organisme_id, "Aïcha")
    hugo = _rattachement(organisme_id, "Hugo")
    exemple_decisions.un_moyen_perdu(paul, perdu)
    exemple_decisions.des_refus(paul, exemple_decisions.account_de(hugo))
    exemple_decisions.des_conventions_qui_finissent()
    exemple_decisions.des_coordonnees()
    exemple_decisions.des_deconnexions()
    return perdu


def _deux() -> tuple[UUID, UUID]:
    """Two landlords who may be one."""
    garde, absorbe = (
        db.session.scalars(select(Organisme.id).where(Organisme.raison_sociale == nom)).one()
        for nom in AUTRES[:2]
    )
    return garde, absorbe


def _repris(lucie: AgentVu) -> tuple[UUID, UUID]:
    row = db.session.execute(
        select(Organisme.id.label("organisme"), Rattachement.id.label("place"))
        .join(Rattachement, Rattachement.organisme_id == Organisme.id)
        .where(Organisme.raison_sociale == AUTRES[2], Rattachement.role == Role.ADMINISTRATEUR)
    ).one()
    delegation.retirer(lucie, row.organisme, motif="Comptes partagés, deux rappels", now=_now())
    return row.organisme, row.place


def _now() -> datetime:
    return datetime.now(UTC)


def _vu(account: Account) -> AgentVu:
    vu = agent_of(account.id)
    assert vu is not None
    return vu


def _agents() -> tuple[AgentVu, AgentVu]:
    lucie = an_agent(given_name="Lucie", family_name="Morel", email="lucie.morel@caf.exemple")
    an_application(lucie)
    lucie.last_login_at = _now()
    vus = [
        an_agent(
            role,
            [CAISSE],
            given_name=prenom,
            family_name=nom,
            email=f"{prenom}.{nom}@caf.exemple".replace(" ", "-").replace("è", "e").lower(),
            last_login_at=_now() - timedelta(days=2),
        )
        for prenom, nom, role in AGENTS
    ]
    return _vu(lucie), _vu(vus[0])


def _organismes(organisme_id: UUID) -> UUID:
    """Numbers, other landlords, and somebody of LES OLIVIERS who never signed in; their place."""
    _numero("35900007090001", organisme_id)
    for rang, nom in enumerate(AUTRES):
        un = an_organisme(raison_sociale=nom)
        a_groupe(a_contrat(un), libelle="Logements privés – Ille-et-Vilaine")
        _numero(f"3590000{rang + 2:07d}", un.id)
        mail = f"contact{rang}@bailleur.exemple" if rang else None
        dort = _now() - timedelta(days=500 if rang == 2 else 30)
        chef = an_account(given_name="Yann", family_name="Morvan", email=mail, last_login_at=dort)
        a_rattachement(chef, un, role=Role.ADMINISTRATEUR)
        attend = an_account(password=None, state=AccountState.PREPARE, email=None)
        a_rattachement(attend, un)
        preparer_courriers(attend, un, _now())
    seul = an_organisme(raison_sociale="Jean Le Bihan", type=TypeOrganisme.PERSONNE_PHYSIQUE)
    _numero("35900000000009", seul.id)
    nouvelle, _secret = a_new_account(
        given_name="Rose", family_name="Pichon", email="r.pichon@oliviers.exemple"
    )
    nouvelle.state = AccountState.EN_ATTENTE
    organisme = db.session.get_one(Organisme, organisme_id)
    return a_rattachement(nouvelle, organisme).id


def _numero(valeur: str, organisme_id: UUID) -> None:
    row = NumeroUtilisateur(valeur=valeur, organisme_id=organisme_id, caisse_code=CAISSE)
    db.session.add(row)


def _rattachement(organisme_id: UUID, prenom: str) -> UUID:
    return db.session.scalars(
        select(Rattachement.id)
        .join(Account, Account.id == Rattachement.account_id)
        .where(Rattachement.organisme_id == organisme_id, Account.given_name == prenom)
    ).one()


def _un_import(lucie: AgentVu) -> UUID:
    ailleurs = a_file(1, caisse="561", start=900).decode().splitlines()[1]
    faux = ailleurs.replace("561 00000000900", "359 0000000090").replace("561", "359")
    fichier = io.BytesIO(a_file(60, start=100) + f"{faux}\r\n".encode())
    return depot.deposer(lucie, fichier, nom="organismes-359.csv", now=_now())


def _ce_qui_est_suspendu(paul: AgentVu, organisme_id: UUID, nadia: UUID) -> UUID:
    """Hugo is suspended; Paul asked that Nadia becomes the administrateur."""
    hugo = _rattachement(organisme_id, "Hugo")
    suspensions.suspendre(
        paul,
        organisme_id,
        CibleDeSuspension.UTILISATEUR,
        hugo,
        motif="Connexions de nuit, que l’organisme n’explique pas",
        now=_now(),
    )
    demande = remplacements.demander(
        paul,
        organisme_id,
        Successeur(rattachement_id=nadia),
        motif="Administratrice partie à la retraite, courrier du 20 novembre",
        now=_now(),
    )
    assert isinstance(demande, UUID)
    return demande


def _un_courrier_de_plus() -> None:
    """For Jean Le Bihan, who waits for the next batches."""
    seul = db.session.scalars(
        select(Organisme).where(Organisme.raison_sociale == "Jean Le Bihan")
    ).one()
    attend = an_account(password=None, state=AccountState.PREPARE, email=None)
    a_rattachement(attend, seul)
    preparer_courriers(attend, seul, _now())


def _chiffres() -> None:
    aujourdhui = clock.today(_now())
    for mesure in Mesure:
        for recul in range(30):
            jour = aujourdhui - timedelta(days=recul)
            if jour.weekday() >= 5:
                continue
            base = {Mesure.CONNEXIONS: 900, Mesure.OUVERTURES: 700}.get(mesure, 40)
            a_chiffre(
                mesure,
                base - base * (recul % 7) // 20 - base * recul // 100,
                jour=jour,
                service="offre-bailleurs" if mesure in DES_SERVICES else "",
            )
