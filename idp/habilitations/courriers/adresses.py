"""Identifiers leave by letter for no address, nor under another name, that a single agent chose: a second one
confirms it first.

Otherwise who changes an address, or what is printed above it, and has both letters written again holds the account
of somebody else; and who has an administrateur replaced would be the only one told. Meanwhile the letters wait.
``docs/decisions/0029-addresses-confirmed.md``.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, exists, func, select, text, true, tuple_, update

from idp import audit
from idp.accounts.models import Account
from idp.db import db
from idp.habilitations.agents import AgentVu
from idp.habilitations.deux_agents import RefusDeSecond
from idp.habilitations.events import AdresseConfirmee
from idp.habilitations.models import A_L_ADRESSE_SURE, Courrier, EtatCourrier, Organisme
from idp.habilitations.organismes.models import A_CONFIRMER, Champ, ChangementDOrganisme
from idp.habilitations.second_agent import refus_de_chacun
from idp.habilitations.tenue import tenir

PAR_PAGE = 25
_OUVERT: ColumnElement[bool] = text(A_CONFIRMER)  # type: ignore[assignment]


def a_confirmer() -> ColumnElement[bool]:
    """Of rows of ``Organisme``: its address or its name was changed, and no second agent has confirmed it."""
    un = exists().where(ChangementDOrganisme.organisme_id == Organisme.id, _OUVERT)
    return un.correlate(Organisme)


@dataclass(frozen=True, slots=True)
class AdresseAConfirmer:
    """An address, and the name above it, for which letters wait; ``version`` is that of what is shown, ``refus``
    why this agent does not confirm it."""

    organisme_id: UUID
    raison_sociale: str
    nom_d_avant: str
    avant: tuple[str, ...]
    apres: tuple[str, ...]
    at: datetime
    par: str
    motif: str
    version: UUID
    refus: RefusDeSecond | None


@dataclass(frozen=True, slots=True)
class Page:
    """Some of them by name; ``suivante`` is the last one when there are more."""

    lignes: tuple[AdresseAConfirmer, ...]
    suivante: UUID | None


def combien(agent: AgentVu) -> int:
    """How many organismes of the agent wait for it; one statement."""
    return _combien(_de_ses_caisses(agent))


def combien_de_la_caisse(caisse: str | None) -> int:
    """The same for a caisse, for all of them when None."""
    return _combien(true() if caisse is None else Organisme.caisse_code == caisse)


def _combien(lesquels: ColumnElement[bool]) -> int:
    nombre = select(func.count()).select_from(Organisme).where(_attendent(lesquels))
    return db.session.scalar(nombre) or 0


def lister(agent: AgentVu, now: datetime, apres: UUID | None = None) -> Page:
    """Those of the caisses of the agent; three statements."""
    requete = select(Organisme.id, Organisme.raison_sociale, Organisme.adresse).where(
        _attendent(_de_ses_caisses(agent))
    )
    if apres is not None:
        mots = select(Organisme.mots).where(Organisme.id == apres).scalar_subquery()
        requete = requete.where(tuple_(Organisme.mots, Organisme.id) > tuple_(mots, apres))
    rows = db.session.execute(
        requete.order_by(Organisme.mots, Organisme.id).limit(PAR_PAGE + 1)
    ).all()
    lus = {row.id: row for row in rows[:PAR_PAGE]}
    changements = _changements(lus)
    auteurs = _auteurs(changements)
    refus = refus_de_chacun(auteurs, agent.account_id, now)
    agents = _noms(auteurs)
    lignes = tuple(
        _ligne(row, changements[of], agents, refus[of])
        for of, row in lus.items()
        if of in changements
    )
    return Page(lignes, rows[PAR_PAGE - 1].id if len(rows) > PAR_PAGE else None)


def confirmer(agent: AgentVu, versions: Collection[UUID], now: datetime) -> int:
    """These addresses are right; returns how many were confirmed.

    Not one that has changed since it was read, nor one of an organisme of another caisse, nor what this agent may
    not confirm.
    """
    voulus = _organismes_de(agent, versions)
    for organisme_id in voulus:
        tenir(organisme_id)
    changements = {of: rows for of, rows in _changements(voulus).items() if rows[-1].id in versions}
    refus = refus_de_chacun(_auteurs(changements), agent.account_id, now)
    surs = [of for of in changements if refus[of] is None]
    db.session.execute(
        update(ChangementDOrganisme)
        .where(ChangementDOrganisme.organisme_id.in_(surs), _OUVERT)
        .values(confirme_at=now, confirme_par=agent.account_id)
        .execution_options(synchronize_session=False)
    )
    for organisme_id in surs:
        event = AdresseConfirmee()
        audit.record(event, at=now, actor=agent.actor, organisme_id=organisme_id)
    return len(surs)


def _de_ses_caisses(agent: AgentVu) -> ColumnElement[bool]:
    # The caisse that writes: only its agents print its letters.
    return true() if agent.national else Organisme.caisse_code.in_(agent.caisses)


def _attendent(lesquels: ColumnElement[bool]) -> ColumnElement[bool]:
    lettre = exists().where(
        Courrier.organisme_id == Organisme.id,
        Courrier.exported_at.is_(None),
        Courrier.etat == EtatCourrier.EN_ATTENTE,
        Courrier.type.in_(A_L_ADRESSE_SURE),
    )
    return and_(a_confirmer(), lettre.correlate(Organisme), lesquels)


def _organismes_de(agent: AgentVu, versions: Collection[UUID]) -> list[UUID]:
    # In the order of their keys: two who confirm the same ones do not wait for each other.
    return list(
        db.session.scalars(
            select(Organisme.id)
            .join(ChangementDOrganisme, ChangementDOrganisme.organisme_id == Organisme.id)
            .where(
                ChangementDOrganisme.id.in_(versions), _OUVERT, _attendent(_de_ses_caisses(agent))
            )
            .order_by(Organisme.id)
            .limit(PAR_PAGE)
        )
    )


def _changements(organismes: Collection[UUID]) -> dict[UUID, list[ChangementDOrganisme]]:
    lus = defaultdict[UUID, list[ChangementDOrganisme]](list)
    rows = db.session.scalars(
        select(ChangementDOrganisme)
        .where(ChangementDOrganisme.organisme_id.in_(organismes), _OUVERT)
        .order_by(ChangementDOrganisme.at, ChangementDOrganisme.id)
    )
    for row in rows:
        lus[row.organisme_id].append(row)
    return lus


def _auteurs(
    changements: Mapping[UUID, Sequence[ChangementDOrganisme]],
) -> dict[UUID, set[UUID]]:
    return {of: {row.par for row in rows if row.par} for of, rows in changements.items()}


def _noms(auteurs: Mapping[UUID, Collection[UUID]]) -> dict[UUID, str]:
    ids = set[UUID]().union(*auteurs.values())
    rows = db.session.scalars(select(Account).where(Account.id.in_(ids)))
    return {account.id: account.display_name for account in rows}


def _ligne(
    organisme: Row[UUID, str, list[str]],
    changements: Sequence[ChangementDOrganisme],
    agents: Mapping[UUID, str],
    refus: RefusDeSecond | None,
) -> AdresseAConfirmer:
    de_nom = [row for row in changements if row.champ is Champ.RAISON_SOCIALE]
    d_adresse = [row for row in changements if row.champ is Champ.ADRESSE]
    dernier, actuelle = changements[-1], tuple(organisme.adresse)
    return AdresseAConfirmer(
        organisme_id=organisme.id,
        raison_sociale=organisme.raison_sociale,
        nom_d_avant=(de_nom[0].avant or "") if de_nom else organisme.raison_sociale,
        avant=tuple((d_adresse[0].avant or "").split("\n")) if d_adresse else actuelle,
        apres=actuelle,
        at=dernier.at,
        par=", ".join(sorted({agents.get(row.par, "") for row in changements if row.par})),
        motif=dernier.motif,
        version=dernier.id,
        refus=refus,
    )
