"""Batches made in the console: sealed, two by two apart, secrets taken once; letters that come back."""

import csv
import io
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from factories import a_contrat, a_rattachement, agent_signed_in, an_organisme
from flask import Flask
from flask.testing import FlaskClient
from lots import a_letter, letters, prepared, sent, somebody_waits, taken, text_of, the_agent
from pypdf import PdfReader
from sql_budget import counted
from sqlalchemy import delete, func, select

from idp import worker
from idp.accounts import challenges
from idp.accounts.models import Account, AccountState
from idp.audit import COMMAND_LINE, JournalEntry
from idp.db import db, transaction
from idp.errors import Conflict, NotHere, Refusal
from idp.habilitations.agents import AgentVu
from idp.habilitations.courriers import (
    etats,
    index,
    lots,
    preparation,
    reemission,
    retours,
    retrait,
    suivi,
)
from idp.habilitations.courriers.etats import Retour
from idp.habilitations.courriers.lettre import TOUJOURS_VISIBLE
from idp.habilitations.courriers.models import ContenuDeLot, EtatDeLot, LotDeCourriers
from idp.habilitations.courriers.suivi import ChoixDeLots
from idp.habilitations.models import (
    DES_IDENTIFIANTS,
    Courrier,
    EtatCourrier,
    NumeroUtilisateur,
    Organisme,
    Role,
    RoleAgent,
    TypeCourrier,
)
from idp.printable import format_identifiant, grouped, new_reference, parse_reference

NOW = datetime.now(UTC)
MM = 72 / 25.4
SECRET = re.compile(r"\b(?:[2-9A-Y]{4}-){3}[2-9A-Y]{4}\b")
IDENTIFIANT, LE_SECRET = TypeCourrier.IDENTIFIANT, TypeCourrier.SECRET


def works(account: Account, secret: str) -> bool:
    """Whether this provisional password would still open the account."""
    found = challenges.find_secret(account.id, secret)
    return found is not None and found.used_at is None


def test_two_batches_apart_that_share_no_secret(app: Flask) -> None:
    account, agent = somebody_waits(), the_agent()

    made = prepared(agent)
    first, second = (text_of(taken(agent, made[kind])) for kind in (IDENTIFIANT, LE_SECRET))

    secret = SECRET.search(second)
    assert secret
    assert works(account, secret[0])
    assert secret[0] not in first
    assert SECRET.search(first) is None
    assert format_identifiant(account.identifiant) in first
    assert format_identifiant(account.identifiant) not in second
    assert {made[kind].lettres for kind in made} == {1}
    references = {grouped(one.reference) for one in db.session.scalars(select(Courrier))}
    assert len(references) == 2
    assert all((one in first) != (one in second) for one in references)


def test_two_letters_of_one_person_share_nothing_that_opens(app: Flask) -> None:
    """Each letter alone, opened by somebody else, opens nothing: every word of both, as they are printed."""
    account, agent = somebody_waits("SCI DU LAC"), the_agent()
    numero = NumeroUtilisateur(
        valeur="35900007090001",
        organisme_id=db.session.scalars(select(Organisme.id)).one(),
        caisse_code="359",
    )
    db.session.add(numero)
    made = prepared(agent)
    first, second = (text_of(taken(agent, made[kind])) for kind in (IDENTIFIANT, LE_SECRET))

    (secret,) = SECRET.findall(second)
    assert works(account, secret)
    kept = {
        "secret": (secret, secret.replace("-", ""), *secret.split("-")),
        "identifiant": (
            account.identifiant,
            *format_identifiant(account.identifiant).split("-")[1:3],
        ),
    }
    assert not any(part in first for part in kept["secret"])
    assert not any(part in second for part in kept["identifiant"])
    assert not any(numero.valeur in one.replace(" ", "") for one in (first, second))


@pytest.mark.parametrize(
    ("codes", "said"),
    [
        ((), None),
        (("cdap",), "le service Cdap"),
        (("cdap", "afas"), "les services Afas et Cdap"),
    ],
)
def test_the_first_letter_names_the_services_that_are_open(
    app: Flask, codes: tuple[str, ...], said: str | None
) -> None:
    """It said « Offre Bailleurs » to everybody."""
    somebody_waits()
    of = db.session.scalars(select(Organisme)).one()
    for code in codes:
        a_contrat(of, code)
    a_contrat(of, "offre-bailleurs").suspendu_at = NOW
    agent = the_agent()

    text = text_of(taken(agent, prepared(agent)[IDENTIFIANT]))

    assert "Offre Bailleurs" not in text
    assert (said in text) if said else ("d’utiliser" not in text)


def test_a_closed_contrat_is_named_no_more_from_the_instant_it_closes(app: Flask) -> None:
    somebody_waits()
    a_contrat(db.session.scalars(select(Organisme)).one(), "cdap").clos_at = NOW
    agent = the_agent()

    assert "Cdap" not in text_of(taken(agent, prepared(agent)[IDENTIFIANT]))


@pytest.mark.parametrize(
    ("number", "more"), [(5, None), (8, None), (9, "et 1 autre, inscrit"), (12, "et 4 autres")]
)
def test_a_reminder_holds_on_one_sheet_whatever_the_numbers(
    app: Flask, number: int, more: str | None
) -> None:
    """Five overflowed on a second sheet, and those beyond were lost in silence."""
    account = somebody_waits()
    account.state = AccountState.ACTIF
    of = db.session.scalars(select(Organisme)).one()
    db.session.add_all(
        NumeroUtilisateur(valeur=f"3590000709{rank:04}", organisme_id=of.id, caisse_code="359")
        for rank in range(number)
    )
    a_letter(account, TypeCourrier.RAPPEL)
    agent = the_agent()

    (page,) = PdfReader(io.BytesIO(taken(agent, prepared(agent)[TypeCourrier.RAPPEL]))).pages

    text = " ".join(page.extract_text().split())
    assert text.count("359 0000709") == min(number, 8)
    assert (more in text) if more else ("autre, inscrit" not in text)
    assert letters(TypeCourrier.RAPPEL)[0].feuilles == 1


def test_a_reminder_tells_the_numbers_of_the_organisme_that_opens_it(app: Flask) -> None:
    """The attack: read, on the letter of one's own organisme, the numbers of another one of the same person."""
    account = somebody_waits("SCI DU BOIS")
    account.state = AccountState.ACTIF
    mine = db.session.scalars(select(Organisme)).one()
    others = [an_organisme(raison_sociale=f"GFA {rank}") for rank in range(3)]
    for other in others:
        a_rattachement(account, other, role=Role.ADMINISTRATEUR)
    db.session.add_all(
        NumeroUtilisateur(valeur=f"359{of}0000709{rank:03}", organisme_id=one.id, caisse_code="359")
        for of, one in enumerate((mine, *others))
        for rank in range(12)
    )
    letter = a_letter(account, TypeCourrier.RAPPEL)
    letter.organisme_id = mine.id
    agent = the_agent()

    (page,) = PdfReader(io.BytesIO(taken(agent, prepared(agent)[TypeCourrier.RAPPEL]))).pages

    text = " ".join(page.extract_text().split()).replace("\u00a0", " ")
    assert text.count("SCI DU BOIS : 359 0") == 8
    assert "et 4 autres, inscrits sur vos quittances" in text
    assert "et 3 autres organismes (numéro inscrit sur leurs quittances)" in text
    assert "GFA" not in text
    assert not [of for of in (1, 2, 3) if f"359 {of}0000709" in text]


def test_what_is_kept_of_a_batch_is_sealed(app: Flask) -> None:
    somebody_waits()
    made = prepared(the_agent())

    for kind in DES_IDENTIFIANTS:
        kept = db.session.get_one(ContenuDeLot, made[kind].id).scelle
        assert b"%PDF" not in kept
        assert b"FontFile" not in kept


def test_secrets_are_taken_once_and_erased_and_the_journal_says_by_whom(app: Flask) -> None:
    somebody_waits()
    agent, another = the_agent(), the_agent()
    made = prepared(agent)

    taken(agent, made[LE_SECRET])

    assert db.session.get(ContenuDeLot, made[LE_SECRET].id) is None
    with pytest.raises(Conflict, match="déjà été téléchargé") as refused:
        taken(another, made[LE_SECRET])
    assert "à nouveau" in refused.value.conseil
    told = db.session.scalars(select(JournalEntry).where(JournalEntry.event == "lot_retire")).one()
    assert (told.actor_id, told.data["type"]) == (agent.account_id, "secret")
    assert made[LE_SECRET].retire_par == agent.account_id


def test_identifiants_may_be_taken_again_until_they_are_sent(app: Flask) -> None:
    somebody_waits()
    agent = the_agent(RoleAgent.GESTIONNAIRE)
    lot = prepared(agent)[IDENTIFIANT]

    assert taken(agent, lot) == taken(agent, lot)
    etats.marquer(agent, lot.id, EtatDeLot.IMPRIME, NOW)
    etats.marquer(agent, lot.id, EtatDeLot.ENVOYE, NOW)
    assert retrait.effacer(NOW) == 1
    with pytest.raises(Conflict):
        taken(agent, lot)


def test_a_gestionnaire_prepares_and_does_not_take_secrets(app: Flask) -> None:
    somebody_waits()
    agent = the_agent(RoleAgent.GESTIONNAIRE)
    made = prepared(agent)

    with pytest.raises(Refusal, match="superviseur"):
        taken(agent, made[LE_SECRET])
    with pytest.raises(NotHere):
        retrait.retirer(agent, made[LE_SECRET].id, NOW, secrets=False)


def test_secrets_that_nobody_took_are_erased_when_they_are_over(app: Flask) -> None:
    somebody_waits()
    made = prepared(the_agent())

    assert retrait.effacer(NOW + timedelta(days=29)) == 0
    retrait.effacer(NOW + timedelta(days=61))

    assert db.session.scalar(select(func.count()).select_from(ContenuDeLot)) == 0
    assert made[LE_SECRET].expire_at is not None


def test_each_caisse_has_its_batches_and_its_agents(app: Flask) -> None:
    somebody_waits()
    somebody_waits("LES PINS", "561")
    of_359, of_561 = the_agent(), the_agent(caisses=("561",))

    made = prepared(of_359)

    assert {one.caisse for one in suivi.attentes(of_561)} == {"561"}
    assert suivi.attentes(of_359) == []
    assert suivi.lots(of_561, NOW, ChoixDeLots()).lignes == ()
    written = next(one.id for one in letters(LE_SECRET) if one.lot_id)
    for act in (
        lambda: preparation.preparer(of_561, "359", NOW),
        lambda: taken(of_561, made[LE_SECRET]),
        lambda: etats.marquer(of_561, made[LE_SECRET].id, EtatDeLot.IMPRIME, NOW),
        lambda: reemission.reemettre_le_lot(of_561, made[LE_SECRET].id, "Perdu", NOW),
        lambda: reemission.reemettre(of_561, written, "Perdu", NOW),
    ):
        with pytest.raises(NotHere):
            act()


def test_pressed_twice_it_prepares_once(app: Flask) -> None:
    somebody_waits()
    agent = the_agent()

    assert preparation.preparer(agent, "359", NOW) == 2
    assert preparation.preparer(agent, "359", NOW) == 0
    db.session.commit()
    worker.drain()
    assert preparation.preparer(agent, "359", NOW) == 0
    assert db.session.scalar(select(func.count()).select_from(LotDeCourriers)) == 2


def test_a_batch_holds_what_a_printing_shop_takes_at_once(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparation, "LETTRES_MAX", 2)
    for name in ("A", "B", "C"):
        somebody_waits(name)

    made = prepared(the_agent())

    assert {lot.lettres for lot in made.values()} == {2}
    assert lots.a_exporter("359") == 2


def test_the_index_names_sheets_and_neither_identifiant_nor_secret(app: Flask) -> None:
    accounts = [somebody_waits(name) for name in ("LES OLIVIERS", "ÉCOLE D’ÉTÉ")]
    agent = the_agent()
    made = prepared(agent)
    secrets = SECRET.findall(text_of(taken(agent, made[LE_SECRET])))

    indexes = [b"".join(index.fichier(lot.id)).decode("utf-8-sig") for lot in made.values()]

    for told in indexes:
        rows = list(csv.DictReader(io.StringIO(told), delimiter=";"))
        assert [row["Feuille"] for row in rows] == ["1", "2"]
        assert [row["Feuilles"] for row in rows] == ["1", "1"]
        assert {row["Organisme"] for row in rows} == {"LES OLIVIERS", "ÉCOLE D’ÉTÉ"}
        assert {(row["Caisse"], row["Code postal"]) for row in rows} == {("359", "35000")}
        assert not any(one.identifiant in told.replace("-", "") for one in accounts)
        assert not any(one in told for one in secrets)


def test_each_letter_of_the_index_is_on_its_sheet(app: Flask) -> None:
    for name in ("BÊTA", "ALPHA", "GAMMA"):
        somebody_waits(name)
    agent = the_agent()
    lot = prepared(agent)[IDENTIFIANT]
    sheets = [page.extract_text() for page in PdfReader(io.BytesIO(taken(agent, lot))).pages]

    told = b"".join(index.fichier(lot.id)).decode("utf-8-sig")

    rows = list(csv.DictReader(io.StringIO(told), delimiter=";"))
    assert [row["Organisme"] for row in rows] == ["ALPHA", "BÊTA", "GAMMA"]
    for row in rows:
        assert row["Référence"] in sheets[int(row["Feuille"]) - 1]
        assert row["Organisme"] in sheets[int(row["Feuille"]) - 1]


def test_the_letters_are_real_text_in_embedded_fonts_with_the_address_in_the_window(
    app: Flask,
) -> None:
    somebody_waits("SCI L’ÉCUREUIL – ŒUVRES D’ÉTÉ")
    agent = the_agent()
    made = prepared(agent)

    for kind in DES_IDENTIFIANTS:
        (page,) = PdfReader(io.BytesIO(taken(agent, made[kind]))).pages
        printed = {}

        def visit(text, _cm, tm, _font, size, printed=printed):  # type: ignore[no-untyped-def]
            printed.setdefault(text.strip(), (tm[4] / MM, 297 - tm[5] / MM, size / MM))

        page.extract_text(visitor_text=visit)
        for line in ("SCI L’ÉCUREUIL – ŒUVRES D’ÉTÉ", "2 rue de l’Été", "35000 RENNES"):
            x, baseline, size = (
                printed[line.replace(" –", "\u00a0–")]
                if line.replace(" –", "\u00a0–") in printed
                else printed[line]
            )
            assert TOUJOURS_VISIBLE.left <= x < TOUJOURS_VISIBLE.right
            assert TOUJOURS_VISIBLE.top <= baseline - size * 0.75
            assert baseline <= TOUJOURS_VISIBLE.bottom
        fonts = page["/Resources"]["/Font"].values()
        assert all(
            "/FontFile2"
            in font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
            for font in fonts
        )


def test_a_batch_is_printed_then_sent_with_its_letters(app: Flask) -> None:
    somebody_waits()
    agent = the_agent()
    made = prepared(agent)
    lot = made[LE_SECRET]
    sent(agent, made[IDENTIFIANT], NOW - timedelta(days=1))
    with pytest.raises(Conflict, match="pas encore été téléchargé"):
        etats.marquer(agent, lot.id, EtatDeLot.IMPRIME, NOW)
    taken(agent, lot)
    with pytest.raises(Conflict):
        etats.marquer(agent, lot.id, EtatDeLot.ENVOYE, NOW)

    seen = []
    for etat in (EtatDeLot.IMPRIME, EtatDeLot.ENVOYE):
        etats.marquer(agent, lot.id, etat, NOW)
        seen += [one.etat for one in letters(LE_SECRET)]

    assert seen == [EtatCourrier.IMPRIME, EtatCourrier.ENVOYE]
    assert {one.etat for one in letters(IDENTIFIANT)} == {EtatCourrier.ENVOYE}


def _sent(agent: AgentVu) -> dict[TypeCourrier, LotDeCourriers]:
    made = prepared(agent)
    sent(agent, made[IDENTIFIANT], NOW - timedelta(days=1))
    sent(agent, made[LE_SECRET], NOW)
    return made


def test_letters_that_come_back_are_found_by_their_references(app: Flask) -> None:
    somebody_waits()
    somebody_waits("LES PINS", "561")
    agent = the_agent(caisses=("359",))
    _sent(agent)
    (letter,) = [one for one in letters(LE_SECRET) if one.etat is EtatCourrier.ENVOYE]
    (elsewhere,) = [one for one in letters(LE_SECRET) if one.id != letter.id]
    typed = grouped(letter.reference).lower()
    miscopied = ("3" if typed[0] != "3" else "4") + typed[1:]

    lues = etats.retourner(
        agent, [typed, miscopied, grouped(elsewhere.reference), new_reference()], NOW
    )
    again = etats.retourner(agent, [letter.reference], NOW)

    assert [one.retour for one in lues] == [
        Retour.NOTE,
        Retour.ILLISIBLE,
        Retour.INCONNUE,
        Retour.INCONNUE,
    ]
    assert [one.retour for one in again] == [Retour.DEJA]
    assert [one.organisme for one in retours.a_traiter(agent).lettres] == ["LES OLIVIERS"]
    told = db.session.scalars(
        select(JournalEntry).where(JournalEntry.event == "courrier_retourne")
    ).one()
    assert told.organisme_id == letter.organisme_id


def test_a_letter_that_has_not_left_does_not_come_back(app: Flask) -> None:
    somebody_waits()
    agent = the_agent()
    (letter,) = letters(LE_SECRET)

    assert etats.retourner(agent, [letter.reference], NOW)[0].retour is Retour.PAS_PARTI


def test_a_second_issue_draws_a_new_secret_and_the_old_one_dies(app: Flask) -> None:
    account, agent = somebody_waits(), the_agent()
    made = prepared(agent)
    old = SECRET.search(text_of(taken(agent, made[LE_SECRET])))
    assert old
    assert works(account, old[0])

    later = NOW + timedelta(minutes=1)
    reemission.reemettre(agent, letters(LE_SECRET)[0].id, "Revenu NPAI", later)

    assert not works(account, old[0])
    assert [one.etat for one in letters(LE_SECRET)] == [
        EtatCourrier.REMPLACE,
        EtatCourrier.EN_ATTENTE,
    ]
    again = prepared(agent)[LE_SECRET]
    new = SECRET.search(text_of(taken(agent, again)))
    assert new
    assert works(account, new[0])
    assert new[0] != old[0]
    with pytest.raises(Conflict, match="déjà été émis"):
        reemission.reemettre(agent, letters(LE_SECRET)[0].id, "Encore", NOW)


def test_a_whole_batch_is_issued_again_but_for_who_has_connected(app: Flask) -> None:
    stays, connected = somebody_waits("A"), somebody_waits("B")
    agent = the_agent()
    lot = prepared(agent)[LE_SECRET]
    secrets = SECRET.findall(text_of(taken(agent, lot)))
    connected.state, connected.password_hash = AccountState.ACTIF, "x"

    assert reemission.reemettre_le_lot(agent, lot.id, "Impression abîmée", NOW) == 1

    assert not any(works(stays, one) for one in secrets)
    with pytest.raises(Conflict, match="déjà connectée"):
        reemission.reemettre(
            agent,
            next(one.id for one in letters(LE_SECRET) if one.account_id == connected.id),
            "Pour rien",
            NOW,
        )


def test_a_worker_that_fails_leaves_the_letters_waiting(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = somebody_waits()
    monkeypatch.setattr(preparation, "LETTRES_MAX", "not a number")
    preparation.preparer(the_agent(), "359", NOW)
    db.session.commit()

    worker.run_once()

    db.session.expire_all()
    assert lots.a_exporter("359") == 2
    assert account.state is AccountState.PREPARE


def test_a_batch_that_could_not_be_made_is_told_and_made_once_it_can(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    somebody_waits()
    agent_signed_in(client, RoleAgent.SUPERVISEUR, ["359"])
    long_ago = datetime.now(UTC) - timedelta(days=4)
    with monkeypatch.context() as broken:
        broken.setattr(preparation, "LETTRES_MAX", "not a number")
        assert preparation.preparer(the_agent(), "359", long_ago) == 2
        db.session.commit()
        worker.run_once()
    lot = _lot_id(LE_SECRET)
    listed = client.get("/caf/courriers")
    assert "tarde, retenté" in listed.text
    assert "Refresh" not in listed.headers
    assert "Aucun courrier n’est perdu" in client.get(f"/caf/courriers/lots/{lot}").text

    client.post("/caf/courriers/preparer/359")
    worker.drain()

    assert _lot_id(LE_SECRET) == lot
    assert {one.lot_id for one in letters(LE_SECRET)} == {lot}
    assert lots.a_exporter("359") == 0


def at_once(app: Flask, act: Callable[[], Any]) -> list[Any]:
    """What two agents get who do the same at the same instant; the name of what is raised."""
    db.session.commit()
    start = Barrier(2)

    def run(_rank: int) -> Any:
        with app.app_context():
            start.wait()
            try:
                with transaction():
                    return act()
            except Conflict:
                return Conflict
            finally:
                db.session.remove()

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(run, range(2)))
    db.session.expire_all()
    return done


def test_two_who_prepare_at_once_make_one_set_of_batches(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With more letters than a batch holds, the second set would be as good as the first, under the same name."""
    monkeypatch.setattr(preparation, "LETTRES_MAX", 2)
    for name in ("A", "B", "C"):
        somebody_waits(name)
    agent = the_agent()

    for _attempt in range(5):
        asked = at_once(app, lambda: preparation.preparer(agent, "359", NOW))
        assert sorted(asked) == [0, 2]
        db.session.execute(delete(LotDeCourriers))

    preparation.preparer(agent, "359", NOW)
    db.session.commit()
    worker.drain()
    preparation.preparer(agent, "359", NOW)
    db.session.commit()
    worker.drain()

    db.session.expire_all()
    made = db.session.scalars(select(LotDeCourriers)).all()
    assert sorted(lot.lettres for lot in made) == [1, 1, 2, 2]
    assert len({lot.nom for lot in made}) == 4


def test_two_who_note_the_same_batch_at_once_note_it_once(app: Flask) -> None:
    somebody_waits()
    agent = the_agent()
    lot = prepared(agent)[LE_SECRET]
    taken(agent, lot)

    noted = at_once(app, lambda: etats.marquer(agent, lot.id, EtatDeLot.IMPRIME, NOW))

    assert noted.count(Conflict) == 1
    told = select(func.count()).where(JournalEntry.event == "lot_marque")
    assert db.session.scalar(told) == 1
    assert db.session.get_one(LotDeCourriers, lot.id).etat is EtatDeLot.IMPRIME


@pytest.mark.parametrize("by_hand", [True, False], ids=["console", "terminal"])
def test_letters_that_would_open_nothing_are_left_out_and_said_to_be(
    app: Flask, client: FlaskClient, tmp_path: Path, by_hand: bool
) -> None:
    stays, connected, closed = (somebody_waits(name) for name in ("A", "B", "C"))
    connected.state, connected.password_hash = AccountState.ACTIF, "x"
    closed.state = AccountState.CLOS
    agent = the_agent()

    if by_hand:
        prepared(agent)
    else:
        lots.exporter(tmp_path, actor=COMMAND_LINE, now=NOW, avance=lambda _one: None)

    for kind in DES_IDENTIFIANTS:
        known = {one.account_id: one for one in letters(kind)}
        assert known[stays.id].etat is EtatCourrier.A_IMPRIMER
        assert {known[one.id].etat for one in (connected, closed)} == {EtatCourrier.SANS_OBJET}
        assert {known[one.id].lot_id for one in (connected, closed)} == {None}
        with pytest.raises(Conflict):
            reemission.reemettre(agent, known[closed.id].id, "Pour rien", NOW)
    assert challenges.find_secret(closed.id, "X") is None
    told = select(func.count()).where(JournalEntry.event == "courrier_sans_objet")
    assert db.session.scalar(told) == 4
    assert lots.a_exporter() == 0
    agent_signed_in(client, RoleAgent.GESTIONNAIRE, ["359"])
    of = f"/caf/organismes/{known[closed.id].organisme_id}"
    assert "Sans objet" in client.get(f"{of}/courriers").text
    assert "sans objet" in client.get(of).text


def test_nothing_is_prepared_when_every_letter_would_open_nothing(app: Flask) -> None:
    somebody_waits().state = AccountState.CLOS
    agent = the_agent()

    assert preparation.preparer(agent, "359", NOW) == 0
    assert suivi.attentes(agent) == []


def test_references_are_unique_and_catch_a_wrong_character() -> None:
    drawn = {new_reference() for _one in range(2000)}

    assert len(drawn) == 2000
    one = drawn.pop()
    assert parse_reference(grouped(one).lower()) == one
    assert parse_reference(one[:-1] + ("A" if one[-1] != "A" else "C")) is None


def test_an_agent_prepares_takes_and_follows(app: Flask, client: FlaskClient) -> None:
    agent_signed_in(client, RoleAgent.SUPERVISEUR, ["359"])
    somebody_waits()
    assert "Caf 359" in client.get("/caf/courriers").text
    client.post("/caf/courriers/preparer/359")
    assert "Refresh" in client.get("/caf/courriers").headers
    worker.drain()
    page = client.get("/caf/courriers").text
    secret_lot = _lot_id(LE_SECRET)
    assert f"/caf/courriers/lots/{secret_lot}" in page
    assert "Une seule fois" in client.get(f"/caf/courriers/lots/{secret_lot}/secrets").text

    first = client.post(f"/caf/courriers/lots/{secret_lot}/secrets")
    second = client.post(f"/caf/courriers/lots/{secret_lot}/secrets")

    assert (first.status_code, first.mimetype) == (200, "application/pdf")
    assert SECRET.search(text_of(first.data))
    assert first.headers["Cache-Control"] == "no-store"
    assert second.status_code == 409
    assert "à nouveau" in second.text
    lot = f"/caf/courriers/lots/{secret_lot}"
    assert client.post(f"{lot}/imprime").status_code == 303
    assert client.post(f"{lot}/envoye").status_code == 409
    assert "un jour après les identifiants" in client.get(lot).text
    identifiants = db.session.get_one(LotDeCourriers, _lot_id(IDENTIFIANT))
    sent(the_agent(), identifiants, NOW - timedelta(days=1))
    db.session.commit()
    assert client.post(f"{lot}/envoye").status_code == 303
    assert "Envoyé" in client.get(lot).text
    reference = grouped(letters(LE_SECRET)[0].reference)
    noted = client.post("/caf/courriers/retours", data={"references": f"{reference}\n\n"})
    assert "noté revenu" in noted.text
    organisme_id = db.session.scalar(select(Organisme.id))
    tab = client.get(f"/caf/organismes/{organisme_id}/courriers").text
    assert "Revenu (NPAI)" in tab
    letter_id = letters(LE_SECRET)[0].id
    answer = client.post(f"/caf/courriers/{letter_id}/reemettre", data={"motif": "Revenu NPAI"})
    assert answer.status_code == 303
    assert "Remplacé" in client.get(answer.location).text


def _lot_id(kind: TypeCourrier) -> UUID:
    db.session.expire_all()
    return db.session.scalars(select(LotDeCourriers.id).where(LotDeCourriers.type == kind)).one()


def test_pages_cost_the_same_whatever_the_number_of_letters(
    app: Flask, client: FlaskClient
) -> None:
    agent_signed_in(client, RoleAgent.SUPERVISEUR, ["359"])
    costs = []
    for number in (1, 8):
        for rank in range(number):
            somebody_waits(f"N° {rank}")
        client.post("/caf/courriers/preparer/359")
        worker.drain()
        db.session.expire_all()
        lot = db.session.scalars(
            select(LotDeCourriers.id).order_by(LotDeCourriers.lettres.desc())
        ).first()
        client.get("/caf/courriers")
        with counted() as statements:
            client.get("/caf/courriers")
            client.get(f"/caf/courriers/lots/{lot}")
        costs.append(len(statements))

    assert costs[0] == costs[1]
