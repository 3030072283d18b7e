"""Mandates: given, replaced, ended; what their holder may then do, in the rows and in the console."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from factories import (
    a_contrat,
    a_groupe,
    a_mandat,
    a_rattachement,
    a_sous_groupe,
    an_account,
    an_acteur,
    an_habilitation,
    an_organisme,
    signed_in,
)
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from idp import clock
from idp.accounts.models import Account
from idp.audit import COMMAND_LINE, JournalEntry
from idp.db import db
from idp.errors import NotHere, Refusal
from idp.habilitations import acteurs, cibles, rattachements
from idp.habilitations.administration import mandats, responsables, successions
from idp.habilitations.administration.mandats import MandatVoulu
from idp.habilitations.claims import droits
from idp.habilitations.delegation import Acteur, RefusDAgir
from idp.habilitations.models import (
    ContratDeService,
    EtatSuccession,
    Groupe,
    Mandat,
    Mobilite,
    Organisme,
    Rattachement,
    Role,
    Succession,
)
from idp.habilitations.personnes import application, fiche, retraits, utilisateurs
from idp.habilitations.personnes.modification import Modification, RefusDeModification
from idp.habilitations.personnes.utilisateurs import NouvelUtilisateur
from idp.outbox import Delivery

NOW = datetime.now(UTC)
TODAY = clock.today(NOW)


@dataclass
class Bureau:
    """LES OLIVIERS: an administrateur, Nadia, and two groupes."""

    organisme: Organisme
    contrat: ContratDeService
    chef: Acteur
    nadia: Rattachement
    prive: Groupe
    conventionne: Groupe

    def voulu(self, *groupes: Groupe, **changes: object) -> MandatVoulu:
        return MandatVoulu(
            frozenset(groupe.id for groupe in groupes),
            **{"peut_creer": True, "debut": TODAY, **changes},  # type: ignore[arg-type]
        )

    def donner(self, *groupes: Groupe, **changes: object) -> UUID | RefusDAgir:
        return mandats.donner(self.chef, self.nadia.id, self.voulu(*groupes, **changes), NOW)

    def role(self) -> Role:
        db.session.refresh(self.nadia)
        return self.nadia.role


@pytest.fixture
def bureau(app: Flask) -> Bureau:
    organisme = an_organisme()
    contrat = a_contrat(organisme)
    chef = an_account(email="chef@exemple.fr")
    a_rattachement(chef, organisme, role=Role.ADMINISTRATEUR)
    nadia = a_rattachement(an_account(email="nadia@exemple.fr"), organisme)
    return Bureau(
        organisme=organisme,
        contrat=contrat,
        chef=an_acteur(chef.id, organisme),
        nadia=nadia,
        prive=a_groupe(contrat),
        conventionne=a_groupe(contrat, code="offre-bailleurs:conventionne:359", libelle="Conv."),
    )


def who_acts(bureau: Bureau) -> Acteur | None:
    db.session.flush()
    selection = rattachements.selection(bureau.nadia.id, NOW)
    assert selection is not None
    return acteurs.de(selection)


def test_a_mandate_makes_a_responsable_who_acts_within_it(bureau: Bureau) -> None:
    mandat_id = bureau.donner(bureau.prive, peut_creer=False)

    acteur = who_acts(bureau)
    assert bureau.role() is Role.RESPONSABLE_HABILITATION
    assert acteur is not None
    assert (acteur.mandat_id, acteur.perimetre, acteur.peut_creer) == (
        mandat_id,
        frozenset([bureau.prive.id]),
        False,
    )


def test_the_person_is_told_and_the_journal_says_everything(bureau: Bureau) -> None:
    bureau.donner(bureau.prive)

    entry = db.session.scalars(
        select(JournalEntry).where(JournalEntry.event == "mandat_donne")
    ).one()
    assert entry.data["groupes"] == [bureau.prive.code]
    assert entry.actor_id == bureau.chef.account_id
    assert entry.account_id == bureau.nadia.account_id
    assert len(db.session.scalars(select(Delivery).where(Delivery.kind == "mail")).all()) == 1


def test_a_sous_groupe_in_a_mandate_stands_for_what_it_opens(bureau: Bureau) -> None:
    agence = a_sous_groupe(bureau.contrat, [bureau.prive])

    bureau.donner(agence)

    acteur = who_acts(bureau)
    assert acteur is not None
    assert acteur.perimetre == frozenset([bureau.prive.id])


def test_another_mandate_ends_the_first_which_is_kept(bureau: Bureau) -> None:
    first = bureau.donner(bureau.prive)

    second = bureau.donner(bureau.conventionne)

    rows = {row.id: row for row in db.session.scalars(select(Mandat))}
    assert rows[first].ended_at == NOW  # type: ignore[index]
    assert rows[second].ended_at is None  # type: ignore[index]
    acteur = who_acts(bureau)
    assert acteur is not None
    assert acteur.perimetre == frozenset([bureau.conventionne.id])


@pytest.mark.parametrize(
    ("debut", "fin"),
    [(TODAY + timedelta(days=1), None), (TODAY - timedelta(days=9), TODAY - timedelta(days=1))],
    ids=["to come", "over"],
)
def test_a_mandate_out_of_its_dates_opens_nothing(
    bureau: Bureau, debut: object, fin: object
) -> None:
    bureau.donner(bureau.prive, debut=debut, fin=fin)

    assert who_acts(bureau) is None
    rights = droits(bureau.nadia.id, "offre-bailleurs", NOW)
    assert rights is not None
    assert rights.role is Role.UTILISATEUR


def test_tokens_say_responsable_while_the_mandate_lasts(bureau: Bureau) -> None:
    an_habilitation(bureau.nadia, bureau.prive)
    bureau.donner(bureau.prive)

    rights = droits(bureau.nadia.id, "offre-bailleurs", NOW)

    assert rights is not None
    assert rights.role is Role.RESPONSABLE_HABILITATION


def test_a_mandate_withdrawn_makes_a_plain_user_again(bureau: Bureau) -> None:
    bureau.donner(bureau.prive)

    assert mandats.retirer(bureau.chef, bureau.nadia.id, NOW) is None

    assert bureau.role() is Role.UTILISATEUR
    assert who_acts(bureau) is None
    assert mandats.retirer(bureau.chef, bureau.nadia.id, NOW) is RefusDAgir.DEJA


@pytest.mark.parametrize("by_the_caf", [True, False], ids=["by the Caf", "by the organisme"])
def test_who_leaves_has_no_mandate_when_they_come_back(bureau: Bureau, by_the_caf: bool) -> None:
    bureau.donner(bureau.prive)

    par = COMMAND_LINE if by_the_caf else bureau.chef
    assert retraits.clore(bureau.nadia.id, par=par, now=NOW) is None
    assert retraits.rouvrir(bureau.nadia.id, par=par, now=NOW)

    assert bureau.role() is Role.UTILISATEUR
    assert who_acts(bureau) is None


def test_a_groupe_of_another_organisme_is_never_in_a_perimeter(bureau: Bureau) -> None:
    other = a_groupe(a_contrat(an_organisme(raison_sociale="SCI DES PINS")))

    assert bureau.donner(bureau.prive, other) is RefusDAgir.RIEN_A_DONNER
    assert bureau.role() is Role.UTILISATEUR


def test_the_user_of_another_organisme_does_not_exist(bureau: Bureau) -> None:
    pins = an_organisme(raison_sociale="SCI DES PINS")
    chef = a_rattachement(an_account(email="p@exemple.fr"), pins, role=Role.ADMINISTRATEUR)
    elsewhere = an_acteur(chef.account_id, pins)

    with pytest.raises(NotHere):
        mandats.donner(elsewhere, bureau.nadia.id, bureau.voulu(bureau.prive), NOW)
    with pytest.raises(NotHere):
        mandats.retirer(elsewhere, bureau.nadia.id, NOW)


def test_a_responsable_delegates_nothing_further(bureau: Bureau) -> None:
    bureau.donner(bureau.prive)
    acteur = who_acts(bureau)
    user = a_rattachement(an_account(email="u@exemple.fr"), bureau.organisme)
    an_habilitation(user, bureau.prive)
    assert acteur is not None

    refus = mandats.donner(acteur, user.id, bureau.voulu(bureau.prive), NOW)

    assert refus is RefusDAgir.RESERVE_A_L_ADMINISTRATEUR


def test_a_program_acts_within_its_mandate_until_it_is_ended(bureau: Bureau) -> None:
    mandat_id = mandats.donner_a_un_programme(bureau.chef, "Paie", bureau.voulu(bureau.prive), NOW)
    assert isinstance(mandat_id, UUID)

    acteur = acteurs.programme(mandat_id, TODAY)
    assert acteur is not None
    assert (acteur.account_id, acteur.perimetre) == (None, frozenset([bureau.prive.id]))

    assert mandats.retirer_a_un_programme(bureau.chef, mandat_id, NOW)
    assert acteurs.programme(mandat_id, TODAY) is None
    assert not mandats.retirer_a_un_programme(bureau.chef, mandat_id, NOW)


def test_the_program_of_a_suspended_organisme_does_nothing(bureau: Bureau) -> None:
    mandat_id = mandats.donner_a_un_programme(bureau.chef, "Paie", bureau.voulu(bureau.prive), NOW)
    bureau.organisme.suspendu_at = NOW
    db.session.flush()

    assert isinstance(mandat_id, UUID)
    assert acteurs.programme(mandat_id, TODAY) is None


def test_the_list_of_responsables_says_by_whom_and_for_what(bureau: Bureau) -> None:
    bureau.donner(bureau.prive, bureau.conventionne)

    vus = responsables.lister(bureau.chef, NOW)

    assert [(vu.nom, vu.groupes, vu.echu, vu.a_venir) for vu in vus] == [
        ("Claire Martin", ("Conv.", "Logements privés – Caf 359"), False, False)
    ]


def test_whom_a_responsable_sees_is_the_same_in_the_database_and_in_the_decision(
    bureau: Bureau,
) -> None:
    mandat = a_mandat(
        bureau.nadia, [bureau.prive], db.session.get_one(Account, bureau.chef.account_id)
    )
    acteur = who_acts(bureau)
    assert acteur is not None
    agence = a_sous_groupe(bureau.contrat, [bureau.prive])
    held: list[list[Groupe]] = [[bureau.prive], [bureau.conventionne], [agence], []]
    for created_by in (None, acteur.account_id, mandat.id):
        for groupes in held:
            place = a_rattachement(an_account(), bureau.organisme, created_by=created_by)
            for groupe in groupes:
                an_habilitation(place, groupe)

    seen = set(db.session.scalars(select(Rattachement.id).where(cibles.visibles(acteur))))

    def exists_for_them(place: Rattachement) -> bool:
        try:
            return bool(cibles.lire(acteur, place.id))
        except NotHere:
            return False

    places = db.session.scalars(select(Rattachement)).all()
    assert seen == {place.id for place in places if exists_for_them(place)}
    assert 0 < len(seen) < len(places)


def test_the_console_of_a_responsable_shows_their_people_and_their_boxes(
    client: FlaskClient, bureau: Bureau
) -> None:
    bureau.donner(bureau.prive, peut_creer=False)
    within = a_rattachement(an_account(family_name="Dedans"), bureau.organisme)
    an_habilitation(within, bureau.prive)
    an_habilitation(within, bureau.conventionne)
    without = a_rattachement(an_account(family_name="Dehors"), bureau.organisme)
    an_habilitation(without, bureau.conventionne)
    account = db.session.get_one(Account, bureau.nadia.account_id)
    signed_in(client, account, bureau.nadia)

    liste = client.get("/habilitations/utilisateurs").text
    fiche = client.get(f"/habilitations/utilisateurs/{within.id}").text

    assert "Dedans" in liste
    assert "Dehors" not in liste
    assert client.get(f"/habilitations/utilisateurs/{without.id}").status_code == 404
    assert "Logements privés" in fiche
    assert "1 groupe que vous ne gérez pas" in fiche
    assert "Clore l’accès" not in fiche
    assert "ne comprend pas la création" in client.get("/habilitations/utilisateurs/creer").text


def test_a_responsable_unticks_their_box_and_leaves_the_others(
    client: FlaskClient, bureau: Bureau
) -> None:
    bureau.donner(bureau.prive)
    user = a_rattachement(an_account(), bureau.organisme)
    an_habilitation(user, bureau.prive)
    an_habilitation(user, bureau.conventionne)
    account = db.session.get_one(Account, bureau.nadia.account_id)
    signed_in(client, account, bureau.nadia)
    page = f"/habilitations/utilisateurs/{user.id}"
    version = client.get(page).text.split('name="version" type="hidden" value="')[1].split('"')[0]

    answer = client.post(
        page,
        data={
            "organisme": str(bureau.organisme.id),
            "ouverture": user.ouverture.isoformat(),
            "cloture": "",
            "mobilite": "sedentaire",
            "groupes": [],
            "version": version,
            "confirme": "oui",
        },
    )

    assert answer.status_code == 303
    assert set(cibles.bases_tenues(user.id)) == {bureau.conventionne.id}


def test_who_lost_their_role_since_the_request_began_does_nothing(bureau: Bureau) -> None:
    bureau.donner(bureau.prive)
    stale = who_acts(bureau)
    assert stale is not None
    mandats.retirer(bureau.chef, bureau.nadia.id, NOW)

    with pytest.raises(Refusal):
        utilisateurs.creer(
            stale,
            NouvelUtilisateur(
                nom="Petit",
                prenom="Jean",
                email="jean@exemple.fr",
                telephone=None,
                ouverture=TODAY,
                cloture=None,
                mobilite=Mobilite.SEDENTAIRE,
                groupes=(bureau.prive.id,),
            ),
            NOW,
        )


def test_who_comes_back_after_their_date_de_cloture_has_no_mandate_any_more(bureau: Bureau) -> None:
    bureau.donner(bureau.prive)
    bureau.nadia.cloture = TODAY - timedelta(days=1)
    db.session.flush()

    assert retraits.rouvrir(bureau.nadia.id, par=bureau.chef, now=NOW)

    db.session.expire_all()
    assert bureau.nadia.role is Role.UTILISATEUR
    assert who_acts(bureau) is None


def test_the_last_administrateur_is_given_no_date_de_cloture(
    client: FlaskClient, bureau: Bureau
) -> None:
    leaving = a_rattachement(
        an_account(email="l@exemple.fr"),
        bureau.organisme,
        role=Role.ADMINISTRATEUR,
        cloture=TODAY + timedelta(days=9),
    )
    acteur = an_acteur(leaving.account_id, bureau.organisme)
    chef = db.session.scalars(
        select(Rattachement).where(Rattachement.account_id == bureau.chef.account_id)
    ).one()
    lue = fiche.lire(acteur, chef.id)
    voulu = Modification(chef.ouverture, TODAY + timedelta(days=30), chef.mobilite, frozenset())

    refus = application.appliquer(acteur, chef.id, voulu, version=lue.version, now=NOW)

    assert refus is RefusDeModification.DERNIER_ADMINISTRATEUR


def test_what_an_administrateur_closed_a_responsable_does_not_open_again(bureau: Bureau) -> None:
    bureau.donner(bureau.prive)
    responsable = who_acts(bureau)
    assert responsable is not None
    user = a_rattachement(an_account(email="u@exemple.fr"), bureau.organisme)
    an_habilitation(user, bureau.prive)

    assert retraits.clore(user.id, par=bureau.chef, now=NOW) is None
    assert not retraits.rouvrir(user.id, par=responsable, now=NOW)

    assert retraits.rouvrir(user.id, par=bureau.chef, now=NOW)
    assert retraits.clore(user.id, par=responsable, now=NOW) is None
    assert retraits.rouvrir(user.id, par=responsable, now=NOW)


def test_an_administrateur_who_comes_back_is_a_plain_user(bureau: Bureau) -> None:
    second = a_rattachement(
        an_account(email="s@exemple.fr"), bureau.organisme, role=Role.ADMINISTRATEUR
    )
    assert retraits.clore(second.id, par=bureau.chef, now=NOW) is None

    assert retraits.rouvrir(second.id, par=bureau.chef, now=NOW)

    db.session.refresh(second)
    assert second.role is Role.UTILISATEUR


def test_who_leaves_has_no_request_left_when_they_come_back(bureau: Bureau) -> None:
    proposed = successions.proposer(bureau.chef, bureau.nadia.id, NOW)
    assert isinstance(proposed, UUID)

    assert retraits.clore(bureau.nadia.id, par=bureau.chef, now=NOW) is None

    assert db.session.get_one(Succession, proposed).etat is EtatSuccession.ANNULEE
