"""Sous-groupes: an administrateur names some of the base groupes of a contract, and gives that name as one box.

It only narrows (``delegation.refus_de_composer``), and its code never changes. Changing what it opens gives and
takes rights: nobody does it to themself, services are told of what is taken, and mandates keep what they were
given, which is what the sous-groupe opened. One that is taken away is closed and kept, for what names it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import and_, delete, func, insert, literal, select, update

from idp import audit, clock
from idp.db import db
from idp.habilitations import acteurs
from idp.habilitations.acteurs import actor_of
from idp.habilitations.composition import mes_groupes
from idp.habilitations.composition.effets_de_composition import Effets, prevoir, qui_perd
from idp.habilitations.composition.mes_groupes import ContratAffiche, GroupeVu
from idp.habilitations.delegation import Acteur, Bases, RefusDAgir, refus_de_composer
from idp.habilitations.effets import avis
from idp.habilitations.events import (
    HabilitationRetiree,
    SousGroupeCompose,
    SousGroupeCree,
    SousGroupeRenomme,
    SousGroupeSupprime,
)
from idp.habilitations.models import (
    Composante,
    Groupe,
    Habilitation,
    MotifDAvis,
    PerimetreResponsable,
    Rattachement,
)
from idp.habilitations.personnes.utilisateurs import donne_par
from idp.habilitations.recherche import plat
from idp.habilitations.tenue import tenir


class RefusDeSousGroupe(StrEnum):
    """Why nothing is done: ordinary outcomes, which the form shows."""

    RESERVE_A_L_ADMINISTRATEUR = "reserve_a_l_administrateur"
    RIEN_A_DONNER = "rien_a_donner"
    PAS_PLUS_ETROIT = "pas_plus_etroit"
    NOM_PRIS = "nom_pris"
    SOI_MEME = "soi_meme"
    ENTRE_TEMPS = "entre_temps"


@dataclass(frozen=True, slots=True)
class Voulu:
    """What the form asks for; ``bases`` are ticked boxes among those of the contract."""

    nom: str
    bases: Bases


@dataclass(frozen=True, slots=True)
class Changement:
    """What would change; without ``effets`` it is the name alone."""

    nom: str | None
    effets: Effets | None

    def __bool__(self) -> bool:
        """Whether anything would."""
        return self.nom is not None or self.effets is not None

    @property
    def version(self) -> str:
        """A digest of what was told."""
        return f"{self.nom or ''}{self.effets.version if self.effets else ''}"


def offerts(contrat: ContratAffiche, sous_groupe: GroupeVu | None = None) -> tuple[GroupeVu, ...]:
    """The boxes: open base groupes of the contract, and those that the sous-groupe opens already."""
    deja = sous_groupe.bases if sous_groupe else Bases()
    return tuple(base for base in contrat.bases if base.actif or base.id in deja)


def creer(
    acteur: Acteur, contrat: ContratAffiche, voulu: Voulu, now: datetime
) -> UUID | RefusDeSousGroupe:
    """A new sous-groupe, in which nobody is yet."""
    tenir(acteur.organisme_id)
    acteurs.confirmer(acteur, now)
    refus = _refus(acteur, contrat, voulu, None, now)
    if refus:
        return refus
    groupe = Groupe(
        contrat_id=contrat.id,
        code=f"sous-groupe:{uuid4().hex[:12]}",
        libelle=voulu.nom,
        sous_groupe=True,
        created_at=now,
        created_by=acteur.account_id,
    )
    db.session.add(groupe)
    db.session.flush()
    _composer(groupe.id, voulu.bases)
    codes = [base.code for base in contrat.bases if base.id in voulu.bases]
    event = SousGroupeCree(groupe_id=groupe.id, groupe=groupe.code, libelle=voulu.nom, ouvre=codes)
    _journaliser(acteur, event, now)
    return groupe.id


def preparer(
    acteur: Acteur, contrat: ContratAffiche, groupe: GroupeVu, voulu: Voulu, now: datetime
) -> Changement | RefusDeSousGroupe:
    """What changing it would do."""
    refus = _refus(acteur, contrat, voulu, groupe, now)
    if refus:
        return refus
    nom = voulu.nom if voulu.nom != groupe.libelle else None
    if voulu.bases == groupe.bases:
        return Changement(nom, None)
    effets = prevoir(
        acteur,
        groupe,
        ajoutees=[base for base in contrat.bases if base.id in voulu.bases - groupe.bases],
        retirees=[base for base in groupe.composantes if base.id not in voulu.bases],
        now=now,
    )
    return RefusDeSousGroupe.SOI_MEME if effets.a_soi_meme else Changement(nom, effets)


def appliquer(
    acteur: Acteur, groupe_id: UUID, voulu: Voulu, *, version: str, now: datetime
) -> Changement | RefusDeSousGroupe:
    """Do it, if it still is what was told."""
    tenir(acteur.organisme_id)
    acteurs.confirmer(acteur, now)
    contrat, groupe = lire(acteur, groupe_id, now)
    prevu = preparer(acteur, contrat, groupe, voulu, now)
    if isinstance(prevu, RefusDeSousGroupe):
        return prevu
    if prevu.version != version:
        return RefusDeSousGroupe.ENTRE_TEMPS
    if prevu.nom:
        _ecrire(groupe, libelle=voulu.nom)
        event = SousGroupeRenomme(
            groupe_id=groupe.id, groupe=groupe.code, avant=groupe.libelle, apres=voulu.nom
        )
        _journaliser(acteur, event, now)
    if prevu.effets:
        _recomposer(acteur, contrat, groupe, prevu.effets, now)
    return prevu


def prevoir_suppression(acteur: Acteur, groupe: GroupeVu, now: datetime) -> Effets:
    """What taking it away would do: everybody leaves it."""
    return prevoir(acteur, groupe, ajoutees=(), retirees=groupe.composantes, now=now)


def supprimer(
    acteur: Acteur, groupe_id: UUID, *, version: str, now: datetime
) -> RefusDeSousGroupe | None:
    """Take it away, if it still is what was told; None when it is done."""
    tenir(acteur.organisme_id)
    acteurs.confirmer(acteur, now)
    contrat, groupe = lire(acteur, groupe_id, now)
    effets = prevoir_suppression(acteur, groupe, now)
    if not acteur.administre:
        return RefusDeSousGroupe.RESERVE_A_L_ADMINISTRATEUR
    if effets.a_soi_meme:
        return RefusDeSousGroupe.SOI_MEME
    if effets.version != version:
        return RefusDeSousGroupe.ENTRE_TEMPS
    perdants = qui_perd(groupe, groupe.composantes, clock.today(now))
    _figer_les_mandats(groupe)
    _vider(acteur, groupe, now)
    _ecrire(groupe, actif=False)
    _prevenir(acteur, contrat, perdants, now)
    membres = len(effets.membres) + effets.autres_membres
    event = SousGroupeSupprime(
        groupe_id=groupe.id, groupe=groupe.code, libelle=groupe.libelle, membres=membres
    )
    _journaliser(acteur, event, now)
    return None


def lire(acteur: Acteur, groupe_id: UUID, now: datetime) -> tuple[ContratAffiche, GroupeVu]:
    """A sous-groupe of the organisme; raises ``NotHere`` for anything else."""
    contrat, groupe = mes_groupes.lire(acteur, groupe_id, now)
    if not groupe.sous_groupe:
        raise mes_groupes.inconnu()
    return contrat, groupe


def _refus(
    acteur: Acteur, contrat: ContratAffiche, voulu: Voulu, groupe: GroupeVu | None, now: datetime
) -> RefusDeSousGroupe | None:
    permises = Bases(base.id for base in offerts(contrat, groupe))
    refus = refus_de_composer(acteur, voulu.bases, Bases(base.id for base in contrat.bases))
    if refus is None and not voulu.bases <= permises:
        refus = RefusDAgir.PAS_PLUS_ETROIT
    if refus:
        return RefusDeSousGroupe(refus.value)
    autres = (
        un
        for affiche in mes_groupes.lister(acteur, now)
        for un in affiche.groupes
        if groupe is None or un.id != groupe.id
    )
    pris = any(plat(un.libelle) == plat(voulu.nom) for un in autres)
    return RefusDeSousGroupe.NOM_PRIS if pris else None


def _recomposer(
    acteur: Acteur, contrat: ContratAffiche, groupe: GroupeVu, effets: Effets, now: datetime
) -> None:
    ajoutees = Bases(un.base.id for un in effets.ajoutees)
    retirees = [un.base for un in effets.retirees]
    perdants = qui_perd(groupe, retirees, clock.today(now))
    _figer_les_mandats(groupe)
    db.session.execute(
        delete(Composante).where(
            Composante.sous_groupe_id == groupe.id,
            Composante.base_id.in_([base.id for base in retirees]),
        )
    )
    _composer(groupe.id, ajoutees)
    if ajoutees:
        _reprendre_les_coches(acteur, groupe, ajoutees, now)
    _prevenir(acteur, contrat, perdants, now)
    event = SousGroupeCompose(
        groupe_id=groupe.id,
        groupe=groupe.code,
        ajoute=[un.base.code for un in effets.ajoutees],
        retire=[base.code for base in retirees],
        membres=len(effets.membres) + effets.autres_membres,
    )
    _journaliser(acteur, event, now)


def _figer_les_mandats(groupe: GroupeVu) -> None:
    """Mandates that comprise it comprise what it opens, from now on: they neither widen nor narrow with it."""
    le_comprend = PerimetreResponsable.groupe_id == groupe.id
    for base in groupe.composantes:
        deja = select(PerimetreResponsable.mandat_id).where(
            PerimetreResponsable.groupe_id == base.id
        )
        db.session.execute(
            insert(PerimetreResponsable).from_select(
                ["mandat_id", "groupe_id"],
                select(
                    PerimetreResponsable.mandat_id,
                    literal(base.id, PerimetreResponsable.groupe_id.type),
                ).where(le_comprend, PerimetreResponsable.mandat_id.not_in(deja)),
            )
        )
    db.session.execute(delete(PerimetreResponsable).where(le_comprend))


def _reprendre_les_coches(acteur: Acteur, groupe: GroupeVu, ajoutees: Bases, now: datetime) -> None:
    """What was ticked under a mandate that could not give so much is given by the actor from now on."""
    sous_mandat = and_(Habilitation.groupe_id == groupe.id, Habilitation.mandat_id.is_not(None))
    perimetres: dict[UUID, set[UUID]] = {}
    for mandat_id, base_id in db.session.execute(
        select(
            PerimetreResponsable.mandat_id,
            func.coalesce(Composante.base_id, PerimetreResponsable.groupe_id),
        )
        .outerjoin(Composante, Composante.sous_groupe_id == PerimetreResponsable.groupe_id)
        .where(
            PerimetreResponsable.mandat_id.in_(select(Habilitation.mandat_id).where(sous_mandat))
        )
    ):
        perimetres.setdefault(mandat_id, set()).add(base_id)
    assez_larges = [mandat_id for mandat_id, bases in perimetres.items() if ajoutees <= bases]
    db.session.execute(
        update(Habilitation)
        .where(sous_mandat, Habilitation.mandat_id.not_in(assez_larges))
        .values(**donne_par(acteur, now))
    )


def _composer(groupe_id: UUID, bases: Iterable[UUID]) -> None:
    db.session.add_all(Composante(sous_groupe_id=groupe_id, base_id=base) for base in bases)
    db.session.flush()


def _vider(acteur: Acteur, groupe: GroupeVu, now: datetime) -> None:
    membres = db.session.execute(
        select(Rattachement.id, Rattachement.account_id)
        .join(Habilitation, Habilitation.rattachement_id == Rattachement.id)
        .where(Habilitation.groupe_id == groupe.id)
    ).all()
    db.session.execute(delete(Habilitation).where(Habilitation.groupe_id == groupe.id))
    audit.record_all(
        (
            (HabilitationRetiree(rattachement_id=membre.id, groupe=groupe.code), membre.account_id)
            for membre in membres
        ),
        at=now,
        actor=actor_of(acteur),
        organisme_id=acteur.organisme_id,
    )


def _prevenir(acteur: Acteur, contrat: ContratAffiche, perdants: list[UUID], now: datetime) -> None:
    uniques = list(dict.fromkeys(perdants))
    avis.retirer(uniques, contrat.service, motif=MotifDAvis.COMPOSITION, par=acteur, now=now)


def _ecrire(groupe: GroupeVu, **valeurs: object) -> None:
    db.session.execute(update(Groupe).where(Groupe.id == groupe.id).values(**valeurs))


def _journaliser(acteur: Acteur, event: audit.Event, now: datetime) -> None:
    audit.record(event, at=now, actor=actor_of(acteur), organisme_id=acteur.organisme_id)
