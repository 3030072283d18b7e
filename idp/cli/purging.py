"""``idp purge``: what is too old to be kept; the worker does the same every hour."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

import click

from idp import clock, journal_retention
from idp.accounts import retention, retention_policy
from idp.accounts.retention_policy import Due
from idp.calendar_months import add_months
from idp.cli.application import application
from idp.habilitations import oubli
from idp.worker import Chore, repeat

UNTIL_DONE = 1_000_000


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table: its words, what does it, how many are due, and the day of the next."""

    words: str
    chore: Chore
    due: int
    next_on: date | None
    people: Callable[[], list[str]] = list


@click.command("purge")
@click.option("--essai", is_flag=True, help="Dire ce qui partirait, sans rien changer.")
@click.option("--detail", is_flag=True, help="Avec --essai : les identifiants des personnes.")
def purge(*, essai: bool, detail: bool) -> None:
    """Prévenir, anonymiser et effacer ce qui a passé sa durée de conservation (docs/retention.md)."""
    if detail and not essai:
        raise click.UsageError("--detail va avec --essai.")
    with application():
        now = clock.now()
        rules = _rules(now)
        if essai:
            _show(rules, detail=detail)
            return
        for rule in rules:
            done = _do(rule, now)
            click.echo(f"{rule.words} : {done}")


def _do(rule: Rule, now: datetime) -> int:
    with click.progressbar(length=rule.due, label=rule.words) as bar:

        def step(at: datetime) -> int:
            done = rule.chore(at) or 0
            bar.update(done)
            return done

        return repeat(step, now, rounds=UNTIL_DONE)


def _rules(now: datetime) -> list[Rule]:
    months = retention_policy
    closed = retention.forecast_closed(now)
    return [
        _idle("Prévenus à 24 mois", Due.FIRST_WARNING, months.FIRST_WARNING_MONTHS, now),
        _idle("Prévenus à 35 mois", Due.LAST_WARNING, months.LAST_WARNING_MONTHS, now),
        _idle("Inactifs anonymisés", Due.ANONYMISATION, months.IDLE_MONTHS, now),
        Rule(
            "Clos anonymisés",
            retention.anonymise_closed,
            closed.due,
            _on(closed.next_since, months.CLOSED_MONTHS),
            lambda: list(retention.identifiants(retention.is_closed_for_long(now))),
        ),
        Rule(
            "Droits d’anonymes supprimés",
            oubli.oublier,
            oubli.a_oublier(now),
            _on(oubli.prochain_depuis(now), months.HISTORY_MONTHS),
        ),
        Rule(
            "Lignes du journal effacées",
            journal_retention.forget,
            journal_retention.to_erase(now),
            _on(journal_retention.next_erasure(now), 0),
        ),
    ]


def _idle(words: str, due: Due, months: int, now: datetime) -> Rule:
    found = retention.forecast(due, now)
    chore = retention.anonymise_idle if due is Due.ANONYMISATION else _warner(due)
    return Rule(
        words,
        chore,
        found.due,
        _on(found.next_since, months),
        lambda: list(retention.identifiants(retention.is_due(due, now))),
    )


def _warner(due: Due) -> Chore:
    return lambda now: retention.warn(due, now)


def _on(since: datetime | None, months: int) -> date | None:
    return add_months(clock.today(since), months) if since else None


def _show(rules: list[Rule], *, detail: bool) -> None:
    width = max(len(rule.words) for rule in rules)
    click.echo(f"{'Règle':<{width}}  {'À ce jour':>9}  Prochain")
    for rule in rules:
        next_on = f"{rule.next_on:%d/%m/%Y}" if rule.next_on else "-"
        click.echo(f"{rule.words:<{width}}  {rule.due:>9}  {next_on}")
        for identifiant in rule.people() if detail else ():
            click.echo(f"  {identifiant}")
    click.echo("Essai : rien n’a changé.")
