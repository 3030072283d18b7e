"""The signed summary of a review: made once, when everything is done, and kept byte for byte.

It names the head of the journal at that instant, and the journal names its digest: each is proof of the other.
How it looks is in ``compte_rendu_pdf.py``, how it is signed in ``idp/signed_documents.py``.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update

from idp import audit, clock, signed_documents
from idp.accounts.models import Account
from idp.audit import JournalEntry
from idp.db import db
from idp.errors import NotHere
from idp.extensions import ground
from idp.habilitations.models import Organisme
from idp.habilitations.revues import compte_rendu_pdf, lecture, lignes
from idp.habilitations.revues.compte_rendu_pdf import Entete
from idp.habilitations.revues.events import RevueClose
from idp.habilitations.revues.lecture import RevueVue
from idp.habilitations.revues.lignes import LigneVue
from idp.habilitations.revues.models import DocumentDeRevue, EtatRevue, LigneDeRevue, Revue
from idp.habilitations.revues.policy import Issue
from idp.habilitations.tenue import tenir

RAISON = "Compte rendu de la revue des habilitations"
D_UN_COUP = 500


def clore(revue: Revue, now: datetime) -> None:
    """Write, sign and keep the summary of a review of which every line is done; it is closed.

    The pages of thousands of people take seconds: nobody waits for them, and the organisme is only held to write.
    """
    comptes = compter(revue.id)
    vue = lecture.lire(revue.organisme_id, revue.id)
    pdf = compte_rendu_pdf.ecrire(_entete(vue, comptes, now), _par_issue(vue), cree_le=now)
    signe = signed_documents.sign(pdf, reason=RAISON, keys_dir=ground().settings.keys_dir, now=now)
    tenir(revue.organisme_id)
    db.session.refresh(revue)
    if revue.etat is not EtatRevue.APPLICATION:
        return
    empreinte = hashlib.sha256(signe).hexdigest()
    db.session.add(DocumentDeRevue(revue_id=revue.id, contenu=signe))
    db.session.execute(
        update(Revue)
        .where(Revue.id == revue.id)
        .values(etat=EtatRevue.CLOSE, closed_at=now, document_sha256=empreinte)
    )
    event = RevueClose(
        revue_id=revue.id,
        gardees=comptes.get(Issue.GARDEE, 0) + comptes.get(Issue.MAINTENUE, 0),
        retirees=comptes.get(Issue.RETIREE, 0),
        caduques=comptes.get(Issue.CADUQUE, 0),
        document_sha256=empreinte,
    )
    audit.record(event, at=now, actor=audit.WORKER, organisme_id=revue.organisme_id)
    db.session.flush()


def compter(revue_id: UUID) -> dict[Issue | None, int]:
    """How many lines became what; None of those that are left: one statement."""
    rows = db.session.execute(
        select(LigneDeRevue.issue, func.count())
        .where(LigneDeRevue.revue_id == revue_id)
        .group_by(LigneDeRevue.issue)
    )
    return {issue: combien for issue, combien in rows}  # noqa: C416 - typed as rows are


def lire(organisme_id: UUID, revue_id: UUID) -> bytes:
    """The signed summary; raises ``NotHere`` when it is not of this organisme, or not made yet."""
    contenu = db.session.scalar(
        select(DocumentDeRevue.contenu)
        .join(Revue, Revue.id == DocumentDeRevue.revue_id)
        .where(Revue.id == revue_id, Revue.organisme_id == organisme_id)
    )
    if contenu is None:
        raise NotHere("Ce compte rendu n’existe pas, ou n’est pas celui de votre organisme.")
    return contenu


def _entete(revue: RevueVue, comptes: dict[Issue | None, int], now: datetime) -> Entete:
    noms = _noms({revue.opened_by, revue.ended_by})
    certificat = signed_documents.document_key(ground().settings.keys_dir, now).certificate
    return Entete(
        organisme=db.session.get_one(Organisme, revue.organisme_id).raison_sociale,
        ouverte_le=clock.today(revue.opened_at),
        ouverte_par=noms.get(revue.opened_by),
        terminee_le=clock.today(revue.ended_at or now),
        terminee_par=noms.get(revue.ended_by),
        comptes={issue: combien for issue, combien in comptes.items() if issue},
        journal=_tete_du_journal(),
        certificat=signed_documents.fingerprint(certificat),
    )


def _noms(ids: set[UUID | None]) -> dict[UUID | None, str]:
    accounts = db.session.scalars(select(Account).where(Account.id.in_(ids)))
    return {account.id: account.display_name for account in accounts}


def _tete_du_journal() -> tuple[int, str] | None:
    row = db.session.execute(
        select(JournalEntry.rank, JournalEntry.hash)
        .where(JournalEntry.rank.is_not(None))
        .order_by(JournalEntry.rank.desc())
        .limit(1)
    ).one_or_none()
    return (row.rank or 0, row.hash or "") if row else None


def _par_issue(revue: RevueVue) -> Iterator[tuple[Issue, Iterator[LigneVue]]]:
    for issue in compte_rendu_pdf.ORDRE:
        yield issue, _lignes(revue, issue)


def _lignes(revue: RevueVue, issue: Issue) -> Iterator[LigneVue]:
    # Some at a time: thousands of people weigh no more than a page of them.
    apres: int | None = 0
    while apres is not None:
        page = lignes.selon_l_issue(revue, issue, apres=apres, limit=D_UN_COUP)
        yield from page.lignes
        apres = page.suivante
