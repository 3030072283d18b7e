"""The organismes that the lines of a file find again by their N° utilisateur: five statements for any number."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from idp.db import db
from idp.habilitations.models import (
    ContratDeService,
    Convention,
    Groupe,
    NumeroUtilisateur,
    Organisme,
)
from idp.habilitations.organismes.declaration import OrganismeDeclare
from idp.habilitations.organismes.plan import OFFRE_BAILLEURS, Connu


@dataclass(frozen=True, slots=True)
class Connus:
    """By N° utilisateur, then by organisme."""

    ids: dict[str, UUID]
    organismes: dict[UUID, Connu]

    def de(self, declare: OrganismeDeclare) -> list[Connu]:
        """Those that have one of the numbers of this line, each once."""
        trouves = (self.ids.get(numero) for numero in declare.numeros_utilisateur)
        return [self.organismes[one] for one in dict.fromkeys(trouves) if one]

    def changer(self, connu: Connu) -> None:
        """What the next lines find."""
        self.organismes[connu.id] = connu
        self.ids.update(dict.fromkeys(connu.numeros, connu.id))


def chercher(declares: Iterable[OrganismeDeclare]) -> Connus:
    """What these lines find as it is now."""
    numeros = {numero for declare in declares for numero in declare.numeros_utilisateur}
    rows = db.session.execute(
        select(NumeroUtilisateur.valeur, NumeroUtilisateur.organisme_id).where(
            NumeroUtilisateur.valeur.in_(numeros)
        )
    )
    ids = {row.valeur: row.organisme_id for row in rows}
    return Connus(ids, _organismes(set(ids.values())) if ids else {})


def _organismes(ids: Collection[UUID]) -> dict[UUID, Connu]:
    numeros, caisses = _numeros(ids)
    contrats = _contrats(ids)
    groupes = _groupes(contrats.values())
    rows = db.session.execute(
        select(
            Organisme.id,
            Organisme.caisse_code,
            Organisme.raison_sociale,
            Organisme.adresse,
            Organisme.siret,
            Organisme.email,
        ).where(Organisme.id.in_(ids))
    )
    return {
        row.id: Connu(
            id=row.id,
            caisse=row.caisse_code,
            nom=row.raison_sociale,
            adresse=tuple(row.adresse),
            siret=row.siret,
            courriel=row.email,
            numeros=frozenset(numeros[row.id]),
            caisses_des_numeros=frozenset(caisses[row.id]),
            contrat=contrats.get(row.id),
            groupes=frozenset(groupes[contrats.get(row.id)]),
        )
        for row in rows
    }


def _numeros(ids: Collection[UUID]) -> tuple[dict[UUID, set[str]], dict[UUID, set[str]]]:
    numeros, caisses = defaultdict[UUID, set[str]](set), defaultdict[UUID, set[str]](set)
    rows = db.session.execute(
        select(
            NumeroUtilisateur.organisme_id, NumeroUtilisateur.valeur, NumeroUtilisateur.caisse_code
        ).where(NumeroUtilisateur.organisme_id.in_(ids))
    )
    for organisme_id, valeur, caisse in rows:
        numeros[organisme_id].add(valeur)
        caisses[organisme_id].add(caisse)
    return numeros, caisses


def _contrats(ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The first contrat of each for Offre Bailleurs, open or not: a file opens nothing again."""
    contrats: dict[UUID, UUID] = {}
    rows = db.session.execute(
        select(Convention.organisme_id, ContratDeService.id)
        .join(ContratDeService, ContratDeService.convention_id == Convention.id)
        .where(Convention.organisme_id.in_(ids), ContratDeService.service == OFFRE_BAILLEURS)
        .order_by(ContratDeService.debut, ContratDeService.id)
    )
    for organisme_id, contrat_id in rows:
        contrats.setdefault(organisme_id, contrat_id)
    return contrats


def _groupes(contrats: Collection[UUID]) -> dict[Any, set[str]]:
    codes = defaultdict[Any, set[str]](set)
    rows = db.session.execute(
        select(Groupe.contrat_id, Groupe.code).where(Groupe.contrat_id.in_(contrats))
    )
    for contrat_id, code in rows:
        codes[contrat_id].add(code)
    return codes
