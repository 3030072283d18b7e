"""A whole country: 20,000 organismes, a million accounts, and one organisme of 10,000 users and 200 groups.

Run `python bench/population.py --help`. The schema is made by the migrations, on an empty database; rows are drawn
from a fixed seed, with dates counted from today: dormant people, others who never connected, closed places, second
administrateurs, people of several organismes, and a journal whose chain is sealed. What is measured on it is in
``console.py`` and ``hot_path.py``.
"""

import argparse
import secrets
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import TypeVar
from uuid import UUID

import click

TREE = Path(__file__).parents[1]
sys.path[:0] = [str(TREE), str(TREE / "tests"), str(TREE / "bench")]

from bulk import Bulk  # noqa: E402 - the tree must be on the path first
from factories import PASSWORD  # noqa: E402
from flask import Flask  # noqa: E402
from histoire import Histoire  # noqa: E402
from noms import adresse_mail, un_nom, un_siret, une_adresse, une_raison_sociale  # noqa: E402
from sqlalchemy import select, text  # noqa: E402

from idp import clock, migrations  # noqa: E402
from idp.accounts import passwords  # noqa: E402
from idp.accounts.models import (  # noqa: E402
    AcceptationTexte,
    Account,
    AccountState,
    Challenge,
    ChallengeKind,
    Texte,
)
from idp.accounts.published_texts import current  # noqa: E402
from idp.app import create_app  # noqa: E402
from idp.config import settings_from  # noqa: E402
from idp.db import db  # noqa: E402
from idp.habilitations.caisses import caisses  # noqa: E402
from idp.habilitations.groupes import LOGEMENTS  # noqa: E402
from idp.habilitations.models import (  # noqa: E402
    Caisse,
    ContratDeService,
    Convention,
    EtatConvention,
    Groupe,
    Habilitation,
    Mobilite,
    NumeroUtilisateur,
    Organisme,
    Rattachement,
    Role,
    TypeOrganisme,
)
from idp.keys import ensure_active_keys  # noqa: E402
from idp.printable import ALPHABET, IDENTIFIANT_PREFIX, with_check  # noqa: E402

Un = TypeVar("Un")
GRAND = "GRAND BAILLEUR DE L OUEST"
PETIT = "RESIDENCE DES PEUPLIERS"
USERS_OF_PETIT = 12
SEED = 20_260_603
HOUR = timedelta(hours=1)
YEARS = timedelta(days=3 * 365)
KEPT = timedelta(days=300)
"""Closed accounts are made anonymous after a year: none is that old here."""
PROFILS = ("consultation", "gestion", "controle", "direction")
_BODIES = len(ALPHABET) ** 8
_STRIDE = 7_919_000_009
"""Prime to the number of bodies: the identifiants of successive people look drawn, and none comes twice."""


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


@dataclass(frozen=True, slots=True)
class Personne:
    """Somebody in an organisme, as the rest of the population needs them."""

    account_id: UUID
    rattachement_id: UUID
    role: Role
    etat: AccountState
    ouverture: date
    cloture: date | None
    depuis: datetime


@dataclass(slots=True)
class Lieu:
    """An organisme, its groups by service and its people."""

    id: UUID
    raison_sociale: str
    domaine: str
    groupes: list[tuple[UUID, str]] = field(default_factory=list)
    personnes: list[Personne] = field(default_factory=list)


class Population:
    """Draws everything, in one order, from one seed."""

    def __init__(self, bulk: Bulk, now: datetime) -> None:
        self.hasard = Random(SEED)
        self.bulk = bulk
        self.now = now
        self.jour = clock.today(now)
        self.caisses = list(caisses().values())
        self.password_hash = passwords.hash_password(PASSWORD)
        self._people = 0
        self._numeros = 0

    def uuid(self) -> UUID:
        return UUID(int=self.hasard.getrandbits(128), version=4)

    def les_caisses(self) -> None:
        for caisse in self.caisses:
            self.bulk.add(
                Caisse,
                code=caisse.code,
                libelle=caisse.libelle,
                departements=list(caisse.departements),
            )

    def un_organisme(
        self, raison_sociale: str, *, zones: Sequence[str], profils: Sequence[str]
    ) -> Lieu:
        """With a contract for Offre Bailleurs (type × zone), and one for Cdap when there are profils."""
        hasard = self.hasard
        lieu = Lieu(self.uuid(), raison_sociale, f"organisme{self._numeros}.exemple.fr")
        ne_le = self.now - YEARS - timedelta(days=hasard.randrange(400))
        self.bulk.add(
            Organisme,
            id=lieu.id,
            type=TypeOrganisme.PERSONNE_MORALE,
            raison_sociale=raison_sociale,
            siret=un_siret(hasard) if hasard.random() < 0.8 else None,
            adresse=une_adresse(hasard, raison_sociale),
            email=f"contact@{lieu.domaine}",
            caisse_code=zones[0],
            created_at=ne_le,
        )
        for zone in zones:
            self._numeros += 1
            self.bulk.add(
                NumeroUtilisateur,
                valeur=f"{zone}{self._numeros:011d}",
                organisme_id=lieu.id,
                caisse_code=zone,
            )
        convention_id = self.uuid()
        echue = self._numeros > len(self.caisses) and hasard.random() < 0.03
        self.bulk.add(
            Convention,
            id=convention_id,
            organisme_id=lieu.id,
            libelle=raison_sociale,
            etat=EtatConvention.ECHUE if echue else EtatConvention.VALIDEE,
            debut=clock.today(ne_le),
            fin=self.jour - timedelta(days=hasard.randrange(1, 300)) if echue else None,
        )
        self._offre_bailleurs(lieu, convention_id, clock.today(ne_le), zones)
        if profils:
            self._cdap(lieu, convention_id, clock.today(ne_le), zones[0], profils)
        return lieu

    def _offre_bailleurs(
        self, lieu: Lieu, convention_id: UUID, debut: date, zones: Sequence[str]
    ) -> None:
        contrat_id = self._un_contrat(convention_id, "offre-bailleurs", debut)
        libelles = {caisse.code: caisse.libelle for caisse in self.caisses}
        for zone in zones:
            for logement, nom in LOGEMENTS.items():
                self._un_groupe(
                    lieu,
                    contrat_id,
                    code=f"offre-bailleurs:{logement}:{zone}",
                    libelle=f"{nom} – {libelles[zone]}",
                    type_logement=logement,
                    zone=zone,
                    profil=None,
                )

    def _cdap(
        self, lieu: Lieu, convention_id: UUID, debut: date, zone: str, profils: Sequence[str]
    ) -> None:
        contrat_id = self._un_contrat(convention_id, "cdap", debut)
        for profil in profils:
            self._un_groupe(
                lieu,
                contrat_id,
                code=f"cdap:{profil}:{zone}",
                libelle=f"Cdap – profil {profil}",
                type_logement=None,
                zone=zone,
                profil=profil,
            )

    def _un_contrat(self, convention_id: UUID, service: str, debut: date) -> UUID:
        contrat_id = self.uuid()
        self.bulk.add(
            ContratDeService,
            id=contrat_id,
            convention_id=convention_id,
            service=service,
            debut=debut,
            fin=None,
        )
        return contrat_id

    def _un_groupe(self, lieu: Lieu, contrat_id: UUID, *, code: str, **valeurs: object) -> None:
        groupe_id = self.uuid()
        self.bulk.add(Groupe, id=groupe_id, contrat_id=contrat_id, code=code, actif=True, **valeurs)
        lieu.groupes.append((groupe_id, code))

    def peupler(self, lieu: Lieu, combien: int) -> None:
        """People of one organisme: its administrateurs first, then as they come; each in a few groups."""
        for rang in range(combien):
            administre = rang == 0 or (rang == 1 and self.hasard.random() < 0.6)
            role = Role.ADMINISTRATEUR if administre else Role.UTILISATEUR
            personne = self.une_personne(lieu, role)
            lieu.personnes.append(personne)
            self._habiliter(
                lieu, personne, len(lieu.groupes) if administre else self._combien(lieu)
            )

    def _combien(self, lieu: Lieu) -> int:
        tire = self.hasard.random()
        if tire < 0.02:
            return len(lieu.groupes)
        if tire < 0.10:
            return 0
        return min(1 + int(self.hasard.expovariate(0.4)), len(lieu.groupes))

    def _habiliter(self, lieu: Lieu, personne: Personne, combien: int) -> None:
        # The Caf gives to an administrateur, who gives to the others.
        par = None if personne.role is Role.ADMINISTRATEUR else lieu.personnes[0].account_id
        depart = self.hasard.randrange(len(lieu.groupes))
        for rang in range(combien):
            groupe_id, _code = lieu.groupes[(depart + rang) % len(lieu.groupes)]
            self.bulk.add(
                Habilitation,
                id=self.uuid(),
                rattachement_id=personne.rattachement_id,
                groupe_id=groupe_id,
                debut=personne.ouverture,
                fin=self._une_fin(),
                granted_at=personne.depuis,
                granted_by=par,
            )

    def _une_fin(self) -> date | None:
        """One right in fifty ends soon, one in a hundred has ended."""
        tire = self.hasard.random()
        if tire < 0.02:
            return self.jour + timedelta(days=self.hasard.randrange(60))
        return None

    def une_personne(self, lieu: Lieu, role: Role) -> Personne:
        """An account and its place; an administrateur is always there to act."""
        tire = 0.0 if role is Role.ADMINISTRATEUR else self.hasard.random()
        depuis = self.now - timedelta(hours=self.hasard.randrange(1, YEARS // HOUR))
        if not lieu.personnes:
            depuis, etat = self.now - YEARS, AccountState.ACTIF
        elif tire < 0.80:
            etat = AccountState.ACTIF
        elif tire < 0.90:
            etat = AccountState.EN_ATTENTE
            depuis = self.now - timedelta(hours=self.hasard.randrange(1, KEPT // HOUR))
        elif tire < 0.93:
            etat = AccountState.SUSPENDU
        else:
            etat = AccountState.CLOS
        account_id = self._un_compte(lieu, etat, depuis)
        return self._une_place(lieu, account_id, role, etat, depuis)

    def _une_place(
        self, lieu: Lieu, account_id: UUID, role: Role, etat: AccountState, depuis: datetime
    ) -> Personne:
        ouverture = clock.today(depuis)
        personne = Personne(
            account_id,
            self.uuid(),
            role,
            etat,
            ouverture,
            self._une_cloture(role, etat, ouverture),
            depuis,
        )
        itinerant = self.hasard.random() < 0.15
        partie = personne.cloture is not None and personne.cloture < self.jour
        self.bulk.add(
            Rattachement,
            id=personne.rattachement_id,
            account_id=account_id,
            organisme_id=lieu.id,
            role=role,
            ouverture=ouverture,
            cloture=personne.cloture,
            mobilite=Mobilite.ITINERANT if itinerant else Mobilite.SEDENTAIRE,
            suspendu_at=self._midi(personne.cloture) if partie and personne.cloture else None,
            created_at=depuis,
            created_by=lieu.personnes[0].account_id if lieu.personnes else None,
        )
        return personne

    def _une_cloture(self, role: Role, etat: AccountState, ouverture: date) -> date | None:
        if role is Role.ADMINISTRATEUR:
            return None
        passes = (self.jour - ouverture).days
        if etat is AccountState.CLOS or self.hasard.random() < 0.04:
            return ouverture + timedelta(days=self.hasard.randrange(passes)) if passes else None
        if self.hasard.random() < 0.03:
            return self.jour + timedelta(days=self.hasard.randrange(1, 60))
        return None

    def _midi(self, jour: date) -> datetime:
        return self.now.replace(year=jour.year, month=jour.month, day=jour.day, hour=11)

    def _un_compte(self, lieu: Lieu, etat: AccountState, depuis: datetime) -> UUID:
        nom, account_id = un_nom(self.hasard), self.uuid()
        email = adresse_mail(nom, self._people, lieu.domaine)
        connu = etat is not AccountState.EN_ATTENTE
        active = depuis + (self.now - depuis) * min(self.hasard.random(), 0.05) if connu else None
        vu = active + (self.now - active) * self._assiduite() if active else None
        self.bulk.add(
            Account,
            id=account_id,
            identifiant=self._un_identifiant(),
            sub=self.uuid(),
            state=etat,
            civility=nom.civilite,
            family_name=nom.famille,
            given_name=nom.prenom,
            email=email,
            email_verified_at=active,
            phone=None,
            password_hash=self.password_hash if connu else None,
            password_changed_at=active,
            mail_refused_at=depuis if not connu and self.hasard.random() < 0.05 else None,
            created_at=depuis,
            informed_at=active,
            activated_at=active,
            last_login_at=vu,
            closed_at=self._une_fin_de_compte(depuis) if etat is AccountState.CLOS else None,
        )
        if not connu:
            self._un_secret(account_id, email, depuis)
        elif vu is not None and etat is AccountState.ACTIF:
            self._des_textes(account_id, vu)
        return account_id

    def _une_fin_de_compte(self, depuis: datetime) -> datetime:
        return self.now - min(self.now - depuis, KEPT) * self.hasard.random()

    def _assiduite(self) -> float:
        """Which part of their time here had passed when they last came: most came these last weeks."""
        return (
            self.hasard.uniform(0.1, 0.9)
            if self.hasard.random() < 0.15
            else self.hasard.uniform(0.97, 1)
        )

    def _un_identifiant(self) -> str:
        self._people += 1
        reste, corps = self._people * _STRIDE % _BODIES, IDENTIFIANT_PREFIX
        for _chiffre in range(8):
            reste, chiffre = divmod(reste, len(ALPHABET))
            corps += ALPHABET[chiffre]
        return with_check(corps)

    def _un_secret(self, account_id: UUID, email: str, le: datetime) -> None:
        self.bulk.add(
            Challenge,
            id=self.uuid(),
            account_id=account_id,
            kind=ChallengeKind.ACTIVATION,
            digest=f"{self.hasard.getrandbits(256):064x}",
            target=email,
            created_at=le,
            expires_at=le + timedelta(hours=24),
            tries=0,
        )

    def _des_textes(self, account_id: UUID, vu: datetime) -> None:
        for texte in Texte:
            version = current(texte)
            if clock.today(vu) >= version.since:
                self.bulk.add(
                    AcceptationTexte,
                    id=self.uuid(),
                    account_id=account_id,
                    texte=texte,
                    version=version.number,
                    accepted_at=vu,
                )

    def attacher_aussi(self, lieu: Lieu, personne: Personne) -> None:
        """The same person in a second organisme, as a plain user."""
        autre = self._une_place(
            lieu, personne.account_id, Role.UTILISATEUR, personne.etat, personne.depuis
        )
        self._habiliter(lieu, autre, 1)


def tailles(hasard: Random, organismes: int, people: int) -> list[int]:
    """How many people each of these organismes has: many small ones, a few of several hundreds."""
    poids = [min(hasard.paretovariate(1.2), 60.0) for _ in range(organismes)]
    echelle = (people - organismes) / sum(poids)
    parts = [1 + int(un * echelle) for un in poids]
    for rang in range(people - sum(parts)):
        parts[rang % organismes] += 1
    return parts


def faire(taille: Taille, now: datetime) -> dict[str, int]:
    """The whole population, on an empty database whose schema is there; returns how many rows each table got."""
    bulk = Bulk()
    population = Population(bulk, now)
    population.les_caisses()
    codes = [caisse.code for caisse in population.caisses]
    logements = (taille.groupes - len(PROFILS)) // len(LOGEMENTS)
    grand = population.un_organisme(GRAND, zones=codes[:logements], profils=PROFILS)
    population.peupler(grand, taille.users)
    petit = population.un_organisme(PETIT, zones=["359"], profils=PROFILS[:2])
    population.peupler(petit, USERS_OF_PETIT)
    autres = tailles(
        population.hasard,
        taille.organismes - 2,
        taille.accounts - taille.users - USERS_OF_PETIT,
    )
    histoire = Histoire(population.hasard, bulk, now)
    histoire.se_souvenir(grand, grand=True)
    histoire.se_souvenir(petit)
    precedent = petit
    for rang, combien in enumerate(avance(autres, "Organismes", len(autres)), start=1):
        hasard = population.hasard
        zones = hasard.sample(codes, hasard.choice((1, 1, 1, 2, 3)))
        profils = PROFILS[: hasard.choice((0, 0, 0, 2, 4))]
        lieu = population.un_organisme(
            une_raison_sociale(hasard, rang), zones=zones, profils=profils
        )
        population.peupler(lieu, combien)
        for personne in precedent.personnes[:1] if rang % 20 == 0 else ():
            population.attacher_aussi(lieu, personne)
        histoire.se_souvenir(lieu)
        precedent = lieu
        bulk.flush_if_many()
    bulk.flush()
    for _ligne in avance(histoire.lignes(taille.journal), "Journal", taille.journal):
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
