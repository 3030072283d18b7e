"""Tables of the pure decisions about people."""

from datetime import UTC, datetime, timedelta

import pytest

from idp.accounts import policy
from idp.accounts.policy import (
    ActivationFacts,
    ActivationStep,
    Credentials,
    PasswordRefusal,
    SecretState,
    Throttle,
    Verdict,
)

NOW = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("done", "step"),
    [
        ("", ActivationStep.INFORMATIONS),
        ("i", ActivationStep.COURRIEL),
        ("ie", ActivationStep.MOT_DE_PASSE),
        ("iep", ActivationStep.REGLES_USAGE),
        ("iepr", ActivationStep.CONDITIONS_UTILISATION),
        ("ieprc", ActivationStep.TERMINER),
        ("e", ActivationStep.INFORMATIONS),
        ("iprc", ActivationStep.COURRIEL),
        ("iepc", ActivationStep.REGLES_USAGE),
    ],
)
def test_first_connection_goes_to_the_first_step_not_done(done: str, step: ActivationStep) -> None:
    facts = ActivationFacts(
        informed="i" in done,
        email_verified="e" in done,
        password_set="p" in done,
        regles_accepted="r" in done,
        conditions_accepted="c" in done,
    )

    assert policy.next_activation_step(facts) is step


@pytest.mark.parametrize(
    ("opened", "password_set", "password_right", "secret", "verdict"),
    [
        (True, True, True, None, Verdict.PASSWORD),
        (True, True, False, None, Verdict.WRONG),
        (True, False, False, None, Verdict.WRONG),
        (True, False, False, SecretState.LIVE, Verdict.PROVISIONAL),
        (True, False, False, SecretState.EXPIRED, Verdict.EXPIRED),
        (True, True, False, SecretState.USED, Verdict.USED),
        (True, True, False, SecretState.LIVE, Verdict.USED),
        (True, True, False, SecretState.EXPIRED, Verdict.USED),
        (False, True, True, None, Verdict.WRONG),
        (False, False, False, SecretState.LIVE, Verdict.WRONG),
        (False, False, False, SecretState.EXPIRED, Verdict.WRONG),
    ],
)
def test_verdict(
    opened: bool,
    password_set: bool,
    password_right: bool,
    secret: SecretState | None,
    verdict: Verdict,
) -> None:
    found = Credentials(
        open=opened, password_set=password_set, password_right=password_right, secret=secret
    )

    assert policy.verdict(found) is verdict


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(0, 0), (3, 0), (4, 60), (5, 120), (6, 240), (9, 1920), (10, 3840), (11, 7200), (500, 7200)],
)
def test_delay_after_one_more_failure(failures: int, seconds: int) -> None:
    after = policy.throttle_after_failure(Throttle(failures, NOW), NOW)

    assert after == Throttle(failures + 1, NOW + timedelta(seconds=seconds))


def test_at_most_25_failures_in_any_24_hours() -> None:
    """CNIL, délibération 2022-100: an attacker who never rests is answered 25 times a day at most."""
    throttle, at, answered = Throttle(0, None), NOW, []
    while at < NOW + timedelta(days=7):
        answered.append(at)
        throttle = policy.throttle_after_failure(throttle, at)
        at = max(at, throttle.blocked_until or at)

    day = timedelta(days=1)
    busiest = max(sum(start <= at < start + day for at in answered) for start in answered)
    assert busiest == 22


def test_a_day_without_failure_forgets_the_earlier_ones() -> None:
    before = Throttle(40, NOW)

    assert policy.throttle_after_failure(before, NOW + timedelta(hours=24)).failures == 1
    assert policy.throttle_after_failure(before, NOW + timedelta(hours=23)).failures == 41


@pytest.mark.parametrize(
    ("password", "refusal"),
    [
        ("Aa1!aaaaaaa", PasswordRefusal.TOO_SHORT),
        ("Aa1!aaaaaaaa", None),
        ("Aa1" + "a" * 125, None),
        ("Aa1" + "a" * 126, PasswordRefusal.TOO_LONG),
        ("aaaaaaaaaaa1", PasswordRefusal.TOO_FEW_CLASSES),
        ("a" * 19, PasswordRefusal.TOO_FEW_CLASSES),
        ("a" * 20, None),
        ("Aaaaaaaaaa 1", None),
        ("Aaaaaaaaa\x001!", PasswordRefusal.UNPRINTABLE),
    ],
)
def test_password_shape(password: str, refusal: PasswordRefusal | None) -> None:
    assert policy.password_shape_refusal(password) is refusal


@pytest.mark.parametrize(
    ("password", "refusal"),
    [
        ("Aa1!aaaaaaa", PasswordRefusal.TOO_SHORT_TO_GIVE_ACCESS),
        ("Aa1!aaaaaaaaa", PasswordRefusal.TOO_SHORT_TO_GIVE_ACCESS),
        ("Aa1!aaaaaaaaaa", None),
    ],
)
def test_who_gives_access_has_a_longer_password(
    password: str, refusal: PasswordRefusal | None
) -> None:
    """ANSSI: more is asked of administrators."""
    assert policy.password_shape_refusal(password, gives_access=True) is refusal


@pytest.mark.parametrize(
    ("password", "refusal"),
    [
        ("LesOliviers-1", PasswordRefusal.OWN_WORDS),
        ("Éléonore.Petit 1", PasswordRefusal.OWN_WORDS),
        ("Saint_Malo-2026", PasswordRefusal.OWN_WORDS),
        ("359-00007090001 a", PasswordRefusal.OWN_WORDS),
        ("P-7K3M-9XTR-4 Caf", PasswordRefusal.OWN_WORDS),
        ("Eleonore vend sept cerises", None),
        ("Azerty123456!", PasswordRefusal.GUESSABLE),
        ("Bonjour2026!!", PasswordRefusal.GUESSABLE),
        ("Bonjour les sept cerises", None),
    ],
)
def test_words_that_make_a_poor_password(password: str, refusal: PasswordRefusal | None) -> None:
    own = (
        *("LES OLIVIERS", "SAINT-MALO HABITAT", "Éléonore", "Petit", "eleonore.petit", "caf"),
        *("35900007090001", "P7K3M9XTR4"),
    )

    assert policy.password_words_refusal(password, own) is refusal


@pytest.mark.parametrize(
    ("score", "refusal"),
    [(0, PasswordRefusal.GUESSABLE), (2, PasswordRefusal.GUESSABLE), (3, None), (4, None)],
)
def test_password_strength(score: int, refusal: PasswordRefusal | None) -> None:
    assert policy.password_strength_refusal(score) is refusal
