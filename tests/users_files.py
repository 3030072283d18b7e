"""Files of users as people send them, and what became of their lines."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from uuid import UUID

from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from idp import outbox
from idp.accounts.models import Account
from idp.db import db
from idp.habilitations.delegation import Acteur
from idp.habilitations.import_utilisateurs import essai, execution
from idp.habilitations.import_utilisateurs.contenu import Contenu, desceller
from idp.habilitations.import_utilisateurs.models import ImportUtilisateurs, LigneImport
from idp.habilitations.models import Organisme, Rattachement
from idp.habilitations.personnes.colonnes import DU_MODELE
from idp.outbox import Delivery
from idp.spreadsheets.sheet import Sheet
from idp.spreadsheets.writing import Format, written

IMPORT = "/habilitations/utilisateurs/import"


def somebody(number: int = 0, **cells: str) -> dict[str, str]:
    """A line: a new person, complete."""
    likely = {
        "Nom": f"Le Gall {_letters(number)}",
        "Prénom": "Nadia",
        "Adresse mail": f"nadia{number}@exemple.fr",
    }
    return likely | cells


def _letters(number: int) -> str:
    return "".join(chr(ord("A") + int(digit)) for digit in str(number))


def a_file(
    lines: Iterable[Mapping[str, str]],
    kind: Format = Format.CSV,
    header: tuple[str, ...] = DU_MODELE,
) -> bytes:
    """The model, filled in."""
    rows = [[line.get(column, "") for column in header] for line in lines]
    return b"".join(written(kind, Sheet("Utilisateurs", header, rows)))


def laid_down(acteur: Acteur, place: Rattachement, *lines: Mapping[str, str]) -> UUID:
    """A trial of these lines."""
    return essai.deposer(
        acteur, place.id, BytesIO(a_file(lines)), nom="liste.csv", now=datetime.now(UTC)
    )


def sent(
    client: FlaskClient, organisme: Organisme, data: bytes, name: str = "l.csv", to: str = IMPORT
) -> TestResponse:
    """« Vérifier le fichier »."""
    form: dict[str, Any] = {
        "organisme": str(organisme.id),
        "fichier": FileStorage(BytesIO(data), filename=name),
    }
    boundary, body = encode_multipart(form)
    return client.post(to, data=body, content_type=f"multipart/form-data; boundary={boundary}")


def lines_of(import_id: UUID) -> list[tuple[str, Contenu]]:
    """What becomes, or became, of each."""
    rows = db.session.scalars(
        select(LigneImport)
        .where(LigneImport.import_id == import_id)
        .order_by(LigneImport.numero)
        .execution_options(populate_existing=True)
    )
    return [(row.verdict.value, desceller(row.contenu)) for row in rows]


def the_import(import_id: UUID) -> ImportUtilisateurs:
    """As the database has it now."""
    db.session.expire_all()
    return db.session.get_one(ImportUtilisateurs, import_id)


def done(import_id: UUID) -> ImportUtilisateurs:
    """Called again until it is over, as the worker does, without sending a mail."""
    for _round in range(1000):
        if the_import(import_id).ended_at:
            break
        execution.poursuivre({"import_id": str(import_id)})
        db.session.commit()
    return the_import(import_id)


def run(acteur: Acteur, place: Rattachement, *lines: Mapping[str, str]) -> UUID:
    """Laid down, validated and done."""
    import_id = laid_down(acteur, place, *lines)
    assert execution.lancer(acteur, import_id, datetime.now(UTC))
    db.session.commit()
    done(import_id)
    return import_id


def users_of(organisme: Organisme) -> list[str]:
    """Their addresses."""
    return sorted(
        db.session.scalars(
            select(Account.email)
            .join(Rattachement, Rattachement.account_id == Account.id)
            .where(Rattachement.organisme_id == organisme.id, Account.email.is_not(None))
        )
    )


def mails_waiting() -> int:
    """How many are to leave."""
    return (
        db.session.scalar(select(func.count()).select_from(Delivery).where(Delivery.kind == "mail"))
        or 0
    )


def deliveries() -> list[outbox.Payload]:
    """The calls of the worker that are due."""
    rows = db.session.scalars(
        select(Delivery).where(Delivery.kind == execution.KIND, Delivery.done_at.is_(None))
    )
    return [outbox.read(row) for row in rows]
