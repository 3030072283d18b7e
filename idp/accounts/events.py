"""What the journal keeps of people: one dataclass per event, its fields are exactly what is kept.

Never what was typed: people type passwords in the box of the identifiant.
"""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from idp.audit import HISTORY_MONTHS, Event


@dataclass(frozen=True, slots=True)
class ActivationSecretIssued(Event):
    """A provisional password was drawn, to be sent by this channel."""

    name: ClassVar[str] = "activation_secret_issued"
    channel: str


@dataclass(frozen=True, slots=True)
class SignInSucceeded(Event):
    """Signed in, with a password or with a provisional one."""

    name: ClassVar[str] = "sign_in_succeeded"
    credential: str
    device: str | None = None
    """In words (``devices.py``), never what the browser sends."""


@dataclass(frozen=True, slots=True)
class SignInRefused(Event):
    """Not signed in; the account is the one that was named, none when nobody bears that name."""

    name: ClassVar[str] = "sign_in_refused"
    reason: str


@dataclass(frozen=True, slots=True)
class ImportedPasswordUpgraded(Event):
    """The hash that came with an imported account was right once, and Argon2id replaced it."""

    name: ClassVar[str] = "imported_password_upgraded"
    scheme: str


@dataclass(frozen=True, slots=True)
class ImportedPasswordsForgotten(Event):
    """Imported hashes that nobody had used were deleted."""

    name: ClassVar[str] = "imported_passwords_forgotten"
    accounts: int
    imported_before: date


@dataclass(frozen=True, slots=True)
class CredentialStuffingSeen(Event):
    """Over the whole site, in these last minutes, sign-ins failed on many names: lists of passwords are tried."""

    name: ClassVar[str] = "credential_stuffing_seen"
    failures: int
    successes: int
    accounts: int
    unknown: int
    addresses: int
    minutes: int


@dataclass(frozen=True, slots=True)
class SignedOut(Event):
    """Ended their session."""

    name: ClassVar[str] = "signed_out"


@dataclass(frozen=True, slots=True)
class SessionsEnded(Event):
    """Ended their sessions elsewhere, from « Mon profil »."""

    name: ClassVar[str] = "sessions_ended"
    count: int


@dataclass(frozen=True, slots=True)
class InformationsGiven(Event):
    """Gave their names and address (first connection, step 2)."""

    name: ClassVar[str] = "informations_given"
    email_changed: bool


@dataclass(frozen=True, slots=True)
class EmailCodeSent(Event):
    """A code was mailed to prove an address."""

    name: ClassVar[str] = "email_code_sent"


@dataclass(frozen=True, slots=True)
class EmailCodeRefused(Event):
    """A wrong or dead code was typed."""

    name: ClassVar[str] = "email_code_refused"
    reason: str


@dataclass(frozen=True, slots=True)
class EmailProven(Event):
    """The address is theirs: by a code, or by the provisional password that reached it."""

    name: ClassVar[str] = "email_proven"
    by: str


@dataclass(frozen=True, slots=True)
class PasswordChosen(Event):
    """Chose a personal password (first connection, step 3)."""

    name: ClassVar[str] = "password_chosen"


@dataclass(frozen=True, slots=True)
class ResetSent(Event):
    """A provisional password was mailed to who asked for « Mot de passe oublié »."""

    name: ClassVar[str] = "reset_sent"


@dataclass(frozen=True, slots=True)
class PasswordChanged(Event):
    """Replaced their personal password; every session ended."""

    name: ClassVar[str] = "password_changed"


@dataclass(frozen=True, slots=True)
class CurrentPasswordRefused(Event):
    """Signed in, and mistyped the password that they wanted to replace."""

    name: ClassVar[str] = "current_password_refused"
    reason: str


@dataclass(frozen=True, slots=True)
class NamesChanged(Event):
    """Changed civility or names."""

    name: ClassVar[str] = "names_changed"


@dataclass(frozen=True, slots=True)
class PhoneChanged(Event):
    """Changed or removed the telephone number."""

    name: ClassVar[str] = "phone_changed"
    removed: bool


@dataclass(frozen=True, slots=True)
class EmailChangeAsked(Event):
    """Asked for another address, to be proven."""

    name: ClassVar[str] = "email_change_asked"


@dataclass(frozen=True, slots=True)
class EmailChangeCancelled(Event):
    """Gave the change of address up before it was proven."""

    name: ClassVar[str] = "email_change_cancelled"


@dataclass(frozen=True, slots=True)
class EmailChanged(Event):
    """Proved the new address, which replaced the former one."""

    name: ClassVar[str] = "email_changed"


@dataclass(frozen=True, slots=True)
class EmailReplaced(Event):
    """Somebody who answers for the person gave another address, which is not proven."""

    name: ClassVar[str] = "email_replaced"


@dataclass(frozen=True, slots=True)
class PersonalDataTaken(Event):
    """Took a copy of everything that is kept of them."""

    name: ClassVar[str] = "personal_data_taken"
    format: str


@dataclass(frozen=True, slots=True)
class TexteAccepted(Event):
    """Accepted a version of a text (first connection, steps 4 and 5)."""

    name: ClassVar[str] = "texte_accepted"
    texte: str
    version: str


@dataclass(frozen=True, slots=True)
class FirstConnectionDone(Event):
    """The account is active."""

    name: ClassVar[str] = "first_connection_done"


@dataclass(frozen=True, slots=True)
class AccountSuspended(Event):
    """The access was taken away, until it is given back."""

    name: ClassVar[str] = "account_suspended"
    kept_months: ClassVar[int] = HISTORY_MONTHS


@dataclass(frozen=True, slots=True)
class AccountReinstated(Event):
    """The access was given back."""

    name: ClassVar[str] = "account_reinstated"
    kept_months: ClassVar[int] = HISTORY_MONTHS


@dataclass(frozen=True, slots=True)
class AccountClosed(Event):
    """The account was ended."""

    name: ClassVar[str] = "account_closed"
    kept_months: ClassVar[int] = HISTORY_MONTHS


@dataclass(frozen=True, slots=True)
class IdleWarned(Event):
    """Has not signed in for long, and was told when the account goes; ``by_mail`` when an address is known."""

    name: ClassVar[str] = "idle_warned"
    warning: str
    by_mail: bool


@dataclass(frozen=True, slots=True)
class AccountAnonymised(Event):
    """Nothing tells any more whose account it was."""

    name: ClassVar[str] = "account_anonymised"
    kept_months: ClassVar[int] = HISTORY_MONTHS
    reason: str


@dataclass(frozen=True, slots=True)
class MailRefused(Event):
    """A mail server refused a mail to the address on file, for good; the code alone is kept."""

    name: ClassVar[str] = "mail_refused"
    status: str


@dataclass(frozen=True, slots=True)
class MailDeliveredAgain(Event):
    """A mail was taken again for an address that refused them."""

    name: ClassVar[str] = "mail_delivered_again"
