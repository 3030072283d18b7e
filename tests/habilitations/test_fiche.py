"""The file of a user: what would change is shown, then done, to nobody else's user and under nobody's feet."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from desks import Desk, a_desk, version_of
from factories import (
    a_contrat,
    a_groupe,
    a_new_account,
    a_rattachement,
    a_sous_groupe,
    an_account,
    an_acteur,
    an_habilitation,
    an_organisme,
)
from flask.testing import FlaskClient
from same_answer import steady
from sql_budget import counted
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from idp import clock
from idp.accounts.provisioning import Channel
from idp.audit import COMMAND_LINE, JournalEntry
from idp.db import db
from idp.habilitations.models import (
    ContratDeService,
    Groupe,
    Habilitation,
    Rattachement,
    Role,
)
from idp.habilitations.personnes import fiche, modification, retraits
from idp.habilitations.personnes.modification import Modification, RefusDeModification
from idp.outbox import Delivery

TODAY = clock.today(datetime.now(UTC))
LISTE = "/habilitations/utilisateurs"


@dataclass
class Console(Desk):
    """An administrateur at their desk, and one user of theirs who holds the first group."""

    holder: Rattachement
    tenu: Groupe
    autre: Groupe

    @property
    def page(self) -> str:
        return f"{LISTE}/{self.holder.id}"

    def form(self, **changes: Any) -> dict[str, Any]:
        """What the form holds, with these changes."""
        return {
            "organisme": str(self.organisme.id),
            "ouverture": self.holder.ouverture.isoformat(),
            "cloture": "",
            "mobilite": "sedentaire",
            "groupes": [str(self.tenu.id)],
            **changes,
        }

    def version(self) -> str:
        return version_of(self.client.get(self.page).text)

    def confirm(self, **changes: Any) -> TestResponse:
        """The form, seen and confirmed."""
        version = changes.pop("version", None) or self.version()
        return self.client.post(
            self.page, data=self.form(version=version, confirme="oui", **changes)
        )

    def groupes(self) -> set[str]:
        rows = db.session.scalars(
            select(Groupe.code)
            .join(Habilitation, Habilitation.groupe_id == Groupe.id)
            .where(Habilitation.rattachement_id == self.holder.id)
        )
        return set(rows)


@pytest.fixture
def console(client: FlaskClient) -> Console:
    desk = a_desk(client)
    tenu = a_groupe(desk.contrat)
    autre = a_groupe(
        desk.contrat, code="offre-bailleurs:conventionne:359", libelle="Logements conventionnés"
    )
    user = desk.user()
    an_habilitation(user, tenu)
    return Console(**vars(desk), holder=user, tenu=tenu, autre=autre)


def events() -> list[str]:
    return list(db.session.scalars(select(JournalEntry.event).order_by(JournalEntry.id)))


def test_what_would_change_is_told_and_nothing_is_done(console: Console) -> None:
    shown = console.client.post(
        console.page, data=console.form(groupes=[str(console.autre.id)], mobilite="itinerant")
    ).text

    assert "Nadia Le Gall perdra l’accès à Offre Bailleurs – Logements privés" in shown
    assert "Nadia Le Gall pourra ouvrir Offre Bailleurs – Logements conventionnés" in shown
    assert "10 minutes sans activité" in shown
    assert console.groupes() == {console.tenu.code}


def test_confirmed_change_is_done_and_journalled(console: Console) -> None:
    end = TODAY + timedelta(days=30)

    answer = console.confirm(groupes=[str(console.autre.id)], cloture=end.isoformat())

    assert answer.status_code == 303
    assert console.groupes() == {console.autre.code}
    assert db.session.get_one(Rattachement, console.holder.id).cloture == end
    granted = db.session.scalars(
        select(Habilitation).where(Habilitation.groupe_id == console.autre.id)
    ).one()
    assert granted.granted_by == console.chef.account_id
    assert {"habilitation_retiree", "habilitation_donnee", "rattachement_modifie"} <= set(events())


def test_nothing_to_change_changes_nothing(console: Console) -> None:
    answer = console.client.post(console.page, data=console.form())

    assert answer.location == console.page
    assert "rattachement_modifie" not in events()


def test_second_of_two_administrateurs_is_told(console: Console) -> None:
    """Nothing is silently lost: what the first one did stays, what the second one chose is shown."""
    seen = console.version()
    console.confirm(groupes=[str(console.tenu.id), str(console.autre.id)])

    answer = console.confirm(groupes=[], version=seen)

    assert "a modifié cet utilisateur entre-temps" in answer.text
    assert console.groupes() == {console.tenu.code, console.autre.code}
    assert console.confirm(groupes=[]).status_code == 303
    assert console.groupes() == set()


def test_double_click_is_done_once(console: Console) -> None:
    seen = console.version()
    console.confirm(groupes=[str(console.autre.id)], version=seen)
    again = console.confirm(groupes=[str(console.autre.id)], version=seen)

    assert "entre-temps" in again.text
    assert events().count("habilitation_donnee") == 1


def test_nobody_changes_their_own_rights(console: Console) -> None:
    own = f"{LISTE}/{console.chef.id}"
    form = console.form(confirme="oui", version="x", groupes=[str(console.tenu.id)])

    assert "vos propres accès" in console.client.get(own).text
    console.client.post(own, data=form)
    console.client.post(f"{own}/clore", data={"organisme": str(console.organisme.id)})

    rows = select(func.count()).where(Habilitation.rattachement_id == console.chef.id)
    assert db.session.scalar(rows.select_from(Habilitation)) == 0
    assert db.session.get_one(Rattachement, console.chef.id).cloture is None


def the_tick(console: Console, groupe: Groupe) -> Habilitation:
    db.session.expire_all()
    whose = Habilitation.rattachement_id == console.holder.id
    return db.session.scalars(
        select(Habilitation).where(whose, Habilitation.groupe_id == groupe.id)
    ).one()


def in_days(days: int) -> str:
    return (TODAY + timedelta(days=days)).isoformat()


def test_end_of_one_group_is_told_then_kept(console: Console) -> None:
    fin = f"fin-{console.tenu.id}"
    shown = console.client.post(console.page, data=console.form(**{fin: in_days(40)})).text
    told = (TODAY + timedelta(days=40)).strftime("%d/%m/%Y")

    assert f"perdra l’accès à Offre Bailleurs – {console.tenu.libelle} à la fin du {told}" in shown
    assert f'name="{fin}" value="{in_days(40)}"' in shown
    assert console.confirm(**{fin: in_days(40)}).status_code == 303
    assert the_tick(console, console.tenu).fin == TODAY + timedelta(days=40)
    [event] = db.session.scalars(
        select(JournalEntry).where(JournalEntry.event == "habilitation_datee")
    )
    assert (event.data["groupe"], event.data["fin"]) == (console.tenu.code, in_days(40))
    page = console.client.get(console.page).text
    assert f"(jusqu’au {told})" in page
    assert f'value="{in_days(40)}"' in page


def test_end_is_taken_away(console: Console) -> None:
    console.confirm(**{f"fin-{console.tenu.id}": in_days(40)})

    shown = console.client.post(console.page, data=console.form(**{f"fin-{console.tenu.id}": ""}))
    console.confirm(**{f"fin-{console.tenu.id}": ""})

    assert "n’aura plus de date de fin" in shown.text
    assert the_tick(console, console.tenu).fin is None


def test_form_without_dates_leaves_them(console: Console) -> None:
    """Who sends boxes alone (a program, an older page) does not undo what another one dated."""
    console.confirm(**{f"fin-{console.tenu.id}": in_days(40)})

    console.confirm(groupes=[str(console.tenu.id), str(console.autre.id)])

    assert the_tick(console, console.tenu).fin == TODAY + timedelta(days=40)


def test_group_ticked_for_a_while(console: Console) -> None:
    dates = {f"debut-{console.autre.id}": in_days(3), f"fin-{console.autre.id}": in_days(9)}
    both = [str(console.tenu.id), str(console.autre.id)]
    shown = console.client.post(console.page, data=console.form(groupes=both, **dates)).text
    console.confirm(groupes=both, **dates)

    assert "conventionnés à partir du" in shown
    assert "conventionnés à la fin du" in shown
    assert "pourra ouvrir Offre Bailleurs – Logements conventionnés." not in shown
    ticked = the_tick(console, console.autre)
    assert (ticked.debut, ticked.fin) == (TODAY + timedelta(days=3), TODAY + timedelta(days=9))


def test_new_group_starts_today_and_not_when_the_person_came(console: Console) -> None:
    console.confirm(groupes=[str(console.autre.id)])

    assert the_tick(console, console.autre).debut == TODAY


def test_what_had_ended_is_given_again_by_who_asks(console: Console) -> None:
    tick = the_tick(console, console.tenu)
    tick.debut = TODAY - timedelta(days=9)
    tick.fin = TODAY - timedelta(days=2)
    db.session.flush()
    assert "(terminé depuis le" in console.client.get(console.page).text

    assert console.confirm(**{f"fin-{console.tenu.id}": in_days(30)}).status_code == 303

    again = the_tick(console, console.tenu)
    assert again.granted_by == console.chef.account_id


def test_box_that_had_ended_is_unticked_without_a_loss(console: Console) -> None:
    tick = the_tick(console, console.tenu)
    tick.debut, tick.fin = TODAY - timedelta(days=9), TODAY - timedelta(days=2)
    db.session.flush()

    shown = console.client.post(console.page, data=console.form(groupes=[])).text

    assert "perdra" not in shown
    assert "quittera" in shown


def test_end_beside_a_wider_group_loses_nothing(console: Console) -> None:
    sous_groupe = a_sous_groupe(
        db.session.get_one(ContratDeService, console.tenu.contrat_id), [console.tenu]
    )
    an_habilitation(console.holder, sous_groupe)
    dates = {f"fin-{sous_groupe.id}": in_days(9)}
    both = [str(console.tenu.id), str(sous_groupe.id)]

    shown = console.client.post(console.page, data=console.form(groupes=both, **dates)).text

    assert "perdra" not in shown
    assert "sans rien perdre" in shown


def test_right_that_waits_for_the_opening_follows_it(console: Console) -> None:
    place = a_rattachement(
        an_account(email="z@exemple.fr"), console.organisme, ouverture=TODAY + timedelta(days=20)
    )
    tick = an_habilitation(place, console.tenu, debut=place.ouverture)
    console.holder = place

    assert console.confirm(ouverture=in_days(5)).status_code == 303

    db.session.refresh(tick)
    assert tick.debut == TODAY + timedelta(days=5)


def test_two_who_date_the_same_group_are_told(console: Console) -> None:
    seen = console.version()
    console.confirm(**{f"fin-{console.tenu.id}": in_days(40)})

    answer = console.confirm(**{f"fin-{console.tenu.id}": in_days(50)}, version=seen)

    assert "a modifié cet utilisateur entre-temps" in answer.text
    assert the_tick(console, console.tenu).fin == TODAY + timedelta(days=40)


@pytest.mark.parametrize(
    ("dates", "told"),
    [
        (("tenu", "fin", "hier"), "date de fin d’un groupe est passée"),
        (("tenu", "fin", "demain sans faute"), "Écrivez chaque date ainsi"),
        (("tenu", "debut", "demain"), "ne se déplace plus"),
        (("autre", "fin", "demain"), "n’est pas coché"),
        (("autre", "debut", "demain"), "n’est pas coché"),
    ],
)
def test_bad_dates_of_a_group_are_told(
    console: Console, dates: tuple[str, str, str], told: str
) -> None:
    qui, borne, quand = dates
    value = {"hier": in_days(-1), "demain": in_days(1)}.get(quand, quand)
    name = f"{borne}-{getattr(console, qui).id}"

    answer = console.client.post(console.page, data=console.form(**{name: value}))

    assert told in answer.text
    assert f'value="{value}"' in answer.text
    assert the_tick(console, console.tenu).fin is None


def test_dates_of_a_group_out_of_reach_are_never_changed(console: Console) -> None:
    foreign = a_groupe(
        a_contrat(an_organisme(raison_sociale="AILLEURS")), code="offre-bailleurs:prive:999"
    )
    tick = an_habilitation(console.holder, foreign)

    console.confirm(**{f"fin-{foreign.id}": in_days(1)})

    db.session.refresh(tick)
    assert tick.fin is None


@pytest.mark.parametrize("action", ["", "/clore", "/rouvrir", "/renvoyer"])
def test_user_of_another_organisme_does_not_exist(console: Console, action: str) -> None:
    elsewhere = a_rattachement(an_account(), an_organisme(raison_sociale="AILLEURS"))
    there = an_habilitation(elsewhere, console.autre)

    for who in (elsewhere.id, uuid4()):
        answer = console.client.post(f"{LISTE}/{who}{action}", data=console.form(confirme="oui"))
        assert answer.status_code == 404
    assert db.session.get_one(Habilitation, there.id)
    assert db.session.get_one(Rattachement, elsewhere.id).cloture is None


def test_group_of_another_organisme_is_never_given(console: Console) -> None:
    foreign = a_groupe(
        a_contrat(an_organisme(raison_sociale="AILLEURS")), code="offre-bailleurs:prive:999"
    )

    answer = console.confirm(groupes=[str(foreign.id)])

    assert answer.status_code == 200
    assert console.groupes() == {console.tenu.code}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"ouverture": (TODAY + timedelta(days=3)).isoformat()}, "ne se déplace que dans l’avenir"),
        ({"cloture": (TODAY - timedelta(days=1)).isoformat()}, "date de clôture est passée"),
        ({"ouverture": ""}, "Choisissez la date"),
        ({"cloture": "31/02/2027"}, "cloture-erreur"),
        ({"mobilite": "volant"}, "mobilite"),
        ({"groupes": ["x"]}, "groupes-erreur"),
    ],
)
def test_bad_input_is_told_beside_its_field(
    console: Console, changes: dict[str, Any], told: str
) -> None:
    answer = console.client.post(console.page, data=console.form(**changes))

    assert answer.status_code == 200
    assert told in answer.text
    assert "Un point est à corriger" in answer.text


def test_closed_access_opens_nothing_and_is_opened_again(console: Console) -> None:
    console.client.post(f"{console.page}/clore", data={"organisme": str(console.organisme.id)})

    assert "Accès clos" in console.client.get(console.page).text
    assert "Le rôle ne revient pas" not in console.client.get(console.page).text
    form = console.form(confirme="oui", version="x", groupes=[str(console.autre.id)])
    console.client.post(console.page, data=form)
    assert console.groupes() == {console.tenu.code}
    console.client.post(f"{console.page}/rouvrir", data={"organisme": str(console.organisme.id)})

    assert "Modifier ses accès" in console.client.get(console.page).text
    assert {"rattachement_clos", "rattachement_rouvert"} <= set(events())


def test_the_page_says_what_the_caf_alone_gives_back(console: Console) -> None:
    retraits.suspendre(console.holder.id, par=COMMAND_LINE, now=clock.now())
    form = {"organisme": str(console.organisme.id)}
    assert "elle seule peut le rendre" in console.client.get(console.page).text

    console.client.post(f"{console.page}/clore", data=form)
    console.client.post(f"{console.page}/rouvrir", data=form)
    told = console.client.get(console.page).text

    assert "la Caf l’a suspendu" in told
    assert "Suspendu" in told
    db.session.refresh(console.holder)
    assert console.holder.suspendu_at


def test_one_comes_back_to_the_list_as_it_was(console: Console) -> None:
    place = f"?q=le+gall&etat=actif&tri=-nom&apres={console.chef.id}"
    listed = console.client.get(f"{LISTE}{place.split('&apres')[0]}").text
    assert f"{console.page}?q=le+gall&amp;etat=actif&amp;tri=-nom" in listed

    page = console.client.get(f"{console.page}{place}&next=https://pirate.example/").text
    done = console.client.post(
        f"{console.page}{place}",
        data=console.form(version=console.version(), confirme="oui", groupes=[]),
    )

    back = unescape(page.split('class="mcp-retour"><a href="')[1].split('"')[0])
    assert back == f"{LISTE}{place}#u-{console.holder.id}"
    assert "pirate" not in page
    assert done.location == f"{console.page}{place}"


def test_identifiers_are_mailed_again_to_who_never_connected(console: Console) -> None:
    account, _lost = a_new_account(Channel.LETTER, email="neuve@exemple.fr", family_name="Neuve")
    place = a_rattachement(account, console.organisme)
    page = f"{LISTE}/{place.id}"
    assert "Renvoyer ses identifiants" in console.client.get(page).text
    form = {"organisme": str(console.organisme.id)}

    with _later(minutes=5):
        console.client.post(f"{page}/renvoyer", data=form)
        console.client.post(f"{page}/renvoyer", data=form)

    assert db.session.scalar(select(func.count()).where(Delivery.kind == "mail")) == 1
    assert "Renvoyer" not in console.client.get(console.page).text


@contextmanager
def _later(**by: int) -> Iterator[None]:
    with clock.shifted(timedelta(**by)):
        yield


def test_page_costs_the_same_whatever_the_groups(console: Console) -> None:
    page, contrat = console.page, console.tenu.contrat_id
    db.session.commit()
    with counted() as few:
        console.client.get(page)
    for rank in range(20):
        db.session.add(
            Groupe(contrat_id=contrat, code=f"x:{rank}", libelle=f"G{rank}", zone=console.tenu.zone)
        )
    db.session.commit()
    with counted() as many:
        console.client.get(page)

    assert len(few) == len(many) <= 6


@pytest.mark.parametrize("field", ["groupes", "debut-{}", "fin-{}"])
def test_answer_about_a_groupe_out_of_reach_says_nothing_of_what_is_held(
    console: Console, field: str
) -> None:
    """The attack: a responsable posts the id of a groupe that is not of their mandate."""
    tiers, libre = (
        a_groupe(console.contrat, code=f"offre-bailleurs:prive:{n}", libelle=f"Ailleurs {n}")
        for n in (1, 2)
    )
    an_habilitation(console.holder, tiers)
    place, _mandat = console.responsable(console.tenu)
    console.sit(place)

    def posted(groupe: Groupe) -> TestResponse:
        said = [str(console.tenu.id), str(groupe.id)] if field == "groupes" else in_days(40)
        return console.client.post(
            console.page, data=console.form(**{field.format(groupe.id): said})
        )

    held, not_held = posted(tiers), posted(libre)

    assert held.status_code == not_held.status_code
    assert held.location == not_held.location
    assert steady(held.text, str(tiers.id)) == steady(not_held.text, str(libre.id))


def test_service_answers_the_same_about_a_groupe_out_of_reach(console: Console) -> None:
    """Who calls the service without a form is told no more than who has one."""
    tiers, libre = (a_groupe(console.contrat, code=f"s:prive:{n}") for n in (1, 2))
    an_habilitation(console.holder, tiers)
    remi = an_acteur(
        an_account(email="remi@exemple.fr").id,
        console.organisme,
        role=Role.RESPONSABLE_HABILITATION,
        perimetre=frozenset([console.tenu.id]),
    )
    lue = fiche.lire(remi, console.holder.id)

    told = [
        modification.preparer(
            lue,
            Modification(lue.ouverture, lue.cloture, lue.mobilite, frozenset([groupe.id])),
            TODAY,
        )
        for groupe in (tiers, libre)
    ]

    assert told == [RefusDeModification.GROUPE_INCONNU] * 2
    assert lue.groupes == (console.tenu.id,)


def test_one_is_told_that_the_role_does_not_come_back(console: Console) -> None:
    console.holder.role = Role.ADMINISTRATEUR
    db.session.commit()
    console.client.post(f"{console.page}/clore", data={"organisme": str(console.organisme.id)})

    assert "Le rôle ne revient pas avec l’accès" in console.client.get(console.page).text
