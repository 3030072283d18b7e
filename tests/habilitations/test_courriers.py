"""Two letters in two batches: what each carries, and what is kept of it."""

import re
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from factories import a_new_account, a_rattachement, an_organisme
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import func, select

from idp.accounts.models import Account, AccountState, Challenge
from idp.audit import COMMAND_LINE, Actor, JournalEntry
from idp.db import db
from idp.habilitations.courriers.lots import Lot, a_exporter, exporter
from idp.habilitations.models import DES_IDENTIFIANTS, Courrier, TypeCourrier
from idp.printable import format_identifiant

NOW = datetime.now(UTC)
SECRET = re.compile(r"\b(?:[2-9A-Y]{4}-){3}[2-9A-Y]{4}\b")


def _organisme_en_attente() -> Account:
    organisme = an_organisme()
    account, _secret = a_new_account()
    a_rattachement(account, organisme)
    db.session.add_all(
        Courrier(type=kind, account_id=account.id, organisme_id=organisme.id, created_at=NOW)
        for kind in DES_IDENTIFIANTS
    )
    db.session.commit()
    return account


def _exporter(folder: Path) -> dict[TypeCourrier, Lot]:
    lots = exporter(folder, actor=COMMAND_LINE, now=NOW, avance=lambda _letters: None)
    return {lot.type: lot for lot in lots}


def _text(lot: Lot) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(lot.fichier).pages)


def test_each_letter_carries_one_half_and_never_the_other(app: Flask, tmp_path: Path) -> None:
    account = _organisme_en_attente()

    lots = _exporter(tmp_path)

    identifiant = format_identifiant(account.identifiant)
    first, second = _text(lots[TypeCourrier.IDENTIFIANT]), _text(lots[TypeCourrier.SECRET])
    assert identifiant in first
    assert SECRET.search(first) is None
    assert SECRET.search(second)
    assert identifiant not in second
    assert account.identifiant not in second
    assert lots[TypeCourrier.IDENTIFIANT].fichier.parent != lots[TypeCourrier.SECRET].fichier.parent


def test_the_secret_is_kept_as_a_digest_alone(app: Flask, tmp_path: Path) -> None:
    account = _organisme_en_attente()

    match = SECRET.search(_text(_exporter(tmp_path)[TypeCourrier.SECRET]))

    assert match is not None
    stored = [
        *db.session.scalars(select(Challenge.digest)),
        *(str(data) for data in db.session.scalars(select(JournalEntry.data))),
    ]
    plain = match[0].replace("-", "")
    assert not any(plain in text or match[0] in text for text in stored)
    assert account.state is AccountState.EN_ATTENTE


def test_the_journal_says_who_drew_a_secret(app: Flask, tmp_path: Path) -> None:
    exporter_of_the_secret = Actor("person", uuid4())
    account = _organisme_en_attente()

    exporter(tmp_path, actor=exporter_of_the_secret, now=NOW, avance=lambda _letters: None)

    drawn = db.session.scalars(
        select(JournalEntry)
        .where(JournalEntry.event == "activation_secret_issued")
        .where(JournalEntry.account_id == account.id, JournalEntry.at == NOW)
    ).one()
    assert (drawn.actor_kind, drawn.actor_id) == ("person", exporter_of_the_secret.account_id)


def test_a_letter_is_exported_once(app: Flask, tmp_path: Path) -> None:
    _organisme_en_attente()

    first, second = _exporter(tmp_path), _exporter(tmp_path)

    assert {lot.lettres for lot in first.values()} == {1}
    assert second == {}
    assert a_exporter() == 0


def test_batches_are_readable_by_their_owner_alone(app: Flask, tmp_path: Path) -> None:
    _organisme_en_attente()

    lots = _exporter(tmp_path)

    assert {lot.fichier.stat().st_mode & 0o777 for lot in lots.values()} == {0o600}


def test_a_folder_that_cannot_be_written_leaves_the_letters_waiting(
    app: Flask, tmp_path: Path
) -> None:
    _organisme_en_attente()
    secrets_before = db.session.scalar(select(func.count()).select_from(Challenge))
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")

    with pytest.raises(OSError, match="file"):
        _exporter(blocked)

    assert a_exporter() == 2
    assert db.session.scalar(select(func.count()).select_from(Challenge)) == secrets_before
