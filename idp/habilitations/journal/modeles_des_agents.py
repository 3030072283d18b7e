"""What is said of what agents do: read by national agents alone.

What they do in an organisme is told in ``modeles.py``, as its people read it: « votre » is « le » here.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

from idp.habilitations.journal.faits import Fait, Famille, enumeres, majuscule
from idp.habilitations.journal.modeles import PHRASES, Modele, Phrase

_ROLES = {
    "gestionnaire": "gestionnaire",
    "superviseur": "superviseur",
    "national": "agent national",
}
_RAISONS = {
    "pas_agent": "cette personne n’est pas agent",
    "second_facteur": "sans second facteur",
    "role": "son rôle ne le permet pas",
    "hors_perimetre": "le dossier n’est pas de ses caisses, ou n’existe pas",
}
RAISONS: Mapping[str, str] = _RAISONS


def _motif(fait: Fait) -> str:
    motif = str(fait.data.get("motif") or "")
    return f"Motif : « {motif} »" if motif else ""


def _perimetre(fait: Fait) -> str:
    role = _ROLES.get(str(fait.data.get("role")), "")
    caisses = fait.data.get("caisses")
    ou = enumeres(map(str, caisses)) if isinstance(caisses, list) else ""
    perimetre = f"{role}, caisses {ou}" if ou else role
    return majuscule(" ; ".join(filter(None, (perimetre, _motif(fait)))))


def _raison(fait: Fait) -> str:
    return majuscule(_RAISONS.get(str(fait.data.get("raison")), ""))


def _refuse(fait: Fait) -> str:
    if fait.data.get("nombre"):
        return (
            "{a} demandé {nombre} fois encore, dans la même heure, des pages qui lui sont fermées"
        )
    # The rule of an address: what it names is one of many.
    page = re.sub("<[^>]*>", "…", str(fait.data.get("page") or ""))
    return "{a} demandé une page qui lui est fermée, " + page


def _vu_d_ailleurs(modele: Modele) -> Modele:
    """« votre organisme » is « l’organisme »."""
    if callable(modele):
        return lambda fait: _sans_votre(modele(fait))
    return _sans_votre(modele)


def _sans_votre(modele: str) -> str:
    return re.sub("votre (?=[aeiou])", "l’", modele)


def _resume(fait: Fait) -> str:
    return (
        "{a} demandé le résumé du matin"
        if fait.data.get("oui")
        else "{a} refusé le résumé du matin"
    )


def _phrase(modele: str) -> Phrase:
    return Phrase(Famille.DOSSIER, modele)


DES_AGENTS: Mapping[str, Phrase] = {
    **{nom: replace(dite, modele=_vu_d_ailleurs(dite.modele)) for nom, dite in PHRASES.items()},
    "acces_agent_refuse": Phrase(Famille.SUPERVISION, _refuse, _raison),
    "agent_cree": Phrase(Famille.DELEGATION, "{a} créé l’agent {personne}", _perimetre),
    "agent_modifie": Phrase(
        Famille.DELEGATION, "{a} changé les droits de l’agent {personne}", _perimetre
    ),
    "agent_clos": Phrase(Famille.DELEGATION, "{a} clos l’agent {personne}", _motif),
    "actes_d_agent_lus": Phrase(Famille.SUPERVISION, "{a} lu les actes de l’agent {personne}"),
    "organismes_exportes": Phrase(Famille.DONNEES, "{a} exporté une liste d’organismes ({format})"),
    "agents_exportes": Phrase(
        Famille.DONNEES, "{a} exporté une liste de {agents} agents ({format})"
    ),
    "resume_choisi": Phrase(Famille.DONNEES, _resume),
    "import_d_organismes_lance": Phrase(
        Famille.DONNEES, "{a} lancé l’import d’un fichier d’organismes ({lignes} lignes)"
    ),
    "import_d_organismes_fini": Phrase(
        Famille.DONNEES,
        "L’import d’un fichier d’organismes est fini"
        " ({creations} créés, {mises_a_jour} mis à jour, {refus} refusés)",
    ),
    "operation_lancee": Phrase(
        Famille.SUPERVISION, "{a} lancé une opération pour tous les partenaires", _motif
    ),
    "operation_finie": _phrase("L’opération pour tous les partenaires est finie"),
    "campagne_menee": _phrase("{a} agi sur la campagne « {titre} » ({geste})"),
    "lot_retire": _phrase("{a} retiré le lot de courriers {lot} ({lettres} lettres)"),
    "lot_marque": _phrase("{a} marqué le lot de courriers {lot} ({etat})"),
    "coordonnees_modifiees": _phrase("{a} changé les coordonnées de la Caf {caisse}"),
    "logouts_retried": Phrase(
        Famille.SUPERVISION, "{a} relancé {deliveries} déconnexions vers {client_id}"
    ),
    "keys_rotated": Phrase(Famille.SUPERVISION, "{a} fait avancer la rotation de nos clés"),
}
