"""What the pages of the agents name in their addresses, of one organisme of the caisse 359: a row of each kind."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

from factories import (
    a_contrat,
    a_groupe,
    a_rattachement,
    an_account,
    an_agent,
    an_habilitation,
    an_organisme,
)

from idp.accounts.factors.models import FactorRemoval
from idp.accounts.factors.removal import LIFETIME
from idp.db import db
from idp.habilitations.assistance.models import VuePartenaire
from idp.habilitations.assistance.vue import DUREE
from idp.habilitations.campagnes.models import Campagne, DestinataireCampagne
from idp.habilitations.campagnes.policy import EtatCampagne, EtatEnvoi
from idp.habilitations.campagnes.policy import Voie as VoieDEnvoi
from idp.habilitations.courriers.models import EtatDeLot, LotDeCourriers
from idp.habilitations.courriers.redaction import DUREE as DUREE_DU_SECRET
from idp.habilitations.fusion.models import Fusion
from idp.habilitations.import_organismes.contenu import Contenu, sceller
from idp.habilitations.import_organismes.models import (
    CaisseDImport,
    EtatDImport,
    ImportOrganismes,
    LigneDImport,
)
from idp.habilitations.models import (
    CibleDeSuspension,
    ContratDeService,
    Courrier,
    EtatCourrier,
    EtatSuccession,
    Groupe,
    Organisme,
    Rattachement,
    Role,
    RoleAgent,
    Succession,
    Suspension,
    TypeCourrier,
    Voie,
)
from idp.habilitations.organismes.lignes_nommees import LigneRefusee
from idp.habilitations.organismes.plan import Effet
from idp.habilitations.supervision.models import Remplacement

CAISSE = "359"
AUTRE_CAISSE = "751"


@dataclass(frozen=True)
class Dossier:
    """An organisme with one of everything."""

    organisme: Organisme
    contrat: ContratDeService
    groupe: Groupe
    chef: Rattachement
    user: Rattachement
    vue: VuePartenaire
    import_id: UUID
    campagne: Campagne
    courrier: Courrier
    suspension_id: UUID
    remplacement_id: UUID
    succession_id: UUID
    fusion: Fusion
    retrait_id: UUID


def un_dossier(**organisme: Any) -> Dossier:
    """An organisme of ``CAISSE``: its administrateur, a user, a group."""
    of = an_organisme(**organisme)
    contrat = a_contrat(of)
    groupe = a_groupe(contrat)
    chef = a_rattachement(an_account(), of, role=Role.ADMINISTRATEUR)
    user = a_rattachement(an_account(given_name="Nadia", email="nadia@exemple.fr"), of)
    an_habilitation(user, groupe)
    vue, campagne = une_vue(chef), une_campagne()
    db.session.add(
        DestinataireCampagne(
            campagne_id=campagne.id,
            account_id=user.account_id,
            organisme_id=of.id,
            voie=VoieDEnvoi.COURRIEL,
            etat=EtatEnvoi.A_ENVOYER,
        )
    )
    suspension_id, remplacement_id, succession_id = ce_qui_est_decide(of, user)
    return Dossier(
        organisme=of,
        contrat=contrat,
        groupe=groupe,
        chef=chef,
        user=user,
        vue=vue,
        import_id=un_import(),
        campagne=campagne,
        courrier=un_courrier(chef),
        suspension_id=suspension_id,
        remplacement_id=remplacement_id,
        succession_id=succession_id,
        fusion=une_fusion(of),
        retrait_id=un_retrait(user),
    )


def un_retrait(user: Rattachement) -> UUID:
    """The removal of a lost factor, asked long ago."""
    now = datetime.now(UTC)
    retrait = FactorRemoval(
        account_id=user.account_id,
        motif="Téléphone perdu",
        asked_by=an_agent().id,
        asked_at=now - 2 * LIFETIME,
        expires_at=now - LIFETIME,
    )
    db.session.add(retrait)
    db.session.flush()
    return retrait.id


def une_fusion(garde: Organisme) -> Fusion:
    """Another organisme was put into this one."""
    absorbe = an_organisme(raison_sociale="SCI DES OLIVIERS", fusionne_dans=garde.id)
    fusion = Fusion(
        garde_id=garde.id,
        absorbe_id=absorbe.id,
        motif="Le même bailleur",
        par=an_agent().id,
        at=datetime.now(UTC),
    )
    db.session.add(fusion)
    db.session.flush()
    return fusion


def ce_qui_est_decide(of: Organisme, user: Rattachement) -> tuple[UUID, UUID, UUID]:
    """A suspension that was lifted, a replacement that was taken back, somebody who asked the Caf and no more."""
    now, auteur = datetime.now(UTC), UUID(int=2)
    suspension = Suspension(
        cible=CibleDeSuspension.ORGANISME,
        cible_id=of.id,
        organisme_id=of.id,
        libelle=of.raison_sociale,
        motif="Vérification",
        par=auteur,
        at=now,
        levee_par=auteur,
        levee_at=now,
        levee_motif="Vérifié",
    )
    remplacement = Remplacement(
        organisme_id=of.id,
        successeur_id=user.id,
        motif="Départ",
        etat=EtatSuccession.ANNULEE,
        demande_par=auteur,
        demande_at=now,
        expire_at=now,
    )
    succession = Succession(
        organisme_id=of.id,
        candidat_id=user.id,
        voie=Voie.CAF,
        etat=EtatSuccession.ANNULEE,
        asked_by=user.account_id,
        asked_at=now,
        expires_at=now,
    )
    db.session.add_all((suspension, remplacement, succession))
    db.session.flush()
    return suspension.id, remplacement.id, succession.id


def une_vue(of: Rattachement) -> VuePartenaire:
    """An agent looks at what this person sees."""
    now = datetime.now(UTC)
    vue = VuePartenaire(
        agent_id=an_agent().id,
        rattachement_id=of.id,
        motif="Appel de ce matin",
        opened_at=now,
        expires_at=now + DUREE,
    )
    db.session.add(vue)
    db.session.flush()
    return vue


def un_courrier(pour: Rattachement) -> Courrier:
    """A letter with a secret, in a batch of ``CAISSE`` that an agent has taken."""
    now = datetime.now(UTC)
    lot = LotDeCourriers(
        nom="secret-359",
        type=TypeCourrier.SECRET,
        caisse_code=CAISSE,
        etat=EtatDeLot.A_IMPRIMER,
        lettres=1,
        created_at=now,
        retire_at=now,
    )
    db.session.add(lot)
    db.session.flush()
    courrier = Courrier(
        type=TypeCourrier.SECRET,
        account_id=pour.account_id,
        organisme_id=pour.organisme_id,
        created_at=now,
        exported_at=now,
        etat=EtatCourrier.A_IMPRIMER,
        lot=lot.nom,
        lot_id=lot.id,
        feuille=1,
        expire_at=now + DUREE_DU_SECRET,
    )
    db.session.add(courrier)
    db.session.flush()
    return courrier


def un_import() -> UUID:
    """The file of organismes of an agent of ``CAISSE``, told and not validated: a line that was refused."""
    auteur = an_agent(RoleAgent.GESTIONNAIRE, [CAISSE], email="gestionnaire@caf.example.fr")
    row = ImportOrganismes(
        account_id=auteur.id,
        national=False,
        fichier="organismes.csv",
        etat=EtatDImport.ESSAI,
        octets=100,
        lignes=1,
        refus=1,
        created_at=datetime.now(UTC),
    )
    db.session.add(row)
    db.session.flush()
    refus = sceller(Contenu(2, None, {}, refus=(LigneRefusee(2, "", "Illisible.", ""),)))
    db.session.add_all(
        (
            CaisseDImport(import_id=row.id, caisse_code=CAISSE),
            LigneDImport(import_id=row.id, numero=2, effet=Effet.REFUSE, contenu=refus),
        )
    )
    db.session.flush()
    return row.id


def une_campagne(**values: Any) -> Campagne:
    """A reminder to the landlords of ``CAISSE``, whose recipients are listed."""
    likely = {
        "titre": "Rappel de juillet",
        "edition": date(2026, 7, 1),
        "etat": EtatCampagne.PRETE,
        "caisses": [CAISSE],
        "created_at": datetime.now(UTC),
        "created_by": uuid4(),
    }
    campagne = Campagne(**{**likely, **values})
    db.session.add(campagne)
    db.session.flush()
    return campagne


IDENTIFIANTS: Mapping[str, Callable[[Dossier], Any]] = {
    "organisme_id": lambda dossier: dossier.organisme.id,
    "convention_id": lambda dossier: dossier.contrat.convention_id,
    "contrat_id": lambda dossier: dossier.contrat.id,
    "groupe_id": lambda dossier: dossier.groupe.id,
    "rattachement_id": lambda dossier: dossier.user.id,
    "cible_id": lambda dossier: dossier.organisme.id,
    "suspension_id": lambda dossier: dossier.suspension_id,
    "remplacement_id": lambda dossier: dossier.remplacement_id,
    "succession_id": lambda dossier: dossier.succession_id,
    "autre_id": lambda dossier: dossier.fusion.absorbe_id,
    "fusion_id": lambda dossier: dossier.fusion.id,
    "retrait_id": lambda dossier: dossier.retrait_id,
    "vue_id": lambda dossier: dossier.vue.id,
    "import_id": lambda dossier: dossier.import_id,
    "destinataire_id": lambda dossier: dossier.user.account_id,
    "campagne_id": lambda dossier: dossier.campagne.id,
    "courrier_id": lambda dossier: dossier.courrier.id,
    "lot_id": lambda dossier: dossier.courrier.lot_id,
    "caisse": lambda dossier: dossier.organisme.caisse_code,
}
"""What each argument of an address names. What belongs to no caisse is in ``DE_PERSONNE``."""
DE_PERSONNE: Mapping[str, Any] = {
    "agent_id": UUID(int=1),
    "chapitre": "commencer",
    "code": "offre-bailleurs",
    "client_id": "offre-bailleurs",
    "cible": "organisme",
    "vers": "resiliee",
    "operation_id": UUID(int=1),
}
"""Arguments that name nothing of a caisse: an agent, a service, a format, a day."""
