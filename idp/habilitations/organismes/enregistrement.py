"""Organismes entered by the Caf: found by their N° utilisateur, created whole, or brought up to date.

What a caisse declares is read in ``fichier.py``, and what it changes is decided in ``plan.py``. A thousand lines
cost some twenty statements.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid4

from sqlalchemy import Table, bindparam, or_, select, update

from idp import audit, clock
from idp.accounts import provisioning
from idp.accounts.models import Account
from idp.accounts.provisioning import Newcomer
from idp.audit import Actor, Event
from idp.bulk import insert_all
from idp.db import Model, db
from idp.habilitations.caisses import CaisseDecrite, caisses
from idp.habilitations.events import OrganismeCree, OrganismeImporte
from idp.habilitations.groupes import LOGEMENTS
from idp.habilitations.models import (
    DES_IDENTIFIANTS,
    ContratDeService,
    Convention,
    Courrier,
    EtatConvention,
    Groupe,
    Habilitation,
    NumeroUtilisateur,
    Organisme,
    Rattachement,
    Role,
    TypeOrganisme,
)
from idp.habilitations.organismes import avis_d_adresse, connus
from idp.habilitations.organismes.attribution import (
    a_donner_par_un_autre,
    caisse_du_numero,
    un_seul,
)
from idp.habilitations.organismes.changements import Identite, differences
from idp.habilitations.organismes.declaration import OrganismeDeclare
from idp.habilitations.organismes.models import ChangementDOrganisme
from idp.habilitations.organismes.plan import (
    OFFRE_BAILLEURS,
    PARTOUT,
    Connu,
    Effet,
    GroupeVoulu,
    Plan,
    Portee,
    apres,
    decider,
)


def enregistrer(
    declares: Sequence[OrganismeDeclare], *, portee: Portee = PARTOUT, actor: Actor, now: datetime
) -> list[Plan]:
    """Enter declared organismes, each with its convention, contract, groups and first account; says what was done.

    The N° utilisateur is the key: the same declaration again changes nothing. One caller at a time, until the
    transaction ends.
    """
    un_seul()
    trouves = connus.chercher(declares)
    portee = _avec_les_retires(portee, declares, actor.account_id, now)
    ecriture = Ecriture(actor, now)
    plans = []
    for declare in declares:
        plan = decider(declare, trouves.de(declare), portee)
        connu = ecriture.noter(declare, plan)
        if connu:
            trouves.changer(connu)
        plans.append(plan)
    ecriture.ecrire()
    return plans


def prevoir(
    declares: Sequence[OrganismeDeclare], portee: Portee, *, par: UUID | None, now: datetime
) -> list[Plan]:
    """What ``enregistrer`` would do, and nothing done."""
    trouves = connus.chercher(declares)
    portee = _avec_les_retires(portee, declares, par, now)
    plans = []
    for declare in declares:
        plan = decider(declare, trouves.de(declare), portee)
        connu = apres(plan, declare, plan.connu.contrat if plan.connu else None)
        if connu and plan.effet is Effet.MIS_A_JOUR:
            trouves.changer(connu)
        plans.append(plan)
    return plans


def _avec_les_retires(
    portee: Portee, declares: Sequence[OrganismeDeclare], par: UUID | None, now: datetime
) -> Portee:
    numeros = [numero for declare in declares for numero in declare.numeros_utilisateur]
    return replace(portee, retires=a_donner_par_un_autre(par, numeros, now))


Rows = list[dict[str, Any]]


@dataclass(slots=True)
class Ecriture:
    """The rows of many plans, sent together in the order of their foreign keys."""

    actor: Actor
    now: datetime
    motif: str | None = None
    """Why it is done by hand; None for a file."""
    rows: defaultdict[type[Model], Rows] = field(default_factory=lambda: defaultdict(list))
    changes: Rows = field(default_factory=list)
    personnes: list[tuple[Newcomer, OrganismeDeclare, UUID]] = field(default_factory=list)
    ouverts: dict[UUID, list[UUID]] = field(default_factory=lambda: defaultdict(list))
    """By organisme, the groupes that its people receive."""
    anciennes: list[tuple[str, str]] = field(default_factory=list)
    """Addresses mail that an agent's file replaces, each with the name of its organisme."""
    faits: list[tuple[Event, UUID]] = field(default_factory=list)
    caisses: dict[str, CaisseDecrite] = field(default_factory=caisses)

    @property
    def jour(self) -> date:
        """From when rights are given."""
        return clock.today(self.now)

    def noter(self, declare: OrganismeDeclare, plan: Plan) -> Connu | None:
        """Keep what this plan writes; returns the organisme as the next lines find it, when there was one."""
        if plan.effet in (Effet.REFUSE, Effet.INCHANGE):
            return None
        cree = plan.connu is None
        organisme_id = plan.connu.id if plan.connu else uuid4()
        if plan.connu is None:
            self._creer(declare, organisme_id)
        else:
            self._changer(plan.connu, declare)
        self._numeros(declare, plan.numeros, organisme_id)
        contrat = plan.connu.contrat if plan.connu else None
        if plan.groupes and contrat is None:
            contrat = self._ouvrir_contrat(declare, organisme_id)
        if contrat:
            self._groupes(plan.groupes, contrat, organisme_id)
        self.faits.append((self._fait(declare, cree=cree), organisme_id))
        return apres(plan, declare, contrat)

    def _fait(self, declare: OrganismeDeclare, *, cree: bool) -> Event:
        if self.motif is None:
            return OrganismeImporte(caisse=declare.caisse, cree=cree)
        return OrganismeCree(caisse=declare.caisse, motif=self.motif)

    def _creer(self, declare: OrganismeDeclare, organisme_id: UUID) -> None:
        self.rows[Organisme].append(
            {
                "id": organisme_id,
                "type": declare.type,
                "raison_sociale": declare.designation,
                "siret": declare.siret,
                "adresse": list(declare.adresse),
                "email": declare.courriel,
                "caisse_code": declare.caisse,
                "created_at": self.now,
            }
        )
        physique = declare.type is TypeOrganisme.PERSONNE_PHYSIQUE
        personne = Newcomer(
            declare.civilite,
            declare.nom,
            declare.prenom,
            declare.courriel if physique else None,
            organisme=declare.designation,
        )
        self.personnes.append((personne, declare, organisme_id))

    def _changer(self, connu: Connu, declare: OrganismeDeclare) -> None:
        valeurs = _valeurs(connu, declare)
        self.changes.append({"lequel": connu.id, **valeurs})
        avant = Identite(connu.nom, connu.siret, tuple(connu.adresse), connu.courriel)
        apres = Identite(**{**valeurs, "adresse": tuple(valeurs["adresse"])})
        if avant.email and avant.email != apres.email and self.actor.account_id:
            self.anciennes.append((avant.email, apres.raison_sociale))
        motif = f"Fichier de la Caf {declare.caisse}"
        changements = self.rows[ChangementDOrganisme]
        # Two lines of one file may change the same organisme: the last one is told last.
        at = self.now + timedelta(microseconds=len(changements))
        changements += differences(
            connu.id, avant, apres, par=self.actor.account_id, motif=motif, at=at
        )

    def _numeros(
        self, declare: OrganismeDeclare, numeros: Iterable[str], organisme_id: UUID
    ) -> None:
        self.rows[NumeroUtilisateur] += [
            {
                "valeur": numero,
                "organisme_id": organisme_id,
                "caisse_code": caisse_du_numero(numero, declare.caisse),
            }
            for numero in numeros
        ]

    def _ouvrir_contrat(self, declare: OrganismeDeclare, organisme_id: UUID) -> UUID:
        convention_id, contrat_id = uuid4(), uuid4()
        self.rows[Convention].append(
            {
                "id": convention_id,
                "organisme_id": organisme_id,
                "libelle": declare.designation,
                "etat": EtatConvention.VALIDEE,
                "debut": self.jour,
            }
        )
        self.rows[ContratDeService].append(
            {
                "id": contrat_id,
                "convention_id": convention_id,
                "service": OFFRE_BAILLEURS,
                "debut": self.jour,
            }
        )
        return contrat_id

    def _groupes(self, voulus: Iterable[GroupeVoulu], contrat: UUID, organisme_id: UUID) -> None:
        for voulu in voulus:
            groupe_id = uuid4()
            self.ouverts[organisme_id].append(groupe_id)
            self.rows[Groupe].append(
                {
                    "id": groupe_id,
                    "contrat_id": contrat,
                    "code": voulu.code,
                    "libelle": f"{LOGEMENTS[voulu.logement]} – {self.caisses[voulu.zone].libelle}",
                    "type_logement": voulu.logement,
                    "zone": voulu.zone,
                }
            )

    def ecrire(self) -> None:
        """Send everything."""
        tenus = _detenteurs(self.ouverts) if self.changes and self.ouverts else {}
        self._recevoir(tenus)
        for organisme_id, groupes in self.ouverts.items():
            self.rows[Habilitation] += [
                {
                    "rattachement_id": rattachement_id,
                    "groupe_id": groupe_id,
                    "debut": self.jour,
                    "granted_at": self.now,
                }
                for rattachement_id in tenus.get(organisme_id, ())
                for groupe_id in groupes
            ]
        for model in _ORDRE:
            insert_all(model, self.rows[model])
        if self.changes:
            db.session.execute(_CHANGER, self.changes)
            # What the session had read of them is old.
            db.session.expire_all()
        audit.record_of_organismes(self.faits, at=self.now, actor=self.actor)
        avis_d_adresse.prevenir_les_anciennes(self.anciennes, self.now)

    def _recevoir(self, tenus: dict[UUID, list[UUID]]) -> None:
        """The first account of each new organisme: a mail to a person whose address is known, else two letters."""
        comptes = provisioning.welcome_all(
            [personne for personne, _declare, _id in self.personnes], self.now, actor=self.actor
        )
        for account_id, (personne, _declare, organisme_id) in zip(
            comptes, self.personnes, strict=True
        ):
            rattachement_id = uuid4()
            tenus[organisme_id] = [rattachement_id]
            self.rows[Rattachement].append(
                {
                    "id": rattachement_id,
                    "account_id": account_id,
                    "organisme_id": organisme_id,
                    "ouverture": self.jour,
                    "created_at": self.now,
                }
            )
            if personne.email is None:
                self.rows[Courrier] += _courriers(account_id, organisme_id, self.now)


_ORDRE: tuple[type[Model], ...] = (
    *(Organisme, NumeroUtilisateur, Rattachement, Courrier),
    *(Convention, ContratDeService, Groupe, Habilitation, ChangementDOrganisme),
)
_TABLE = cast(Table, Organisme.__table__)
_CHANGER = (
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("lequel"))
    .values({name: bindparam(name) for name in ("raison_sociale", "adresse", "siret", "email")})
)


def _valeurs(connu: Connu, declare: OrganismeDeclare) -> dict[str, Any]:
    # What the file leaves empty is not what the caisse withdraws.
    return {
        "raison_sociale": declare.designation,
        "adresse": list(declare.adresse),
        "siret": declare.siret or connu.siret,
        "email": declare.courriel or connu.courriel,
    }


def _detenteurs(organismes: Mapping[UUID, object]) -> dict[UUID, list[UUID]]:
    """By organisme, the rattachements that hold every group of it: its administrateurs, or, as long as it has
    none, the people whom the Caf itself attached."""
    tous = defaultdict[UUID, list[tuple[UUID, bool]]](list)
    rows = db.session.execute(
        select(Rattachement.organisme_id, Rattachement.id, Rattachement.role).where(
            Rattachement.organisme_id.in_(organismes),
            or_(Rattachement.role == Role.ADMINISTRATEUR, Rattachement.created_by.is_(None)),
        )
    )
    for organisme_id, rattachement_id, role in rows:
        tous[organisme_id].append((rattachement_id, role is Role.ADMINISTRATEUR))
    return {
        organisme_id: [one for one, chef in places if chef] or [one for one, _chef in places]
        for organisme_id, places in tous.items()
    }


def preparer_courriers(account: Account, organisme: Organisme, now: datetime) -> None:
    """Two distinct letters (guide, page 1); the secret is drawn when its own is exported."""
    insert_all(Courrier, _courriers(account.id, organisme.id, now))


def _courriers(account_id: UUID, organisme_id: UUID, now: datetime) -> Rows:
    return [
        {"type": kind, "account_id": account_id, "organisme_id": organisme_id, "created_at": now}
        for kind in DES_IDENTIFIANTS
    ]
