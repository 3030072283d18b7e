"""The users of an organisme whom the lines of a file find again: some statements for hundreds of lines."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select

from idp.accounts.models import Account, AccountState
from idp.db import db
from idp.habilitations.cibles import bases_de_chacun
from idp.habilitations.delegation import Acteur, Bases, Cible
from idp.habilitations.etats import place_close
from idp.habilitations.import_utilisateurs.ligne import UtilisateurDeclare
from idp.habilitations.import_utilisateurs.plan import Connu
from idp.habilitations.models import Rattachement

A_LA_FOIS = 500


@dataclass(frozen=True, slots=True)
class Connus:
    """By identifiant, and by address in small letters."""

    par_identifiant: dict[str, Connu]
    par_email: dict[str, Connu]

    def de(self, declare: UtilisateurDeclare) -> Connu | None:
        """The user whom this line names, else who has its address; None for somebody new."""
        if declare.identifiant:
            return self.par_identifiant.get(declare.identifiant)
        return self.par_email.get(declare.email.lower())


def chercher(acteur: Acteur, declares: Iterable[UtilisateurDeclare], jour: date) -> Connus:
    """Two statements for ``A_LA_FOIS`` lines."""
    connus = Connus({}, {})
    for lot in _lots(iter(declares)):
        rows = _lignes(acteur.organisme_id, lot)
        tenus = bases_de_chacun([row.id for row in rows])
        for row in rows:
            connu = _connu(row, tenus.get(row.id, {}), jour)
            connus.par_identifiant[row.identifiant] = connu
            # As « Créer un utilisateur » does: a closed account leaves its address to somebody new.
            if row.email and row.state is not AccountState.CLOS:
                connus.par_email.setdefault(row.email.lower(), connu)
    return connus


def _lots(declares: Iterator[UtilisateurDeclare]) -> Iterator[list[UtilisateurDeclare]]:
    while lot := list(islice(declares, A_LA_FOIS)):
        yield lot


def _lignes(organisme_id: UUID, lot: list[UtilisateurDeclare]) -> Sequence[Any]:
    identifiants = [un.identifiant for un in lot if un.identifiant]
    emails = [un.email.lower() for un in lot if un.email and not un.identifiant]
    return db.session.execute(
        select(
            Rattachement.id,
            Rattachement.account_id,
            Rattachement.organisme_id,
            Rattachement.role,
            Rattachement.created_by,
            Rattachement.ouverture,
            Rattachement.cloture,
            Rattachement.suspendu_at,
            Account.identifiant,
            Account.email,
            Account.state,
        )
        .join(Account, Account.id == Rattachement.account_id)
        .where(
            Rattachement.organisme_id == organisme_id,
            Account.anonymised_at.is_(None),
            or_(func.lower(Account.email).in_(emails), Account.identifiant.in_(identifiants)),
        )
        .order_by(Rattachement.created_at, Rattachement.id)
    ).all()


def _connu(row: Any, tenus: dict[UUID, Bases], jour: date) -> Connu:
    cible = Cible(
        account_id=row.account_id,
        organisme_id=row.organisme_id,
        role=row.role,
        cree_par=row.created_by,
        tenus=tuple(tenus.values()),
    )
    suspendue = row.suspendu_at is not None
    finie = place_close(row.ouverture, row.cloture, suspendue=suspendue, jour=jour)
    clos = finie or row.state is AccountState.CLOS
    return Connu(row.id, cible, frozenset(tenus), clos)
