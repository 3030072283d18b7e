"""Taking the fields of one entry that somebody wrote: every problem is said at once, with place and reason.

Entries come from a file (``yaml_file.py``) or from a registration request (``registration.py``); what their fields
mean is in ``client_metadata.py`` and ``relying_parties.py``.
"""

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Any, TypeVar

T = TypeVar("T")

Problem = Callable[[str], str | None]
"""Says what is wrong with a text; None when nothing is."""


class Entry:
    """One mapping: its fields are taken one by one, and what is left over is unknown."""

    def __init__(self, where: str, data: object, problems: list[str]) -> None:
        self.where = where
        self.problems = problems
        self._data: Mapping[str, Any] = data if isinstance(data, dict) else {}
        self._taken: list[str] = []
        if not isinstance(data, dict):
            self.complain("a mapping is expected")

    def complain(self, reason: str, field: str = "") -> None:
        """Note a problem of this entry, or of one of its fields."""
        self.problems.append(f"{self.where}{'.' + field if field else ''}: {reason}")

    def _take(self, field: str) -> Any:
        self._taken.append(field)
        return self._data.get(field)

    def text(self, field: str, problem: Problem | None = None) -> str:
        """A text that must be there."""
        value = self.optional_text(field, problem)
        if value is None:
            self.complain("is required", field)
        return value or ""

    def optional_text(self, field: str, problem: Problem | None = None) -> str | None:
        """A text, or None when the field is absent."""
        value = self._take(field)
        if value is None:
            return None
        if not isinstance(value, str) or not value.strip():
            self.complain("a text is expected", field)
            return ""
        self._check(value, problem, field)
        return value

    def texts(self, field: str, problem: Problem | None = None) -> tuple[str, ...]:
        """A list of different texts; empty when the field is absent."""
        value = self._take(field)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.complain("a list of texts is expected", field)
            return ()
        for rank, item in enumerate(value):
            self._check(item, problem, f"{field}[{rank}]")
            if item in value[:rank]:
                self.complain(f"{item} is written twice", field)
        return tuple(value)

    def _check(self, value: str, problem: Problem | None, field: str) -> None:
        reason = problem(value) if problem else None
        if reason:
            self.complain(reason, field)

    def choice(self, field: str, choices: Iterable[T], default: T) -> T:
        """One of the choices, by its text."""
        value = self._take(field)
        by_text = {str(choice): choice for choice in choices}
        if value is None:
            return default
        if not isinstance(value, str) or value not in by_text:
            self.complain(f"{value} is not one of {', '.join(by_text)}", field)
            return default
        return by_text[value]

    def flag(self, field: str, *, default: bool) -> bool:
        """True or false."""
        value = self._take(field)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.complain("true or false is expected", field)
            return default
        return value

    def whole_number(self, field: str, *, default: int, low: int, high: int) -> int:
        """A number of ``low`` to ``high``."""
        value = self._take(field)
        if value is None:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            self.complain(f"a whole number from {low} to {high} is expected", field)
            return default
        return value

    def optional_number(self, field: str, *, low: int, high: int) -> int | None:
        """A number of ``low`` to ``high``, or None when the field is absent."""
        if self._data.get(field) is None:
            self._taken.append(field)
            return None
        return self.whole_number(field, default=low, low=low, high=high)

    def optional_choice(self, field: str, choices: Iterable[T]) -> T | None:
        """One of the choices by its text, or None when the field is absent."""
        options = tuple(choices)
        if self._data.get(field) is None:
            self._taken.append(field)
            return None
        return self.choice(field, options, default=options[0])

    def choices(self, field: str, choices: Iterable[T], default: tuple[T, ...]) -> tuple[T, ...]:
        """Several of the choices, by their texts."""
        by_text = {str(choice): choice for choice in choices}
        words = self.texts(field)
        unknown = [word for word in words if word not in by_text]
        if unknown:
            self.complain(f"{', '.join(unknown)}: not among {', '.join(by_text)}", field)
        return tuple(by_text[word] for word in words if word in by_text) or default

    def mapping(self, field: str) -> Mapping[str, Any]:
        """Named entries; empty when the field is absent."""
        value = self._take(field)
        if value is None:
            return {}
        if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
            self.complain("a mapping of names to entries is expected", field)
            return {}
        return value

    def sequence(self, field: str) -> list[Any]:
        """A list of entries; empty when the field is absent."""
        value = self._take(field)
        if value is None:
            return []
        if not isinstance(value, list):
            self.complain("a list of entries is expected", field)
            return []
        return value

    def nothing_else(self) -> None:
        """Refuse the fields that nobody took: a misspelt field must not be silently without effect."""
        for field in self._data:
            if field in self._taken:
                continue
            close = get_close_matches(str(field), self._taken, n=1)
            hint = f"; did you mean {close[0]}?" if close else ""
            self.complain(f"unknown field{hint}", str(field))
