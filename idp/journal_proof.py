"""Proofs of the journal of an organisme: checked from their file alone, without database, settings nor network.

A proof is a JSON file of rows as they are chained (``journal_chain.py``), and a statement signed by our key (JWS):
how many they are, the digest of their hashes, and where the chain of the organisme stood. It is made in
``idp/habilitations/journal/preuve.py``; what it proves and what it does not: ``docs/preuve.md``. Sentences are in
French: partners check proofs.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any, TypeVar

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, OctKey, OKPKey, RSAKey

from idp.journal_chain import FIRST_HASH, Content, Link, content_hash, digest_of, row_hash
from idp.keys import Algorithm

FORMAT = "preuve-journal/1"
TYP = "preuve+jwt"
ALGORITHM = Algorithm.ES256
_HASH = re.compile("[0-9a-f]{64}")

T = TypeVar("T")


class Refused(Exception):
    """The file proves nothing: ``str`` says why, in French."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a proof, as its file says it; nothing is believed yet."""

    number: int
    """Its rank in the organisme."""
    previous: str
    """The hash of the one before, in the organisme."""
    hash: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Head:
    """Where the chain of the organisme stood."""

    number: int
    hash: str


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof that holds: every hash was made again, nothing is missing in it, and its statement is signed."""

    issuer: str
    organisme_id: str
    raison_sociale: str
    start: str
    end: str
    made_at: datetime
    rows: Sequence[Row]
    head: Head
    thumbprint: str
    trusted_key: bool
    """Whether the key came from elsewhere than the file itself."""

    @property
    def reaches_the_head(self) -> bool:
        """Whether the last row was the last of all when the proof was made."""
        return self.rows[-1].number == self.head.number


def checked(document: object, trusted: object = None) -> Proof:
    """The proof that this JSON holds; raises ``Refused``. ``trusted`` is a JWK Set had from somewhere else."""
    try:
        return _checked(_mapping(document), trusted)
    except (KeyError, TypeError, ValueError) as error:
        raise Refused("Ce fichier n’est pas une preuve du journal, ou il a été abîmé.") from error


def _checked(document: Mapping[str, Any], trusted: object) -> Proof:
    if document["format"] != FORMAT:
        raise Refused(f"Ce fichier n’est pas une preuve du journal ({FORMAT}).")
    claims, thumbprint = _statement(str(document["attestation"]), document["cle"], trusted)
    rows = [_row(one, str(claims["organisme"])) for one in _list(document["lignes"])]
    _chained(rows)
    _as_stated(rows, claims)
    return Proof(
        issuer=str(claims["iss"]),
        organisme_id=str(claims["organisme"]),
        raison_sociale=str(claims["raison_sociale"]),
        start=str(claims["debut"]),
        end=str(claims["fin"]),
        made_at=datetime.fromisoformat(claims["fait_le"]),
        rows=rows,
        head=_head(claims, rows),
        thumbprint=thumbprint,
        trusted_key=trusted is not None,
    )


def _statement(token: str, enclosed: object, trusted: object) -> tuple[Mapping[str, Any], str]:
    keys = _keys(trusted if trusted is not None else {"keys": [enclosed]})
    try:
        decoded = jwt.decode(token, keys, [ALGORITHM.value])
    except (JoseError, ValueError) as error:
        raise Refused("La signature n’est pas juste, ou elle est d’une autre clé.") from error
    if decoded.header.get("typ") != TYP:
        raise Refused("Ce qui est signé n’est pas une preuve du journal.")
    signer = keys.get_by_kid(str(decoded.header["kid"]))
    return decoded.claims, signer.thumbprint()


def _keys(document: object) -> KeySet:
    # Private keys, and others than those of the algorithm, have no place in what is given to check.
    found: list[OctKey | RSAKey | ECKey | OKPKey] = [
        ECKey.import_key(dict(_mapping(key)))
        for key in _list(_mapping(document)["keys"])
        if _mapping(key).get("kty") == "EC"
    ]
    if not found:
        raise Refused("Aucune clé ne permet de vérifier la signature.")
    return KeySet(found)


def _row(said: object, organisme_id: str) -> Row:
    row = _mapping(said)
    number, previous = _number(row["organisme_rank"]), _hash(row["organisme_previous"])
    if row["organisme_id"] != organisme_id:
        raise Refused(f"La ligne {number} est d’un autre organisme.")
    ids = tuple(str(row[name] or "") for name in ("actor_id", "account_id", "organisme_id"))
    link = Link(number, previous)
    content = content_hash(Content(str(row["salt"]), ids, _mapping(row["data"]), link))
    if content != row["content_hash"]:
        raise Refused(f"La ligne {number} a été modifiée.")
    own = row_hash(
        _hash(row["previous_hash"]),
        str(row["at"]),
        str(row["event"]),
        str(row["actor_kind"]),
        content,
    )
    if own != row["hash"]:
        raise Refused(f"La ligne {number} a été modifiée.")
    return Row(number, previous, own, str(row["lecture"]))


def _chained(rows: Sequence[Row]) -> None:
    if not rows:
        raise Refused("Cette preuve ne contient aucune ligne.")
    first = rows[0]
    if first.number == 1 and first.previous != FIRST_HASH:
        raise Refused("La ligne 1 n’est pas la première.")
    for before, row in pairwise(rows):
        if row.number != before.number + 1 or row.previous != before.hash:
            raise Refused(
                f"Entre les lignes {before.number} et {row.number}, une ligne a été retirée, ajoutée ou déplacée."
            )


def _as_stated(rows: Sequence[Row], claims: Mapping[str, Any]) -> None:
    said = (claims["lignes"], claims["premiere"], claims["derniere"], claims["empreinte"])
    found = (len(rows), rows[0].number, rows[-1].number, digest_of(row.hash for row in rows))
    if said != found:
        raise Refused("Les lignes ne sont pas celles qui ont été signées.")
    if claims["lectures"] != digest_of(row.sentence for row in rows):
        raise Refused("Les phrases ne sont pas celles qui ont été signées.")


def _head(claims: Mapping[str, Any], rows: Sequence[Row]) -> Head:
    said = _mapping(claims["tete"])
    head = Head(_number(said["rang"]), _hash(said["empreinte"]))
    last = rows[-1]
    if last.number > head.number or (last.number == head.number and last.hash != head.hash):
        raise Refused("La preuve va plus loin que la chaîne dont elle parle.")
    return head


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two proofs of one organisme, the older and the newer: how many rows both hold, alike."""

    common: int
    touching: bool
    """Whether the newer takes over exactly where the older ends."""


def compared(older: Proof, newer: Proof) -> Comparison:
    """What the newer says of the older; raises ``Refused`` when something was rewritten or removed in between."""
    if older.organisme_id != newer.organisme_id:
        raise Refused("Les deux preuves ne sont pas du même organisme.")
    if newer.head.number < older.head.number:
        raise Refused(
            "Des lignes ont été retirées : le journal était plus long à l’ancienne preuve."
        )
    known = {row.number: row.hash for row in newer.rows} | {newer.head.number: newer.head.hash}
    known |= {newer.rows[0].number - 1: newer.rows[0].previous}
    said = {row.number: row.hash for row in older.rows} | {older.head.number: older.head.hash}
    both = known.keys() & said.keys()
    different = sorted(number for number in both if known[number] != said[number])
    if different:
        raise Refused(
            f"Le journal a été réécrit entre les deux preuves, à partir de la ligne {different[0]}."
        )
    common = len({row.number for row in older.rows} & {row.number for row in newer.rows})
    return Comparison(common, touching=bool(both) and not common)


def _hash(value: object) -> str:
    text = _of(str, value)
    if not _HASH.fullmatch(text):
        raise ValueError("not a digest")
    return text


def _number(value: object) -> int:
    if isinstance(value, bool) or _of(int, value) < 1:
        raise ValueError("not a rank")
    return _of(int, value)


def _mapping(value: object) -> Mapping[str, Any]:
    return _of(dict, value)


def _list(value: object) -> Sequence[object]:
    return _of(list, value)


def _of(kind: type[T], value: object) -> T:
    if not isinstance(value, kind):
        raise TypeError(f"not a {kind.__name__}")
    return value
