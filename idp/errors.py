"""Refusals and faults: a public French sentence for the person, a private detail for the log.

What is normal (a wrong password, an expired code) is a returned value, since its counter must be
committed; what is raised here undoes the transaction (see ``idp/db.py``). OAuth errors are in ``idp/oidc``.
"""

from http import HTTPStatus


class Refusal(Exception):
    """The person may not do this, or not now; ``message`` says why and ``conseil`` what to do next."""

    status = HTTPStatus.FORBIDDEN
    titre = "Cette action n’est pas possible"

    def __init__(self, message: str, *, conseil: str = "", detail: str = "") -> None:
        super().__init__(detail or message)
        self.message = message
        self.conseil = conseil


class NotHere(Refusal):
    """What is asked for does not exist, or not for this person: the two look the same."""

    status = HTTPStatus.NOT_FOUND
    titre = "Cette page n’existe pas"


class Conflict(Refusal):
    """Somebody else changed the same thing in the meantime."""

    status = HTTPStatus.CONFLICT
    titre = "Cette page a changé entre-temps"


class TooMany(Refusal):
    """Somebody asks for more than is borne, for now."""

    status = HTTPStatus.TOO_MANY_REQUESTS
    titre = "Faisons une pause"


class ConfigurationError(Exception):
    """The settings, keys or relying parties cannot be used; ``problems`` lists every reason at once."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
