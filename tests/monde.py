"""A small organisme in memory, where anybody tries anything: the decisions of ``delegation.py``, and no row.

Each operation says why it is refused, or changes the world as the services change the rows. ``verifier`` says
which invariants do not hold, and ``deborde`` what an actor did beyond their mandate: neither asks the decisions.
"""

from dataclasses import dataclass, field, replace
from uuid import UUID, uuid4

from idp.habilitations.delegation import (
    Acteur,
    Bases,
    Cible,
    Qualite,
    RefusDAgir,
    Role,
    ouvert_par,
    refus_de_cocher,
    refus_de_composer,
    refus_de_creer,
    refus_de_faire_partir,
    refus_de_mandater,
    refus_de_promouvoir,
    refus_de_regler,
    refus_de_retirer_un_mandat,
    refus_de_retrograder,
    voit,
)

INVISIBLE = "invisible"
CLOS = "clos"
GROUPE_INCONNU = "groupe_inconnu"
NE_GERE_RIEN = "ne_gere_rien"
PAS_ACTIF = "pas_encore_actif"


@dataclass(frozen=True, slots=True)
class Case:
    """A box that is ticked: by whom, as what, and what their mandate then covered."""

    par: UUID
    qualite: Qualite
    mandat: Bases | None


@dataclass(frozen=True, slots=True)
class Mandat:
    """A live mandate, and who gave it."""

    bases: Bases
    peut_creer: bool
    par: UUID


@dataclass(slots=True)
class Personne:
    """Somebody in the organisme."""

    id: UUID = field(default_factory=uuid4)
    role: Role = Role.UTILISATEUR
    actif: bool = False
    clos: bool = False
    clos_par: Qualite | None = None
    fin: bool = False
    """Whether a date de clôture is to come."""
    cree_par: UUID | None = None
    mandat: Mandat | None = None
    cases: dict[int, Case] = field(default_factory=dict)

    @property
    def agit(self) -> bool:
        """Whether they can sign in and do something."""
        return self.actif and not self.clos


@dataclass
class Monde:
    """The organisme: base groupes of two contrats, sous-groupes, people; the first one administers."""

    contrats: tuple[Bases, ...]
    groupes: list[Bases] = field(default_factory=list)
    gens: list[Personne] = field(default_factory=list)

    @classmethod
    def nouveau(cls, contrats: tuple[Bases, ...]) -> "Monde":
        """Its base groupes; two administrateurs, one of whom leaves soon, two responsables, three users."""
        groupes = [Bases([base]) for contrat in contrats for base in sorted(contrat, key=str)]
        chef = Personne(role=Role.ADMINISTRATEUR, actif=True)
        adjoint = Personne(role=Role.ADMINISTRATEUR, actif=True, fin=True)
        par_le_chef = Case(chef.id, Qualite.ADMINISTRATEUR, None)

        def quelqu_un(*cases: int, mandat: tuple[int, ...] = ()) -> Personne:
            bases = ouvert_par(groupes[rang] for rang in mandat)
            return Personne(
                role=Role.RESPONSABLE_HABILITATION if mandat else Role.UTILISATEUR,
                actif=True,
                mandat=Mandat(bases, len(mandat) > 1, par=chef.id) if mandat else None,
                cases=dict.fromkeys(cases, par_le_chef),
            )

        responsables = [quelqu_un(0, mandat=(0, 1)), quelqu_un(0, 1, mandat=(1,))]
        users = [quelqu_un(0), quelqu_un(0, len(groupes) - 1), quelqu_un()]
        return cls(contrats, groupes, [chef, adjoint, *responsables, *users])

    def acteur(self, rang: int) -> Acteur | None:
        """What that person may act by today."""
        qui = self.gens[rang]
        if not qui.agit or qui.role is Role.UTILISATEUR:
            return None
        if qui.role is Role.ADMINISTRATEUR:
            return Acteur(qui.id, ICI, "LES OLIVIERS", qui.role)
        if qui.mandat is None:
            return None
        return Acteur(
            qui.id,
            ICI,
            "LES OLIVIERS",
            qui.role,
            qui.id,
            qui.mandat.bases,
            qui.mandat.peut_creer,
        )

    def cible(self, rang: int) -> Cible:
        """That person, as somebody acts upon them."""
        qui = self.gens[rang]
        tenus = tuple(self.groupes[groupe] for groupe in qui.cases)
        return Cible(qui.id, ICI, qui.role, qui.cree_par, tenus)

    def un_autre_reste(self, rang: int) -> bool:
        """Whether somebody else administers, can act, and goes on."""
        return any(
            autre.role is Role.ADMINISTRATEUR and autre.agit and not autre.fin
            for ailleurs, autre in enumerate(self.gens)
            if ailleurs != rang
        )

    # Operations: each returns why it is refused, None when it is done.

    def creer(self, par: int, groupes: frozenset[int]) -> str | None:
        acteur = self.acteur(par)
        if acteur is None:
            return NE_GERE_RIEN
        refus = refus_de_creer(acteur)
        if refus:
            return refus
        if not all(acteur.couvre(self.groupes[groupe]) for groupe in groupes):
            return GROUPE_INCONNU
        case = self._case(acteur)
        self.gens.append(
            Personne(cree_par=acteur.account_id, cases=dict.fromkeys(sorted(groupes), case))
        )
        return None

    def se_connecter(self, qui: int) -> None:
        self.gens[qui].actif = True

    def cocher(self, par: int, sur: int, voulus: frozenset[int]) -> str | None:
        acteur, cible, qui = self.acteur(par), self.cible(sur), self.gens[sur]
        if acteur is None or not voit(acteur, cible):
            return _sans_rien(acteur)
        refus = refus_de_cocher(acteur, cible, Bases())
        if refus:
            return refus
        if qui.clos:
            return CLOS
        offerts = {rang for rang, bases in enumerate(self.groupes) if acteur.couvre(bases)}
        if not voulus <= offerts | qui.cases.keys():
            return GROUPE_INCONNU
        for groupe in qui.cases.keys() & offerts - voulus:
            del qui.cases[groupe]
        for groupe in voulus - qui.cases.keys():
            qui.cases[groupe] = self._case(acteur)
        return None

    def clore(self, par: int, sur: int) -> str | None:
        acteur, cible, qui = self.acteur(par), self.cible(sur), self.gens[sur]
        if acteur is None or not voit(acteur, cible):
            return _sans_rien(acteur)
        reste = self.un_autre_reste(sur)
        refus = refus_de_faire_partir(acteur, cible, autres_administrateurs=reste)
        if refus:
            return refus
        # Closed a second time, it is by the last who did.
        qui.clos, qui.clos_par = True, acteur.qualite
        if qui.mandat:
            qui.mandat, qui.role = None, Role.UTILISATEUR
        return None

    def rouvrir(self, par: int, sur: int) -> str | None:
        acteur, cible = self.acteur(par), self.cible(sur)
        if acteur is None or not voit(acteur, cible):
            return _sans_rien(acteur)
        refus = refus_de_regler(acteur, cible)
        if refus:
            return refus
        qui = self.gens[sur]
        if qui.clos_par is Qualite.ADMINISTRATEUR and not acteur.administre:
            return RefusDAgir.RESERVE_A_L_ADMINISTRATEUR
        qui.clos = qui.fin = False
        qui.clos_par = None
        if qui.role is Role.ADMINISTRATEUR:
            qui.role = Role.UTILISATEUR
        return None

    def fixer_cloture(self, par: int, sur: int) -> str | None:
        """Give somebody a date de clôture."""
        acteur, cible, qui = self.acteur(par), self.cible(sur), self.gens[sur]
        if acteur is None or not voit(acteur, cible):
            return _sans_rien(acteur)
        refus = refus_de_cocher(acteur, cible, Bases())
        if refus:
            return refus
        if qui.clos:
            return CLOS
        refus = refus_de_regler(acteur, cible)
        if refus:
            return refus
        if qui.role is Role.ADMINISTRATEUR and not self.un_autre_reste(sur) and not qui.fin:
            return RefusDAgir.DERNIER_ADMINISTRATEUR
        qui.fin = True
        return None

    def laisser_passer_le_temps(self) -> None:
        """Every date de clôture is past."""
        for qui in self.gens:
            qui.clos, qui.fin = qui.clos or qui.fin, False

    def mandater(
        self, par: int, sur: int, groupes: frozenset[int], *, peut_creer: bool
    ) -> str | None:
        acteur, cible = self.acteur(par), self.cible(sur)
        if acteur is None or not voit(acteur, cible):
            return _sans_rien(acteur)
        choisis = [self.groupes[groupe] for groupe in groupes]
        offerts = all(map(acteur.couvre, choisis))
        bases = ouvert_par(choisis) if offerts else Bases()
        refus = refus_de_mandater(acteur, cible, bases)
        if refus:
            return refus
        qui, donneur = self.gens[sur], self.gens[par]
        qui.mandat, qui.role = (
            Mandat(bases, peut_creer, donneur.id),
            Role.RESPONSABLE_HABILITATION,
        )
        return None

    def retirer_mandat(self, par: int, sur: int) -> str | None:
        acteur, cible, qui = self.acteur(par), self.cible(sur), self.gens[sur]
        if acteur is None or not voit(acteur, cible):
            return _sans_rien(acteur)
        refus = refus_de_retirer_un_mandat(acteur, cible)
        if refus:
            return refus
        if qui.mandat is None:
            return "deja"
        qui.mandat, qui.role = None, Role.UTILISATEUR
        return None

    def promouvoir(self, par: int, sur: int) -> str | None:
        """Proposed, and accepted at once."""
        acteur, cible, qui = self.acteur(par), self.cible(sur), self.gens[sur]
        if acteur is None or not voit(acteur, cible):
            return _sans_rien(acteur)
        refus = refus_de_promouvoir(acteur, cible)
        if refus:
            return refus
        if not qui.agit:
            return PAS_ACTIF
        qui.mandat, qui.role = None, Role.ADMINISTRATEUR
        return None

    def retrograder(self, par: int, sur: int) -> str | None:
        acteur, cible = self.acteur(par), self.cible(sur)
        if acteur is None or not voit(acteur, cible):
            return _sans_rien(acteur)
        reste = self.un_autre_reste(sur)
        refus = refus_de_retrograder(acteur, cible, autres_administrateurs=reste)
        if refus is None:
            self.gens[sur].role = Role.UTILISATEUR
        return refus

    def composer(self, par: int, contrat: int, bases: Bases) -> str | None:
        acteur = self.acteur(par)
        if acteur is None:
            return NE_GERE_RIEN
        refus = refus_de_composer(acteur, bases, self.contrats[contrat])
        if refus is None:
            self.groupes.append(bases)
        return refus

    def _case(self, acteur: Acteur) -> Case:
        if acteur.account_id is None:
            raise ValueError("no program acts in this world")
        return Case(acteur.account_id, acteur.qualite, acteur.perimetre)

    def copie(self) -> "Monde":
        """The same, which later operations do not change."""
        gens = [replace(qui, cases=dict(qui.cases)) for qui in self.gens]
        return Monde(self.contrats, list(self.groupes), gens)


ICI = uuid4()


def _sans_rien(acteur: Acteur | None) -> str:
    return NE_GERE_RIEN if acteur is None else INVISIBLE


def verifier(monde: Monde) -> list[str]:
    """Which invariants do not hold; empty when all do."""
    faux = []
    if not any(qui.role is Role.ADMINISTRATEUR and qui.agit and not qui.fin for qui in monde.gens):
        faux.append("nobody administers and goes on")
    for qui in monde.gens:
        if (qui.role is Role.RESPONSABLE_HABILITATION) is not (qui.mandat is not None):
            faux.append("a role without its mandate, or a mandate without its role")
        if qui.mandat and (not qui.mandat.bases or qui.mandat.par == qui.id):
            faux.append("an empty mandate, or one given to oneself")
        if qui.mandat and not qui.mandat.bases <= ouvert_par(monde.contrats):
            faux.append("a mandate for what the organisme does not have")
        for groupe, case in qui.cases.items():
            if case.par == qui.id:
                faux.append("a box that somebody ticked for themself")
            if case.mandat is not None and not monde.groupes[groupe] <= case.mandat:
                faux.append("a box ticked out of the perimeter of its mandate")
    composes = monde.groupes[sum(map(len, monde.contrats)) :]
    if not all(any(bases < contrat for contrat in monde.contrats) for bases in composes):
        faux.append("a sous-groupe that widens, or mixes contrats")
    return faux


def deborde(avant: Monde, apres: Monde, par: int) -> list[str]:
    """What an actor changed beyond what they may: nothing, for who is bounded by a mandate."""
    acteur = avant.acteur(par)
    if acteur is not None and acteur.administre:
        return _pour_soi(avant, apres, par)
    if acteur is None:
        return ["somebody who manages nothing changed something"] if avant != apres else []
    perimetre = acteur.perimetre or Bases()
    faux = _pour_soi(avant, apres, par)
    if avant.groupes != apres.groupes:
        faux.append("a responsable made a sous-groupe")
    for rang, (hier, qui) in enumerate(zip(avant.gens, apres.gens, strict=False)):
        touchees = {
            groupe
            for groupe in hier.cases.keys() | qui.cases.keys()
            if hier.cases.get(groupe) != qui.cases.get(groupe)
        }
        if not all(avant.groupes[groupe] <= perimetre for groupe in touchees):
            faux.append("a responsable touched a box out of their perimeter")
        if (hier.role, hier.mandat) != (qui.role, qui.mandat):
            faux.append("a responsable changed a role")
        if hier != qui and hier.role is not Role.UTILISATEUR:
            faux.append("a responsable touched somebody who manages")
        if (hier.clos, hier.fin) != (qui.clos, qui.fin) and not all(
            bases <= perimetre for bases in avant.cible(rang).tenus
        ):
            faux.append("a responsable closed or dated somebody whom they share")
    for qui in apres.gens[len(avant.gens) :]:
        if not acteur.peut_creer:
            faux.append("a responsable created somebody without the right to")
        if not all(apres.groupes[groupe] <= perimetre for groupe in qui.cases):
            faux.append("a responsable created somebody out of their perimeter")
    return faux


def _pour_soi(avant: Monde, apres: Monde, par: int) -> list[str]:
    return ["somebody changed themself"] if avant.gens[par] != apres.gens[par] else []
