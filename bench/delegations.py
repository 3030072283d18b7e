"""Who holds what in the population, and who gave it: the Caf, an administrateur, or a responsable by mandate."""

from datetime import date, timedelta

from tirage import YEARS, GroupeTire, Lieu, MandatTire, Personne, Tirage

from idp.habilitations.delegation import Qualite, Role
from idp.habilitations.models import (
    EtatSuccession,
    Habilitation,
    Mandat,
    PerimetreResponsable,
    Succession,
    Voie,
)


class Delegations:
    """Gives the groups, mandates and successions of one organisme after the other."""

    def __init__(self, tirage: Tirage) -> None:
        self._tirage = tirage

    def mandater(self, lieu: Lieu, personne: Personne) -> None:
        """For a part of its groups, since they came; one in ten may create nobody."""
        tirage, mandat_id = self._tirage, self._tirage.uuid()
        groupes = self._des_groupes(
            lieu.groupes, tirage.hasard.randint(1, max(len(lieu.groupes) // 3, 1))
        )
        mandat = MandatTire(mandat_id, personne, groupes, personne.depuis)
        tirage.bulk.add(
            Mandat,
            id=mandat_id,
            organisme_id=lieu.id,
            rattachement_id=personne.rattachement_id,
            programme=None,
            peut_creer=tirage.hasard.random() < 0.9,
            debut=personne.ouverture,
            fin=tirage.jour + timedelta(days=30 + tirage.hasard.randrange(300)),
            granted_at=personne.depuis,
            granted_by=lieu.administrateur.account_id,
            ended_at=None,
            ended_by=None,
        )
        for groupe in groupes:
            tirage.bulk.add(PerimetreResponsable, mandat_id=mandat_id, groupe_id=groupe.id)
        lieu.mandats.append(mandat)

    def un_ancien_mandat(self, lieu: Lieu, personne: Personne) -> None:
        """Ended, and kept."""
        tirage = self._tirage
        mandat_id = tirage.uuid()
        tirage.bulk.add(
            Mandat,
            id=mandat_id,
            organisme_id=lieu.id,
            rattachement_id=personne.rattachement_id,
            programme=None,
            peut_creer=True,
            debut=personne.ouverture,
            fin=None,
            granted_at=personne.depuis,
            granted_by=lieu.administrateur.account_id,
            ended_at=personne.depuis + (tirage.now - personne.depuis) / 2,
            ended_by=lieu.administrateur.account_id,
        )
        for groupe in self._des_groupes(lieu.groupes, 3):
            tirage.bulk.add(PerimetreResponsable, mandat_id=mandat_id, groupe_id=groupe.id)

    def habiliter(self, lieu: Lieu, personne: Personne, combien: int) -> None:
        """In that many groups: an administrateur by the Caf, a user by a responsable who was there before them."""
        mandat = self._un_mandat(lieu, personne)
        if personne.role is not Role.UTILISATEUR or mandat is None:
            self._donner(lieu, personne, self._des_groupes(lieu.groupes, combien), None)
            return
        perimetre = frozenset[object]().union(*(groupe.bases for groupe in mandat.groupes))
        donnables = [groupe for groupe in lieu.groupes if groupe.bases <= perimetre]
        self._donner(lieu, personne, self._des_groupes(donnables, combien), mandat)

    def _un_mandat(self, lieu: Lieu, personne: Personne) -> MandatTire | None:
        if not lieu.mandats or self._tirage.hasard.random() < 0.4:
            return None
        mandat = self._tirage.hasard.choice(lieu.mandats)
        return mandat if mandat.depuis < personne.depuis else None

    def _des_groupes(self, parmi: list[GroupeTire], combien: int) -> tuple[GroupeTire, ...]:
        depart = self._tirage.hasard.randrange(len(parmi))
        return tuple(
            parmi[(depart + rang) % len(parmi)] for rang in range(min(combien, len(parmi)))
        )

    def _donner(
        self,
        lieu: Lieu,
        personne: Personne,
        groupes: tuple[GroupeTire, ...],
        mandat: MandatTire | None,
    ) -> None:
        par, qualite = lieu.administrateur.account_id, Qualite.ADMINISTRATEUR
        if mandat is not None:
            par, qualite = mandat.responsable.account_id, Qualite.RESPONSABLE_HABILITATION
        caf = personne.role is Role.ADMINISTRATEUR
        for groupe in groupes:
            self._tirage.bulk.add(
                Habilitation,
                id=self._tirage.uuid(),
                rattachement_id=personne.rattachement_id,
                groupe_id=groupe.id,
                debut=personne.ouverture,
                fin=self._une_fin(),
                granted_at=personne.depuis,
                granted_by=None if caf else par,
                granted_as=Qualite.CAF if caf else qualite,
                mandat_id=mandat.id if mandat else None,
            )

    def _une_fin(self) -> date | None:
        """One right in fifty ends within two months."""
        if self._tirage.hasard.random() < 0.02:
            return self._tirage.jour + timedelta(days=self._tirage.hasard.randrange(60))
        return None

    def succession(self, lieu: Lieu, candidat: Personne, etat: EtatSuccession) -> None:
        """Proposed by its administrateur."""
        tirage = self._tirage
        attend = etat is EtatSuccession.EN_ATTENTE
        demandee = tirage.now - (timedelta(days=2) if attend else YEARS / 3)
        tirage.bulk.add(
            Succession,
            id=tirage.uuid(),
            organisme_id=lieu.id,
            candidat_id=candidat.rattachement_id,
            voie=Voie.PROPOSITION,
            etat=etat,
            motif=None,
            asked_by=lieu.administrateur.account_id,
            asked_at=demandee,
            expires_at=demandee + timedelta(days=30),
            decided_by=None if attend else candidat.account_id,
            decided_at=None if attend else demandee + timedelta(days=1),
        )
