"""The ``claims`` parameter: what is asked claim by claim, besides the scopes. Pure, and strict on its JSON.

OpenID Connect Core §5.5: https://openid.net/specs/openid-connect-core-1_0.html#ClaimsParameter
The values of claims are in ``claims.py``; what ``acr`` and ``sub`` require of the person, in ``interaction.py``.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypedDict

from idp.oidc.claims import BY_SCOPE
from idp.oidc.scopes import Scope

MAX_CHARS = 8192


class MalformedClaims(ValueError):
    """Not what §5.5 describes; the message is for the integrator."""


class AskedNames(TypedDict):
    """What a grant keeps: the names that its tokens and its userinfo tell besides the scopes."""

    userinfo: list[str]
    id_token: list[str]


@dataclass(frozen=True, slots=True)
class AskedClaim:
    """One claim (§5.5.1); ``values`` are the texts among ``value`` and ``values``, by preference."""

    essential: bool = False
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClaimsRequest:
    """The two members that we understand; others are ignored."""

    userinfo: Mapping[str, AskedClaim] = field(default_factory=dict)
    id_token: Mapping[str, AskedClaim] = field(default_factory=dict)

    @property
    def essential_acr(self) -> tuple[str, ...]:
        """Values of which one must be reached (§5.5.1.1); empty when none is required."""
        acr = self.id_token.get("acr", _ANY)
        return acr.values if acr.essential else ()

    @property
    def voluntary_acr(self) -> tuple[str, ...]:
        """Values of which one would be better (§5.5.1.1)."""
        acr = self.id_token.get("acr", _ANY)
        return () if acr.essential else acr.values

    @property
    def sub(self) -> tuple[str, ...]:
        """The only persons that may be answered (§3.1.2.2); empty when anybody may."""
        return self.id_token.get("sub", _ANY).values


_ANY = AskedClaim()
NOTHING = ClaimsRequest()


def parse(text: str) -> ClaimsRequest:
    """Read the parameter; raises ``MalformedClaims``."""
    members = _object(_json(text), "claims")
    return ClaimsRequest(
        userinfo=_asked(members.get("userinfo"), "userinfo"),
        id_token=_asked(members.get("id_token"), "id_token"),
    )


def names(asked: ClaimsRequest, allowed: Iterable[Scope]) -> AskedNames | None:
    """The claims asked that a scope allowed to the client opens; None when there are none."""
    openable = {name for scope in allowed for name in BY_SCOPE[scope]} - {"sub"}
    userinfo = sorted(openable & asked.userinfo.keys())
    id_token = sorted(openable & asked.id_token.keys())
    return AskedNames(userinfo=userinfo, id_token=id_token) if userinfo or id_token else None


def opened_by(scope: Scope, names: Iterable[str]) -> bool:
    """Whether one of these claims is of that scope."""
    return not set(BY_SCOPE[scope]).isdisjoint(names)


def still_allowed(
    kept: AskedNames | None, place: Literal["userinfo", "id_token"], allowed: Iterable[Scope]
) -> tuple[str, ...]:
    """Of the names that a grant kept, those that the client may still be told there."""
    openable = {name for scope in allowed for name in BY_SCOPE[scope]}
    return tuple(name for name in kept[place] if name in openable) if kept else ()


def _json(text: str) -> Any:
    if len(text) > MAX_CHARS:
        raise MalformedClaims(f"claims is longer than {MAX_CHARS} characters")
    try:
        return json.loads(text, object_pairs_hook=_no_twins, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise MalformedClaims("claims is not JSON") from error


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Of two members of one name each reader keeps the one it likes (RFC 8259 §4).
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is written twice")
    return members


def _no_constant(_name: str) -> Any:
    raise ValueError("NaN and Infinity are not JSON")


def _asked(member: Any, place: str) -> dict[str, AskedClaim]:
    if member is None:
        return {}
    return {
        name: _claim(asked, place) for name, asked in _object(member, f"{place} of claims").items()
    }


def _claim(asked: Any, place: str) -> AskedClaim:
    if asked is None:
        return _ANY
    options = _object(asked, f"each claim of {place}")
    essential = options.get("essential", False)
    if not isinstance(essential, bool):
        raise MalformedClaims(f"essential must be true or false in {place}")
    return AskedClaim(essential, _values(options, place))


def _values(options: dict[str, Any], place: str) -> tuple[str, ...]:
    values = options.get("values", [])
    if not isinstance(values, list):
        raise MalformedClaims(f"values must be an array in {place}")
    both = [options["value"], *values] if "value" in options else values
    return tuple(value for value in both if isinstance(value, str))


def _object(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise MalformedClaims(f"{what} must be a JSON object")
    return value
