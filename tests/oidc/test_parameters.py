"""Parameters are read in one way only."""

import pytest

from idp.oidc.parameters import MAX_PARAMETERS, MalformedParameters, parse


def test_values_come_back_as_they_were_sent() -> None:
    asked = parse(b"state=a%20b%2Bc%26%3D%C3%A9%22%7B&scope=openid+email")

    assert asked.get("state") == 'a b+c&=é"{'
    assert parse(asked.encoded().encode()) == asked


def test_a_repeated_parameter_has_no_value() -> None:
    """RFC 6749 §3.1: parameters must not be included more than once."""
    asked = parse(b"state=a&state=b&scope=openid")

    assert asked.repeated == {"state"}
    assert asked.get("state") is None


def test_a_parameter_without_a_value_is_absent() -> None:
    """RFC 6749 §3.1."""
    assert parse(b"state=&nonce").get("state") is None
    assert parse(b"state=&state=x").repeated == {"state"}


@pytest.mark.parametrize(
    "raw",
    [b"state=%FF", b"state=\xff", b"state=a%00b", b"%0D=x", b"state=%0A", b"state=%7F"],
)
def test_what_is_no_clean_text_is_refused(raw: bytes) -> None:
    with pytest.raises(MalformedParameters):
        parse(raw)


def test_too_many_parameters_are_refused() -> None:
    with pytest.raises(MalformedParameters):
        parse(b"&".join(b"a%d=1" % number for number in range(MAX_PARAMETERS + 1)))
