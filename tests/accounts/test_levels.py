"""Levels of authentication: the stronger does for the weaker."""

import pytest

from idp.accounts.levels import Acr, can_be_reached, satisfied


@pytest.mark.parametrize(
    ("reached", "asked", "expected"),
    [
        (Acr.MCP1, ["mcp1"], (Acr.MCP1,)),
        (Acr.MCP1, ["mcp2", "phr"], ()),
        (Acr.PHR, ["mcp2", "mcp1"], (Acr.MCP2, Acr.MCP1)),
        (Acr.PHR, ["urn:inconnu", ""], ()),
        (Acr.MCP2, [], ()),
    ],
)
def test_a_level_does_for_those_below_it(
    reached: Acr, asked: list[str], expected: tuple[Acr, ...]
) -> None:
    assert satisfied(reached, asked) == expected


def test_known_levels_can_be_reached_and_unknown_ones_never() -> None:
    assert can_be_reached(["urn:inconnu", "phr"])
    assert not can_be_reached(["urn:inconnu", ""])
