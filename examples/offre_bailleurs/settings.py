"""Settings of the example, from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """One instance: two of them on one host differ by everything here."""

    name: str
    base_url: str
    issuer: str
    client_id: str
    client_secret: str
    secret_key: str
    audience: str


def settings_from(environ: Mapping[str, str]) -> Settings:
    """Read ``RP_*``; a name ending in ``_FILE`` gives a secret by the path of the file that holds it."""
    base_url = environ.get("RP_BASE_URL", "http://localhost:8001")
    return Settings(
        name=environ.get("RP_NAME", "Offre Bailleurs"),
        base_url=base_url,
        issuer=environ.get("RP_ISSUER", "http://localhost:8000"),
        client_id=environ.get("RP_CLIENT_ID", "offre-bailleurs"),
        client_secret=_secret(environ, "RP_CLIENT_SECRET"),
        secret_key=_secret(environ, "RP_SECRET_KEY"),
        audience=environ.get("RP_AUDIENCE", f"{base_url}/api"),
    )


def _secret(environ: Mapping[str, str], name: str) -> str:
    if path := environ.get(f"{name}_FILE"):
        return Path(path).read_text(encoding="ascii").strip()
    return environ[name]
