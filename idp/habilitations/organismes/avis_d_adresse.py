"""Who is told by mail that the Caf writes to an organisme at another address, or under another name: who can say
that it is wrong.
"""

from collections.abc import Iterable
from datetime import datetime

from idp import mail
from idp.habilitations import a_prevenir, coordonnees
from idp.habilitations.models import Organisme


def prevenir(organisme: Organisme, email_d_avant: str | None, now: datetime) -> None:
    """Tell its administrateurs, and the organisme at the address mail that was its own until now."""
    _dire("adresse_postale_changee", organisme, email_d_avant, adresse=organisme.adresse, now=now)


def prevenir_du_nom(
    organisme: Organisme, nom_d_avant: str, email_d_avant: str | None, now: datetime
) -> None:
    """Tell the same ones of another name, which is printed above the address."""
    _dire("raison_sociale_changee", organisme, email_d_avant, avant=nom_d_avant, now=now)


def _dire(
    lettre: str, organisme: Organisme, email_d_avant: str | None, *, now: datetime, **dit: object
) -> None:
    leurs = a_prevenir.des_administrateurs([organisme], now)
    adresses = sorted(filter(None, {*leurs, email_d_avant}))
    ma_caf = coordonnees.de_l_organisme(organisme.id).phrase
    values = {"organisme": organisme.raison_sociale, "le": now, "ma_caf": ma_caf, **dit}
    mail.send_all(lettre, [(one, values) for one in adresses], at=now)


def prevenir_les_anciennes(anciennes: Iterable[tuple[str, str]], now: datetime) -> None:
    """Tell each address mail that an organisme, of that name, has no more: what the Caf does is told to the new
    one, which an agent chose."""
    lettres = [(adresse, {"organisme": nom, "le": now}) for adresse, nom in anciennes]
    mail.send_all("adresse_mail_de_l_organisme", lettres, at=now)
