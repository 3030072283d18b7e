"""Claims that outgrow a token give way to a reference."""

from factories import (
    a_contrat,
    a_groupe,
    a_rattachement,
    an_account,
    an_habilitation,
    an_organisme,
    signed_in,
)
from flask.testing import FlaskClient
from flows import ISSUER, decoded, tokens_for, userinfo


def test_long_lists_are_told_by_reference_and_whole_at_userinfo(client: FlaskClient) -> None:
    """Core §5.6.2: distributed claims; an ID token is kept in a cookie, an access token in a header."""
    person, organisme = an_account(), an_organisme()
    rattachement, contrat = a_rattachement(person, organisme), a_contrat(organisme)
    codes = sorted(f"offre-bailleurs:prive:{number:03}:{'x' * 40}" for number in range(150))
    for code in codes:
        an_habilitation(rattachement, a_groupe(contrat, code=code))
    signed_in(client, person, rattachement)

    tokens = tokens_for(client)

    for name, ceiling in (("id_token", 4096), ("access_token", 6144)):
        claims = decoded(client, tokens[name]).claims
        assert len(tokens[name]) <= ceiling
        assert "groups" not in claims
        assert claims["roles"] == ["utilisateur"]
        assert claims["_claim_names"]["groups"] == "userinfo"
        assert claims["_claim_sources"] == {"userinfo": {"endpoint": f"{ISSUER}/oidc/userinfo"}}
    assert (userinfo(client, tokens["access_token"]).json or {})["groups"] == codes
