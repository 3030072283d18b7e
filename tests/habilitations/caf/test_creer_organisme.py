"""An organisme entered by hand obeys the rules of the file; its numbers are corrected by their own caisse."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from dossiers import AUTRE_CAISSE, CAISSE, Dossier, un_dossier
from factories import a_caisse, agent_signed_in, an_agent, an_organisme, signed_in
from filled_forms import fields
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from idp import outbox
from idp.accounts.models import Account, AccountState
from idp.audit import COMMAND_LINE, Actor, JournalEntry
from idp.db import db
from idp.habilitations.agents import AgentVu
from idp.habilitations.models import (
    Courrier,
    Groupe,
    Habilitation,
    NumeroUtilisateur,
    Organisme,
    Rattachement,
    RoleAgent,
    TypeCourrier,
    TypeOrganisme,
)
from idp.habilitations.organismes import creation, recherche, saisie
from idp.habilitations.organismes.attribution import numeros_de
from idp.habilitations.organismes.declaration import OrganismeDeclare
from idp.habilitations.organismes.enregistrement import enregistrer, prevoir
from idp.habilitations.organismes.models import Champ, ChangementDOrganisme
from idp.habilitations.organismes.plan import Effet, Motif, Portee
from idp.outbox import Delivery

NUMERO, AUTRE_NUMERO = "35900007090001", "35900007090002"
CREER = "/caf/organismes/creer"
LANDLORD = {
    "caisse": CAISSE,
    "type": "personne_morale",
    "raison_sociale": "SCI Les Ajoncs",
    "siret": "732 829 320 00074",
    "numeros_utilisateur": "359 00007090001\r\nA123456",
    "adresse": "3 rue Neuve\r\n35000 RENNES",
    "types_logement": ["prive", "conventionne"],
    "zones": "35, 561",
    "motif": "Demande reçue par courrier",
}


@pytest.fixture
def dossier(app: Flask) -> Dossier:
    return un_dossier()


def create(client: FlaskClient, **typed: Any) -> Any:
    return client.post(CREER, data={**LANDLORD, **typed})


def created() -> Organisme:
    return db.session.scalars(
        select(Organisme).where(Organisme.raison_sociale == LANDLORD["raison_sociale"])
    ).one()


def vu(role: RoleAgent = RoleAgent.GESTIONNAIRE, *caisses: str) -> AgentVu:
    codes = caisses or (CAISSE,)
    return AgentVu(an_agent(role, codes).id, role, codes)


def test_an_organisme_is_created_whole_and_found_at_once(client: FlaskClient) -> None:
    agent_signed_in(client, RoleAgent.NATIONAL)

    done = create(client)

    assert done.status_code == 303
    of = created()
    assert done.location.endswith(str(of.id))
    assert set(numeros_de(of.id)) == {NUMERO, "A123456"}
    codes = select(Groupe.code).order_by(Groupe.code)
    assert db.session.scalars(codes).all() == [
        *("offre-bailleurs:conventionne:359", "offre-bailleurs:conventionne:561"),
        *("offre-bailleurs:prive:359", "offre-bailleurs:prive:561"),
    ]
    [place] = db.session.scalars(select(Rattachement).where(Rattachement.organisme_id == of.id))
    assert len(db.session.scalars(select(Habilitation)).all()) == 4
    assert db.session.get_one(Account, place.account_id).state is AccountState.PREPARE
    lettres = select(Courrier.type).where(Courrier.organisme_id == of.id)
    assert set(db.session.scalars(lettres)) == {TypeCourrier.IDENTIFIANT, TypeCourrier.SECRET}
    assert "SCI Les Ajoncs" in client.get("/caf/organismes?q=A123456").text
    [fait] = db.session.scalars(select(JournalEntry).where(JournalEntry.event == "organisme_cree"))
    assert fait.data == {"caisse": CAISSE, "motif": "Demande reçue par courrier"}
    assert "Motif : Demande" in client.get(f"/caf/organismes/{of.id}/journal").text


def test_the_file_of_the_caisse_changes_nothing_of_it_afterwards(client: FlaskClient) -> None:
    agent_signed_in(client, RoleAgent.NATIONAL)
    create(client)
    declare = creation.lire(
        {
            **{nom: LANDLORD[nom] for nom in ("caisse", "type", "raison_sociale", "siret")},
            "numeros_utilisateur": "35900007090001|A123456",
            "adresse_1": "3 rue Neuve",
            "adresse_2": "35000 RENNES",
            "zones": "35|561",
            "types_logement": "prive|conventionne",
        }
    )
    assert not isinstance(declare, list)

    [plan] = enregistrer([declare], actor=COMMAND_LINE, now=datetime.now(UTC))

    assert plan.effet is Effet.INCHANGE


def test_a_personne_physique_whose_address_is_known_is_written_to_by_mail(
    client: FlaskClient,
) -> None:
    agent_signed_in(client, RoleAgent.GESTIONNAIRE, [CAISSE])
    person = {
        "type": "personne_physique",
        "raison_sociale": "",
        "siret": "",
        "zones": "",
        "civilite": "Mme",
        "nom": "Martin",
        "prenom": "Anne",
        "courriel": "anne@exemple.fr",
    }

    assert create(client, **person).status_code == 303

    of = db.session.scalars(select(Organisme).where(Organisme.raison_sociale == "Mme Anne Martin"))
    assert of.one().type is TypeOrganisme.PERSONNE_PHYSIQUE
    assert db.session.scalars(select(Courrier)).all() == []
    mails = [str(outbox.read(row)) for row in db.session.scalars(select(Delivery))]
    assert any("anne@exemple.fr" in text for text in mails)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"siret": "73282932000075"}, "vérifiez chaque chiffre"),
        ({"raison_sociale": ""}, "obligatoire"),
        ({"nom": "Martin"}, "À laisser vide pour une personne morale"),
        ({"type": "personne_physique"}, "À laisser vide pour une personne physique"),
        ({"adresse": "3 rue Neuve"}, "code postal"),
        ({"adresse": "a\n" * 7 + "35000 RENNES"}, "de une à 6 lignes"),
        ({"numeros_utilisateur": "12"}, "14 chiffres"),
        ({"numeros_utilisateur": "99900007090001"}, "aucune caisse"),
        ({"zones": "35, 64"}, "plusieurs caisses"),
        ({"motif": " "}, "Dites pourquoi"),
        ({"courriel": "personne"}, "adresse mail"),
        ({"numeros_utilisateur": ""}, "au moins un"),
    ],
)
def test_what_the_file_would_refuse_is_refused(
    client: FlaskClient, typed: dict[str, Any], said: str
) -> None:
    agent_signed_in(client, RoleAgent.NATIONAL)

    refused = create(client, **typed)

    assert refused.status_code == 200
    assert said in refused.text
    assert db.session.scalars(select(Organisme)).all() == []


def test_an_agent_creates_for_their_caisses_alone(client: FlaskClient) -> None:
    """The attack: another caisse, a number or groups of another caisse."""
    agent_signed_in(client, RoleAgent.GESTIONNAIRE, [CAISSE])

    ailleurs = create(client, caisse=AUTRE_CAISSE)
    zone = create(client, zones="75")
    numero = create(client, zones="", numeros_utilisateur="75100007090001")

    assert ailleurs.status_code == 200
    assert "à elle de l’ouvrir" in zone.text
    assert "à elle de l’ajouter" in numero.text
    assert db.session.scalars(select(Organisme)).all() == []


def test_a_number_of_another_organisme_leads_to_it(client: FlaskClient, dossier: Dossier) -> None:
    db.session.add(
        NumeroUtilisateur(valeur=NUMERO, organisme_id=dossier.organisme.id, caisse_code=CAISSE)
    )
    agent_signed_in(client, RoleAgent.GESTIONNAIRE, [CAISSE])

    refused = create(client, zones="")

    assert f'href="/caf/organismes/{dossier.organisme.id}"' in refused.text
    assert "est celui" in refused.text


def test_a_number_of_an_organisme_of_others_is_refused_without_its_name(
    client: FlaskClient,
) -> None:
    """The attack: learning who is elsewhere, one number after the other."""
    a_caisse(AUTRE_CAISSE, ("75",))
    secret = an_organisme(raison_sociale="SECRET SARL", caisse_code=AUTRE_CAISSE)
    db.session.add(
        NumeroUtilisateur(valeur="A123456", organisme_id=secret.id, caisse_code=AUTRE_CAISSE)
    )
    agent_signed_in(client, RoleAgent.GESTIONNAIRE, [CAISSE])

    refused = create(client, zones="")

    assert "que vous ne supervisez pas" in refused.text
    assert "SECRET" not in refused.text
    assert str(secret.id) not in refused.text


def test_a_number_of_another_caisse_is_refused_alike_whether_it_is_taken_or_not(
    client: FlaskClient,
) -> None:
    """The attack: learning which numbers of a neighbour are in use."""
    a_caisse(AUTRE_CAISSE, ("75",))
    taken, free = f"{AUTRE_CAISSE}00007090001", f"{AUTRE_CAISSE}00007090002"
    elsewhere = an_organisme(caisse_code=AUTRE_CAISSE).id
    db.session.add(
        NumeroUtilisateur(valeur=taken, organisme_id=elsewhere, caisse_code=AUTRE_CAISSE)
    )
    agent_signed_in(client, RoleAgent.GESTIONNAIRE, [CAISSE])

    told = [create(client, zones="", numeros_utilisateur=one).text for one in (taken, free)]

    assert all("d’une caisse que vous ne supervisez pas" in one for one in told)
    assert all("est celui" not in one for one in told)


def give(dossier: Dossier, *numeros: str, caisse: str = CAISSE) -> None:
    db.session.add_all(
        NumeroUtilisateur(valeur=un, organisme_id=dossier.organisme.id, caisse_code=caisse)
        for un in numeros
    )
    db.session.flush()


def modify(client: FlaskClient, of: UUID, **typed: str) -> Any:
    page = f"/caf/organismes/{of}/modifier"
    shown = fields(client.get(page).text)
    return client.post(page, data={**shown, "motif": "Numéro mal saisi", **typed})


def test_a_wrong_number_is_withdrawn_and_the_right_one_added(
    client: FlaskClient, dossier: Dossier
) -> None:
    give(dossier, NUMERO)
    of = dossier.organisme.id
    agent = agent_signed_in(client, RoleAgent.GESTIONNAIRE, [CAISSE])

    done = modify(client, of, numeros="359 00007090002\r\nA123456")

    assert done.status_code == 303
    assert numeros_de(of) == (AUTRE_NUMERO, "A123456")
    kept = {
        (row.champ, row.avant, row.apres, row.motif)
        for row in db.session.scalars(select(ChangementDOrganisme))
    }
    assert kept == {
        (Champ.NUMERO, NUMERO, None, "Numéro mal saisi"),
        (Champ.NUMERO, None, AUTRE_NUMERO, "Numéro mal saisi"),
        (Champ.NUMERO, None, "A123456", "Numéro mal saisi"),
    }
    who = AgentVu(agent.id, RoleAgent.GESTIONNAIRE, (CAISSE,))
    assert recherche.chercher(who, saisie.lire(AUTRE_NUMERO)).organismes.lignes
    assert not recherche.chercher(who, saisie.lire(NUMERO)).organismes.lignes
    assert "359\xa000007090001" in client.get(f"/caf/organismes/{of}").text
    signed_in(client, db.session.get_one(Account, dossier.chef.account_id), dossier.chef)
    assert "a modifié les N° utilisateur" in client.get("/habilitations/journal").text


def test_the_last_number_stays(client: FlaskClient, dossier: Dossier) -> None:
    give(dossier, NUMERO)
    agent_signed_in(client, RoleAgent.GESTIONNAIRE, [CAISSE])

    refused = modify(client, dossier.organisme.id, numeros="")

    assert "garde au moins un" in refused.text
    assert numeros_de(dossier.organisme.id) == (NUMERO,)


def test_the_numbers_of_another_caisse_are_its_own(client: FlaskClient, dossier: Dossier) -> None:
    """The attack: an agent takes away, or gives, what another caisse keeps."""
    a_caisse(AUTRE_CAISSE, ("75",))
    give(dossier, NUMERO)
    give(dossier, "75100007090001", caisse=AUTRE_CAISSE)
    of = dossier.organisme.id
    agent_signed_in(client, RoleAgent.GESTIONNAIRE, [CAISSE])

    withdrawn = modify(client, of, numeros=NUMERO)
    added = modify(client, of, numeros=f"{NUMERO}\n75100007090001\n75100007090002")

    for refused in (withdrawn, added):
        assert "à elle de le faire" in refused.text
    assert set(numeros_de(of)) == {NUMERO, "75100007090001"}


def test_a_number_taken_by_another_is_refused_with_the_way_to_it(
    client: FlaskClient, dossier: Dossier
) -> None:
    give(dossier, NUMERO)
    other = an_organisme(raison_sociale="SCI DES PINS")
    db.session.add(
        NumeroUtilisateur(valeur=AUTRE_NUMERO, organisme_id=other.id, caisse_code=CAISSE)
    )
    agent_signed_in(client, RoleAgent.GESTIONNAIRE, [CAISSE])

    refused = modify(
        client, dossier.organisme.id, numeros=f"{NUMERO}\n{AUTRE_NUMERO}", raison_sociale="AUTRE"
    )

    assert f'href="/caf/organismes/{other.id}"' in refused.text
    assert db.session.get_one(Organisme, dossier.organisme.id).raison_sociale == "LES OLIVIERS"
    assert numeros_de(other.id) == (AUTRE_NUMERO,)


def test_who_withdraws_all_that_they_had_of_it_is_led_to_the_list(
    client: FlaskClient, dossier: Dossier
) -> None:
    a_caisse(AUTRE_CAISSE, ("75",))
    give(dossier, NUMERO)
    give(dossier, "75100007090001", caisse=AUTRE_CAISSE)
    agent_signed_in(client, RoleAgent.GESTIONNAIRE, [AUTRE_CAISSE])

    done = modify(client, dossier.organisme.id, numeros=NUMERO)

    assert done.status_code == 303
    assert done.location.endswith("/caf/organismes")


def test_the_type_changes_and_a_personne_physique_has_no_siret(
    client: FlaskClient, dossier: Dossier
) -> None:
    of = dossier.organisme.id
    agent_signed_in(client, RoleAgent.GESTIONNAIRE, [CAISSE])

    refused = modify(client, of, type="personne_physique", siret="73282932000074")
    done = modify(client, of, type="personne_physique")

    assert "n’a pas de SIRET" in refused.text
    assert done.status_code == 303
    assert db.session.get_one(Organisme, of).type is TypeOrganisme.PERSONNE_PHYSIQUE
    assert "Personne physique" in client.get(f"/caf/organismes/{of}").text


def moved_away(client: FlaskClient, dossier: Dossier) -> Account:
    """An agent withdraws ``NUMERO`` from LES OLIVIERS, which has another one."""
    give(dossier, NUMERO, AUTRE_NUMERO)
    insider = agent_signed_in(client, RoleAgent.GESTIONNAIRE, [CAISSE])
    assert modify(client, dossier.organisme.id, numeros=AUTRE_NUMERO).status_code == 303
    return insider


def test_one_agent_alone_moves_no_number_to_another_organisme(
    client: FlaskClient, dossier: Dossier
) -> None:
    """The attack: the dwellings of somebody else, under a number given to one's own organisme."""
    mine = an_organisme(raison_sociale="À MOI")
    moved_away(client, dossier)

    refused = modify(client, mine.id, numeros=NUMERO)
    created_with_it = create(client, numeros_utilisateur=NUMERO, zones="")

    assert "à un autre agent de l’ajouter" in refused.text
    assert "à un autre agent de l’ajouter" in created_with_it.text
    assert numeros_de(mine.id) == ()
    assert modify(client, dossier.organisme.id, numeros=f"{NUMERO}\n{AUTRE_NUMERO}").location

    modify(client, dossier.organisme.id, numeros=AUTRE_NUMERO)
    agent_signed_in(client, RoleAgent.GESTIONNAIRE, [CAISSE])
    assert modify(client, mine.id, numeros=NUMERO).status_code == 303
    assert numeros_de(mine.id) == (NUMERO,)


def test_nor_by_a_file(client: FlaskClient, dossier: Dossier) -> None:
    insider = moved_away(client, dossier)
    a_caisse()
    line = creation.lire(
        {
            "caisse": CAISSE,
            "numeros_utilisateur": NUMERO,
            "type": "personne morale",
            "raison_sociale": "À MOI",
            "adresse_1": "Chez moi",
            "adresse_2": "35000 RENNES",
        }
    )
    assert isinstance(line, OrganismeDeclare)
    others = an_agent(RoleAgent.GESTIONNAIRE, (CAISSE,))
    portee = Portee(frozenset({CAISSE}))
    now = datetime.now(UTC)

    told = [prevoir([line], portee, par=one.id, now=now)[0].motif for one in (insider, others)]
    (done,) = enregistrer([line], portee=portee, actor=Actor.person(insider.id), now=now)

    assert told == [Motif.NUMERO_RETIRE, None]
    assert (done.effet, done.motif) == (Effet.REFUSE, Motif.NUMERO_RETIRE)
