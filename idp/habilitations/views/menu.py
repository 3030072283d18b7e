"""The menu « Gestion des habilitations »: its pages, in order, and which are for an administrateur alone."""

from dataclasses import dataclass

from idp.habilitations.rattachements import Selection


@dataclass(frozen=True, slots=True)
class Entree:
    """A page of the menu; ``reservee`` to administrateurs, as its route says."""

    adresse: str
    titre: str
    reservee: bool = False


ENTREES = (
    Entree("/habilitations/utilisateurs", "Mes utilisateurs"),
    Entree("/habilitations/groupes", "Mes groupes"),
    Entree("/habilitations/responsables", "Responsables d’habilitation", reservee=True),
    Entree("/habilitations/administrateurs", "Administrateurs", reservee=True),
    Entree("/habilitations/revue", "Revue des habilitations", reservee=True),
    Entree("/habilitations/acces-automatises", "Accès automatisés", reservee=True),
    Entree("/habilitations/journal", "Journal", reservee=True),
    Entree("/habilitations/echeances", "Ce qui se termine"),
    Entree("/habilitations/services-prevenus", "Services prévenus"),
)


def entrees(selection: Selection) -> tuple[Entree, ...]:
    """Those that this person may open; none when they manage nothing here."""
    if not selection.peut_gerer:
        return ()
    return tuple(entree for entree in ENTREES if selection.peut_administrer or not entree.reservee)
