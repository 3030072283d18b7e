"""How the hashes of the journal are made; pure, so that a proof is checked far from any database.

Rows are sealed in ``audit.py``, proofs checked in ``journal_proof.py``. Why these fields:
``docs/decisions/``, 2, 10 and 18.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

FIRST_HASH = "0" * 64


@dataclass(frozen=True, slots=True)
class Link:
    """The place of a row in the chain of its organisme: its number there, and the hash of the one before."""

    rank: int
    previous_hash: str


@dataclass(frozen=True, slots=True)
class Content:
    """What is erased one day; ``ids`` of who acted, whom and for which organisme, empty when there is none."""

    salt: str
    ids: tuple[str, ...]
    data: Mapping[str, Any]
    link: Link | None = None


def content_hash(content: Content) -> str:
    """SHA-256 over what is erased one day: who, whom, the fields of the event, and its place in the organisme."""
    data = json.dumps(content.data, sort_keys=True, ensure_ascii=True)
    # JSON holds no NUL: rows with and without a link cannot be taken for each other.
    link = (str(content.link.rank), content.link.previous_hash) if content.link else ()
    return _sha256(content.salt, *content.ids, data, *link)


def row_hash(previous_hash: str, at: str, event: str, actor_kind: str, content: str) -> str:
    """SHA-256 over the previous hash, what is never erased (``at`` in ISO 8601), and the digest of what is."""
    return _sha256(previous_hash, at, event, actor_kind, content)


class Digest:
    """SHA-256 over texts in their order, each closed by a NUL, as they come."""

    def __init__(self) -> None:
        self._sha256 = hashlib.sha256()

    def add(self, text: str) -> None:
        """One more."""
        self._sha256.update(text.encode() + b"\0")

    def __str__(self) -> str:
        return self._sha256.hexdigest()


def digest_of(texts: Iterable[str]) -> str:
    """That of several texts."""
    digest = Digest()
    for one in texts:
        digest.add(one)
    return str(digest)


def _sha256(*fields: str) -> str:
    return hashlib.sha256("\0".join(fields).encode()).hexdigest()
