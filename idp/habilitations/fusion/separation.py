"""What was put together is taken apart, from what was kept of it (``reunion.py``).

Refused when rights were given across since: a person of one would hold a groupe of the other. What was decided
since stays decided: a place that was suspended, closed or demoted meanwhile does not come back by being split.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, func, or_, select, update

from idp import audit
from idp.accounts.models import Account
from idp.db import db
from idp.errors import NotHere
from idp.habilitations import a_prevenir
from idp.habilitations.agents import AgentVu
from idp.habilitations.delegation import Qualite, Role
from idp.habilitations.effets import avis
from idp.habilitations.events import OrganismesSepares
from idp.habilitations.fusion import annonce, apercu
from idp.habilitations.fusion.annonce import Annonce
from idp.habilitations.fusion.models import Fusion, Genre, LigneDeFusion
from idp.habilitations.fusion.policy import Obstacle, Place
from idp.habilitations.fusion.reunion import deplaces, dite, ecrire, suivre
from idp.habilitations.models import (
    ContratDeService,
    Convention,
    Groupe,
    Habilitation,
    Mandat,
    MotifDAvis,
    NumeroUtilisateur,
    Organisme,
    PerimetreResponsable,
    Rattachement,
)
from idp.habilitations.organismes.models import ChangementDOrganisme
from idp.habilitations.perimetre import AILLEURS, organisme_de
from idp.habilitations.tenue import tenir


@dataclass(frozen=True, slots=True)
class FusionVue:
    """A merger, and what would go back; ``obstacle`` says why it cannot."""

    id: UUID
    garde: Organisme
    absorbe: Organisme
    motif: str
    at: datetime
    par: str
    defaite_at: datetime | None
    obstacle: Obstacle | None
    numeros: int
    conventions: int
    personnes: int
    doubles: int


def de_l_organisme(agent: AgentVu, organisme_id: UUID) -> Sequence[tuple[Fusion, Organisme]]:
    """The organismes that were put into this one, the newest first; raises ``NotHere``. Two statements."""
    organisme_de(agent, organisme_id)
    rows = db.session.execute(
        select(Fusion, Organisme)
        .join(Organisme, Organisme.id == Fusion.absorbe_id)
        .where(Fusion.garde_id == organisme_id)
        .order_by(Fusion.at.desc(), Fusion.id)
    )
    return [(fusion, absorbe) for fusion, absorbe in rows]


def lire(agent: AgentVu, organisme_id: UUID, fusion_id: UUID) -> FusionVue:
    """One merger into this organisme; raises ``NotHere`` unless the agent supervises it. Constant statements."""
    garde = organisme_de(agent, organisme_id)
    row = db.session.execute(
        select(Fusion, Organisme, Account)
        .join(Organisme, Organisme.id == Fusion.absorbe_id)
        .outerjoin(Account, Account.id == Fusion.par)
        .where(Fusion.id == fusion_id, Fusion.garde_id == organisme_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotHere(AILLEURS)
    fusion, absorbe, auteur = row
    combien = _combien(fusion_id)
    return FusionVue(
        id=fusion.id,
        garde=garde,
        absorbe=absorbe,
        motif=fusion.motif,
        at=fusion.at,
        par=auteur.display_name if auteur else "",
        defaite_at=fusion.defaite_at,
        obstacle=_obstacle(fusion, garde),
        numeros=combien.get(Genre.NUMERO, 0),
        conventions=combien.get(Genre.CONVENTION, 0),
        personnes=combien.get(Genre.PLACE, 0),
        doubles=combien.get(Genre.DOUBLE, 0),
    )


def separer(
    agent: AgentVu, organisme_id: UUID, fusion_id: UUID, *, motif: str, now: datetime
) -> Obstacle | None:
    """Take apart what was put together; why it is refused, None when it is done. Raises ``NotHere``."""
    tenir(organisme_id)
    db.session.expire_all()
    vue = lire(agent, organisme_id, fusion_id)
    if vue.obstacle:
        return vue.obstacle
    garde_id, absorbe_id = vue.garde.id, vue.absorbe.id
    tenir(absorbe_id)
    # Those of both are in one of them until it is done.
    prevenus = a_prevenir.adresses((vue.garde, vue.absorbe), now)
    lignes = _lignes(fusion_id)
    places = [one.ligne_id for one in lignes if one.genre is Genre.PLACE and one.ligne_id]
    avis.fermer_les_places(places, motif=MotifDAvis.CLOTURE, par=agent.actor, now=now)
    _rendre(fusion_id, garde_id, absorbe_id)
    for ligne in lignes:
        if ligne.genre is Genre.DOUBLE:
            _rendre_le_double(ligne, fusion_id, absorbe_id, now)
    _oublier_le_destinataire(garde_id, vue.at)
    ecrire(Organisme, Organisme.id == absorbe_id, fusionne_dans=None)
    ecrire(
        Fusion,
        Fusion.id == fusion_id,
        defaite_par=agent.account_id,
        defaite_at=now,
        defaite_motif=motif,
    )
    for ici, autre in ((vue.garde, vue.absorbe), (vue.absorbe, vue.garde)):
        event = OrganismesSepares(fusion_id=fusion_id, autre=autre.raison_sociale, motif=motif)
        audit.record(event, at=now, actor=agent.actor, organisme_id=ici.id)
    annonce.envoyer(
        Annonce.SEPARES, prevenus, garde=vue.garde, absorbe=vue.absorbe, motif=motif, now=now
    )
    db.session.expire_all()
    return None


def _oublier_le_destinataire(garde_id: UUID, at: datetime) -> None:
    """Nobody is written to any more under the name and for the address of another organisme."""
    db.session.execute(
        delete(ChangementDOrganisme)
        .where(
            ChangementDOrganisme.organisme_id == garde_id,
            ChangementDOrganisme.par_reunion,
            ChangementDOrganisme.at == at,
        )
        .execution_options(synchronize_session=False)
    )


def _combien(fusion_id: UUID) -> dict[Genre, int]:
    rows = db.session.execute(
        select(LigneDeFusion.genre, func.count().label("nombre"))
        .where(LigneDeFusion.fusion_id == fusion_id)
        .group_by(LigneDeFusion.genre)
    )
    return {row.genre: row.nombre for row in rows}


def _lignes(fusion_id: UUID) -> Sequence[LigneDeFusion]:
    return db.session.scalars(
        select(LigneDeFusion).where(LigneDeFusion.fusion_id == fusion_id)
    ).all()


def _obstacle(fusion: Fusion, garde: Organisme) -> Obstacle | None:
    if fusion.defaite_at is not None:
        return Obstacle.DEFAITE
    if garde.fusionne_dans:
        return Obstacle.DEJA_REUNI
    if garde.suspendu_at or garde.delegation_retiree_at:
        return Obstacle.SUSPENDU
    en_cours = apercu.obstacle_en_cours([garde.id])
    return en_cours or _meles(fusion)


def _meles(fusion: Fusion) -> Obstacle | None:
    """Whether rights were given since that would join the two organismes."""
    la_bas = Convention.id.in_(deplaces(fusion.id, Genre.CONVENTION))
    sienne = Rattachement.id.in_(deplaces(fusion.id, Genre.PLACE))
    programme = Mandat.id.in_(deplaces(fusion.id, Genre.PROGRAMME))
    doubles = select(Rattachement.account_id).where(
        Rattachement.id.in_(deplaces(fusion.id, Genre.DOUBLE))
    )
    du_double = Rattachement.account_id.in_(doubles)
    habilitations = (
        select(Habilitation.id)
        .join(Groupe, Groupe.id == Habilitation.groupe_id)
        .join(ContratDeService, ContratDeService.id == Groupe.contrat_id)
        .join(Convention, Convention.id == ContratDeService.convention_id)
        .join(Rattachement, Rattachement.id == Habilitation.rattachement_id)
        .where(Rattachement.organisme_id == fusion.garde_id, ~du_double)
        .limit(1)
    )
    # One question for each direction: each is read from what moved, and not from everything that is held.
    croisees = (habilitations.where(la_bas, ~sienne), habilitations.where(sienne, ~la_bas))
    mandats = (
        select(PerimetreResponsable.mandat_id)
        .join(Mandat, Mandat.id == PerimetreResponsable.mandat_id)
        .join(Groupe, Groupe.id == PerimetreResponsable.groupe_id)
        .join(ContratDeService, ContratDeService.id == Groupe.contrat_id)
        .join(Convention, Convention.id == ContratDeService.convention_id)
        .outerjoin(Rattachement, Rattachement.id == Mandat.rattachement_id)
        .where(
            Mandat.organisme_id == fusion.garde_id,
            Mandat.ended_at.is_(None),
            la_bas != (programme | func.coalesce(sienne, False)),
            ~func.coalesce(du_double, False),
        )
        .limit(1)
    )
    if db.session.scalar(select(or_(*map(exists, croisees)))):
        return Obstacle.GROUPES_MELES
    return Obstacle.MANDATS_MELES if db.session.scalar(select(exists(mandats))) else None


def _rendre(fusion_id: UUID, garde_id: UUID, absorbe_id: UUID) -> None:
    numeros = select(LigneDeFusion.valeur).where(
        LigneDeFusion.fusion_id == fusion_id, LigneDeFusion.genre == Genre.NUMERO
    )
    ecrire(
        NumeroUtilisateur,
        NumeroUtilisateur.valeur.in_(numeros) & (NumeroUtilisateur.organisme_id == garde_id),
        organisme_id=absorbe_id,
    )
    for model, genre in (
        (Convention, Genre.CONVENTION),
        (Rattachement, Genre.PLACE),
        (Mandat, Genre.PROGRAMME),
    ):
        lesquels = model.id.in_(deplaces(fusion_id, genre))
        ecrire(model, lesquels, organisme_id=absorbe_id)
    suivre(fusion_id, de=garde_id, vers=absorbe_id)


def _rendre_le_double(
    ligne: LigneDeFusion, fusion_id: UUID, absorbe_id: UUID, now: datetime
) -> None:
    """Both places as they were, but for what was decided since."""
    dit = ligne.avant or {}
    gardee = db.session.get(Rattachement, UUID(dit["gardee_id"]), populate_existing=True)
    if gardee is None or ligne.ligne_id is None:
        return
    groupes = (
        select(Groupe.id)
        .join(ContratDeService, ContratDeService.id == Groupe.contrat_id)
        .where(ContratDeService.convention_id.in_(deplaces(fusion_id, Genre.CONVENTION)))
    )
    ecrire(
        Habilitation,
        (Habilitation.rattachement_id == gardee.id) & Habilitation.groupe_id.in_(groupes),
        rattachement_id=ligne.ligne_id,
    )
    mandat = _rendre_le_mandat(dit.get("mandat"), gardee.id, ligne.ligne_id, absorbe_id)
    actuelle = dite(apercu.place(gardee, mandat=False))
    intacte = actuelle == dit["apres"]
    avant_gardee, avant_absorbee = _place(dit["gardee"]), _place(dit["absorbee"])
    absorbee = _valeurs(avant_absorbee, now)
    if not intacte:
        # Closed, suspended or demoted since: the other place has no more than this one has now.
        absorbee |= {
            "cloture": gardee.cloture,
            "ouverture": min(avant_absorbee.ouverture, gardee.cloture or avant_absorbee.ouverture),
            "suspendu_at": gardee.suspendu_at,
            "suspendu_par": gardee.suspendu_par,
            "role": Role.UTILISATEUR,
        }
    if absorbee["role"] is Role.RESPONSABLE_HABILITATION and not mandat:
        absorbee["role"] = Role.UTILISATEUR
    ecrire(Rattachement, Rattachement.id == ligne.ligne_id, **absorbee)
    if intacte:
        ecrire(Rattachement, Rattachement.id == gardee.id, **_gardee(avant_gardee, gardee, now))


def _gardee(avant: Place, gardee: Rattachement, now: datetime) -> dict[str, object]:
    valeurs = _valeurs(avant, now)
    if avant.suspendue:
        valeurs["suspendu_at"] = gardee.suspendu_at or now
    if avant.role is Role.RESPONSABLE_HABILITATION and not _a_un_mandat(gardee.id):
        valeurs["role"] = Role.UTILISATEUR
    return valeurs


def _a_un_mandat(rattachement_id: UUID) -> bool:
    siens = exists().where(Mandat.rattachement_id == rattachement_id, Mandat.ended_at.is_(None))
    return bool(db.session.scalar(select(siens)))


def _rendre_le_mandat(
    mandat_id: str | None, gardee_id: UUID, absorbee_id: UUID, absorbe_id: UUID
) -> bool:
    if mandat_id is None:
        return False
    rendu = db.session.scalar(
        update(Mandat)
        .where(
            Mandat.id == UUID(mandat_id),
            Mandat.rattachement_id == gardee_id,
            Mandat.ended_at.is_(None),
        )
        .values(rattachement_id=absorbee_id, organisme_id=absorbe_id)
        .returning(Mandat.id)
        .execution_options(synchronize_session=False)
    )
    return rendu is not None


def _place(dit: dict[str, Any]) -> Place:
    return Place(
        role=Role(dit["role"]),
        ouverture=date.fromisoformat(dit["ouverture"]),
        cloture=date.fromisoformat(dit["cloture"]) if dit["cloture"] else None,
        suspendue=dit["suspendue"],
        suspendue_par=Qualite(dit["suspendue_par"]) if dit["suspendue_par"] else None,
    )


def _valeurs(place: Place, now: datetime) -> dict[str, object]:
    return {
        "role": place.role,
        "ouverture": place.ouverture,
        "cloture": place.cloture,
        "suspendu_at": now if place.suspendue else None,
        "suspendu_par": place.suspendue_par if place.suspendue else None,
    }
