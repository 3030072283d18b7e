"""What a review decides, pure: when it opens, is recalled and lapses, and why a person's access deserves a look.

The rows are chosen and sorted by ``ouverture.py``, which says the same to the database.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from idp.calendar_months import last_day_over
from idp.habilitations.delegation import Role

DELAI = timedelta(days=60)
"""How long administrateurs have to answer."""
RAPPELS = (30, 7, 1)
"""Days before the end at which they are reminded."""
RETABLISSABLE = timedelta(days=30)
"""How long what has lapsed is given back by one press."""
MOIS_DE_LA_REVUE = (5, 6)
"""Before the declaration of rents, in July."""
CONSERVEE_MOIS = 36
"""As the journal keeps who had which right."""


class Decision(StrEnum):
    """What is answered of a person."""

    GARDER = "garder"
    RETIRER = "retirer"


class Issue(StrEnum):
    """What became of a line once the review was ended."""

    GARDEE = "gardee"
    RETIREE = "retiree"
    CADUQUE = "caduque"
    """Nobody answered in time."""
    MAINTENUE = "maintenue"
    """Nobody answered, of an administrateur: an organisme keeps those it has."""
    PARTIE = "partie"
    """Had left in the meantime."""
    REFUSEE = "refusee"
    """It would have left the organisme without an administrateur."""


class Motif(StrEnum):
    """Why an access deserves a look, the weightiest first."""

    INACTIF_12_MOIS = "inactif_12_mois"
    JAMAIS_CONNECTE = "jamais_connecte"
    INACTIF_6_MOIS = "inactif_6_mois"
    SANS_DONNEUR = "sans_donneur"
    ADMINISTRE = "administre"
    DELEGUE = "delegue"
    PEUT_DONNER = "peut_donner"
    BEAUCOUP = "beaucoup"
    MAIL_REFUSE = "mail_refuse"
    SUSPENDU = "suspendu"
    FINIT_BIENTOT = "finit_bientot"


POIDS = {
    Motif.INACTIF_12_MOIS: 50,
    Motif.JAMAIS_CONNECTE: 45,
    Motif.INACTIF_6_MOIS: 30,
    Motif.SANS_DONNEUR: 25,
    Motif.ADMINISTRE: 20,
    Motif.DELEGUE: 15,
    Motif.PEUT_DONNER: 15,
    Motif.BEAUCOUP: 10,
    Motif.MAIL_REFUSE: 10,
    Motif.SUSPENDU: 5,
    # It ends by itself: said, but nothing to fear.
    Motif.FINIT_BIENTOT: 0,
}
"""What each adds to the risk; a person of whom nothing adds up is without risk."""

BEAUCOUP_DE_GROUPES = 8
JAMAIS_APRES = timedelta(days=30)
BIENTOT = timedelta(days=30)
LONGTEMPS_MOIS, TRES_LONGTEMPS_MOIS = 6, 12


@dataclass(frozen=True, slots=True)
class Seuils:
    """The days on which the risk of a review depends."""

    jour: date

    @property
    def tres_longtemps(self) -> date:
        """The latest sign-in that is twelve months old."""
        return last_day_over(self.jour, TRES_LONGTEMPS_MOIS)

    @property
    def longtemps(self) -> date:
        """The latest sign-in that is six months old."""
        return last_day_over(self.jour, LONGTEMPS_MOIS)

    @property
    def jamais(self) -> date:
        """Who was created that day or before has had the time to connect."""
        return self.jour - JAMAIS_APRES

    @property
    def bientot(self) -> date:
        """The last day that is soon."""
        return self.jour + BIENTOT


@dataclass(frozen=True, slots=True)
class PersonneVue:
    """What was known of a person when the review opened."""

    role: Role
    cree_le: date
    derniere_connexion: date | None
    cloture: date | None = None
    suspendu: bool = False
    mail_refuse: bool = False
    groupes: int = 0
    delegues: int = 0
    sans_donneur: int = 0


def motifs(personne: PersonneVue, jour: date) -> tuple[Motif, ...]:
    """Why the access of this person deserves a look on that day, the weightiest first."""
    seuils = Seuils(jour)
    vus = {
        Motif.INACTIF_12_MOIS: _avant(personne.derniere_connexion, seuils.tres_longtemps),
        Motif.INACTIF_6_MOIS: _avant(personne.derniere_connexion, seuils.longtemps)
        and not _avant(personne.derniere_connexion, seuils.tres_longtemps),
        Motif.JAMAIS_CONNECTE: personne.derniere_connexion is None
        and personne.cree_le <= seuils.jamais,
        Motif.SANS_DONNEUR: personne.sans_donneur > 0,
        Motif.ADMINISTRE: personne.role is Role.ADMINISTRATEUR,
        Motif.DELEGUE: personne.delegues > 0,
        Motif.PEUT_DONNER: personne.role is Role.RESPONSABLE_HABILITATION,
        Motif.BEAUCOUP: personne.groupes >= BEAUCOUP_DE_GROUPES,
        Motif.MAIL_REFUSE: personne.mail_refuse,
        Motif.SUSPENDU: personne.suspendu,
        Motif.FINIT_BIENTOT: personne.cloture is not None and personne.cloture <= seuils.bientot,
    }
    return tuple(motif for motif in Motif if vus[motif])


def risque(personne: PersonneVue, jour: date) -> int:
    """What these reasons add up to; 0 is without risk."""
    return sum(POIDS[motif] for motif in motifs(personne, jour))


def _avant(vu: date | None, seuil: date) -> bool:
    return vu is not None and vu <= seuil


def echeance(ouverte_le: date) -> date:
    """The day on which what has no answer lapses."""
    return ouverte_le + DELAI


def rappel_du(jour: date, le: date, dernier: int | None) -> int | None:
    """Which reminder is due (days before the end), the latest alone when several are; None for none."""
    reste = (le - jour).days
    dus = [jours for jours in RAPPELS if reste <= jours]
    if reste <= 0 or not dus:
        return None
    prochain = min(dus)
    return prochain if dernier is None or prochain < dernier else None


@dataclass(frozen=True, slots=True)
class Anciennete:
    """Since when a review, or an organisme without one, is old enough for the next to open by itself."""

    derniere_revue: date
    premiere_revue: date | None


def anciennete(jour: date) -> Anciennete:
    """A year at any time; six months in May and June, so that reviews come before the declarations of July.

    A first review waits for May: nobody finds sixty days running because the product was installed.
    """
    if jour.month in MOIS_DE_LA_REVUE:
        six_mois = last_day_over(jour, 6)
        return Anciennete(derniere_revue=six_mois, premiere_revue=six_mois)
    return Anciennete(derniere_revue=last_day_over(jour, 12), premiere_revue=None)


def se_retablit_jusqu_au(applique_le: date) -> date:
    """The last day on which what lapsed is given back by one press."""
    return applique_le + RETABLISSABLE
