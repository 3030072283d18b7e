"""Every reason is told, in the order in which it has to be settled; each has its words."""

from datetime import UTC, datetime, timedelta

import pytest

from idp.accounts.gates import Awaiting
from idp.habilitations.assistance import paroles, policy
from idp.habilitations.assistance.policy import (
    Cause,
    Compte,
    Constat,
    Envois,
    EssaiManque,
    Essais,
    Facteurs,
    Geste,
    Mail,
    Situation,
)
from idp.habilitations.policy import Refus

NOW = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
HIER = NOW - timedelta(days=1)
DEMAIN = NOW + timedelta(days=1)
LETTRE_ANCIENNE = NOW - policy.DEUX_POSTES
ACTIVE = Mail("a@exemple.fr", confirmee=True)


def actif(**values: object) -> Situation:
    return Situation(Compte.ACTIF, True, **{"mail": ACTIVE, **values})  # type: ignore[arg-type]


def attendue(**envois: datetime) -> Situation:
    return Situation(Compte.EN_ATTENTE, False, envois=Envois(**envois))


CASES: dict[str, tuple[Situation, list[Cause]]] = {
    "nothing": (actif(), []),
    "closed": (Situation(Compte.CLOS, True, clos_at=HIER), [Cause.COMPTE_CLOS]),
    "suspended": (
        Situation(Compte.SUSPENDU, True, attente_jusqu_a=DEMAIN),
        [Cause.COMPTE_SUSPENDU],
    ),
    "nothing sent": (
        Situation(Compte.PREPARE, False),
        [Cause.JAMAIS_CONNECTEE, Cause.RIEN_ENVOYE],
    ),
    "letters to print": (
        attendue(a_imprimer_depuis=HIER),
        [Cause.JAMAIS_CONNECTEE, Cause.COURRIER_A_IMPRIMER],
    ),
    "a letter came back": (
        attendue(revenu_at=HIER),
        [Cause.JAMAIS_CONNECTEE, Cause.COURRIER_REVENU],
    ),
    "letters in the post": (
        attendue(imprime_at=HIER, expire_at=DEMAIN),
        [Cause.JAMAIS_CONNECTEE, Cause.COURRIER_EN_ROUTE, Cause.PROVISOIRE_VALABLE],
    ),
    "letters long ago, expired": (
        attendue(imprime_at=LETTRE_ANCIENNE, expire_at=NOW),
        [Cause.JAMAIS_CONNECTEE, Cause.COURRIER_ANCIEN, Cause.PROVISOIRE_EXPIRE],
    ),
    "first connection begun": (
        Situation(Compte.ACTIVATION, False, envois=Envois(expire_at=DEMAIN)),
        [Cause.PROVISOIRE_VALABLE, Cause.PREMIERE_CONNEXION_INACHEVEE],
    ),
    "first connection begun, password chosen": (
        Situation(Compte.ACTIVATION, True),
        [Cause.PREMIERE_CONNEXION_INACHEVEE],
    ),
    "waiting": (
        actif(attente_jusqu_a=DEMAIN, essais=Essais(dernier_manque=(HIER, EssaiManque.INCORRECT))),
        [Cause.ATTENTE, Cause.MOT_DE_PASSE_FAUX],
    ),
    "waited": (actif(attente_jusqu_a=NOW), []),
    "a try during the wait": (
        actif(essais=Essais(dernier_manque=(HIER, EssaiManque.THROTTLED))),
        [],
    ),
    "old letter typed": (
        actif(essais=Essais(dernier_manque=(HIER, EssaiManque.SECRET_EXPIRED))),
        [Cause.PROVISOIRE_PERIME_SAISI],
    ),
    "used letter typed": (
        actif(essais=Essais(dernier_manque=(HIER, EssaiManque.SECRET_USED))),
        [Cause.PROVISOIRE_DEJA_SERVI],
    ),
    "password to change": (
        actif(mot_de_passe_a_changer=True),
        [Cause.MOT_DE_PASSE_A_CHANGER],
    ),
    "stopped at the factor, with codes": (
        actif(
            facteurs=Facteurs(inscrit=True, codes_de_secours=3),
            essais=Essais(arretee_a=Awaiting.SECOND_FACTOR),
        ),
        [Cause.FACTEUR_NON_MONTRE],
    ),
    "lost factor": (
        actif(
            facteurs=Facteurs(inscrit=True, retrait_demande_at=HIER, attente_jusqu_a=DEMAIN),
            essais=Essais(arretee_a=Awaiting.SECOND_FACTOR),
        ),
        [Cause.ATTENTE_DU_FACTEUR, Cause.FACTEUR_PERDU, Cause.RETRAIT_DE_FACTEUR_DEMANDE],
    ),
    "factor owed": (actif(facteurs=Facteurs(exige=True)), [Cause.FACTEUR_A_AJOUTER]),
    "factor had": (actif(facteurs=Facteurs(exige=True, inscrit=True)), []),
    "texts": (actif(textes_a_accepter=True), [Cause.TEXTES_A_ACCEPTER]),
    "mail refused": (
        actif(mail=Mail("a@exemple.fr", confirmee=True, refusee_at=HIER)),
        [Cause.MAIL_REFUSE],
    ),
    "mail not proven": (actif(mail=Mail("a@exemple.fr")), [Cause.MAIL_NON_CONFIRME]),
    "no mail": (actif(mail=Mail()), [Cause.SANS_MAIL]),
    "network": (
        actif(essais=Essais(reseau_en_pause_jusqu_a=DEMAIN)),
        [Cause.RESEAU_EN_PAUSE],
    ),
    "cookies": (
        actif(essais=Essais(sessions_jamais_revues=policy.SESSIONS_PERDUES)),
        [Cause.TEMOINS_REFUSES],
    ),
}


@pytest.mark.parametrize(("situation", "causes"), CASES.values(), ids=CASES.keys())
def test_every_reason_in_order(situation: Situation, causes: list[Cause]) -> None:
    assert [constat.cause for constat in policy.constats(situation, NOW)] == causes


def test_every_cause_is_reached() -> None:
    assert {cause for _situation, causes in CASES.values() for cause in causes} == set(Cause)


@pytest.mark.parametrize("cause", Cause)
@pytest.mark.parametrize("at", [None, NOW])
def test_every_cause_has_its_words(cause: Cause, at: datetime | None) -> None:
    parole = paroles.parole(Constat(cause, at))

    assert parole.constat.endswith((".", "re."))
    assert "{" not in parole.constat + parole.dire
    assert "  " not in parole.constat + parole.dire
    assert "'" not in parole.constat + parole.dire


@pytest.mark.parametrize("refus", Refus)
def test_every_refusal_of_a_service_has_its_words(refus: Refus) -> None:
    parole = paroles.parole_du_refus(refus, "Offre Bailleurs")

    assert parole.dire.startswith("Dites-lui")
    assert "otre" not in parole.constat


def test_an_instant_is_told_in_paris() -> None:
    parole = paroles.parole(Constat(Cause.ATTENTE, NOW))

    assert "jusqu’à 10:30" in parole.constat


@pytest.mark.parametrize(
    ("situation", "gestes"),
    [
        (actif(), {Geste.COURRIEL}),
        (actif(mail=Mail("a@exemple.fr")), set()),
        (attendue(), {Geste.COURRIER}),
        (
            Situation(Compte.EN_ATTENTE, False, mail=Mail("a@exemple.fr")),
            {Geste.COURRIEL, Geste.COURRIER},
        ),
        (actif(attente_jusqu_a=DEMAIN), {Geste.COURRIEL, Geste.LEVER_L_ATTENTE}),
        (
            actif(facteurs=Facteurs(attente_jusqu_a=DEMAIN)),
            {Geste.COURRIEL, Geste.LEVER_L_ATTENTE},
        ),
        (actif(facteurs=Facteurs(inscrit=True)), {Geste.COURRIEL, Geste.MOYEN_PERDU}),
        (Situation(Compte.CLOS, True, facteurs=Facteurs(inscrit=True)), set()),
        (Situation(Compte.SUSPENDU, True, attente_jusqu_a=DEMAIN, mail=ACTIVE), set()),
        (Situation(Compte.CLOS, True, mail=ACTIVE), set()),
    ],
)
def test_what_an_agent_may_do(situation: Situation, gestes: set[Geste]) -> None:
    assert set(policy.gestes(situation, NOW)) == gestes
