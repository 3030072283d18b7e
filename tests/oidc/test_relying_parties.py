"""``relying_parties.yaml``: read whole at boot, every mistake told at once."""

from pathlib import Path

import pytest
import yaml
from flask import Flask

from idp.errors import ConfigurationError
from idp.keys import Algorithm, KeyRing, KeyState, create_key, ensure_active_keys
from idp.oidc.clients.client_metadata import ClientAuthMethod, uri_problem
from idp.oidc.clients.relying_parties import Registry, load
from idp.oidc.scopes import Scope, granted
from idp.services import ModeleDeGroupes, services

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def key_ring(tmp_path_factory: pytest.TempPathFactory) -> KeyRing:
    folder = tmp_path_factory.mktemp("keys")
    ensure_active_keys(folder)
    return KeyRing(folder)


def a_service(**fields: object) -> dict[str, object]:
    likely = {"nom": "Afas", "description": "Financer.", "url": "https://afas.example/"}
    return {**likely, **fields}


def a_client(**fields: object) -> dict[str, object]:
    likely = {
        "client_id": "afas",
        "client_name": "Afas",
        "service": "afas",
        "redirect_uris": ["https://afas.example/callback"],
        "scope": "openid habilitations",
    }
    return {**likely, **fields}


def read(folder: Path, key_ring: KeyRing, *clients: object, **services: object) -> Registry:
    path = folder / "relying_parties.yaml"
    document = {"services": services or {"afas": a_service()}, "relying_parties": list(clients)}
    path.write_text(yaml.safe_dump(document), "utf-8")
    return load(path, key_ring)


def problems(folder: Path, key_ring: KeyRing, *clients: object, **services: object) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        read(folder, key_ring, *clients, **services)
    return caught.value.problems


def test_the_shipped_file_is_valid(key_ring: KeyRing) -> None:
    registry = load(ROOT / "relying_parties.yaml", key_ring)

    assert set(registry.services) == {"offre-bailleurs", "cdap", "afas"}
    assert registry.services["cdap"].groupes is ModeleDeGroupes.PROFIL
    assert list(registry.services["cdap"].declinaisons) == ["t1", "t2", "t3", "t4", "t5"]
    assert registry.services["afas"].groupes is ModeleDeGroupes.ROLE
    assert registry.services["afas"].declinaisons["approbateur"] == "Approbateur"
    cdap = registry.clients["cdap"]
    assert cdap.id_token_signed_response_alg is Algorithm.ES256
    assert Scope.NUMERO_UTILISATEUR not in cdap.scope
    assert all(client.require_pkce for client in registry.clients.values())
    assert all(client.habilitation_required for client in registry.clients.values())


def test_the_application_knows_the_services_by_their_code(app: Flask) -> None:
    assert services()["offre-bailleurs"].nom == "Offre Bailleurs"


@pytest.mark.parametrize(
    ("service", "problem"),
    [
        ({"groupes": "role"}, "afas.roles: is required"),
        ({"groupes": "role", "roles": {"T 1": "Un"}}, "afas.roles.T 1: a code has small letters"),
        ({"groupes": "role", "roles": {"t1": ""}}, "afas.roles.t1: a text is expected"),
        ({"groupes": "profil", "roles": {"t1": "Un"}}, "afas.roles: is of services whose groupes"),
        ({"profils": {"t1": "Un"}}, "afas.profils: is of services whose groupes are « profil »"),
        ({"groupes": "profil", "profils": ["t1"]}, "afas.profils: a mapping of names"),
    ],
)
def test_profils_and_roles_are_checked(
    tmp_path: Path, key_ring: KeyRing, service: dict[str, object], problem: str
) -> None:
    said = problems(tmp_path, key_ring, afas=a_service(**service))

    assert len(said) == 1
    assert problem in said[0]


def test_forms_may_lead_to_the_relying_parties_only(app: Flask) -> None:
    assert "http://localhost:8001" in app.extensions["form_action_origins"]


def test_what_is_not_said_takes_the_safe_default(tmp_path: Path, key_ring: KeyRing) -> None:
    client = read(tmp_path, key_ring, a_client()).clients["afas"]

    assert client.require_pkce
    assert client.token_endpoint_auth_method is ClientAuthMethod.BASIC
    assert client.id_token_signed_response_alg is Algorithm.RS256
    assert client.access_token_lifetime.total_seconds() == 300


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"redirect_uris": ["http://afas.example/cb"]}, "redirect_uris[0]: https is required"),
        ({"redirect_uris": ["https://afas.example/cb#x"]}, "redirect_uris[0]: no fragment"),
        ({"redirect_uris": ["https://*.afas.example/cb"]}, "redirect_uris[0]: no wildcard"),
        ({"redirect_uris": ["https://a.example", "https://a.example"]}, "written twice"),
        ({"redirect_uris": []}, "redirect_uris: at least one is required"),
        ({"redirect_uris": "https://a.example"}, "redirect_uris: a list of texts is expected"),
        ({"redirect_uri": ["https://a.example"]}, "did you mean redirect_uris?"),
        ({"service": "afass"}, "service: afass is not one of the services"),
        ({"scope": "openid admin"}, "scope: admin: not among openid"),
        ({"scope": "profile"}, "scope: openid is required"),
        ({"token_endpoint_auth_method": "client_secret_jwt"}, "client_secret_jwt is not one of"),
        ({"token_endpoint_auth_method": "private_key_jwt"}, "private_key_jwt needs jwks or jwks"),
        ({"token_endpoint_auth_method": "none", "require_pkce": False}, "a public client cannot"),
        ({"scope": "openid offline_access"}, "scope: offline_access is of clients whose grant"),
        ({"grant_types": ["implicit"]}, "grant_types: implicit: not among authorization_code"),
        ({"response_types": ["code token"]}, "response_types: code token: not among code"),
        ({"jwks": {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}}, "jwks: only public keys"),
        ({"jwks": {"keys": [{"kty": "RSA"}]}}, "jwks: not a valid JWK Set"),
        ({"jwks": {"keys": []}}, "jwks: a JWK Set with at least one key"),
        ({"default_max_age": -1}, "default_max_age: a whole number from 0"),
        ({"backchannel_logout_uri": "ftp://a.example"}, "backchannel_logout_uri: https is"),
        (
            {
                "subject_type": "pairwise",
                "redirect_uris": ["https://a.example/", "https://b.example/"],
            },
            "sector_identifier_uri: is required with redirect_uris on several hosts",
        ),
        ({"id_token_signed_response_alg": "none"}, "id_token_signed_response_alg: none is not"),
        ({"require_pkce": "yes"}, "require_pkce: true or false is expected"),
        ({"client_id": "../../etc"}, "client_id: 2 to 80 letters"),
        ({"client_id": None}, "client_id: is required"),
        ({"access_token_lifetime_s": 10}, "access_token_lifetime_s: a whole number from 60"),
        ({"client_secret": "chut"}, "client_secret: unknown field"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_reason(
    tmp_path: Path, key_ring: KeyRing, fields: dict[str, object], expected: str
) -> None:
    problem = problems(tmp_path, key_ring, a_client(**fields))[0]

    assert problem.startswith("relying_parties.yaml: relying_parties[")
    assert expected in problem


def test_every_mistake_is_told_at_once(tmp_path: Path, key_ring: KeyRing) -> None:
    found = problems(
        tmp_path,
        key_ring,
        a_client(service="none", scope="openid x"),
        a_client(require_pkce=1),
        afas=a_service(urll="https://x.example"),
    )

    assert len(found) == 5
    assert any("client_id: this client_id is written twice" in problem for problem in found)
    assert any(
        "services.afas.urll: unknown field; did you mean url?" in problem for problem in found
    )


def test_a_key_written_twice_is_refused(tmp_path: Path, key_ring: KeyRing) -> None:
    path = tmp_path / "relying_parties.yaml"
    path.write_text("services: {}\nservices: {}\n")

    with pytest.raises(
        ConfigurationError, match="written twice in the mapping of line 1: services"
    ):
        load(path, key_ring)


@pytest.mark.parametrize("text", ["[", "- a", "services: []", "\udc80", "a: {b: &x 1, c: *y}"])
def test_a_file_that_is_no_mapping_is_a_configuration_error(
    tmp_path: Path, key_ring: KeyRing, text: str
) -> None:
    path = tmp_path / "relying_parties.yaml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))

    with pytest.raises(ConfigurationError):
        load(path, key_ring)


def test_a_missing_file_is_a_configuration_error(tmp_path: Path, key_ring: KeyRing) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load(tmp_path / "absent.yaml", key_ring)


def test_a_client_whose_algorithm_has_no_key_is_refused(tmp_path: Path) -> None:
    create_key(tmp_path, Algorithm.RS256, KeyState.ACTIVE)

    (problem,) = problems(
        tmp_path, KeyRing(tmp_path), a_client(id_token_signed_response_alg="ES256")
    )

    assert "no active ES256 key" in problem


@pytest.mark.parametrize(
    "uri",
    [
        "https://a.example/cb?x=1",
        "http://localhost:8001/cb",
        "http://127.0.0.1/cb",
        "http://[::1]/",
    ],
)
def test_addresses_we_send_browsers_to(uri: str) -> None:
    assert uri_problem(uri) is None


@pytest.mark.parametrize(
    "uri",
    [
        "javascript:alert(1)",
        "https://user@a.example/",
        "https://a.example/\r\nX: y",
        "https://a.example\\@b.example",
        "https://é.example/",
        "//a.example",
        "https://",
        "https://a.example:port/",
        "http://localhost.a.example/",
        "com.example.app:/cb",
        "https://a.example/#",
    ],
)
def test_addresses_we_never_send_browsers_to(uri: str) -> None:
    assert uri_problem(uri) is not None


def test_unknown_scopes_are_ignored_and_a_client_gets_its_own_only() -> None:
    """Core §3.1.2.1: scope values that are not understood are ignored."""
    allowed = frozenset({Scope.OPENID, Scope.EMAIL})

    assert granted("email bogus profile openid", allowed) == (Scope.OPENID, Scope.EMAIL)
