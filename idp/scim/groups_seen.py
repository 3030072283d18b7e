"""Which groupes exist for a program: those that its mandate lets it tick whole, and that are open."""

from sqlalchemy import and_, not_, or_, select, true

from idp.habilitations.delegation import Acteur
from idp.habilitations.models import Composante, ContratDeService, Convention, Groupe
from idp.scim.filters import Condition


def groups_seen(acteur: Acteur) -> Condition:
    """Of ``Groupe``; a sous-groupe opens nothing that the mandate does not."""
    of_the_organisme = (
        select(ContratDeService.id)
        .join(Convention, Convention.id == ContratDeService.convention_id)
        .where(Convention.organisme_id == acteur.organisme_id)
    )
    return and_(Groupe.contrat_id.in_(of_the_organisme), Groupe.actif, _within(acteur))


def _within(acteur: Acteur) -> Condition:
    if acteur.perimetre is None:
        return true()
    opened = select(Composante.base_id).where(Composante.sous_groupe_id == Groupe.id)
    outside = opened.where(Composante.base_id.not_in(acteur.perimetre))
    return or_(
        and_(not_(Groupe.sous_groupe), Groupe.id.in_(acteur.perimetre)),
        and_(
            Groupe.sous_groupe,
            opened.correlate(Groupe).exists(),
            ~outside.correlate(Groupe).exists(),
        ),
    )
