"""Rotation of the signing keys: published before use, retired until the last token that they signed has expired.

Running processes read the directory again when it changes, so that no restart is needed. A rotation is a plan,
decided without touching a file, then carried out by renaming: cut short, it is finished by the next one.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from idp.keys import Algorithm, KeyState, StoredKey, create_key, read_keys

PUBLISHED_BEFORE_USE = timedelta(minutes=10)
"""Twice what a client may keep our set of keys (``idp/oidc/jwks.py``)."""
RETIRED_FOR = timedelta(hours=24)
"""Longer than any token lives, and than an ID token serves as a hint within a day."""


class Manner(StrEnum):
    """How much the caller is in a hurry."""

    USUAL = "usual"
    AT_ONCE = "at_once"
    """Without waiting until clients have seen the new key: they fetch it when they meet it."""
    EMERGENCY = "emergency"
    """The active key is known to somebody: what it signed must stop being believed now."""


class Action(StrEnum):
    """What happens to one key."""

    PUBLISH = "publish"
    ACTIVATE = "activate"
    RETIRE = "retire"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Step:
    """One action, on a stored key; on none yet when it is to be drawn."""

    action: Action
    algorithm: Algorithm
    key: StoredKey | None = None


def plan(
    keys: Iterable[StoredKey], algorithms: Iterable[Algorithm], *, manner: Manner, now: datetime
) -> list[Step]:
    """The steps of a rotation, in an order in which every moment has an active key."""
    held = list(keys)
    return [
        step
        for algorithm in algorithms
        for step in _plan_of(
            algorithm, [key for key in held if key.algorithm is algorithm], manner, now
        )
    ]


def _plan_of(
    algorithm: Algorithm, keys: list[StoredKey], manner: Manner, now: datetime
) -> list[Step]:
    steps = [
        Step(Action.REMOVE, algorithm, key)
        for key in keys
        if key.state is KeyState.RETIRED and now - key.since >= RETIRED_FOR
    ]
    following = [key for key in keys if key.state is KeyState.NEXT]
    ready = [
        key
        for key in following
        if manner is not Manner.USUAL or now - key.since >= PUBLISHED_BEFORE_USE
    ]
    if manner is Manner.USUAL and not ready:
        return steps if following else [*steps, Step(Action.PUBLISH, algorithm)]
    # In an emergency the published key may be known as well as the active one: a new one is drawn.
    trusted = ready[0] if ready and manner is not Manner.EMERGENCY else None
    former = [key for key in keys if key.state is KeyState.ACTIVE]
    away = Action.REMOVE if manner is Manner.EMERGENCY else Action.RETIRE
    steps.append(Step(Action.ACTIVATE, algorithm, trusted))
    steps += [Step(away, algorithm, key) for key in former]
    if manner is Manner.EMERGENCY:
        steps += [Step(Action.REMOVE, algorithm, key) for key in following]
    return [*steps, Step(Action.PUBLISH, algorithm)]


def rotate(
    directory: Path,
    *,
    now: datetime,
    manner: Manner = Manner.USUAL,
    algorithms: Iterable[Algorithm] = tuple(Algorithm),
) -> list[Step]:
    """Carry out the plan; returns the steps done, each with its key."""
    steps = plan(read_keys(directory), algorithms, manner=manner, now=now)
    return [_carry_out(step, directory, now) for step in steps]


def _carry_out(step: Step, directory: Path, now: datetime) -> Step:
    if step.action is Action.REMOVE and step.key:
        (directory / step.key.file_name).unlink()
        return step
    if step.action is Action.RETIRE and step.key:
        return _moved(step, step.key, KeyState.RETIRED, directory, now)
    if step.action is Action.ACTIVATE and step.key:
        return _moved(step, step.key, KeyState.ACTIVE, directory, now)
    state = KeyState.ACTIVE if step.action is Action.ACTIVATE else KeyState.NEXT
    return Step(step.action, step.algorithm, create_key(directory, step.algorithm, state))


def _moved(step: Step, key: StoredKey, state: KeyState, directory: Path, now: datetime) -> Step:
    before = directory / key.file_name
    moved = StoredKey(state, key.algorithm, key.kid, key.key, now)
    # The date first: a key under its new name has its new date.
    os.utime(before, (now.timestamp(), now.timestamp()))
    before.rename(directory / moved.file_name)
    return Step(step.action, step.algorithm, moved)
