"""The claims parameter, read strictly."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.oidc.claims_request import (
    AskedClaim,
    ClaimsRequest,
    MalformedClaims,
    names,
    parse,
)
from idp.oidc.scopes import Scope


def test_the_example_of_the_specification_is_read() -> None:
    """Core §5.5: members that are not understood are ignored, claims too."""
    asked = parse(
        """{"userinfo": {"given_name": {"essential": true}, "nickname": null, "picture": null},
            "id_token": {"auth_time": {"essential": true}, "acr": {"values": ["mcp2", "mcp1"]}},
            "inconnu": 3}"""
    )

    assert asked.userinfo["given_name"] == AskedClaim(essential=True)
    assert asked.id_token["acr"] == AskedClaim(values=("mcp2", "mcp1"))
    assert asked.essential_acr == ()


@pytest.mark.parametrize(
    ("acr", "required"),
    [
        ({"essential": True, "values": ["phr", "mcp2"]}, ("phr", "mcp2")),
        ({"essential": True, "value": "mcp1"}, ("mcp1",)),
        ({"essential": True}, ()),
        ({"essential": False, "value": "mcp2"}, ()),
        ({"value": "mcp2"}, ()),
        (None, ()),
    ],
)
def test_acr_is_required_only_when_essential(acr: object, required: tuple[str, ...]) -> None:
    """Core §5.5.1.1."""
    assert parse(json.dumps({"id_token": {"acr": acr}})).essential_acr == required


def test_sub_asked_with_a_value_names_the_only_person() -> None:
    """Core §3.1.2.2."""
    assert parse('{"id_token": {"sub": {"value": "6f1c"}}}').sub == ("6f1c",)


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "null",
        "1",
        '"x"',
        '{"userinfo": []}',
        '{"id_token": "acr"}',
        '{"userinfo": {"name": true}}',
        '{"userinfo": {"name": {"essential": "true"}}}',
        '{"id_token": {"acr": {"values": "mcp1"}}}',
        '{"id_token": {"acr": {"value": NaN}}}',
        '{"id_token": {}, "id_token": {}}',
        '{"userinfo": {"name": {"essential": true, "essential": false}}}',
        "[" * 5000,
        '{"userinfo": {"a": "' + "x" * 8192 + '"}}',
        "{} {}",
    ],
    ids=lambda text: text[:40],
)
def test_what_is_not_claims_is_refused(text: str) -> None:
    """Core §5.5: a reader that guesses lets one request be read as two."""
    with pytest.raises(MalformedClaims) as refused:
        parse(text)

    assert str(refused.value).isascii()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.sampled_from(["userinfo", "id_token", "acr", "value", "values", "essential"]), inner
        )
    ),
)


@given(JSON)
def test_any_json_is_read_or_refused(value: object) -> None:
    try:
        parsed = parse(json.dumps(value))
    except MalformedClaims:
        return

    assert isinstance(parsed, ClaimsRequest)


def test_only_claims_that_a_scope_of_the_client_opens_are_kept() -> None:
    """The attack: a client without the scope phone asks for the number by the claims parameter."""
    asked = parse(
        '{"userinfo": {"phone_number": null, "email": null, "sub": null}, "id_token": {"name": null}}'
    )

    kept = names(asked, {Scope.OPENID, Scope.EMAIL, Scope.PROFILE})

    assert kept == {"userinfo": ["email"], "id_token": ["name"]}


def test_nothing_is_kept_when_nothing_is_told() -> None:
    asked = parse('{"userinfo": {"nickname": null}, "id_token": {"acr": null}}')

    assert names(asked, set(Scope)) is None
