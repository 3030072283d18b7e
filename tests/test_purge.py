"""The purge with every capability plugged in: nothing is left anywhere, and a dry run changes nothing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from factories import (
    a_contrat,
    a_groupe,
    a_rattachement,
    an_account,
    an_habilitation,
    an_organisme,
    signed_in,
)
from flask import Flask
from flask.testing import FlaskClient
from flows import a_bailleur, code_for

from idp import clock, worker
from idp.accounts import challenges
from idp.accounts.factors.models import FactorRemoval, Passkey, RecoveryCode, Totp, TrustedBrowser
from idp.accounts.models import Account, BrowserSession
from idp.audit import JournalEntry
from idp.db import db
from idp.habilitations import oubli
from idp.habilitations.models import Habilitation, Rattachement, Role
from idp.oidc.models import Consent, Grant

SECRETS_OF = ("Isaline", "Trouvebien", "isaline.trouvebien@exemple.fr", "+33612345678", "Netscape")
YEARS_3 = timedelta(days=3 * 366)


def everything(client: FlaskClient) -> Account:
    """Somebody who used all that there is, and has been idle for long."""
    now = datetime.now(UTC)
    bailleur = a_bailleur()
    account = bailleur.account
    account.given_name, account.family_name, account.email, account.phone, _ = SECRETS_OF
    signed_in(client, account, bailleur.rattachement)
    code_for(client)
    session = db.session.scalars(sa.select(BrowserSession)).one()
    session.device, session.address = "Netscape", "192.0.2.77"
    challenges.issue_email_code(account.id, account.email, now)
    times = {"created_at": now}
    db.session.add_all(
        [
            Totp(account_id=account.id, sealed_seed=b"seed", label="Isaline", **times),
            Passkey(
                account_id=account.id,
                credential_id=b"id",
                public_key=b"key",
                sign_count=0,
                transports=[],
                synced=False,
                label="Isaline",
                **times,
            ),
            RecoveryCode(account_id=account.id, digest="d", **times),
            TrustedBrowser(
                account_id=account.id, digest="d", device="Netscape", expires_at=now, **times
            ),
            FactorRemoval(
                account_id=account.id,
                motif="Isaline a perdu son téléphone",
                asked_by=account.id,
                asked_at=now,
                expires_at=now,
            ),
            Consent(account_id=account.id, client_id="c", scope="email", granted_at=now),
        ]
    )
    # The mail of the code has left: what is to be sent is sealed, and gone within 72 hours.
    worker.drain()
    account.last_login_at = now - timedelta(days=1200)
    account.idle_warned_at = now - timedelta(days=62)
    db.session.commit()
    return account


def rows_of(engine: Any) -> dict[str, list[str]]:
    """Every row of every table, as text."""
    with engine.connect() as connection:
        return {
            table.name: sorted(str(tuple(row)) for row in connection.execute(sa.select(table)))
            for table in db.metadata.sorted_tables
        }


def test_nothing_is_left_anywhere_of_an_anonymous_person(client: FlaskClient) -> None:
    account = everything(client)
    named = (*SECRETS_OF, account.identifiant, "192.0.2.77")
    before = [row for rows in rows_of(db.engine).values() for row in rows]
    assert len([row for row in before if any(name in row for name in named)]) > 5

    worker.do_chores(datetime.now(UTC))

    left = [
        (table, name)
        for table, rows in rows_of(db.engine).items()
        for name in named
        if any(name.lower() in row.lower() for row in rows)
    ]
    assert left == []
    for table in (Grant, Consent, BrowserSession, Totp, Passkey):
        assert db.session.scalar(sa.select(sa.func.count()).select_from(table)) == 0


def test_rights_of_an_anonymous_person_are_kept_three_years(client: FlaskClient) -> None:
    everything(client)
    now = datetime.now(UTC)
    worker.do_chores(now)
    kept = db.session.scalar(sa.select(sa.func.count()).select_from(Rattachement))

    worker.do_chores(now + YEARS_3 - timedelta(days=10))
    still = db.session.scalar(sa.select(sa.func.count()).select_from(Rattachement))
    worker.do_chores(now + YEARS_3)

    assert kept == still == 1
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Rattachement)) == 0
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Habilitation)) == 0


def test_anonymous_person_is_no_longer_among_my_utilisateurs(client: FlaskClient) -> None:
    organisme = an_organisme()
    chef = an_account(last_login_at=datetime.now(UTC))
    place = a_rattachement(chef, organisme, role=Role.ADMINISTRATEUR)
    gone = an_account(
        family_name="Partie", email="partie@exemple.fr", anonymised_at=datetime.now(UTC)
    )
    a_rattachement(gone, organisme)
    signed_in(client, chef, place)

    page = client.get("/habilitations/utilisateurs").text

    assert "Partie" not in page
    assert "1 utilisateur" in page


def only_administrateur(idle_since: datetime) -> tuple[Account, Rattachement]:
    """Who alone administers an organisme."""
    organisme = an_organisme()
    account = an_account(last_login_at=idle_since)
    place = a_rattachement(account, organisme, role=Role.ADMINISTRATEUR)
    an_habilitation(place, a_groupe(a_contrat(organisme)))
    db.session.commit()
    return account, place


def seen_by_the_caf() -> list[Any]:
    """The organismes whose only administrateur is idle."""
    return list(
        db.session.scalars(
            sa.select(JournalEntry.organisme_id).where(
                JournalEntry.event == "seul_administrateur_inactif"
            )
        )
    )


def test_caf_sees_an_organisme_whose_only_administrateur_is_idle(app: Flask) -> None:
    now = datetime.now(UTC)
    _account, place = only_administrateur(now - timedelta(days=800))

    worker.do_chores(now)

    assert seen_by_the_caf() == [place.organisme_id]


def test_caf_is_told_nothing_when_another_administers(app: Flask) -> None:
    now = datetime.now(UTC)
    _account, place = only_administrateur(now - timedelta(days=800))
    other = an_account(last_login_at=now)
    db.session.add(
        Rattachement(
            account_id=other.id,
            organisme_id=place.organisme_id,
            role=Role.ADMINISTRATEUR,
            ouverture=clock.today(now),
            created_at=now,
        )
    )
    db.session.commit()

    worker.do_chores(now)

    assert seen_by_the_caf() == []
    assert oubli.a_oublier(now) == 0
