"""Every secret that the product draws or is given during a test, to be looked for where none may be.

DOMAIN.md §2.3, CNIL délib. 2021-122: neither the journal nor the logs hold a password, a code or a token.
"""

import json
import re
import sys
from collections.abc import Callable, Iterable
from functools import wraps
from types import ModuleType
from typing import Any

import pyotp
import structlog

from idp import crypto, printable
from idp.accounts import passwords

PASSWORD_MIN_CHARS = 8
_JWT = re.compile(r"eyJ[\w-]{10,}\.[\w-]+\.")


class Seen:
    """What was drawn or typed, and what was logged, since the last test."""

    def __init__(self) -> None:
        self.secrets: set[str] = set()
        self.codes: set[str] = set()
        self.logs: list[str] = []

    def forget(self) -> None:
        """Another test starts."""
        self.secrets.clear()
        self.codes.clear()
        self.logs.clear()
        # A command of a former test may have configured the logs anew.
        processors = structlog.get_config()["processors"]
        if self._hear_log not in processors:
            structlog.configure(processors=[self._hear_log, *processors])

    def leaks(self, texts: Iterable[str]) -> list[str]:
        """The secrets found in these texts, each with where."""
        found = []
        for text in texts:
            found += [f"{secret!r} in {text}" for secret in self.secrets if secret in text]
            # Six digits may be part of an instant or of a hash: only alone are they a code.
            found += [f"{code!r} in {text}" for code in self.codes if self._alone(code, text)]
            found += [f"a token in {text}" for _ in _JWT.finditer(text)]
        return found

    @staticmethod
    def _alone(code: str, text: str) -> bool:
        return re.search(rf"(?<![\w.:-]){code}(?![\w:-])", text) is not None

    def _typed(self, text: str) -> None:
        if len(text) >= PASSWORD_MIN_CHARS:
            self.secrets.add(text)
            self.secrets.add(json.dumps(text)[1:-1])

    def watch(self) -> None:
        """Listen to whoever draws a secret; to the log, from each test's start."""
        _replace(crypto, "new_token", _heard(crypto.new_token, self.secrets.add))
        _replace(crypto, "new_digits", _heard(crypto.new_digits, self.codes.add))
        _replace(printable, "new_secret", _heard(printable.new_secret, self._both_ways))
        _replace(pyotp, "random_base32", _heard(pyotp.random_base32, self.secrets.add))
        _replace(passwords, "normalise", _heard(passwords.normalise, self._typed))
        box = crypto.SecretBox
        box.refresh_proof = _heard(box.refresh_proof, self.secrets.add)  # type: ignore[method-assign]

    def _both_ways(self, secret: str) -> None:
        self.secrets |= {secret, printable.grouped(secret)}

    def _hear_log(self, _logger: Any, _method: str, event: Any) -> Any:
        self.logs.append(repr(dict(event)))
        return event


def _heard(draw: Callable[..., str], hear: Callable[[str], Any]) -> Callable[..., str]:
    @wraps(draw)
    def listening(*args: Any, **kwargs: Any) -> str:
        drawn = draw(*args, **kwargs)
        hear(drawn)
        return drawn

    return listening


def _replace(owner: ModuleType, name: str, listening: Callable[..., str]) -> None:
    """In the module that owns it, and wherever it was imported by its name."""
    before = getattr(owner, name)
    for module in [*sys.modules.values()]:
        if (
            module.__name__.startswith(("idp", owner.__name__))
            and getattr(module, name, None) is before
        ):
            setattr(module, name, listening)


SEEN = Seen()
