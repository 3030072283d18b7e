"""The caisses of the shipped list, as rows that organismes and numbers point to."""

from collections.abc import Collection

from idp.db import db
from idp.habilitations.caisses import caisses
from idp.habilitations.models import Caisse


def enregistrer_caisses(codes: Collection[str] | None = None) -> None:
    """Bring the table of caisses up to date with the shipped list, or these caisses alone."""
    for caisse in caisses().values():
        if codes is None or caisse.code in codes:
            db.session.merge(
                Caisse(
                    code=caisse.code,
                    libelle=caisse.libelle,
                    departements=list(caisse.departements),
                )
            )
    db.session.flush()
