"""A whole country: 20,000 organismes, a million accounts, and one organisme of 10,000 users and 200 groups.

Run `python bench/population.py --help`. The schema is made by the migrations, on an empty database; rows are drawn
from a fixed seed, with dates counted from today: dormant people, others who never connected, closed places, second
administrateurs, responsables and their mandates, sous-groupes, people of several organismes, and a journal whose
chain is sealed. What is measured on it is in ``console.py`` and ``hot_path.py``.
"""

import argparse
import secrets
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random
from typing import TypeVar

import click
from flask import Flask
from sqlalchemy import select, text

TREE = Path(__file__).parents[1]
sys.path[:0] = [str(TREE), str(TREE / "tests"), str(TREE / "bench")]

from bulk import Bulk  # noqa: E402 - the tree must be on the path first
from delegations import Delegations  # noqa: E402
from gens import Gens  # noqa: E402
from histoire import Histoire  # noqa: E402
from lieux import Lieux  # noqa: E402
from noms import une_raison_sociale  # noqa: E402
from tirage import Lieu, Personne, Tirage  # noqa: E402

from idp import clock, migrations  # noqa: E402
from idp.accounts.models import AccountState  # noqa: E402
from idp.app import create_app  # noqa: E402
from idp.config import settings_from  # noqa: E402
from idp.db import db  # noqa: E402
from idp.habilitations.caisses import caisses  # noqa: E402
from idp.habilitations.groupes import LOGEMENTS  # noqa: E402
from idp.habilitations.models import EtatSuccession, Organisme, Role  # noqa: E402
from idp.keys import ensure_active_keys  # noqa: E402

Un = TypeVar("Un")
GRAND = "GRAND BAILLEUR DE L OUEST"
PETIT = "RESIDENCE DES PEUPLIERS"
USERS_OF_PETIT = 12
PROFILS = ("consultation", "gestion", "controle", "direction")


@dataclass(frozen=True, slots=True)
class Taille:
    """How many of each."""

    organismes: int = 20_000
    accounts: int = 1_000_000
    users: int = 10_000
    groupes: int = 200
    journal: int = 3_000_000

    def divided(self, by: int) -> "Taille":
        """The same country, smaller; the big organisme stays a big one."""
        return Taille(
            max(self.organismes // by, 5),
            max(self.accounts // by, 500),
            max(self.users // by, 100),
            self.groupes,
            max(self.journal // by, 1_000),
        )


def tailles(hasard: Random, organismes: int, people: int) -> list[int]:
    """How many people each of these organismes has: many small ones, a few of several hundreds."""
    poids = [min(hasard.paretovariate(1.2), 60.0) for _ in range(organismes)]
    echelle = (people - organismes) / sum(poids)
    parts = [1 + int(un * echelle) for un in poids]
    for rang in range(people - sum(parts)):
        parts[rang % organismes] += 1
    return parts


class Pays:
    """Fills organismes with people, in one order, from one seed."""

    def __init__(self, bulk: Bulk, now: datetime) -> None:
        self.tirage = Tirage(bulk, now)
        self.lieux = Lieux(self.tirage)
        self.gens = Gens(self.tirage)
        self.delegations = Delegations(self.tirage)
        self.histoire = Histoire(self.tirage)

    def peupler(self, lieu: Lieu, combien: int, *, sous_groupes: int, responsables: int) -> None:
        """Its administrateurs first, then its responsables, then people as they came; each in a few groups."""
        hasard, deleguer = self.tirage.hasard, self.delegations
        self._entrer(lieu, Role.ADMINISTRATEUR)
        self.lieux.des_sous_groupes(lieu, sous_groupes)
        if combien > 1 and hasard.random() < 0.6:
            self._entrer(lieu, Role.ADMINISTRATEUR)
        for _rang in range(min(responsables, combien - len(lieu.personnes))):
            deleguer.mandater(lieu, self._entrer(lieu, Role.RESPONSABLE_HABILITATION))
        for rang in range(combien - len(lieu.personnes)):
            personne = self._entrer(lieu, Role.UTILISATEUR)
            if responsables and rang % 500 == 3:
                deleguer.un_ancien_mandat(lieu, personne)

    def _entrer(self, lieu: Lieu, role: Role) -> Personne:
        personne = self.gens.une_personne(lieu, role)
        lieu.personnes.append(personne)
        tous = len(lieu.groupes)
        combien = tous if role is Role.ADMINISTRATEUR else self._combien(tous)
        self.delegations.habiliter(lieu, personne, combien)
        return personne

    def _combien(self, tous: int) -> int:
        hasard = self.tirage.hasard
        tire = hasard.random()
        if tire < 0.01:
            return tous
        return 0 if tire < 0.10 else min(1 + int(hasard.expovariate(0.4)), tous)

    def succeder(self, lieu: Lieu) -> None:
        """One succession that waits, and one that was refused."""
        actifs = [
            un
            for un in lieu.personnes
            if un.role is Role.UTILISATEUR and un.etat is AccountState.ACTIF and un.cloture is None
        ]
        for candidat, etat in zip(
            actifs, (EtatSuccession.EN_ATTENTE, EtatSuccession.REFUSEE), strict=False
        ):
            self.delegations.succession(lieu, candidat, etat)

    def les_grands(self, taille: Taille) -> None:
        """The big organisme, and a small one that has one of each thing, to compare it with."""
        codes = list(caisses())
        logements = (taille.groupes - len(PROFILS)) // len(LOGEMENTS)
        grand = self.lieux.un_organisme(GRAND, zones=codes[:logements], profils=PROFILS)
        self.peupler(grand, taille.users, sous_groupes=taille.groupes // 5, responsables=40)
        petit = self.lieux.un_organisme(PETIT, zones=["359"], profils=PROFILS[:2])
        self.peupler(petit, USERS_OF_PETIT, sous_groupes=1, responsables=1)
        for lieu in (grand, petit):
            self.succeder(lieu)
            self.histoire.se_souvenir(lieu, grand=lieu is grand)

    def un_autre(self, rang: int, combien: int, precedent: Lieu | None) -> Lieu:
        """One of the others; in one of twenty works somebody of the one before."""
        hasard = self.tirage.hasard
        lieu = self.lieux.un_organisme(
            une_raison_sociale(hasard, rang),
            zones=hasard.sample(list(caisses()), hasard.choice((1, 1, 1, 2, 3))),
            profils=PROFILS[: hasard.choice((0, 0, 0, 2, 4))],
        )
        grand = combien >= 30
        self.peupler(
            lieu,
            combien,
            sous_groupes=hasard.randint(0, 2) if grand else 0,
            responsables=hasard.randint(0, 2) if grand else 0,
        )
        if precedent is not None and rang % 20 == 0:
            connu = precedent.administrateur
            place = self.gens.une_place(
                lieu, connu.account_id, Role.UTILISATEUR, connu.etat, connu.depuis
            )
            self.delegations.habiliter(lieu, place, 1)
        self.histoire.se_souvenir(lieu)
        return lieu


def faire(taille: Taille, now: datetime) -> dict[str, int]:
    """The whole population, on an empty database whose schema is there; returns how many rows each table got."""
    bulk = Bulk()
    pays = Pays(bulk, now)
    pays.lieux.les_caisses()
    pays.les_grands(taille)
    autres = tailles(
        pays.tirage.hasard,
        taille.organismes - 2,
        taille.accounts - taille.users - USERS_OF_PETIT,
    )
    precedent = None
    for rang, combien in enumerate(avance(autres, "Organismes", len(autres)), start=1):
        precedent = pays.un_autre(rang, combien, precedent)
        bulk.flush_if_many()
    bulk.flush()
    for _ligne in avance(pays.histoire.lignes(taille.journal), "Journal", taille.journal):
        bulk.flush_if_many()
    bulk.flush()
    return bulk.written


def avance(choses: Iterable[Un], nom: str, total: int) -> Iterator[Un]:
    """What is iterated over, with a bar on a terminal."""
    with click.progressbar(choses, length=total, label=f"{nom:12}") as barre:
        yield from barre


def preparer(database_url: str, folder: Path) -> Flask:
    """The product on that database, whose schema is made; refused when somebody is there already."""
    ensure_active_keys(folder / "keys")
    app = create_app(
        settings_from(
            {
                "IDP_DATABASE_URL": database_url,
                "IDP_SECRET_KEY": secrets.token_urlsafe(32),
                "IDP_KEYS_DIR": str(folder / "keys"),
                "IDP_RELYING_PARTIES": str(TREE / "relying_parties.yaml"),
                "IDP_MAIL_URL": f"demo:{folder}",
            }
        )
    )
    with app.app_context():
        migrations.upgrade()
        if db.session.scalar(select(Organisme.id).limit(1)):
            raise SystemExit("this database is not empty: nothing was written")
    return app


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database-url", required=True, help="an empty one, of any kind")
    parser.add_argument(
        "--divided-by", type=int, default=1, help="100: a country a hundred times smaller"
    )
    options = parser.parse_args()
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        app = preparer(options.database_url, Path(folder))
        with app.app_context():
            written = faire(Taille().divided(options.divided_by), clock.now())
            db.session.execute(text("ANALYZE"))
            db.session.commit()
            db.engine.dispose()
    for table, rows in sorted(written.items()):
        print(f"{table:20} {rows:10,} rows")
    print(f"made in {time.monotonic() - start:.0f} s")


if __name__ == "__main__":
    main()
