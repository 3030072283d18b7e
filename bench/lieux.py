"""Organismes of the population: a convention, its contrats, the groups that the Caf makes, the sous-groupes."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from noms import un_siret, une_adresse
from tirage import YEARS, GroupeTire, Lieu, Tirage

from idp import clock
from idp.habilitations.caisses import caisses
from idp.habilitations.groupes import LOGEMENTS
from idp.habilitations.models import (
    Caisse,
    Composante,
    ContratDeService,
    Convention,
    EtatConvention,
    Groupe,
    NumeroUtilisateur,
    Organisme,
    TypeOrganisme,
)

OFFRE_BAILLEURS = "offre-bailleurs"


class Lieux:
    """Makes them, one after the other."""

    def __init__(self, tirage: Tirage) -> None:
        self._tirage = tirage
        self._caisses = caisses()
        self._numeros = 0

    def les_caisses(self) -> None:
        for caisse in self._caisses.values():
            self._tirage.bulk.add(
                Caisse,
                code=caisse.code,
                libelle=caisse.libelle,
                departements=list(caisse.departements),
            )

    def un_organisme(
        self, raison_sociale: str, *, zones: Sequence[str], profils: Sequence[str]
    ) -> Lieu:
        """With a contract for Offre Bailleurs (type × zone), and one for Cdap when there are profils."""
        tirage, hasard = self._tirage, self._tirage.hasard
        lieu = Lieu(tirage.uuid(), raison_sociale, f"organisme{self._numeros}.exemple.fr")
        ne_le = tirage.now - YEARS - timedelta(days=hasard.randrange(400))
        tirage.bulk.add(
            Organisme,
            id=lieu.id,
            type=TypeOrganisme.PERSONNE_MORALE,
            raison_sociale=raison_sociale,
            siret=un_siret(hasard) if hasard.random() < 0.8 else None,
            adresse=une_adresse(hasard, raison_sociale),
            email=f"contact@{lieu.domaine}",
            caisse_code=zones[0],
            created_at=ne_le,
        )
        for zone in zones:
            self._numeros += 1
            tirage.bulk.add(
                NumeroUtilisateur,
                valeur=f"{zone}{self._numeros:011d}",
                organisme_id=lieu.id,
                caisse_code=zone,
            )
        convention_id = tirage.uuid()
        echue = self._numeros > len(self._caisses) and hasard.random() < 0.03
        tirage.bulk.add(
            Convention,
            id=convention_id,
            organisme_id=lieu.id,
            libelle=raison_sociale,
            etat=EtatConvention.ECHUE if echue else EtatConvention.VALIDEE,
            debut=clock.today(ne_le),
            fin=tirage.jour - timedelta(days=hasard.randrange(1, 300)) if echue else None,
        )
        self._offre_bailleurs(lieu, convention_id, clock.today(ne_le), zones)
        if profils:
            self._cdap(lieu, convention_id, clock.today(ne_le), zones[0], profils)
        return lieu

    def _offre_bailleurs(
        self, lieu: Lieu, convention_id: UUID, debut: date, zones: Sequence[str]
    ) -> None:
        contrat_id = self._un_contrat(lieu, convention_id, OFFRE_BAILLEURS, debut)
        for zone in zones:
            for logement, nom in LOGEMENTS.items():
                self._un_groupe(
                    lieu,
                    contrat_id,
                    code=f"{OFFRE_BAILLEURS}:{logement}:{zone}",
                    libelle=f"{nom} – {self._caisses[zone].libelle}",
                    type_logement=logement,
                    zone=zone,
                    profil=None,
                )

    def _cdap(
        self, lieu: Lieu, convention_id: UUID, debut: date, zone: str, profils: Sequence[str]
    ) -> None:
        contrat_id = self._un_contrat(lieu, convention_id, "cdap", debut)
        for profil in profils:
            self._un_groupe(
                lieu,
                contrat_id,
                code=f"cdap:{profil}:{zone}",
                libelle=f"Cdap – profil {profil}",
                type_logement=None,
                zone=zone,
                profil=profil,
            )

    def _un_contrat(self, lieu: Lieu, convention_id: UUID, service: str, debut: date) -> UUID:
        contrat_id = lieu.contrats[service] = self._tirage.uuid()
        self._tirage.bulk.add(
            ContratDeService,
            id=contrat_id,
            convention_id=convention_id,
            service=service,
            debut=debut,
            fin=None,
        )
        return contrat_id

    def _un_groupe(self, lieu: Lieu, contrat_id: UUID, *, code: str, **valeurs: object) -> None:
        groupe_id = self._tirage.uuid()
        self._tirage.bulk.add(
            Groupe,
            id=groupe_id,
            contrat_id=contrat_id,
            code=code,
            actif=True,
            sous_groupe=False,
            created_at=None,
            created_by=None,
            **valeurs,
        )
        lieu.groupes.append(GroupeTire(groupe_id, code, frozenset([groupe_id])))

    def des_sous_groupes(self, lieu: Lieu, combien: int) -> None:
        """Names that its administrateur gave to some of the groups of Offre Bailleurs, never to all."""
        tirage = self._tirage
        bases = [groupe for groupe in lieu.groupes if groupe.code.startswith(OFFRE_BAILLEURS)]
        for rang in range(combien):
            membres = tirage.hasard.sample(bases, min(1 + rang % 10, len(bases) - 1))
            groupe_id, code = tirage.uuid(), f"sous-groupe:{tirage.uuid().hex[:12]}"
            tirage.bulk.add(
                Groupe,
                id=groupe_id,
                contrat_id=lieu.contrats[OFFRE_BAILLEURS],
                code=code,
                libelle=f"Agence n° {rang + 1}",
                type_logement=None,
                zone=None,
                profil=None,
                actif=True,
                sous_groupe=True,
                created_at=tirage.now - YEARS / 2,
                created_by=lieu.administrateur.account_id,
            )
            for membre in membres:
                tirage.bulk.add(Composante, sous_groupe_id=groupe_id, base_id=membre.id)
            lieu.groupes.append(
                GroupeTire(groupe_id, code, frozenset(membre.id for membre in membres))
            )
