"""Two organismes that are one: what moves, who keeps what, what ends, and how it is undone or refused."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from factories import (
    a_caisse,
    a_contrat,
    a_groupe,
    a_mandat,
    a_mandat_of_program,
    a_rattachement,
    agent_signed_in,
    an_account,
    an_agent,
    an_habilitation,
    an_organisme,
    signed_in,
)
from flask import Flask
from flask.testing import FlaskClient
from flows import code_for, exchange
from rows_of import changed, rows_of
from sent_mails import mails_to
from sql_budget import counted
from sqlalchemy import func, select

from idp import clock
from idp.accounts.models import Account, AccountState, BrowserSession
from idp.audit import JournalEntry
from idp.db import db
from idp.errors import NotHere
from idp.habilitations.agents import AgentVu, agent_of
from idp.habilitations.claims import droits
from idp.habilitations.courriers import adresses, lots
from idp.habilitations.fusion import apercu, reunion, separation
from idp.habilitations.fusion.models import Fusion
from idp.habilitations.fusion.policy import Obstacle
from idp.habilitations.fusion.reunion import Change
from idp.habilitations.models import (
    AvisDeRetrait,
    Convention,
    Groupe,
    Habilitation,
    Mandat,
    NumeroUtilisateur,
    Organisme,
    Qualite,
    Rattachement,
    Role,
    RoleAgent,
)
from idp.habilitations.organismes.enregistrement import preparer_courriers
from idp.habilitations.revues.models import Revue
from idp.oidc.models import Grant

NOW = datetime.now(UTC)


@dataclass
class Deux:
    """LES OLIVIERS, which keeps, and SCI DES OLIVIERS, which is put into it."""

    agent: AgentVu
    garde: Organisme
    absorbe: Organisme
    groupe: Groupe
    groupe_absorbe: Groupe
    chef: Rattachement
    nadia: Rattachement

    def vu(self) -> apercu.Apercu:
        return apercu.montrer(self.agent, self.garde.id, self.absorbe.id, NOW)

    def reunir(self) -> Fusion:
        fait = reunion.reunir(
            self.agent,
            self.garde.id,
            self.absorbe.id,
            empreinte=self.vu().empreinte,
            motif="Le même bailleur",
            now=NOW,
        )
        assert isinstance(fait, Fusion)
        return fait

    def separer(self, fusion: Fusion) -> Obstacle | None:
        return separation.separer(self.agent, self.garde.id, fusion.id, motif="Erreur", now=NOW)


@pytest.fixture
def deux(app: Flask) -> Deux:
    garde = an_organisme()
    absorbe = an_organisme(
        raison_sociale="SCI DES OLIVIERS", caisse_code=a_caisse("751", ("75",)).code
    )
    groupe, groupe_absorbe = a_groupe(a_contrat(garde)), a_groupe(a_contrat(absorbe))
    for valeur, of in (("35900000000001", garde), ("75100000000001", absorbe)):
        numero = NumeroUtilisateur(valeur=valeur, organisme_id=of.id, caisse_code=of.caisse_code)
        db.session.add(numero)
    chef = a_rattachement(an_account(), garde, role=Role.ADMINISTRATEUR)
    nadia = a_rattachement(an_account(given_name="Nadia"), absorbe)
    an_habilitation(nadia, groupe_absorbe)
    agent = agent_of(an_agent().id)
    assert agent is not None
    return Deux(agent, garde, absorbe, groupe, groupe_absorbe, chef, nadia)


def of(rattachement_id: UUID) -> Rattachement:
    return db.session.get_one(Rattachement, rattachement_id, populate_existing=True)


def owner(model: type, row_id: object) -> UUID:
    return db.session.get_one(model, row_id, populate_existing=True).organisme_id


def both(deux: Deux, ici: dict[str, object], la_bas: dict[str, object]) -> tuple[UUID, UUID]:
    """A person who is in both: the ids of their places."""
    person = an_account(given_name="Zoé")
    gardee = a_rattachement(person, deux.garde, **ici)
    absorbee = a_rattachement(person, deux.absorbe, **la_bas)
    an_habilitation(gardee, deux.groupe)
    an_habilitation(absorbee, deux.groupe_absorbe)
    return gardee.id, absorbee.id


def groups_of(rattachement_id: UUID) -> set[UUID]:
    return set(
        db.session.scalars(
            select(Habilitation.groupe_id).where(Habilitation.rattachement_id == rattachement_id)
        )
    )


def test_numbers_conventions_and_people_move_and_keep_their_rights(deux: Deux) -> None:
    deux.reunir()

    assert owner(NumeroUtilisateur, "75100000000001") == deux.garde.id
    convention = db.session.scalars(
        select(Convention.organisme_id).where(Convention.libelle == "SCI DES OLIVIERS")
    ).one()
    assert convention == deux.garde.id
    assert of(deux.nadia.id).organisme_id == deux.garde.id
    rights = droits(deux.nadia.id, "offre-bailleurs", NOW)
    assert rights is not None
    assert [right.code for right in rights.habilitations] == [deux.groupe_absorbe.code]
    absorbe = db.session.get_one(Organisme, deux.absorbe.id, populate_existing=True)
    assert absorbe.fusionne_dans == deux.garde.id
    left = select(func.count()).where(Rattachement.organisme_id == absorbe.id)
    assert db.session.scalar(left) == 0


def test_both_journals_tell_it(deux: Deux) -> None:
    fusion = deux.reunir()

    rows = db.session.scalars(select(JournalEntry).where(JournalEntry.event == "organismes_reunis"))
    told = {row.organisme_id: (row.data["autre"], row.data["garde"]) for row in rows}
    assert told == {
        deux.garde.id: ("SCI DES OLIVIERS", True),
        deux.absorbe.id: ("LES OLIVIERS", False),
    }
    assert fusion.motif == "Le même bailleur"


def test_the_administrateurs_of_both_are_told_by_mail_once_each(deux: Deux) -> None:
    deux.absorbe.email = "contact@sci.exemple"
    there = an_account(email="admin@sci.exemple")
    a_rattachement(there, deux.absorbe, role=Role.ADMINISTRATEUR)
    zoe = an_account(given_name="Zoé", email="zoe@exemple.fr")
    for organisme in (deux.garde, deux.absorbe):
        a_rattachement(zoe, organisme, role=Role.ADMINISTRATEUR)
    here = db.session.get_one(Account, deux.chef.account_id)
    here.email = "admin@oliviers.exemple"
    a_rattachement(
        an_account(email="parti@sci.exemple"),
        deux.absorbe,
        role=Role.ADMINISTRATEUR,
        suspendu_at=NOW,
    )
    a_rattachement(an_account(email="simple@sci.exemple"), deux.absorbe)
    told = ("contact@sci.exemple", "admin@sci.exemple", "zoe@exemple.fr", "admin@oliviers.exemple")

    fusion = deux.reunir()

    for address in told:
        (read,) = mails_to(address)
        assert read["subject"] == "SCI DES OLIVIERS et LES OLIVIERS ne font plus qu’un"
        assert "Motif : Le même bailleur" in read["body"]
    assert [mails_to(one) for one in ("parti@sci.exemple", "simple@sci.exemple")] == [[], []]

    assert deux.separer(fusion) is None

    for address in told:
        read = {one["subject"]: one["body"] for one in mails_to(address)}
        assert len(read) == 2
        assert "Motif : Erreur" in read["SCI DES OLIVIERS et LES OLIVIERS sont de nouveau séparés"]


def test_what_is_refused_tells_nobody(deux: Deux) -> None:
    db.session.get_one(Account, deux.chef.account_id).email = "admin@oliviers.exemple"
    deux.garde.suspendu_at = NOW
    db.session.flush()

    fait = reunion.reunir(
        deux.agent,
        deux.garde.id,
        deux.absorbe.id,
        empreinte=deux.vu().empreinte,
        motif="x",
        now=NOW,
    )

    assert fait is Obstacle.SUSPENDU
    assert mails_to("admin@oliviers.exemple") == []


@pytest.mark.parametrize(
    ("ici", "la_bas", "role"),
    [
        (Role.UTILISATEUR, Role.ADMINISTRATEUR, Role.ADMINISTRATEUR),
        (Role.ADMINISTRATEUR, Role.UTILISATEUR, Role.ADMINISTRATEUR),
        (Role.UTILISATEUR, Role.UTILISATEUR, Role.UTILISATEUR),
    ],
)
def test_who_is_in_both_keeps_the_higher_role_and_both_groups(
    deux: Deux, ici: Role, la_bas: Role, role: Role
) -> None:
    gardee, absorbee = both(deux, {"role": ici}, {"role": la_bas})

    deux.reunir()

    assert of(gardee).role is role
    assert groups_of(gardee) == {deux.groupe.id, deux.groupe_absorbe.id}
    assert groups_of(absorbee) == set()
    assert of(absorbee).organisme_id == deux.absorbe.id
    assert of(absorbee).suspendu_at is not None


def test_a_suspension_of_the_caf_is_not_lifted_by_it(deux: Deux) -> None:
    suspendue = {"suspendu_at": NOW, "suspendu_par": Qualite.CAF}
    gardee, _absorbee = both(deux, {}, suspendue)

    deux.reunir()

    assert (of(gardee).suspendu_at is not None, of(gardee).suspendu_par) == (True, Qualite.CAF)


def test_the_role_of_a_place_that_is_over_counts_for_nothing(deux: Deux) -> None:
    hier = clock.today(NOW) - timedelta(days=2)
    close = {"role": Role.ADMINISTRATEUR, "ouverture": hier, "cloture": hier}
    gardee, _absorbee = both(deux, {}, close)

    deux.reunir()

    assert of(gardee).role is Role.UTILISATEUR
    assert of(gardee).cloture is None


def test_a_mandate_follows_its_holder_or_ends_and_never_grows(deux: Deux) -> None:
    seul, seul_absorbe = both(deux, {}, {})
    les_deux, les_deux_absorbe = both(deux, {}, {})
    chef = db.session.get_one(Account, deux.chef.account_id)
    suit = a_mandat(of(seul_absorbe), [deux.groupe_absorbe], chef)
    reste = a_mandat(of(les_deux), [deux.groupe], chef)
    finit = a_mandat(of(les_deux_absorbe), [deux.groupe_absorbe], chef)

    deux.reunir()

    for mandat in (suit, reste, finit):
        db.session.refresh(mandat)
    assert (suit.rattachement_id, suit.organisme_id, suit.ended_at) == (seul, deux.garde.id, None)
    assert (of(seul).role, of(les_deux).role) == (Role.RESPONSABLE_HABILITATION,) * 2
    assert reste.ended_at is None
    assert finit.ended_at is not None


def test_a_program_follows_with_its_mandate(deux: Deux) -> None:
    chef = db.session.get_one(Account, deux.chef.account_id)
    mandat = a_mandat_of_program(deux.absorbe, [deux.groupe_absorbe], chef)

    assert deux.vu().programmes == ("Annuaire RH",)
    deux.reunir()

    assert owner(Mandat, mandat.id) == deux.garde.id


def test_sessions_and_what_services_hold_end_and_services_are_told(
    client: FlaskClient, deux: Deux
) -> None:
    signed_in(client, db.session.get_one(Account, deux.nadia.account_id), deux.nadia)
    exchange(client, code_for(client))
    db.session.commit()

    deux.reunir()

    session = db.session.scalars(
        select(BrowserSession).where(BrowserSession.account_id == deux.nadia.account_id)
    ).one()
    grant = db.session.scalars(select(Grant)).one()
    assert session.ended_at is not None
    assert grant.revoked_at is not None
    told = db.session.scalars(select(AvisDeRetrait)).one()
    assert (told.service, told.rattachement_id) == ("offre-bailleurs", deux.nadia.id)


@pytest.mark.parametrize("quoi", ["le_meme", "suspendu", "delegation", "revue", "deja"])
def test_what_stands_in_the_way_is_told_and_nothing_moves(deux: Deux, quoi: str) -> None:
    if quoi == "suspendu":
        deux.absorbe.suspendu_at = NOW
    if quoi == "delegation":
        deux.garde.delegation_retiree_at = NOW
    if quoi == "deja":
        deux.absorbe.fusionne_dans = an_organisme().id
    if quoi == "revue":
        db.session.add(
            Revue(organisme_id=deux.absorbe.id, opened_at=NOW, echeance=clock.today(NOW))
        )
    absorbe_id = deux.garde.id if quoi == "le_meme" else deux.absorbe.id
    db.session.flush()
    vu = apercu.montrer(deux.agent, deux.garde.id, absorbe_id, NOW)
    before = rows_of([deux.absorbe.id])

    fait = reunion.reunir(
        deux.agent, deux.garde.id, absorbe_id, empreinte=vu.empreinte, motif="x", now=NOW
    )

    assert fait is vu.obstacle
    assert isinstance(fait, Obstacle)
    assert rows_of([deux.absorbe.id]) == before


def test_what_changed_since_it_was_shown_is_shown_again(deux: Deux) -> None:
    vu = deux.vu()
    a_rattachement(an_account(), deux.absorbe)

    fait = reunion.reunir(
        deux.agent, deux.garde.id, deux.absorbe.id, empreinte=vu.empreinte, motif="x", now=NOW
    )

    assert fait is Change.ENTRE_TEMPS
    assert of(deux.nadia.id).organisme_id == deux.absorbe.id


def test_an_agent_of_one_caisse_puts_nothing_of_another_together(deux: Deux) -> None:
    local = AgentVu(deux.agent.account_id, RoleAgent.SUPERVISEUR, ("359",))

    with pytest.raises(NotHere):
        apercu.montrer(local, deux.garde.id, deux.absorbe.id, NOW)
    with pytest.raises(NotHere):
        reunion.reunir(local, deux.garde.id, deux.absorbe.id, empreinte="", motif="x", now=NOW)


def kept_rows(deux: Deux) -> dict[str, set[str]]:
    """Everything of both, but what tells that it happened."""
    told = {"journal", "fusion", "ligne_de_fusion", "avis_de_retrait", "outbox", "oidc_grant"}
    rows = rows_of([deux.garde.id, deux.absorbe.id])
    return {table: kept for table, kept in rows.items() if table not in told}


def test_splitting_back_leaves_everything_as_it_was(deux: Deux) -> None:
    both(deux, {}, {"role": Role.ADMINISTRATEUR})
    chef = db.session.get_one(Account, deux.chef.account_id)
    _seul, seul_absorbe = both(deux, {}, {})
    a_mandat(of(seul_absorbe), [deux.groupe_absorbe], chef)
    a_mandat_of_program(deux.absorbe, [deux.groupe_absorbe], chef)
    db.session.flush()
    before = kept_rows(deux)

    fusion = deux.reunir()
    assert kept_rows(deux) != before
    assert deux.separer(fusion) is None

    assert kept_rows(deux) == before
    assert deux.separer(fusion) is Obstacle.DEFAITE


def test_splitting_back_gives_nobody_what_was_taken_since(deux: Deux) -> None:
    gardee, absorbee = both(deux, {}, {"role": Role.ADMINISTRATEUR})
    fusion = deux.reunir()
    place = of(gardee)
    place.role, place.suspendu_at, place.suspendu_par = Role.UTILISATEUR, NOW, Qualite.CAF
    db.session.flush()

    assert deux.separer(fusion) is None

    for one in (gardee, absorbee):
        assert of(one).role is Role.UTILISATEUR
        assert of(one).suspendu_par is Qualite.CAF


@pytest.mark.parametrize("sens", ["vers_la_convention", "vers_le_groupe"])
def test_splitting_back_is_refused_once_rights_are_mixed(deux: Deux, sens: str) -> None:
    fusion = deux.reunir()
    if sens == "vers_la_convention":
        an_habilitation(deux.chef, deux.groupe_absorbe)
    else:
        an_habilitation(of(deux.nadia.id), deux.groupe)

    assert deux.separer(fusion) is Obstacle.GROUPES_MELES
    assert of(deux.nadia.id).organisme_id == deux.garde.id


def test_splitting_back_is_refused_once_a_mandate_is_mixed(deux: Deux) -> None:
    fusion = deux.reunir()
    chef = db.session.get_one(Account, deux.chef.account_id)
    autre = a_rattachement(an_account(), deux.garde)
    mandat = a_mandat(autre, [deux.groupe_absorbe], chef)

    assert deux.separer(fusion) is Obstacle.MANDATS_MELES
    mandat.ended_at = NOW
    db.session.flush()
    assert deux.separer(fusion) is None


def test_a_merger_of_a_merger_is_undone_last_first(deux: Deux) -> None:
    premiere = deux.reunir()
    troisieme = an_organisme(raison_sociale="OPH")
    vu = apercu.montrer(deux.agent, troisieme.id, deux.garde.id, NOW)
    reunion.reunir(
        deux.agent, troisieme.id, deux.garde.id, empreinte=vu.empreinte, motif="x", now=NOW
    )

    assert deux.separer(premiere) is Obstacle.DEJA_REUNI


def test_the_preview_costs_the_same_whatever_moves(deux: Deux) -> None:
    def cost() -> int:
        with counted() as statements:
            deux.vu()
        return len(statements)

    before = cost()
    for _rang in range(10):
        both(deux, {}, {})
        a_rattachement(an_account(), deux.absorbe)

    assert cost() <= before
    assert before <= 10


def test_it_is_asked_twice_then_done_then_undone_from_the_pages(
    client: FlaskClient, deux: Deux
) -> None:
    agent_signed_in(client, RoleAgent.SUPERVISEUR, ["359", "751"])
    page = f"/caf/organismes/{deux.garde.id}/fusion"
    assert "SCI DES OLIVIERS" in client.get(f"{page}?q=oliviers").text
    page += f"/{deux.absorbe.id}"

    first = client.post(page, data={"motif": "Le même bailleur"})
    assert "Réunir définitivement" in first.text
    assert of(deux.nadia.id).organisme_id == deux.absorbe.id
    forged = client.post(page, data={"motif": "Le même bailleur", "apercu": "x"})
    assert "ont changé entre-temps" in forged.text
    sent = {"motif": "Le même bailleur", "apercu": deux.vu().empreinte}
    done = client.post(page, data=sent)

    assert done.status_code == 303
    dossier = client.get(done.location).text
    assert "Organismes réunis à celui-ci" in dossier
    assert "réuni à un autre" in client.get("/caf/organismes?q=sci").text
    assert (
        f"/caf/organismes/{deux.garde.id}" in client.get(f"/caf/organismes/{deux.absorbe.id}").text
    )
    fusion = db.session.scalars(select(Fusion)).one()
    undo = f"/caf/organismes/{deux.garde.id}/fusions/{fusion.id}"
    assert "SCI DES OLIVIERS" in client.get(undo).text
    assert client.post(undo, data={"motif": "Erreur"}).status_code == 303
    assert of(deux.nadia.id).organisme_id == deux.absorbe.id


MOVES = {"numero_utilisateur", "convention", "rattachement", "mandat", "succession"} | {
    "avis_de_retrait",
    "courrier",
    "suspension",
}
STAYS = {"changement_d_organisme", "rappel_d_echeances", "campagne_destinataire"} | {
    "import_utilisateurs",  # over: one under way stands in the way
    "revue",
    "remplacement",
    "sans_administrateur",  # looked at anew, every hour
}


def test_every_table_of_an_organisme_moves_or_stays_on_purpose() -> None:
    """A new table that bears an organisme: say here whether it follows, and make it (``reunion.suivre``)."""
    bearing = {
        table.name
        for table in db.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table.name == "organisme" and key.parent.name == "organisme_id"
    }

    assert bearing == MOVES | STAYS


def test_letters_do_not_follow_to_an_address_that_one_agent_chose(deux: Deux) -> None:
    """The attack: the organisme of somebody who waits for their letters is put into one's own."""
    account = an_account(password=None, state=AccountState.PREPARE, email=None)
    a_rattachement(account, deux.absorbe)
    preparer_courriers(account, deux.absorbe, NOW)
    deux.garde.adresse = ["Chez moi", "35000 RENNES"]
    db.session.flush()

    deux.reunir()

    assert lots.a_exporter() == 0
    second = agent_of(an_agent().id)
    assert second
    mine, theirs = (adresses.lister(one, NOW).lignes for one in (deux.agent, second))
    assert [une.version for une in mine] == [une.version for une in theirs]
    versions = [une.version for une in theirs]
    assert adresses.confirmer(deux.agent, versions, NOW) == 0
    assert adresses.confirmer(second, versions, NOW) == 1
    assert lots.a_exporter() == 2


def test_what_was_put_into_another_takes_nothing_any_more_and_says_where(
    client: FlaskClient, deux: Deux
) -> None:
    """By an address that an agent kept, or a page that was open meanwhile."""
    agent_signed_in(client, RoleAgent.NATIONAL)
    of = f"/caf/organismes/{deux.absorbe.id}"
    nadia = deux.nadia.id
    version = re.search(r'name="version"[^>]*value="(\w+)"', client.get(f"{of}/modifier").text)
    assert version
    deux.reunir()
    changes = {
        "type": "personne_morale",
        "raison_sociale": "X",
        "adresse": "1 rue\n35000 RENNES",
        "version": version[1],
    }
    sent: dict[str, dict[str, str]] = {
        "/modifier": changes,
        "/conventions/preparer": {"libelle": "Nouvelle", "debut": "2030-01-01"},
        f"/supervision/suspendre/organisme/{deux.absorbe.id}": {},
        "/supervision/delegation": {},
        "/supervision/remplacement": {"civilite": "Mme", "nom": "Le Gall", "prenom": "Anne"},
    }
    before = rows_of([deux.absorbe.id])

    for page, typed in sent.items():
        answer = client.post(of + page, data={"motif": "Il le faut bien", **typed})
        assert answer.status_code == 409, page
        assert "a été réuni à « LES OLIVIERS »" in answer.text, page

    assert changed(before, rows_of([deux.absorbe.id])) == []
    assert "Modifier ce dossier" not in client.get(of).text
    assert "Préparer une convention" not in client.get(f"{of}/conventions").text
    assert db.session.get_one(Rattachement, nadia).organisme_id == deux.garde.id
