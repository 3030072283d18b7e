"""The parameters of a request, parsed once and strictly: repeated ones are known, values are clean text.

RFC 6749 §3.1 and §3.2: a parameter without a value counts as absent, none may appear twice; §A: UTF-8. Frameworks
replace bytes that are not UTF-8, mix query and body, and keep the first of two values: each of these has let
somebody read one request as another.
"""

from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlencode

from authlib.oauth2.rfc6749 import InvalidRequestError
from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge

FORM = "application/x-www-form-urlencoded"
MAX_PARAMETERS = 60
RESOURCE = "resource"


class MalformedParameters(ValueError):
    """The request cannot be read at all; the message is for the integrator."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """Values by name; ``repeated`` are the names that came more than once, with a value or without."""

    values: dict[str, str]
    repeated: frozenset[str] = frozenset()
    resources: tuple[str, ...] = ()
    """Values of ``resource``, the one parameter that may come several times (RFC 8707 §2)."""

    def get(self, name: str) -> str | None:
        """The value, None when absent, empty or repeated."""
        return self.values.get(name)

    def without(self, *names: str) -> "Parameters":
        """The same without some."""
        kept = {name: value for name, value in self.values.items() if name not in names}
        return replace(self, values=kept)

    def having(self, name: str, value: str) -> "Parameters":
        """The same with that one, in the place of its former value."""
        return replace(self, values={**self.without(name).values, name: value})

    def encoded(self) -> str:
        """As a query, which parses back to the same values."""
        return urlencode([*self.values.items(), *((RESOURCE, one) for one in self.resources)])


def parse(raw: bytes) -> Parameters:
    """Parse ``name=value&…``; raises ``MalformedParameters``."""
    try:
        pairs = parse_qsl(
            raw.decode(), keep_blank_values=True, errors="strict", max_num_fields=MAX_PARAMETERS
        )
    except ValueError as error:
        raise MalformedParameters(
            "the parameters are not UTF-8 text, or they are too many"
        ) from error
    names = [name for name, _value in pairs]
    if any(_has_control(text) for pair in pairs for text in pair):
        raise MalformedParameters("a parameter holds a control character")
    repeated = frozenset(name for name in names if names.count(name) > 1) - {RESOURCE}
    single = [(name, value) for name, value in pairs if value and name != RESOURCE]
    values = {name: value for name, value in single if name not in repeated}
    resources = tuple(value for name, value in pairs if value and name == RESOURCE)
    return Parameters(values, repeated, resources)


def _has_control(text: str) -> bool:
    return any(character < " " or character == "\x7f" for character in text)


def of_query_or_form(request: Request) -> Parameters:
    """Those of a page's request: the query of a GET, the body of a POST and nothing else."""
    if request.method != "POST":
        return parse(request.query_string)
    if request.mimetype != FORM:
        raise MalformedParameters(f"the body of a POST is {FORM}")
    return parse(_body(request))


def of_form(request: Request) -> Parameters:
    """Those of a server's request: the body alone, nothing twice; raises ``invalid_request``."""
    if request.query_string:
        raise InvalidRequestError("Parameters belong in the request body, not in the query.")
    if request.mimetype != FORM:
        raise InvalidRequestError(f"The content type must be {FORM}.")
    try:
        parameters = parse(_body(request))
    except MalformedParameters as error:
        raise InvalidRequestError(f"Malformed request: {error}.") from error
    if parameters.repeated:
        raise InvalidRequestError("A parameter is included more than once.")
    return parameters


def _body(request: Request) -> bytes:
    try:
        return request.get_data()
    except RequestEntityTooLarge as error:
        raise MalformedParameters("the body is too large") from error
