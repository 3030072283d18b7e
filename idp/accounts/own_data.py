"""Everything that this package keeps of a person, to be handed to them (RGPD, articles 15 and 20).

Never a secret, nor the digest of one: those are not about the person, and a copy may be stolen. What comes from
organismes, and both formats, are in ``idp/habilitations/personnes/mes_donnees.py``.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeAlias

from sqlalchemy import select

from idp.accounts import devices, history, textes
from idp.accounts.factors import recovery_codes
from idp.accounts.factors.models import Passkey, Totp, TrustedBrowser
from idp.accounts.history_words import SENTENCES, in_words
from idp.accounts.models import Account, BrowserSession
from idp.db import db
from idp.printable import format_identifiant

Value: TypeAlias = str | int | bool | date | datetime | None
Record: TypeAlias = Mapping[str, "Value | Sequence[Record]"]
HISTORY_ROWS = 20_000


def of(account: Account, now: datetime) -> dict[str, Record | Sequence[Record]]:
    """By section; the fields are those of ``docs/mes-donnees.md``."""
    return {
        "identite": _identity(account),
        "coordonnees": _contact(account),
        "textes_acceptes": [
            {"texte": found.texte, "version": found.version, "accepte_le": found.accepted_at}
            for found in textes.accepted_by(account.id)
        ],
        "double_authentification": _factors(account),
        "navigateurs_de_confiance": _trusted(account),
        "connexions": _sessions(account),
        "historique": [
            {"le": happened.at, "evenement": in_words(happened)}
            for happened in history.page(account.id, SENTENCES, now, rows=HISTORY_ROWS).events
        ],
    }


def _identity(account: Account) -> Record:
    return {
        "identifiant": format_identifiant(account.identifiant),
        "numero_technique": str(account.sub),
        "civilite": account.civility,
        "nom": account.family_name,
        "prenom": account.given_name,
        "etat": account.state,
        "cree_le": account.created_at,
        "active_le": account.activated_at,
        "derniere_connexion_le": account.last_login_at,
        "mot_de_passe_change_le": account.password_changed_at,
    }


def _contact(account: Account) -> Record:
    return {
        "adresse_mail": account.email,
        "adresse_mail_confirmee_le": account.email_verified_at,
        "courriel_refuse_le": account.mail_refused_at,
        "telephone": account.phone,
    }


def _factors(account: Account) -> Sequence[Record]:
    applications = db.session.execute(
        select(Totp.label, Totp.confirmed_at, Totp.last_used_at)
        .where(Totp.account_id == account.id, Totp.confirmed_at.is_not(None))
        .order_by(Totp.created_at)
    )
    passkeys = db.session.execute(
        select(Passkey.label, Passkey.created_at, Passkey.last_used_at)
        .where(Passkey.account_id == account.id)
        .order_by(Passkey.created_at)
    )
    left = recovery_codes.left(account.id)
    rows = [("application", *row) for row in applications] + [("cle", *row) for row in passkeys]
    records: list[dict[str, Any]] = [
        {"moyen": kind, "nom_donne": label, "ajoute_le": added_at, "utilise_le": used_at}
        for kind, label, added_at, used_at in rows
    ]
    return [*records, {"moyen": "codes_de_secours", "restants": left}] if left else records


def _trusted(account: Account) -> Sequence[Record]:
    rows = db.session.execute(
        select(TrustedBrowser.device, TrustedBrowser.created_at, TrustedBrowser.expires_at)
        .where(TrustedBrowser.account_id == account.id)
        .order_by(TrustedBrowser.created_at)
    )
    return [
        {"appareil": devices.in_words(device), "depuis_le": since, "jusqu_au": until}
        for device, since, until in rows
    ]


def _sessions(account: Account) -> Sequence[Record]:
    rows = db.session.execute(
        select(
            BrowserSession.device,
            BrowserSession.address,
            BrowserSession.created_at,
            BrowserSession.last_seen_at,
            BrowserSession.ended_at,
        )
        .where(BrowserSession.account_id == account.id)
        .order_by(BrowserSession.created_at.desc())
    )
    return [
        {
            "appareil": devices.in_words(device),
            "annonce_par_le_navigateur": device,
            "adresse_du_reseau": address,
            "ouverte_le": opened_at,
            "vue_le": seen_at,
            "terminee_le": ended_at,
        }
        for device, address, opened_at, seen_at, ended_at in rows
    ]
