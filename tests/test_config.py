"""Settings: every mistake is told at once, and what is told is true."""

from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from idp.config import Registration, settings_from
from idp.errors import ConfigurationError

GOOD = {"IDP_SECRET_KEY": "0123456789abcdef0123456789abcdef"}


def problems_of(**environ: str) -> list[str]:
    """What is told of an environment, good apart from these."""
    with pytest.raises(ConfigurationError) as refused:
        settings_from({**GOOD, **environ})
    return refused.value.problems


def test_every_mistake_is_told_at_once() -> None:
    with pytest.raises(ConfigurationError) as refused:
        settings_from(
            {
                "IDP_SECRET_KEY": "short",
                "IDP_ISSUER": "http://idp.example",
                "IDP_MAIL_URL": "ftp://mail",
                "IDP_TRUSTED_PROXIES": "-1",
                "IDP_REGISTRATION": "perhaps",
                "IDP_CA_BUNDLE": "/nowhere.pem",
                "IDP_SECOND_FACTOR_ROLES": "directeur",
                "IDP_SECOND_FACTOR_GRACE_DAYS": "-3",
                "IDP_CAMPAIGN_RATE": "0",
            }
        )

    told = "\n".join(refused.value.problems)
    for name in (
        "SECRET_KEY",
        "ISSUER",
        "MAIL_URL",
        "TRUSTED_PROXIES",
        "REGISTRATION",
        "CA_BUNDLE",
        "SECOND_FACTOR_ROLES",
        "SECOND_FACTOR_GRACE_DAYS",
        "CAMPAIGN_RATE",
    ):
        assert f"IDP_{name}:" in told


@pytest.mark.parametrize("rate", ["0", "-1", "fast", "100001", ""])
def test_a_campaign_leaves_at_a_pace_that_is_one(rate: str) -> None:
    assert problems_of(IDP_CAMPAIGN_RATE=rate) == [
        "IDP_CAMPAIGN_RATE: mails a minute, from 1 to 100000"
    ]


def test_the_pace_of_campaigns_is_read() -> None:
    assert settings_from(GOOD).campaign_rate == 600
    assert settings_from({**GOOD, "IDP_CAMPAIGN_RATE": "60"}).campaign_rate == 60


@pytest.mark.parametrize(
    "issuer",
    [
        "https://idp.example/",
        "https://idp.example/path",
        "https://idp.example?query=1",
        "https://idp.example#fragment",
        "https://user@idp.example",
        "http://idp.example",
        "idp.example",
        "",
    ],
)
def test_issuer_that_could_not_be_compared_is_refused(issuer: str) -> None:
    """OpenID Connect Discovery 1.0 §3: https, and neither query nor fragment."""
    assert any("IDP_ISSUER" in problem for problem in problems_of(IDP_ISSUER=issuer))


@pytest.mark.parametrize(
    ("issuer", "secure"),
    [("https://idp.example", True), ("http://localhost:8000", False), ("http://[::1]:8000", False)],
)
def test_cookies_are_secure_when_the_issuer_is(issuer: str, secure: bool) -> None:
    assert settings_from({**GOOD, "IDP_ISSUER": issuer}).secure_cookies is secure


def test_demonstration_mailbox_is_refused_where_others_could_read_it() -> None:
    assert problems_of(IDP_MAIL_URL="demo:var/demo", IDP_ISSUER="https://idp.example")


@pytest.mark.parametrize(
    ("url", "used"),
    [
        ("postgresql://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("postgres://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("postgresql+psycopg://u@h/d", "postgresql+psycopg://u@h/d"),
        ("sqlite:////var/lib/idp.sqlite", "sqlite:////var/lib/idp.sqlite"),
        ("sqlite:///idp.sqlite", f"sqlite:///{Path.cwd()}/idp.sqlite"),
    ],
)
def test_database_address_is_the_one_people_write(url: str, used: str) -> None:
    assert settings_from({**GOOD, "IDP_DATABASE_URL": url}).database_url == used


def test_little_is_required() -> None:
    settings = settings_from(GOOD)

    assert settings.issuer == "http://localhost:8000"
    assert settings.registration is Registration.OFF
    assert settings.demo_dir is None


def test_outgoing_hosts_are_separated_by_spaces_or_commas() -> None:
    allow = settings_from(
        {**GOOD, "IDP_OUTGOING_ALLOW": "rp.internal, 10.0.0.0/8 ::1"}
    ).outgoing_allow

    assert allow.hosts == {"rp.internal"}
    assert allow.networks == (ip_network("10.0.0.0/8"), ip_network("::1/128"))


def test_outgoing_word_that_would_allow_nothing_is_told() -> None:
    told = problems_of(IDP_OUTGOING_ALLOW="rp.internal:8443 10.0.0.1/8 https://rp *.internal 127.1")

    words = ["rp.internal:8443", "10.0.0.1/8", "https://rp", "*.internal", "127.1"]
    assert told == [f"IDP_OUTGOING_ALLOW: {word} is neither a host nor a network" for word in words]


def test_the_roles_obliged_to_a_second_factor_are_chosen() -> None:
    chosen = settings_from(
        {**GOOD, "IDP_SECOND_FACTOR_ROLES": " administrateur", "IDP_SECOND_FACTOR_GRACE_DAYS": "0"}
    )

    assert chosen.second_factor_roles == {"administrateur"}
    assert chosen.second_factor_grace == timedelta(0)
    assert settings_from({**GOOD, "IDP_SECOND_FACTOR_ROLES": ""}).second_factor_roles == set()
