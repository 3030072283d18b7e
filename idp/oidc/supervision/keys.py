"""Our signing keys as the agents see them, and their rotation by a national agent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from idp import audit, key_rotation
from idp.audit import Event
from idp.errors import Refusal
from idp.extensions import ground
from idp.habilitations.agents import AgentVu
from idp.key_rotation import Step
from idp.keys import Algorithm, StoredKey


@dataclass(frozen=True, slots=True)
class KeysRotated(Event):
    """An agent moved the signing keys one step on: what was done, and to which."""

    name: ClassVar[str] = "keys_rotated"
    steps: list[str]


def stored() -> Sequence[StoredKey]:
    """Every key, those that sign first."""
    return ground().key_ring.all()


def next_steps(now: datetime) -> list[Step]:
    """What a rotation would do now; nothing while a published key waits for clients to have seen it."""
    return key_rotation.plan(stored(), tuple(Algorithm), manner=key_rotation.Manner.USUAL, now=now)


def rotate(agent: AgentVu, now: datetime) -> list[Step]:
    """Do it; raises ``Refusal`` where this process may not write its folder of keys."""
    try:
        done = key_rotation.rotate(ground().settings.keys_dir, now=now)
    except OSError as error:
        raise Refusal(
            "Les clés ne se changent pas d’ici : ce serveur ne peut pas écrire leur dossier.",
            conseil="Demandez à l’exploitation de lancer « idp keys rotate ».",
            detail=f"keys not rotated: {error.strerror}",
        ) from error
    told = [f"{step.action} {step.algorithm} {step.key.kid if step.key else ''}" for step in done]
    audit.record(KeysRotated(steps=told), at=now, actor=agent.actor)
    return done
