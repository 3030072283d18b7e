"""What the journal keeps of rights: one dataclass per event, its fields are exactly what is kept."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from idp.audit import HISTORY_MONTHS, Event


@dataclass(frozen=True, slots=True)
class Fait(Event):
    """Base of what is told of rights: kept longer than who signed in (internal control)."""

    name: ClassVar[str] = "fait"
    kept_months: ClassVar[int] = HISTORY_MONTHS


@dataclass(frozen=True, slots=True)
class OrganismeImporte(Fait):
    """An organisme entered by a file of its caisse (``cree``), or was brought up to date by it."""

    name: ClassVar[str] = "organisme_importe"
    caisse: str
    cree: bool


@dataclass(frozen=True, slots=True)
class OrganismeCree(Fait):
    """An organisme entered by hand, for that caisse."""

    name: ClassVar[str] = "organisme_cree"
    caisse: str
    motif: str


@dataclass(frozen=True, slots=True)
class OrganismesReunis(Fait):
    """The Caf put two organismes together: this one keeps everything (``garde``), or was put into the other."""

    name: ClassVar[str] = "organismes_reunis"
    fusion_id: UUID
    autre: str
    garde: bool
    motif: str


@dataclass(frozen=True, slots=True)
class OrganismesSepares(Fait):
    """The Caf took apart two organismes that it had put together."""

    name: ClassVar[str] = "organismes_separes"
    fusion_id: UUID
    autre: str
    motif: str


@dataclass(frozen=True, slots=True)
class OrganismeModifie(Fait):
    """The Caf changed these fields of the organisme; what they were is kept beside it."""

    name: ClassVar[str] = "organisme_modifie"
    champs: list[str]
    motif: str


@dataclass(frozen=True, slots=True)
class CaisseQuiEcritChangee(Fait):
    """Another caisse (its code, and its name) writes to the organisme from now on."""

    name: ClassVar[str] = "caisse_qui_ecrit_changee"
    avant: str
    apres: str
    libelle: str
    motif: str


@dataclass(frozen=True, slots=True)
class AdresseConfirmee(Fait):
    """A second agent confirmed the address to which letters leave since it was changed."""

    name: ClassVar[str] = "adresse_confirmee"


@dataclass(frozen=True, slots=True)
class AdministrateurDesigne(Fait):
    """The first person who completed the first connection became administrateur (guide, page 1)."""

    name: ClassVar[str] = "administrateur_designe"
    rattachement_id: UUID


@dataclass(frozen=True, slots=True)
class OrganismeChoisi(Fait):
    """A person of several organismes chose the one that their session works for."""

    name: ClassVar[str] = "organisme_choisi"
    rattachement_id: UUID


@dataclass(frozen=True, slots=True)
class UtilisateurCree(Fait):
    """An administrateur created a user and ticked these groups."""

    name: ClassVar[str] = "utilisateur_cree"
    rattachement_id: UUID
    groupes: list[str]


@dataclass(frozen=True, slots=True)
class CompteImporte(Fait):
    """A person of another system got an account and a place here; ``empreinte`` is the format of their hash."""

    name: ClassVar[str] = "compte_importe"
    rattachement_id: UUID
    role: str
    empreinte: str


@dataclass(frozen=True, slots=True)
class CourrierExporte(Fait):
    """A letter was written in a batch for the printing shop; exporting a secret issues a new one."""

    name: ClassVar[str] = "courrier_exporte"
    type: str
    lot: str


@dataclass(frozen=True, slots=True)
class CourrierSansObjet(Fait):
    """A letter that waited was left out: the person has signed in since, or their account is closed."""

    name: ClassVar[str] = "courrier_sans_objet"
    type: str


@dataclass(frozen=True, slots=True)
class CourrierRetourne(Fait):
    """A letter came back unopened: nobody of that name lives there."""

    name: ClassVar[str] = "courrier_retourne"
    type: str
    reference: str


@dataclass(frozen=True, slots=True)
class CourrierClasse(Fait):
    """Nothing more is done of a letter that came back."""

    name: ClassVar[str] = "courrier_classe"
    type: str
    reference: str
    motif: str


@dataclass(frozen=True, slots=True)
class CourrierReemis(Fait):
    """An agent had a letter written again; the provisional passwords of before are over."""

    name: ClassVar[str] = "courrier_reemis"
    type: str
    motif: str


@dataclass(frozen=True, slots=True)
class LotRetire(Fait):
    """An agent took the letters of a batch; those that carry secrets are taken once."""

    name: ClassVar[str] = "lot_retire"
    lot: str
    type: str
    lettres: int


@dataclass(frozen=True, slots=True)
class LotMarque(Fait):
    """A batch of letters was said to be printed, or sent."""

    name: ClassVar[str] = "lot_marque"
    lot: str
    etat: str


@dataclass(frozen=True, slots=True)
class HabilitationRetiree(Fait):
    """A user was taken out of this group."""

    name: ClassVar[str] = "habilitation_retiree"
    rattachement_id: UUID
    groupe: str


@dataclass(frozen=True, slots=True)
class RattachementSuspendu(Fait):
    """A user can do nothing for the organisme, until it is given back."""

    name: ClassVar[str] = "rattachement_suspendu"
    rattachement_id: UUID


@dataclass(frozen=True, slots=True)
class RattachementRepris(Fait):
    """A suspended user may work for the organisme again."""

    name: ClassVar[str] = "rattachement_repris"
    rattachement_id: UUID


@dataclass(frozen=True, slots=True)
class IdentifiantsRenvoyes(Fait):
    """Somebody typed a N° utilisateur of the organisme in « Identifiant perdu »: what was sent to its people."""

    name: ClassVar[str] = "identifiants_renvoyes"
    courriels: int
    courriers: int


@dataclass(frozen=True, slots=True)
class RattachementClos(Fait):
    """A user left the organisme."""

    name: ClassVar[str] = "rattachement_clos"
    rattachement_id: UUID


@dataclass(frozen=True, slots=True)
class AgentCree(Fait):
    """An agent of the Caf received an account, for these caisses (all of them when national)."""

    name: ClassVar[str] = "agent_cree"
    role: str
    caisses: list[str]


@dataclass(frozen=True, slots=True)
class CoordonneesModifiees(Fait):
    """How to reach a caisse was changed: it is printed on its letters."""

    name: ClassVar[str] = "coordonnees_modifiees"
    caisse: str
    avant: list[str]
    apres: list[str]
    motif: str


@dataclass(frozen=True, slots=True)
class AgentModifie(Fait):
    """A national agent gave an agent this role and these caisses."""

    name: ClassVar[str] = "agent_modifie"
    role: str
    caisses: list[str]
    motif: str


@dataclass(frozen=True, slots=True)
class AgentClos(Fait):
    """A national agent closed an agent, and their account."""

    name: ClassVar[str] = "agent_clos"
    motif: str


@dataclass(frozen=True, slots=True)
class SeulAdministrateurInactif(Fait):
    """The only person who administers the organisme has not signed in for long: the Caf may have to step in."""

    name: ClassVar[str] = "seul_administrateur_inactif"
    rattachement_id: UUID


@dataclass(frozen=True, slots=True)
class HabilitationDonnee(Fait):
    """A user was put into a group, from a day to another (without end when None)."""

    name: ClassVar[str] = "habilitation_donnee"
    rattachement_id: UUID
    groupe: str
    debut: str | None = None
    fin: str | None = None


@dataclass(frozen=True, slots=True)
class HabilitationDatee(Fait):
    """A user is in this group from a day to another (without end when None) from now on."""

    name: ClassVar[str] = "habilitation_datee"
    rattachement_id: UUID
    groupe: str
    debut: str
    fin: str | None


@dataclass(frozen=True, slots=True)
class RattachementModifie(Fait):
    """The dates or the poste de travail of a user are these from now on."""

    name: ClassVar[str] = "rattachement_modifie"
    rattachement_id: UUID
    ouverture: str
    cloture: str | None
    mobilite: str


@dataclass(frozen=True, slots=True)
class IdentiteCorrigee(Fait):
    """The organisme corrected the names, the telephone or the address of one of its users."""

    name: ClassVar[str] = "identite_corrigee"
    rattachement_id: UUID
    champs: list[str]


@dataclass(frozen=True, slots=True)
class RattachementRouvert(Fait):
    """A closed place in an organisme was opened again."""

    name: ClassVar[str] = "rattachement_rouvert"
    rattachement_id: UUID


@dataclass(frozen=True, slots=True)
class MandatDonne(Fait):
    """A person is responsable d'habilitation for these groupes, or a program acts within them."""

    name: ClassVar[str] = "mandat_donne"
    mandat_id: UUID
    rattachement_id: UUID | None
    programme: str | None
    groupes: list[str]
    peut_creer: bool
    fin: str | None


@dataclass(frozen=True, slots=True)
class MandatRetire(Fait):
    """A mandate is over: withdrawn, replaced, or because its holder left or became administrateur."""

    name: ClassVar[str] = "mandat_retire"
    mandat_id: UUID
    rattachement_id: UUID | None


@dataclass(frozen=True, slots=True)
class SuccessionDemandee(Fait):
    """A person is to become administrateur: proposed, asking the administrateurs, or asking the Caf (``voie``)."""

    name: ClassVar[str] = "succession_demandee"
    succession_id: UUID
    voie: str


@dataclass(frozen=True, slots=True)
class SuccessionDecidee(Fait):
    """It was accepted, refused or taken back (``etat``)."""

    name: ClassVar[str] = "succession_decidee"
    succession_id: UUID
    voie: str
    etat: str
    motif: str = ""


@dataclass(frozen=True, slots=True)
class SuccessionAppuyee(Fait):
    """An agent wants who asked the Caf to become administrateur; a second agent decides. Or takes it back."""

    name: ClassVar[str] = "succession_appuyee"
    succession_id: UUID
    motif: str
    retiree: bool = False


@dataclass(frozen=True, slots=True)
class AdministrateurNomme(Fait):
    """A user became administrateur, by proposal, co-optation or decision of the Caf (``voie``)."""

    name: ClassVar[str] = "administrateur_nomme"
    rattachement_id: UUID
    voie: str


@dataclass(frozen=True, slots=True)
class AdministrateurRetire(Fait):
    """An administrateur is a plain user again."""

    name: ClassVar[str] = "administrateur_retire"
    rattachement_id: UUID


@dataclass(frozen=True, slots=True)
class UtilisateursExportes(Fait):
    """Somebody took away the list of users of the organisme: that many, in that format."""

    name: ClassVar[str] = "utilisateurs_exportes"
    nombre: int
    format: str


@dataclass(frozen=True, slots=True)
class ImportLance(Fait):
    """A file of users was validated: the worker does its lines, in the name of who sent it."""

    name: ClassVar[str] = "import_lance"
    import_id: UUID
    lignes: int


@dataclass(frozen=True, slots=True)
class ImportFini(Fait):
    """An import is over: done (``termine``), cancelled, or stopped since its author may no longer act."""

    name: ClassVar[str] = "import_fini"
    import_id: UUID
    etat: str
    creations: int
    ajouts: int
    refus: int


@dataclass(frozen=True, slots=True)
class ImportDOrganismesLance(Fait):
    """An agent validated the file of a caisse: the worker does its lines, in the name of who sent it."""

    name: ClassVar[str] = "import_d_organismes_lance"
    import_id: UUID
    lignes: int


@dataclass(frozen=True, slots=True)
class ImportDOrganismesFini(Fait):
    """The file of a caisse is over: done (``termine``), cancelled, or stopped with its author's role."""

    name: ClassVar[str] = "import_d_organismes_fini"
    import_id: UUID
    etat: str
    creations: int
    mises_a_jour: int
    refus: int


@dataclass(frozen=True, slots=True)
class JournalExporte(Fait):
    """An administrateur took that many lines of the journal away, in a spreadsheet."""

    name: ClassVar[str] = "journal_exporte"
    format: str
    lignes: int


@dataclass(frozen=True, slots=True)
class PreuveTelechargee(Fait):
    """An administrateur took a proof of the journal: of which days, of how many lines, signed by which key."""

    name: ClassVar[str] = "preuve_telechargee"
    debut: str
    fin: str
    lignes: int
    empreinte: str
    cle: str


@dataclass(frozen=True, slots=True)
class SousGroupeCree(Fait):
    """An administrateur named some of the groups of a contract."""

    name: ClassVar[str] = "sous_groupe_cree"
    groupe_id: UUID
    groupe: str
    libelle: str
    ouvre: list[str]


@dataclass(frozen=True, slots=True)
class SousGroupeRenomme(Fait):
    """A sous-groupe is called otherwise; its code stays."""

    name: ClassVar[str] = "sous_groupe_renomme"
    groupe_id: UUID
    groupe: str
    avant: str
    apres: str


@dataclass(frozen=True, slots=True)
class SousGroupeCompose(Fait):
    """A sous-groupe opens more, or less, to that many members."""

    name: ClassVar[str] = "sous_groupe_compose"
    groupe_id: UUID
    groupe: str
    ajoute: list[str]
    retire: list[str]
    membres: int


@dataclass(frozen=True, slots=True)
class SousGroupeSupprime(Fait):
    """A sous-groupe was taken away, and its members with it."""

    name: ClassVar[str] = "sous_groupe_supprime"
    groupe_id: UUID
    groupe: str
    libelle: str
    membres: int


@dataclass(frozen=True, slots=True)
class OrganismesExportes(Fait):
    """An agent took away, as a file, the organismes that they had found."""

    name: ClassVar[str] = "organismes_exportes"
    format: str


@dataclass(frozen=True, slots=True)
class AgentsExportes(Fait):
    """A national agent took away, as a file, the agents that they had found: so many."""

    name: ClassVar[str] = "agents_exportes"
    format: str
    agents: int


@dataclass(frozen=True, slots=True)
class ResumeChoisi(Fait):
    """An agent asked for the mail of the morning, or for no more of it."""

    name: ClassVar[str] = "resume_choisi"
    oui: bool


@dataclass(frozen=True, slots=True)
class ActesDAgentLus(Fait):
    """A national agent read what this agent did, and was refused."""

    name: ClassVar[str] = "actes_d_agent_lus"


@dataclass(frozen=True, slots=True)
class AccesAgentRefuse(Event):
    """Somebody asked for a page of the agents that was not theirs: which one, and why it was refused.

    Or so many more (``nombre``) in one hour, beyond those that were told one by one: of no page, for no reason.
    """

    name: ClassVar[str] = "acces_agent_refuse"
    page: str
    raison: str
    nombre: int | None = None


@dataclass(frozen=True, slots=True)
class AttenteLevee(Fait):
    """An agent of the Caf let somebody try again at once, after tries that failed."""

    name: ClassVar[str] = "attente_levee"
    rattachement_id: UUID


@dataclass(frozen=True, slots=True)
class MoyenPerduDemande(Fait):
    """An agent asks that whoever lost their second factor may add another one: another agent has to agree."""

    name: ClassVar[str] = "moyen_perdu_demande"
    motif: str


@dataclass(frozen=True, slots=True)
class MoyenPerduRetire(Fait):
    """Another agent agreed: the lost factor, and their sessions, are no more."""

    name: ClassVar[str] = "moyen_perdu_retire"


@dataclass(frozen=True, slots=True)
class MoyenPerduAbandonne(Fait):
    """An agent dropped what was asked: the second factor stays."""

    name: ClassVar[str] = "moyen_perdu_abandonne"


@dataclass(frozen=True, slots=True)
class CampagneMenee(Fait):
    """A campaign was prepared, launched, suspended, resumed or stopped, exported, or is over (``geste``)."""

    name: ClassVar[str] = "campagne_menee"
    campagne_id: UUID
    titre: str
    geste: str


@dataclass(frozen=True, slots=True)
class VuePartenaireOuverte(Fait):
    """An agent of the Caf began to look, for some minutes, at what this person sees, and said why."""

    name: ClassVar[str] = "vue_partenaire_ouverte"
    vue_id: UUID
    rattachement_id: UUID
    motif: str


@dataclass(frozen=True, slots=True)
class VuePartenaireConsultee(Fait):
    """They looked at this page, as the person sees it."""

    name: ClassVar[str] = "vue_partenaire_consultee"
    vue_id: UUID
    page: str


@dataclass(frozen=True, slots=True)
class VuePartenaireFermee(Fait):
    """They ended the view before its time."""

    name: ClassVar[str] = "vue_partenaire_fermee"
    vue_id: UUID


@dataclass(frozen=True, slots=True)
class DossierConsulte(Fait):
    """An agent of the Caf looked at the file of a person of the organisme."""

    name: ClassVar[str] = "dossier_consulte"
    rattachement_id: UUID


@dataclass(frozen=True, slots=True)
class ConventionPassee(Fait):
    """A convention passed to a state (from None when it was prepared); ``effet`` is the last day of one that is to
    end."""

    name: ClassVar[str] = "convention_passee"
    convention_id: UUID
    libelle: str
    de: str | None
    vers: str
    motif: str | None = None
    effet: str | None = None


@dataclass(frozen=True, slots=True)
class ResiliationAnnulee(Fait):
    """The end of a convention that was announced will not be; ``fin`` is its last day again, if it has one."""

    name: ClassVar[str] = "resiliation_annulee"
    convention_id: UUID
    libelle: str
    motif: str
    fin: str | None = None


@dataclass(frozen=True, slots=True)
class DatesDeConventionCorrigees(Fait):
    """The dates of a convention that is not signed yet are now these; before, they were the others."""

    name: ClassVar[str] = "dates_de_convention_corrigees"
    convention_id: UUID
    libelle: str
    motif: str
    debut: str
    fin: str | None
    debut_avant: str
    fin_avant: str | None


@dataclass(frozen=True, slots=True)
class GroupeFerme(Fait):
    """The Caf closed a groupe of a contrat; adding it to the contrat opens it again."""

    name: ClassVar[str] = "groupe_ferme"
    groupe: str
    libelle: str
    motif: str


@dataclass(frozen=True, slots=True)
class ContratOuvert(Fait):
    """A contrat de service was opened, or given these groups besides (``ajout``)."""

    name: ClassVar[str] = "contrat_ouvert"
    contrat_id: UUID
    service: str
    groupes: list[str]
    ajout: bool
    motif: str = ""


@dataclass(frozen=True, slots=True)
class ContratClos(Fait):
    """A contrat de service was closed at once, or opened again (``rouvert``)."""

    name: ClassVar[str] = "contrat_clos"
    contrat_id: UUID
    service: str
    motif: str
    rouvert: bool = False


@dataclass(frozen=True, slots=True)
class SuspensionDecidee(Fait):
    """The Caf suspended something à titre conservatoire, which that many people held."""

    name: ClassVar[str] = "suspension_decidee"
    suspension_id: UUID
    cible: str
    libelle: str
    motif: str
    personnes: int
    rattachement_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class SuspensionLevee(Fait):
    """The Caf lifted a suspension à titre conservatoire."""

    name: ClassVar[str] = "suspension_levee"
    suspension_id: UUID
    cible: str
    libelle: str
    motif: str
    rattachement_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class DelegationRetiree(Fait):
    """The Caf manages the habilitations of the organisme itself from now on, or gives them back (``rendue``)."""

    name: ClassVar[str] = "delegation_retiree"
    motif: str
    rendue: bool


@dataclass(frozen=True, slots=True)
class MotDePasseImpose(Fait):
    """The Caf has one person (``rattachement_id``) or all those of the organisme choose another password."""

    name: ClassVar[str] = "mot_de_passe_impose"
    motif: str
    personnes: int
    rattachement_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class RemplacementDemande(Fait):
    """An agent asks that the organisme gets another administrateur; a second agent decides."""

    name: ClassVar[str] = "remplacement_demande"
    remplacement_id: UUID
    motif: str


@dataclass(frozen=True, slots=True)
class RemplacementDecide(Fait):
    """A second agent agreed, or refused, or the first took it back (``etat``)."""

    name: ClassVar[str] = "remplacement_decide"
    remplacement_id: UUID
    etat: str
    motif: str = ""


@dataclass(frozen=True, slots=True)
class OperationLancee(Fait):
    """A national agent had something done to everybody: other passwords, or the end of what a service holds."""

    name: ClassVar[str] = "operation_lancee"
    operation_id: UUID
    genre: str
    service: str | None
    motif: str


@dataclass(frozen=True, slots=True)
class OperationFinie(Fait):
    """It is done, for that many people or authorizations."""

    name: ClassVar[str] = "operation_finie"
    operation_id: UUID
    genre: str
    faits: int
