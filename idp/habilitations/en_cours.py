"""What holds on a day, as the database says it; ``policy.py`` and ``etats.py`` decide the same from values."""

from datetime import date

from sqlalchemy import ColumnElement, and_, exists, or_

from idp.accounts.models import Account, AccountState
from idp.habilitations.etats import Personne
from idp.habilitations.models import (
    ContratDeService,
    Convention,
    EtatConvention,
    Habilitation,
    Mandat,
    Organisme,
    Rattachement,
    Role,
    Suspension,
)


def place_ouverte(place: type[Rattachement], jour: date) -> ColumnElement[bool]:
    """A person's place in an organisme, neither suspended nor out of its dates."""
    return and_(
        place.suspendu_at.is_(None),
        place.ouverture <= jour,
        or_(place.cloture.is_(None), place.cloture >= jour),
    )


def place_close(place: type[Rattachement], jour: date) -> ColumnElement[bool]:
    """``etats.place_close``, of the rows."""
    return and_(
        place.cloture.is_not(None),
        or_(
            place.cloture < jour,
            and_(
                place.suspendu_at.is_not(None),
                or_(place.cloture <= jour, place.cloture <= place.ouverture),
            ),
        ),
    )


def contrat_en_cours(jour: date) -> ColumnElement[bool]:
    """A contrat and its convention: both in force, the contrat neither closed nor suspended."""
    return and_(
        Convention.etat == EtatConvention.VALIDEE,
        Convention.debut <= jour,
        or_(Convention.fin.is_(None), Convention.fin >= jour),
        ContratDeService.clos_at.is_(None),
        ContratDeService.suspendu_at.is_(None),
        ContratDeService.debut <= jour,
        or_(ContratDeService.fin.is_(None), ContratDeService.fin >= jour),
    )


def administre(jour: date) -> ColumnElement[bool]:
    """Of rows of ``Organisme``: somebody can act there as administrateur."""
    agit = exists().where(
        Rattachement.organisme_id == Organisme.id,
        Rattachement.role == Role.ADMINISTRATEUR,
        place_ouverte(Rattachement, jour),
        Account.id == Rattachement.account_id,
        Account.state == AccountState.ACTIF,
    )
    return agit.correlate(Organisme)


def mandat_en_cours(jour: date | ColumnElement[date]) -> ColumnElement[bool]:
    """A mandate that is not ended, nor out of its dates."""
    return and_(
        Mandat.ended_at.is_(None),
        Mandat.debut <= jour,
        or_(Mandat.fin.is_(None), Mandat.fin >= jour),
    )


def personne(rattachement: Rattachement, account: Account) -> Personne:
    """A person and their place, as ``etats.py`` sees them."""
    return Personne(
        attendu=account.state
        in (AccountState.PREPARE, AccountState.EN_ATTENTE, AccountState.ACTIVATION),
        compte_suspendu=account.state is AccountState.SUSPENDU,
        compte_clos=account.state is AccountState.CLOS,
        ouverture=rattachement.ouverture,
        cloture=rattachement.cloture,
        suspendue=rattachement.suspendu_at is not None,
    )


def coche_en_cours(jour: date) -> ColumnElement[bool]:
    """A tick that is neither to come nor over."""
    return and_(
        Habilitation.debut <= jour, or_(Habilitation.fin.is_(None), Habilitation.fin >= jour)
    )


def service_suspendu() -> ColumnElement[bool]:
    """Of a contrat, whether the Caf has suspended its service for all partners."""
    return (
        exists()
        .where(Suspension.service == ContratDeService.service, Suspension.levee_at.is_(None))
        .correlate(ContratDeService)
    )
