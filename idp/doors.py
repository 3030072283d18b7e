"""Doors that are open to all, as pages see them: who knocks too often is told until when to wait.

What is counted, and how, is in ``throttle.py``. Who is refused is not counted: a flood costs one reading each.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from http import HTTPStatus
from math import ceil
from typing import ClassVar, ParamSpec, TypeVar

from flask import make_response, render_template, request
from werkzeug.wrappers import Response

from idp import audit, clock, throttle
from idp.audit import ANONYMOUS, Event
from idp.throttle import Door

P = ParamSpec("P")
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class DoorCrowded(Event):
    """One address or network passed what a door bears: passwords are being tried, or a site misbehaves."""

    name: ClassVar[str] = "door_crowded"
    door: str
    place: str


def limited(door: Door) -> Callable[[Callable[P, Answer]], Callable[P, Answer | Response]]:
    """Count what is sent to this view; what is only read is not."""

    def guard(view: Callable[P, Answer]) -> Callable[P, Answer | Response]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> Answer | Response:
            if request.method != "POST":
                return view(*args, **kwargs)
            until = throttle.full_until(door, request.remote_addr, clock.now())
            if until:
                return _wait(until)
            answer = view(*args, **kwargs)
            _count(door)
            return answer

        return guarded

    return guard


def _count(door: Door) -> None:
    now = clock.now()
    for place in throttle.count(door, request.remote_addr, now):
        audit.record(DoorCrowded(door=door.name, place=place), at=now, actor=ANONYMOUS)


def _wait(until: datetime) -> Response:
    seconds = max(1, ceil((until - clock.now()).total_seconds()))
    minutes = ceil(seconds / 60)
    page = render_template(
        "errors/erreur.html",
        titre="Beaucoup de demandes arrivent de votre réseau",
        message="Par sécurité, nous faisons une pause. Rien n’est perdu, et votre compte n’est pas bloqué.",
        conseil=f"Recommencez dans {minutes} minute{'s' if minutes > 1 else ''}.",
        reference="",
    )
    response: Response = make_response(page, HTTPStatus.TOO_MANY_REQUESTS)
    response.headers["Retry-After"] = str(seconds)
    return response
