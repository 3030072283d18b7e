"""Decisions about people, pure: values in, a named outcome out.

ANSSI: « Recommandations relatives à l’authentification multifacteur et aux mots de passe », v2.0 (2021).
CNIL, délibération 2022-100: https://www.legifrance.gouv.fr/jorf/id/JORFTEXT000046432885
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class SecretState(StrEnum):
    """What became of a provisional password that was typed right."""

    LIVE = "live"
    EXPIRED = "expired"
    USED = "used"


class Verdict(StrEnum):
    """What a typed password is worth."""

    PASSWORD = "password"  # noqa: S105 - the name of an outcome
    PROVISIONAL = "provisional"
    RESET = "reset"
    EXPIRED = "expired"
    USED = "used"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What was found of a typed password; ``open`` when the account may sign in at all."""

    open: bool
    password_set: bool
    password_right: bool
    secret: SecretState | None
    asked: bool = False
    """Whether the secret answers « Mot de passe oublié », and stands beside the personal password."""


def verdict(found: Credentials) -> Verdict:
    """Only who knows the right provisional password learns that it is expired or used.

    A personal password, once chosen, shuts out every provisional one but those asked for since.
    """
    if not found.open:
        return Verdict.WRONG
    if found.password_right:
        return Verdict.PASSWORD
    if found.secret is None:
        return Verdict.WRONG
    if found.secret is SecretState.USED or (found.password_set and not found.asked):
        return Verdict.USED
    if found.asked and found.secret is SecretState.LIVE:
        return Verdict.RESET
    return Verdict.EXPIRED if found.secret is SecretState.EXPIRED else Verdict.PROVISIONAL


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
    """Failures in a row, and the instant until which no attempt is answered (``login.py`` asks the row)."""

    failures: int
    blocked_until: datetime | None


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


BURST_FAILURES = 200
BURST_NAMES = 50


@dataclass(frozen=True, slots=True)
class SignIns:
    """The sign-ins of the whole site for some minutes; ``accounts`` are those that failed, each counted once."""

    failures: int
    successes: int
    accounts: int
    unknown: int
    """Failures that named nobody."""


def is_credential_stuffing(seen: SignIns) -> bool:
    """Many failures, on many names, more than successes: a busy morning of July succeeds more than it fails."""
    return (
        seen.failures >= BURST_FAILURES
        and seen.accounts + seen.unknown >= BURST_NAMES
        and seen.failures > seen.successes
    )


PASSWORD_MIN_CHARS = 12
PASSWORD_MIN_CHARS_OF_WHO_GIVES_ACCESS = 14
PASSWORD_MAX_CHARS = 128
PASSWORD_MIN_CLASSES = 3
PASSPHRASE_MIN_CHARS = 20
PASSWORD_MIN_SCORE = 3


class PasswordRefusal(StrEnum):
    """Why a new password is not accepted."""

    TOO_SHORT = "too_short"
    TOO_SHORT_TO_GIVE_ACCESS = "too_short_to_give_access"
    TOO_LONG = "too_long"
    UNPRINTABLE = "unprintable"
    TOO_FEW_CLASSES = "too_few_classes"
    OWN_WORDS = "own_words"
    GUESSABLE = "guessable"
    PROVISIONAL = "provisional"


def password_shape_refusal(
    password: str, *, too_long: bool = False, gives_access: bool = False
) -> PasswordRefusal | None:
    """What length and characters say: 12 to 128, three classes of four, or 20 and more of any (ANSSI).

    Who gives access to others (administrateurs, responsables, agents) is asked for 14.
    """
    if too_long or len(password) > PASSWORD_MAX_CHARS:
        return PasswordRefusal.TOO_LONG
    # The whole truth at once: told « 12 », a future administrateur would come back with 12, to be told « 14 ».
    if gives_access and len(password) < PASSWORD_MIN_CHARS_OF_WHO_GIVES_ACCESS:
        return PasswordRefusal.TOO_SHORT_TO_GIVE_ACCESS
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


# What people type most on a French keyboard; zxcvbn knows the English ones.
COMMON_PASSWORDS = (
    "azertyuiop", "azerty", "qsdfghjklm", "qsdfgh", "wxcvbn", "motdepasse", "mdp", "123456", "bonjour", "soleil",
    "doudou", "loulou", "chouchou", "jetaime", "marseille", "france", "paris", "bretagne", "bienvenue", "secret",
)  # fmt: skip
WORD_MIN_CHARS = 3
_PARTS = re.compile(r"[^\W_]+")
BESIDE_WORDS_MIN_CHARS = 8


def password_words_refusal(password: str, own_words: Iterable[str]) -> PasswordRefusal | None:
    """What is left without the person's own words, then without common ones, must still be hard to guess.

    Words may appear in a longer password: only eight letters or digits besides them are asked for.
    """
    left = _without(_folded(password), own_words)
    if len(left) < BESIDE_WORDS_MIN_CHARS:
        return PasswordRefusal.OWN_WORDS
    if len(_without(left, COMMON_PASSWORDS)) < BESIDE_WORDS_MIN_CHARS:
        return PasswordRefusal.GUESSABLE
    return None


def _without(text: str, words: Iterable[str]) -> str:
    # « claire-martin » and « SAINT-MALO HABITAT » are told with their parts.
    folded = {_folded(part) for word in words for part in (word, *_PARTS.findall(word))}
    for word in sorted(folded, key=len, reverse=True):
        if len(word) >= WORD_MIN_CHARS:
            text = text.replace(word, "")
    return text


def _folded(text: str) -> str:
    # Letters and digits alone, without accents nor case: « Éoliennes-1 » holds « eoliennes ».
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKD", text).casefold()))


def password_strength_refusal(score: int) -> PasswordRefusal | None:
    """What zxcvbn says (0 to 4; 3 resists 10^8 guesses, beyond any throttled attack)."""
    return None if score >= PASSWORD_MIN_SCORE else PasswordRefusal.GUESSABLE
