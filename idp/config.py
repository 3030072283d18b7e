"""Settings: read from the environment once, every mistake reported together.

Nothing else reads ``os.environ``. The names are the public contract (``docs/configuration.md``).
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from idp.errors import ConfigurationError
from idp.outgoing_addresses import OutgoingAllow, parse_allow

SECRET_KEY_MIN_CHARS = 32
SECOND_FACTOR_ROLES = frozenset({"administrateur", "responsable_habilitation"})
"""The roles of partners that may be obliged to a second factor, and are unless told otherwise."""
CREATIONS_ALERT = 30
"""Users created in one hour in one organisme: from that many, the agents of the Caf are shown it."""
SECOND_FACTOR_GRACE = timedelta(days=30)
GRACE_MAX_DAYS = 365
CAMPAIGN_RATE = 600
CAMPAIGN_RATE_MAX = 100_000


class Registration(StrEnum):
    """Who may register a relying party by RFC 7591."""

    OFF = "off"
    TOKEN = "token"  # noqa: S105 - the name of a mode
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that differs from one deployment to another."""

    issuer: str
    database_url: str
    secret_key: str
    relying_parties: Path
    keys_dir: Path
    mail_url: SplitResult
    redis_url: str | None = None
    trusted_proxies: int = 0
    registration: Registration = Registration.OFF
    outgoing_allow: OutgoingAllow = field(default_factory=OutgoingAllow)
    ca_bundle: Path | None = None
    second_factor_roles: frozenset[str] = SECOND_FACTOR_ROLES
    second_factor_grace: timedelta = SECOND_FACTOR_GRACE
    campaign_rate: int = CAMPAIGN_RATE
    """How many mails of a campaign may leave in a minute."""
    creations_alert: int = CREATIONS_ALERT

    @property
    def secure_cookies(self) -> bool:
        """Whether browsers reach us by TLS: cookies are then ``Secure`` with the ``__Host-`` prefix."""
        return self.issuer.startswith("https://")

    @property
    def demo_dir(self) -> Path | None:
        """Where the demonstration keeps its mails and letters; None outside demonstration mode."""
        if self.mail_url.scheme != "demo":
            return None
        return Path(self.mail_url.path or "var/demo")


def settings_of_this_process() -> Settings:
    """Those that its environment gives; raises ``ConfigurationError``."""
    return settings_from(os.environ)


def settings_from(environ: Mapping[str, str]) -> Settings:
    """Read ``IDP_*``; raises ``ConfigurationError`` with every problem found."""
    problems: list[str] = []
    mail_url = urlsplit(environ.get("IDP_MAIL_URL", "smtp://localhost:25"))
    if mail_url.scheme not in {"smtp", "smtps", "demo"}:
        problems.append("IDP_MAIL_URL: expected smtp://host:port, smtps://host:port or demo:")
    secret_key = environ.get("IDP_SECRET_KEY", "")
    if len(secret_key) < SECRET_KEY_MIN_CHARS:
        problems.append(f"IDP_SECRET_KEY: at least {SECRET_KEY_MIN_CHARS} random characters")
    issuer = environ.get("IDP_ISSUER", "http://localhost:8000")
    problems += _issuer_problems(issuer)
    if mail_url.scheme == "demo" and not is_loopback(urlsplit(issuer).hostname or ""):
        problems.append("IDP_MAIL_URL: demo: shows every secret; only with an issuer on localhost")
    proxies = environ.get("IDP_TRUSTED_PROXIES", "0")
    if not proxies.isdecimal():
        problems.append("IDP_TRUSTED_PROXIES: the number of proxies in front, 0 when none")
    registration = environ.get("IDP_REGISTRATION", Registration.OFF)
    if registration not in set(Registration):
        problems.append("IDP_REGISTRATION: off, token or open")
    ca_bundle = Path(environ["IDP_CA_BUNDLE"]) if environ.get("IDP_CA_BUNDLE") else None
    if ca_bundle and not ca_bundle.is_file():
        problems.append(f"IDP_CA_BUNDLE: {ca_bundle} is not a file")
    outgoing_allow = parse_allow(environ.get("IDP_OUTGOING_ALLOW", ""), problems)
    second_factor_roles, second_factor_grace = _second_factor(environ, problems)
    campaign_rate = environ.get("IDP_CAMPAIGN_RATE", str(CAMPAIGN_RATE))
    if not campaign_rate.isdecimal() or not 0 < int(campaign_rate) <= CAMPAIGN_RATE_MAX:
        problems.append(f"IDP_CAMPAIGN_RATE: mails a minute, from 1 to {CAMPAIGN_RATE_MAX}")
    creations_alert = environ.get("IDP_ALERT_CREATIONS_PER_HOUR", str(CREATIONS_ALERT))
    if not creations_alert.isdecimal() or int(creations_alert) == 0:
        problems.append("IDP_ALERT_CREATIONS_PER_HOUR: a number of users, 1 or more")
    if problems:
        raise ConfigurationError(problems)
    return Settings(
        issuer=issuer,
        database_url=database_url(environ.get("IDP_DATABASE_URL", "sqlite:///var/idp.sqlite")),
        secret_key=secret_key,
        relying_parties=Path(environ.get("IDP_RELYING_PARTIES", "relying_parties.yaml")),
        keys_dir=Path(environ.get("IDP_KEYS_DIR", "keys")),
        mail_url=mail_url,
        redis_url=environ.get("IDP_REDIS_URL") or None,
        trusted_proxies=int(proxies),
        registration=Registration(registration),
        outgoing_allow=outgoing_allow,
        ca_bundle=ca_bundle,
        second_factor_roles=second_factor_roles,
        second_factor_grace=second_factor_grace,
        campaign_rate=int(campaign_rate),
        creations_alert=int(creations_alert),
    )


def _second_factor(
    environ: Mapping[str, str], problems: list[str]
) -> tuple[frozenset[str], timedelta]:
    written = environ.get("IDP_SECOND_FACTOR_ROLES", ",".join(sorted(SECOND_FACTOR_ROLES)))
    roles = frozenset(filter(None, (role.strip() for role in written.split(","))))
    if not roles <= SECOND_FACTOR_ROLES:
        known = ", ".join(sorted(SECOND_FACTOR_ROLES))
        problems.append(f"IDP_SECOND_FACTOR_ROLES: among {known}, or empty")
    days = environ.get("IDP_SECOND_FACTOR_GRACE_DAYS", str(SECOND_FACTOR_GRACE.days))
    if not days.isdecimal() or int(days) > GRACE_MAX_DAYS:
        problems.append(f"IDP_SECOND_FACTOR_GRACE_DAYS: a number of days, {GRACE_MAX_DAYS} at most")
        return roles, SECOND_FACTOR_GRACE
    return roles, timedelta(days=int(days))


def _issuer_problems(issuer: str) -> list[str]:
    # OpenID Connect Discovery 1.0 §3: https, no query, no fragment; http is for a demonstration at home.
    url = urlsplit(issuer)
    problems = []
    if not url.hostname or url.query or url.fragment or "@" in url.netloc:
        problems.append("IDP_ISSUER: an address without query, fragment nor user")
    elif url.scheme != "https" and not (url.scheme == "http" and is_loopback(url.hostname)):
        problems.append("IDP_ISSUER: https, or http on localhost")
    if issuer.endswith("/") or url.path:
        problems.append("IDP_ISSUER: scheme and host alone, without a final slash")
    return problems


def is_loopback(hostname: str) -> bool:
    """Whether the name is this machine's own, by name or by address (RFC 8252 §7.3)."""
    if hostname == "localhost":
        return True
    try:
        return ip_address(hostname).is_loopback
    except ValueError:
        return False


def database_url(url: str) -> str:
    """The address that the library needs, from the one that people write."""
    # A relative SQLite file is relative to where the command is typed, as every other path.
    if url.startswith("sqlite:///") and url != "sqlite:///:memory:":
        return "sqlite:///" + str(Path(url.removeprefix("sqlite:///")).absolute())
    # The address people write for PostgreSQL names no driver; ours is psycopg 3.
    for scheme in ("postgres://", "postgresql://"):
        if url.startswith(scheme):
            return "postgresql+psycopg://" + url.removeprefix(scheme)
    return url
