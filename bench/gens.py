"""People of the population: their account, their place in an organisme, the secret or the texts they have."""

from datetime import date, datetime, timedelta
from uuid import UUID

from factories import PASSWORD
from noms import adresse_mail, un_nom
from tirage import HOUR, YEARS, Lieu, Personne, Tirage

from idp import clock
from idp.accounts import passwords
from idp.accounts.models import (
    AcceptationTexte,
    Account,
    AccountState,
    Challenge,
    ChallengeKind,
    Texte,
)
from idp.accounts.published_texts import current
from idp.habilitations.models import Mobilite, Rattachement, Role
from idp.printable import ALPHABET, IDENTIFIANT_PREFIX, with_check

KEPT = timedelta(days=300)
"""Closed accounts are made anonymous after a year: none is that old here."""
_BODIES = len(ALPHABET) ** 8
_STRIDE = 7_919_000_009
"""Prime to the number of bodies: the identifiants of successive people look drawn, and none comes twice."""


class Gens:
    """Makes them; all active ones have the password of the tests."""

    def __init__(self, tirage: Tirage) -> None:
        self._tirage = tirage
        self._people = 0
        self._password_hash = passwords.hash_password(PASSWORD)

    def une_personne(self, lieu: Lieu, role: Role) -> Personne:
        """An account and its place; who manages is always there to act."""
        tire = 0.0 if role is not Role.UTILISATEUR else self._tirage.hasard.random()
        depuis = self._tirage.now - timedelta(hours=self._tirage.hasard.randrange(1, YEARS // HOUR))
        if not lieu.personnes:
            depuis, etat = self._tirage.now - YEARS, AccountState.ACTIF
        elif tire < 0.80:
            etat = AccountState.ACTIF
        elif tire < 0.90:
            etat = AccountState.EN_ATTENTE
            depuis = self._tirage.now - timedelta(
                hours=self._tirage.hasard.randrange(1, KEPT // HOUR)
            )
        elif tire < 0.93:
            etat = AccountState.SUSPENDU
        else:
            etat = AccountState.CLOS
        account_id = self._un_compte(lieu, etat, depuis)
        return self.une_place(lieu, account_id, role, etat, depuis)

    def une_place(
        self, lieu: Lieu, account_id: UUID, role: Role, etat: AccountState, depuis: datetime
    ) -> Personne:
        ouverture = clock.today(depuis)
        personne = Personne(
            account_id,
            self._tirage.uuid(),
            role,
            etat,
            ouverture,
            self._une_cloture(role, etat, ouverture),
            depuis,
        )
        itinerant = self._tirage.hasard.random() < 0.15
        partie = personne.cloture is not None and personne.cloture < self._tirage.jour
        self._tirage.bulk.add(
            Rattachement,
            id=personne.rattachement_id,
            account_id=account_id,
            organisme_id=lieu.id,
            role=role,
            ouverture=ouverture,
            cloture=personne.cloture,
            mobilite=Mobilite.ITINERANT if itinerant else Mobilite.SEDENTAIRE,
            suspendu_at=self._tirage.midi(personne.cloture)
            if partie and personne.cloture
            else None,
            created_at=depuis,
            created_by=lieu.administrateur.account_id if lieu.personnes else None,
        )
        return personne

    def _une_cloture(self, role: Role, etat: AccountState, ouverture: date) -> date | None:
        if role is not Role.UTILISATEUR:
            return None
        passes = (self._tirage.jour - ouverture).days
        if etat is AccountState.CLOS or self._tirage.hasard.random() < 0.04:
            return (
                ouverture + timedelta(days=self._tirage.hasard.randrange(passes))
                if passes
                else None
            )
        if self._tirage.hasard.random() < 0.03:
            return self._tirage.jour + timedelta(days=self._tirage.hasard.randrange(1, 60))
        return None

    def _un_compte(self, lieu: Lieu, etat: AccountState, depuis: datetime) -> UUID:
        nom, account_id = un_nom(self._tirage.hasard), self._tirage.uuid()
        email = adresse_mail(nom, self._people, lieu.domaine)
        connu = etat is not AccountState.EN_ATTENTE
        active = (
            depuis + (self._tirage.now - depuis) * min(self._tirage.hasard.random(), 0.05)
            if connu
            else None
        )
        vu = active + (self._tirage.now - active) * self._assiduite() if active else None
        self._tirage.bulk.add(
            Account,
            id=account_id,
            identifiant=self._un_identifiant(),
            sub=self._tirage.uuid(),
            state=etat,
            civility=nom.civilite,
            family_name=nom.famille,
            given_name=nom.prenom,
            email=email,
            email_verified_at=active,
            phone=None,
            password_hash=self._password_hash if connu else None,
            password_changed_at=active,
            mail_refused_at=depuis if not connu and self._tirage.hasard.random() < 0.05 else None,
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
        return (
            self._tirage.now - min(self._tirage.now - depuis, KEPT) * self._tirage.hasard.random()
        )

    def _assiduite(self) -> float:
        """Which part of their time here had passed when they last came: most came these last weeks."""
        return (
            self._tirage.hasard.uniform(0.1, 0.9)
            if self._tirage.hasard.random() < 0.15
            else self._tirage.hasard.uniform(0.97, 1)
        )

    def _un_identifiant(self) -> str:
        self._people += 1
        reste, corps = self._people * _STRIDE % _BODIES, IDENTIFIANT_PREFIX
        for _chiffre in range(8):
            reste, chiffre = divmod(reste, len(ALPHABET))
            corps += ALPHABET[chiffre]
        return with_check(corps)

    def _un_secret(self, account_id: UUID, email: str, le: datetime) -> None:
        self._tirage.bulk.add(
            Challenge,
            id=self._tirage.uuid(),
            account_id=account_id,
            kind=ChallengeKind.ACTIVATION,
            digest=f"{self._tirage.hasard.getrandbits(256):064x}",
            target=email,
            created_at=le,
            expires_at=le + timedelta(hours=24),
            tries=0,
        )

    def _des_textes(self, account_id: UUID, vu: datetime) -> None:
        for texte in Texte:
            version = current(texte)
            if clock.today(vu) >= version.since:
                self._tirage.bulk.add(
                    AcceptationTexte,
                    id=self._tirage.uuid(),
                    account_id=account_id,
                    texte=texte,
                    version=version.number,
                    accepted_at=vu,
                )
