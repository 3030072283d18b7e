"""The life of a campaign, and the pace at which it writes: pure."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from math import ceil

from idp.calendar_months import add_months


class EtatCampagne(StrEnum):
    """``preparation``: its recipients are being listed; ``prete``: they are, and nothing has left."""

    PREPARATION = "preparation"
    PRETE = "prete"
    EN_COURS = "en_cours"
    EN_PAUSE = "en_pause"
    TERMINEE = "terminee"
    ARRETEE = "arretee"


class Geste(StrEnum):
    """What an agent does of a campaign."""

    LANCER = "lancer"
    SUSPENDRE = "suspendre"
    REPRENDRE = "reprendre"
    ARRETER = "arreter"


_PASSAGES = {
    Geste.LANCER: ((EtatCampagne.PRETE,), EtatCampagne.EN_COURS),
    Geste.SUSPENDRE: ((EtatCampagne.EN_COURS,), EtatCampagne.EN_PAUSE),
    Geste.REPRENDRE: ((EtatCampagne.EN_PAUSE,), EtatCampagne.EN_COURS),
    Geste.ARRETER: (
        (
            EtatCampagne.PREPARATION,
            EtatCampagne.PRETE,
            EtatCampagne.EN_COURS,
            EtatCampagne.EN_PAUSE,
        ),
        EtatCampagne.ARRETEE,
    ),
}


def avant(geste: Geste) -> tuple[EtatCampagne, ...]:
    """The states in which this may be done."""
    return _PASSAGES[geste][0]


def apres(geste: Geste) -> EtatCampagne:
    """The state that it leads to."""
    return _PASSAGES[geste][1]


def possibles(etat: EtatCampagne) -> tuple[Geste, ...]:
    """What may be done in that state."""
    return tuple(geste for geste in Geste if etat in avant(geste))


TOURS_PAR_MINUTE = 10
ENTRE_DEUX = timedelta(days=7)
"""Every campaign says the same: even reminders of two months are not read twice in a week."""
AVANT, APRES = 5, 1
_MOIS = (
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)


def editions(jour: date) -> tuple[date, ...]:
    """The months whose reminder may be prepared on that day, its own first: of one month, nobody reads two."""
    ce_mois = jour.replace(day=1)
    suivants = (add_months(ce_mois, rang) for rang in range(1, APRES + 1))
    return (ce_mois, *suivants, *(add_months(ce_mois, -rang) for rang in range(1, AVANT + 1)))


def edition_fr(edition: date) -> str:
    """« juillet 2026 »."""
    return f"{_MOIS[edition.month - 1]} {edition.year}"


@dataclass(frozen=True, slots=True)
class Rythme:
    """``lot`` mails at a time, then a pause."""

    lot: int
    pause: timedelta


def rythme(par_minute: int) -> Rythme:
    """At most that many mails a minute, in some ten times."""
    lot = ceil(par_minute / TOURS_PAR_MINUTE)
    return Rythme(lot, timedelta(minutes=lot / par_minute))


class Voie(StrEnum):
    """How somebody is written to; ``aucune``: neither a mail address nor a postal one is known."""

    COURRIEL = "courriel"
    COURRIER = "courrier"
    AUCUNE = "aucune"


class EtatEnvoi(StrEnum):
    """What became of one recipient; ``ecarte``: no longer to be written to when their turn came."""

    A_ENVOYER = "a_envoyer"
    ENVOYE = "envoye"
    REFUSE = "refuse"
    ECARTE = "ecarte"
    SANS_VOIE = "sans_voie"


@dataclass(frozen=True, slots=True)
class Destinataire:
    """Who they are when their turn comes."""

    ouvert: bool
    """Neither their account nor their organisme was closed, suspended or forgotten."""
    courriel: bool
    """Whether an address that refuses nothing is known."""
    adresse_postale: bool
    deja_ecrit: bool = False
    """Whether another campaign wrote to them, or at their mail address, the same reminder, or any lately."""


def envoi(voie: Voie, qui: Destinataire) -> EtatEnvoi:
    """Whether they are still to be written to, by the way that was counted and announced."""
    joignable = qui.courriel if voie is Voie.COURRIEL else qui.adresse_postale
    ecrit = qui.ouvert and joignable and not qui.deja_ecrit
    return EtatEnvoi.ENVOYE if ecrit else EtatEnvoi.ECARTE
