"""What a form that changes a user leads to: shown again, told what it would do, or done.

The same for an administrateur or a responsable (``fiche.py``) and for the Caf in their place (``views/caf``).
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from idp import clock
from idp.elision import de
from idp.habilitations.delegation import Acteur
from idp.habilitations.personnes import application, modification
from idp.habilitations.personnes.fiche import Fiche
from idp.habilitations.personnes.modification import Changements, RefusDeModification
from idp.habilitations.views.partenaire.formulaires import ModifierUtilisateur


class Etape(StrEnum):
    """What the reader is shown next."""

    FORMULAIRE = "formulaire"
    ENTRE_TEMPS = "entre_temps"
    """The form, beside what somebody else made of the user in the meantime."""
    APERCU = "apercu"
    RIEN = "rien"
    FAIT = "fait"


@dataclass(frozen=True, slots=True)
class Issue:
    """``changements`` are those of ``APERCU`` and ``FAIT``."""

    etape: Etape
    changements: Changements = field(default_factory=Changements)


def demander(acteur: Acteur, lue: Fiche, form: ModifierUtilisateur, now: datetime) -> Issue:
    """Tell what would change; do it when that was confirmed. What is refused is said beside its field."""
    if not form.validate_on_submit():
        return Issue(Etape.FORMULAIRE)
    voulu = form.voulu()
    if not form.confirme.data:
        prevu = modification.preparer(lue, voulu, clock.today(now))
        return _issue(prevu, form, Etape.APERCU)
    version = form.version.data or ""
    fait = application.appliquer(acteur, lue.rattachement_id, voulu, version=version, now=now)
    if fait is RefusDeModification.ENTRE_TEMPS:
        form.version.data = lue.version
    return _issue(fait, form, Etape.FAIT)


def dite(issue: Issue, lue: Fiche) -> tuple[str, str]:
    """The words of ``RIEN`` and ``FAIT``."""
    if issue.etape is Etape.RIEN:
        return "Vous n’avez rien changé.", "info"
    return f"Les accès {de(lue.nom)} sont modifiés.", "succes"


def _issue(
    resultat: Changements | RefusDeModification, form: ModifierUtilisateur, etape: Etape
) -> Issue:
    if isinstance(resultat, Changements):
        return Issue(etape, resultat) if resultat else Issue(Etape.RIEN)
    form.refuser(resultat)
    entre_temps = resultat is RefusDeModification.ENTRE_TEMPS
    return Issue(Etape.ENTRE_TEMPS if entre_temps else Etape.FORMULAIRE)
