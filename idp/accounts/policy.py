"""Decisions about people, pure: values in, a named outcome out.

ANSSI: « Recommandations relatives à l’authentification multifacteur et aux mots de passe », v2.0 (2021).
CNIL, délibération 2022-100: https://www.legifrance.gouv.fr/jorf/id/JORFTEXT000046432885
"""

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class LoginStep(StrEnum):
    """Where a person goes once signed in."""

    FIRST_CONNECTION = "first_connection"
    ENTER = "enter"


def next_login_step(*, active: bool) -> LoginStep:
    """Only an active account enters; the others finish their first connection."""
    return LoginStep.ENTER if active else LoginStep.FIRST_CONNECTION


class ActivationStep(StrEnum):
    """The steps of the first connection (guide, page 1: 2 to 5; proving the address belongs to 2)."""

    INFORMATIONS = "informations"
    COURRIEL = "courriel"
    MOT_DE_PASSE = "mot_de_passe"
    REGLES_USAGE = "regles_usage"
    CONDITIONS_UTILISATION = "conditions_utilisation"
    TERMINER = "terminer"


@dataclass(frozen=True, slots=True)
class ActivationFacts:
    """What a person has done of their first connection; texts count at their current version only."""

    informed: bool
    email_verified: bool
    password_set: bool
    regles_accepted: bool
    conditions_accepted: bool


def next_activation_step(facts: ActivationFacts) -> ActivationStep:
    """The first step not done, in the order of the guide."""
    order = (
        (facts.informed, ActivationStep.INFORMATIONS),
        (facts.email_verified, ActivationStep.COURRIEL),
        (facts.password_set, ActivationStep.MOT_DE_PASSE),
        (facts.regles_accepted, ActivationStep.REGLES_USAGE),
        (facts.conditions_accepted, ActivationStep.CONDITIONS_UTILISATION),
    )
    return next((step for done, step in order if not done), ActivationStep.TERMINER)


FREE_FAILURES = 4
FIRST_DELAY = timedelta(seconds=60)
LONGEST_DELAY = timedelta(hours=2)
FORGOTTEN_AFTER = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Throttle:
    """Failures in a row, and the instant until which no attempt is answered."""

    failures: int
    blocked_until: datetime | None

    def blocks(self, now: datetime) -> bool:
        """Whether an attempt must be refused whatever was typed."""
        return self.blocked_until is not None and now < self.blocked_until


def throttle_after_failure(before: Throttle, now: datetime) -> Throttle:
    """The fifth failure in a row costs 60 s, each further one twice as much, up to two hours.

    CNIL: a delay of at least one minute after five failures, growing, and at most 25 attempts in 24 hours.
    A ceiling of one hour would let 33 through on the first day, two hours lets 22 (``test_policy.py``
    counts them). The account is never blocked for good: an outsider who knows an identifiant may slow its
    owner down, not shut them out. A day without failure forgets the earlier ones.
    """
    quiet = before.blocked_until is not None and now - before.blocked_until >= FORGOTTEN_AFTER
    failures = 1 if quiet else before.failures + 1
    if failures <= FREE_FAILURES:
        return Throttle(failures, now)
    doublings = min(failures - FREE_FAILURES - 1, 16)
    return Throttle(failures, now + min(FIRST_DELAY * (1 << doublings), LONGEST_DELAY))


PASSWORD_MIN_CHARS = 12
PASSWORD_MAX_CHARS = 128
PASSWORD_MIN_CLASSES = 3
PASSPHRASE_MIN_CHARS = 20
PASSWORD_MIN_SCORE = 3


class PasswordRefusal(StrEnum):
    """Why a new password is not accepted."""

    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    UNPRINTABLE = "unprintable"
    TOO_FEW_CLASSES = "too_few_classes"
    OWN_WORDS = "own_words"
    GUESSABLE = "guessable"
    PROVISIONAL = "provisional"


def password_shape_refusal(password: str, *, too_long: bool = False) -> PasswordRefusal | None:
    """What length and characters say: 12 to 128, three classes of four, or 20 and more of any (ANSSI)."""
    if too_long or len(password) > PASSWORD_MAX_CHARS:
        return PasswordRefusal.TOO_LONG
    if len(password) < PASSWORD_MIN_CHARS:
        return PasswordRefusal.TOO_SHORT
    if any(unicodedata.category(character)[0] == "C" for character in password):
        return PasswordRefusal.UNPRINTABLE
    classes = len({_class_of(character) for character in password})
    if classes < PASSWORD_MIN_CLASSES and len(password) < PASSPHRASE_MIN_CHARS:
        return PasswordRefusal.TOO_FEW_CLASSES
    return None


def _class_of(character: str) -> str:
    if character.islower():
        return "lower"
    if character.isupper():
        return "upper"
    return "digit" if character.isdecimal() else "other"


def password_strength_refusal(score: int, *, own_word_found: bool) -> PasswordRefusal | None:
    """What zxcvbn says (0 to 4; 3 resists 10^8 guesses, beyond any throttled attack)."""
    if score >= PASSWORD_MIN_SCORE:
        return None
    return PasswordRefusal.OWN_WORDS if own_word_found else PasswordRefusal.GUESSABLE
