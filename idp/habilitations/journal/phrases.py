"""The journal of an organisme in French sentences: who did what to whom, from values.

The models are in ``modeles.py``; what is read is in ``lecture.py``.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from idp import elision
from idp.habilitations.journal.faits import Fait, Famille, enumeres, majuscule
from idp.habilitations.journal.modeles import PHRASES, Phrase


def dite(fait: Fait, parmi: Mapping[str, Phrase] = PHRASES) -> str:
    """The sentence of an event; its bare name when nobody knows it any more."""
    phrase = parmi.get(fait.event)
    if phrase is None:
        return f"Événement « {fait.event} »"
    modele = phrase.modele if isinstance(phrase.modele, str) else phrase.modele(fait)
    return majuscule(modele.format_map(_Mots(fait)))


def detail(fait: Fait, parmi: Mapping[str, Phrase] = PHRASES) -> str:
    """What the sentence leaves out; nothing for most."""
    phrase = parmi.get(fait.event)
    return phrase.detail(fait) if phrase else ""


def de(famille: Famille, parmi: Mapping[str, Phrase] = PHRASES) -> list[str]:
    """The names of the events of a family."""
    return sorted(name for name, phrase in parmi.items() if phrase.famille is famille)


def codes(data: Mapping[str, Any]) -> Iterable[str]:
    """Those of the groupes that an event names."""
    seul = data.get("groupe")
    plusieurs = data.get("groupes")
    yield from (str(code) for code in plusieurs) if isinstance(plusieurs, list) else ()
    if seul is not None:
        yield str(seul)


class _Mots(dict[str, str]):
    # Only what a model names is computed; names typed by people are values, never models.
    def __init__(self, fait: Fait) -> None:
        super().__init__()
        self._fait = fait

    def __missing__(self, mot: str) -> str:
        fait = self._fait
        if mot in _MOTS:
            return _MOTS[mot](fait)
        return str(fait.data.get(mot, ""))


_MOTS: Mapping[str, Callable[[Fait], str]] = {
    "a": lambda fait: "Vous avez" if fait.vous else f"{fait.auteur} a",
    "est": lambda fait: "Vous êtes" if fait.vous else f"{fait.auteur} est",
    "personne": lambda fait: fait.personne,
    "de_personne": lambda fait: elision.de(fait.personne),
    "que_personne": lambda fait: elision.que(fait.personne),
    "programme": lambda fait: fait.programme or str(fait.data.get("programme") or "sans nom"),
    "groupe": lambda fait: fait.groupe(fait.data.get("groupe", "")),
    "groupes": lambda fait: enumeres(map(fait.groupe, fait.data.get("groupes") or ())),
    "service": lambda fait: fait.services.get(
        str(fait.data.get("client_id") or fait.data.get("service")), "un service"
    ),
}
