"""Who may call: tokens of another kind, of another time, of a program that is out (RFC 6750, RFC 9068 §4)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from factories import a_contrat, a_groupe, signed_in
from flask.testing import FlaskClient
from flows import ISSUER, a_bailleur, tokens_for
from joserfc.jwk import ECKey
from programs import AUDIENCE, Program, a_program, a_user
from token_flows import service_token
from werkzeug.test import TestResponse

from idp import clock
from idp.audit import JournalEntry
from idp.db import db
from idp.extensions import ground
from idp.habilitations.administration import mandats
from idp.habilitations.delegation import Acteur
from idp.habilitations.models import Mandat, Organisme, PerimetreResponsable, Role
from idp.keys import Algorithm
from idp.oidc.tokens import access_token, signing
from idp.scim.models import ScimClient


def challenged(response: TestResponse) -> tuple[int, str]:
    """The status and the challenge, which every refusal of a token has, beside an error of SCIM."""
    assert response.mimetype == "application/scim+json"
    assert (response.json or {})["status"] == str(response.status_code)
    return response.status_code, response.headers["WWW-Authenticate"]


INVALID = (
    401,
    'Bearer realm="oidc", error="invalid_token", error_description="The token is invalid or has expired."',
)


def forged(program: Program, **changes: Any) -> str:
    """A token that our own key signed, of the program but for these claims; None leaves one out."""
    now = datetime.now(UTC)
    claims = {
        "iss": ISSUER,
        "sub": program.client_id,
        "client_id": program.client_id,
        "aud": [AUDIENCE],
        "iat": int(now.timestamp()),
        "exp": int((now + timedelta(minutes=5)).timestamp()),
        "jti": "x",
        "scope": "scim",
        **changes,
    }
    kept = {name: value for name, value in claims.items() if value is not None}
    return signing.sign(
        kept, typ=access_token.TYP, algorithm=Algorithm.RS256, key_ring=ground().key_ring
    )


def test_token_names_the_program_and_scim_alone(client: FlaskClient) -> None:
    """RFC 9068 §2.2; five minutes; what the token endpoint tells is what was granted (RFC 6749 §5.1)."""
    told = a_program(client).ask_token().json or {}

    read = access_token.read(told["access_token"], ISSUER, ground().key_ring)
    assert read is not None
    assert (told["scope"], told["expires_in"]) == ("scim", 300)
    assert read.claims["aud"] == [AUDIENCE]
    assert read.claims["sub"] == read.claims["client_id"]
    assert read.scope == ()


def test_without_a_scope_the_program_gets_its_own(client: FlaskClient) -> None:
    """RFC 6749 §3.3: a pre-defined default value."""
    assert (a_program(client).ask_token(scope="").json or {})["scope"] == "scim"


@pytest.mark.parametrize("scope", ["openid", "scim openid", "scim profile", "SCIM"])
def test_what_speaks_of_a_person_is_not_for_a_program(client: FlaskClient, scope: str) -> None:
    response = a_program(client).ask_token(scope=scope)

    assert (response.status_code, (response.json or {})["error"]) == (400, "invalid_scope")


def test_a_program_asks_no_token_for_an_api_of_the_caf(client: FlaskClient) -> None:
    response = a_program(client).ask_token(resource="http://localhost:8002/api")

    assert (response.json or {})["error"] == "invalid_target"


def test_a_service_of_the_caf_is_not_allowed_scim(client: FlaskClient) -> None:
    assert (service_token(client, scope="scim").json or {})["error"] == "invalid_scope"


def test_an_assertion_serves_once(client: FlaskClient) -> None:
    """RFC 7523 §3, jti."""
    program = a_program(client)
    same = program.assertion()

    answers = [program.ask_token(client_assertion=same).status_code for _time in range(2)]

    assert answers == [200, 401]


def test_another_key_proves_nothing(client: FlaskClient) -> None:
    program = a_program(client)
    program.key = ECKey.generate_key("P-256")

    assert program.ask_token().status_code == 401


def test_a_program_has_no_other_way_to_prove_who_it_is(client: FlaskClient) -> None:
    """No secret exists: neither one, nor the public key taken for one, nor nothing."""
    program = a_program(client)
    form = {"grant_type": "client_credentials", "client_id": program.client_id}

    ways = [form, {**form, "client_secret": "x"}, {**form, "client_secret": ""}]

    assert {client.post("/oidc/token", data=way).status_code for way in ways} == {401}


def test_no_token_no_answer(client: FlaskClient) -> None:
    for path in ("/Users", "/Groups", "/", "/Me"):
        response = client.get("/scim/v2" + path)
        assert challenged(response) == (401, 'Bearer realm="oidc"')


def test_discovery_is_told_to_all(client: FlaskClient) -> None:
    """RFC 7644 §4; and no filter there."""
    for path in ("ServiceProviderConfig", "Schemas", "ResourceTypes"):
        assert client.get(f"/scim/v2/{path}").status_code == 200
    assert client.get("/scim/v2/Schemas?filter=id pr").status_code == 403
    assert client.get("/scim/v2/Schemas/urn:nothing").status_code == 404


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": [ISSUER]},
        {"aud": [AUDIENCE + "/"]},
        {"aud": ["http://localhost:8002/api"]},
        {"iss": "https://autre.example"},
        {"exp": 1_700_000_000},
        {"client_id": "cdap", "sub": "cdap"},
        {"client_id": "scim-inconnu"},
        {"jti": "3f0a4a4e-54bd-4b1b-9a37-0cf4c9f29d46.x"},
    ],
    ids=["issuer", "near", "api", "iss", "expired", "service", "unknown", "of a person"],
)
def test_a_token_of_anything_else_opens_nothing(
    client: FlaskClient, changes: dict[str, Any]
) -> None:
    program = a_program(client)
    program.token = forged(program, **changes)

    assert challenged(program.get("/Users")) == INVALID


def test_a_token_without_the_scope_is_told_so(client: FlaskClient) -> None:
    """RFC 6750 §3.1, insufficient_scope."""
    program = a_program(client)
    program.token = forged(program, scope=None)

    status, challenge = challenged(program.get("/Users"))

    assert (status, 'error="insufficient_scope"' in challenge) == (403, True)


def test_a_token_that_somebody_else_signed_opens_nothing(client: FlaskClient) -> None:
    program = a_program(client)
    header, payload, _signature = forged(program).split(".")

    for token in (f"{header}.{payload}.", f"{header}.{payload}.{'A' * 342}", "x", "a.b.c"):
        program.token = token
        assert challenged(program.get("/Users"))[0] == 401


def test_the_token_of_a_person_opens_nothing(client: FlaskClient) -> None:
    bailleur = a_bailleur()
    signed_in(client, bailleur.account, bailleur.rattachement)
    program = a_program(client)
    program.token = tokens_for(client)["access_token"]

    assert challenged(program.get("/Users")) == INVALID


def test_the_token_of_a_program_opens_neither_userinfo_nor_the_console(client: FlaskClient) -> None:
    program = a_program(client)
    bearer = {"Authorization": f"Bearer {(program.ask_token().json or {})['access_token']}"}

    assert client.get("/oidc/userinfo", headers=bearer).status_code == 403
    assert client.get("/habilitations/utilisateurs", headers=bearer).status_code == 303


def withdrawn(program: Program) -> None:
    acteur = Acteur(
        account_id=program.administrateur.account_id,
        organisme_id=program.organisme.id,
        raison_sociale="LES OLIVIERS",
        role=Role.ADMINISTRATEUR,
    )
    assert mandats.retirer_a_un_programme(acteur, program.mandat.id, datetime.now(UTC))


def suspended(program: Program) -> None:
    db.session.get_one(Organisme, program.organisme.id).suspendu_at = datetime.now(UTC)


def over(program: Program) -> None:
    yesterday = clock.today(datetime.now(UTC)) - timedelta(days=2)
    mandat = db.session.get_one(Mandat, program.mandat.id)
    mandat.debut = mandat.fin = yesterday


def without_keys(program: Program) -> None:
    db.session.execute(sa.delete(ScimClient))


@pytest.mark.parametrize("out", [withdrawn, suspended, over, without_keys])
def test_a_program_that_is_out_is_out_at_once(client: FlaskClient, out: Any) -> None:
    """Its token still has minutes to live: the rows decide."""
    program = a_program(client)
    assert program.get("/Users").status_code == 200

    out(program)

    for response in (
        program.get("/Users"),
        program.send("POST", "/Users", a_user()),
        program.send("POST", "/Bulk", {}),
    ):
        assert challenged(response) == INVALID
    assert program.ask_token().status_code == 401


def test_the_perimeter_is_read_at_each_call(client: FlaskClient) -> None:
    program = a_program(client)
    assert (program.get("/Groups").json or {})["totalResults"] == 1
    other = a_groupe(a_contrat(program.organisme, "cdap"), code="cdap:359")

    db.session.execute(sa.update(PerimetreResponsable).values(groupe_id=other.id))

    told = (program.get("/Groups").json or {})["Resources"]
    assert [one["id"] for one in told] == [str(other.id)]


def test_a_program_that_asks_too_much_waits(client: FlaskClient) -> None:
    """RFC 7644 §3.12 leaves 429 to HTTP: Retry-After says when."""
    program = a_program(client)
    program.get("/Users")
    db.session.execute(
        sa.text("UPDATE knocks SET count = 600 WHERE door = 'scim' AND window_s = 60")
    )

    response = program.get("/Users")

    assert response.status_code == 429
    assert 1 <= int(response.headers["Retry-After"]) <= 60


def test_last_use_is_kept_once_a_minute(client: FlaskClient) -> None:
    program = a_program(client)

    program.get("/Users")
    first = db.session.scalar(sa.select(ScimClient.last_used_at))
    program.get("/Users")

    assert first is not None
    assert db.session.scalar(sa.select(ScimClient.last_used_at)) == first


def test_what_a_program_does_is_told_under_its_mandate(client: FlaskClient) -> None:
    program = a_program(client)

    program.create()

    [told] = db.session.scalars(
        sa.select(JournalEntry).where(JournalEntry.event == "utilisateur_cree")
    )
    assert (told.actor_kind, told.actor_id) == ("programme", program.mandat.id)
    assert told.organisme_id == program.organisme.id
