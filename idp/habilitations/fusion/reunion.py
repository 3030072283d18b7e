"""An organisme is put into another one: numbers, conventions and people move, and what moved is kept.

Sessions that worked for it and what services hold of its people end, and the services are told; it stays as a
pointer (``fusionne_dans``), with its journal. It is undone in ``separation.py``.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select, update

from idp import audit, clock
from idp.accounts.models import Account
from idp.bulk import insert_all
from idp.db import Model, db
from idp.habilitations import a_prevenir
from idp.habilitations.administration import mandats, successions
from idp.habilitations.agents import AgentVu
from idp.habilitations.delegation import Qualite, Role
from idp.habilitations.effets import avis
from idp.habilitations.events import OrganismesReunis
from idp.habilitations.fusion import annonce, apercu
from idp.habilitations.fusion.annonce import Annonce
from idp.habilitations.fusion.apercu import Apercu, DeuxPlaces
from idp.habilitations.fusion.models import Fusion, Genre, LigneDeFusion
from idp.habilitations.fusion.policy import Mandats, Obstacle, Place
from idp.habilitations.models import (
    AvisDeRetrait,
    ContratDeService,
    Convention,
    Courrier,
    Groupe,
    Habilitation,
    Mandat,
    MotifDAvis,
    NumeroUtilisateur,
    Organisme,
    Rattachement,
    Succession,
    Suspension,
)
from idp.habilitations.organismes import changements
from idp.habilitations.organismes.destinataire import autre_destinataire
from idp.habilitations.organismes.models import Champ, ChangementDOrganisme
from idp.habilitations.tenue import tenir


class Change(StrEnum):
    """What was shown is not what is there any more."""

    ENTRE_TEMPS = "entre_temps"


def reunir(
    agent: AgentVu, garde_id: UUID, absorbe_id: UUID, *, empreinte: str, motif: str, now: datetime
) -> Fusion | Obstacle | Change:
    """Put ``absorbe`` into ``garde`` if it is still what was shown (``empreinte``); raises ``NotHere``."""
    for organisme_id in sorted((garde_id, absorbe_id), key=str):
        tenir(organisme_id)
    db.session.expire_all()
    vu = apercu.montrer(agent, garde_id, absorbe_id, now)
    if vu.obstacle:
        return vu.obstacle
    if vu.empreinte != empreinte:
        return Change.ENTRE_TEMPS
    fusion = Fusion(
        garde_id=garde_id, absorbe_id=absorbe_id, motif=motif, par=agent.account_id, at=now
    )
    db.session.add(fusion)
    db.session.flush()
    prevenus = a_prevenir.adresses((vu.garde, vu.absorbe), now)
    _fermer(absorbe_id, agent, now)
    lignes = [*_reunir_les_doubles(vu, fusion, agent, now), *_deplacer(vu, fusion)]
    insert_all(LigneDeFusion, lignes)
    suivre(fusion.id, de=absorbe_id, vers=garde_id)
    _noter_le_destinataire(vu, agent, motif, now)
    ecrire(Organisme, Organisme.id == absorbe_id, fusionne_dans=garde_id)
    _journaliser(vu, fusion, agent, now)
    annonce.envoyer(
        Annonce.REUNIS, prevenus, garde=vu.garde, absorbe=vu.absorbe, motif=motif, now=now
    )
    db.session.expire_all()
    return fusion


def _noter_le_destinataire(vu: Apercu, agent: AgentVu, motif: str, now: datetime) -> None:
    """Letters to the people of ``absorbe`` leave under another name and for another address from now on: a second
    agent confirms it, as if it had been typed (``courriers/adresses.py``), and what was to confirm of theirs."""
    lesquels = ("champ", "avant", "apres", "at", "par", "motif")
    suivent = [
        {nom: getattr(row, nom) for nom in lesquels}
        for row in changements.a_confirmer(vu.absorbe.id)
    ]
    for champ, avant, apres in _ce_qui_change(vu.absorbe, vu.garde):
        valeurs = (champ, avant, apres, now, agent.account_id, motif)
        suivent.append(dict(zip(lesquels, valeurs, strict=True)))
    db.session.add_all(
        ChangementDOrganisme(organisme_id=vu.garde.id, par_reunion=True, **un) for un in suivent
    )
    db.session.flush()


def _ce_qui_change(absorbe: Organisme, garde: Organisme) -> Iterator[tuple[Champ, str, str]]:
    avant, apres = "\n".join(absorbe.adresse), "\n".join(garde.adresse)
    if avant != apres:
        yield Champ.ADRESSE, avant, apres
    if autre_destinataire(absorbe.raison_sociale, garde.raison_sociale):
        yield Champ.RAISON_SOCIALE, absorbe.raison_sociale, garde.raison_sociale


def _fermer(absorbe_id: UUID, agent: AgentVu, now: datetime) -> None:
    places = db.session.scalars(
        select(Rattachement.id).where(Rattachement.organisme_id == absorbe_id)
    ).all()
    avis.fermer_les_places(places, motif=MotifDAvis.CLOTURE, par=agent.actor, now=now)


def _reunir_les_doubles(
    vu: Apercu, fusion: Fusion, agent: AgentVu, now: datetime
) -> Iterable[dict[str, Any]]:
    for deux in vu.doubles:
        mandat = _les_mandats(deux, fusion, agent, now)
        successions.abandonner_celle_de(deux.absorbee_id, par=agent.actor, now=now)
        suspendu_at = _suspendue_at(deux)
        ecrire(
            Habilitation,
            Habilitation.rattachement_id == deux.absorbee_id,
            rattachement_id=deux.gardee_id,
        )
        ecrire(
            Rattachement,
            Rattachement.id == deux.gardee_id,
            **_valeurs(deux.apres.place, suspendu_at),
        )
        avant = {
            "gardee_id": str(deux.gardee_id),
            "gardee": dite(deux.gardee),
            "apres": dite(deux.apres.place),
            "absorbee": dite(deux.absorbee),
            "mandat": str(mandat) if mandat else None,
        }
        ecrire(
            Rattachement,
            Rattachement.id == deux.absorbee_id,
            role=Role.UTILISATEUR,
            cloture=max(deux.absorbee.ouverture, clock.today(now)),
            suspendu_at=now,
            suspendu_par=Qualite.CAF,
        )
        ecrire(
            Account,
            (Account.id == deux.account_id) & (Account.last_rattachement_id == deux.absorbee_id),
            last_rattachement_id=deux.gardee_id,
        )
        yield _ligne(fusion, Genre.DOUBLE, deux.absorbee_id, avant=avant)


def _les_mandats(deux: DeuxPlaces, fusion: Fusion, agent: AgentVu, now: datetime) -> UUID | None:
    """End those that end; the one that follows the person, if any."""
    qui = {"par": agent.actor, "now": now}
    if deux.apres.perd_le_sien:
        mandats.terminer_celui_de(deux.gardee_id, fusion.garde_id, **qui)  # type: ignore[arg-type]
    if deux.apres.mandat is Mandats.FINIT:
        mandats.terminer_celui_de(deux.absorbee_id, fusion.absorbe_id, **qui)  # type: ignore[arg-type]
    if deux.apres.mandat is not Mandats.SUIT:
        return None
    return db.session.scalar(
        update(Mandat)
        .where(Mandat.rattachement_id == deux.absorbee_id, Mandat.ended_at.is_(None))
        .values(rattachement_id=deux.gardee_id, organisme_id=fusion.garde_id)
        .returning(Mandat.id)
        .execution_options(synchronize_session=False)
    )


def _suspendue_at(deux: DeuxPlaces) -> datetime | None:
    if not deux.apres.place.suspendue:
        return None
    return db.session.scalar(
        select(Rattachement.suspendu_at)
        .where(
            Rattachement.id.in_([deux.gardee_id, deux.absorbee_id]),
            Rattachement.suspendu_at.is_not(None),
        )
        .order_by(Rattachement.suspendu_at)
        .limit(1)
    )


def _valeurs(place: Place, suspendu_at: datetime | None) -> dict[str, object]:
    return {
        "role": place.role,
        "ouverture": place.ouverture,
        "cloture": place.cloture,
        "suspendu_at": suspendu_at if place.suspendue else None,
        "suspendu_par": place.suspendue_par if place.suspendue else None,
    }


def _deplacer(vu: Apercu, fusion: Fusion) -> list[dict[str, Any]]:
    de, vers = fusion.absorbe_id, fusion.garde_id
    restent = [deux.absorbee_id for deux in vu.doubles]
    numeros = db.session.scalars(
        update(NumeroUtilisateur)
        .where(NumeroUtilisateur.organisme_id == de)
        .values(organisme_id=vers)
        .returning(NumeroUtilisateur.valeur)
        .execution_options(synchronize_session=False)
    ).all()
    programmes = _passer(Mandat, (Mandat.organisme_id == de) & Mandat.programme.is_not(None), vers)
    conventions = _passer(Convention, Convention.organisme_id == de, vers)
    places = _passer(
        Rattachement, (Rattachement.organisme_id == de) & Rattachement.id.not_in(restent), vers
    )
    return [
        *(_ligne(fusion, Genre.NUMERO, None, valeur=valeur) for valeur in numeros),
        *(_ligne(fusion, Genre.PROGRAMME, one) for one in programmes),
        *(_ligne(fusion, Genre.CONVENTION, one) for one in conventions),
        *(_ligne(fusion, Genre.PLACE, one) for one in places),
    ]


def deplaces(fusion_id: UUID, genre: Genre) -> Select[UUID | None]:
    """What moved, of one kind."""
    return select(LigneDeFusion.ligne_id).where(
        LigneDeFusion.fusion_id == fusion_id, LigneDeFusion.genre == genre
    )


def suivre(fusion_id: UUID, *, de: UUID, vers: UUID) -> None:
    """What hangs from the places and the conventions that moved goes where they are."""
    places = deplaces(fusion_id, Genre.PLACE)
    conventions = deplaces(fusion_id, Genre.CONVENTION)
    contrats = select(ContratDeService.id).where(ContratDeService.convention_id.in_(conventions))
    groupes = select(Groupe.id).where(Groupe.contrat_id.in_(contrats))
    comptes = select(Rattachement.account_id).where(Rattachement.id.in_(places))
    ecrire(
        Mandat, (Mandat.organisme_id == de) & Mandat.rattachement_id.in_(places), organisme_id=vers
    )
    ecrire(
        Succession,
        (Succession.organisme_id == de) & Succession.candidat_id.in_(places),
        organisme_id=vers,
    )
    ecrire(
        AvisDeRetrait,
        (AvisDeRetrait.organisme_id == de) & AvisDeRetrait.rattachement_id.in_(places),
        organisme_id=vers,
    )
    ecrire(
        Courrier,
        (Courrier.organisme_id == de) & Courrier.account_id.in_(comptes),
        organisme_id=vers,
    )
    for cibles in (places, conventions, contrats, groupes):
        ecrire(
            Suspension,
            (Suspension.organisme_id == de) & Suspension.cible_id.in_(cibles),
            organisme_id=vers,
        )


def _passer(model: Any, lesquels: ColumnElement[bool], vers: UUID) -> Sequence[UUID]:
    return db.session.scalars(
        update(model)
        .where(lesquels)
        .values(organisme_id=vers)
        .returning(model.id)
        .execution_options(synchronize_session=False)
    ).all()


def ecrire(model: type[Model], lesquels: ColumnElement[bool], **valeurs: object) -> None:
    """Write these columns of these rows."""
    db.session.execute(
        update(model).where(lesquels).values(**valeurs).execution_options(synchronize_session=False)
    )


def _ligne(
    fusion: Fusion,
    genre: Genre,
    ligne_id: UUID | None,
    *,
    valeur: str | None = None,
    avant: dict[str, Any] | None = None,
) -> dict[str, Any]:
    return {
        "fusion_id": fusion.id,
        "genre": genre,
        "ligne_id": ligne_id,
        "valeur": valeur,
        "avant": avant,
    }


def dite(place: Place) -> dict[str, Any]:
    """A place, as it is kept."""
    return {
        "role": str(place.role),
        "ouverture": place.ouverture.isoformat(),
        "cloture": place.cloture.isoformat() if place.cloture else None,
        "suspendue": place.suspendue,
        "suspendue_par": str(place.suspendue_par) if place.suspendue_par else None,
    }


def _journaliser(vu: Apercu, fusion: Fusion, agent: AgentVu, now: datetime) -> None:
    for ici, autre, garde in (
        (fusion.garde_id, vu.absorbe.raison_sociale, True),
        (fusion.absorbe_id, vu.garde.raison_sociale, False),
    ):
        event = OrganismesReunis(fusion_id=fusion.id, autre=autre, garde=garde, motif=fusion.motif)
        audit.record(event, at=now, actor=agent.actor, organisme_id=ici)
