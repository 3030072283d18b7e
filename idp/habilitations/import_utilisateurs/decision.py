"""The plan of a line, in words: told by the trial, and taken again when the line is done."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from idp.habilitations.delegation import Acteur
from idp.habilitations.groupes import GroupeACocher
from idp.habilitations.import_utilisateurs.connus import Connus
from idp.habilitations.import_utilisateurs.contenu import Contenu
from idp.habilitations.import_utilisateurs.ligne import UtilisateurDeclare
from idp.habilitations.import_utilisateurs.motifs import PHRASES
from idp.habilitations.import_utilisateurs.plan import Connu, Demande, Plan, Verdict, decider


@dataclass(frozen=True, slots=True)
class Decision:
    """What decides of lines: who acts, whom they find again, what may be given, and the day."""

    acteur: Acteur
    connus: Connus
    offerts: Sequence[GroupeACocher]
    jour: date

    def connu(self, contenu: Contenu) -> Connu | None:
        """The user whom this line finds again."""
        return self.connus.de(contenu.declare) if contenu.declare else None

    def de(self, contenu: Contenu) -> tuple[Plan, Contenu]:
        """The plan of a line, and the line with its words."""
        if contenu.declare is None:
            return Plan(Verdict.REFUS), contenu
        plan = decider(
            self.acteur,
            _demande(contenu.declare, self.jour),
            self.connu(contenu),
            ouvre={groupe.id: groupe.bases for groupe in self.offerts},
            jour=self.jour,
        )
        if plan.motif:
            return plan, contenu.refuse(*PHRASES[plan.motif])
        donnes = tuple(groupe.libelle for groupe in self.offerts if groupe.id in plan.coches)
        return plan, replace(contenu, donnes=donnes)


def _demande(declare: UtilisateurDeclare, jour: date) -> Demande:
    return Demande(
        nommee=declare.identifiant is not None,
        ouverture=declare.ouverture or jour,
        cloture=declare.cloture,
        groupes=frozenset(declare.groupes),
    )
