"""The operations of ``monde.py``, through the services, on rows: what is refused is said in the same words."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from factories import (
    a_contrat,
    a_groupe,
    a_rattachement,
    a_sous_groupe,
    an_account,
    an_acteur,
    an_organisme,
)
from monde import CLOS, GROUPE_INCONNU, INVISIBLE, NE_GERE_RIEN, Monde
from sqlalchemy import select

from idp import clock
from idp.accounts.models import Account, AccountState
from idp.db import db
from idp.errors import NotHere
from idp.habilitations import acteurs, cibles, delegation, rattachements
from idp.habilitations.administration import mandats, roles, successions
from idp.habilitations.administration.mandats import MandatVoulu
from idp.habilitations.delegation import Acteur, Bases, RefusDAgir, Role
from idp.habilitations.models import (
    Composante,
    Groupe,
    Habilitation,
    Mandat,
    Mobilite,
    PerimetreResponsable,
    Rattachement,
)
from idp.habilitations.personnes import application, fiche, retraits, utilisateurs
from idp.habilitations.personnes.modification import Modification, RefusDeModification
from idp.habilitations.personnes.utilisateurs import Cree, NouvelUtilisateur, RefusDeCreation

NOW = datetime.now(UTC)
TODAY = clock.today(NOW)


class Lignes:
    """An organisme whose rows say what a new ``Monde`` says."""

    def __init__(self, monde: Monde, contrats: tuple[Bases, ...]) -> None:
        self.organisme = an_organisme()
        rows = [a_contrat(self.organisme, service) for service in ("offre-bailleurs", "cdap")]
        self.bases: dict[UUID, Groupe] = {}
        for contrat, bases in zip(rows, contrats, strict=True):
            for rang, base in enumerate(sorted(bases, key=str)):
                self.bases[base] = a_groupe(contrat, code=f"{contrat.service}:{rang}")
        self.contrats = rows
        self.groupes = list(self.bases.values())
        self.gens = [
            a_rattachement(an_account(email=f"{rang}@exemple.fr"), self.organisme)
            for rang in range(len(monde.gens))
        ]
        self.gens[0].role = self.gens[1].role = Role.ADMINISTRATEUR
        self.gens[1].cloture = TODAY + timedelta(days=30)
        db.session.flush()
        chef = an_acteur(self.gens[0].account_id, self.organisme)
        for place, qui in zip(self.gens, monde.gens, strict=True):
            cases = [self.groupes[rang].id for rang in qui.cases]
            utilisateurs.habiliter(chef, place.id, cases, debut=TODAY, now=NOW)
            if qui.mandat:
                bases = frozenset(self.bases[base].id for base in qui.mandat.bases)
                mandats.donner(
                    chef, place.id, MandatVoulu(bases, qui.mandat.peut_creer, TODAY), NOW
                )

    def acteur(self, rang: int) -> Acteur | None:
        """Whoever that person is to the console."""
        db.session.flush()
        db.session.expire_all()
        place = self.gens[rang]
        account = db.session.get_one(Account, place.account_id)
        selection = rattachements.selection(place.id, NOW)
        if account.state is not AccountState.ACTIF or selection is None:
            return None
        return acteurs.de(selection)

    def etat(self) -> list[tuple[Any, ...]]:
        """What ``etat_de`` says of the world."""
        db.session.flush()
        db.session.expire_all()
        rangs = {groupe.id: rang for rang, groupe in enumerate(self.groupes)}
        lu = []
        for place in self.gens:
            cases = db.session.scalars(
                select(Habilitation).where(Habilitation.rattachement_id == place.id)
            ).all()
            lu.append(
                (
                    place.role.value,
                    place.suspendu_at is not None,
                    place.cloture is not None,
                    sorted(rangs[case.groupe_id] for case in cases),
                    sorted(case.granted_as.value for case in cases),
                    self._perimetre(place),
                )
            )
        return lu

    def _perimetre(self, place: Rattachement) -> int | None:
        mandat = db.session.scalars(
            select(Mandat).where(Mandat.rattachement_id == place.id, Mandat.ended_at.is_(None))
        ).one_or_none()
        if mandat is None:
            return None
        groupes = db.session.scalars(
            select(PerimetreResponsable.groupe_id).where(
                PerimetreResponsable.mandat_id == mandat.id
            )
        ).all()
        composees = db.session.scalars(
            select(Composante.base_id).where(Composante.sous_groupe_id.in_(groupes))
        ).all()
        bases = {groupe.id for groupe in self.bases.values()}
        return len(bases & {*groupes, *composees})

    def _essayer(self, par: int, essai: Callable[[Acteur], object]) -> str | None:
        """What refuses it, in the words of ``monde.py``; None when it is done."""
        acteur = self.acteur(par)
        if acteur is None:
            return NE_GERE_RIEN
        try:
            refus = essai(acteur)
        except NotHere:
            return INVISIBLE
        return str(refus) if refus else None

    def creer(self, par: int, groupes: frozenset[int]) -> str | None:
        acteur = self.acteur(par)
        if acteur is None:
            return NE_GERE_RIEN
        saisie = NouvelUtilisateur(
            nom="Nouveau",
            prenom="Camille",
            email=f"{len(self.gens)}@exemple.fr",
            telephone=None,
            ouverture=TODAY,
            cloture=None,
            mobilite=Mobilite.SEDENTAIRE,
            groupes=tuple(self.groupes[groupe].id for groupe in groupes),
        )
        fait = utilisateurs.creer(acteur, saisie, NOW)
        if isinstance(fait, Cree):
            self.gens.append(db.session.get_one(Rattachement, fait.rattachement_id))
            return None
        return GROUPE_INCONNU if fait is RefusDeCreation.GROUPE_INCONNU else str(fait)

    def se_connecter(self, qui: int) -> None:
        db.session.get_one(Account, self.gens[qui].account_id).state = AccountState.ACTIF
        db.session.flush()

    def cocher(self, par: int, sur: int, voulus: frozenset[int]) -> str | None:
        acteur, place = self.acteur(par), self.gens[sur]
        if acteur is None:
            return NE_GERE_RIEN
        try:
            lue = fiche.lire(acteur, place.id)
        except NotHere:
            return INVISIBLE
        ids = frozenset(self.groupes[groupe].id for groupe in voulus)
        voulu = Modification(lue.ouverture, lue.cloture, lue.mobilite, ids)
        fait = application.appliquer(acteur, place.id, voulu, version=lue.version, now=NOW)
        if not isinstance(fait, RefusDeModification):
            return None
        names = {
            RefusDeModification.CLOS: CLOS,
            RefusDeModification.GROUPE_INCONNU: GROUPE_INCONNU,
        }
        return names.get(fait, str(fait))

    def fixer_cloture(self, par: int, sur: int) -> str | None:
        acteur, place = self.acteur(par), self.gens[sur]
        if acteur is None:
            return NE_GERE_RIEN
        try:
            lue = fiche.lire(acteur, place.id)
        except NotHere:
            return INVISIBLE
        fin = TODAY + timedelta(days=30)
        voulu = Modification(lue.ouverture, fin, lue.mobilite, frozenset(lue.groupes))
        fait = application.appliquer(acteur, place.id, voulu, version=lue.version, now=NOW)
        return str(fait) if isinstance(fait, RefusDeModification) else None

    def clore(self, par: int, sur: int) -> str | None:
        return self._essayer(
            par, lambda acteur: retraits.clore(self.gens[sur].id, par=acteur, now=NOW)
        )

    def rouvrir(self, par: int, sur: int) -> str | None:
        acteur = self.acteur(par)
        if acteur is None:
            return NE_GERE_RIEN
        try:
            cible = cibles.lire(acteur, self.gens[sur].id)
            rouvert = retraits.rouvrir(self.gens[sur].id, par=acteur, now=NOW)
        except NotHere:
            return INVISIBLE
        if rouvert:
            return None
        refus = delegation.refus_de_regler(acteur, cible)
        return str(refus or RefusDAgir.RESERVE_A_L_ADMINISTRATEUR)

    def mandater(
        self, par: int, sur: int, groupes: frozenset[int], *, peut_creer: bool
    ) -> str | None:
        voulu = MandatVoulu(
            frozenset(self.groupes[groupe].id for groupe in groupes), peut_creer, TODAY
        )

        def donner(acteur: Acteur) -> object:
            fait = mandats.donner(acteur, self.gens[sur].id, voulu, NOW)
            return None if isinstance(fait, UUID) else fait

        return self._essayer(par, donner)

    def retirer_mandat(self, par: int, sur: int) -> str | None:
        return self._essayer(par, lambda acteur: mandats.retirer(acteur, self.gens[sur].id, NOW))

    def promouvoir(self, par: int, sur: int) -> str | None:
        acteur = self.acteur(par)
        if acteur is None:
            return NE_GERE_RIEN
        try:
            fait = successions.proposer(acteur, self.gens[sur].id, NOW)
        except NotHere:
            return INVISIBLE
        if not isinstance(fait, UUID):
            return str(fait)
        db.session.expire_all()
        selection = rattachements.selection(self.gens[sur].id, NOW)
        assert selection is not None
        refus = successions.repondre(selection, fait, accepte=True, now=NOW)
        return str(refus) if refus else None

    def retrograder(self, par: int, sur: int) -> str | None:
        return self._essayer(par, lambda acteur: roles.retrograder(acteur, self.gens[sur].id, NOW))

    def composer(self, par: int, contrat: int, bases: Bases) -> str | None:
        acteur = self.acteur(par)
        if acteur is None:
            return NE_GERE_RIEN
        choisies = [self.bases[base] for base in sorted(bases, key=str)]
        du_contrat = Bases(
            base for base, row in self.bases.items() if row.contrat_id == self.contrats[contrat].id
        )
        refus = delegation.refus_de_composer(acteur, bases, du_contrat)
        if refus is None:
            made = a_sous_groupe(
                self.contrats[contrat],
                choisies,
                libelle=f"Sous-groupe {len(self.groupes)}",
                created_at=NOW,
                created_by=self.gens[par].account_id,
            )
            self.groupes.append(made)
        return str(refus) if refus else None
