"""Why somebody cannot sign in, or finds a service closed: every reason, from what is known of them. Pure.

What is known is gathered in ``dossier.py``; what the agent reads, and what there is to tell the person, is in
``paroles.py``. The order of ``Cause`` is that in which they are told: what has to be settled first comes first.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from idp.accounts.gates import Awaiting


class Compte(StrEnum):
    """The states of an account, as ``idp.accounts.models`` names them."""

    PREPARE = "prepare"
    EN_ATTENTE = "en_attente"
    ACTIVATION = "activation"
    ACTIF = "actif"
    SUSPENDU = "suspendu"
    CLOS = "clos"


class Cause(StrEnum):
    """A reason."""

    COMPTE_CLOS = "compte_clos"
    COMPTE_SUSPENDU = "compte_suspendu"
    JAMAIS_CONNECTEE = "jamais_connectee"
    RIEN_ENVOYE = "rien_envoye"
    COURRIER_REVENU = "courrier_revenu"
    COURRIER_A_IMPRIMER = "courrier_a_imprimer"
    COURRIER_EN_ROUTE = "courrier_en_route"
    COURRIER_ANCIEN = "courrier_ancien"
    PROVISOIRE_EXPIRE = "provisoire_expire"
    PROVISOIRE_VALABLE = "provisoire_valable"
    PREMIERE_CONNEXION_INACHEVEE = "premiere_connexion_inachevee"
    ATTENTE = "attente"
    ATTENTE_DU_FACTEUR = "attente_du_facteur"
    RESEAU_EN_PAUSE = "reseau_en_pause"
    PROVISOIRE_PERIME_SAISI = "provisoire_perime_saisi"
    PROVISOIRE_DEJA_SERVI = "provisoire_deja_servi"
    MOT_DE_PASSE_FAUX = "mot_de_passe_faux"
    MOT_DE_PASSE_A_CHANGER = "mot_de_passe_a_changer"
    FACTEUR_NON_MONTRE = "facteur_non_montre"
    FACTEUR_PERDU = "facteur_perdu"
    FACTEUR_A_AJOUTER = "facteur_a_ajouter"
    RETRAIT_DE_FACTEUR_DEMANDE = "retrait_de_facteur_demande"
    TEXTES_A_ACCEPTER = "textes_a_accepter"
    MAIL_REFUSE = "mail_refuse"
    SANS_MAIL = "sans_mail"
    MAIL_NON_CONFIRME = "mail_non_confirme"
    TEMOINS_REFUSES = "temoins_refuses"


class Geste(StrEnum):
    """What an agent may do from there."""

    COURRIEL = "courriel"
    COURRIER = "courrier"
    LEVER_L_ATTENTE = "lever_l_attente"
    MOYEN_PERDU = "moyen_perdu"


class EssaiManque(StrEnum):
    """Why the last sign-in was refused (``idp.accounts.login.SignInRefusal``)."""

    INCORRECT = "incorrect"
    THROTTLED = "throttled"
    SECRET_EXPIRED = "secret_expired"  # noqa: S105 - the name of an outcome
    SECRET_USED = "secret_used"  # noqa: S105 - the name of an outcome


@dataclass(frozen=True, slots=True)
class Envois:
    """What was sent to who has not signed in yet; ``expire_at`` is that of the provisional password that lives
    longest."""

    expire_at: datetime | None = None
    a_imprimer_depuis: datetime | None = None
    imprime_at: datetime | None = None
    revenu_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Facteurs:
    """The second factor: what the person has, and what is asked of them."""

    inscrit: bool = False
    codes_de_secours: int = 0
    exige: bool = False
    """Whether their role requires one, once its time of grace is over."""
    attente_jusqu_a: datetime | None = None
    retrait_demande_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Mail:
    """Their address."""

    adresse: str | None = None
    confirmee: bool = False
    refusee_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Essais:
    """The last day: the last refusal that no success followed, and the sessions that were opened."""

    dernier_manque: tuple[datetime, EssaiManque] | None = None
    arretee_a: Awaiting | None = None
    """What their last session waits for."""
    sessions_jamais_revues: int = 0
    """How many sessions of the last hour the browser never came back with."""
    reseau_en_pause_jusqu_a: datetime | None = None


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything that is known of one person's sign-in."""

    compte: Compte
    mot_de_passe_choisi: bool
    clos_at: datetime | None = None
    attente_jusqu_a: datetime | None = None
    mot_de_passe_a_changer: bool = False
    textes_a_accepter: bool = False
    envois: Envois = Envois()
    facteurs: Facteurs = Facteurs()
    mail: Mail = Mail()
    essais: Essais = Essais()

    @property
    def jamais_connectee(self) -> bool:
        """Whether they have no password of their own yet."""
        return not self.mot_de_passe_choisi and self.compte in _AVANT_LA_PREMIERE


_AVANT_LA_PREMIERE = (Compte.PREPARE, Compte.EN_ATTENTE, Compte.ACTIVATION)
DEUX_POSTES = timedelta(days=10)
"""How long both letters may take, from their printing."""
SESSIONS_PERDUES = 3
"""Past that many sign-ins of an hour that succeed and lead nowhere, the browser keeps none of our cookies."""


@dataclass(frozen=True, slots=True)
class Constat:
    """A reason, and the instant that it speaks of."""

    cause: Cause
    at: datetime | None = None


def constats(situation: Situation, now: datetime) -> tuple[Constat, ...]:
    """Every reason; none when nothing stands in the way of signing in."""
    if situation.compte is Compte.CLOS:
        return (Constat(Cause.COMPTE_CLOS, situation.clos_at),)
    if situation.compte is Compte.SUSPENDU:
        return (Constat(Cause.COMPTE_SUSPENDU),)
    return tuple(
        sorted(
            (
                *_premiere_connexion(situation, now),
                *_mot_de_passe(situation, now),
                *_facteurs(situation, now),
                *_mail(situation),
                *_navigateur(situation, now),
            ),
            key=lambda constat: list(Cause).index(constat.cause),
        )
    )


def gestes(situation: Situation, now: datetime) -> tuple[Geste, ...]:
    """What an agent may do for this person."""
    ouvert = situation.compte in (Compte.EN_ATTENTE, Compte.ACTIVATION, Compte.ACTIF)
    courriel = situation.mail.adresse is not None and (
        situation.compte is Compte.EN_ATTENTE or (ouvert and situation.mail.confirmee)
    )
    courrier = ouvert and situation.jamais_connectee
    attend = _a_venir(situation.attente_jusqu_a, now) or _a_venir(
        situation.facteurs.attente_jusqu_a, now
    )
    possibles = (
        (courriel, Geste.COURRIEL),
        (courrier, Geste.COURRIER),
        (attend and ouvert, Geste.LEVER_L_ATTENTE),
        (situation.facteurs.inscrit and ouvert, Geste.MOYEN_PERDU),
    )
    return tuple(geste for possible, geste in possibles if possible)


def _premiere_connexion(situation: Situation, now: datetime) -> Iterator[Constat]:
    if situation.compte is Compte.ACTIVATION:
        yield Constat(Cause.PREMIERE_CONNEXION_INACHEVEE)
    if not situation.jamais_connectee:
        return
    if situation.compte is not Compte.ACTIVATION:
        yield Constat(Cause.JAMAIS_CONNECTEE)
    yield from _envois(situation.envois, now)


def _envois(envois: Envois, now: datetime) -> Iterator[Constat]:
    if envois.revenu_at is not None:
        yield Constat(Cause.COURRIER_REVENU, envois.revenu_at)
    if envois.a_imprimer_depuis is not None:
        yield Constat(Cause.COURRIER_A_IMPRIMER, envois.a_imprimer_depuis)
    if envois.imprime_at is not None:
        recent = now - envois.imprime_at < DEUX_POSTES
        yield Constat(
            Cause.COURRIER_EN_ROUTE if recent else Cause.COURRIER_ANCIEN, envois.imprime_at
        )
    if envois.expire_at is not None:
        vaut = now < envois.expire_at
        yield Constat(
            Cause.PROVISOIRE_VALABLE if vaut else Cause.PROVISOIRE_EXPIRE, envois.expire_at
        )
    if envois == Envois():
        yield Constat(Cause.RIEN_ENVOYE)


_DIT_PAR_L_ESSAI = {
    EssaiManque.INCORRECT: Cause.MOT_DE_PASSE_FAUX,
    EssaiManque.SECRET_EXPIRED: Cause.PROVISOIRE_PERIME_SAISI,
    EssaiManque.SECRET_USED: Cause.PROVISOIRE_DEJA_SERVI,
}


def _mot_de_passe(situation: Situation, now: datetime) -> Iterator[Constat]:
    if _a_venir(situation.attente_jusqu_a, now):
        yield Constat(Cause.ATTENTE, situation.attente_jusqu_a)
    if situation.essais.dernier_manque is not None:
        at, pourquoi = situation.essais.dernier_manque
        if pourquoi in _DIT_PAR_L_ESSAI:
            yield Constat(_DIT_PAR_L_ESSAI[pourquoi], at)
    if situation.mot_de_passe_a_changer:
        yield Constat(Cause.MOT_DE_PASSE_A_CHANGER)


def _facteurs(situation: Situation, now: datetime) -> Iterator[Constat]:
    facteurs = situation.facteurs
    if _a_venir(facteurs.attente_jusqu_a, now):
        yield Constat(Cause.ATTENTE_DU_FACTEUR, facteurs.attente_jusqu_a)
    if facteurs.retrait_demande_at is not None:
        yield Constat(Cause.RETRAIT_DE_FACTEUR_DEMANDE, facteurs.retrait_demande_at)
    if situation.essais.arretee_a is Awaiting.SECOND_FACTOR:
        secours = facteurs.codes_de_secours > 0
        yield Constat(Cause.FACTEUR_NON_MONTRE if secours else Cause.FACTEUR_PERDU)
    if facteurs.exige and not facteurs.inscrit and situation.compte is Compte.ACTIF:
        yield Constat(Cause.FACTEUR_A_AJOUTER)
    if situation.textes_a_accepter and situation.compte is Compte.ACTIF:
        yield Constat(Cause.TEXTES_A_ACCEPTER)


def _mail(situation: Situation) -> Iterator[Constat]:
    mail = situation.mail
    if mail.refusee_at is not None:
        yield Constat(Cause.MAIL_REFUSE, mail.refusee_at)
    if situation.compte is not Compte.ACTIF:
        return
    if mail.adresse is None:
        yield Constat(Cause.SANS_MAIL)
    elif not mail.confirmee:
        yield Constat(Cause.MAIL_NON_CONFIRME)


def _navigateur(situation: Situation, now: datetime) -> Iterator[Constat]:
    essais = situation.essais
    if _a_venir(essais.reseau_en_pause_jusqu_a, now):
        yield Constat(Cause.RESEAU_EN_PAUSE, essais.reseau_en_pause_jusqu_a)
    if essais.sessions_jamais_revues >= SESSIONS_PERDUES:
        yield Constat(Cause.TEMOINS_REFUSES)


def _a_venir(instant: datetime | None, now: datetime) -> bool:
    return instant is not None and now < instant
