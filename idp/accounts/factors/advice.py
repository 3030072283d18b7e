"""Which second factor suits somebody, from three plain questions: pure."""

from dataclasses import dataclass
from enum import StrEnum


class Advice(StrEnum):
    """What is proposed first."""

    PASSKEY_HERE = "passkey_here"
    PASSKEY_ON_PHONE = "passkey_on_phone"
    APPLICATION = "application"
    SECURITY_KEY = "security_key"


@dataclass(frozen=True, slots=True)
class Habits:
    """Whether they have a telephone at work, share their computer, and unlock a device by finger, face or code."""

    telephone: bool
    alone: bool
    unlocks: bool


def advise(habits: Habits) -> Advice:
    """A key that a device holds is the simplest, where the device is one's own; nobody needs a telephone."""
    if habits.unlocks and habits.alone:
        return Advice.PASSKEY_HERE
    if habits.telephone:
        return Advice.PASSKEY_ON_PHONE if habits.unlocks else Advice.APPLICATION
    return Advice.SECURITY_KEY
