"""The Caf changes what it knows of an organisme: name, type, SIRET, addresses, numbers; who and why are kept.

The SIRET may change, be missing or be shared: it is never a key. Whose a N° utilisateur is, is in
``attribution.py``. Conventions and people are none of it.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from idp import audit
from idp.accounts.models import Account
from idp.db import db
from idp.habilitations.agents import AgentVu
from idp.habilitations.events import OrganismeModifie
from idp.habilitations.models import Organisme, TypeOrganisme
from idp.habilitations.organismes import attribution, avis_d_adresse
from idp.habilitations.organismes.attribution import DejaConnu, RefusDeNumero
from idp.habilitations.organismes.destinataire import autre_destinataire
from idp.habilitations.organismes.models import A_CONFIRMER, Champ, ChangementDOrganisme
from idp.habilitations.perimetre import organisme_de
from idp.habilitations.tenue import tenir_vivant

MONTRES = 100


@dataclass(frozen=True, slots=True)
class Identite:
    """What may change of an organisme."""

    raison_sociale: str
    siret: str | None
    adresse: tuple[str, ...]
    email: str | None
    type: TypeOrganisme | None = None
    numeros: tuple[str, ...] | None = None
    """None, of both: not said, and as they are."""

    @property
    def version(self) -> str:
        """The same as long as nobody changed it."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:16]

    def dite(self) -> Mapping[Champ, str | None]:
        """Each field as it is kept."""
        return {
            Champ.RAISON_SOCIALE: self.raison_sociale,
            Champ.SIRET: self.siret,
            Champ.ADRESSE: "\n".join(self.adresse),
            Champ.EMAIL: self.email,
        }


class Issue(StrEnum):
    """What became of a change that was asked for."""

    FAIT = "fait"
    RIEN = "rien"
    ENTRE_TEMPS = "entre_temps"


@dataclass(frozen=True, slots=True)
class Changement:
    """A change of before; ``par`` is the name of the agent, None for the command line."""

    champ: Champ
    avant: str | None
    apres: str | None
    at: datetime
    par: str | None
    motif: str


def lire(agent: AgentVu, organisme_id: UUID) -> Identite:
    """What it is today; raises ``NotHere``. Two statements."""
    return _identite(organisme_de(agent, organisme_id))


def changer(
    agent: AgentVu,
    organisme_id: UUID,
    voulue: Identite,
    *,
    version: str,
    motif: str,
    now: datetime,
) -> Issue | RefusDeNumero | DejaConnu:
    """Make it that, unless somebody changed it since ``version``; raises ``NotHere``."""
    organisme = organisme_de(agent, organisme_id)
    attribution.un_seul()
    tenir_vivant(organisme_id)
    db.session.refresh(organisme)
    actuelle = _identite(organisme)
    if actuelle.version != version:
        return Issue.ENTRE_TEMPS
    rows = list(
        differences(organisme_id, actuelle, voulue, par=agent.account_id, motif=motif, at=now)
    )
    if not rows:
        return Issue.RIEN
    if voulue.numeros is not None:
        refus = attribution.changer(agent, organisme, voulue.numeros, now)
        if refus:
            return refus
    db.session.add_all(ChangementDOrganisme(**row) for row in rows)
    organisme.raison_sociale = voulue.raison_sociale
    organisme.siret = voulue.siret
    organisme.adresse = list(voulue.adresse)
    organisme.email = voulue.email
    organisme.type = voulue.type or organisme.type
    db.session.flush()
    champs = list(dict.fromkeys(str(row["champ"]) for row in rows))
    event = OrganismeModifie(champs=champs, motif=motif)
    audit.record(event, at=now, actor=agent.actor, organisme_id=organisme_id)
    _revenus(organisme_id, now)
    if actuelle.adresse != voulue.adresse:
        avis_d_adresse.prevenir(organisme, actuelle.email, now)
    if autre_destinataire(actuelle.raison_sociale, voulue.raison_sociale):
        avis_d_adresse.prevenir_du_nom(organisme, actuelle.raison_sociale, actuelle.email, now)
    if actuelle.email and actuelle.email != voulue.email:
        avis_d_adresse.prevenir_les_anciennes([(actuelle.email, organisme.raison_sociale)], now)
    return Issue.FAIT


def _revenus(organisme_id: UUID, now: datetime) -> None:
    """An address, or a name, put back as it was has nothing left to confirm."""
    ouverts = a_confirmer(organisme_id)
    for champ in (Champ.ADRESSE, Champ.RAISON_SOCIALE):
        siens = [row for row in ouverts if row.champ is champ]
        # What an organisme put into this one had was not of its people of before.
        if any(row.par_reunion for row in siens):
            continue
        if siens and not _detourne(champ, siens[0].avant, siens[-1].apres):
            for row in siens:
                row.confirme_at = now
    db.session.flush()


def a_confirmer(organisme_id: UUID) -> Sequence[ChangementDOrganisme]:
    """The changes of its name and address that a second agent is to confirm, the oldest first: one statement."""
    return db.session.scalars(
        select(ChangementDOrganisme)
        .where(ChangementDOrganisme.organisme_id == organisme_id, text(A_CONFIRMER))
        .order_by(ChangementDOrganisme.at, ChangementDOrganisme.id)
    ).all()


def change_de_destinataire(avant: Identite, apres: Identite) -> bool:
    """Whether a second agent is to confirm it before identifiers leave."""
    dits = apres.dite()
    return any(_detourne(champ, valeur, dits[champ]) for champ, valeur in avant.dite().items())


def _detourne(champ: Champ, avant: str | None, apres: str | None) -> bool:
    """Whether letters may reach somebody else."""
    if champ is Champ.RAISON_SOCIALE:
        return autre_destinataire(avant or "", apres or "")
    return champ is Champ.ADRESSE and avant != apres


def differences(
    organisme_id: UUID,
    avant: Identite,
    apres: Identite,
    *,
    par: UUID | None,
    motif: str,
    at: datetime,
) -> Iterator[dict[str, Any]]:
    """The rows that tell the difference, one for each number."""
    dits = apres.dite()
    changes = [(champ, valeur, dits[champ]) for champ, valeur in avant.dite().items()]
    if apres.type is not None:
        changes.append((Champ.TYPE, avant.type, apres.type))
    if apres.numeros is not None:
        avant_lui, apres_lui = set(avant.numeros or ()), set(apres.numeros)
        changes += [(Champ.NUMERO, un, None) for un in sorted(avant_lui - apres_lui)]
        changes += [(Champ.NUMERO, None, un) for un in sorted(apres_lui - avant_lui)]
    for champ, valeur, nouvelle in changes:
        if valeur != nouvelle:
            yield {
                "organisme_id": organisme_id,
                "champ": champ,
                "avant": valeur,
                "apres": nouvelle,
                "at": at,
                "par": par,
                "motif": motif,
                # Who runs the site by the command line needs no second agent.
                "confirme_at": None if par and _detourne(champ, valeur, nouvelle) else at,
            }


def historique(agent: AgentVu, organisme_id: UUID) -> Sequence[Changement]:
    """Every change, the newest first; raises ``NotHere``. Two statements."""
    organisme_de(agent, organisme_id)
    rows = db.session.execute(
        select(ChangementDOrganisme, Account)
        .outerjoin(Account, Account.id == ChangementDOrganisme.par)
        .where(ChangementDOrganisme.organisme_id == organisme_id)
        .order_by(ChangementDOrganisme.at.desc(), ChangementDOrganisme.id)
        .limit(MONTRES)
    )
    return [
        Changement(
            champ=row.champ,
            avant=row.avant,
            apres=row.apres,
            at=row.at,
            par=account.display_name if account else None,
            motif=row.motif,
        )
        for row, account in rows
    ]


def _identite(organisme: Organisme) -> Identite:
    return Identite(
        raison_sociale=organisme.raison_sociale,
        siret=organisme.siret,
        adresse=tuple(organisme.adresse),
        email=organisme.email,
        type=organisme.type,
        numeros=attribution.numeros_de(organisme.id),
    )
