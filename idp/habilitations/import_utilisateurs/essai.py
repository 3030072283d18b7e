"""The trial of a file: each line with what it would do, laid down sealed, and nothing done.

The rows of the organisme are looked up for hundreds of lines at once: no line costs a statement.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import BinaryIO
from uuid import UUID, uuid4

from sqlalchemy import delete, insert, select

from idp import clock
from idp.db import db
from idp.habilitations.delegation import Acteur
from idp.habilitations.groupes import GroupeACocher, cochables
from idp.habilitations.import_utilisateurs.connus import chercher
from idp.habilitations.import_utilisateurs.contenu import Contenu, sceller
from idp.habilitations.import_utilisateurs.decision import Decision
from idp.habilitations.import_utilisateurs.ligne import Groupes, parse_ligne
from idp.habilitations.import_utilisateurs.models import (
    EtatImport,
    ImportUtilisateurs,
    LigneImport,
)
from idp.habilitations.import_utilisateurs.plan import Verdict
from idp.habilitations.organismes.lignes_nommees import (
    LigneEnLecture,
    LigneRefusee,
    extrait,
    extrait_de_nom,
    nommer,
)
from idp.habilitations.personnes.colonnes import COLONNES
from idp.spreadsheets.bounds import Bounds, FichierRefuse, thousands
from idp.spreadsheets.reading import read_rows

LIGNES_MAX = 5000
LIGNES_LUES_MAX = 4 * LIGNES_MAX
"""Blank lines are not counted as users."""
_BOUNDS = Bounds(rows=LIGNES_LUES_MAX)


def deposer(
    acteur: Acteur, rattachement_id: UUID, fichier: BinaryIO, *, nom: str, now: datetime
) -> UUID:
    """Read the file, and keep what each line would do; returns the id of the import.

    Raises ``FichierRefuse`` when the file as a whole cannot be read. A trial takes the place of the one that the
    same author had not validated.
    """
    jour = clock.today(now)
    offerts = cochables(acteur)
    lus = _sans_doublon(_lire(fichier, Groupes(offerts)))
    prevus = _prevoir(acteur, lus, offerts, jour)
    _oublier_le_precedent(acteur)
    return _ranger(acteur, rattachement_id, prevus, nom=nom, now=now)


def _lire(fichier: BinaryIO, groupes: Groupes) -> Iterator[Contenu]:
    for nombre, ligne in enumerate(nommer(read_rows(fichier, _BOUNDS), COLONNES), start=1):
        if nombre > LIGNES_MAX:
            raise FichierRefuse(
                f"Ce fichier a plus de {thousands(LIGNES_MAX)} utilisateurs : partagez-le en plusieurs fichiers."
            )
        if isinstance(ligne, LigneEnLecture):
            declare = parse_ligne(ligne, groupes)
            yield Contenu(ligne.ligne, ligne.cells, declare, refus=tuple(ligne.refus))
        else:
            yield Contenu(ligne.ligne, {}, refus=(ligne,))


def _sans_doublon(lus: Iterator[Contenu]) -> list[Contenu]:
    """The second line of one person is refused: the two may not say the same."""
    premieres: dict[str, int] = {}
    gardes = []
    for contenu in lus:
        if contenu.declare:
            cle = contenu.declare.identifiant or contenu.declare.email.lower()
            premiere = premieres.setdefault(cle, contenu.numero)
            if premiere != contenu.numero:
                contenu = _en_double(contenu, premiere)
        gardes.append(contenu)
    return gardes


def _en_double(contenu: Contenu, premiere: int) -> Contenu:
    nomme = bool(contenu.declare and contenu.declare.identifiant)
    colonne = "identifiant" if nomme else "adresse_mail"
    motif = f"Cette personne est déjà à la ligne {premiere} du fichier."
    valeur = extrait(contenu.cells.get(colonne, ""))
    return replace(
        contenu, declare=None, refus=(LigneRefusee(contenu.numero, colonne, motif, valeur),)
    )


def _prevoir(
    acteur: Acteur, lus: list[Contenu], offerts: list[GroupeACocher], jour: date
) -> list[tuple[Verdict, Contenu]]:
    declares = [contenu.declare for contenu in lus if contenu.declare]
    decision = Decision(acteur, chercher(acteur, declares, jour), offerts, jour)
    prevus = []
    for contenu in lus:
        plan, dit = decision.de(contenu)
        prevus.append((plan.verdict, dit))
    return prevus


def _oublier_le_precedent(acteur: Acteur) -> None:
    precedents = select(ImportUtilisateurs.id).where(
        ImportUtilisateurs.organisme_id == acteur.organisme_id,
        ImportUtilisateurs.account_id == acteur.account_id,
        ImportUtilisateurs.etat == EtatImport.ESSAI,
    )
    supprimer(list(db.session.scalars(precedents)))


def supprimer(import_ids: list[UUID]) -> None:
    """Forget these imports and their lines: nothing of them was done."""
    db.session.execute(delete(LigneImport).where(LigneImport.import_id.in_(import_ids)))
    db.session.execute(delete(ImportUtilisateurs).where(ImportUtilisateurs.id.in_(import_ids)))


def _ranger(
    acteur: Acteur,
    rattachement_id: UUID,
    prevus: list[tuple[Verdict, Contenu]],
    *,
    nom: str,
    now: datetime,
) -> UUID:
    if acteur.account_id is None:
        raise LookupError("a program sends no file")
    comptes = Counter(verdict for verdict, _contenu in prevus)
    depose = ImportUtilisateurs(
        organisme_id=acteur.organisme_id,
        rattachement_id=rattachement_id,
        account_id=acteur.account_id,
        fichier=extrait_de_nom(nom),
        lignes=len(prevus),
        creations=comptes[Verdict.CREATION],
        ajouts=comptes[Verdict.AJOUT],
        inchanges=comptes[Verdict.INCHANGE],
        refus=comptes[Verdict.REFUS],
        created_at=now,
    )
    db.session.add(depose)
    db.session.flush()
    db.session.execute(
        insert(LigneImport),
        [
            {
                "id": uuid4(),
                "import_id": depose.id,
                "numero": contenu.numero,
                "verdict": verdict,
                "contenu": sceller(contenu),
            }
            for verdict, contenu in prevus
        ],
    )
    return depose.id
