"""What several browsers do at the same instant: real threads, each with its own connection."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import Any
from uuid import UUID

from accounts.conftest import NoOrganisme
from factories import PASSWORD, a_new_account, an_account, an_application
from flask import Flask
from sent_mails import code_sent_to, waiting_mails

from idp.accounts import challenges, email_change, login, onboarding, password_change, textes
from idp.accounts.challenges import CodeDrawn, CodeOutcome
from idp.accounts.factors import recovery_codes, verification
from idp.accounts.factors.verification import FactorKind, FactorRefusal
from idp.accounts.login import Attempt, Refused, SignInRefusal
from idp.accounts.models import AccountState, Texte
from idp.accounts.sessions import NO_BROWSER
from idp.db import db, transaction

NOW = datetime.now(UTC)
AT_ONCE = 6


def at_once(app: Flask, act: Callable[[], Any]) -> list[Any]:
    """The outcomes of ``act``, run by several threads that start together."""
    db.session.commit()
    start = Barrier(AT_ONCE)

    def run(_rank: int) -> Any:
        with app.app_context():
            start.wait()
            with transaction():
                outcome = act()
            db.session.remove()
            return outcome

    with ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = list(pool.map(run, range(AT_ONCE)))
    db.session.expire_all()
    return outcomes


def test_guesses_in_parallel_are_all_counted_or_not_answered(app: Flask) -> None:
    account = an_account()
    identifiant = account.identifiant

    outcomes = at_once(app, lambda: login.sign_in(Attempt(identifiant, "wrong"), NOW))

    told = Counter(outcome.reason for outcome in outcomes if isinstance(outcome, Refused))
    assert sum(told.values()) == AT_ONCE
    assert account.failures == told[SignInRefusal.INCORRECT]


def test_parallel_guesses_past_the_limit_are_not_answered(app: Flask) -> None:
    account = an_account(failures=4, blocked_until=NOW)
    identifiant = account.identifiant

    outcomes = at_once(app, lambda: login.sign_in(Attempt(identifiant, "wrong"), NOW))

    answered = [outcome for outcome in outcomes if outcome == Refused(SignInRefusal.INCORRECT)]
    assert len(answered) == 1
    assert account.failures == 5


def test_code_typed_twice_at_once_proves_once(app: Flask) -> None:
    account_id, address = an_account().id, "claire@exemple.fr"
    drawn = challenges.issue_email_code(account_id, address, NOW)
    assert isinstance(drawn, CodeDrawn)

    outcomes = at_once(
        app, lambda: challenges.claim_email_code(account_id, address, drawn.code, NOW)
    )

    assert Counter(outcomes)[CodeOutcome.PROVEN] == 1


def test_several_browsers_that_finish_together_make_one_person_active(
    app: Flask, organismes: NoOrganisme
) -> None:
    account_id = _one_box_away()

    at_once(app, lambda: _finish(account_id))

    assert organismes.done == [account_id]
    assert len(textes.accepted_by(account_id)) == len(Texte)


def _one_box_away() -> UUID:
    account, _secret = a_new_account(
        state=AccountState.ACTIVATION, email="a@exemple.fr", email_verified_at=NOW, informed_at=NOW
    )
    account.password_hash = an_account(password=PASSWORD).password_hash
    textes.accept(account.id, Texte.REGLES_USAGE, NOW)
    return account.id


def _finish(account_id: UUID) -> None:
    account = onboarding.the_account(account_id)
    onboarding.accept(account, Texte.CONDITIONS_UTILISATION, NOW)
    onboarding.complete(account, browser=NO_BROWSER, now=NOW)


def test_one_of_parallel_tries_uses_a_recovery_code(app: Flask) -> None:
    account_id = an_account().id
    code, *_ = recovery_codes.draw(account_id, NOW)

    outcomes = at_once(app, lambda: verification.verify(account_id, code, NOW))

    assert Counter(outcomes)[FactorKind.RECOVERY_CODE] == 1
    assert recovery_codes.left(account_id) == 9


def test_one_of_parallel_tries_uses_a_code_of_an_application(app: Flask) -> None:
    """RFC 6238 §5.2."""
    account = an_account()
    now = datetime.now(UTC)
    account_id, code = account.id, an_application(account).at(now)

    outcomes = at_once(app, lambda: verification.verify(account_id, code, now))

    assert Counter(outcomes)[FactorKind.TOTP] == 1


def test_parallel_guesses_of_a_code_are_all_counted_or_not_answered(app: Flask) -> None:
    account = an_account()
    account_id = account.id
    an_application(account)

    outcomes = at_once(app, lambda: verification.verify(account_id, "000000", NOW))

    assert account.factor_failures == Counter(outcomes)[FactorRefusal.INCORRECT]


def test_a_new_address_proven_by_two_browsers_at_once_is_told_once(app: Flask) -> None:
    account_id, address = an_account().id, "claire@nouveau.example.fr"
    email_change.ask(onboarding.the_account(account_id), address, NOW)
    code = code_sent_to(address).replace(" ", "")

    outcomes = at_once(
        app, lambda: email_change.prove(onboarding.the_account(account_id), code, NOW)
    )

    assert Counter(outcomes)[CodeOutcome.PROVEN] == 1
    assert len([mail for mail in waiting_mails() if "a été changée" in mail["subject"]]) == 1


def test_guesses_of_the_current_password_in_parallel_are_all_counted_or_not_answered(
    app: Flask,
) -> None:
    account = an_account(failures=4, blocked_until=NOW)
    account_id = account.id

    outcomes = at_once(
        app,
        lambda: password_change.knows_current(onboarding.the_account(account_id), "wrong", NOW),
    )

    assert outcomes == [False] * AT_ONCE
    assert account.failures == 5
