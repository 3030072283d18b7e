"""Proof Key for Code Exchange: S256, required of every client that does not declare otherwise.

RFC 7636: https://www.rfc-editor.org/rfc/rfc7636 ; RFC 9700 §2.1.1 (why for all clients). The authorization request
is checked in ``authorization_request.py``; here, what Authlib runs at the token endpoint. Authlib's own check lets
confidential clients do without, accepts ``plain``, and answers ``invalid_request`` where RFC 7636 §4.6 wants
``invalid_grant``.
"""

import re
from typing import Any

from authlib.oauth2.rfc6749 import InvalidGrantError
from authlib.oauth2.rfc7636 import CodeChallenge, create_s256_code_challenge

from idp import crypto

METHOD = "S256"
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


def is_challenge(text: str) -> bool:
    """Whether the text is the base64url of a SHA-256 (§4.2)."""
    return _CHALLENGE.fullmatch(text) is not None


def matches(challenge: str | None, verifier: str | None) -> bool:
    """Whether ``verifier`` (43 to 128 characters, §4.1) hashes to ``challenge`` (§4.6); both may be absent."""
    if challenge is None or verifier is None:
        # RFC 9700 §4.8.2: a verifier without a challenge is a downgrade.
        return challenge is verifier
    if not _VERIFIER.fullmatch(verifier):
        return False
    return crypto.same(create_s256_code_challenge(verifier), challenge)


class S256(CodeChallenge):
    """The extension of the code grant."""

    SUPPORTED_CODE_CHALLENGE_METHOD = (METHOD,)
    DEFAULT_CODE_CHALLENGE_METHOD = METHOD

    def __call__(self, grant: Any) -> None:
        """Check the verifier once the code is claimed: a wrong one burns the code."""
        grant.register_hook("after_validate_token_request", self.validate_code_verifier)

    def validate_code_verifier(self, grant: Any, result: object) -> None:
        """Raises ``invalid_grant``."""
        challenge = grant.request.authorization_code.code_challenge
        if not matches(challenge, grant.request.form.get("code_verifier")):
            raise InvalidGrantError("The code_verifier does not match the code_challenge.")
