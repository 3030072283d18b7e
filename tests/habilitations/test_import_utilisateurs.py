"""Users from a file: told line by line, then done as by hand, once, whoever dies in the middle."""

import re
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from factories import (
    a_contrat,
    a_groupe,
    a_mandat,
    a_rattachement,
    an_account,
    an_acteur,
    an_habilitation,
    an_organisme,
    signed_in,
)
from flask import Flask
from flask.testing import FlaskClient
from sent_mails import mails_to
from sql_budget import counted
from sqlalchemy import func, select
from users_files import (
    IMPORT,
    a_file,
    deliveries,
    done,
    laid_down,
    lines_of,
    mails_waiting,
    run,
    sent,
    somebody,
    the_import,
    users_of,
)

from idp import clock, outbox
from idp.accounts.models import Account, AccountState
from idp.audit import JournalEntry
from idp.db import db, transaction
from idp.habilitations import acteurs
from idp.habilitations.delegation import Acteur
from idp.habilitations.import_utilisateurs import essai, execution, faire, oubli
from idp.habilitations.import_utilisateurs.models import (
    EtatImport,
    ImportUtilisateurs,
    LigneImport,
)
from idp.habilitations.models import Groupe, Habilitation, Organisme, Rattachement, Role
from idp.habilitations.personnes import utilisateurs
from idp.habilitations.personnes.colonnes import LUES, REFUS
from idp.habilitations.rattachements import selection
from idp.printable import format_identifiant
from idp.spreadsheets.bounds import FichierRefuse
from idp.spreadsheets.reading import read_rows
from idp.spreadsheets.writing import Format

TODAY = clock.today(datetime.now(UTC))


class Bureau:
    """An administrateur of LES OLIVIERS, their groups, and their browser."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.organisme = an_organisme()
        self.contrat = a_contrat(self.organisme)
        self.prive = a_groupe(self.contrat)
        self.conv = a_groupe(
            self.contrat, code="offre-bailleurs:conventionne:359", libelle="Logements conventionnés"
        )
        self.chef = an_account(email="chef@exemple.fr")
        self.place = a_rattachement(self.chef, self.organisme, role=Role.ADMINISTRATEUR)
        self.acteur = an_acteur(self.chef.id, self.organisme)
        signed_in(client, self.chef, self.place)

    def a_user(self, email: str, *groupes: Groupe, **values: Any) -> Rattachement:
        place = a_rattachement(an_account(email=email), self.organisme, **values)
        for groupe in groupes:
            an_habilitation(place, groupe)
        return place

    def post(self, import_id: UUID, what: str) -> None:
        answer = self.client.post(
            f"{IMPORT}/{import_id}/{what}", data={"organisme": str(self.organisme.id)}
        )
        assert answer.status_code == 303

    def held_by(self, place: Rattachement) -> set[str]:
        rows = select(Groupe.code).join(Habilitation, Habilitation.groupe_id == Groupe.id)
        return set(db.session.scalars(rows.where(Habilitation.rattachement_id == place.id)))


@pytest.fixture
def bureau(client: FlaskClient) -> Bureau:
    return Bureau(client)


def test_trial_tells_what_each_line_will_do_and_does_nothing(bureau: Bureau) -> None:
    bureau.a_user("deja@exemple.fr", bureau.prive)
    bureau.a_user("incomplet@exemple.fr", bureau.prive)
    lines = [
        somebody(Groupes="offre-bailleurs:prive:359"),
        somebody(1, **{"Adresse mail": "DEJA@exemple.fr", "Groupes": bureau.prive.libelle}),
        somebody(
            2, **{"Adresse mail": "incomplet@exemple.fr", "Groupes": "Logements conventionnés"}
        ),
        somebody(3, **{"Adresse mail": "pas une adresse"}),
        somebody(4, **{"Adresse mail": "nadia0@exemple.fr"}),
    ]

    answer = sent(bureau.client, bureau.organisme, a_file(lines))

    import_id = UUID(answer.location.rsplit("/", 1)[1])
    page = bureau.client.get(answer.location).text
    assert [verdict for verdict, _ in lines_of(import_id)] == [
        *("creation", "inchange", "ajout", "refus", "refus")
    ]
    assert "Cette personne est déjà à la ligne 2 du fichier." in page
    assert "Lu : « pas une adresse »" in page
    assert re.search(r"<strong>1</strong> utilisateur à créer", page)
    assert users_of(bureau.organisme) == [
        "chef@exemple.fr",
        "deja@exemple.fr",
        "incomplet@exemple.fr",
    ]
    assert (mails_waiting(), deliveries()) == (0, [])


def test_what_does_not_happen_is_not_counted(bureau: Bureau) -> None:
    answer = sent(bureau.client, bureau.organisme, a_file([somebody(1)]))

    page = bureau.client.get(answer.location).text
    assert "1</strong> utilisateur à créer" in page
    assert "déjà utilisateur" not in page
    assert "refusée" not in page


@pytest.mark.parametrize("kind", Format)
def test_model_is_filled_in_and_imported_in_every_format(bureau: Bureau, kind: Format) -> None:
    model = bureau.client.get(f"{IMPORT}/modele?format={kind}")
    assert (
        model.headers["Content-Disposition"] == f'attachment; filename="modele-utilisateurs.{kind}"'
    )
    header = next(iter(read_rows(_stream(model.data), essai._BOUNDS))).cells

    answer = sent(bureau.client, bureau.organisme, a_file([somebody()], kind, header), "x.txt")

    verdicts = [verdict for verdict, _ in lines_of(UUID(answer.location.rsplit("/", 1)[1]))]
    assert verdicts == ["creation"]


def _stream(data: bytes) -> BytesIO:

    return BytesIO(data)


def test_validated_lines_are_done_as_by_hand(bureau: Bureau) -> None:
    existing = bureau.a_user("incomplet@exemple.fr", bureau.prive)
    import_id = laid_down(
        bureau.acteur,
        bureau.place,
        somebody(
            **{
                "Téléphone": "0612345678",
                "Ouverture": (TODAY + timedelta(days=3)).strftime("%d/%m/%Y"),
                "Clôture": (TODAY + timedelta(days=30)).strftime("%d/%m/%Y"),
                "Poste de travail": "Itinérant",
                "Groupes": f"{bureau.prive.code} | {bureau.conv.code}",
            }
        ),
        somebody(1, **{"Adresse mail": "incomplet@exemple.fr", "Groupes": bureau.conv.code}),
    )

    bureau.post(import_id, "valider")
    row = done(import_id)

    assert (row.etat, row.creations, row.ajouts, row.refus) == (EtatImport.TERMINE, 1, 1, 0)
    account = db.session.scalars(select(Account).where(Account.email == "nadia0@exemple.fr")).one()
    place = db.session.scalars(
        select(Rattachement).where(Rattachement.account_id == account.id)
    ).one()
    assert (account.phone, account.state) == ("+33612345678", AccountState.EN_ATTENTE)
    assert (place.ouverture, place.cloture) == (
        TODAY + timedelta(days=3),
        TODAY + timedelta(days=30),
    )
    assert (place.mobilite, place.created_by) == ("itinerant", bureau.chef.id)
    assert bureau.held_by(place) == {bureau.prive.code, bureau.conv.code}
    assert bureau.held_by(existing) == {bureau.prive.code, bureau.conv.code}
    (mail,) = mails_to("nadia0@exemple.fr")
    assert format_identifiant(account.identifiant) in mail["body"]
    events = list(db.session.scalars(select(JournalEntry.event)))
    assert {
        event: events.count(event) for event in ("import_lance", "utilisateur_cree", "import_fini")
    } == {
        "import_lance": 1,
        "utilisateur_cree": 1,
        "import_fini": 1,
    }


def test_same_submit_twice_starts_one_import(bureau: Bureau) -> None:
    import_id = laid_down(bureau.acteur, bureau.place, somebody())

    bureau.post(import_id, "valider")
    bureau.post(import_id, "valider")

    assert deliveries() == [{"import_id": str(import_id)}]


def test_same_file_twice_creates_nobody_twice(bureau: Bureau) -> None:
    lines = [somebody(number, Groupes=bureau.prive.code) for number in range(3)]
    run(bureau.acteur, bureau.place, *lines)

    import_id = run(bureau.acteur, bureau.place, *lines)

    assert len(users_of(bureau.organisme)) == 4
    assert mails_waiting() == 3
    assert {verdict for verdict, _ in lines_of(import_id)} == {"inchange"}


def test_two_imports_of_the_same_file_at_once_create_nobody_twice(bureau: Bureau) -> None:
    other = an_account(email="autre@exemple.fr")
    place = a_rattachement(other, bureau.organisme, role=Role.ADMINISTRATEUR)
    autre = an_acteur(other.id, bureau.organisme)
    now = datetime.now(UTC)
    one = laid_down(bureau.acteur, bureau.place, somebody())
    two = laid_down(autre, place, somebody())
    assert execution.lancer(bureau.acteur, one, now)
    assert execution.lancer(autre, two, now)
    db.session.commit()

    done(one)
    done(two)

    assert users_of(bureau.organisme).count("nadia0@exemple.fr") == 1
    assert [verdict for verdict, _ in lines_of(two)] == ["inchange"]


def test_line_claimed_twice_is_done_once(bureau: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that the outbox took for dead, and that was only slow."""
    monkeypatch.setattr(execution, "LOT", 1)
    import_id = laid_down(bureau.acteur, bureau.place, somebody(1), somebody(2))
    execution.lancer(bureau.acteur, import_id, datetime.now(UTC))

    for _worker in range(3):
        execution.poursuivre({"import_id": str(import_id)})

    assert len(users_of(bureau.organisme)) == 3
    assert mails_waiting() == 2


def test_worker_that_dies_within_a_batch_loses_and_doubles_nothing(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_id = laid_down(bureau.acteur, bureau.place, *(somebody(n) for n in range(5)))
    execution.lancer(bureau.acteur, import_id, datetime.now(UTC))
    db.session.commit()
    creer = utilisateurs.creer
    calls = []

    def die_at_the_third(*args: Any) -> Any:
        calls.append(args)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return creer(*args)

    monkeypatch.setattr(utilisateurs, "creer", die_at_the_third)
    with pytest.raises(KeyboardInterrupt), transaction():
        execution.poursuivre({"import_id": str(import_id)})
    monkeypatch.undo()
    assert users_of(bureau.organisme) == ["chef@exemple.fr"]

    done(import_id)

    assert len(users_of(bureau.organisme)) == 6
    assert mails_waiting() == 5


def test_line_that_fails_by_our_fault_is_undone_alone(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_id = laid_down(bureau.acteur, bureau.place, somebody(1), somebody(2), somebody(3))
    creer = utilisateurs.creer

    def fail_half_way(acteur: Acteur, saisie: Any, now: datetime) -> Any:
        made = creer(acteur, saisie, now)
        if saisie.email == "nadia2@exemple.fr":
            raise ZeroDivisionError
        return made

    monkeypatch.setattr(utilisateurs, "creer", fail_half_way)
    execution.lancer(bureau.acteur, import_id, datetime.now(UTC))
    row = done(import_id)

    assert users_of(bureau.organisme) == [
        "chef@exemple.fr",
        "nadia1@exemple.fr",
        "nadia3@exemple.fr",
    ]
    assert (row.creations, row.refus, mails_waiting()) == (2, 1, 2)
    assert lines_of(import_id)[1][1].refus[0].motif == faire.PANNE


def test_author_who_may_no_longer_act_stops_the_import(bureau: Bureau) -> None:
    import_id = laid_down(bureau.acteur, bureau.place, somebody())
    execution.lancer(bureau.acteur, import_id, datetime.now(UTC))
    bureau.place.role = Role.UTILISATEUR
    db.session.commit()

    row = done(import_id)

    assert row.etat is EtatImport.ARRETE
    assert users_of(bureau.organisme) == ["chef@exemple.fr"]
    assert row.creations == 0


def test_suspended_account_stops_the_import(bureau: Bureau) -> None:
    import_id = laid_down(bureau.acteur, bureau.place, somebody())
    execution.lancer(bureau.acteur, import_id, datetime.now(UTC))
    bureau.chef.state = AccountState.SUSPENDU
    db.session.commit()

    assert done(import_id).etat is EtatImport.ARRETE
    assert users_of(bureau.organisme) == ["chef@exemple.fr"]


def a_responsable(bureau: Bureau, **values: Any) -> tuple[Acteur, Rattachement]:
    account = an_account(email="responsable@exemple.fr")
    place = a_rattachement(account, bureau.organisme)
    a_mandat(place, [bureau.prive], bureau.chef, **values)
    db.session.commit()
    sienne = selection(place.id, datetime.now(UTC))
    acteur = acteurs.de(sienne) if sienne else None
    assert acteur
    return acteur, place


def test_responsable_does_no_more_than_by_hand(bureau: Bureau) -> None:
    acteur, place = a_responsable(bureau)
    hidden = bureau.a_user("cache@exemple.fr", bureau.conv)
    import_id = laid_down(
        acteur,
        place,
        somebody(1, Groupes=bureau.prive.code),
        somebody(2, Groupes=bureau.conv.code),
        somebody(3, **{"Adresse mail": "cache@exemple.fr", "Groupes": bureau.prive.code}),
    )

    execution.lancer(acteur, import_id, datetime.now(UTC))
    row = done(import_id)

    assert [verdict for verdict, _ in lines_of(import_id)] == ["creation", "refus", "refus"]
    assert (row.creations, row.refus) == (1, 2)
    assert bureau.held_by(hidden) == {bureau.conv.code}
    habilitation = db.session.scalars(
        select(Habilitation).where(Habilitation.mandat_id == acteur.mandat_id)
    ).one()
    assert habilitation.granted_by == acteur.account_id


def test_responsable_without_creation_creates_nobody(bureau: Bureau) -> None:
    acteur, place = a_responsable(bureau, peut_creer=False)

    (line,) = lines_of(laid_down(acteur, place, somebody()))

    assert line[0] == "refus"
    assert "Votre mandat" in line[1].refus[0].motif


def test_perimeter_narrowed_since_the_trial_is_the_one_that_holds(bureau: Bureau) -> None:
    acteur, place = a_responsable(bureau)
    import_id = laid_down(acteur, place, somebody(Groupes=bureau.prive.code))
    execution.lancer(acteur, import_id, datetime.now(UTC))
    bureau.prive.actif = False
    db.session.commit()

    done(import_id)

    assert [verdict for verdict, _ in lines_of(import_id)] == ["refus"]
    assert "nadia0@exemple.fr" not in users_of(bureau.organisme)


def test_only_the_author_validates_and_a_colleague_may_stop(bureau: Bureau) -> None:
    other = an_account(email="autre@exemple.fr")
    place = a_rattachement(other, bureau.organisme, role=Role.ADMINISTRATEUR)
    import_id = laid_down(an_acteur(other.id, bureau.organisme), place, somebody())

    bureau.post(import_id, "valider")
    assert the_import(import_id).etat is EtatImport.ESSAI
    assert "Valider" not in bureau.client.get(f"{IMPORT}/{import_id}").text

    execution.lancer(an_acteur(other.id, bureau.organisme), import_id, datetime.now(UTC))
    bureau.post(import_id, "annuler")
    assert done(import_id).etat is EtatImport.ANNULE


def test_cancelled_import_keeps_what_is_done_and_does_no_more(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execution, "LOT", 2)
    import_id = laid_down(bureau.acteur, bureau.place, *(somebody(n) for n in range(5)))
    execution.lancer(bureau.acteur, import_id, datetime.now(UTC))
    execution.poursuivre({"import_id": str(import_id)})

    bureau.post(import_id, "annuler")
    execution.poursuivre({"import_id": str(import_id)})

    row = the_import(import_id)
    assert (row.etat, row.creations) == (EtatImport.ANNULE, 2)
    assert len(users_of(bureau.organisme)) == 3
    page = bureau.client.get(f"{IMPORT}/{import_id}").text
    assert "Ce qui était déjà fait le reste." in page
    assert page.count("Pas créé") == 3


def test_trial_forgotten_leaves_nothing(bureau: Bureau) -> None:
    import_id = laid_down(bureau.acteur, bureau.place, somebody())

    bureau.post(import_id, "annuler")

    assert bureau.client.get(f"{IMPORT}/{import_id}").status_code == 404
    assert db.session.scalar(select(func.count()).select_from(LigneImport)) == 0


def test_new_trial_takes_the_place_of_the_one_before(bureau: Bureau) -> None:
    first = laid_down(bureau.acteur, bureau.place, somebody())
    second = laid_down(bureau.acteur, bureau.place, somebody())

    assert list(db.session.scalars(select(ImportUtilisateurs.id))) == [second]
    assert first != second


def test_refused_lines_are_corrected_and_sent_again(bureau: Bureau) -> None:
    import_id = laid_down(
        bureau.acteur,
        bureau.place,
        somebody(1),
        somebody(2, **{"Adresse mail": "nadia2 exemple.fr"}),
    )
    answer = bureau.client.get(f"{IMPORT}/{import_id}/refus?format=xlsx")
    header, line = (row.cells for row in read_rows(_stream(answer.data), essai._BOUNDS))
    assert header == (*LUES, *REFUS)
    assert line[-3:-1] == ("3", "Adresse mail")

    fixed = dict(zip(header, line, strict=True)) | {"Adresse mail": "nadia2@exemple.fr"}
    answer = sent(bureau.client, bureau.organisme, a_file([fixed], Format.XLSX, header))

    assert [v for v, _ in lines_of(UUID(answer.location.rsplit("/", 1)[1]))] == ["creation"]


def test_lines_are_filtered_and_paged(bureau: Bureau) -> None:
    lines = [somebody(n, **({"Téléphone": "12"} if n % 2 else {})) for n in range(130)]
    import_id = laid_down(bureau.acteur, bureau.place, *lines)
    address = f"{IMPORT}/{import_id}?montrer=refus"

    page = bureau.client.get(address).text

    assert page.count("<strong>Refusé</strong>") == 50
    following = re.search(r'rel="next" href="([^"#]+)', page)
    assert following
    page = bureau.client.get(following[1].replace("&amp;", "&")).text
    assert page.count("<strong>Refusé</strong>") == 15
    assert "À créer</td>" not in page


@pytest.mark.parametrize("apres", ["-1", "9" * 30, "x", "20000"])
def test_whatever_the_address_says_is_a_page(bureau: Bureau, apres: str) -> None:
    import_id = laid_down(bureau.acteur, bureau.place, somebody())

    answer = bureau.client.get(f"{IMPORT}/{import_id}?apres={apres}&montrer={apres}")

    assert answer.status_code == 200


def test_import_that_is_over_is_not_stopped(bureau: Bureau) -> None:
    import_id = run(bureau.acteur, bureau.place, somebody())

    bureau.post(import_id, "annuler")

    assert the_import(import_id).etat is EtatImport.TERMINE


def test_page_of_a_running_import_comes_back_by_itself(bureau: Bureau) -> None:
    import_id = laid_down(bureau.acteur, bureau.place, somebody(1), somebody(2))
    address = f"{IMPORT}/{import_id}"
    assert "Refresh" not in bureau.client.get(address).headers
    execution.lancer(bureau.acteur, import_id, datetime.now(UTC))

    running = bureau.client.get(address)
    paused = bureau.client.get(f"{address}?pause=oui")
    done(import_id)
    over = bureau.client.get(address)

    assert running.headers["Refresh"] == "3"
    assert '<progress class="mcp-progression" id="progression" max="2" value="0">' in running.text
    assert "Refresh" not in paused.headers
    assert "Refresh" not in over.headers
    assert "2 créés, 0 complété" in " ".join(over.text.split())


def test_words_of_people_are_sealed(bureau: Bureau) -> None:
    import_id = laid_down(bureau.acteur, bureau.place, somebody())

    row = db.session.scalars(select(LigneImport).where(LigneImport.import_id == import_id)).one()

    assert b"nadia" not in row.contenu.lower()


def test_lines_are_erased_after_thirty_days_then_the_import(bureau: Bureau) -> None:
    import_id = run(bureau.acteur, bureau.place, somebody())
    now = datetime.now(UTC)

    assert oubli.oublier(now + timedelta(days=29)) == 0
    assert oubli.oublier(now + timedelta(days=31)) == 1

    assert lines_of(import_id) == []
    db.session.commit()
    page = bureau.client.get(f"{IMPORT}/{import_id}").text
    assert "effacées 30 jours après sa fin" in page
    assert oubli.oublier(now + timedelta(days=31)) == 0
    assert oubli.oublier(now + timedelta(days=366)) == 1
    assert db.session.get(ImportUtilisateurs, import_id) is None


def test_trial_that_nobody_validated_is_forgotten_after_a_week(bureau: Bureau) -> None:
    laid_down(bureau.acteur, bureau.place, somebody())

    oubli.oublier(datetime.now(UTC) + timedelta(days=8))

    assert db.session.scalar(select(func.count()).select_from(LigneImport)) == 0


def test_five_thousand_lines_cost_a_constant_number_of_statements(bureau: Bureau) -> None:
    def statements(count: int) -> int:
        lines = [somebody(number, Groupes=bureau.prive.code) for number in range(count)]
        with counted() as sent_:
            import_id = laid_down(bureau.acteur, bureau.place, *lines)
        assert the_import(import_id).creations == count
        return len(sent_)

    few, many = statements(400), statements(5000)

    # Two statements of look-up for each 500 lines, and the rows in a few inserts.
    assert many - few <= 2 * 10


def test_one_line_too_many_is_refused(bureau: Bureau) -> None:
    lines = [somebody(number) for number in range(essai.LIGNES_MAX + 1)]

    with pytest.raises(FichierRefuse, match="plus de 5"):
        laid_down(bureau.acteur, bureau.place, *lines)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "vide"),
        (b"Nom;Age\nA;3\n", "Colonne inconnue"),
        (b"Nom\nA\n", "Colonne absente : « Adresse mail »"),
        (b"PK\x03\x04nothing", "abîmé"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ancien format"),
        ("Nom;Prénom;Adresse mail\n".encode(), "aucun utilisateur"),
    ],
)
def test_file_that_cannot_be_read_is_said_beside_the_field(
    bureau: Bureau, data: bytes, said: str
) -> None:
    answer = sent(bureau.client, bureau.organisme, data)

    assert answer.status_code == 200
    assert said in answer.text
    assert 'id="fichier-erreur"' in answer.text


def test_no_file_is_said(bureau: Bureau) -> None:
    answer = bureau.client.post(IMPORT, data={"organisme": str(bureau.organisme.id)})

    assert "Choisissez un fichier." in answer.text


def test_file_of_more_than_a_megabyte_enters_by_this_door_only(bureau: Bureau) -> None:
    large = a_file([somebody()]) + b";" * 1_200_000

    accepted = sent(bureau.client, bureau.organisme, large)

    assert (
        accepted.status_code,
        "La ligne dépasse" in bureau.client.get(accepted.location).text,
    ) == (
        303,
        True,
    )
    assert sent(bureau.client, bureau.organisme, b"x" * 5_300_000).status_code == 413
    creer = "/habilitations/utilisateurs/creer"
    assert sent(bureau.client, bureau.organisme, large, to=creer).status_code == 413


def test_outbox_calls_again_until_it_is_done(bureau: Bureau, app: Flask) -> None:
    import_id = laid_down(bureau.acteur, bureau.place, *(somebody(n) for n in range(45)))
    execution.lancer(bureau.acteur, import_id, datetime.now(UTC))
    db.session.commit()

    for _round in range(20):
        if the_import(import_id).ended_at:
            break
        outbox.deliver_due(datetime.now(UTC))

    row = the_import(import_id)
    assert (row.etat, row.creations) == (EtatImport.TERMINE, 45)
    assert len(users_of(bureau.organisme)) == 46


def test_import_of_nobody_is_over_at_once(bureau: Bureau) -> None:
    execution.poursuivre({"import_id": str(uuid4())})

    assert deliveries() == []


def test_list_of_imports(bureau: Bureau) -> None:
    run(bureau.acteur, bureau.place, somebody(), somebody(1, Téléphone="12"))

    page = bureau.client.get(IMPORT).text

    assert "liste.csv" in page
    assert re.search(r'data-label="Créés">1</td>', page)
    assert re.search(r'data-label="Refusés">1</td>', page)


def test_organisme_of_another_is_out_of_reach(bureau: Bureau) -> None:
    theirs: Organisme = an_organisme(raison_sociale="LES PEUPLIERS")
    chef = an_account(email="peuplier@exemple.fr")
    place = a_rattachement(chef, theirs, role=Role.ADMINISTRATEUR)
    import_id = laid_down(an_acteur(chef.id, theirs), place, somebody())
    db.session.commit()

    for path in ("", "/refus"):
        assert bureau.client.get(f"{IMPORT}/{import_id}{path}").status_code == 404
    for path in ("/valider", "/annuler"):
        answer = bureau.client.post(
            f"{IMPORT}/{import_id}{path}", data={"organisme": str(bureau.organisme.id)}
        )
        assert answer.status_code == 404
    assert the_import(import_id).etat is EtatImport.ESSAI
