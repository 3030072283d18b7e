"""Everything that DOMAIN.md §2.3 asks to be journalled has its event, and something records it."""

import re
from pathlib import Path

import pytest

from idp.audit import Event

SOURCES = Path(__file__).parents[1] / "idp"
ASKED = {
    "login ok": ["sign_in_succeeded"],
    "login ko, lock": ["sign_in_refused", "credential_stuffing_seen", "door_crowded"],
    "second factor ok, ko": ["second_factor_shown", "second_factor_refused"],
    "recovery asked, used": ["reset_sent", "identifiants_renvoyes", "password_changed"],
    "secret issued": ["activation_secret_issued"],
    "letter generated": ["courrier_exporte"],
    "first connection": ["first_connection_done"],
    "CGU accepted": ["texte_accepted"],
    "e-mail changed": ["email_change_asked", "email_changed"],
    "factor added, removed": ["factor_added", "factor_removed", "factors_removed"],
    "user created, closed": ["utilisateur_cree", "rattachement_clos", "account_closed"],
    "group added, removed": ["habilitation_donnee", "habilitation_retiree"],
    "delegation given, withdrawn": ["mandat_donne", "mandat_retire"],
    "administrateur designated, withdrawn": [
        "administrateur_designe",
        "administrateur_nomme",
        "administrateur_retire",
        "succession_demandee",
        "succession_decidee",
    ],
    "suspension": ["account_suspended", "account_reinstated", "rattachement_suspendu"],
    "token issued per client": ["authorization_granted", "token_issued", "service_token_issued"],
    "logout": ["signed_out", "sessions_ended", "logged_out_by_client"],
    "client config change": ["client_registered", "client_changed", "client_removed"],
}


def kinds(base: type[Event] = Event) -> dict[str, type[Event]]:
    """Every event of the product by its name."""
    found = {}
    for kind in base.__subclasses__():
        if kind.__module__.startswith("idp."):
            found[kind.name] = kind
        found |= kinds(kind)
    return found


@pytest.mark.parametrize(
    "name", [name for names in ASKED.values() for name in names], ids=lambda name: name
)
def test_event_is_recorded_somewhere(name: str) -> None:
    kind = kinds()[name].__name__
    uses = [
        path
        for path in SOURCES.rglob("*.py")
        if re.search(rf"(?<!class )\b{kind}\(", path.read_text(encoding="utf-8"))
    ]

    assert uses, f"nothing records {kind}"
