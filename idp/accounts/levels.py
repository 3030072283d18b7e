"""How surely a person proved who they are: the levels that sessions hold and that services ask for as ``acr``.

OpenID Connect Core §2 leaves the values to the parties; ``phr`` is of OpenID Connect Extended Authentication
Profile §4: https://openid.net/specs/openid-connect-eap-acr-values-1_0.html
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Acr(StrEnum):
    """From the weakest to the strongest: each does for those before it."""

    MCP1 = "mcp1"
    """A password."""
    MCP2 = "mcp2"
    """Two factors."""
    PHR = "phr"
    """A key that cannot be phished."""

    def does_for(self, asked: "Acr") -> bool:
        """Whether who reached this level may be said to have reached that one."""
        return _LEVELS.index(asked) <= _LEVELS.index(self)


_LEVELS = tuple(Acr)
REACHABLE = _LEVELS
"""Those that a person can reach, once they have enrolled what it takes."""


@dataclass(frozen=True, slots=True)
class Proof:
    """How somebody signed in: the level, and the methods of RFC 8176 §2 (``amr``)."""

    acr: Acr
    amr: tuple[str, ...]


PASSWORD = Proof(Acr.MCP1, ("pwd",))
TWO_FACTORS = Proof(Acr.MCP2, ("pwd", "otp", "mfa"))
PASSWORD_AND_PASSKEY = Proof(Acr.PHR, ("pwd", "pop", "mfa"))
PASSKEY = Proof(Acr.PHR, ("pop", "user", "mfa"))


def satisfied(reached: Acr, asked: Iterable[str]) -> tuple[Acr, ...]:
    """Of the values asked, in their order, those that the level reached does for; unknown ones never."""
    known = [Acr(value) for value in asked if value in set(Acr)]
    return tuple(level for level in known if reached.does_for(level))


def can_be_reached(asked: Iterable[str]) -> bool:
    """Whether signing in, as it can be done today, may satisfy one of the values asked."""
    return bool(satisfied(REACHABLE[-1], asked))
