"""A proof of the journal: checked from its file alone, and every way of cheating shows."""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from click.testing import CliRunner, Result
from factories import a_contrat, a_groupe, a_rattachement, an_account, an_acteur, an_organisme
from factories import signed_in as sign_in
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import ECKey
from sql_budget import counted
from sqlalchemy import delete, select, update

from idp import audit, journal_retention
from idp.audit import Actor, JournalEntry, JournalHead
from idp.cli import main
from idp.db import db
from idp.extensions import ground
from idp.habilitations.events import HabilitationDonnee
from idp.habilitations.journal import preuve
from idp.habilitations.models import Organisme, Rattachement, Role
from idp.journal_chain import Content, Link, content_hash, digest_of, row_hash
from idp.journal_proof import TYP, Refused, checked, compared
from idp.oidc.events import TokenIssued

Document = dict[str, Any]
NOW = datetime(2026, 3, 31, 10, tzinfo=UTC)
ISSUER = "https://compte.exemple.fr"
ALWAYS = (date(2000, 1, 1), date(2030, 1, 1))


class Organismes:
    """Two organismes whose events alternate, sealed as the worker does."""

    def __init__(self) -> None:
        self.ours, self.theirs = an_organisme(), an_organisme(raison_sociale="AUTRE")
        groupe = a_groupe(a_contrat(self.ours))
        self.groupe = groupe.code
        self.nadia = a_rattachement(an_account(given_name="Nadia"), self.ours)
        self.chef = an_account(email="chef@exemple.fr")
        self.place = a_rattachement(self.chef, self.ours, role=Role.ADMINISTRATEUR)
        self.acteur = an_acteur(self.chef.id, self.ours)
        self.told = 0

    def tell(self, count: int, *, at: datetime = NOW, seal: bool = True) -> None:
        """That many events of each, and what services do all day."""
        for _number in range(count):
            for organisme in (self.ours, self.theirs):
                self._record(HabilitationDonnee(self.nadia.id, self.groupe), organisme, at)
            self._record(TokenIssued(client_id="offre-bailleurs", scope="openid"), self.ours, at)
        if seal:
            audit.seal()
        db.session.commit()

    def _record(self, event: audit.Event, organisme: Organisme, at: datetime) -> None:
        self.told += 1
        audit.record(
            event,
            at=at + timedelta(seconds=self.told),
            actor=Actor.person(self.chef.id),
            account_id=self.nadia.account_id,
            organisme_id=organisme.id,
        )

    def proof(
        self, start: date = ALWAYS[0], end: date = ALWAYS[1], now: datetime = NOW
    ) -> Document:
        """The file, and its line in the journal."""
        file = StringIO()
        preuve.ecrire(
            self.acteur, start, end, file, now=now, issuer=ISSUER, key_ring=ground().key_ring
        )
        db.session.commit()
        document: Document = json.loads(file.getvalue())
        return document


@pytest.fixture
def organismes(app: Flask) -> Organismes:
    return Organismes()


def hashes(organisme: Organisme) -> list[tuple[int | None, str | None, str | None]]:
    rows = db.session.execute(
        select(JournalEntry.organisme_rank, JournalEntry.organisme_previous, JournalEntry.hash)
        .where(JournalEntry.organisme_id == organisme.id, JournalEntry.organisme_rank.is_not(None))
        .order_by(JournalEntry.organisme_rank)
    )
    return [(rank, previous, own) for rank, previous, own in rows]


def test_each_organisme_has_its_own_chain(organismes: Organismes) -> None:
    organismes.tell(2)
    organismes.tell(1)

    for organisme in (organismes.ours, organismes.theirs):
        chain = hashes(organisme)
        assert [rank for rank, _previous, _hash in chain] == [1, 2, 3]
        assert [previous for _rank, previous, _hash in chain[1:]] == [own for *_, own in chain[:-1]]
        head = db.session.get_one(JournalHead, organisme.id)
        assert (head.rank, head.hash) == (3, chain[-1][2])
    assert audit.verify(NOW).broken_at is None


def test_sealing_costs_the_same_whatever_the_organismes(organismes: Organismes) -> None:
    organismes.tell(1)
    organismes.tell(1, seal=False)
    with counted() as few:
        audit.seal()
    for _organisme in range(30):
        organismes.theirs = an_organisme()
        organismes.tell(2, seal=False)
    with counted() as many:
        audit.seal()

    assert len(many) == len(few) <= 6


def test_proof_holds_and_names_what_it_tells(organismes: Organismes) -> None:
    organismes.tell(3)

    document = organismes.proof()
    proof = checked(document)

    assert [row.number for row in proof.rows] == [1, 2, 3]
    assert (
        proof.rows[0].sentence == "Claire Martin a mis Nadia Martin dans Logements privés – Caf 359"
    )
    assert (proof.raison_sociale, proof.issuer, proof.made_at) == ("LES OLIVIERS", ISSUER, NOW)
    assert proof.reaches_the_head
    assert "token_issued" not in json.dumps(document)
    assert str(organismes.theirs.id) not in json.dumps(document)


def test_taking_a_proof_is_told_and_vouches_for_its_key(organismes: Organismes) -> None:
    organismes.tell(2)
    before = checked(organismes.proof())
    audit.seal()
    db.session.commit()

    last = organismes.proof()["lignes"][-1]

    assert last["event"] == "preuve_telechargee"
    assert last["data"]["cle"] == before.thumbprint
    assert last["data"]["empreinte"] == digest_of(row.hash for row in before.rows)


def test_proof_of_some_days_misses_no_line_in_between(organismes: Organismes) -> None:
    for days in (0, 1, 2, 3):
        organismes.tell(2, at=NOW + timedelta(days=days))
    organismes.tell(1, at=NOW + timedelta(days=1))  # committed late: sealed after the others

    proof = checked(organismes.proof(date(2026, 4, 1), date(2026, 4, 2)))

    assert [row.number for row in proof.rows] == [3, 4, 5, 6, 7, 8, 9]
    assert checked(organismes.proof(date(2026, 4, 2), date(2026, 4, 2))).rows[0].number == 5


def test_no_line_no_proof(organismes: Organismes) -> None:
    file = StringIO()
    how: dict[str, Any] = {"now": NOW, "issuer": ISSUER, "key_ring": ground().key_ring}

    assert preuve.ecrire(organismes.acteur, *ALWAYS, file, **how) == 0
    organismes.tell(1, seal=False)
    assert preuve.ecrire(organismes.acteur, *ALWAYS, file, **how) == 0
    assert file.getvalue() == ""


def resealed(row: Document) -> None:
    """Its hashes made again, as somebody who knows how they are made would."""
    ids = tuple(str(row[name] or "") for name in ("actor_id", "account_id", "organisme_id"))
    link = Link(row["organisme_rank"], row["organisme_previous"])
    row["content_hash"] = content_hash(Content(row["salt"], ids, row["data"], link))
    row["hash"] = row_hash(
        row["previous_hash"], row["at"], row["event"], row["actor_kind"], row["content_hash"]
    )


def _set(index: int, name: str, value: object) -> Callable[[list[Document]], None]:
    def change(rows: list[Document]) -> None:
        rows[index][name] = value

    return change


def _removed(index: int) -> Callable[[list[Document]], None]:
    return lambda rows: rows.pop(index) and None


def _swapped(rows: list[Document]) -> None:
    rows[1], rows[2] = rows[2], rows[1]


def _added(rows: list[Document]) -> None:
    rows.append(
        {**rows[-1], "organisme_rank": len(rows) + 1, "organisme_previous": rows[-1]["hash"]}
    )
    resealed(rows[-1])


def _rewritten(rows: list[Document]) -> None:
    rows[1]["data"]["groupe"] = "offre-bailleurs:conventionne:359"
    for row, following in zip(rows[1:], [*rows[2:], None], strict=True):
        resealed(row)
        if following:
            following["organisme_previous"] = row["hash"]


def _renumbered(rows: list[Document]) -> None:
    rows.pop(1)
    for number, row in enumerate(rows, start=1):
        row["organisme_rank"] = number
        row["organisme_previous"] = rows[number - 2]["hash"] if number > 1 else "0" * 64
        resealed(row)


@pytest.mark.parametrize(
    ("cheat", "said"),
    [
        (_set(1, "at", "2026-03-31T09:00:00+00:00"), "modifiée"),
        (_set(1, "event", "habilitation_retiree"), "modifiée"),
        (_set(1, "actor_id", str(uuid4())), "modifiée"),
        (_set(1, "account_id", None), "modifiée"),
        (_set(1, "data", {}), "modifiée"),
        (_set(1, "salt", ""), "modifiée"),
        (_set(1, "hash", "f" * 64), "modifiée"),
        (_set(1, "organisme_rank", 7), "modifiée"),
        (_set(1, "organisme_id", str(uuid4())), "autre organisme"),
        (_set(1, "lecture", "Rien ne s’est passé"), "phrases"),
        (_removed(1), "retirée, ajoutée ou déplacée"),
        (_removed(0), "signées"),
        (_removed(-1), "signées"),
        (_swapped, "retirée, ajoutée ou déplacée"),
        (_added, "signées"),
        (_rewritten, "signées"),
        (_renumbered, "signées"),
        (list.clear, "aucune ligne"),
    ],
)
def test_altered_removed_moved_or_added_line_is_refused(
    organismes: Organismes, cheat: Callable[[list[Document]], None], said: str
) -> None:
    organismes.tell(5)
    document = organismes.proof()

    cheat(document["lignes"])

    with pytest.raises(Refused, match=said):
        checked(document)


def test_line_of_another_organisme_is_refused(organismes: Organismes) -> None:
    organismes.tell(3)
    ours = organismes.proof()
    organismes.acteur = an_acteur(organismes.chef.id, organismes.theirs)
    theirs = organismes.proof()

    ours["lignes"][1] = theirs["lignes"][1]

    with pytest.raises(Refused, match="autre organisme"):
        checked(ours)


def test_line_left_out_by_the_provider_itself_shows(organismes: Organismes) -> None:
    """We hold the key: a proof that we sign without one of its lines is refused all the same."""
    organismes.tell(4)
    document = organismes.proof()
    del document["lignes"][1]
    claims = _claims(document)
    claims["lignes"] = 3
    claims["empreinte"] = digest_of(row["hash"] for row in document["lignes"])
    claims["lectures"] = digest_of(row["lecture"] for row in document["lignes"])
    key = ground().key_ring.signing_key(preuve.ALGORITHM)
    document["attestation"] = jwt.encode(
        {"alg": "ES256", "kid": key.kid, "typ": TYP}, claims, key.key, ["ES256"]
    )

    with pytest.raises(Refused, match="Entre les lignes 1 et 3"):
        checked(document)


def _claims(document: Document) -> dict[str, Any]:
    key = ECKey.import_key(document["cle"])
    return dict(jwt.decode(document["attestation"], key, ["ES256"]).claims)


def _public() -> Document:
    return ground().key_ring.public_set()


def test_signature_by_another_key_is_refused_by_who_knows_ours(organismes: Organismes) -> None:
    organismes.tell(2)
    document = organismes.proof()
    forger = ECKey.generate_key("P-256", auto_kid=True)
    document["cle"] = forger.as_dict(private=False)
    document["attestation"] = jwt.encode(
        {"alg": "ES256", "kid": forger.kid, "typ": TYP}, _stated(organismes), forger, ["ES256"]
    )

    # From the file alone, only the thumbprint tells it: it is shown, to be compared.
    assert checked(document).thumbprint != checked(organismes.proof()).thumbprint
    assert not checked(document).trusted_key
    with pytest.raises(Refused, match="signature"):
        checked(document, _public())
    document["cle"]["kid"] = organismes.proof()["cle"]["kid"]
    with pytest.raises(Refused, match="signature"):
        checked(document)


def _stated(organismes: Organismes) -> dict[str, Any]:
    return _claims(organismes.proof())


@pytest.mark.parametrize("algorithm", ["none", "HS256", "ES384", "RS256"])
def test_algorithm_is_ours_alone(organismes: Organismes, algorithm: str) -> None:
    """RFC 8725 §3.1: what the header says is not what is believed."""
    organismes.tell(2)
    document = organismes.proof()
    payload, signature = document["attestation"].split(".")[1:]
    header = _encoded(json.dumps({"alg": algorithm, "kid": document["cle"]["kid"], "typ": TYP}))
    if algorithm == "HS256":
        # The old trick: our public key, which everybody has, as the secret.
        public = ECKey.import_key(document["cle"]).as_pem(private=False)
        mac = hmac.new(public, f"{header}.{payload}".encode(), "sha256").digest()
        signature = urlsafe_b64encode(mac).decode().rstrip("=")
    document["attestation"] = f"{header}.{payload}.{'' if algorithm == 'none' else signature}"

    for trusted in (None, _public()):
        with pytest.raises(Refused, match="signature"):
            checked(document, trusted)


def _encoded(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def test_another_statement_of_ours_is_no_proof(organismes: Organismes) -> None:
    """RFC 8725 §3.11: an access token of this provider is signed by the same key."""
    organismes.tell(2)
    document = organismes.proof()
    key = ground().key_ring.signing_key(preuve.ALGORITHM)
    document["attestation"] = jwt.encode(
        {"alg": "ES256", "kid": key.kid, "typ": "at+jwt"}, _claims(document), key.key, ["ES256"]
    )

    with pytest.raises(Refused, match="pas une preuve"):
        checked(document)


@pytest.mark.parametrize(
    "document",
    [None, [], {}, "x", {"format": "preuve-journal/1"}, {"format": "autre"}, {"format": 1}],
    ids=str,
)
def test_any_other_file_is_refused(document: object) -> None:
    with pytest.raises(Refused):
        checked(document)


@pytest.mark.parametrize("name", ["data", "salt", "organisme_rank", "previous_hash", "lecture"])
def test_line_without_all_its_fields_is_refused(organismes: Organismes, name: str) -> None:
    organismes.tell(2)
    document = organismes.proof()
    del document["lignes"][0][name]

    with pytest.raises(Refused):
        checked(document)


def test_newer_proof_contains_the_older(organismes: Organismes) -> None:
    organismes.tell(3)
    older = checked(organismes.proof())
    organismes.tell(2)
    newer = checked(organismes.proof(now=NOW + timedelta(days=30)))

    assert compared(older, newer).common == 3


def test_journal_rewritten_between_two_proofs_shows(organismes: Organismes) -> None:
    """Whoever may write everything makes the whole chain again: the older proof tells."""
    organismes.tell(3)
    older = checked(organismes.proof())
    organismes.tell(2)
    _made_again(UUID(older.organisme_id), dropped=2)
    newer = checked(organismes.proof(now=NOW + timedelta(days=1)))

    with pytest.raises(Refused, match="réécrit"):
        compared(older, newer)


def test_end_of_the_journal_cut_between_two_proofs_shows(organismes: Organismes) -> None:
    organismes.tell(4)
    older = checked(organismes.proof())
    _made_again(UUID(older.organisme_id), dropped=4)
    newer = checked(organismes.proof(now=NOW + timedelta(days=1)))

    with pytest.raises(Refused, match=r"retirées|réécrit"):
        compared(older, newer)


def _made_again(organisme_id: UUID, dropped: int) -> None:
    # As an attacker with the database and the code would: one row goes, then all is sealed anew.
    db.session.execute(delete(JournalEntry).where(JournalEntry.event == "preuve_telechargee"))
    db.session.execute(
        delete(JournalEntry).where(
            JournalEntry.organisme_id == organisme_id, JournalEntry.organisme_rank == dropped
        )
    )
    db.session.execute(delete(JournalHead))
    db.session.execute(update(JournalEntry).values(rank=None, organisme_rank=None))
    db.session.commit()
    audit.seal()
    db.session.commit()


def test_proofs_of_two_organismes_are_not_compared(organismes: Organismes) -> None:
    organismes.tell(2)
    ours = checked(organismes.proof())
    organismes.acteur = an_acteur(organismes.chef.id, organismes.theirs)

    with pytest.raises(Refused, match="même organisme"):
        compared(ours, checked(organismes.proof()))


def test_proofs_hold_after_the_oldest_lines_are_erased(organismes: Organismes) -> None:
    """Retention: what is past its age leaves the proof from its beginning, and nothing else shows."""
    organismes.tell(3, at=NOW - timedelta(days=365 * 4))
    older = checked(organismes.proof())
    organismes.tell(2, at=NOW)
    while journal_retention.forget(NOW):
        db.session.commit()
    audit.seal()
    db.session.commit()
    newer = checked(organismes.proof(now=NOW))

    assert [row.number for row in newer.rows][:2] == [4, 5]
    assert compared(older, newer).touching
    assert audit.verify(NOW).broken_at is None


def test_chain_goes_on_when_everything_before_was_erased(organismes: Organismes) -> None:
    organismes.tell(2, at=NOW - timedelta(days=365 * 4))
    while journal_retention.forget(NOW):
        db.session.commit()
    organismes.tell(1)

    assert [rank for rank, *_ in hashes(organismes.ours)] == [3]


class Desk:
    """The command, typed where nothing of ours is installed: no settings, no database."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, name: str, document: object) -> str:
        path = self.folder / name
        path.write_text(document if isinstance(document, str) else json.dumps(document))
        return str(path)

    def checks(self, *words: str) -> Result:
        return CliRunner().invoke(
            main, ["preuve", "verifier", *words], env={"IDP_SECRET_KEY": None}
        )


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_command_tells_that_a_proof_holds(organismes: Organismes, desk: Desk) -> None:
    organismes.tell(3)
    file = desk.keep("a.json", organismes.proof())
    keys = desk.keep("cles.json", _public())

    alone, trusted = desk.checks(file), desk.checks(file, "--jwks", keys)

    assert (alone.exit_code, trusted.exit_code) == (0, 0)
    assert "3 lignes, de la 1 à la 3 : aucune modifiée, aucune ne manque." in alone.output
    assert "ATTENTION : cette clé vient du fichier lui-même" in alone.output
    assert "ATTENTION" not in trusted.output
    assert "Tout est vérifié." in trusted.output


def test_command_compares_two_proofs_in_any_order(organismes: Organismes, desk: Desk) -> None:
    organismes.tell(3)
    older = desk.keep("a.json", organismes.proof())
    organismes.tell(2)
    newer = desk.keep("b.json", organismes.proof(now=NOW + timedelta(days=9)))

    for files in ((older, newer), (newer, older)):
        answer = desk.checks(*files)
        assert answer.exit_code == 0
        assert "Les 3 lignes que les deux preuves ont en commun sont les mêmes." in answer.output


def test_command_refuses_and_says_why(organismes: Organismes, desk: Desk) -> None:
    organismes.tell(4)
    document = organismes.proof()
    cut = deepcopy(document)
    del cut["lignes"][2]

    refused = desk.checks(desk.keep("a.json", cut))

    assert refused.exit_code == 1
    assert "PREUVE REFUSÉE. Entre les lignes 2 et 4" in refused.output
    assert desk.checks(desk.keep("b.json", "{")).exit_code == 1
    stranger = desk.keep("c.json", {"keys": [ECKey.generate_key("P-256").as_dict(private=False)]})
    answer = desk.checks(desk.keep("d.json", document), "--jwks", stranger)
    assert (answer.exit_code, "autre clé" in answer.output) == (1, True)
    assert desk.checks(desk.keep("e.json", "[" * 100_000)).exit_code == 1


def test_proofs_that_do_not_meet_are_told(organismes: Organismes, desk: Desk) -> None:
    organismes.tell(2)
    older = desk.keep("a.json", organismes.proof())
    for days in (10, 20):
        organismes.tell(2, at=NOW + timedelta(days=days))
    newer = organismes.proof(date(2026, 4, 20), date(2026, 4, 21), now=NOW + timedelta(days=30))

    answer = desk.checks(older, desk.keep("b.json", newer))

    assert (answer.exit_code, "recouvre" in answer.output) == (1, True)


PAGE = "/habilitations/journal/export"


def test_administrateur_takes_a_proof_and_a_spreadsheet(
    client: FlaskClient, organismes: Organismes
) -> None:
    organismes.tell(3)
    sign_in(client, organismes.chef, organismes.place)
    form = {"organisme": str(organismes.ours.id), "du": "2026-03-01", "au": "2026-04-01"}

    page = client.get(f"{PAGE}?personne=Nadia").text
    taken = client.post("/habilitations/journal/preuve", data=form)
    table = client.post(PAGE, data={**form, "format": "csv", "personne": "Nadia"})

    assert f"<code>{checked(taken.json).thumbprint}</code>" in page
    assert taken.headers["Content-Disposition"].startswith(
        'attachment; filename="preuve-journal-2026'
    )
    assert taken.headers["Cache-Control"] == table.headers["Cache-Control"] == "no-store"
    lines = table.text.splitlines()
    assert len(lines) == 4
    assert "2026-03-31 12:00:07+02:00;Claire Martin a mis Nadia Martin dans Logements" in lines[1]
    told = db.session.scalars(
        select(JournalEntry.data).where(JournalEntry.event == "journal_exporte")
    ).one()
    assert told == {"format": "csv", "lignes": 3}


@pytest.mark.parametrize("format_", ["csv", "xlsx", "ods"])
def test_spreadsheet_runs_no_formula(
    client: FlaskClient, organismes: Organismes, format_: str
) -> None:
    """CWE-1236: a name typed to be run when the export is opened."""
    organismes.nadia.account_id = an_account(given_name='=HYPERLINK("x")', family_name="A").id
    organismes.tell(1)
    sign_in(client, organismes.chef, organismes.place)

    table = client.post(PAGE, data={"organisme": str(organismes.ours.id), "format": format_})

    assert table.status_code == 200
    if format_ == "csv":
        assert ";'=HYPERLINK" in table.text.replace('"', "")


def test_export_costs_a_constant_number_of_statements(
    client: FlaskClient, organismes: Organismes
) -> None:
    sign_in(client, organismes.chef, organismes.place)
    form = {"organisme": str(organismes.ours.id), "format": "csv"}
    organismes.tell(2)
    client.post(PAGE, data=form)
    with counted() as few:
        client.post(PAGE, data=form)
    organismes.tell(60)
    with counted() as many:
        client.post(PAGE, data=form)

    assert len(many) == len(few)


@pytest.mark.parametrize(
    "dates", [{}, {"du": "hier", "au": "2026-01-01"}, {"du": "2026-02-01", "au": "2026-01-01"}]
)
def test_dates_that_make_no_period_are_said(
    client: FlaskClient, organismes: Organismes, dates: dict[str, str]
) -> None:
    organismes.tell(1)
    sign_in(client, organismes.chef, organismes.place)

    answer = client.post(
        "/habilitations/journal/preuve", data={"organisme": str(organismes.ours.id), **dates}
    )

    assert answer.location == PAGE
    assert "Choisissez deux dates" in client.get(PAGE).text


def test_others_take_nothing(client: FlaskClient, organismes: Organismes) -> None:
    organismes.tell(1)
    nadia: Rattachement = organismes.nadia
    person = db.session.get_one(type(organismes.chef), nadia.account_id)
    sign_in(client, person, nadia)
    form = {
        "organisme": str(organismes.ours.id),
        "format": "csv",
        "du": "2026-01-01",
        "au": "2026-12-31",
    }

    for address in (PAGE, "/habilitations/journal/preuve"):
        assert client.post(address, data=form).status_code == 403
    assert client.get(PAGE).status_code == 403
