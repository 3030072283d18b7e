"""Conventions and contrats de service: what the agents decide has effect everywhere at once, and is kept."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from dossiers import AUTRE_CAISSE, CAISSE, Dossier, un_dossier
from factories import (
    a_caisse,
    a_contrat,
    a_groupe,
    a_rattachement,
    agent_signed_in,
    an_account,
    an_agent,
    an_habilitation,
    signed_in,
)
from flask import Flask
from flask.testing import FlaskClient
from flows import Bailleur, a_bailleur, answer, authorize, declared, tokens_for, userinfo
from sql_budget import counted

from idp import clock, outbox
from idp.accounts.models import Account
from idp.audit import JournalEntry
from idp.db import db
from idp.errors import NotHere, Refusal
from idp.habilitations.agents import AgentVu
from idp.habilitations.claims import droits
from idp.habilitations.conventions import contrats, echeances, fermeture, gestion, lecture
from idp.habilitations.conventions.contrats import Choix, Ouvert, RefusDeContrat
from idp.habilitations.conventions.fermeture import RefusDeFermer
from idp.habilitations.conventions.gestion import NouvelleConvention, RefusDeConvention
from idp.habilitations.etats_de_convention import EtatConvention, RefusDePassage
from idp.habilitations.models import (
    ContratDeService,
    Convention,
    Groupe,
    Habilitation,
    RoleAgent,
    TransitionDeConvention,
)
from idp.habilitations.policy import Refus
from idp.outbox import Delivery

NOW = datetime.now(UTC)
JOUR = clock.today(NOW)
TOLD = "https://offre.exemple.fr/logout"
E = EtatConvention


def agent(role: RoleAgent = RoleAgent.GESTIONNAIRE, *caisses: str) -> AgentVu:
    codes = () if role is RoleAgent.NATIONAL else caisses or (CAISSE,)
    return AgentVu(an_agent(role, codes).id, role, codes)


def convention_of(contrat: ContratDeService) -> Convention:
    return db.session.get_one(Convention, contrat.convention_id)


def passer(convention: Convention, vers: E, **how: Any) -> RefusDePassage | None:
    qui = how.pop("qui", None) or agent(RoleAgent.SUPERVISEUR)
    likely = {"motif": "Courrier du partenaire", "now": NOW}
    return gestion.passer(qui, convention, vers, **{**likely, **how})


def told() -> list[dict[str, Any]]:
    rows = db.session.scalars(sa.select(Delivery).where(Delivery.kind == "backchannel_logout"))
    return [outbox.read(row) for row in rows]


def journal(*names: str) -> list[dict[str, Any]]:
    rows = db.session.scalars(
        sa.select(JournalEntry).where(JournalEntry.event.in_(names)).order_by(JournalEntry.id)
    )
    return [row.data for row in rows]


def convention_du(bailleur: Bailleur) -> Convention:
    return db.session.scalars(
        sa.select(Convention).where(Convention.organisme_id == bailleur.organisme.id)
    ).one()


def signed_in_bailleur(client: FlaskClient) -> tuple[Bailleur, str]:
    bailleur = a_bailleur()
    signed_in(client, bailleur.account, bailleur.rattachement)
    return bailleur, str(tokens_for(client)["access_token"])


@pytest.fixture
def dossier(app: Flask) -> Dossier:
    return un_dossier()


def test_a_draft_is_signed_then_validated_and_each_step_is_kept(dossier: Dossier) -> None:
    qui = agent()
    saisie = NouvelleConvention("Afas 2027", JOUR, None)
    convention_id = gestion.preparer(qui, dossier.organisme.id, saisie, NOW)
    assert isinstance(convention_id, UUID)
    convention = gestion.trouver(qui, dossier.organisme.id, convention_id)

    assert passer(convention, E.VALIDEE, qui=qui) is RefusDePassage.IMPOSSIBLE
    assert passer(convention, E.A_SIGNER, qui=qui) is None
    assert passer(convention, E.VALIDEE, qui=qui, motif="Signée le 20/11") is None

    [lue] = [une for une in lecture.lire(dossier.organisme.id, JOUR) if une.id == convention_id]
    assert lue.etat is E.VALIDEE
    assert {(pas.vers, pas.motif) for pas in lue.histoire} == {
        (E.BROUILLON, None),
        (E.A_SIGNER, "Courrier du partenaire"),
        (E.VALIDEE, "Signée le 20/11"),
    }
    assert {pas.par for pas in lue.histoire} == {"Claire Martin"}
    assert [data["vers"] for data in journal("convention_passee")] == [
        *("brouillon", "a_signer", "validee")
    ]


@pytest.mark.parametrize("vers", [E.SUSPENDUE, E.RESILIEE])
def test_what_closes_a_convention_ends_what_services_hold(client: FlaskClient, vers: E) -> None:
    with declared("offre-bailleurs", backchannel_logout_uri=TOLD):
        bailleur, access_token = signed_in_bailleur(client)

        assert passer(convention_du(bailleur), vers) is None

    assert len(told()) == 1
    assert userinfo(client, access_token).status_code == 401
    assert answer(authorize(client, prompt="none"))["error"] == "access_denied"


def test_many_people_are_signed_out_in_a_number_of_statements_that_does_not_grow(
    app: Flask, client: FlaskClient
) -> None:
    bailleur, _token = signed_in_bailleur(client)
    convention = convention_du(bailleur)
    qui = agent(RoleAgent.SUPERVISEUR)
    db.session.expire_all()
    with counted() as alone:
        passer(convention, E.SUSPENDUE, qui=qui)
    passer(convention, E.VALIDEE, qui=qui)
    groupe_id = db.session.scalars(sa.select(Habilitation.groupe_id)).first()
    groupe = db.session.get_one(Groupe, groupe_id)
    for rank in range(12):
        person = an_account(email=f"p{rank}@exemple.fr")
        place = a_rattachement(person, bailleur.organisme)
        an_habilitation(place, groupe)
        signed_in(client, person, place)
        tokens_for(client)

    db.session.expire_all()
    with counted() as many:
        passer(convention, E.SUSPENDUE, qui=qui)

    assert len(many) <= len(alone) + 1


def test_a_resiliation_to_come_lets_its_last_day_work(client: FlaskClient) -> None:
    bailleur, access_token = signed_in_bailleur(client)
    convention = convention_du(bailleur)
    dernier = JOUR + timedelta(days=10)

    assert passer(convention, E.RESILIEE, dernier_jour=dernier) is None

    assert userinfo(client, access_token).status_code == 200
    assert (convention.etat, convention.fin) == (E.VALIDEE, dernier)
    ce_jour, apres = NOW + timedelta(days=10), NOW + timedelta(days=11)
    place_id = bailleur.rattachement.id
    vus = droits(place_id, "offre-bailleurs", ce_jour)
    assert vus
    assert vus.refus is None
    vus = droits(place_id, "offre-bailleurs", apres)
    assert vus
    assert vus.refus is Refus.CONVENTION_HORS_DATES
    assert gestion.etat_au(convention, clock.today(apres)) is E.RESILIEE


@pytest.mark.parametrize("fin", [None, JOUR + timedelta(days=300)])
@pytest.mark.parametrize("etat", [E.VALIDEE, E.SUSPENDUE])
def test_a_resiliation_to_come_is_cancelled_and_the_former_end_is_again(
    dossier: Dossier, fin: date | None, etat: E
) -> None:
    convention = convention_of(dossier.contrat)
    convention.fin = fin
    if etat is E.SUSPENDUE:
        assert passer(convention, E.SUSPENDUE) is None
    for rank in (9, 5):
        assert passer(convention, E.RESILIEE, dernier_jour=JOUR + timedelta(days=rank)) is None
    qui = agent()

    fait = gestion.annuler_la_resiliation(qui, convention, motif="Accord trouvé", now=NOW)

    assert fait is None
    lue = db.session.get_one(Convention, convention.id, populate_existing=True)
    assert (lue.etat, lue.fin, lue.resiliation) == (etat, fin, None)
    [dit] = journal("resiliation_annulee")
    assert (dit["motif"], dit.get("fin")) == ("Accord trouvé", fin.isoformat() if fin else None)
    [vue] = lecture.lire(dossier.organisme.id, JOUR)
    [pas] = [un for un in vue.histoire if un.annule_une_resiliation]
    assert (pas.motif, pas.par, pas.vers) == ("Accord trouvé", "Claire Martin", etat)
    assert not vue.resiliation_a_annuler
    encore = gestion.annuler_la_resiliation(qui, convention, motif="Encore", now=NOW)
    assert encore is RefusDePassage.PAS_ANNONCEE


def test_what_a_cancelled_resiliation_would_have_ended_goes_on(client: FlaskClient) -> None:
    bailleur, access_token = signed_in_bailleur(client)
    convention = convention_du(bailleur)
    assert passer(convention, E.RESILIEE, dernier_jour=JOUR) is None
    assert gestion.annuler_la_resiliation(agent(), convention, motif="Accord", now=NOW) is None

    demain = NOW + timedelta(days=1)
    assert echeances.veiller(demain) == 0
    vus = droits(bailleur.rattachement.id, "offre-bailleurs", demain)

    assert vus
    assert vus.refus is None
    assert userinfo(client, access_token).status_code == 200


def test_a_resiliation_is_cancelled_from_its_page_and_the_partner_reads_it(
    client: FlaskClient, dossier: Dossier
) -> None:
    convention = convention_of(dossier.contrat)
    lieu = f"/caf/organismes/{dossier.organisme.id}/conventions"
    page = f"{lieu}/{convention.id}/annuler-la-resiliation"
    agent_signed_in(client, RoleAgent.GESTIONNAIRE, [CAISSE])
    assert client.get(page).location == lieu
    assert "Aucune résiliation n’est annoncée" in client.get(lieu).text
    assert passer(convention, E.RESILIEE, dernier_jour=JOUR + timedelta(days=9)) is None
    assert page in client.get(lieu).text
    assert "sans date de fin" in client.get(page).text
    assert "Dites pourquoi" in client.post(page, data={"motif": ""}).text

    assert client.post(page, data={"motif": "Accord trouvé"}).location == lieu

    told = client.get(lieu).text
    assert "La résiliation est annulée" in told
    assert ": résiliation annulée, par Claire Martin. Motif : « Accord trouvé »" in told
    chef = db.session.get_one(Account, dossier.chef.account_id)
    signed_in(client, chef, dossier.chef)
    journal_lu = client.get("/habilitations/journal").text
    assert "La Caf a annulé la résiliation de la convention « LES OLIVIERS »" in journal_lu
    assert "Motif : Accord trouvé ; elle court sans date de fin" in journal_lu


def test_the_worker_writes_what_time_has_made(dossier: Dossier) -> None:
    convention = convention_of(dossier.contrat)
    convention.fin = JOUR
    db.session.flush()

    assert echeances.veiller(NOW) == 0
    assert echeances.veiller(NOW + timedelta(days=1)) == 1
    assert echeances.veiller(NOW + timedelta(days=1)) == 0

    assert convention.etat is E.ECHUE
    [pas] = db.session.scalars(sa.select(TransitionDeConvention)).all()
    assert (pas.vers, pas.par) == (E.ECHUE, None)


def test_only_a_superviseur_lifts_the_suspension_of_a_convention(dossier: Dossier) -> None:
    convention = convention_of(dossier.contrat)
    assert passer(convention, E.SUSPENDUE) is None

    with pytest.raises(Refusal):
        passer(convention, E.VALIDEE, qui=agent(RoleAgent.GESTIONNAIRE))

    assert passer(convention, E.VALIDEE) is None


def test_a_renewal_takes_over_groups_and_people(dossier: Dossier) -> None:
    qui, ancienne = agent(), convention_of(dossier.contrat)
    saisie = NouvelleConvention("Renouvelée", JOUR + timedelta(days=30), None, ancienne.id)
    nouvelle_id = gestion.preparer(qui, dossier.organisme.id, saisie, NOW)
    assert isinstance(nouvelle_id, UUID)
    nouvelle = gestion.trouver(qui, dossier.organisme.id, nouvelle_id)
    passer(nouvelle, E.A_SIGNER, qui=qui)

    assert passer(nouvelle, E.VALIDEE, qui=qui) is None

    db.session.expire_all()
    assert dossier.contrat.convention_id == nouvelle_id
    assert (ancienne.etat, ancienne.fin) == (E.ECHUE, JOUR)
    assert nouvelle.debut == JOUR
    vus = droits(dossier.user.id, "offre-bailleurs", NOW)
    assert vus
    assert [une.code for une in vus.habilitations] == [dossier.groupe.code]


def test_a_renewal_does_not_lift_a_suspension(dossier: Dossier) -> None:
    """The attack: what a superviseur suspended, a gestionnaire would give back by a renewal."""
    qui, ancienne = agent(), convention_of(dossier.contrat)
    saisie = NouvelleConvention("Renouvelée", JOUR, None, ancienne.id)
    nouvelle_id = gestion.preparer(qui, dossier.organisme.id, saisie, NOW)
    assert isinstance(nouvelle_id, UUID)
    nouvelle = gestion.trouver(qui, dossier.organisme.id, nouvelle_id)
    passer(nouvelle, E.A_SIGNER, qui=qui)
    passer(ancienne, E.SUSPENDUE)

    assert passer(nouvelle, E.VALIDEE, qui=qui) is RefusDePassage.PLUS_RENOUVELABLE

    assert nouvelle.etat is E.A_SIGNER
    saisie = NouvelleConvention("Encore", JOUR, None, ancienne.id)
    fait = gestion.preparer(qui, dossier.organisme.id, saisie, NOW)
    assert fait is RefusDeConvention.PAS_RENOUVELABLE


def test_a_convention_of_another_caisse_or_organisme_does_not_exist(dossier: Dossier) -> None:
    a_caisse(AUTRE_CAISSE, ("75",))
    ailleurs = un_dossier(caisse_code=AUTRE_CAISSE)
    qui = agent()
    with pytest.raises(NotHere):
        gestion.trouver(qui, ailleurs.organisme.id, ailleurs.contrat.convention_id)
    with pytest.raises(NotHere):
        gestion.trouver(qui, dossier.organisme.id, ailleurs.contrat.convention_id)
    with pytest.raises(NotHere):
        contrats.clore(qui, dossier.organisme.id, ailleurs.contrat.id, motif="Non", now=NOW)
    with pytest.raises(NotHere):
        contrats.trouver(qui, dossier.organisme.id, uuid4())


@pytest.mark.parametrize(
    ("service", "choix", "codes"),
    [
        ("cdap", Choix(("t1", "t2"), (CAISSE,)), ["cdap:t1:359", "cdap:t2:359"]),
        ("afas", Choix(("approbateur",), (CAISSE,)), ["afas:approbateur:359"]),
    ],
)
def test_a_contrat_opens_with_the_groups_of_its_template(
    dossier: Dossier, service: str, choix: Choix, codes: list[str]
) -> None:
    fait = contrats.ouvrir(agent(), convention_of(dossier.contrat), service, choix, NOW)

    assert isinstance(fait, Ouvert)
    assert list(fait.groupes) == codes
    tenus = set(
        db.session.scalars(
            sa.select(Groupe.code)
            .join(Habilitation, Habilitation.groupe_id == Groupe.id)
            .where(Habilitation.rattachement_id == dossier.chef.id)
        )
    )
    assert tenus >= set(codes)
    vus = droits(dossier.chef.id, service, NOW)
    assert vus
    assert {une.profil for une in vus.habilitations} == set(choix.declinaisons)
    [data] = journal("contrat_ouvert")
    assert (data["service"], data["groupes"]) == (service, codes)


def test_offre_bailleurs_is_cut_by_type_de_logement_and_zone(dossier: Dossier) -> None:
    a_caisse(AUTRE_CAISSE, ("75",))
    saisie = NouvelleConvention("Bis", JOUR, None)
    qui = agent(RoleAgent.GESTIONNAIRE, CAISSE, AUTRE_CAISSE)
    convention_id = gestion.preparer(qui, dossier.organisme.id, saisie, NOW)
    assert isinstance(convention_id, UUID)
    convention = gestion.trouver(qui, dossier.organisme.id, convention_id)

    choix = Choix(("conventionne", "prive"), (CAISSE, AUTRE_CAISSE))
    fait = contrats.ouvrir(qui, convention, "offre-bailleurs", choix, NOW)

    assert isinstance(fait, Ouvert)
    assert list(fait.groupes) == [
        f"offre-bailleurs:{genre}:{zone}"
        for genre in ("conventionne", "prive")
        for zone in (CAISSE, AUTRE_CAISSE)
    ]


def test_a_zone_of_another_caisse_is_for_that_caisse_to_open(dossier: Dossier) -> None:
    a_caisse(AUTRE_CAISSE, ("75",))
    choix = Choix(("prive",), (CAISSE, AUTRE_CAISSE))
    avant = codes_of(dossier)

    with pytest.raises(Refusal):
        contrats.etendre(agent(), dossier.organisme.id, dossier.contrat.id, choix, NOW)
    with pytest.raises(Refusal):
        contrats.ouvrir(agent(), convention_of(dossier.contrat), "cdap", choix, NOW)

    assert codes_of(dossier) == avant
    national = agent(RoleAgent.NATIONAL)
    assert isinstance(
        contrats.etendre(national, dossier.organisme.id, dossier.contrat.id, choix, NOW), Ouvert
    )


@pytest.mark.parametrize("suspendu", ["contrat", "convention"])
def test_a_gestionnaire_does_not_open_elsewhere_what_is_suspended(
    dossier: Dossier, suspendu: str
) -> None:
    """Another convention with the same service would lift, in fact, what a superviseur decided."""
    qui, of = agent(), dossier.organisme.id
    service, choix = dossier.contrat.service, Choix(("prive",), (CAISSE,))
    deja, tard = (
        gestion.trouver(qui, of, une)
        for une in (gestion.preparer(qui, of, NouvelleConvention(n, JOUR, None), NOW) for n in "ab")
        if isinstance(une, UUID)
    )
    assert isinstance(contrats.ouvrir(qui, deja, service, choix, NOW), Ouvert)
    passer(deja, E.A_SIGNER, qui=qui)
    if suspendu == "contrat":
        dossier.contrat.suspendu_at = NOW
        db.session.flush()
    else:
        passer(convention_of(dossier.contrat), E.SUSPENDUE)

    with pytest.raises(Refusal):
        passer(deja, E.VALIDEE, qui=qui)
    with pytest.raises(Refusal):
        contrats.ouvrir(qui, tard, service, choix, NOW)

    assert passer(deja, E.VALIDEE) is None


def codes_of(dossier: Dossier) -> set[str]:
    rows = sa.select(Groupe.code).where(Groupe.contrat_id == dossier.contrat.id)
    return set(db.session.scalars(rows))


def test_groups_are_added_once_and_keep_their_codes(dossier: Dossier) -> None:
    qui, of = agent(), dossier.organisme.id
    choix = Choix(("prive", "conventionne"), (CAISSE,))

    fait = contrats.etendre(qui, of, dossier.contrat.id, choix, NOW)
    encore = contrats.etendre(qui, of, dossier.contrat.id, choix, NOW)

    assert isinstance(fait, Ouvert)
    assert fait.groupes == ("offre-bailleurs:conventionne:359",)
    assert encore is RefusDeContrat.RIEN


@pytest.mark.parametrize(
    ("service", "choix", "refus"),
    [
        ("inconnu", Choix(("t1",), (CAISSE,)), RefusDeContrat.SERVICE_INCONNU),
        ("cdap", Choix(("t9",), (CAISSE,)), RefusDeContrat.INCONNU),
        ("cdap", Choix((), (CAISSE,)), RefusDeContrat.RIEN),
        ("offre-bailleurs", Choix(("prive",), (CAISSE,)), RefusDeContrat.DEJA_OUVERT),
    ],
)
def test_a_contrat_is_refused(
    dossier: Dossier, service: str, choix: Choix, refus: RefusDeContrat
) -> None:
    assert contrats.ouvrir(agent(), convention_of(dossier.contrat), service, choix, NOW) is refus


def test_a_closed_convention_opens_no_contrat(dossier: Dossier) -> None:
    convention = convention_of(dossier.contrat)
    passer(convention, E.SUSPENDUE)

    choix = Choix(("t1",), (CAISSE,))
    fait = contrats.ouvrir(agent(), convention, "cdap", choix, NOW)

    assert fait is RefusDeContrat.CONVENTION_FERMEE
    fait = contrats.etendre(agent(), dossier.organisme.id, dossier.contrat.id, choix, NOW)
    assert fait is RefusDeContrat.CONVENTION_FERMEE


def test_a_contrat_closed_ends_at_once_and_opens_again_with_its_people(
    client: FlaskClient,
) -> None:
    qui = agent()
    with declared("offre-bailleurs", backchannel_logout_uri=TOLD):
        bailleur, access_token = signed_in_bailleur(client)
        contrat_id = db.session.scalars(sa.select(ContratDeService.id)).one()
        of = bailleur.organisme.id

        assert contrats.clore(qui, of, contrat_id, motif="Fin d’activité", now=NOW) is None

    assert len(told()) == 1
    assert userinfo(client, access_token).status_code == 401
    assert answer(authorize(client, prompt="none"))["error"] == "access_denied"
    encore = contrats.clore(qui, of, contrat_id, motif="Encore", now=NOW)
    assert encore is RefusDeContrat.DEJA_CLOS
    assert contrats.rouvrir(qui, of, contrat_id, motif="Erreur", now=NOW) is None
    assert userinfo(client, str(tokens_for(client)["access_token"])).status_code == 200
    assert [data["rouvert"] for data in journal("contrat_clos")] == [False, True]


def test_what_the_caf_prepares_is_not_shown_to_the_partner(
    client: FlaskClient, dossier: Dossier
) -> None:
    qui = agent()
    saisie = NouvelleConvention("BROUILLON SECRET", JOUR + timedelta(days=3), None)
    convention_id = gestion.preparer(qui, dossier.organisme.id, saisie, NOW)
    assert isinstance(convention_id, UUID)
    convention = gestion.trouver(qui, dossier.organisme.id, convention_id)
    contrats.ouvrir(qui, convention, "cdap", Choix(("t1",), (CAISSE,)), NOW)
    chef = db.session.get_one(Account, dossier.chef.account_id)
    signed_in(client, chef, dossier.chef)

    for path in ("/habilitations/utilisateurs/creer", "/habilitations/groupes"):
        page = client.get(path)
        assert page.status_code == 200
        assert "BROUILLON SECRET" not in page.text
        assert "Profil T1" not in page.text


def test_the_page_costs_the_same_whatever_the_number_of_conventions(dossier: Dossier) -> None:
    with counted() as few:
        lecture.lire(dossier.organisme.id, JOUR)
    for _ in range(5):
        a_groupe(a_contrat(dossier.organisme, "cdap"), code="cdap:t1:359")

    with counted() as many:
        lues = lecture.lire(dossier.organisme.id, JOUR)

    assert len(lues) == 6
    assert len(many) == len(few) == 3


def test_why_a_convention_is_prepared_and_a_contrat_opened_or_extended_is_kept(
    dossier: Dossier,
) -> None:
    qui, of = agent(), dossier.organisme.id
    saisie = NouvelleConvention("Cdap", JOUR, None, motif="Demande du partenaire")
    convention_id = gestion.preparer(qui, of, saisie, NOW)
    assert isinstance(convention_id, UUID)
    convention = db.session.get_one(Convention, convention_id)

    choix = Choix(("t1",), (CAISSE,), motif="Bulletin d’adhésion reçu")
    assert isinstance(contrats.ouvrir(qui, convention, "cdap", choix, NOW), Ouvert)
    plus = Choix(("conventionne",), (CAISSE,), motif="Immeuble racheté")
    assert isinstance(contrats.etendre(qui, of, dossier.contrat.id, plus, NOW), Ouvert)

    assert [data["motif"] for data in journal("contrat_ouvert")] == [
        *("Bulletin d’adhésion reçu", "Immeuble racheté")
    ]
    [lue] = [une for une in lecture.lire(of, JOUR) if une.id == convention_id]
    assert [pas.motif for pas in lue.histoire] == ["Demande du partenaire"]


def test_a_contrat_ends_with_its_last_day(dossier: Dossier) -> None:
    qui, convention = agent(), convention_of(dossier.contrat)
    dernier = JOUR + timedelta(days=30)

    passe = Choix(("t1",), (CAISSE,), fin=JOUR - timedelta(days=1))
    refus = contrats.ouvrir(qui, convention, "cdap", passe, NOW)
    fait = contrats.ouvrir(qui, convention, "cdap", Choix(("t1",), (CAISSE,), fin=dernier), NOW)

    assert refus is RefusDeContrat.DEJA_FINI
    assert isinstance(fait, Ouvert)
    ouvert = db.session.get_one(ContratDeService, fait.contrat_id)
    assert ouvert.fin == dernier
    for jours, attendu in ((30, True), (31, False)):
        place = dossier.chef.id
        vus = droits(place, "cdap", NOW + timedelta(days=jours))
        assert bool(vus and vus.habilitations) is attendu


@pytest.mark.parametrize("page", ["/conventions/preparer", "/contrats/{contrat}/groupes"])
def test_the_pages_want_a_motive(client: FlaskClient, dossier: Dossier, page: str) -> None:
    agent_signed_in(client, RoleAgent.GESTIONNAIRE, [CAISSE])
    lieu = f"/caf/organismes/{dossier.organisme.id}" + page.format(contrat=dossier.contrat.id)
    typed = {"libelle": "Cdap", "debut": JOUR.isoformat(), "zones": CAISSE}

    sans = client.post(lieu, data={**typed, "declinaisons": "conventionne", "motif": " "})
    avec = client.post(lieu, data={**typed, "declinaisons": "conventionne", "motif": "Demandé"})

    assert "Dites pourquoi" in sans.text
    assert avec.status_code == 303


def test_a_groupe_opened_by_mistake_is_closed_and_may_be_opened_again(
    client: FlaskClient,
) -> None:
    qui = agent()
    with declared("offre-bailleurs", backchannel_logout_uri=TOLD):
        bailleur, access_token = signed_in_bailleur(client)
        groupe = db.session.scalars(sa.select(Groupe)).one()
        of, contrat_id = bailleur.organisme.id, groupe.contrat_id

        refus = fermeture.fermer(qui, of, contrat_id, groupe.id, motif="Autre zone", now=NOW)

    assert refus is None
    assert len(told()) == 1
    assert userinfo(client, access_token).status_code == 401
    assert answer(authorize(client, prompt="none"))["error"] == "access_denied"
    assert journal("groupe_ferme")[0]["motif"] == "Autre zone"
    encore = fermeture.fermer(qui, of, contrat_id, groupe.id, motif="Encore", now=NOW)
    assert encore is RefusDeFermer.DEJA_FERME
    genre = str(groupe.type_logement)
    choix = Choix((genre,), (str(groupe.zone),), motif="Finalement")
    assert contrats.etendre(qui, of, contrat_id, choix, NOW) == Ouvert(contrat_id, (groupe.code,))
    assert userinfo(client, str(tokens_for(client)["access_token"])).status_code == 200


def test_a_groupe_is_closed_by_its_caisse_and_not_while_it_is_suspended(dossier: Dossier) -> None:
    of, contrat_id, groupe = dossier.organisme.id, dossier.contrat.id, dossier.groupe

    def fermer(qui: AgentVu, groupe_id: UUID = groupe.id) -> RefusDeFermer | None:
        return fermeture.fermer(qui, of, contrat_id, groupe_id, motif="Non", now=NOW)

    with pytest.raises(NotHere):
        fermer(agent(RoleAgent.SUPERVISEUR, AUTRE_CAISSE))
    with pytest.raises(NotHere):
        fermer(agent(), uuid4())
    a_caisse(AUTRE_CAISSE, ("75",))
    ailleurs = a_groupe(dossier.contrat, code="offre-bailleurs:prive:751", zone=AUTRE_CAISSE)
    with pytest.raises(Refusal):
        fermer(agent(), ailleurs.id)
    groupe.suspendu_at = NOW
    db.session.flush()

    assert fermer(agent()) is RefusDeFermer.SUSPENDU
    assert groupe.actif
