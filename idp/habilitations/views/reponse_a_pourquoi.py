"""The page that answers « Pourquoi ? », the same for who manages rights and for the person."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import render_template

from idp import clock
from idp.accounts.views.guards import Answer
from idp.errors import NotHere
from idp.habilitations.delegation import Acteur
from idp.habilitations.explications import qui_aide, remede
from idp.habilitations.personnes.pourquoi import examiner
from idp.habilitations.policy import Refus
from idp.habilitations.ports import Apercu, ports
from idp.services import services


def reponse(
    rattachement_id: UUID,
    service: str,
    *,
    acteur: Acteur | None,
    explication: Callable[[Refus, str], str],
    **page: Any,
) -> Answer:
    """Of a rattachement that the reader may see; ``acteur`` is None when it is their own."""
    connu, now = services().get(service), clock.now()
    examen = examiner(rattachement_id, service, now, acteur=acteur) if connu else None
    if connu is None or examen is None:
        raise NotHere("Ce service n’existe pas.")
    # What a service is told names every groupe: it is for who may see them all.
    entier = examen.hors_de_portee == 0
    apercus = ports().apercus.des_services(rattachement_id, service, now) if entier else []
    return render_template(
        "habilitations/pourquoi.html",
        service=connu,
        examen=examen,
        apercus=[(apercu, _textes(apercu)) for apercu in apercus],
        explication=explication,
        remede=remede,
        qui_aide=qui_aide,
        le=now,
        jour=clock.today(now),
        **page,
    )


def _textes(apercu: Apercu) -> list[tuple[str, str]]:
    return [
        (nom, json.dumps(contenu, ensure_ascii=False, indent=2))
        for nom, contenu in apercu.contenus.items()
    ]
